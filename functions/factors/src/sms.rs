//! `POST /v1/me/factors/sms` and `…/activate`: a phone that receives codes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Code, Delivery, FactorKind, Handle, Message, Method, PhoneNumber, Recipient, SignedDuration};
use edge::{Caller, Ctx, Json, Problem, limits};
use phonenumber::Mode;
use serde::Deserialize;
use signin::Started;
use store::{Enrolling, Limit, OneTime, OneTimeKind, Send, Waiting};

use crate::code::{ActivationRequest, parsed, tried};
use crate::list::ListedFactor;
use crate::{FactorsError, Flows, Owner, name};

/// The phone.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPhoneRequest {
    /// Its number, with its country's prefix.
    #[schema(max_length = 40, example = "+49 151 23456789")]
    number: String,
    /// What its owner calls it; the device's name where it is left out.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64, example = "My phone")]
    name: Option<String>,
}

/// Begin to add a phone
///
/// Sends it a code. Only where the deployment sends SMS, and to that number's country.
#[utoipa::path(post, path = "/v1/me/factors/sms", operation_id = "factor_sms_begin", tag = "factors",
    security(("bearer" = [])), request_body = NewPhoneRequest,
    responses((status = 202, description = "A code is on its way.", body = Started)))]
pub(crate) async fn begin(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<NewPhoneRequest>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    if !flow.policy.allows(Method::Sms) {
        return Err(FactorsError::NotAvailable.into());
    }
    let number = parse(&body.number, &flow.policy.sms_countries)?;
    let name = name(body.name)?;
    let owner = flow.owner(&ctx, caller).await?;
    owner.check_room()?;
    owner.check_none_yet(Method::Sms)?;
    count(&flow, &ctx, &owner, &number).await?;

    let (handle, code) = (Handle::generate(&ctx.rng), Code::generate(&ctx.rng));
    let message = Message::FactorCode { code: code.clone(), expires_at: ctx.now + OneTime::LIFETIME };
    let (to, issuer) = (Recipient::Phone(number.clone()), ctx.issuer.clone());
    let send = Send::new(Delivery { to, locale: owner.customer.locale, issuer, message }, ctx.now, &ctx.rng);
    let started = Started::by_sms(&handle, &number);
    let waiting = Waiting {
        handle: &handle,
        kind: OneTimeKind::Enrolment,
        code: Some(&code),
        link: None,
        state: None,
        body: &owner.enrolment(name, Enrolling::Sms { number }),
        send: Some(&send),
    };
    let cause = ctx.act(ActKind::CodeRequested, owner.caller.actor()).in_session(owner.caller.session.id);
    flow.store.waiting_start(&waiting, ctx.now, &cause).await?;
    Ok((StatusCode::ACCEPTED, Json(started)))
}

/// The customer's own SMS first, then those to the number and to numbers like it, then all.
async fn count(flow: &Flows, ctx: &Ctx, owner: &Owner, number: &PhoneNumber) -> Result<(), FactorsError> {
    let own = Limit::new("sms-customer", flow.limits.sms_per_customer, SignedDuration::from_hours(1));
    let mut counted = vec![(own, owner.caller.customer.to_string())];
    counted.extend(flow.limits.sms.of(&flow.store, number).await?);
    limits::count(ctx, &flow.store, &counted).await.map_err(FactorsError::Limited)
}

/// The number in E.164 form, if it is a number that exists in a country to which SMS go.
fn parse(text: &str, countries: &[String]) -> Result<PhoneNumber, FactorsError> {
    const LONGEST: usize = 40;
    let wrong = || FactorsError::field("/number", "number", "is no phone number with its country's prefix");
    if text.len() > LONGEST || !text.trim_start().starts_with('+') {
        return Err(wrong());
    }
    let number = phonenumber::parse(None, text).map_err(|_| wrong())?;
    if !phonenumber::is_valid(&number) {
        return Err(wrong());
    }
    let country = number.country().id().ok_or_else(wrong)?;
    if !countries.iter().any(|allowed| allowed == country.as_ref()) {
        return Err(FactorsError::NotAvailable);
    }
    PhoneNumber::parse(&number.format().mode(Mode::E164).to_string()).ok_or_else(wrong)
}

/// Activate a phone with the code that was sent to it
#[utoipa::path(post, path = "/v1/me/factors/sms/activate", operation_id = "factor_sms_activate", tag = "factors",
    security(("bearer" = [])), request_body = ActivationRequest,
    responses((status = 201, description = "The phone is active.", body = ListedFactor)))]
pub(crate) async fn activate(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<ActivationRequest>,
) -> Result<(StatusCode, Json<ListedFactor>), Problem> {
    let code = parsed(&body)?;
    let owner = flow.owner(&ctx, caller).await?;
    let (thing, enrolment, left) = tried(&flow, &ctx, &owner, &body).await?;
    let Enrolling::Sms { number } = enrolment.what else { return Err(FactorsError::Gone.into()) };
    if !flow.store.code_is(&thing, &code).await? {
        return Err(FactorsError::WrongCode(left).into());
    }
    owner.check_none_yet(Method::Sms)?;
    let factor = flow.add(&ctx, &owner, &thing, enrolment.name, FactorKind::Sms { number }).await?;
    Ok((StatusCode::CREATED, Json(ListedFactor::of(&factor, None, ""))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_real_ones_of_allowed_countries() {
        let countries = ["DE".to_owned(), "CH".to_owned()];
        let good = parse("+49 (0)1512 3456789", &countries).unwrap();
        assert_eq!(good.reveal(), "+4915123456789");
        assert!(matches!(parse("+33 6 12 34 56 78", &countries), Err(FactorsError::NotAvailable)));
        for wrong in
            ["", "015123456789", "+49", "+49 1", "+999 123456789", "+4915123456789x", &"+49".repeat(50), "+49\n\n"]
        {
            assert!(matches!(parse(wrong, &countries), Err(FactorsError::Fields(_))), "{wrong}");
        }
    }
}
