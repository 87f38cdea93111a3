//! `POST /oauth2/register` (RFC 7591, OpenID Connect Registration §3): a client registers itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::ActKind;
use domain::oidc::registration;
use domain::scope::ClientsRegister;
use edge::{Ctx, Json, OAuthError, OAuthErrorDocument, Operator, Problem};
use http::header::{CACHE_CONTROL, PRAGMA};
use store::{ClientOrigin, StoreError, StoredClient};

use crate::information::{ClientInformation, ClientMetadata, Metadata, metadata, refused};
use crate::{Registrar, credentials};

/// Register a client
///
/// With an initial access token: one that carries `clients:register`. Whoever registers is somebody else: customers are
/// asked for their consent. Secret and registration access token are said once.
#[utoipa::path(post, path = "/oauth2/register", operation_id = "client_register", tag = "authorization",
    security(("bearer" = ["clients:register"])),
    request_body = ClientMetadata,
    responses(
        (status = 201, description = "It is registered.", body = ClientInformation,
            headers(("Cache-Control" = String, description = "`no-store`"))),
        (status = 400, description = "It can't be registered so.", body = OAuthErrorDocument, examples(
            ("invalid_redirect_uri" = (value = json!({"error": "invalid_redirect_uri",
                "error_description": "redirect_uris: one is refused: it has a fragment"}))),
            ("invalid_client_metadata" = (value = json!({"error": "invalid_client_metadata",
                "error_description": "jwks_uri is not supported: nothing is fetched, keys come as jwks"}))))),
        (status = 401, description = "The initial access token is none.", body = OAuthErrorDocument, examples(
            ("invalid_token" = (value = json!({"error": "invalid_token",
                "error_description": "The access token is invalid, expired, or revoked."}))))),
        (status = 403, description = "The token lacks the scope `clients:register`.", body = OAuthErrorDocument,
            examples(("insufficient_scope" = (value = json!({"error": "insufficient_scope",
                "error_description": "The access token permits less."})))))))]
pub(crate) async fn register(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    operator: Result<Operator<ClientsRegister>, Problem>,
    body: Result<Json<Metadata>, Problem>,
) -> Result<Response, OAuthError> {
    let operator = operator.map_err(|problem| OAuthError::of_token(&problem))?;
    let metadata = metadata(body)?;
    flow.count(&ctx).await?;
    let id = credentials::client_id(&ctx.rng);
    let client = registration::read(&id, &metadata).map_err(refused)?;
    let token = credentials::registration_token(&ctx.rng);
    let mut stored = StoredClient::new(client.clone(), ClientOrigin::Registration, ctx.now).managed_by(token.reveal());
    let secret = credentials::become_client(&mut stored, client, &ctx.rng, ctx.now);
    registration::check(&stored.whole()).map_err(refused)?;
    let cause = ctx.act(ActKind::ClientRegistered, operator.actor).to_nobody();
    if !flow.store.client_add(&stored, &cause).await? {
        // 128 random bits that somebody has already: nobody's luck.
        return Err(StoreError::Conflict.into());
    }
    ctx.count("ClientsRegistered", 1);
    let secret = secret.map(domain::Secret::into_inner);
    let information = ClientInformation::of(&ctx, stored, token.reveal(), secret);
    let unkept = [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];
    Ok((StatusCode::CREATED, unkept, Json(information)).into_response())
}
