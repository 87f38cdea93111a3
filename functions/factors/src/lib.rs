//! The customer's own factors: by what they prove who they are, beside a password.
//!
//! Powers: reads the caller's standing and profile, reads and writes their factors and the claims of
//! their passkeys, bumps their epoch, counts limits, writes one-time things and outbox items. It signs
//! nothing and hashes no password.

mod add;
mod change;
mod email;
mod fresh;
mod list;
mod name;
mod number;
mod passkey;
mod recovery_codes;
mod refuse;
mod remove;
mod sms;
mod totp;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, patch, post};
use domain::{Brand, ConfigError, FieldError, KeyPurpose, Method, SessionTimes, SignInPolicy};
use edge::openapi::describe;
use edge::{Caller, Challenge, Ctx, Deployment, Flow, Function, Gate, Kind, Problem};
use keys::Keys;
use passkeys::{Broken, Ceremonies, CeremonyError, Refused};
use signin::{CodesPerAddress, SmsLimits};
use store::{SignInFacts, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct FactorsFlow {
    store: Store,
    gate: Gate,
    policy: SignInPolicy,
    ceremonies: Ceremonies,
    brand: Brand,
    codes: CodesPerAddress,
    sms: SmsLimits,
    limits: fresh::Limits,
}

impl AsRef<Gate> for FactorsFlow {
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
    let purposes = [KeyPurpose::Index, KeyPurpose::Branch, KeyPurpose::Outbox, KeyPurpose::Mac];
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &purposes);
    let state = FactorsFlow {
        gate: Gate::new(&store, settings)?,
        policy: SignInPolicy::read(settings)?,
        ceremonies: Ceremonies::read(settings)?,
        brand: Brand::new(settings)?,
        codes: CodesPerAddress::read(settings)?,
        sms: SmsLimits::read(settings)?,
        limits: fresh::Limits::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/v1/me/factors", get(list::list))
        .route("/v1/me/factors/passkey/options", post(passkey::options))
        .route("/v1/me/factors/passkey", post(passkey::add))
        .route("/v1/me/factors/totp", post(totp::start))
        .route("/v1/me/factors/totp/activate", post(totp::activate))
        .route("/v1/me/factors/sms", post(sms::start))
        .route("/v1/me/factors/sms/activate", post(sms::activate))
        .route("/v1/me/factors/email", post(email::start))
        .route("/v1/me/factors/email/activate", post(email::activate))
        .route("/v1/me/factors/recovery-codes", post(recovery_codes::make))
        .route("/v1/me/factors/{id}", patch(change::change).delete(remove::remove))
        .route("/v1/me/recovery", delete(refuse::refuse))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "factors" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    use Kind::{Conflict, InvalidCode, MethodNotAvailable, NotFound, ReauthenticationRequired, TransactionExpired};
    #[derive(OpenApi)]
    #[openapi(paths(
        list::list,
        passkey::options,
        passkey::add,
        totp::start,
        totp::activate,
        sms::start,
        sms::activate,
        email::start,
        email::activate,
        recovery_codes::make,
        change::change,
        remove::remove,
        refuse::refuse
    ))]
    struct Api;
    let begun = [ReauthenticationRequired, Conflict];
    let sent = [ReauthenticationRequired, Conflict, MethodNotAvailable];
    let answered = [ReauthenticationRequired, Conflict, InvalidCode, TransactionExpired];
    let post = |path: &'static str, kinds: &[Kind]| (path, kinds.to_vec());
    let posts = [
        post("/v1/me/factors/passkey/options", &begun),
        post("/v1/me/factors/passkey", &[ReauthenticationRequired, Conflict, TransactionExpired]),
        post("/v1/me/factors/totp", &begun),
        post("/v1/me/factors/totp/activate", &answered),
        post("/v1/me/factors/sms", &sent),
        post("/v1/me/factors/sms/activate", &answered),
        post("/v1/me/factors/email", &sent),
        post("/v1/me/factors/email/activate", &answered),
        post("/v1/me/factors/recovery-codes", &begun),
    ];
    posts
        .into_iter()
        .fold(describe(Api::openapi()), |api, (path, kinds)| api.problems(HttpMethod::Post, path, &kinds))
        .problems(HttpMethod::Get, "/v1/me/factors", &[Conflict])
        .problems(HttpMethod::Patch, "/v1/me/factors/{id}", &[NotFound, Conflict])
        .problems(HttpMethod::Delete, "/v1/me/factors/{id}", &[NotFound, Conflict, ReauthenticationRequired])
        .problems(HttpMethod::Delete, "/v1/me/recovery", &[Conflict])
        .build()
}

/// All that is known of the caller, in one call.
async fn load(flow: &FactorsFlow, ctx: &Ctx, caller: &Caller) -> Result<SignInFacts, FactorError> {
    let facts = flow.store.sign_in_facts(Some(caller.customer), None, ctx.now).await?.ok_or(FactorError::Erased)?;
    // Whatever ended every session since the token was checked ended this one.
    if facts.security.epoch == caller.security.epoch { Ok(facts) } else { Err(FactorError::Changed) }
}

/// Why nothing was shown or changed.
#[derive(Debug, thiserror::Error)]
enum FactorError {
    /// The caller was erased since their token was checked.
    #[error("no such customer any more")]
    Erased,
    /// The caller has no such factor.
    #[error("no such factor")]
    NotFound,
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// The authentication is too old, or was by less than the customer has.
    #[error("not authenticated freshly")]
    Stale,
    /// The deployment does not offer the method, or not to this number.
    #[error("method not available")]
    NotAvailable,
    /// The customer has as many factors as anybody may have.
    #[error("too many factors")]
    TooMany,
    /// The customer has a mailbox or a phone as a factor, and there can't be a second one.
    #[error("there is one of this kind")]
    Second(Method),
    /// The factor is suspended: it can only be removed.
    #[error("suspended")]
    Suspended,
    /// There is no factor that recovery codes could stand in for.
    #[error("no factor")]
    NoFactor,
    /// The code is wrong; so many tries are left.
    #[error("wrong code")]
    WrongCode(u32),
    /// Unknown, used, over, or somebody else's.
    #[error("gone")]
    Gone,
    /// What the authenticator answered is not what was asked for.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// Another customer has this credential.
    #[error("the credential is another customer's")]
    CredentialTaken,
    /// The deployment can't have passkeys as it is configured.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What is to be changed is not what was read.
    #[error("changed in the meantime")]
    Changed,
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Broken> for FactorError {
    fn from(broken: Broken) -> Self {
        Self::Ceremony(CeremonyError::Broken(broken))
    }
}

impl From<FactorError> for Problem {
    fn from(error: FactorError) -> Self {
        let refused = || Self::field("/credential", "refused", "is no answer to what was asked");
        match error {
            FactorError::Erased => Self::new(Kind::InvalidToken)
                .www_authenticate(&Challenge::BearerError { error: "invalid_token", scope: None }),
            FactorError::NotFound => Self::new(Kind::NotFound),
            FactorError::Fields(errors) => Self::fields(errors),
            FactorError::Stale => {
                let max_age = SessionTimes::FRESH_FOR.as_secs();
                Self::new(Kind::ReauthenticationRequired).www_authenticate(&Challenge::Fresh { max_age })
            }
            FactorError::NotAvailable => Self::new(Kind::MethodNotAvailable),
            FactorError::TooMany => Self::new(Kind::Conflict)
                .detail(format!("There are {} factors. Remove one first.", domain::Factors::MOST)),
            FactorError::Second(Method::Sms) => {
                Self::new(Kind::Conflict).detail("There is a phone already. Remove it first to add another.")
            }
            FactorError::Second(_) => Self::new(Kind::Conflict).detail("There is such a factor already."),
            FactorError::Suspended => {
                Self::new(Kind::Conflict).detail("This factor is suspended. It can only be removed.")
            }
            FactorError::NoFactor => {
                Self::new(Kind::Conflict).detail("Recovery codes stand in for other factors. Add one of those first.")
            }
            FactorError::WrongCode(left) => Self::new(Kind::InvalidCode).detail(match left {
                0 => "No tries are left. Begin again.".to_owned(),
                1 => "1 try is left.".to_owned(),
                left => format!("{left} tries are left."),
            }),
            FactorError::Gone => Self::new(Kind::TransactionExpired),
            FactorError::Ceremony(CeremonyError::Refused(Refused::Known)) => {
                Self::field("/credential", "known", "is enrolled already")
            }
            FactorError::Ceremony(error @ CeremonyError::Refused(_)) => refused().because(&error),
            FactorError::Ceremony(CeremonyError::Broken(error)) => Self::internal(&error),
            // Whoever knows another's credential learns nothing more by it.
            FactorError::CredentialTaken => refused(),
            FactorError::Config(error) => Self::internal(&error),
            FactorError::Changed => Self::new(Kind::Conflict),
            FactorError::Limited(problem) => problem,
            FactorError::Store(error) => error.into(),
        }
    }
}
