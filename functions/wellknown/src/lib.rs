//! What is public: metadata, the key set, the API's contract. And every preflight, which `edge`
//! answers; one route of the gateway brings them all here.
//!
//! Everybody may read these documents, from any origin, and keep them for a while.

mod jwks;
mod metadata;
mod openapi;
mod webauthn;

use std::sync::Arc;

use axum::{
    Router,
    http::StatusCode,
    routing::{get, options},
};
use domain::oidc::DocumentHosts;
use domain::{ConfigError, KeySchedule};
use edge::document::Keep;
use edge::openapi::describe;
use edge::{Deployment, Flow, Function, Kind, Problem};
use passkeys::Ceremonies;
use store::Store;
use utoipa::{OpenApi, openapi::HttpMethod};

/// Everything here may be kept as long as the keys that tokens are signed with.
const KEEP: Keep = Keep { time: KeySchedule::JWKS_LIFETIME, vary: None };

/// The function.
///
/// # Errors
/// When a setting is missing or cannot be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let store = Store::open(&deployment.sdk, &deployment.settings, &deployment.rng)?;
    let ceremonies = Ceremonies::read(&deployment.settings)?;
    let related = Router::new()
        .route("/.well-known/webauthn", get(webauthn::webauthn).options(no_preflight))
        .with_state(Arc::new(ceremonies));
    let registers = signin::registration_is_open(&deployment.settings)?;
    let documents = DocumentHosts::read(&deployment.settings)?.is_on();
    let described = Router::new()
        .route("/.well-known/openid-configuration", get(metadata::openid_configuration).options(no_preflight))
        .route("/.well-known/oauth-authorization-server", get(metadata::authorization_server).options(no_preflight))
        .with_state(metadata::Offers { registers, documents });
    let router = Router::new()
        .route("/.well-known/jwks.json", get(jwks::jwks).options(no_preflight))
        .route("/.well-known/permanent-keys.json", get(jwks::permanent_keys).options(no_preflight))
        .route("/openapi.json", get(openapi::openapi).options(no_preflight))
        .route("/{*path}", options(no_preflight).fallback(|| async { Problem::new(Kind::NotFound) }))
        .with_state(Arc::new(store))
        .merge(related)
        .merge(described);
    edge::http(router, deployment, &Flow { name: "wellknown" })
}

/// What `edge` does not take for a preflight of an origin of ours: the answer permits nothing.
async fn no_preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// This flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        metadata::openid_configuration,
        metadata::authorization_server,
        jwks::jwks,
        jwks::permanent_keys,
        webauthn::webauthn,
        openapi::openapi
    ))]
    struct Api;
    describe(Api::openapi()).problems(HttpMethod::Get, "/.well-known/webauthn", &[Kind::NotFound]).build()
}
