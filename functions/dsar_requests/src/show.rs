//! `GET /v1/admin/requests/{id}`: a request.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use domain::DsarId;
use domain::scope::AdminRequests;
use edge::{Json, Operator, Problem};
use store::StoredDsar;

use crate::request::Shown;
use crate::{RequestError, Requests};

/// A request's id, or why it is none.
pub(crate) type Id = Result<Path<String>, PathRejection>;

/// Show a request
///
/// Open or closed. That of a customer who was erased is gone with them.
#[utoipa::path(get, path = "/v1/admin/requests/{id}", operation_id = "admin_request_show", tag = "administration",
    security(("bearer" = ["admin:requests"])),
    params(("id" = String, Path, description = "The request's id.",
        example = "dsr_01hf7yat00e9j8b5v2m3n4p6q701hf7yat00e9j8b5v2m3n4p6q8")),
    responses((status = 200, description = "The request.", body = Shown)))]
pub(crate) async fn show(
    State(flow): State<Arc<Requests>>,
    _: Operator<AdminRequests>,
    id: Id,
) -> Result<Json<Shown>, Problem> {
    Ok(Json(Shown::from(&load(&flow, id).await?)))
}

pub(crate) async fn load(flow: &Requests, id: Id) -> Result<StoredDsar, RequestError> {
    let id = id.ok().and_then(|Path(id)| DsarId::parse(&id)).ok_or(RequestError::NotFound)?;
    flow.store.dsar(id).await?.ok_or(RequestError::NotFound)
}
