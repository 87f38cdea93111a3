//! The right to be forgotten, as far as anybody asks for it: customers ask to be erased and change their
//! minds, administrators ask on their behalf and place legal holds, and whoever was erased gets the
//! certificate.
//!
//! ```text
//! active ──ask──▶ erasure pending ──due, no hold──▶ erasing ──▶ gone (a tombstone)
//!    ▲                  │
//!    └────withdraw──────┘
//! ```
//!
//! What is due is erased by `eraser`; this function destroys no key.
//!
//! Powers: reads standing, profile, data key and tombstone, writes and takes back what asks for an erasure, closes the
//! request on record that an erasure fulfils, writes and lifts holds, spends one-time things, counts limits, and queues
//! mail.

mod admin;
mod ask;
mod certificate;
mod holds;
mod page;
mod texts;
mod withdraw;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use domain::{
    ConfigError, CustomerId, FieldError, KeyPurpose, PasswordPolicy, SessionTimes, SignInPolicy, SignedDuration,
};
use edge::openapi::describe;
use edge::{Caller, Challenge, Ctx, Deployment, Flow, Function, Gate, Kind, Problem};
use keys::Keys;
use pages::Pages;
use signin::{FreshAuthentication, MailedLimits};
use store::{Customer, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Erase {
    store: Store,
    gate: Gate,
    pages: Pages,
    /// Of a form that asks for none; the page's frame wants it.
    policy: PasswordPolicy,
    sign_in: SignInPolicy,
    grace: SignedDuration,
    /// 100 in a quarter of an hour: withdrawals, buttons and certificates.
    limits: MailedLimits,
}

impl AsRef<Gate> for Erase {
    fn as_ref(&self) -> &Gate {
        &self.gate
    }
}

impl Erase {
    /// Counts what this client does, before anything is looked up.
    async fn count(&self, ctx: &Ctx) -> Result<(), EraseError> {
        self.limits.count(ctx, &self.store).await.map_err(EraseError::Limited)
    }

    /// A person who administers has proved of late who they are: a token that was stolen erases and spares nobody.
    async fn check_fresh(&self, ctx: &Ctx, person: Option<&Caller>) -> Result<(), EraseError> {
        let is_fresh = FreshAuthentication::of_operator(&self.sign_in, ctx, &self.store, person).await?;
        if is_fresh { Ok(()) } else { Err(EraseError::Stale) }
    }

    async fn customer(&self, id: CustomerId) -> Result<Customer, EraseError> {
        self.store.customer(id).await?.ok_or(EraseError::NotFound)
    }
}

/// How often it is tried against somebody who changes the account at the same moment.
const ATTEMPTS: usize = 3;

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    use KeyPurpose::{Branch, Index, Mac, Outbox};
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &[Index, Branch, Outbox, Mac]);
    let state = Erase {
        gate: Gate::new(&store, settings)?,
        pages: Pages::read(settings)?,
        policy: PasswordPolicy::read(settings)?,
        sign_in: SignInPolicy::read(settings)?,
        grace: signin::erasure::grace(settings)?,
        limits: MailedLimits::read(settings, "erase-client", "LIMIT_ERASE_PER_CLIENT", 100)?,
        store,
    };
    let router = Router::new()
        .route("/v1/me/erasure", get(ask::look).post(ask::ask))
        .route("/v1/erasure/withdraw", post(withdraw::withdraw))
        .route("/v1/erasure/certificate", get(certificate::certificate))
        .route("/erasure/withdraw", get(page::page).post(page::button))
        .route("/v1/admin/customers/{id}/erasure", get(admin::look).post(admin::ask).delete(admin::withdraw))
        .route("/v1/admin/customers/{id}/holds", get(holds::list).post(holds::place))
        .route("/v1/admin/customers/{id}/holds/{hold}", delete(holds::lift))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "erase" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        ask::look,
        ask::ask,
        withdraw::withdraw,
        certificate::certificate,
        page::page,
        page::button,
        admin::look,
        admin::ask,
        admin::withdraw,
        holds::list,
        holds::place,
        holds::lift
    ))]
    struct Api;
    let of_customer = "/v1/admin/customers/{id}/erasure";
    let holds = "/v1/admin/customers/{id}/holds";
    let under_way = [Kind::NotFound, Kind::Conflict, Kind::ErasureUnderWay, Kind::ReauthenticationRequired];
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/me/erasure", &[Kind::ReauthenticationRequired, Kind::Conflict])
        .problems(
            HttpMethod::Post,
            "/v1/erasure/withdraw",
            &[Kind::TransactionExpired, Kind::Conflict, Kind::ErasureUnderWay],
        )
        .problems(HttpMethod::Get, "/v1/erasure/certificate", &[Kind::NotFound])
        .problems(HttpMethod::Get, of_customer, &[Kind::NotFound])
        .problems(HttpMethod::Post, of_customer, &under_way)
        .problems(HttpMethod::Delete, of_customer, &under_way)
        .problems(HttpMethod::Get, holds, &[Kind::NotFound])
        .problems(HttpMethod::Post, holds, &under_way)
        .problems(HttpMethod::Delete, "/v1/admin/customers/{id}/holds/{hold}", &under_way)
        .build()
}

/// Why nothing was asked for, withdrawn, held or shown.
#[derive(Debug, thiserror::Error)]
enum EraseError {
    /// The caller was erased since their token was checked.
    #[error("no such customer any more")]
    Erased,
    /// There is no such customer, hold, erasure or certificate.
    #[error("nothing here")]
    NotFound,
    /// The authentication is too old.
    #[error("authentication too old")]
    Stale,
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// The form or query of a page can't be read, or its link was cut off or altered.
    #[error("unreadable")]
    Unreadable(Problem),
    /// Unknown, used, or over.
    #[error("gone")]
    Gone,
    /// It has begun.
    #[error("under way")]
    UnderWay,
    /// The account has changed since it was read.
    #[error("changed")]
    Changed,
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<EraseError> for Problem {
    fn from(error: EraseError) -> Self {
        match error {
            EraseError::Erased => Self::new(Kind::InvalidToken)
                .www_authenticate(&Challenge::BearerError { error: "invalid_token", scope: None }),
            EraseError::NotFound => Self::new(Kind::NotFound),
            EraseError::Stale => {
                let max_age = SessionTimes::FRESH_FOR.as_secs();
                Self::new(Kind::ReauthenticationRequired).www_authenticate(&Challenge::Fresh { max_age })
            }
            EraseError::Fields(errors) => Self::fields(errors),
            EraseError::Unreadable(problem) | EraseError::Limited(problem) => problem,
            EraseError::Gone => Self::new(Kind::TransactionExpired),
            EraseError::UnderWay => Self::new(Kind::ErasureUnderWay),
            EraseError::Changed => Self::new(Kind::Conflict),
            EraseError::Store(error) => error.into(),
        }
    }
}
