//! Self-service registration: an address, and whatever else the customer gives at once.
//!
//! Powers: counts limits, reads the registry of purposes, writes pending registrations and outbox items.
//! It reads no claim: the answer can't tell whether an address has an account, because the flow doesn't know.

mod residency;
mod start;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use domain::{Clients, ConfigError, FieldError, KeyPurpose, ProfileSchema, Registry};
use edge::openapi::describe;
use edge::{Deployment, Flow, Function, Kind, Problem};
use keys::Keys;
use signin::{PasswordError, Passwords};
use store::{Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Register {
    store: Store,
    passwords: Passwords,
    schema: ProfileSchema,
    purposes: Registry,
    clients: Clients,
    residency: residency::Residency,
    limits: start::Limits,
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?
        .with_keys(keys, &[KeyPurpose::Index, KeyPurpose::Outbox, KeyPurpose::Mac, KeyPurpose::Pepper]);
    let state = Register {
        passwords: Passwords::judging(&store, settings)?,
        schema: signin::profile_schema(settings)?,
        purposes: signin::purposes(settings)?,
        clients: signin::clients(settings)?,
        residency: residency::Residency::read(settings)?,
        limits: start::Limits::read(settings)?,
        store,
    };
    let router = Router::new().route("/v1/register", post(start::register)).with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "register" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(start::register))]
    struct Api;
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/register", &[Kind::UnknownClient, Kind::Conflict, Kind::Underage])
        .build()
}

/// Why no registration began.
#[derive(Debug, thiserror::Error)]
enum RegisterError {
    /// The client is not registered, or may not register customers itself.
    #[error("unknown client")]
    UnknownClient,
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// A purpose has a newer version than the one that was shown.
    #[error("newer version of a purpose")]
    Outdated,
    /// The customer is too young for a purpose, or did not say how old they are.
    #[error("too young")]
    Underage,
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::UnknownClient => Self::new(Kind::UnknownClient),
            RegisterError::Fields(errors) => Self::fields(errors),
            RegisterError::Outdated => {
                Self::new(Kind::Conflict).detail("A purpose has a newer version: show it first.")
            }
            RegisterError::Underage => Self::new(Kind::Underage)
                .detail("The profile's birthdate is missing, or says less than the minimum_age of a purpose."),
            RegisterError::Limited(problem) => problem,
            RegisterError::Store(error) | RegisterError::Password(PasswordError::Store(error)) => error.into(),
            RegisterError::Password(PasswordError::Hash(error)) => Self::internal(&error),
        }
    }
}
