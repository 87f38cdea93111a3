//! Sessions and trusted devices of the signed-in customer: see them, end them. An administrator ends
//! them, too.
//!
//! Powers: reads and ends the caller's sessions and the trust in their devices, bumps their epoch, queues what apps are
//! told of it, opens their data key, under which devices and places are sealed. It can't sign, hash, or read a profile.

mod admin_end_all;
mod distrust;
mod end;
mod end_all;
mod list;
mod logout;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use domain::{ConfigError, KeyPurpose};
use edge::openapi::describe;
use edge::{Challenge, Deployment, Flow, Function, Gate, Kind, Problem};
use keys::Keys;
use signin::KnownClients;
use store::Store;
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Sessions {
    store: Store,
    clients: KnownClients,
    gate: Gate,
}

impl AsRef<Gate> for Sessions {
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
    let purposes = [KeyPurpose::Branch, KeyPurpose::Mac, KeyPurpose::Outbox];
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &purposes);
    let state = Sessions { gate: Gate::new(&store, settings)?, clients: KnownClients::read(&store, settings)?, store };
    let router = Router::new()
        .route("/v1/me/sessions", get(list::list).delete(end_all::end_all))
        .route("/v1/me/sessions/{id}", delete(end::end))
        .route("/v1/me/devices/{id}", delete(distrust::distrust))
        .route("/v1/admin/customers/{id}/sessions", delete(admin_end_all::admin_end_all))
        .route("/v1/logout", post(logout::logout))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "session" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        list::list,
        end::end,
        end_all::end_all,
        distrust::distrust,
        logout::logout,
        admin_end_all::admin_end_all
    ))]
    struct Api;
    describe(Api::openapi())
        .problems(HttpMethod::Delete, "/v1/me/sessions/{id}", &[Kind::NotFound])
        .problems(HttpMethod::Delete, "/v1/me/devices/{id}", &[Kind::NotFound])
        .problems(HttpMethod::Delete, "/v1/me/sessions", &[Kind::Conflict])
        .problems(HttpMethod::Delete, "/v1/admin/customers/{id}/sessions", &[Kind::NotFound, Kind::Conflict])
        .build()
}

/// Why there is nothing to see, or nothing was ended.
#[derive(Debug, thiserror::Error)]
enum SessionError {
    /// The caller has no such session or device, or no longer; or there is no such customer.
    #[error("no such session or device")]
    NotFound,
    /// The caller was erased since their token was checked.
    #[error("no such customer any more")]
    Erased,
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NotFound => Self::new(Kind::NotFound),
            SessionError::Erased => Self::new(Kind::InvalidToken)
                .www_authenticate(&Challenge::BearerError { error: "invalid_token", scope: None }),
        }
    }
}
