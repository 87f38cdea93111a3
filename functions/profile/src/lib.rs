//! The customer's own profile, password and address.
//!
//! Powers: reads and writes the caller's profile and password, bumps their epoch, counts limits, writes one-time things
//! and outbox items; an administrator says whose law protects a customer. It reads no claim: whether a new address is
//! taken is found out by the mailer and at its verification.

mod admin_jurisdiction;
mod change;
mod email;
mod me;
mod password;
mod proof;
mod read;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, put};
use domain::{ConfigError, FieldError, KeyPurpose, ProfileSchema, SessionTimes, SignInPolicy, Transfers};
use edge::openapi::describe;
use edge::{Caller, Challenge, Ctx, Deployment, Flow, Function, Gate, Kind, Problem};
use keys::Keys;
use signin::{CodesPerAddress, PasswordError, Passwords};
use store::{Customer, SignInFacts, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Profile {
    store: Store,
    gate: Gate,
    passwords: Passwords,
    policy: SignInPolicy,
    schema: ProfileSchema,
    transfers: Transfers,
    codes: CodesPerAddress,
    limits: proof::Limits,
}

impl AsRef<Gate> for Profile {
    fn as_ref(&self) -> &Gate {
        &self.gate
    }
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let purposes = [KeyPurpose::Index, KeyPurpose::Branch, KeyPurpose::Outbox, KeyPurpose::Mac, KeyPurpose::Pepper];
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &purposes);
    let state = Profile {
        gate: Gate::new(&store, settings)?,
        passwords: Passwords::judging(&store, settings)?,
        policy: SignInPolicy::read(settings)?,
        schema: signin::profile_schema(settings)?,
        transfers: Transfers::read(settings)?,
        codes: CodesPerAddress::read(settings)?,
        limits: proof::Limits::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/v1/me", get(read::read).patch(change::change))
        .route("/v1/me/password", put(password::password))
        .route("/v1/me/email", put(email::email))
        .route("/v1/admin/customers/{id}/jurisdiction", put(admin_jurisdiction::admin_jurisdiction))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "profile" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        read::read,
        change::change,
        password::password,
        email::email,
        admin_jurisdiction::admin_jurisdiction
    ))]
    struct Api;
    describe(Api::openapi())
        .problems(HttpMethod::Patch, "/v1/me", &[Kind::Conflict])
        .problems(HttpMethod::Put, "/v1/me/password", &[Kind::ReauthenticationRequired, Kind::Conflict])
        .problems(HttpMethod::Put, "/v1/me/email", &[Kind::ReauthenticationRequired])
        .problems(HttpMethod::Put, "/v1/admin/customers/{id}/jurisdiction", &[Kind::NotFound])
        .build()
}

/// The caller's profile, opened.
async fn load(flow: &Profile, caller: &Caller) -> Result<Customer, ProfileError> {
    flow.store.customer(caller.customer).await?.ok_or(ProfileError::Erased)
}

/// All that is known of the caller, in one call.
async fn facts(flow: &Profile, ctx: &Ctx, caller: &Caller) -> Result<SignInFacts, ProfileError> {
    flow.store.sign_in_facts(Some(caller.customer), None, ctx.now).await?.ok_or(ProfileError::Erased)
}

/// Why nothing was shown or changed.
#[derive(Debug, thiserror::Error)]
enum ProfileError {
    /// The caller was erased since their token was checked.
    #[error("no such customer any more")]
    Erased,
    /// There is no such customer.
    #[error("no such customer")]
    NotFound,
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// What is to be changed is not what the caller has read.
    #[error("changed in the meantime")]
    Changed,
    /// The authentication is too old, and no password came along.
    #[error("authentication too old")]
    Stale,
    /// The authentication is too old, and the password that came along is not the customer's.
    #[error("wrong password")]
    WrongPassword,
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

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        let again = || {
            let max_age = SessionTimes::FRESH_FOR.as_secs();
            Self::new(Kind::ReauthenticationRequired).www_authenticate(&Challenge::Fresh { max_age })
        };
        match error {
            ProfileError::Erased => Self::new(Kind::InvalidToken)
                .www_authenticate(&Challenge::BearerError { error: "invalid_token", scope: None }),
            ProfileError::NotFound => Self::new(Kind::NotFound),
            ProfileError::Fields(errors) => Self::fields(errors),
            ProfileError::Changed => Self::new(Kind::Conflict),
            ProfileError::Stale => again(),
            ProfileError::WrongPassword => again().detail("The current password is wrong."),
            ProfileError::Limited(problem) => problem,
            ProfileError::Store(error) | ProfileError::Password(PasswordError::Store(error)) => error.into(),
            ProfileError::Password(PasswordError::Hash(error)) => Self::internal(&error),
        }
    }
}
