//! Proof of an address, by code or by link: a registration becomes a customer, a changed address
//! takes effect, and the old one can take it back.
//!
//! Powers: counts limits, reads and spends one-time things, writes customers with their claims, data
//! keys and first sessions, moves claims, and queues mail.

mod code;
mod link;
mod resend;
mod texts;
mod undo;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use domain::{Clients, ConfigError, FieldError, KeyPurpose, PasswordRefused};
use edge::openapi::describe;
use edge::{Ctx, Deployment, Flow, Function, Kind, Problem};
use keys::Keys;
use pages::{Asked, Pages};
use signin::{Consents, MailedLimits, PasswordError, Passwords, SignError, SignIn};
use store::{OneTimeKind, Spent, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

use crate::texts::Page;

/// What the flow needs.
struct Verify {
    store: Store,
    passwords: Passwords,
    signin: SignIn,
    clients: Clients,
    consents: Consents,
    pages: Pages,
    /// 100 in a quarter of an hour: codes, links and codes sent again.
    limits: MailedLimits,
}

impl Verify {
    /// Counts what this client does, before anything is looked up.
    async fn count(&self, ctx: &Ctx) -> Result<(), VerifyError> {
        self.limits.count(ctx, &self.store).await.map_err(VerifyError::Limited)
    }

    /// A page with a button; `refused` says what was wrong with the password that was sent.
    fn ask(&self, asked: &Asked<'_, Page>, refused: Option<PasswordRefused>) -> Response {
        self.pages.ask(asked, self.passwords.policy(), refused)
    }

    /// A page that says why nothing was done: what to say of a link that is over, and of one that is
    /// broken.
    fn refuse(&self, ctx: &Ctx, error: VerifyError, refusals: [Page; 2]) -> Response {
        let problem = Problem::from(error);
        if problem.kind() == Kind::AddressTaken {
            let words = self.pages.words(ctx.locale, Page::AddressTaken, "");
            return self.pages.refuse(ctx.locale, problem, Some(words));
        }
        self.pages.refuse_link(ctx.locale, problem, refusals)
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
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?
        .with_keys(keys.clone(), &[Index, Branch, Outbox, Mac, Pepper]);
    let state = Verify {
        passwords: Passwords::judging(&store, settings)?,
        signin: SignIn::new(&store, &keys, settings)?,
        clients: signin::clients(settings)?,
        consents: Consents::read(settings)?,
        pages: Pages::read(settings)?,
        limits: MailedLimits::read(settings, "verify-client", "LIMIT_VERIFY_PER_CLIENT", 100)?,
        store,
    };
    let router = Router::new()
        .route("/v1/verify", post(code::verify))
        .route("/v1/verify/resend", post(resend::resend))
        .route("/verify", get(link::page).post(link::button))
        .route("/verify/undo", get(undo::page).post(undo::button))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "verify" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(code::verify, resend::resend, link::page, link::button, undo::page, undo::button))]
    struct Api;
    let kinds = [Kind::InvalidCode, Kind::TransactionExpired, Kind::AddressTaken, Kind::Conflict, Kind::UnknownClient];
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/verify", &kinds)
        .problems(HttpMethod::Post, "/v1/verify/resend", &[Kind::TransactionExpired])
        .build()
}

/// Why nothing was proved.
#[derive(Debug, thiserror::Error)]
enum VerifyError {
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// The form or query of a page can't be read, or its link was cut off or altered.
    #[error("unreadable")]
    Unreadable(Problem),
    /// The code is wrong; so many tries are left.
    #[error("wrong code")]
    WrongCode(u32),
    /// Unknown, used, or over.
    #[error("gone")]
    Gone,
    /// The code was sent as often as it may be.
    #[error("sent too often")]
    SentOften,
    /// The client that registered the customer is no longer registered itself.
    #[error("unknown client")]
    UnknownClient,
    /// Somebody else was first.
    #[error("address taken")]
    AddressTaken,
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
    /// The tokens could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Fields(errors) => Self::fields(errors),
            VerifyError::Unreadable(problem) | VerifyError::Limited(problem) => problem,
            VerifyError::WrongCode(left) => signin::wrong_code(left),
            VerifyError::Gone => Self::new(Kind::TransactionExpired),
            VerifyError::SentOften => Self::new(Kind::TransactionExpired)
                .detail("The code was sent as often as it can be. Use the last one, or begin again."),
            VerifyError::UnknownClient => Self::new(Kind::UnknownClient),
            // Safe to say: whoever asks has proved that the mailbox is theirs.
            VerifyError::AddressTaken => {
                Self::new(Kind::AddressTaken).detail("There is an account with this address already. Sign in.")
            }
            VerifyError::Changed => Self::new(Kind::Conflict),
            VerifyError::Store(error) | VerifyError::Password(PasswordError::Store(error)) => error.into(),
            VerifyError::Password(PasswordError::Hash(error)) => Self::internal(&error),
            VerifyError::Sign(error) => error.into(),
        }
    }
}

/// What a code can verify here.
enum ByCode {
    Registration,
    EmailChange,
}

/// What the code of such a thing verifies. The others have a link and no code, or are another flow's.
fn verified_by_code(kind: OneTimeKind) -> Result<ByCode, VerifyError> {
    match kind {
        OneTimeKind::Registration => Ok(ByCode::Registration),
        OneTimeKind::EmailChange => Ok(ByCode::EmailChange),
        OneTimeKind::EmailUndo
        | OneTimeKind::SignIn
        | OneTimeKind::PasskeySignIn
        | OneTimeKind::EmailSignIn
        | OneTimeKind::Enrolment
        | OneTimeKind::PasswordReset
        | OneTimeKind::AccountUndo
        | OneTimeKind::ConsentOptIn
        | OneTimeKind::ErasureWithdrawal
        | OneTimeKind::ExportTicket
        | OneTimeKind::PushedRequest
        | OneTimeKind::Interaction
        | OneTimeKind::AuthorizationCode
        | OneTimeKind::DeviceCode
        | OneTimeKind::DeviceAllowed
        | OneTimeKind::DeviceRefused
        | OneTimeKind::UserCode => Err(VerifyError::Gone),
    }
}

/// Whether everything was written.
fn all_done(spent: Spent) -> Result<(), VerifyError> {
    match spent {
        Spent::Done => Ok(()),
        Spent::Gone => Err(VerifyError::Gone),
        Spent::Taken => Err(VerifyError::AddressTaken),
        Spent::Changed => Err(VerifyError::Changed),
    }
}
