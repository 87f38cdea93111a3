//! Forgotten passwords, and undoing what somebody else did.

use axum::Router;
use domain::ConfigError;
use edge::openapi::describe;
use edge::{Deployment, Flow, Function};
use utoipa::OpenApi;

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    edge::http(Router::new(), deployment, &Flow { name: "recover" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths())]
    struct Api;
    describe(Api::openapi()).build()
}
