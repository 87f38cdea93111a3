//! A copy of all that is held on a customer: who may fetch it. They themselves, freshly authenticated,
//! or an administrator, for a request that is on record; a person of them freshly authenticated as well.
//!
//! Powers: reads the caller's standing, a customer's profile and a request, counts limits, writes
//! tickets and outbox items. It reads nothing of what the copy holds beyond that, and signs nothing.

mod on_behalf;
mod own;
mod ticket;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use domain::{ConfigError, KeyPurpose, SessionTimes, SignInPolicy, SignedDuration};
use edge::openapi::describe;
use edge::{Challenge, Deployment, Flow, Function, Gate, Kind, Problem};
use keys::Keys;
use store::{Limit, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Exports {
    store: Store,
    gate: Gate,
    /// Where copies are fetched: a function URL.
    download: String,
    policy: SignInPolicy,
    per_customer: Limit,
    per_operator: Limit,
    per_request: Limit,
}

impl AsRef<Gate> for Exports {
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
    let purposes = [KeyPurpose::Branch, KeyPurpose::Outbox, KeyPurpose::Mac];
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &purposes);
    let a_day = |name, most| Limit::new(name, most, SignedDuration::from_hours(24));
    let state = Exports {
        gate: Gate::new(&store, settings)?,
        download: settings.required("DOWNLOAD_URL")?.to_owned(),
        policy: SignInPolicy::read(settings)?,
        per_customer: a_day("export", settings.number("LIMIT_EXPORT_PER_CUSTOMER", 3)?),
        per_operator: a_day("export-operator", settings.number("LIMIT_EXPORT_PER_OPERATOR", 60)?),
        per_request: a_day("export-request", settings.number("LIMIT_EXPORT_PER_REQUEST", 5)?),
        store,
    };
    let router = Router::new()
        .route("/v1/me/export", post(own::own))
        .route("/v1/admin/requests/{id}/export", post(on_behalf::on_behalf))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "dsar_export" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(own::own, on_behalf::on_behalf))]
    struct Api;
    let on_behalf = [Kind::NotFound, Kind::Conflict, Kind::ReauthenticationRequired];
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/me/export", &[Kind::ReauthenticationRequired])
        .problems(HttpMethod::Post, "/v1/admin/requests/{id}/export", &on_behalf)
        .build()
}

/// Why there is no copy to fetch.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    /// The authentication is too old, or was by less than the customer has.
    #[error("not authenticated freshly")]
    Stale,
    /// There is no such request.
    #[error("no such request")]
    NotFound,
    /// The request is closed.
    #[error("the request is closed")]
    Closed,
    /// The request asks for something else than a copy.
    #[error("the request asks for no copy")]
    NoCopy,
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Stale => {
                let max_age = SessionTimes::FRESH_FOR.as_secs();
                Self::new(Kind::ReauthenticationRequired).www_authenticate(&Challenge::Fresh { max_age })
            }
            ExportError::NotFound => Self::new(Kind::NotFound),
            ExportError::Closed => Self::new(Kind::Conflict).detail("The request is closed."),
            ExportError::NoCopy => {
                Self::new(Kind::Conflict).detail("Only requests for access or portability are answered with a copy.")
            }
            ExportError::Limited(problem) => problem,
            ExportError::Store(error) => error.into(),
        }
    }
}
