//! Sign-in by a code or link in a mail, where a deployment lets a mailbox sign somebody in.
//!
//! Powers: counts limits, reads claims, security items, passwords, factors, profiles and data keys,
//! reads and spends one-time things, writes sessions and what waits for another proof, and queues mail.

mod answer;
mod start;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use domain::{Client, Clients, ConfigError, FieldError, KeyPurpose, Method, Settings, SignedDuration};
use edge::openapi::describe;
use edge::{Ctx, Deployment, Flow, Function, Kind, Problem, limits};
use keys::Keys;
use signin::{CodesPerAddress, SignIn};
use store::{Limit, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Passwordless {
    store: Store,
    signin: SignIn,
    clients: Clients,
    limits: Limits,
}

/// How much may be tried.
struct Limits {
    per_client: u64,
    per_address: CodesPerAddress,
}

impl Limits {
    const WINDOW: SignedDuration = SignedDuration::from_mins(15);

    /// Reads `LIMIT_PASSWORDLESS_PER_CLIENT` (300 in a quarter of an hour: codes and links asked for,
    /// and tried) and what one address is sent.
    fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            per_client: settings.number("LIMIT_PASSWORDLESS_PER_CLIENT", 300)?,
            per_address: CodesPerAddress::read(settings)?,
        })
    }
}

impl Passwordless {
    /// Whether a mailbox signs anybody in here: off unless the deployment says otherwise.
    fn check_offered(&self) -> Result<(), PasswordlessError> {
        if self.signin.policy().allows(Method::Email) { Ok(()) } else { Err(PasswordlessError::NotOffered) }
    }

    /// The client that this id names, if it may sign customers in itself.
    fn client(&self, ctx: &Ctx, id: Option<&str>) -> Result<&Client, PasswordlessError> {
        let client = self.clients.direct(id).ok_or(PasswordlessError::UnknownClient)?;
        ctx.client(&client.client_id);
        Ok(client)
    }

    /// The limit of this client address.
    async fn by_client(&self, ctx: &Ctx) -> Result<(Limit, String), StoreError> {
        let addr = limits::client_addr(ctx, &self.store).await?;
        let limit = Limit::new("passwordless-client", self.limits.per_client, Limits::WINDOW);
        Ok((limit, addr.as_str().to_owned()))
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
    let store =
        Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys.clone(), &[Index, Branch, Outbox, Mac]);
    let state = Passwordless {
        signin: SignIn::new(&store, &keys, settings)?,
        clients: signin::clients(settings)?,
        limits: Limits::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/v1/passwordless", post(start::start))
        .route("/v1/passwordless/verify", post(answer::verify))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "passwordless" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(start::start, answer::verify))]
    struct Api;
    let offered = [Kind::MethodNotAvailable, Kind::UnknownClient];
    let answered = [Kind::InvalidLink, Kind::InvalidCode, Kind::TransactionExpired, Kind::Conflict];
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/passwordless", &offered)
        .problems(HttpMethod::Post, "/v1/passwordless/verify", &offered)
        .problems(HttpMethod::Post, "/v1/passwordless/verify", &answered)
        .build()
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
enum PasswordlessError {
    /// The deployment signs nobody in by mail, or the client has no page for a link.
    #[error("not offered")]
    NotOffered,
    /// The client is not registered, or may not sign customers in itself.
    #[error("unknown client")]
    UnknownClient,
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// A link that was cut off or altered.
    #[error("broken link")]
    BrokenLink,
    /// The code is wrong; so many tries are left.
    #[error("wrong code")]
    WrongCode(u32),
    /// Unknown, used, over, another transaction's, or of an address that no account has.
    #[error("gone")]
    Gone,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PasswordlessError> for Problem {
    fn from(error: PasswordlessError) -> Self {
        match error {
            PasswordlessError::NotOffered => Self::new(Kind::MethodNotAvailable),
            PasswordlessError::UnknownClient => Self::new(Kind::UnknownClient),
            PasswordlessError::Fields(errors) => Self::fields(errors),
            PasswordlessError::BrokenLink => Self::new(Kind::InvalidLink),
            PasswordlessError::WrongCode(left) => signin::wrong_code(left),
            PasswordlessError::Gone => Self::new(Kind::TransactionExpired),
            PasswordlessError::Store(error) => error.into(),
        }
    }
}
