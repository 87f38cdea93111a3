//! `POST /v1/me/factors/email` and `…/activate`: the verified address as a second factor.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Code, Delivery, FactorKind, Handle, Message, Method};
use edge::{Caller, Ctx, Json, Problem, limits};
use serde::Deserialize;
use signin::Started;
use store::{Enrolling, OneTime, OneTimeKind, Send, Waiting};

use crate::code::{ActivationRequest, parsed, tried};
use crate::list::ListedFactor;
use crate::{FactorsError, Flows};

/// Nothing: the address is the one that the account has.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEmailFactorRequest {}

/// Begin to use one's address as a second factor
///
/// Sends it a code. Only where the deployment lets mail sign customers in.
#[utoipa::path(post, path = "/v1/me/factors/email", operation_id = "factor_email_begin", tag = "factors",
    security(("bearer" = [])), request_body = NewEmailFactorRequest,
    responses((status = 202, description = "A code is on its way.", body = Started)))]
pub(crate) async fn begin(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    Json(NewEmailFactorRequest {}): Json<NewEmailFactorRequest>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    if !flow.policy.allows(Method::Email) {
        return Err(FactorsError::NotAvailable.into());
    }
    let owner = flow.owner(&ctx, caller).await?;
    owner.check_room()?;
    owner.check_none_yet(Method::Email)?;
    let counted = [flow.limits.codes.of(&owner.customer.index)];
    limits::count(&ctx, &flow.store, &counted).await?;

    let (handle, code) = (Handle::generate(&ctx.rng), Code::generate(&ctx.rng));
    let email = owner.customer.data.email.clone();
    let started = Started::by_mail(&handle, &email);
    let message = Message::FactorCode { code: code.clone(), expires_at: ctx.now + OneTime::LIFETIME };
    let (locale, issuer) = (owner.customer.locale, ctx.issuer.clone());
    let send = Send::new(Delivery { to: email.into(), locale, issuer, message }, ctx.now, &ctx.rng);
    let waiting = Waiting {
        handle: &handle,
        kind: OneTimeKind::Enrolment,
        code: Some(&code),
        link: None,
        state: None,
        body: &owner.enrolment(None, Enrolling::Email {}),
        send: Some(&send),
    };
    let cause = ctx.act(ActKind::CodeRequested, owner.caller.actor()).in_session(owner.caller.session.id);
    flow.store.waiting_start(&waiting, ctx.now, &cause).await?;
    Ok((StatusCode::ACCEPTED, Json(started)))
}

/// Activate one's address with the code that was sent to it
#[utoipa::path(post, path = "/v1/me/factors/email/activate", operation_id = "factor_email_activate", tag = "factors",
    security(("bearer" = [])), request_body = ActivationRequest,
    responses((status = 201, description = "The address is active.", body = ListedFactor)))]
pub(crate) async fn activate(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<ActivationRequest>,
) -> Result<(StatusCode, Json<ListedFactor>), Problem> {
    let code = parsed(&body)?;
    let owner = flow.owner(&ctx, caller).await?;
    let (thing, enrolment, left) = tried(&flow, &ctx, &owner, &body).await?;
    let Enrolling::Email {} = enrolment.what else { return Err(FactorsError::Gone.into()) };
    if !flow.store.code_is(&thing, &code).await? {
        return Err(FactorsError::WrongCode(left).into());
    }
    owner.check_none_yet(Method::Email)?;
    let email = owner.customer.data.email.masked();
    let factor = flow.add(&ctx, &owner, &thing, Some(email.clone()), FactorKind::Email {}).await?;
    Ok((StatusCode::CREATED, Json(ListedFactor::of(&factor, None, &email))))
}
