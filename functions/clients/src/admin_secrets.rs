//! `/v1/admin/clients/{id}/secrets`: a client gets another secret before the old one is taken away, so that nothing
//! stands still between.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::ActKind;
use domain::scope::AdminClients;
use edge::{Ctx, Json, Operator, Problem};
use serde::Serialize;

use crate::admin_see::registered;
use crate::credentials::{self, MOST_SECRETS};
use crate::shown::tagged;
use crate::{ClientsFlowError, Registrar};

/// A secret that was made just now.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewSecret {
    /// What it is called.
    #[schema(example = "sec_3mXyD8rJqPa2Sz5n")]
    id: String,
    /// The secret: said once.
    #[schema(format = "password", example = "pcs_8vT1uXk9sB2nD5gR8wAZqxVtEqfHyLJc0m4pZ7aQy1c")]
    client_secret: String,
}

/// Give a client another secret
///
/// Five at a time at most; each is good until it is removed.
#[utoipa::path(post, path = "/v1/admin/clients/{id}/secrets", operation_id = "admin_client_secret_add",
    tag = "administration", security(("bearer" = ["admin:clients"])),
    params(("id" = String, Path, description = "The client's id.", example = "calendar")),
    responses((status = 201, description = "The secret.", body = NewSecret,
        headers(("ETag" = String, description = "For `If-Match` of the next change."),
            ("Cache-Control" = String, description = "`no-store`")))))]
pub(crate) async fn add(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    operator: Operator<AdminClients>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let mut stored = registered(&flow, id).await?;
    if !stored.client.needs_secret() {
        return Err(ClientsFlowError::NoSecrets.into());
    }
    if stored.secrets.len() >= MOST_SECRETS {
        return Err(ClientsFlowError::ManySecrets.into());
    }
    let (secret, kept) = credentials::secret(&ctx.rng, ctx.now);
    let id = kept.id.clone();
    stored.secrets.push(kept);
    let cause = ctx.act(ActKind::ClientSecretAdded, operator.actor).to_nobody();
    if !flow.store.client_change(&stored, &cause).await? {
        return Err(ClientsFlowError::Changed.into());
    }
    let new = NewSecret { id, client_secret: secret.into_inner() };
    Ok((StatusCode::CREATED, tagged(stored.version + 1), Json(new)).into_response())
}

/// Take a secret from a client
///
/// The last one stays. It is good for a minute more at most.
#[utoipa::path(delete, path = "/v1/admin/clients/{id}/secrets/{secret}", operation_id = "admin_client_secret_remove",
    tag = "administration", security(("bearer" = ["admin:clients"])),
    params(("id" = String, Path, description = "The client's id.", example = "calendar"),
        ("secret" = String, Path, description = "What the secret is called.", example = "sec_3mXyD8rJqPa2Sz5n")),
    responses((status = 204, description = "It is removed.")))]
pub(crate) async fn remove(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    operator: Operator<AdminClients>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path((id, named)) = path.map_err(|_| ClientsFlowError::NotFound)?;
    let mut stored = registered(&flow, Ok(Path(id))).await?;
    let before = stored.secrets.len();
    stored.secrets.retain(|known| known.id != named);
    if stored.secrets.len() == before {
        return Err(ClientsFlowError::NotFound.into());
    }
    if stored.secrets.is_empty() {
        return Err(ClientsFlowError::LastSecret.into());
    }
    let cause = ctx.act(ActKind::ClientSecretRemoved, operator.actor).to_nobody();
    if flow.store.client_change(&stored, &cause).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ClientsFlowError::Changed.into())
    }
}
