//! `POST /oauth2/token`: tokens for a refresh token, or for a client itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{
    HeaderMap,
    header::{CACHE_CONTROL, PRAGMA},
};
use axum::response::{IntoResponse, Response};
use domain::{Client, GrantType};
use edge::{Ctx, Json, OAuthError, OAuthErrorDocument, OAuthForm};
use serde::Serialize;

use crate::client::check_client;
use crate::{Token, TokenError, client_credentials, refresh};

/// What is asked for.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the parameters' description; they are read one by one")]
pub(crate) struct TokenRequest {
    /// `refresh_token` or `client_credentials`.
    #[schema(example = "refresh_token")]
    grant_type: String,
    /// The refresh token, for that grant.
    #[schema(nullable = false, example = "prt_AZqxVtEqfHyLJc0mT1uXk9sB2nD5gR8w")]
    refresh_token: Option<String>,
    /// Some of the client's scopes, separated by blanks; all of them where it is left out. Tokens
    /// of customers have none.
    #[schema(nullable = false)]
    scope: Option<String>,
    /// The client, unless it authenticates by HTTP Basic; the built-in first-party client where it
    /// is left out.
    #[schema(nullable = false, example = "portico")]
    client_id: Option<String>,
    /// Its secret, unless it authenticates by HTTP Basic.
    #[schema(nullable = false, format = "password")]
    client_secret: Option<String>,
}

/// Tokens (RFC 6749 §5.1, OpenID Connect Core §12.2).
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Tokens {
    /// A JWT (RFC 9068).
    #[schema(example = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJjdXNfIn0.c2ln")]
    pub(crate) access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub(crate) token_type: &'static str,
    /// How long the access token lives, in seconds.
    #[schema(example = 600)]
    pub(crate) expires_in: i64,
    /// Takes the place of the one that was sent. If this answer is lost, the old one gets the same
    /// again for ten seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) refresh_token: Option<String>,
    /// A JWT for the client, where the tokens are a customer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id_token: Option<String>,
    /// What the access token permits, separated by blanks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) scope: Option<String>,
}

impl IntoResponse for Tokens {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(self)).into_response()
    }
}

/// Get tokens
///
/// `refresh_token` continues a customer's session; each refresh token is used once, and one that
/// comes back after its successor ends the session, because somebody copied it.
/// `client_credentials` gives a service a token of its own.
#[utoipa::path(post, path = "/oauth2/token", tag = "tokens", security((), ("client_basic" = [])),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Tokens.", body = Tokens,
            headers(("Cache-Control" = String, description = "`no-store`"), ("Pragma" = String, description = "`no-cache`"))),
        (status = 400, description = "The request, the grant, the scope or the refresh token is refused.",
            body = OAuthErrorDocument, examples(
            ("invalid_grant" = (value = json!({"error": "invalid_grant",
                "error_description": "The refresh token is invalid, used, or its session has ended."}))),
            ("invalid_scope" = (value = json!({"error": "invalid_scope",
                "error_description": "The scope is malformed, or more than there is to have."}))),
            ("unauthorized_client" = (value = json!({"error": "unauthorized_client",
                "error_description": "The client is not registered for this grant."}))),
            ("unsupported_grant_type" = (value = json!({"error": "unsupported_grant_type",
                "error_description": "The grants here are refresh_token and client_credentials."})))))))]
pub(crate) async fn token(
    State(flow): State<Arc<Token>>,
    ctx: Ctx,
    headers: HeaderMap,
    OAuthForm(params): OAuthForm,
) -> Result<Tokens, OAuthError> {
    let client = check_client(&flow, &ctx, &headers, &params).await?;
    let grant = check_grant_type(params.required("grant_type")?)?;
    check_grant_allowed(client, grant)?;
    Ok(match grant {
        GrantType::RefreshToken => refresh::exchange(&flow, &ctx, client, &params).await?,
        GrantType::ClientCredentials => client_credentials::issue(&flow, &ctx, client, &params).await?,
    })
}

fn check_grant_type(asked: &str) -> Result<GrantType, TokenError> {
    let known = [GrantType::RefreshToken, GrantType::ClientCredentials];
    known.into_iter().find(|grant| grant.as_str() == asked).ok_or(TokenError::UnsupportedGrantType)
}

fn check_grant_allowed(client: &Client, grant: GrantType) -> Result<(), TokenError> {
    if client.may(grant) { Ok(()) } else { Err(TokenError::GrantNotAllowed) }
}
