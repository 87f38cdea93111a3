//! `POST /v1/mfa/step-up`: a session needs more proof than it has.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{Acr, ActKind, Handle, SignedDuration, assurance};
use edge::{Caller, Ctx, Json, Problem};
use serde::Deserialize;
use signin::{MfaRequired, required};
use store::{NewOneTime, OneTimeKind, PendingSignIn, SignInFacts};

use crate::{Mfa, MfaError};

/// What a protected resource asked for in its challenge (RFC 9470 §3).
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpRequest {
    /// The levels that will do, the preferred one first: `aal1`, `aal2`.
    #[serde(default)]
    #[schema(example = "aal2")]
    acr_values: Option<String>,
    /// How many seconds ago the last proof may have been.
    #[serde(default)]
    #[schema(minimum = 0, example = 600)]
    max_age: Option<u32>,
}

/// Ask for what a session lacks
///
/// Its answer goes to `/v1/mfa`, and gives a new session in the place of this one.
#[utoipa::path(post, path = "/v1/mfa/step-up", operation_id = "mfa_step_up", tag = "sign-in", security(("bearer" = [])),
    request_body = StepUpRequest,
    responses((status = 200, description = "One of these is missing.", body = MfaRequired),
        (status = 204, description = "Nothing is missing.")))]
pub(crate) async fn step_up(
    State(flow): State<Arc<Mfa>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<StepUpRequest>,
) -> Result<Response, Problem> {
    let wanted = wanted(body.acr_values.as_deref())?;
    flow.count_client(&ctx).await?;
    if is_enough(&ctx, &caller, wanted, body.max_age) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let facts = flow.store.sign_in_facts(Some(caller.customer), None, ctx.now).await?;
    let facts = facts.filter(|facts| facts.security.epoch == caller.security.epoch).ok_or(MfaError::Changed)?;
    Ok(Json(begin(&flow, &ctx, &caller, &facts, wanted).await?).into_response())
}

/// The first level that we know.
fn wanted(acr_values: Option<&str>) -> Result<Acr, MfaError> {
    let Some(text) = acr_values else { return Ok(Acr::Aal1) };
    let unknown = || MfaError::field("/acr_values", "acr_values", "names no level: aal1, aal2");
    text.split(' ').find_map(Acr::parse).ok_or_else(unknown)
}

/// Whether the session is what is wanted. Where its customer was spared the second factor, its last proof
/// was not by all that they have: then it is not of any age.
fn is_enough(ctx: &Ctx, caller: &Caller, wanted: Acr, max_age: Option<u32>) -> bool {
    let session = &caller.session;
    let is_young =
        |age: u32| ctx.now <= session.state.auth_time + SignedDuration::from_secs(age.into()) && !session.is_spared;
    assurance(&session.proofs) >= wanted && max_age.is_none_or(is_young)
}

async fn begin(
    flow: &Mfa,
    ctx: &Ctx,
    caller: &Caller,
    facts: &SignInFacts,
    wanted: Acr,
) -> Result<MfaRequired, MfaError> {
    let session = &caller.session;
    let client = flow.clients.direct(Some(&session.client_id)).ok_or(MfaError::UnknownClient)?;
    let who = facts.arrival(&session.proofs, client);
    let methods = domain::step_up(flow.signin.policy(), &who, wanted, ctx.now);
    if methods.is_empty() {
        return Err(MfaError::NothingToProve);
    }
    let handle = Handle::generate(&ctx.rng);
    let pending = PendingSignIn {
        customer: caller.customer,
        epoch: facts.security.epoch,
        account: facts.profile.index.clone(),
        client_id: session.client_id.clone(),
        proofs: session.proofs.clone(),
        methods,
        enrolling: false,
        device: None,
        session: Some(session.id),
    };
    let new = NewOneTime::new(&handle, OneTimeKind::SignIn, &pending);
    let cause = ctx.act(ActKind::SignInPending, caller.actor()).in_session(session.id);
    flow.store.one_time_start(&new, None, ctx.now, &cause).await?;
    Ok(required(&handle, &pending, &facts.factors.factors, Some(&facts.profile.data.email)))
}
