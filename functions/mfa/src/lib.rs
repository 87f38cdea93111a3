//! Another proof at a sign-in, by an app or on the pages to which an app leads, a factor that has to be enrolled
//! at one, more proof in a session (step-up), and the recovery of who has lost every factor.
//!
//! Powers: counts limits, reads customers with their passwords, factors and data keys, and the request of an app
//! that waits, reads, challenges and spends what waits for a proof, writes sessions, trusted devices and factors,
//! ends the session that a browser had before, and queues mail and SMS.

mod answer;
mod challenge;
mod enroll;
mod page;
mod prove;
mod recovery;
mod refused;
mod step_up;
mod texts;
mod view;
mod waits;

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use domain::{Brand, ConfigError, CustomerId, FieldError, KeyPurpose, Method, Settings, SignedDuration};
use edge::openapi::describe;
use edge::{Ctx, Deployment, Flow, Function, Gate, Kind, Problem, limits};
use keys::Keys;
use pages::Pages;
use passkeys::{Broken, Ceremonies};
use signin::{
    CodesPerAddress, DeviceToken, KnownClient, KnownClients, PasswordError, Passwords, ProceedError, SignIn, SmsLimits,
};
use store::{Limit, PendingSignIn, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Mfa {
    store: Store,
    gate: Gate,
    passwords: Passwords,
    signin: SignIn,
    clients: KnownClients,
    ceremonies: Ceremonies,
    brand: Brand,
    pages: Pages,
    limits: Limits,
}

impl AsRef<Gate> for Mfa {
    fn as_ref(&self) -> &Gate {
        &self.gate
    }
}

/// How much may be tried.
struct Limits {
    per_client: Limit,
    per_customer: Limit,
    recoveries: Limit,
    per_address: CodesPerAddress,
    sms: SmsLimits,
}

impl Limits {
    const WINDOW: SignedDuration = SignedDuration::from_mins(15);
    const DAY: SignedDuration = SignedDuration::from_hours(24);

    /// Reads `LIMIT_MFA_PER_CLIENT` (300 in a quarter of an hour: proofs, challenges and all else),
    /// `LIMIT_MFA_PER_CUSTOMER` (10 codes and passwords in a quarter of an hour, right ones too),
    /// `LIMIT_MFA_PER_CUSTOMER_DAY` (50 of them a day), `LIMIT_RECOVERY_PER_CUSTOMER` (3 a day), and what
    /// one address or number is sent.
    fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let per_customer = Limit::new("mfa", settings.number("LIMIT_MFA_PER_CUSTOMER", 10)?, Self::WINDOW);
        Ok(Self {
            per_client: Limit::new("mfa-client", settings.number("LIMIT_MFA_PER_CLIENT", 300)?, Self::WINDOW),
            per_customer: per_customer.and(settings.number("LIMIT_MFA_PER_CUSTOMER_DAY", 50)?, Self::DAY),
            recoveries: Limit::new("recovery", settings.number("LIMIT_RECOVERY_PER_CUSTOMER", 3)?, Self::DAY),
            per_address: CodesPerAddress::read(settings)?,
            sms: SmsLimits::read(settings)?,
        })
    }

    /// Codes and passwords, by customer. Whoever knows the password can use these up, but not those of the
    /// devices that are known to the account, nor of who is signed in already. Passkeys are not counted:
    /// nobody can guess one, so nobody can keep another person's from working.
    fn proofs(&self, waits: &PendingSignIn) -> (Limit, String) {
        let PendingSignIn { customer, step_up, device, .. } = waits;
        let subject = match (step_up, device) {
            (Some(_), _) => format!("{customer}#session"),
            (None, Some(device)) => format!("{customer}#{}", DeviceToken::bucket_of(*device)),
            (None, None) => customer.to_string(),
        };
        (self.per_customer, subject)
    }

    /// Recoveries that are begun, by customer: each is told to them.
    fn recoveries(&self, customer: CustomerId) -> (Limit, String) {
        (self.recoveries, customer.to_string())
    }
}

impl Mfa {
    /// Counts what this client does, before anything is looked up.
    async fn count_client(&self, ctx: &Ctx) -> Result<(), MfaError> {
        let addr = limits::client_addr(ctx, &self.store).await?;
        self.count(ctx, &[(self.limits.per_client, addr.as_str().to_owned())]).await
    }

    /// The pages that a client's customers see.
    fn pages(&self, client: &KnownClient) -> Cow<'_, Pages> {
        self.pages.of(client.brand())
    }

    async fn count(&self, ctx: &Ctx, limits: &[(Limit, String)]) -> Result<(), MfaError> {
        limits::count(ctx, &self.store, limits).await.map_err(MfaError::Limited)
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
    let state = Mfa {
        gate: Gate::new(&store, settings)?,
        passwords: Passwords::new(&store, settings)?,
        signin: SignIn::new(&store, &keys, settings)?,
        clients: KnownClients::with_brands(&store, settings)?,
        ceremonies: Ceremonies::read(settings)?,
        brand: Brand::new(settings)?,
        pages: Pages::read(settings)?,
        limits: Limits::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/v1/mfa", post(answer::answer))
        .route("/v1/mfa/challenge", post(challenge::challenge))
        .route("/v1/mfa/enroll", post(enroll::enroll))
        .route("/v1/mfa/step-up", post(step_up::step_up))
        .route("/v1/mfa/recovery", post(recovery::recovery))
        .route("/sign-in/proof", get(page::page).post(page::prove))
        .route("/sign-in/challenge", post(page::challenge))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "mfa" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(
            answer::answer,
            challenge::challenge,
            enroll::enroll,
            step_up::step_up,
            recovery::recovery,
            page::page,
            page::prove,
            page::challenge
        ),
        components(schemas(signin::SignInAnswer))
    )]
    struct Api;
    let waits = [Kind::TransactionExpired, Kind::UnknownClient];
    let answered = [Kind::InvalidCode, Kind::InvalidCredentials, Kind::Conflict, Kind::StepUpUnavailable];
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/mfa", &waits)
        .problems(HttpMethod::Post, "/v1/mfa", &answered)
        .problems(HttpMethod::Post, "/v1/mfa/challenge", &waits)
        .problems(HttpMethod::Post, "/v1/mfa/enroll", &waits)
        .problems(HttpMethod::Post, "/v1/mfa/recovery", &waits)
        .problems(HttpMethod::Post, "/v1/mfa/recovery", &[Kind::MethodNotAvailable, Kind::Conflict])
        .problems(HttpMethod::Post, "/v1/mfa/step-up", &[Kind::StepUpUnavailable, Kind::UnknownClient])
        .build()
}

/// Why nothing was proved.
#[derive(Debug, thiserror::Error)]
enum MfaError {
    /// The form or query of a page can't be read.
    #[error("unreadable")]
    Unreadable(Problem),
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// The client is no longer registered, or may not sign customers in itself.
    #[error("unknown client")]
    UnknownClient,
    /// Unknown, used, over, or of an account that may not be used or has changed in the meantime.
    #[error("gone")]
    Gone,
    /// It was challenged as often as it may be.
    #[error("challenged too often")]
    ChallengedOften,
    /// The code is wrong; so many tries are left.
    #[error("wrong code")]
    WrongCode(u32),
    /// The password, or the passkey's answer, proves nothing.
    #[error("proves nothing")]
    ProvesNothing(Method),
    /// The deployment has no delayed recovery, or there is nothing to recover from.
    #[error("not available")]
    NotAvailable,
    /// There is nothing by which the level could be reached.
    #[error("nothing can be proved")]
    NothingToProve,
    /// The recovery was refused, or its time is over.
    #[error("the recovery is over")]
    RecoveryOver,
    /// Somebody else has written in the meantime.
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

impl MfaError {
    /// A field that can't be used.
    fn field(pointer: &str, code: &str, detail: &str) -> Self {
        Self::Fields(vec![FieldError::new(pointer, code, detail)])
    }

    /// Whether what waited can't be answered any more: it takes another sign-in.
    fn is_over(&self) -> bool {
        match self {
            Self::Gone
            | Self::ChallengedOften
            | Self::RecoveryOver
            | Self::WrongCode(_)
            | Self::ProvesNothing(_)
            | Self::Proceed(ProceedError::Gone) => true,
            Self::Unreadable(_)
            | Self::Fields(_)
            | Self::UnknownClient
            | Self::NotAvailable
            | Self::NothingToProve
            | Self::Changed
            | Self::Limited(_)
            | Self::Store(_)
            | Self::Password(_)
            | Self::Proceed(
                ProceedError::Changed | ProceedError::OutOfReach | ProceedError::Store(_) | ProceedError::Sign(_),
            )
            | Self::Config(_)
            | Self::Broken(_) => false,
        }
    }

    /// A method that is not among those that were offered.
    fn not_offered() -> Self {
        Self::field("/method", "not_offered", "is not one of the methods of this transaction")
    }
}

impl From<MfaError> for Problem {
    fn from(error: MfaError) -> Self {
        match error {
            MfaError::Fields(errors) => Self::fields(errors),
            MfaError::UnknownClient => Self::new(Kind::UnknownClient),
            MfaError::Gone => Self::new(Kind::TransactionExpired),
            MfaError::ChallengedOften => Self::new(Kind::TransactionExpired)
                .detail("There were as many challenges as there can be. Use the last one, or begin again."),
            MfaError::RecoveryOver => Self::new(Kind::TransactionExpired)
                .detail("The recovery was refused, or is over. Prove another method, or begin a recovery anew."),
            MfaError::WrongCode(left) => signin::wrong_code(left),
            MfaError::ProvesNothing(Method::Password) => {
                Self::new(Kind::InvalidCredentials).detail("The password is wrong.")
            }
            MfaError::ProvesNothing(_) => {
                Self::new(Kind::InvalidCredentials).detail("This passkey does not prove it. Ask for a new challenge.")
            }
            MfaError::NotAvailable => Self::new(Kind::MethodNotAvailable),
            MfaError::NothingToProve => Self::new(Kind::StepUpUnavailable),
            MfaError::Changed => Self::new(Kind::Conflict),
            MfaError::Unreadable(problem) | MfaError::Limited(problem) => problem,
            MfaError::Store(error) | MfaError::Password(PasswordError::Store(error)) => error.into(),
            MfaError::Password(PasswordError::Hash(error)) => Self::internal(&error),
            MfaError::Proceed(error) => error.into(),
            MfaError::Config(error) => Self::internal(&error),
            MfaError::Broken(error) => Self::internal(&error),
        }
    }
}
