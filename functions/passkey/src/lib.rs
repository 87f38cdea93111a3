//! Sign-in with a passkey, without a name: the passkey itself says whose it is.
//!
//! Powers: counts limits, makes and spends challenges, reads customers with their factors and data
//! keys, writes sessions and what passkeys count, and queues mail.

mod options;
mod sign_in;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use domain::{Clients, ConfigError, KeyPurpose, Settings, SignedDuration};
use edge::openapi::describe;
use edge::{Ctx, Deployment, Flow, Function, Kind, Problem, limits};
use keys::Keys;
use passkeys::{Broken, Ceremonies};
use signin::{ProceedError, SignIn};
use store::{Limit, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Passkey {
    store: Store,
    signin: SignIn,
    clients: Clients,
    ceremonies: Ceremonies,
    limits: Limits,
}

/// How much may be tried.
struct Limits {
    per_client: u64,
}

impl Limits {
    const WINDOW: SignedDuration = SignedDuration::from_mins(15);

    /// Reads `LIMIT_PASSKEY_PER_CLIENT` (600 in a quarter of an hour: a page with autofill asks for a
    /// challenge whenever it is shown).
    fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self { per_client: settings.number("LIMIT_PASSKEY_PER_CLIENT", 600)? })
    }
}

impl Passkey {
    /// Counts what this client does, before anything is looked up. Nothing is counted by customer:
    /// nobody can keep another person's passkey from working.
    async fn count(&self, ctx: &Ctx) -> Result<(), PasskeyError> {
        let addr = limits::client_addr(ctx, &self.store).await?;
        let limit = Limit::new("passkey-client", self.limits.per_client, Limits::WINDOW);
        limits::count(ctx, &self.store, &[(limit, addr.as_str().to_owned())]).await.map_err(PasskeyError::Limited)
    }
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    use KeyPurpose::{Branch, Index, Mac, Outbox};
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?
        .with_keys(keys.clone(), &[Index, Branch, Outbox, Mac]);
    let state = Passkey {
        signin: SignIn::new(&store, &keys, settings)?,
        clients: signin::clients(settings)?,
        ceremonies: Ceremonies::read(settings)?,
        limits: Limits::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/v1/passkey/options", post(options::options))
        .route("/v1/passkey", post(sign_in::sign_in))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "passkey" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(options::options, sign_in::sign_in), components(schemas(signin::SignInAnswer)))]
    struct Api;
    let kinds = [Kind::InvalidCredentials, Kind::TransactionExpired, Kind::Conflict, Kind::UnknownClient];
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/passkey/options", &[Kind::UnknownClient])
        .problems(HttpMethod::Post, "/v1/passkey", &kinds)
        .build()
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
enum PasskeyError {
    /// The client is not registered, or may not sign customers in itself.
    #[error("unknown client")]
    UnknownClient,
    /// The challenge is unknown, was answered before, or is too old.
    #[error("gone")]
    Gone,
    /// An answer that proves nothing, a passkey that nobody has, or an account that may not be used:
    /// all the same.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sign-in could not go on.
    #[error(transparent)]
    Proceed(#[from] ProceedError),
    /// The issuer does not fit the relying party.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What we keep can't be used.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<PasskeyError> for Problem {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::UnknownClient => Self::new(Kind::UnknownClient),
            PasskeyError::Gone => Self::new(Kind::TransactionExpired),
            PasskeyError::InvalidCredentials => {
                Self::new(Kind::InvalidCredentials).detail("This passkey does not sign anybody in here.")
            }
            PasskeyError::Limited(problem) => problem,
            PasskeyError::Store(error) => error.into(),
            PasskeyError::Proceed(error) => error.into(),
            PasskeyError::Config(error) => Self::internal(&error),
            PasskeyError::Broken(error) => Self::internal(&error),
        }
    }
}
