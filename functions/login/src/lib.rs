//! Sign-in with address and password.
//!
//! Powers: counts limits, reads claims, security items, passwords, factors, profiles and data keys,
//! writes sessions and what waits for another proof, queues mail, and replaces hashes whose parameters
//! are outdated.

mod password;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use domain::{Clients, ConfigError, KeyPurpose};
use edge::openapi::describe;
use edge::{Deployment, Flow, Function, Kind, Problem};
use keys::Keys;
use signin::{PasswordError, Passwords, SignIn};
use store::{Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Login {
    store: Store,
    passwords: Passwords,
    signin: SignIn,
    clients: Clients,
    limits: password::Limits,
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys.clone(), &{
        use KeyPurpose::{Branch, Index, Mac, Outbox, Pepper};
        [Index, Branch, Outbox, Mac, Pepper]
    });
    let state = Login {
        passwords: Passwords::new(&store, settings)?,
        signin: SignIn::new(&store, &keys, settings)?,
        clients: signin::clients(settings)?,
        limits: password::Limits::read(settings)?,
        store,
    };
    let router = Router::new().route("/v1/login", post(password::login)).with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "login" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(password::login), components(schemas(signin::SignInAnswer)))]
    struct Api;
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/login", &[Kind::UnknownClient, Kind::InvalidCredentials])
        .build()
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
enum LoginError {
    /// The client is not registered, or may not sign customers in itself.
    #[error("unknown client")]
    UnknownClient,
    /// Wrong password, unknown address, or an account that may not be used: all the same.
    #[error("invalid credentials")]
    InvalidCredentials,
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

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::UnknownClient => Self::new(Kind::UnknownClient),
            LoginError::InvalidCredentials => Self::new(Kind::InvalidCredentials),
            LoginError::Limited(problem) => problem,
            LoginError::Store(error) | LoginError::Password(PasswordError::Store(error)) => error.into(),
            LoginError::Password(PasswordError::Hash(error)) => Self::internal(&error),
        }
    }
}
