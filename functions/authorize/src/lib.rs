//! Authorization endpoint: apps send browsers here, and get them back signed in.
//!
//! Powers: counts limits, reads the browser's session and its customer's standing, keeps requests that wait, issues
//! codes and what customers allow apps, and takes it back with the sessions that came of it; has the documents of
//! clients fetched that describe themselves, and keeps what they say. Signs nobody in: `login` and `mfa` do, on pages
//! of their own, and lead back to `/oauth2/continue`.

mod answer;
mod apps;
mod authorize;
mod consent;
mod decide;
mod documents;
mod fetch;
mod par;
mod pushed;
mod resume;
mod said;
mod texts;

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{delete, get, post};
use domain::oidc::RedirectRefused;
use domain::{ConfigError, KeyPurpose, Locale, Settings, SignedDuration};
use edge::openapi::describe;
use edge::{Ctx, Deployment, Dpop, Flow, Function, Gate, Kind, OAuthError, Problem, limits};
use keys::Keys;
use pages::{Pages, Words};
use signin::{ClientGate, KnownClient, KnownClients, SignError, SignIn};
use store::{Limit, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

use crate::documents::{DocumentError, Documents};
use crate::said::NotSigned;
use crate::texts::texts;

/// What the flow needs.
struct Authorize {
    store: Store,
    signin: SignIn,
    clients: KnownClients,
    documents: Documents,
    gate: ClientGate,
    callers: Gate,
    dpop: Dpop,
    pages: Pages,
    per_client: Limit,
}

impl AsRef<Gate> for Authorize {
    fn as_ref(&self) -> &Gate {
        &self.callers
    }
}

impl Authorize {
    /// Counts a request that writes something though nobody has proved who they are: by client address.
    async fn count(&self, ctx: &Ctx) -> Result<(), AuthorizeError> {
        let client = limits::client_addr(ctx, &self.store).await?;
        let by_client = (self.per_client, client.as_str().to_owned());
        limits::count(ctx, &self.store, &[by_client]).await.map_err(AuthorizeError::Limited)
    }

    /// The pages that a client's customers see; the deployment's own where nobody knows the client.
    fn pages(&self, client: Option<&KnownClient>) -> Cow<'_, Pages> {
        self.pages.of(client.and_then(KnownClient::brand))
    }

    /// The page of a request that leads nowhere.
    fn refuse(&self, locale: Locale, client: Option<&KnownClient>, error: AuthorizeError) -> Response {
        let texts = texts(locale);
        let own = match &error {
            AuthorizeError::Gone => Some(Words::new(texts.over[0], [texts.over[1]])),
            AuthorizeError::UnknownClient
            | AuthorizeError::Redirect(_)
            | AuthorizeError::UnknownRequestUri
            | AuthorizeError::NotPushed
            | AuthorizeError::NotSigned(_)
            | AuthorizeError::Document(_)
            | AuthorizeError::Malformed(_) => {
                let detail = error.to_string();
                Some(Words::new(texts.wrong[0], [texts.wrong[1], &detail]))
            }
            AuthorizeError::Unreadable(_)
            | AuthorizeError::Changed
            | AuthorizeError::Limited(_)
            | AuthorizeError::Unfetched(_)
            | AuthorizeError::Store(_)
            | AuthorizeError::Sign(_) => None,
        };
        self.pages(client).refuse(locale, error.into(), own)
    }
}

fn per_client(settings: &Settings) -> Result<Limit, ConfigError> {
    let most = settings.number("LIMIT_AUTHORIZE_PER_CLIENT", 600)?;
    Ok(Limit::new("authorize-client", most, SignedDuration::from_mins(15)))
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?
        .with_keys(keys.clone(), &[KeyPurpose::Index, KeyPurpose::Outbox, KeyPurpose::Mac]);
    let state = Authorize {
        signin: SignIn::new(&store, &keys, settings)?,
        clients: KnownClients::with_brands(&store, settings)?,
        documents: Documents::read(deployment, &store)?,
        gate: ClientGate::new(&store, settings)?,
        callers: Gate::new(&store, settings)?,
        dpop: Dpop::new(&store, settings)?,
        pages: Pages::read(settings)?,
        per_client: per_client(settings)?,
        store,
    };
    let router = Router::new()
        .route("/oauth2/authorize", get(authorize::get).post(authorize::post))
        .route("/oauth2/par", post(par::push))
        .route("/oauth2/continue", get(resume::resume))
        .route("/oauth2/consent", post(consent::decide))
        .route("/v1/me/apps", get(apps::list))
        .route("/v1/me/apps/{id}", delete(apps::revoke))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "authorize" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        authorize::get,
        authorize::post,
        par::push,
        resume::resume,
        consent::decide,
        apps::list,
        apps::revoke
    ))]
    struct Api;
    describe(Api::openapi()).problems(HttpMethod::Delete, "/v1/me/apps/{id}", &[Kind::NotFound]).build()
}

/// Why a browser is sent nowhere.
#[derive(Debug, thiserror::Error)]
enum AuthorizeError {
    #[error("{0}")]
    Malformed(OAuthError),
    #[error("unreadable")]
    Unreadable(Problem),
    #[error("client_id names no client that may sign customers in here")]
    UnknownClient,
    #[error(transparent)]
    Document(DocumentError),
    #[error(transparent)]
    Redirect(#[from] RedirectRefused),
    #[error("request_uri names no request that is waiting")]
    UnknownRequestUri,
    #[error("this client has to push its requests to /oauth2/par")]
    NotPushed,
    #[error(transparent)]
    NotSigned(#[from] NotSigned),
    #[error("gone")]
    Gone,
    #[error("what the customer allows the app has changed")]
    Changed,
    #[error("limited")]
    Limited(Problem),
    #[error("not fetched")]
    Unfetched(Problem),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl From<AuthorizeError> for Problem {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::Malformed(_)
            | AuthorizeError::Redirect(_)
            | AuthorizeError::UnknownRequestUri
            | AuthorizeError::NotPushed
            | AuthorizeError::NotSigned(_) => Self::new(Kind::InvalidRequest),
            AuthorizeError::UnknownClient | AuthorizeError::Document(_) => Self::new(Kind::UnknownClient),
            AuthorizeError::Gone => Self::new(Kind::TransactionExpired),
            AuthorizeError::Changed => Self::new(Kind::Conflict),
            AuthorizeError::Unreadable(problem)
            | AuthorizeError::Limited(problem)
            | AuthorizeError::Unfetched(problem) => problem,
            AuthorizeError::Store(error) => error.into(),
            AuthorizeError::Sign(error) => error.into(),
        }
    }
}
