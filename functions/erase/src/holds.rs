//! `/v1/admin/customers/{id}/holds`: legal holds. As long as one lasts, its customer is not erased.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::scope::AdminErasure;
use domain::{ActKind, Actor, CustomerId, FieldError, HoldId, SignedDuration, Status, Timestamp};
use edge::{Ctx, Json, Operator, Problem};
use serde::{Deserialize, Serialize};
use signin::erasure;
use store::{ErasureStanding, Hold, HoldAbout, Spent};

use crate::admin::text;
use crate::{ATTEMPTS, Erase, EraseError};

/// A hold that is to be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHold {
    /// Why. Sealed like all that is the customer's.
    #[schema(min_length = 1, max_length = 500, example = "Claim 4711, Berlin regional court.")]
    reason: String,
    /// When it ends: within ten years, so that none is forgotten. Place another one to go on.
    #[schema(format = "date-time", example = "2027-06-30T00:00:00Z")]
    until: String,
    /// Whether the customer may be told that something stands against an erasure, and until when. Never why.
    #[serde(default = "yes")]
    #[schema(default = true, example = true)]
    tell: bool,
}

fn yes() -> bool {
    true
}

/// A hold.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct HoldView {
    /// Its id.
    #[schema(example = "hld_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// Why.
    #[schema(example = "Claim 4711, Berlin regional court.")]
    reason: String,
    /// When it was placed.
    #[schema(format = "date-time", example = "2026-11-25T10:15:30Z")]
    placed_at: String,
    /// Who placed it.
    #[schema(example = "billing")]
    placed_by: String,
    /// When it ends.
    #[schema(format = "date-time", example = "2027-06-30T00:00:00Z")]
    until: String,
    /// Whether the customer may be told.
    #[schema(example = true)]
    tell: bool,
}

/// A customer's holds.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Holds {
    /// Those that are kept, the first placed first; ended ones too.
    holds: Vec<HoldView>,
}

impl HoldView {
    fn new(hold: Hold) -> Self {
        Self {
            id: hold.id.to_string(),
            reason: hold.about.reason,
            placed_at: hold.placed_at.to_string(),
            placed_by: hold.about.by,
            until: hold.until.to_string(),
            tell: hold.is_told,
        }
    }
}

type Id = Result<Path<String>, PathRejection>;

const LONGEST: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// List a customer's legal holds
///
/// With why and by whom.
#[utoipa::path(get, path = "/v1/admin/customers/{id}/holds", operation_id = "admin_holds", tag = "administration",
    security(("bearer" = ["admin:erasure"])),
    params(("id" = String, Path, description = "The customer's id.", example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 200, description = "The holds.", body = Holds)))]
pub(crate) async fn list(
    State(flow): State<Arc<Erase>>,
    _operator: Operator<AdminErasure>,
    id: Id,
) -> Result<Json<Holds>, Problem> {
    let customer = id.ok().and_then(|Path(id)| CustomerId::parse(&id)).ok_or(EraseError::NotFound)?;
    let known = flow.customer(customer).await?;
    let holds = flow.store.holds(customer, &known.data_key).await?;
    Ok(Json(Holds { holds: holds.into_iter().map(HoldView::new).collect() }))
}

/// Place a legal hold
///
/// As long as it lasts the customer is not erased, whoever asks or has asked for it; then what waits goes on
/// by itself. Where an erasure waits that it puts off for longer than the customer knows, they are told by mail.
/// Where `tell` is false the customer sees it nowhere: neither with an erasure, nor among their
/// acts, nor in their copy. An administrator who is a person needs an authentication of the last ten minutes;
/// a service needs none.
#[utoipa::path(post, path = "/v1/admin/customers/{id}/holds", operation_id = "admin_hold_place", tag = "administration",
    security(("bearer" = ["admin:erasure"])),
    params(("id" = String, Path, description = "The customer's id.", example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")),
    request_body = NewHold, responses((status = 201, description = "The hold stands.", body = HoldView)))]
pub(crate) async fn place(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    operator: Operator<AdminErasure>,
    id: Id,
    Json(body): Json<NewHold>,
) -> Result<(StatusCode, Json<HoldView>), Problem> {
    flow.check_fresh(&ctx, operator.caller.as_ref()).await?;
    let about = HoldAbout { reason: text("/reason", &body.reason, 500)?, by: name(&operator.actor) };
    let until = until(&ctx, &body.until)?;
    let customer = id.ok().and_then(|Path(id)| CustomerId::parse(&id)).ok_or(EraseError::NotFound)?;
    let hold = Hold { id: HoldId::generate(ctx.now, &ctx.rng), placed_at: ctx.now, until, is_told: body.tell, about };
    let kind = if hold.is_told { ActKind::HoldPlaced } else { ActKind::HoldPlacedUntold };
    let cause = ctx.act(kind, operator.actor).to(customer);
    for _ in 0..ATTEMPTS {
        let standing = holdable(&flow, customer).await?;
        let known = flow.customer(customer).await?;
        let others = flow.store.holds(customer, &known.data_key).await?;
        let send = erasure::on_hold(&ctx, &known, &standing, &hold);
        let (seen, new) = ((&standing, others.as_slice()), (&hold, send.as_ref()));
        if flow.store.hold_place(customer, &known.data_key, seen, new, ctx.now, &cause).await? == Spent::Done {
            return Ok((StatusCode::CREATED, Json(HoldView::new(hold))));
        }
    }
    Err(EraseError::Changed.into())
}

/// Lift a legal hold before its end
///
/// An erasure that waited for it goes on. An administrator who is a person needs an authentication of the last
/// ten minutes; a service needs none.
#[utoipa::path(delete, path = "/v1/admin/customers/{id}/holds/{hold}", operation_id = "admin_hold_lift",
    tag = "administration", security(("bearer" = ["admin:erasure"])),
    params(("id" = String, Path, description = "The customer's id.", example = "cus_01hf7yat00e9j8b5v2m3n4p6q7"),
        ("hold" = String, Path, description = "The hold's id.", example = "hld_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 204, description = "The hold is lifted.")))]
pub(crate) async fn lift(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    operator: Operator<AdminErasure>,
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    flow.check_fresh(&ctx, operator.caller.as_ref()).await?;
    let parse = |Path((id, hold)): Path<(String, String)>| Some((CustomerId::parse(&id)?, HoldId::parse(&hold)?));
    let (customer, hold) = ids.ok().and_then(parse).ok_or(EraseError::NotFound)?;
    for _ in 0..ATTEMPTS {
        let standing = holdable(&flow, customer).await?;
        let known = flow.customer(customer).await?;
        let (lifted, others): (Vec<Hold>, Vec<Hold>) =
            flow.store.holds(customer, &known.data_key).await?.into_iter().partition(|known| known.id == hold);
        let lifted = lifted.first().ok_or(EraseError::NotFound)?;
        let kind = if lifted.is_told { ActKind::HoldLifted } else { ActKind::HoldLiftedUntold };
        let cause = ctx.act(kind, operator.actor.clone()).to(customer);
        if flow.store.hold_lift(customer, (&standing, &others), hold, ctx.now, &cause).await? == Spent::Done {
            return Ok(StatusCode::NO_CONTENT);
        }
    }
    Err(EraseError::Changed.into())
}

/// The customer's standing, unless it is too late.
async fn holdable(flow: &Erase, customer: CustomerId) -> Result<ErasureStanding, EraseError> {
    let standing = flow.store.erasure_standing(customer).await?.ok_or(EraseError::NotFound)?;
    if standing.security.status == Status::Erasing { Err(EraseError::UnderWay) } else { Ok(standing) }
}

fn until(ctx: &Ctx, text: &str) -> Result<Timestamp, EraseError> {
    let refused = |why| EraseError::Fields(vec![FieldError::new("/until", "value", why)]);
    let until: Timestamp = text.parse().map_err(|_| refused("is no moment in RFC 3339's form"))?;
    let is_near = ctx.now < until && until <= ctx.now + LONGEST;
    if is_near { Ok(until) } else { Err(refused("is not within the next ten years")) }
}

/// Who placed it, for whoever asks later.
fn name(actor: &Actor) -> String {
    match actor {
        Actor::Customer(customer) => customer.to_string(),
        Actor::Client(client) => client.clone(),
        Actor::Anonymous | Actor::System => String::new(),
    }
}
