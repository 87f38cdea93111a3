//! `/oauth2/register/{client_id}` (RFC 7592): a client that registered itself reads, changes and removes itself, by
//! the token that it was given then.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::oidc::registration;
use domain::oidc::registration::MetadataRefused;
use domain::{Act, ActKind, Actor, Client, Secret};
use edge::{Ctx, Json, OAuthError, OAuthErrorDocument, Presented, Problem, Scheme};
use store::{StoreError, StoredClient};

use crate::information::{ChangedMetadata, ClientInformation, Metadata, metadata, not_its_token, refused};
use crate::{Registrar, credentials};

type Id = Result<Path<String>, PathRejection>;

/// See one's own registration
///
/// All but the secret, of which a digest alone is kept.
#[utoipa::path(get, path = "/oauth2/register/{client_id}", operation_id = "client_read", tag = "authorization",
    security(("registration" = [])),
    params(("client_id" = String, Path, description = "The client.", example = "cli_q8Yx0kq2vC7oJ3mT1uXk9g")),
    responses(
        (status = 200, description = "The client.", body = ClientInformation),
        (status = 401, description = "The token is none of this client's.", body = OAuthErrorDocument, examples(
            ("invalid_token" = (value = json!({"error": "invalid_token",
                "error_description": "The access token is invalid, expired, or revoked."})))))))]
pub(crate) async fn read(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    headers: HeaderMap,
    id: Id,
) -> Result<Json<ClientInformation>, OAuthError> {
    let (stored, token) = itself(&flow, &ctx, &headers, id).await?;
    Ok(Json(ClientInformation::of(&ctx, stored, token.reveal(), None)))
}

/// Change one's own registration
///
/// What is left out is what it is at a registration, not what it was. Of two at once one wins.
#[utoipa::path(put, path = "/oauth2/register/{client_id}", operation_id = "client_change", tag = "authorization",
    security(("registration" = [])),
    params(("client_id" = String, Path, description = "The client.", example = "cli_q8Yx0kq2vC7oJ3mT1uXk9g")),
    request_body = ChangedMetadata,
    responses(
        (status = 200, description = "The client as it is now.", body = ClientInformation),
        (status = 400, description = "It can't be registered so.", body = OAuthErrorDocument, examples(
            ("invalid_redirect_uri" = (value = json!({"error": "invalid_redirect_uri",
                "error_description": "redirect_uris: one is refused: it has a fragment"}))),
            ("invalid_client_metadata" = (value = json!({"error": "invalid_client_metadata",
                "error_description": "client_id is not this client's"}))))),
        (status = 401, description = "The token is none of this client's.", body = OAuthErrorDocument, examples(
            ("invalid_token" = (value = json!({"error": "invalid_token",
                "error_description": "The access token is invalid, expired, or revoked."})))))))]
pub(crate) async fn change(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    headers: HeaderMap,
    id: Id,
    body: Result<Json<Metadata>, Problem>,
) -> Result<Json<ClientInformation>, OAuthError> {
    let (mut stored, token) = itself(&flow, &ctx, &headers, id).await?;
    let metadata = metadata(body)?;
    check_own(&stored, &metadata).map_err(refused)?;
    let client = registration::read(&stored.client.client_id, &metadata).map_err(refused)?;
    // Whose pages its customers see, and by how much they sign in, is not its to say.
    let client = Client { brand: stored.client.brand.clone(), mfa: stored.client.mfa, ..client };
    let secret = credentials::become_client(&mut stored, client, &ctx.rng, ctx.now);
    registration::check(&stored.whole()).map_err(refused)?;
    if !flow.store.client_change(&stored, &by_itself(&ctx, &stored, ActKind::ClientChanged)).await? {
        return Err(StoreError::Conflict.into());
    }
    Ok(Json(ClientInformation::of(&ctx, stored, token.reveal(), secret.map(Secret::into_inner))))
}

/// Remove oneself
///
/// Tokens of the client are good no longer; it is known for a minute at most.
#[utoipa::path(delete, path = "/oauth2/register/{client_id}", operation_id = "client_remove", tag = "authorization",
    security(("registration" = [])),
    params(("client_id" = String, Path, description = "The client.", example = "cli_q8Yx0kq2vC7oJ3mT1uXk9g")),
    responses(
        (status = 204, description = "It is removed."),
        (status = 401, description = "The token is none of this client's.", body = OAuthErrorDocument, examples(
            ("invalid_token" = (value = json!({"error": "invalid_token",
                "error_description": "The access token is invalid, expired, or revoked."})))))))]
pub(crate) async fn remove(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    headers: HeaderMap,
    id: Id,
) -> Result<StatusCode, OAuthError> {
    let (stored, _) = itself(&flow, &ctx, &headers, id).await?;
    if !flow.store.client_remove(&stored, ctx.now, &by_itself(&ctx, &stored, ActKind::ClientRemoved)).await? {
        return Err(StoreError::Conflict.into());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The client whose token this is.
async fn itself(
    flow: &Registrar,
    ctx: &Ctx,
    headers: &HeaderMap,
    id: Id,
) -> Result<(StoredClient, Secret<String>), OAuthError> {
    let presented = Presented::from_headers(headers).map_err(|problem| OAuthError::of_token(&problem))?;
    flow.count(ctx).await?;
    let Ok(Path(id)) = id else { return Err(not_its_token()) };
    let stored = flow.store.client_stored(&id).await?.ok_or_else(not_its_token)?;
    let is_its = stored.is_managed_by(presented.token.reveal());
    if !is_its || presented.scheme == Scheme::Dpop {
        return Err(not_its_token());
    }
    ctx.client(&stored.client.client_id);
    Ok((stored, presented.token))
}

/// RFC 7592 §2.2: it says its own id, its own secret if any, and nothing that is ours to say.
fn check_own(stored: &StoredClient, metadata: &Metadata) -> Result<(), MetadataRefused> {
    const OURS: [&str; 4] =
        ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];
    let refused = |why: &str| Err(MetadataRefused::Metadata(why.to_owned()));
    let said = |name: &str| metadata.get(name).and_then(|value| value.as_str());
    if said("client_id") != Some(&stored.client.client_id) {
        return refused("client_id is not this client's");
    }
    if metadata.contains_key("client_secret") {
        let is_own = said("client_secret").is_some_and(|secret| stored.whole().has_secret(secret));
        if !is_own {
            return refused("client_secret is not this client's");
        }
    }
    match OURS.iter().find(|name| metadata.contains_key(**name)) {
        Some(name) => Err(MetadataRefused::Metadata(format!("{name} is not the client's to say"))),
        None => Ok(()),
    }
}

fn by_itself(ctx: &Ctx, stored: &StoredClient, kind: ActKind) -> Act {
    ctx.act(kind, Actor::Client(stored.client.client_id.clone()))
}
