//! `POST /v1/mfa`: another proof comes.

use std::sync::Arc;

use axum::extract::State;
use domain::{ActKind, Actor, Code, Handle, Method, Password, RecoveryCode, RecoveryHandle, SessionKind};
use edge::{Ctx, Json, Problem};
use serde::Deserialize;
use serde_json::{Map, Value};
use signin::{Advanced, Along, Arriving, Ending, InApp, SignInAnswer};

use crate::prove::{self, Shown};
use crate::waits::Waits;
use crate::{Mfa, MfaError, refused};

/// Another proof: the method, and what belongs to it.
// A whole example: one that is put together from those of the fields would have what belongs to several methods.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"transaction": "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa", "method": "totp", "code": "123456"}))]
pub(crate) struct ProofRequest {
    /// What the sign-in or `/v1/mfa/step-up` answered.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// One of its `methods`.
    #[schema(value_type = String, example = "totp")]
    method: Method,
    /// `totp`, `sms`, `email`: the six digits; `recovery_code`: the code. Blanks and hyphens do no harm.
    #[serde(default)]
    #[schema(example = "123456")]
    code: Option<String>,
    /// `password`: the password.
    #[serde(default)]
    #[schema(format = "password")]
    password: Option<String>,
    /// `delayed_recovery`: what `/v1/mfa/recovery` answered whoever began it.
    #[serde(default)]
    #[schema(example = "rcv_pJ3vXqk0mYb1sT5eKzL8dN2wR7uHcF4gA6iQoVxBtSM")]
    recovery: Option<String>,
    /// `passkey`: what `PublicKeyCredential.toJSON()` makes.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    credential: Option<Map<String, Value>>,
    /// Whether this device is not to be asked for a second factor for a time: how long, the deployment says.
    #[serde(default)]
    remember_device: Option<bool>,
}

/// What came, read.
pub(crate) enum Given {
    Passkey(Value),
    Totp(Code),
    Sms(Code),
    Email(Code),
    RecoveryCode(RecoveryCode),
    Password(Password),
    DelayedRecovery(RecoveryHandle),
}

/// Prove who one is by another factor
///
/// Completes a sign-in that answered `mfa_required`, or one that answered `enrollment_required` with the
/// factor that was begun at `/v1/mfa/enroll`; or gives a session that steps up a successor with more proof.
/// Where more than one proof is missing, the answer is `mfa_required` again, with another transaction.
/// A transaction has five tries; a passkey's challenge is good for one answer.
#[utoipa::path(post, path = "/v1/mfa", operation_id = "mfa", tag = "sign-in", request_body = ProofRequest,
    responses((status = 200, description = "Signed in.", body = SignInAnswer)))]
pub(crate) async fn answer(
    State(flow): State<Arc<Mfa>>,
    ctx: Ctx,
    Json(body): Json<ProofRequest>,
) -> Result<Json<SignInAnswer>, Problem> {
    let answer = Answer {
        given: parse(&body)?,
        transaction: Handle::parse(&body.transaction),
        method: body.method,
        client_id: None,
        remember: body.remember_device.unwrap_or_default(),
    };
    Ok(Json(settle(&flow, &ctx, &InApp, answer).await?.into()))
}

/// An answer to what waits.
pub(crate) struct Answer<'a> {
    pub(crate) transaction: Option<Handle>,
    pub(crate) method: Method,
    pub(crate) given: Given,
    /// The app that it has to be for, where it is known.
    pub(crate) client_id: Option<&'a str>,
    /// Whether the device is to be trusted.
    pub(crate) remember: bool,
}

/// Takes an answer, wherever it came, and goes on with what it proves.
pub(crate) async fn settle<E: Ending>(
    flow: &Mfa,
    ctx: &Ctx,
    ending: &E,
    answer: Answer<'_>,
) -> Result<Advanced<E::Done>, MfaError> {
    flow.count_client(ctx).await?;
    let Answer { transaction, method, given, client_id, remember } = answer;
    let handle = transaction.ok_or(MfaError::Gone)?;
    let (waits, left) = take(flow, ctx, &handle, &given, E::KIND).await?;
    if client_id.is_some_and(|client| client != waits.pending.client_id) {
        return Err(MfaError::Gone);
    }
    if !waits.pending.methods.contains(&method) {
        return Err(MfaError::not_offered());
    }
    if !matches!(given, Given::Passkey(_)) {
        flow.count(ctx, &[flow.limits.proofs(&waits.pending)]).await?;
    }
    let Some(shown) = prove::prove(flow, ctx, &waits, given).await? else {
        refused::note(flow, ctx, &waits).await?;
        return Err(refusal(method, left));
    };
    proceed(flow, ctx, ending, &waits, shown, remember).await
}

fn parse(body: &ProofRequest) -> Result<Given, MfaError> {
    let missing = |pointer| MfaError::field(pointer, "required", "is required for this method");
    let text = || body.code.as_deref().ok_or_else(|| missing("/code"));
    let digits = || Code::parse(text()?).ok_or_else(|| MfaError::field("/code", "code", "is not six digits"));
    Ok(match body.method {
        Method::Passkey => {
            Given::Passkey(body.credential.clone().map(Value::Object).ok_or_else(|| missing("/credential"))?)
        }
        Method::Totp => Given::Totp(digits()?),
        Method::Sms => Given::Sms(digits()?),
        Method::Email => Given::Email(digits()?),
        Method::RecoveryCode => Given::RecoveryCode(
            RecoveryCode::parse(text()?)
                .ok_or_else(|| MfaError::field("/code", "code", "is not 24 letters and digits"))?,
        ),
        Method::Password => {
            Given::Password(Password::new(body.password.as_deref().ok_or_else(|| missing("/password"))?))
        }
        Method::DelayedRecovery => {
            let handle = body.recovery.as_deref().ok_or_else(|| missing("/recovery"))?;
            Given::DelayedRecovery(
                RecoveryHandle::parse(handle)
                    .ok_or_else(|| MfaError::field("/recovery", "recovery", "is no recovery's handle"))?,
            )
        }
    })
}

/// Why it proves nothing; so many tries are left.
fn refusal(method: Method, left: u32) -> MfaError {
    match method {
        Method::Passkey | Method::Password => MfaError::ProvesNothing(method),
        Method::Totp | Method::Sms | Method::Email | Method::RecoveryCode | Method::DelayedRecovery => {
            MfaError::WrongCode(left)
        }
    }
}

/// Counts the try, or spends the passkey's challenge, before anything is compared.
async fn take(
    flow: &Mfa,
    ctx: &Ctx,
    handle: &Handle,
    given: &Given,
    kind: SessionKind,
) -> Result<(Waits, u32), MfaError> {
    let cause = ctx.act(ActKind::CodeTried, Actor::Anonymous);
    let taken = match given {
        Given::Passkey(_) => flow.store.challenge_take(handle, ctx.now, &cause).await?.map(|thing| (thing, 0)),
        Given::Totp(_)
        | Given::Sms(_)
        | Given::Email(_)
        | Given::RecoveryCode(_)
        | Given::Password(_)
        | Given::DelayedRecovery(_) => flow.store.one_time_try(handle, ctx.now, &cause).await?,
    };
    let (thing, left) = taken.ok_or(MfaError::Gone)?;
    Ok((flow.open(ctx, thing, kind).await?, left))
}

async fn proceed<E: Ending>(
    flow: &Mfa,
    ctx: &Ctx,
    ending: &E,
    waits: &Waits,
    shown: Shown,
    remember: bool,
) -> Result<Advanced<E::Done>, MfaError> {
    let Waits { thing, pending, facts, client } = waits;
    let proofs = pending.proofs.and(shown.proof, ctx.now);
    let along = Along {
        spend: Some(thing),
        factors: shown.factors.as_ref(),
        trust: remember && domain::is_multi_factor(&proofs.all()),
        step_up: pending.step_up,
        notices: shown.notices,
    };
    let who = Arriving { facts, client, proofs, known: pending.device };
    Ok(flow.signin.advance(ending, ctx, who, along).await?)
}
