//! `POST /v1/me/factors/sms` and `POST /v1/me/factors/sms/activate`: a phone is enrolled.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{Code, Delivery, FactorKind, Message, Method};
use edge::{Caller, Ctx, Json, Problem};
use serde::Deserialize;
use signin::Started;
use store::{Enrolling, OneTime, Send};

use crate::add::{Beginning, FactorActivation, add, begin, check_room, check_single, try_code};
use crate::fresh::{check_fresh, count};
use crate::list::ListedFactor;
use crate::{FactorError, FactorsFlow, name, number};

/// A phone that is to receive codes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNumber {
    /// Its number, with a plus sign and the country's code; a code is sent to it.
    #[schema(max_length = 40, example = "+49 151 12345678")]
    number: String,
    /// What it is to be called; the number's last digits, if this is left out.
    #[serde(default)]
    #[schema(max_length = 64, example = "My phone")]
    name: Option<String>,
}

/// Begin to add a phone
///
/// Sends a six-digit code to it, for `/v1/me/factors/sms/activate`. There is one phone: whoever has one
/// removes it before they add another.
#[utoipa::path(post, path = "/v1/me/factors/sms", operation_id = "factor_sms_start", tag = "factors", security(("bearer" = [])),
    request_body = NewNumber, responses((status = 202, description = "An SMS is on its way.", body = Started)))]
pub(crate) async fn start(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<NewNumber>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    if !flow.policy.allows(Method::Sms) {
        return Err(FactorError::NotAvailable.into());
    }
    let name = name::chosen(body.name.as_deref()).map_err(|wrong| FactorError::Fields(vec![wrong]))?;
    let (number, country) = number::parse(&body.number, &flow.policy.sms_countries)?;
    let (facts, proof) = check_fresh(&flow, &ctx, &caller).await?;
    check_room(&facts.factors.factors)?;
    check_single(&facts.factors.factors, Method::Sms)?;
    let mut limits = vec![flow.limits.sms(&caller)];
    limits.extend(flow.sms.of_enrolment(&flow.store, &number).await?);
    count(&flow, &ctx, &limits).await?;

    let code = Code::generate(&ctx.rng);
    let message = Message::FactorCode { code: code.clone(), expires_at: ctx.now + OneTime::LIFETIME };
    let to = domain::Recipient::Phone(number.clone());
    let (locale, jurisdiction) = (facts.profile.locale, facts.profile.jurisdiction.clone());
    let delivery = Delivery { to, locale, issuer: ctx.issuer.clone(), jurisdiction, message };
    let send = Send::new(delivery, ctx.now, &ctx.rng).about(caller.customer);
    let what = Enrolling::Sms { number: number.clone(), country };
    let new = Beginning { what, name, code: Some(&code), state: None, send: Some(&send) };
    let handle = begin(&flow, &ctx, &caller, new, proof).await?;
    Ok((StatusCode::ACCEPTED, Json(Started::by_sms(&handle, &number))))
}

/// Add a phone
///
/// By the code that was sent to it, which has five tries.
#[utoipa::path(post, path = "/v1/me/factors/sms/activate", operation_id = "factor_sms_activate", tag = "factors", security(("bearer" = [])),
    request_body = FactorActivation, responses((status = 201, description = "The phone is active.", body = ListedFactor)))]
pub(crate) async fn activate(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<FactorActivation>,
) -> Result<(StatusCode, Json<ListedFactor>), Problem> {
    let code = body.code()?;
    let (facts, proof) = check_fresh(&flow, &ctx, &caller).await?;
    let (thing, enrolment, left) = try_code(&flow, &ctx, &caller, &body.transaction).await?;
    let Enrolling::Sms { number, country } = enrolment.what else { return Err(FactorError::Gone.into()) };
    if !flow.store.code_is(&thing, &code).await? {
        return Err(FactorError::WrongCode(left).into());
    }
    let name = enrolment.name.unwrap_or_else(|| number.masked());
    let kind = FactorKind::Sms { number, country };
    let added = add(&flow, &ctx, &caller, &facts, (&thing, name, kind), proof).await?;
    Ok((StatusCode::CREATED, Json(added)))
}
