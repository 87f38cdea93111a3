//! `GET /v1/admin/requests`: the open requests, those first that are due first.

use std::sync::Arc;

use axum::extract::State;
use domain::scope::AdminRequests;
use domain::{DsarId, DsarKind, Law, Timestamp};
use edge::{Json, Operator, Problem, Query};
use serde::{Deserialize, Serialize};
use store::OpenDsar;

use crate::{RequestError, Requests};

/// Which requests are meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    due: Option<String>,
    after: Option<String>,
}

/// Open requests.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = OpenRequests)]
pub(crate) struct Open {
    /// Those first that are due first.
    requests: Vec<OpenRequest>,
    /// What to send as `after` for the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "dsr_01hf7yat00e9j8b5v2m3n4p6q701hf7yat00e9j8b5v2m3n4p6q8,1798106130000")]
    next: Option<String>,
}

/// An open request, in short.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OpenRequest {
    /// Its id.
    #[schema(example = "dsr_01hf7yat00e9j8b5v2m3n4p6q701hf7yat00e9j8b5v2m3n4p6q8")]
    id: String,
    /// Whose data it is about.
    #[schema(example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")]
    customer: String,
    /// What is asked for.
    r#type: DsarKind,
    /// By which law.
    law: Law,
    /// By when it is due.
    #[schema(format = "date-time", example = "2026-12-24T10:15:30Z")]
    due_at: String,
}

/// How many a page has.
const PAGE: i32 = 100;

/// List the open requests
///
/// Those first that are due first, at most a hundred at once.
#[utoipa::path(get, path = "/v1/admin/requests", operation_id = "admin_requests_list", tag = "administration",
    security(("bearer" = ["admin:requests"])),
    params(
        ("due" = Option<String>, Query, nullable = false, description = "Only those that are due by then (RFC 3339).",
            example = "2026-12-31T00:00:00Z"),
        ("after" = Option<String>, Query, nullable = false, description = "The `next` of the page before.")),
    responses((status = 200, description = "The requests.", body = Open)))]
pub(crate) async fn list(
    State(flow): State<Arc<Requests>>,
    _: Operator<AdminRequests>,
    which: Result<Query<Which>, Problem>,
) -> Result<Json<Open>, Problem> {
    let Query(which) = which?;
    let until = which.due.as_deref().map_or(Ok(Timestamp::MAX), str::parse);
    let until: Timestamp = until.map_err(|_| RequestError::Query("`due` is no date and time (RFC 3339)."))?;
    let after =
        which.after.as_deref().map(|text| place(text).ok_or(RequestError::Query("`after` is no page's `next`.")));
    let found = flow.store.dsars_open(until, after.transpose()?, PAGE).await?;
    let next = found.last().filter(|_| i32::try_from(found.len()).is_ok_and(|count| count >= PAGE));
    let next = next.map(|last| format!("{},{}", last.id, last.due_at.as_millisecond()));
    Ok(Json(Open { next, requests: found.iter().map(OpenRequest::of).collect() }))
}

fn place(text: &str) -> Option<(DsarId, Timestamp)> {
    let (id, due_at) = text.split_once(',')?;
    Some((DsarId::parse(id)?, Timestamp::from_millisecond(due_at.parse().ok()?).ok()?))
}

impl OpenRequest {
    fn of(open: &OpenDsar) -> Self {
        Self {
            id: open.id.to_string(),
            customer: open.id.customer.to_string(),
            r#type: open.kind,
            law: open.law,
            due_at: open.due_at.to_string(),
        }
    }
}
