//! `GET /v1/me/consents/history` and `GET /v1/me/consents/history/{id}/receipt`: every decision of the
//! caller's, and the receipt of one.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use domain::DecisionId;
use edge::{Caller, Ctx, Json, Problem, Query};
use serde::{Deserialize, Serialize};

use crate::decided::{Decision, DecisionWithReceipt};
use crate::{Consent, ConsentError};

/// Where to begin.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    cursor: Option<DecisionId>,
}

/// Decisions.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DecisionList {
    /// The newest first.
    decisions: Vec<Decision>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "dec_01hf7yat00e9j8b5v2m3n4p6q7")]
    next: Option<String>,
}

const PAGE: usize = 100;

/// List one's decisions
///
/// All that there ever were, the newest first, a hundred at a time.
#[utoipa::path(get, path = "/v1/me/consents/history", operation_id = "consents_history", tag = "privacy", security(("bearer" = [])),
    params(("cursor" = Option<String>, Query, nullable = false, description = "The `next` of the page before.", example = "dec_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 200, description = "A page of decisions.", body = DecisionList)))]
pub(crate) async fn history(
    State(flow): State<Arc<Consent>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<DecisionList>, Problem> {
    let most = i32::try_from(PAGE).unwrap_or(i32::MAX);
    let found = flow.store.decisions(caller.customer, asked.cursor, most).await?;
    let next = found.last().filter(|_| found.len() == PAGE).map(|last| last.receipt.jti.to_string());
    Ok(Json(DecisionList { decisions: found.iter().map(|one| Decision::from(&one.receipt)).collect(), next }))
}

/// Get the receipt of a decision
///
/// Signed anew each time, over claims that stay the same to the byte.
#[utoipa::path(get, path = "/v1/me/consents/history/{id}/receipt", operation_id = "consent_receipt", tag = "privacy",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The decision's id.", example = "dec_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 200, description = "The decision and its receipt.", body = DecisionWithReceipt)))]
pub(crate) async fn receipt(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<DecisionWithReceipt>, Problem> {
    flow.count(&ctx, caller.customer).await?;
    // The key begins with the caller's id, so that another's decision is one that is not there.
    let id = id.ok().and_then(|Path(id)| DecisionId::parse(&id)).ok_or(ConsentError::NotFound)?;
    let found = flow.store.decision(caller.customer, id).await?.ok_or(ConsentError::NotFound)?;
    let signed = flow.sign(&found.receipt).await?;
    Ok(Json(DecisionWithReceipt::new(&found.receipt, signed)))
}
