//! `POST /oauth2/token`: tokens for a code, for a refresh token, or for a client itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{
    HeaderMap,
    header::{CACHE_CONTROL, PRAGMA},
};
use axum::response::{IntoResponse, Response};
use domain::{Client, GrantType};
use edge::{Ctx, Json, OAuthError, OAuthErrorDocument, OAuthForm, Proving};
use serde::Serialize;
use signin::GrantedTokens;
use store::Grant;

use crate::{Token, TokenError, authorization_code, client_credentials, device_code, refresh};

const PATH: &str = "/oauth2/token";

/// What is asked for.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the parameters' description; they are read one by one")]
pub(crate) struct TokenRequest {
    /// `authorization_code`, `refresh_token`, `client_credentials`, or
    /// `urn:ietf:params:oauth:grant-type:device_code`.
    #[schema(example = "refresh_token")]
    grant_type: String,
    /// The code, for that grant.
    #[schema(nullable = false)]
    code: Option<String>,
    /// Where the code was sent, for that grant.
    #[schema(nullable = false, format = "uri")]
    redirect_uri: Option<String>,
    /// The device's code, for that grant (RFC 8628 §3.4).
    #[schema(nullable = false)]
    device_code: Option<String>,
    /// What the request's `code_challenge` is the hash of (RFC 7636).
    #[schema(nullable = false)]
    code_verifier: Option<String>,
    /// The refresh token, for that grant.
    #[schema(nullable = false, example = "prt_AZqxVtEqfHyLJc0mT1uXk9sB2nD5gR8w")]
    refresh_token: Option<String>,
    /// Some of the scopes that were granted, or of the client's own, separated by blanks; all of them where it is
    /// left out. Sessions that an app began by itself have none.
    #[schema(nullable = false)]
    scope: Option<String>,
    /// Some of the resources that were granted (RFC 8707); may come more than once.
    #[schema(nullable = false)]
    resource: Option<String>,
    /// The client, unless it authenticates by HTTP Basic; the built-in first-party client where it
    /// is left out.
    #[schema(nullable = false, example = "portico")]
    client_id: Option<String>,
    /// Its secret, unless it authenticates by HTTP Basic.
    #[schema(nullable = false, format = "password")]
    client_secret: Option<String>,
    /// A JWT by which the client authenticates (RFC 7523), in place of a secret.
    #[schema(nullable = false)]
    client_assertion: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    #[schema(nullable = false)]
    client_assertion_type: Option<String>,
}

/// Tokens (RFC 6749 §5.1, OpenID Connect Core §12.2).
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Tokens {
    /// A JWT (RFC 9068).
    #[schema(example = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJjdXNfIn0.c2ln")]
    pub(crate) access_token: String,
    /// `Bearer`, or `DPoP` where the token is bound to a key.
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

impl Tokens {
    /// The tokens of an app that signed its customer in at the authorization endpoint.
    pub(crate) fn of_grant(
        signed: GrantedTokens,
        grant: &Grant,
        scope: &[String],
        refresh_token: Option<String>,
    ) -> Self {
        Self {
            access_token: signed.access_token,
            token_type: Self::type_of(grant.jkt.as_deref()),
            expires_in: signed.expires_in,
            refresh_token,
            id_token: signed.id_token,
            scope: Some(scope.join(" ")).filter(|scope| !scope.is_empty()),
        }
    }

    /// How a token has to be presented (RFC 9449 §5).
    pub(crate) fn type_of(jkt: Option<&str>) -> &'static str {
        if jkt.is_some() { "DPoP" } else { "Bearer" }
    }
}

impl IntoResponse for Tokens {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(self)).into_response()
    }
}

/// Get tokens
///
/// `authorization_code` gives an app the tokens that it was sent a code for; a code that comes twice ends what it
/// bought. `refresh_token` continues a customer's session; each refresh token is used once, and one that
/// comes back after its successor ends the session, because somebody copied it.
/// A device asks every five seconds until its customer has decided (RFC 8628).
/// `client_credentials` gives a service a token of its own. With a proof in the header `DPoP`, tokens are bound to
/// its key (RFC 9449).
#[utoipa::path(post, path = "/oauth2/token", tag = "tokens", security((), ("client_basic" = [])),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Tokens.", body = Tokens,
            headers(("Cache-Control" = String, description = "`no-store`"), ("Pragma" = String, description = "`no-cache`"))),
        (status = 400, description = "The request, the grant, the scope or the refresh token is refused.",
            body = OAuthErrorDocument, examples(
            ("invalid_grant" = (value = json!({"error": "invalid_grant",
                "error_description": "The refresh token is invalid, used, or its session has ended."}))),
            ("authorization_pending" = (value = json!({"error": "authorization_pending",
                "error_description": "Nobody has decided yet: ask again in five seconds."}))),
            ("slow_down" = (value = json!({"error": "slow_down",
                "error_description": "Nobody has decided yet: ask every five seconds."}))),
            ("access_denied" = (value = json!({"error": "access_denied",
                "error_description": "The customer has refused."}))),
            ("expired_token" = (value = json!({"error": "expired_token",
                "error_description": "Nobody has decided in time: ask for new codes."}))),
            ("invalid_dpop_proof" = (value = json!({"error": "invalid_dpop_proof",
                "error_description": "This DPoP proof was used before."}))),
            ("invalid_target" = (value = json!({"error": "invalid_target",
                "error_description": "The resource is unknown, or more than was granted."}))),
            ("invalid_scope" = (value = json!({"error": "invalid_scope",
                "error_description": "The scope admin:erasure is more than there is to have."}))),
            ("unauthorized_client" = (value = json!({"error": "unauthorized_client",
                "error_description": "The client is not registered for this grant."}))),
            ("unsupported_grant_type" = (value = json!({"error": "unsupported_grant_type",
                "error_description": "The grants here are authorization_code, refresh_token, client_credentials and device_code."})))))))]
pub(crate) async fn token(
    State(flow): State<Arc<Token>>,
    ctx: Ctx,
    headers: HeaderMap,
    OAuthForm(params): OAuthForm,
) -> Result<Tokens, OAuthError> {
    let client = &*flow.client(&ctx, &headers, &params, PATH).await?;
    let grant = check_grant_type(params.required("grant_type")?)?;
    check_grant_allowed(client, grant)?;
    let proof = flow.gate.dpop().look(&ctx, &headers, Proving::post(PATH, client)).await?;
    let proof = proof.as_ref();
    Ok(match grant {
        GrantType::AuthorizationCode => authorization_code::exchange(&flow, &ctx, client, &params, proof).await?,
        GrantType::RefreshToken => refresh::exchange(&flow, &ctx, client, &params, proof).await?,
        GrantType::ClientCredentials => client_credentials::issue(&flow, &ctx, client, &params, proof).await?,
        GrantType::DeviceCode => device_code::exchange(&flow, &ctx, client, &params, proof).await?,
    })
}

fn check_grant_type(asked: &str) -> Result<GrantType, TokenError> {
    GrantType::ALL.into_iter().find(|grant| grant.as_str() == asked).ok_or(TokenError::UnsupportedGrantType)
}

fn check_grant_allowed(client: &Client, grant: GrantType) -> Result<(), TokenError> {
    if client.may(grant) { Ok(()) } else { Err(TokenError::GrantNotAllowed) }
}
