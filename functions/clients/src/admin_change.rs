//! `PUT /v1/admin/clients/{id}`: a client is registered, or changed.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::scope::AdminClients;
use domain::{ActKind, Client, Clients, Secret};
use edge::{Ctx, Json, Operator, Problem};
use store::{ClientOrigin, StoredClient};

use crate::shown::{ShownClient, answer, check_seen};
use crate::{ClientsFlowError, Registrar, credentials};

/// Register a client, or change it
///
/// The whole of it, as it would stand in the deployment's file; `direct`, `administration`, `sign_in_uri`,
/// `jurisdiction` and scopes of Portico's own stand there alone. Where it shows who it is by a secret and has none, one
/// is made, and said once. With `If-Match`, only if it is still what was read. It holds everywhere after a minute.
#[utoipa::path(put, path = "/v1/admin/clients/{id}", operation_id = "admin_client_change", tag = "administration",
    security(("bearer" = ["admin:clients"])),
    params(("id" = String, Path, description = "The client's id.", example = "calendar"),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The `ETag` of what was read.", example = "\"3\"")),
    request_body = Client,
    responses(
        (status = 200, description = "The client as it is now.", body = ShownClient,
            headers(("ETag" = String, description = "For `If-Match` of the next change."))),
        (status = 201, description = "It is registered.", body = ShownClient,
            headers(("ETag" = String, description = "For `If-Match` of the next change.")))))]
pub(crate) async fn change(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    operator: Operator<AdminClients>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    Json(client): Json<Client>,
) -> Result<Response, Problem> {
    check_form(&flow, &id, &client)?;
    let known = flow.store.client_stored(&client.client_id).await?;
    check_seen(&headers, known.as_ref().map(|known| known.version))?;
    check_brand(&flow, known.as_ref(), &client).await?;
    let is_new = known.is_none();
    let mut stored = known.unwrap_or_else(|| StoredClient::new(client.clone(), ClientOrigin::Administrator, ctx.now));
    check_owner(&stored, &client)?;
    let secret = credentials::become_client(&mut stored, client, &ctx.rng, ctx.now);
    Clients::check_stored(&stored.whole()).map_err(ClientsFlowError::from)?;
    let kind = if is_new { ActKind::ClientRegistered } else { ActKind::ClientChanged };
    let cause = ctx.act(kind, operator.actor).to_nobody();
    let is_done = match is_new {
        true => flow.store.client_add(&stored, &cause).await?,
        false => flow.store.client_change(&stored, &cause).await?,
    };
    if !is_done {
        return Err(if is_new { ClientsFlowError::Former } else { ClientsFlowError::Changed }.into());
    }
    let shown = ShownClient::stored(&stored).with(secret.map(Secret::into_inner));
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, answer(shown, stored.version + 1)).into_response())
}

fn check_form(
    flow: &Registrar,
    id: &Result<Path<String>, PathRejection>,
    client: &Client,
) -> Result<(), ClientsFlowError> {
    if id.as_ref().ok().is_none_or(|Path(id)| *id != client.client_id) {
        return Err(ClientsFlowError::OtherId);
    }
    if flow.known.filed().find(&client.client_id).is_some() {
        return Err(ClientsFlowError::Filed);
    }
    if client.secret_sha256.is_empty() { Ok(()) } else { Err(ClientsFlowError::GivenSecret) }
}

/// One that there is. A brand that was removed since may stay, so that all else can be changed.
async fn check_brand(flow: &Registrar, known: Option<&StoredClient>, client: &Client) -> Result<(), ClientsFlowError> {
    let Some(key) = &client.brand else { return Ok(()) };
    let stays = known.is_some_and(|known| known.client.brand.as_ref() == Some(key));
    if stays || flow.known.filed_brand(key).is_some() {
        return Ok(());
    }
    let stored = flow.store.brand_stored(key).await?;
    if stored.is_some_and(|stored| stored.brand.is_some()) { Ok(()) } else { Err(ClientsFlowError::NoBrand) }
}

/// What registered itself does not become one of ours.
fn check_owner(stored: &StoredClient, client: &Client) -> Result<(), ClientsFlowError> {
    let is_own_work = stored.origin == ClientOrigin::Registration;
    if is_own_work && !client.third_party { Err(ClientsFlowError::NotOurs) } else { Ok(()) }
}
