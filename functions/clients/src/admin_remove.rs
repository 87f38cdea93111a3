//! `DELETE /v1/admin/clients/{id}`: a client is removed.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::ActKind;
use domain::scope::AdminClients;
use edge::{Ctx, Operator, Problem};

use crate::admin_see::registered;
use crate::shown::check_seen;
use crate::{ClientsFlowError, Registrar};

/// Remove a client
///
/// Its tokens are good no longer, and nobody else gets its id. It is known for a minute at most.
#[utoipa::path(delete, path = "/v1/admin/clients/{id}", operation_id = "admin_client_remove", tag = "administration",
    security(("bearer" = ["admin:clients"])),
    params(("id" = String, Path, description = "The client's id.", example = "calendar"),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The `ETag` of what was read.", example = "\"3\"")),
    responses((status = 204, description = "It is removed.")))]
pub(crate) async fn remove(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    operator: Operator<AdminClients>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let stored = registered(&flow, id).await?;
    check_seen(&headers, Some(stored.version))?;
    let cause = ctx.act(ActKind::ClientRemoved, operator.actor).to_nobody();
    if flow.store.client_remove(&stored, ctx.now, &cause).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ClientsFlowError::Changed.into())
    }
}
