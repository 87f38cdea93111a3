//! `GET /.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4) and
//! `/.well-known/oauth-authorization-server` (RFC 8414 §3): one document at the two places where
//! clients look for it.

use axum::{http::HeaderMap, response::Response};
use domain::{GrantType, SigningAlg};
use edge::{Ctx, Problem, document};
use serde::Serialize;
use utoipa::ToSchema;

use crate::KEEP;

/// Metadata for OpenID Connect
///
/// Where the endpoints are and what they can do (OpenID Connect Discovery 1.0).
#[utoipa::path(
    get,
    path = "/.well-known/openid-configuration",
    operation_id = "openid_configuration",
    tag = "discovery",
    responses(
        (status = 200, description = "The metadata.", body = Metadata,
            headers(
                ("ETag" = String, description = "Changes when the document does."),
                ("Cache-Control" = String, description = "How long it may be kept."))),
        (status = 304, description = "The caller has it already (`If-None-Match`)."),
    )
)]
pub(crate) async fn openid_configuration(ctx: Ctx, headers: HeaderMap) -> Result<Response, Problem> {
    answer(&ctx, &headers)
}

/// Metadata for OAuth
///
/// The same document, where RFC 8414 looks for it.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    operation_id = "oauth_authorization_server",
    tag = "discovery",
    responses(
        (status = 200, description = "The metadata.", body = Metadata,
            headers(
                ("ETag" = String, description = "Changes when the document does."),
                ("Cache-Control" = String, description = "How long it may be kept."))),
        (status = 304, description = "The caller has it already (`If-None-Match`)."),
    )
)]
pub(crate) async fn authorization_server(ctx: Ctx, headers: HeaderMap) -> Result<Response, Problem> {
    answer(&ctx, &headers)
}

fn answer(ctx: &Ctx, headers: &HeaderMap) -> Result<Response, Problem> {
    document::public(headers, &Metadata::of(&ctx.issuer), KEEP)
}

/// What clients can find out about this deployment.
#[derive(Serialize, ToSchema)]
pub(crate) struct Metadata {
    /// `iss` of every token.
    #[schema(example = "https://id.example.com", format = "uri")]
    issuer: String,
    /// The keys that tokens are signed with.
    #[schema(example = "https://id.example.com/.well-known/jwks.json", format = "uri")]
    jwks_uri: String,
    /// Where tokens are given for tokens, or for a client's own credentials.
    #[schema(example = "https://id.example.com/oauth2/token", format = "uri")]
    token_endpoint: String,
    /// Where tokens are revoked (RFC 7009).
    #[schema(example = "https://id.example.com/oauth2/revoke", format = "uri")]
    revocation_endpoint: String,
    /// Where clients that may can ask about tokens (RFC 7662).
    #[schema(example = "https://id.example.com/oauth2/introspect", format = "uri")]
    introspection_endpoint: String,
    /// The grants of the token endpoint.
    #[schema(example = json!(["refresh_token", "client_credentials"]))]
    grant_types_supported: [&'static str; 2],
    /// None: there is no authorization endpoint.
    #[schema(example = json!([]))]
    response_types_supported: [&'static str; 0],
    /// `sub` is the same for every client.
    #[schema(example = json!(["public"]))]
    subject_types_supported: [&'static str; 1],
    /// What ID tokens are signed with: chosen per client.
    #[schema(example = json!(["ES256", "RS256"]))]
    id_token_signing_alg_values_supported: [&'static str; 2],
    /// The claims of ID tokens.
    #[schema(example = json!(["iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "acr", "sid"]))]
    claims_supported: [&'static str; 9],
    /// How clients authenticate at the token endpoint.
    #[schema(example = json!(["client_secret_basic", "client_secret_post", "none"]))]
    token_endpoint_auth_methods_supported: [&'static str; 3],
    /// How clients authenticate at the revocation endpoint.
    #[schema(example = json!(["client_secret_basic", "client_secret_post", "none"]))]
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    /// How clients authenticate at the introspection endpoint.
    #[schema(example = json!(["client_secret_basic", "client_secret_post"]))]
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
}

impl Metadata {
    fn of(issuer: &str) -> Self {
        let at = |path: &str| format!("{issuer}{path}");
        Self {
            issuer: issuer.to_owned(),
            jwks_uri: at("/.well-known/jwks.json"),
            token_endpoint: at("/oauth2/token"),
            revocation_endpoint: at("/oauth2/revoke"),
            introspection_endpoint: at("/oauth2/introspect"),
            grant_types_supported: [GrantType::RefreshToken, GrantType::ClientCredentials].map(GrantType::as_str),
            response_types_supported: [],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: SigningAlg::ALL.map(SigningAlg::as_str),
            claims_supported: ["iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "acr", "sid"],
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
            revocation_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
            introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        }
    }
}
