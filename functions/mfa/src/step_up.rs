//! `POST /v1/mfa/step-up`: a session needs more proof than it has.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{Acr, ActKind, Demand, Handle, Method, Missing, SessionKind, SignedDuration};
use edge::{Caller, Ctx, Json, Problem};
use serde::Deserialize;
use signin::MfaRequired;
use store::{NewOneTime, OneTimeKind, PendingSignIn, SignInFacts, StepUp};

use crate::{Mfa, MfaError};

/// What a protected resource asked for in its challenge (RFC 9470 §3).
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpRequest {
    /// The levels of which any will do: `aal1`, `aal2`. Others are passed over.
    #[serde(default)]
    #[schema(example = "aal2")]
    acr_values: Option<String>,
    /// How many seconds ago the customer may have proved who they are, by all that they have.
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
    let demand = demand(&ctx, &body)?;
    check_own(&caller)?;
    flow.count_client(&ctx).await?;
    let facts = flow.store.sign_in_facts(Some(caller.customer), None, ctx.now).await?;
    let facts = facts.filter(|facts| facts.security.epoch == caller.security.epoch).ok_or(MfaError::Changed)?;
    let client = flow.clients.direct(Some(&caller.session.client_id)).ok_or(MfaError::UnknownClient)?;
    let counted = demand.counted(&caller.session.proofs);
    let who = facts.arrival(&counted, client.mfa);
    match domain::step_up(flow.signin.policy(), &who, &demand, ctx.now) {
        Missing::Nothing => Ok(StatusCode::NO_CONTENT.into_response()),
        Missing::Proof(methods) | Missing::Factor(methods) if methods.is_empty() => {
            Err(MfaError::NothingToProve.into())
        }
        Missing::Proof(methods) | Missing::Factor(methods) => {
            Ok(Json(begin(&flow, &ctx, (&caller, &facts), demand, methods).await?).into_response())
        }
    }
}

/// An app that was given its session at the authorization endpoint asks there, with `acr_values` or `max_age`:
/// the customer proves themselves to us, never to it.
fn check_own(caller: &Caller) -> Result<(), MfaError> {
    if caller.session.grant.is_none() { Ok(()) } else { Err(MfaError::UnknownClient) }
}

/// What is asked for. Of several levels any will do (OpenID Connect Core §3.1.2.1), so that it is the lowest
/// that we know: who has another of them has that too.
fn demand(ctx: &Ctx, body: &StepUpRequest) -> Result<Demand, MfaError> {
    let unknown = || MfaError::field("/acr_values", "acr_values", "names no level: aal1, aal2");
    let acr = match body.acr_values.as_deref() {
        None => Acr::Aal1,
        Some(text) => text.split(' ').filter_map(Acr::parse).min().ok_or_else(unknown)?,
    };
    Ok(Demand { acr, since: body.max_age.map(|age| ctx.now - SignedDuration::from_secs(age.into())) })
}

async fn begin(
    flow: &Mfa,
    ctx: &Ctx,
    (caller, facts): (&Caller, &SignInFacts),
    demand: Demand,
    methods: Vec<Method>,
) -> Result<MfaRequired, MfaError> {
    let session = &caller.session;
    let handle = Handle::generate(&ctx.rng);
    let pending = PendingSignIn {
        customer: caller.customer,
        epoch: facts.security.epoch,
        account: facts.profile.index.clone(),
        client_id: session.client_id.clone(),
        kind: SessionKind::App,
        proofs: session.proofs.clone(),
        methods,
        enrolling: false,
        device: None,
        step_up: Some(StepUp { session: session.id, demand }),
    };
    let new = NewOneTime::new(&handle, OneTimeKind::SignIn, &pending);
    let cause = ctx.act(ActKind::SignInPending, caller.actor()).in_session(session.id);
    flow.store.one_time_start(&new, None, ctx.now, &cause).await?;
    Ok(flow.signin.required(&handle, &pending, &facts.factors.factors, Some(&facts.profile.data.email)))
}
