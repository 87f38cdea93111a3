//! Forgotten passwords, and undoing what somebody else did.
//!
//! Nobody is signed in here: who has the mailbox sets a password, and whatever else a sign-in asks
//! for is asked for then.
//!
//! Powers: counts limits, reads and spends one-time things, reads what a customer has, sets and
//! forgets passwords, ends every session, removes factors, and queues mail.

mod code;
mod link;
mod reset;
mod start;
mod texts;
mod undo;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use domain::{Clients, ConfigError, CustomerId, FieldError, KeyPurpose, PasswordRefused};
use edge::openapi::describe;
use edge::{Ctx, Deployment, Flow, Function, Kind, Problem};
use keys::Keys;
use pages::{Asked, Pages};
use signin::{MailedLimits, PasswordError, Passwords};
use store::{SignInFacts, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

use crate::texts::Page;

/// What the flow needs.
struct Recover {
    store: Store,
    passwords: Passwords,
    clients: Clients,
    pages: Pages,
    /// 100 in a quarter of an hour: codes asked for and tried, buttons pressed.
    limits: MailedLimits,
}

impl Recover {
    /// Counts what this client does, before anything is looked up.
    async fn count(&self, ctx: &Ctx) -> Result<(), RecoverError> {
        self.limits.count(ctx, &self.store).await.map_err(RecoverError::Limited)
    }

    /// A page with a button; `refused` says what was wrong with the password that was sent.
    fn ask(&self, asked: &Asked<'_, Page>, refused: Option<PasswordRefused>) -> Response {
        self.pages.ask(asked, self.passwords.policy(), refused)
    }

    /// All that is known of a customer now.
    async fn facts(&self, ctx: &Ctx, customer: CustomerId) -> Result<SignInFacts, RecoverError> {
        self.store.sign_in_facts(Some(customer), None, ctx.now).await?.ok_or(RecoverError::Gone)
    }
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    use KeyPurpose::{Branch, Index, Mac, Outbox, Pepper};
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store =
        Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &[Index, Branch, Outbox, Mac, Pepper]);
    let state = Recover {
        passwords: Passwords::judging(&store, settings)?,
        clients: signin::clients(settings)?,
        pages: Pages::read(settings)?,
        limits: MailedLimits::read(settings, "recover-client", "LIMIT_RECOVER_PER_CLIENT", 100)?,
        store,
    };
    let router = Router::new()
        .route("/v1/recover", post(start::start))
        .route("/v1/recover/verify", post(code::verify))
        .route("/recover", get(link::page).post(link::button))
        .route("/recover/undo", get(undo::page).post(undo::button))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "recover" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(start::start, code::verify, link::page, link::button, undo::page, undo::button))]
    struct Api;
    let kinds = [Kind::InvalidCode, Kind::TransactionExpired, Kind::Conflict];
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/recover", &[Kind::UnknownClient])
        .problems(HttpMethod::Post, "/v1/recover/verify", &kinds)
        .build()
}

/// Why nothing was recovered.
#[derive(Debug, thiserror::Error)]
enum RecoverError {
    /// The client is not registered, or may not ask for this itself.
    #[error("unknown client")]
    UnknownClient,
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// The form or query of a page can't be read, or its link was cut off or altered.
    #[error("unreadable")]
    Unreadable(Problem),
    /// The code is wrong; so many tries are left.
    #[error("wrong code")]
    WrongCode(u32),
    /// Unknown, used, over, or of an address that no account has.
    #[error("gone")]
    Gone,
    /// The account has changed since it was read.
    #[error("changed")]
    Changed,
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

impl From<RecoverError> for Problem {
    fn from(error: RecoverError) -> Self {
        match error {
            RecoverError::UnknownClient => Self::new(Kind::UnknownClient),
            RecoverError::Fields(errors) => Self::fields(errors),
            RecoverError::Unreadable(problem) | RecoverError::Limited(problem) => problem,
            RecoverError::WrongCode(left) => signin::wrong_code(left),
            RecoverError::Gone => Self::new(Kind::TransactionExpired),
            RecoverError::Changed => Self::new(Kind::Conflict),
            RecoverError::Store(error) | RecoverError::Password(PasswordError::Store(error)) => error.into(),
            RecoverError::Password(PasswordError::Hash(error)) => Self::internal(&error),
        }
    }
}
