//! `POST /v1/me/factors/email` and `POST /v1/me/factors/email/activate`: codes by mail become a factor.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{Code, Delivery, FactorKind, Message, Method};
use edge::{Caller, Ctx, Json, Problem};
use signin::Started;
use store::{Enrolling, OneTime, Send};

use crate::add::{Beginning, FactorActivation, add, begin, check_room, check_single, try_code};
use crate::fresh::{check_fresh, count};
use crate::list::ListedFactor;
use crate::{FactorError, FactorsFlow};

/// Begin to add codes by mail
///
/// Sends a six-digit code to the verified address, for `/v1/me/factors/email/activate`.
#[utoipa::path(post, path = "/v1/me/factors/email", operation_id = "factor_email_start", tag = "factors", security(("bearer" = [])),
    responses((status = 202, description = "A mail is on its way.", body = Started)))]
pub(crate) async fn start(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<(StatusCode, Json<Started>), Problem> {
    if !flow.policy.allows(Method::Email) {
        return Err(FactorError::NotAvailable.into());
    }
    let (facts, proof) = check_fresh(&flow, &ctx, &caller).await?;
    check_room(&facts.factors.factors)?;
    check_single(&facts.factors.factors, Method::Email)?;
    count(&flow, &ctx, &[flow.codes.of(&facts.profile.index)]).await?;

    let (code, email) = (Code::generate(&ctx.rng), facts.profile.data.email.clone());
    let message = Message::FactorCode { code: code.clone(), expires_at: ctx.now + OneTime::LIFETIME };
    let (to, locale, issuer) = (email.clone().into(), facts.profile.locale, ctx.issuer.clone());
    let jurisdiction = facts.profile.jurisdiction.clone();
    let delivery = Delivery { to, locale, issuer, jurisdiction, message };
    let send = Send::new(delivery, ctx.now, &ctx.rng).about(caller.customer);
    let what = Enrolling::Email { account: facts.profile.index.clone() };
    let new = Beginning { what, name: None, code: Some(&code), state: None, send: Some(&send) };
    let handle = begin(&flow, &ctx, &caller, new, proof).await?;
    Ok((StatusCode::ACCEPTED, Json(Started::by_mail(&handle, &email))))
}

/// Add codes by mail
///
/// By the code that was sent, which has five tries.
#[utoipa::path(post, path = "/v1/me/factors/email/activate", operation_id = "factor_email_activate", tag = "factors", security(("bearer" = [])),
    request_body = FactorActivation, responses((status = 201, description = "Codes by mail are a factor.", body = ListedFactor)))]
pub(crate) async fn activate(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<FactorActivation>,
) -> Result<(StatusCode, Json<ListedFactor>), Problem> {
    let code = body.code()?;
    let (facts, proof) = check_fresh(&flow, &ctx, &caller).await?;
    let (thing, enrolment, left) = try_code(&flow, &ctx, &caller, &body.transaction).await?;
    let Enrolling::Email { account } = enrolment.what else { return Err(FactorError::Gone.into()) };
    if account != facts.profile.index {
        return Err(FactorError::Gone.into());
    }
    if !flow.store.code_is(&thing, &code).await? {
        return Err(FactorError::WrongCode(left).into());
    }
    let name = facts.profile.data.email.masked();
    let added = add(&flow, &ctx, &caller, &facts, (&thing, name, FactorKind::Email {}), proof).await?;
    Ok((StatusCode::CREATED, Json(added)))
}
