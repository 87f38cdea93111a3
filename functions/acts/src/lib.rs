//! The audit log, read: customers see what was done to their account, administrators search all of it.
//!
//! Powers: reads sealed acts and roots, the caller's sessions and, under their data key, on which device
//! and where each was begun. It records each search by an administrator before it answers. It writes
//! nothing else, and can't seal.

mod cursor;
mod mine;
mod search;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use domain::{ConfigError, KeyPurpose};
use edge::openapi::describe;
use edge::{Challenge, Deployment, Flow, Function, Gate, Kind, Problem};
use keys::Keys;
use store::{Store, StoreError};
use utoipa::OpenApi;

/// What the flow needs.
struct Acts {
    store: Store,
    gate: Gate,
}

impl AsRef<Gate> for Acts {
    fn as_ref(&self) -> &Gate {
        &self.gate
    }
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &[KeyPurpose::Branch]);
    let state = Acts { gate: Gate::new(&store, settings)?, store };
    let router = Router::new()
        .route("/v1/me/audit", get(mine::mine))
        .route("/v1/admin/audit", get(search::search))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "acts" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(mine::mine, search::search))]
    struct Api;
    describe(Api::openapi()).build()
}

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
enum ActsError {
    /// A parameter of the query that can't be used.
    #[error("the parameter {0} can't be used")]
    Parameter(&'static str),
    /// The caller was erased since their token was checked.
    #[error("no such customer any more")]
    Erased,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ActsError> for Problem {
    fn from(error: ActsError) -> Self {
        match error {
            ActsError::Parameter(name) => {
                Self::new(Kind::InvalidRequest).detail(format!("The query parameter {name:?} can't be used."))
            }
            ActsError::Erased => Self::new(Kind::InvalidToken)
                .www_authenticate(&Challenge::BearerError { error: "invalid_token", scope: None }),
            ActsError::Store(error) => error.into(),
        }
    }
}
