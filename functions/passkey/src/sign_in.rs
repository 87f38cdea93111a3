//! `POST /v1/passkey`: the passkey's answer.

use std::sync::Arc;

use axum::extract::State;
use domain::{ActKind, Actor, Client, DeviceId, Factor, FactorKind, Handle, KeyPurpose, Proof, Proofs};
use edge::{Ctx, Json, Level, Problem};
use passkeys::{Asserted, CeremonyError, Party};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use signin::{Along, Arriving, DeviceToken, ProceedError, SignInAnswer, notices};
use store::{OneTime, OneTimeKind, SignInFacts};

use crate::{Passkey, PasskeyError};

/// The browser's answer.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyAnswer {
    /// What `/v1/passkey/options` answered.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// `AuthenticationResponseJSON` (WebAuthn Level 3 §5.1.8): what `PublicKeyCredential.toJSON()` makes.
    #[schema(value_type = Object, example = json!({"id": "AAAA", "rawId": "AAAA", "type": "public-key",
        "clientExtensionResults": {}, "response": {"clientDataJSON": "e30", "authenticatorData": "AAAA",
        "signature": "AAAA", "userHandle": "AAAA"}}))]
    credential: Map<String, Value>,
    /// What the last sign-in from this device answered.
    #[serde(default)]
    device_token: Option<String>,
}

/// Sign in with a passkey
///
/// The passkey says whose it is, and its authenticator has to verify its user: two factors in one
/// step. A challenge is good for one answer, right or wrong.
#[utoipa::path(post, path = "/v1/passkey", operation_id = "passkey_sign_in", tag = "sign-in", request_body = PasskeyAnswer,
    responses((status = 200, description = "Signed in.", body = SignInAnswer)))]
pub(crate) async fn sign_in(
    State(flow): State<Arc<Passkey>>,
    ctx: Ctx,
    Json(body): Json<PasskeyAnswer>,
) -> Result<Json<SignInAnswer>, Problem> {
    flow.count(&ctx).await?;
    let handle = Handle::parse(&body.transaction).ok_or(PasskeyError::Gone)?;
    let cause = ctx.act(ActKind::CodeTried, Actor::Anonymous);
    let thing = flow.store.challenge_take(&handle, ctx.now, &cause).await?;
    let thing = thing.filter(|thing| thing.kind == OneTimeKind::PasskeySignIn).ok_or(PasskeyError::Gone)?;
    let asked = flow.store.passkey_sign_in(&thing).await?;
    let client = flow.clients.direct(Some(&asked.client_id)).ok_or(PasskeyError::UnknownClient)?;
    ctx.client(&client.client_id);

    let party = flow.ceremonies.at(&ctx.issuer).map_err(PasskeyError::from)?;
    let (facts, factor, asserted) = identify(&flow, &ctx, &party, &thing, &Value::Object(body.credential)).await?;
    if asserted.went_backwards {
        notices::tell_of_copy(&ctx, &flow.store, &facts, &factor, None).await?;
        return Err(PasskeyError::InvalidCredentials.into());
    }
    let mac = flow.store.key(KeyPurpose::Mac).await?;
    let token = body.device_token.as_deref();
    let token = token.and_then(|token| DeviceToken::decode(token, mac, &facts.profile.index, ctx.now));
    let known = token.and_then(|token| token.device.known(&facts.security));
    Ok(Json(proceed(&flow, &ctx, client, &facts, &factor, &asserted, known).await?))
}

/// Whose passkey it is, if its answer proves it. Why not is nobody's business but the log's.
async fn identify(
    flow: &Passkey,
    ctx: &Ctx,
    party: &Party,
    thing: &OneTime,
    credential: &Value,
) -> Result<(SignInFacts, Factor, Asserted), PasskeyError> {
    let state = flow.store.ceremony_state(thing).await?.ok_or(PasskeyError::Gone)?;
    let claimed = party.identify(credential).ok_or(PasskeyError::InvalidCredentials)?;
    let facts = flow.store.sign_in_facts(Some(claimed.customer), None, ctx.now).await?;
    let facts = facts.filter(|facts| facts.security.status.provable(ctx.now).is_ok());
    let facts = facts.ok_or(PasskeyError::InvalidCredentials)?;
    let factor = facts.factors.factors.passkey(&claimed.credential_id).cloned();
    let factor = factor.ok_or(PasskeyError::InvalidCredentials)?;
    let FactorKind::Passkey { credential: stored, .. } = &factor.kind else {
        return Err(PasskeyError::InvalidCredentials);
    };
    match party.discovered(&state, credential, stored) {
        Ok(asserted) => Ok((facts, factor, asserted)),
        Err(CeremonyError::Broken(error)) => Err(error.into()),
        Err(CeremonyError::Refused(why)) => {
            ctx.log(Level::Warn, "passkey refused", json!({"why": why.as_str()}));
            Err(PasskeyError::InvalidCredentials)
        }
    }
}

async fn proceed(
    flow: &Passkey,
    ctx: &Ctx,
    client: &Client,
    facts: &SignInFacts,
    factor: &Factor,
    asserted: &Asserted,
    known: Option<DeviceId>,
) -> Result<SignInAnswer, PasskeyError> {
    let who = || Arriving {
        facts,
        client,
        proofs: Proofs::of(Proof::Passkey { verified: asserted.verified, synced: asserted.synced }, ctx.now),
        known,
    };
    let mut factors = facts.factors.factors.clone();
    let is_new = factors.used_today(factor.id, ctx.now);
    if asserted.changed || is_new {
        factors.used(factor.id, ctx.now);
        factors.asserted(factor.id, asserted.credential.clone(), asserted.synced);
        let along = Along { factors: Some(&factors), ..Along::default() };
        match flow.signin.proceed(ctx, who(), along).await {
            // Only when it was last used could not be noted: that keeps nobody out.
            Err(ProceedError::Changed) if !asserted.changed => {}
            answer => return Ok(answer?),
        }
    }
    Ok(flow.signin.proceed(ctx, who(), Along::default()).await?)
}
