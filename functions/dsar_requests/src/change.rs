//! `PATCH /v1/admin/requests/{id}`: a request is closed, or given more time.

use std::sync::Arc;

use axum::extract::State;
use domain::scope::AdminRequests;
use domain::{ActKind, Dsar, DsarOutcome, FieldError, Timestamp};
use edge::{Ctx, Json, Operator, Problem};
use serde::Deserialize;

use crate::request::{Shown, written};
use crate::show::{Id, load};
use crate::{RequestError, Requests};

/// What becomes of a request: with `outcome` it is closed, with `extended_because` it is given more time,
/// once.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DataRequestChange, example = json!({"outcome": "fulfilled", "note": "Handed over in the shop."}))]
pub(crate) struct Change {
    /// What came of it.
    #[serde(default)]
    #[schema(nullable = false)]
    outcome: Option<DsarOutcome>,
    /// What was handed over, or why not. Needed for every outcome but `fulfilled`.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 2000)]
    note: Option<String>,
    /// Why it takes longer: what the person was told.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 2000)]
    extended_because: Option<String>,
}

/// Close a request, or give it more time
///
/// By the GDPR 60 days more, by the CCPA 45: once, and while it is not overdue.
#[utoipa::path(patch, path = "/v1/admin/requests/{id}", operation_id = "admin_request_change", tag = "administration",
    security(("bearer" = ["admin:requests"])), request_body = Change,
    params(("id" = String, Path, description = "The request's id.",
        example = "dsr_01hf7yat00e9j8b5v2m3n4p6q701hf7yat00e9j8b5v2m3n4p6q8")),
    responses((status = 200, description = "The request as it is now.", body = Shown)))]
pub(crate) async fn change(
    State(flow): State<Arc<Requests>>,
    ctx: Ctx,
    operator: Operator<AdminRequests>,
    id: Id,
    Json(change): Json<Change>,
) -> Result<Json<Shown>, Problem> {
    let step = decide(change).map_err(RequestError::Fields)?;
    let mut seen = load(&flow, id).await?;
    let (dsar, kind) = apply(&seen.dsar, step, ctx.now).map_err(RequestError::Refused)?;
    let cause = ctx.act(kind, operator.actor).to(seen.id.customer);
    flow.store.dsar_update(&seen, &dsar, &cause).await?;
    seen.dsar = dsar;
    Ok(Json(Shown::from(&seen)))
}

enum Step {
    Close(DsarOutcome, Option<String>),
    Extend(String),
}

fn decide(change: Change) -> Result<Step, Vec<FieldError>> {
    let one = |error| vec![error];
    let note = change.note.as_deref().map(|note| written("/note", note)).transpose().map_err(one)?;
    match (change.outcome, note, change.extended_because) {
        (Some(outcome), None, None) if outcome != DsarOutcome::Fulfilled => {
            Err(one(FieldError::new("/note", "required", "is required: say why")))
        }
        (Some(outcome), note, None) => Ok(Step::Close(outcome, note)),
        (None, None, Some(reason)) => written("/extended_because", &reason).map(Step::Extend).map_err(one),
        (Some(_), _, Some(_)) => {
            Err(one(FieldError::new("/extended_because", "unexpected", "makes no sense with an outcome")))
        }
        (None, Some(_), _) => Err(one(FieldError::new("/note", "unexpected", "belongs to an outcome"))),
        (None, None, None) => Err(one(FieldError::new("/outcome", "required", "is required"))),
    }
}

fn apply(dsar: &Dsar, step: Step, now: Timestamp) -> Result<(Dsar, ActKind), domain::DsarRefused> {
    let mut dsar = dsar.clone();
    match step {
        Step::Close(outcome, note) => dsar.close(outcome, note, now).map(|()| (dsar, ActKind::RequestClosed)),
        Step::Extend(reason) => dsar.extend(reason, now).map(|()| (dsar, ActKind::RequestExtended)),
    }
}
