//! `GET /v1/me/requests`: the caller's own requests.

use std::sync::Arc;

use axum::extract::State;
use edge::{Caller, Json, Problem};
use serde::Serialize;

use crate::Requests;
use crate::request::Shown;

/// The caller's requests.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = OwnRequests)]
pub(crate) struct Own {
    /// Oldest first.
    requests: Vec<Shown>,
}

/// List one's requests
///
/// What somebody asked for on the caller's behalf and an administrator put on record: by when it is due, and what came
/// of it.
#[utoipa::path(get, path = "/v1/me/requests", operation_id = "requests_own", tag = "privacy", security(("bearer" = [])),
    responses((status = 200, description = "The requests.", body = Own)))]
pub(crate) async fn own(State(flow): State<Arc<Requests>>, caller: Caller) -> Result<Json<Own>, Problem> {
    let requests = flow.store.dsars_of(caller.customer).await?;
    Ok(Json(Own { requests: requests.iter().map(Shown::from).collect() }))
}
