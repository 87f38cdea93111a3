//! RP-initiated logout: an app sends a browser, whose session ends here and at every app that it was signed in to.
//!
//! Powers: reads and ends sessions of whoever is signed in in the browser, queues what their apps are told, reads the
//! key set. It can't sign, hash, or read a profile.

mod ask;
mod end;
mod request;
mod texts;

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use domain::{ConfigError, KeyPurpose, Locale};
use edge::openapi::describe;
use edge::{Deployment, Flow, Function, Kind, OAuthError, Problem};
use keys::Keys;
use pages::{Pages, Words};
use signin::{KnownClient, KnownClients, SignError, SignIn};
use store::{Store, StoreError};
use utoipa::OpenApi;

use crate::texts::texts;

/// What the flow needs.
struct Logout {
    store: Store,
    signin: SignIn,
    clients: KnownClients,
    pages: Pages,
}

impl Logout {
    /// The pages that a client's customers see; the deployment's own where nobody knows who asks.
    fn pages(&self, client: Option<&KnownClient>) -> Cow<'_, Pages> {
        self.pages.of(client.and_then(KnownClient::brand))
    }

    /// The page of a request that ends nothing.
    fn refuse(&self, locale: Locale, error: LogoutError) -> Response {
        let texts = texts(locale);
        let own = match &error {
            LogoutError::Malformed(_)
            | LogoutError::UnknownClient
            | LogoutError::Redirect
            | LogoutError::OtherClient => Some(Words::new(texts.wrong[0], [texts.wrong[1], &error.to_string()])),
            LogoutError::Store(_) | LogoutError::Sign(_) => None,
        };
        self.pages.refuse(locale, error.into(), own)
    }
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?
        .with_keys(keys.clone(), &[KeyPurpose::Mac, KeyPurpose::Outbox]);
    let state = Logout {
        signin: SignIn::new(&store, &keys, settings)?,
        clients: KnownClients::with_brands(&store, settings)?,
        pages: Pages::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/oauth2/logout", get(ask::get).post(ask::post))
        .route("/oauth2/logout/confirm", post(end::confirm))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "logout" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(ask::get, ask::post, end::confirm))]
    struct Api;
    describe(Api::openapi()).build()
}

/// Why nothing was ended, and nobody sent anywhere.
#[derive(Debug, thiserror::Error)]
enum LogoutError {
    #[error("{0}")]
    Malformed(OAuthError),
    #[error("client_id names no client")]
    UnknownClient,
    #[error("id_token_hint and client_id name different clients")]
    OtherClient,
    #[error("post_logout_redirect_uri is not one that the client has registered")]
    Redirect,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl From<LogoutError> for Problem {
    fn from(error: LogoutError) -> Self {
        match error {
            LogoutError::Malformed(_) | LogoutError::OtherClient | LogoutError::Redirect => {
                Self::new(Kind::InvalidRequest)
            }
            LogoutError::UnknownClient => Self::new(Kind::UnknownClient),
            LogoutError::Store(error) => error.into(),
            LogoutError::Sign(error) => error.into(),
        }
    }
}
