//! The record of data subjects' requests: who asked for what, how they were identified, by when it is
//! due, what came of it. Administrators keep it; customers see their own.
//!
//! Powers: finds a customer by their address, reads and writes the requests in customers' partitions
//! and the index of those that are open, opens the customers' data keys, under which requests are sealed.
//! It reads no profile, and makes no copy.

mod change;
mod list;
mod lookup;
mod own;
mod record;
mod request;
mod show;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use domain::{ConfigError, DsarRefused, FieldError, KeyPurpose};
use edge::openapi::describe;
use edge::{Deployment, Flow, Function, Gate, Kind, Problem};
use keys::Keys;
use store::{Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Requests {
    store: Store,
    gate: Gate,
}

impl AsRef<Gate> for Requests {
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
    let purposes = [KeyPurpose::Index, KeyPurpose::Branch];
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &purposes);
    let state = Requests { gate: Gate::new(&store, settings)?, store };
    let router = Router::new()
        .route("/v1/me/requests", get(own::own))
        .route("/v1/admin/customers/lookup", post(lookup::lookup))
        .route("/v1/admin/requests", post(record::record).get(list::list))
        .route("/v1/admin/requests/{id}", get(show::show).patch(change::change))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "dsar_requests" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(own::own, lookup::lookup, record::record, list::list, show::show, change::change))]
    struct Api;
    describe(Api::openapi())
        .problems(HttpMethod::Get, "/v1/admin/requests", &[Kind::InvalidRequest])
        .problems(HttpMethod::Get, "/v1/admin/requests/{id}", &[Kind::NotFound])
        .problems(HttpMethod::Patch, "/v1/admin/requests/{id}", &[Kind::NotFound, Kind::Conflict])
        .build()
}

/// Why nothing was shown or written.
#[derive(Debug, thiserror::Error)]
enum RequestError {
    /// There is no such request.
    #[error("no such request")]
    NotFound,
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// A parameter of the query that can't be used.
    #[error("invalid query")]
    Query(&'static str),
    /// The request stays as it is.
    #[error(transparent)]
    Refused(#[from] DsarRefused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::NotFound => Self::new(Kind::NotFound),
            RequestError::Fields(errors) => Self::fields(errors),
            RequestError::Query(why) => Self::new(Kind::InvalidRequest).detail(why),
            RequestError::Refused(refused) => Self::new(Kind::Conflict).detail(match refused {
                DsarRefused::Closed => "The request is closed.",
                DsarRefused::Extended => "The request was given more time before.",
                DsarRefused::Overdue => "The request is overdue: more time can be had only while there is some.",
            }),
            RequestError::Store(error) => error.into(),
        }
    }
}
