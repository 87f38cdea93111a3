//! `GET /v1/admin/clients/{id}`: a client.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::scope::AdminClients;
use edge::{Json, Operator, Problem};
use store::StoredClient;

use crate::shown::{ShownClient, answer};
use crate::{ClientsFlowError, Registrar};

/// See a client
///
/// One of the deployment's file has no `ETag`: it is changed there.
#[utoipa::path(get, path = "/v1/admin/clients/{id}", operation_id = "admin_client_see", tag = "administration",
    security(("bearer" = ["admin:clients"])),
    params(("id" = String, Path, description = "The client's id.", example = "calendar")),
    responses((status = 200, description = "The client.", body = ShownClient,
        headers(("ETag" = String, description = "For `If-Match` of a change.")))))]
pub(crate) async fn see(
    State(flow): State<Arc<Registrar>>,
    _operator: Operator<AdminClients>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| ClientsFlowError::NotFound)?;
    if let Some(client) = flow.known.filed().find(&id) {
        return Ok(Json(ShownClient::filed(client)).into_response());
    }
    let stored = flow.store.client_stored(&id).await?.ok_or(ClientsFlowError::NotFound)?;
    Ok(answer(ShownClient::stored(&stored), stored.version))
}

/// The registered client with this id, to be changed.
pub(crate) async fn registered(
    flow: &Registrar,
    id: Result<Path<String>, PathRejection>,
) -> Result<StoredClient, ClientsFlowError> {
    let Path(id) = id.map_err(|_| ClientsFlowError::NotFound)?;
    if flow.known.filed().find(&id).is_some() {
        return Err(ClientsFlowError::Filed);
    }
    flow.store.client_stored(&id).await?.ok_or(ClientsFlowError::NotFound)
}
