//! Sign-in with address and password: by an app, or on the page to which an app leads.
//!
//! Powers: counts limits, reads claims, security items, passwords, factors, profiles and data keys, and the
//! request of an app that waits, writes sessions and what waits for another proof, ends the session that a
//! browser had before, queues mail, and replaces hashes whose parameters are outdated.

mod credentials;
mod page;
mod password;
mod texts;

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use domain::{ConfigError, KeyPurpose, Locale};
use edge::openapi::describe;
use edge::{Deployment, Flow, Function, Kind, Problem};
use keys::Keys;
use pages::Pages;
use signin::{KnownClient, KnownClients, PasswordError, Passwords, ProceedError, SignIn};
use store::{Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Login {
    store: Store,
    passwords: Passwords,
    signin: SignIn,
    clients: KnownClients,
    pages: Pages,
    limits: credentials::Limits,
}

impl Login {
    /// The page of a sign-in that does not go on, where nobody knows for which app.
    fn refuse(&self, locale: Locale, error: LoginError) -> Response {
        match error {
            LoginError::Gone => self.pages.sign_in_over(locale),
            error => self.pages.refuse(locale, error.into(), None),
        }
    }

    /// The pages that a client's customers see.
    fn pages(&self, client: &KnownClient) -> Cow<'_, Pages> {
        self.pages.of(client.brand())
    }
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
        clients: KnownClients::with_brands(&store, settings)?,
        pages: Pages::read(settings)?,
        limits: credentials::Limits::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/v1/login", post(password::login))
        .route("/sign-in", get(page::page).post(page::submit))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "login" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(password::login, page::page, page::submit), components(schemas(signin::SignInAnswer)))]
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
    /// The form or query of the page can't be read.
    #[error("unreadable")]
    Unreadable(Problem),
    /// No request of an app waits in this browser.
    #[error("gone")]
    Gone,
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The sign-in could not go on.
    #[error(transparent)]
    Proceed(#[from] ProceedError),
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::UnknownClient => Self::new(Kind::UnknownClient),
            LoginError::InvalidCredentials => Self::new(Kind::InvalidCredentials),
            LoginError::Unreadable(problem) | LoginError::Limited(problem) => problem,
            LoginError::Gone => Self::new(Kind::TransactionExpired),
            LoginError::Proceed(error) => error.into(),
            LoginError::Store(error) | LoginError::Password(PasswordError::Store(error)) => error.into(),
            LoginError::Password(PasswordError::Hash(error)) => Self::internal(&error),
        }
    }
}
