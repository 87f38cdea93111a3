//! `POST /v1/admin/requests`: a request is put on record.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::scope::AdminRequests;
use domain::{ActKind, CustomerId, Dsar, DsarId, DsarKind, FieldError, Law, SignedDuration, Timestamp};
use edge::{Ctx, Json, Operator, Problem};
use serde::Deserialize;

use crate::request::{Shown, written};
use crate::{RequestError, Requests};

/// What somebody asked for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDataRequest)]
pub(crate) struct NewRequest {
    /// What is asked for.
    r#type: DsarKind,
    /// By which law: it says how long there is.
    law: Law,
    /// Whose data it is about.
    #[schema(example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")]
    customer: String,
    /// How the person was identified.
    #[schema(min_length = 1, max_length = 2000, example = "Passport, in the shop")]
    identified_by: String,
    /// When it was received; now, if it is left out. The time runs from then.
    #[serde(default)]
    #[schema(nullable = false, format = "date-time", example = "2026-11-24T10:15:30Z")]
    received_at: Option<String>,
}

/// Put a request on record
///
/// On somebody's behalf: by letter, by phone, in person. A request for erasure is only recorded here:
/// `POST /v1/admin/customers/{id}/erasure` asks for it, and closes this one if it names it.
#[utoipa::path(post, path = "/v1/admin/requests", operation_id = "admin_request_record", tag = "administration",
    security(("bearer" = ["admin:requests"])), request_body = NewRequest,
    responses((status = 201, description = "The request is on record.", body = Shown)))]
pub(crate) async fn record(
    State(flow): State<Arc<Requests>>,
    ctx: Ctx,
    operator: Operator<AdminRequests>,
    Json(new): Json<NewRequest>,
) -> Result<(StatusCode, Json<Shown>), Problem> {
    let (customer, dsar) = decide(&new, ctx.now).map_err(RequestError::Fields)?;
    let id = DsarId::generate(customer, ctx.now, &ctx.rng);
    let cause = ctx.act(ActKind::RequestRecorded, operator.actor).to(customer);
    if !flow.store.dsar_record(id, &dsar, &cause).await? {
        let unknown = FieldError::new("/customer", "customer", "is no customer's id");
        return Err(RequestError::Fields(vec![unknown]).into());
    }
    let stored = flow.store.dsar(id).await?.ok_or(RequestError::NotFound)?;
    Ok((StatusCode::CREATED, Json(Shown::from(&stored))))
}

/// How long ago a request may have been received.
const OLDEST: SignedDuration = SignedDuration::from_hours(365 * 24);

fn decide(new: &NewRequest, now: Timestamp) -> Result<(CustomerId, Dsar), Vec<FieldError>> {
    let mut errors = Vec::new();
    let customer =
        CustomerId::parse(&new.customer).ok_or_else(|| FieldError::new("/customer", "customer", "is no customer's id"));
    let identified_by = written("/identified_by", &new.identified_by);
    let received_at = match new.received_at.as_deref().map(str::parse::<Timestamp>) {
        None => Ok(now),
        Some(Err(_)) => Err(FieldError::new("/received_at", "date_time", "is no date and time (RFC 3339)")),
        Some(Ok(at)) if at > now => Err(FieldError::new("/received_at", "value", "is in the future")),
        Some(Ok(at)) if at < now - OLDEST => Err(FieldError::new("/received_at", "value", "is more than a year ago")),
        Some(Ok(at)) => Ok(at),
    };
    match (customer, identified_by, received_at) {
        (Ok(customer), Ok(identified_by), Ok(received_at)) => Ok((
            customer,
            Dsar {
                kind: new.r#type,
                law: new.law,
                received_at,
                recorded_at: now,
                identified_by,
                extension: None,
                handed_over: Vec::new(),
                closing: None,
            },
        )),
        (customer, identified_by, received_at) => {
            errors.extend(customer.err());
            errors.extend(identified_by.err());
            errors.extend(received_at.err());
            Err(errors)
        }
    }
}
