//! `/v1/admin/customers/{id}/erasure`: an administrator asks for an erasure on a customer's behalf, sees how
//! far it is, and takes it back.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::scope::AdminErasure;
use domain::{CustomerId, DsarId, DsarKind, ErasureBy, FieldError, Status};
use edge::{Ctx, Json, Operator, Problem};
use serde::{Deserialize, Serialize};
use signin::erasure::{self, Asking};
use store::{Hold, Spent, StoredDsar};

use crate::certificate::ErasureCertificate;
use crate::{ATTEMPTS, Erase, EraseError};

/// Why somebody is to be erased whose word an administrator has.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErasureOrder {
    /// Why, and how it is known that they want it. Sealed like all that is theirs, and erased with it.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "Asked by letter; identified by the number of their last invoice."
    )]
    reason: String,
    /// By which number your own records know the request; or the id of one that is on record here (`dsr_…`):
    /// it has to be this customer's, open, and for erasure, and is closed as fulfilled.
    #[serde(default)]
    #[schema(max_length = 100, example = "DSR-2026-118")]
    request_id: Option<String>,
}

/// How far a customer's erasure is.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErasureState {
    /// Nobody asked for one.
    None,
    /// It is due when the grace period is over, and no hold stands against it.
    Pending,
    /// It has begun.
    Erasing,
    /// It is done.
    Erased,
}

/// A customer's erasure.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ErasureStatus {
    /// How far it is.
    status: ErasureState,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "era_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: Option<String>,
    /// Who asked: `customer`, `administrator`, or `inactivity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String, example = "customer")]
    by: Option<ErasureBy>,
    /// When it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2026-11-25T10:15:30Z")]
    requested_at: Option<String>,
    /// When the grace period ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2026-12-09T10:15:30Z")]
    due_at: Option<String>,
    /// Until when holds forbid it, those too of which the customer is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2027-06-30T00:00:00Z")]
    on_hold_until: Option<String>,
    /// The holds that do, the last to end last, and of which the customer is told: with `tell`, they see until
    /// when, never why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    holds: Vec<StandingHold>,
    /// Why, where an administrator asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Asked by letter; identified by the number of their last invoice.")]
    reason: Option<String>,
    /// By which number their records know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "DSR-2026-118")]
    request_id: Option<String>,
    /// The certificate, once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    certificate: Option<ErasureCertificate>,
}

/// A hold that lasts.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StandingHold {
    /// Its id.
    #[schema(example = "hld_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// When it ends.
    #[schema(format = "date-time", example = "2027-06-30T00:00:00Z")]
    until: String,
    /// Whether the customer is told of it.
    #[schema(example = true)]
    tell: bool,
}

impl StandingHold {
    fn new(hold: &Hold) -> Self {
        Self { id: hold.id.to_string(), until: hold.until.to_string(), tell: hold.is_told }
    }
}

type Id = Result<Path<String>, PathRejection>;

fn parse(id: Id) -> Result<CustomerId, EraseError> {
    id.ok().and_then(|Path(id)| CustomerId::parse(&id)).ok_or(EraseError::NotFound)
}

/// See how far a customer's erasure is
///
/// Of customers who were erased, too, with the certificate.
#[utoipa::path(get, path = "/v1/admin/customers/{id}/erasure", operation_id = "admin_erasure", tag = "administration",
    security(("bearer" = ["admin:erasure"])),
    params(("id" = String, Path, description = "The customer's id.", example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 200, description = "How far it is.", body = ErasureStatus)))]
pub(crate) async fn look(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    _operator: Operator<AdminErasure>,
    id: Id,
) -> Result<Json<ErasureStatus>, Problem> {
    Ok(Json(status(&flow, &ctx, parse(id)?).await?))
}

async fn status(flow: &Erase, ctx: &Ctx, id: CustomerId) -> Result<ErasureStatus, EraseError> {
    if let Some(tombstone) = flow.store.tombstone(id).await? {
        let done = tombstone.done.as_ref();
        return Ok(ErasureStatus {
            status: if done.is_some() { ErasureState::Erased } else { ErasureState::Erasing },
            id: Some(tombstone.id.to_string()),
            by: Some(tombstone.by),
            requested_at: Some(tombstone.requested_at.to_string()),
            due_at: None,
            on_hold_until: None,
            holds: Vec::new(),
            reason: None,
            request_id: None,
            certificate: done.map(|done| ErasureCertificate::new(&tombstone, done)),
        });
    }
    let standing = flow.store.erasure_standing(id).await?.ok_or(EraseError::NotFound)?;
    let on_hold_until = standing.held.now(ctx.now);
    let mut status = ErasureStatus {
        status: ErasureState::None,
        id: None,
        by: None,
        requested_at: None,
        due_at: None,
        on_hold_until: on_hold_until.map(|until| until.to_string()),
        holds: Vec::new(),
        reason: None,
        request_id: None,
        certificate: None,
    };
    if on_hold_until.is_none() && standing.erasure.is_none() {
        return Ok(status);
    }
    let data_key = flow.customer(id).await?.data_key;
    if on_hold_until.is_some() {
        let mut holds = flow.store.holds(id, &data_key).await?;
        holds.retain(|hold| ctx.now < hold.until);
        holds.sort_by_key(|hold| hold.until);
        status.holds = holds.iter().map(StandingHold::new).collect();
    }
    if let Some(own) = standing.erasure {
        let about = own.about(&data_key)?;
        status.status = ErasureState::Pending;
        status.id = Some(own.id.to_string());
        status.by = Some(own.by);
        status.requested_at = Some(own.requested_at.to_string());
        status.due_at = Some(own.due_at.to_string());
        status.reason = about.reason;
        status.request_id = about.reference;
    }
    Ok(status)
}

/// Ask for a customer's erasure on their behalf
///
/// As if they had asked: they are told, and can change their mind while the grace period lasts. Asked for
/// again, it stays the one that waits. An administrator who is a person needs an
/// authentication of the last ten minutes; a service needs none.
#[utoipa::path(post, path = "/v1/admin/customers/{id}/erasure", operation_id = "admin_erasure_ask",
    tag = "administration", security(("bearer" = ["admin:erasure"])),
    params(("id" = String, Path, description = "The customer's id.", example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")),
    request_body = ErasureOrder,
    responses((status = 202, description = "It is done when the grace period is over.", body = ErasureStatus)))]
pub(crate) async fn ask(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    operator: Operator<AdminErasure>,
    id: Id,
    Json(body): Json<ErasureOrder>,
) -> Result<(StatusCode, Json<ErasureStatus>), Problem> {
    flow.check_fresh(&ctx, operator.caller.as_ref()).await?;
    let reason = text("/reason", &body.reason, 500)?;
    let reference = body.request_id.as_deref().map(|id| text("/request_id", id, 100)).transpose()?;
    let id = parse(id)?;
    for _ in 0..ATTEMPTS {
        let standing = flow.store.erasure_standing(id).await?.ok_or(EraseError::NotFound)?;
        if standing.security.status == Status::Erasing {
            return Err(EraseError::UnderWay.into());
        }
        if standing.erasure.is_some() {
            return Ok((StatusCode::ACCEPTED, Json(status(&flow, &ctx, id).await?)));
        }
        let request = match reference.as_deref().and_then(DsarId::parse) {
            Some(request) => Some(open_request(&flow, id, request).await?),
            None => None,
        };
        let asking = Asking {
            customer: &flow.customer(id).await?,
            security: &standing.security,
            held: standing.held,
            by: ErasureBy::Administrator,
            actor: operator.actor.clone(),
            session: None,
            reason: Some(reason.clone()),
            reference: reference.clone(),
            fulfils: request.as_ref(),
        };
        if erasure::ask(&ctx, &flow.store, flow.grace, asking).await?.is_some() {
            ctx.count("ErasuresRequested", 1);
            return Ok((StatusCode::ACCEPTED, Json(status(&flow, &ctx, id).await?)));
        }
    }
    Err(EraseError::Changed.into())
}

/// Take back a customer's erasure
///
/// While it has not begun, whoever asked for it. An administrator who is a person needs an authentication of
/// the last ten minutes; a service needs none.
#[utoipa::path(delete, path = "/v1/admin/customers/{id}/erasure", operation_id = "admin_erasure_withdraw",
    tag = "administration", security(("bearer" = ["admin:erasure"])),
    params(("id" = String, Path, description = "The customer's id.", example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 204, description = "Nothing is erased.")))]
pub(crate) async fn withdraw(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    operator: Operator<AdminErasure>,
    id: Id,
) -> Result<StatusCode, Problem> {
    flow.check_fresh(&ctx, operator.caller.as_ref()).await?;
    let id = parse(id)?;
    for _ in 0..ATTEMPTS {
        let standing = flow.store.erasure_standing(id).await?.ok_or(EraseError::NotFound)?;
        if standing.security.status == Status::Erasing {
            return Err(EraseError::UnderWay.into());
        }
        let own = standing.erasure.ok_or(EraseError::NotFound)?;
        let customer = flow.customer(id).await?;
        let who = (&customer, &standing.security);
        if erasure::withdraw(&ctx, &flow.store, who, &own, None, operator.actor.clone()).await? == Spent::Done {
            ctx.count("ErasuresWithdrawn", 1);
            return Ok(StatusCode::NO_CONTENT);
        }
    }
    Err(EraseError::Changed.into())
}

/// The request for erasure of this customer that an erasure fulfils.
async fn open_request(flow: &Erase, customer: CustomerId, id: DsarId) -> Result<StoredDsar, EraseError> {
    let found = if id.customer == customer { flow.store.dsar(id).await? } else { None };
    let is_fine = |found: &StoredDsar| found.dsar.kind == DsarKind::Erasure && found.dsar.is_open();
    let refused = || FieldError::new("/request_id", "value", "is no open request of this customer for erasure");
    found.filter(is_fine).ok_or_else(|| EraseError::Fields(vec![refused()]))
}

/// An administrator's words: some, and not too many.
pub(crate) fn text(pointer: &str, text: &str, most: usize) -> Result<String, EraseError> {
    let text = text.trim();
    let is_fine =
        !text.is_empty() && text.chars().count() <= most && !text.chars().any(|c| c.is_control() && c != '\n');
    let refused =
        || EraseError::Fields(vec![FieldError::new(pointer, "value", "is empty, too long, or no plain text")]);
    if is_fine { Ok(text.to_owned()) } else { Err(refused()) }
}
