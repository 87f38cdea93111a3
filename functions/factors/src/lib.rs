//! The customer's own factors: passkeys, authenticator apps, phones, the mailbox, recovery codes.
//!
//! Powers: reads and writes the caller's factors and their claims, counts limits, makes and spends
//! challenges and codes, queues mail and SMS. Every change asks for a fresh authentication and is told.

mod change;
mod code;
mod email;
mod list;
mod passkey;
mod recovery;
mod recovery_codes;
mod sms;
mod totp;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, patch, post};
use domain::{
    ActKind, Brand, ConfigError, Factor, FactorId, FactorKind, Factors, FieldError, KeyPurpose, Method, Notice,
    SessionTimes, Settings, SignInPolicy, SignedDuration,
};
use edge::openapi::describe;
use edge::{Caller, Challenge, Ctx, Deployment, Flow, Function, Gate, Kind, Problem, limits};
use keys::Keys;
use passkeys::{Broken, Ceremonies};
use signin::{CodesPerAddress, SmsLimits, notices};
use store::{
    Customer, DataKey, Enrolling, Enrolment, FactorsChange, Limit, OneTime, OneTimeKind, Spent, Store, StoreError,
    StoredFactors,
};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Flows {
    store: Store,
    gate: Gate,
    policy: SignInPolicy,
    ceremonies: Ceremonies,
    brand: Brand,
    limits: Limits,
}

impl AsRef<Gate> for Flows {
    fn as_ref(&self) -> &Gate {
        &self.gate
    }
}

/// How much may be tried.
struct Limits {
    changes: u64,
    sms_per_customer: u64,
    sms: SmsLimits,
    codes: CodesPerAddress,
}

impl Limits {
    /// Reads `LIMIT_FACTORS_PER_CUSTOMER` (30 in a quarter of an hour: changes, and codes that activate)
    /// and `LIMIT_SMS_PER_CUSTOMER` (5 an hour to numbers that are to be factors).
    fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            changes: settings.number("LIMIT_FACTORS_PER_CUSTOMER", 30)?,
            sms_per_customer: settings.number("LIMIT_SMS_PER_CUSTOMER", 5)?,
            sms: SmsLimits::read(settings)?,
            codes: CodesPerAddress::read(settings)?,
        })
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
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &[Index, Branch, Outbox, Mac]);
    let state = Flows {
        gate: Gate::new(&store, settings)?,
        policy: SignInPolicy::read(settings)?,
        ceremonies: Ceremonies::read(settings)?,
        brand: Brand::new(settings)?,
        limits: Limits::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/v1/me/factors", get(list::list))
        .route("/v1/me/factors/passkey/options", post(passkey::options))
        .route("/v1/me/factors/passkey", post(passkey::add))
        .route("/v1/me/factors/totp", post(totp::begin))
        .route("/v1/me/factors/totp/activate", post(totp::activate))
        .route("/v1/me/factors/sms", post(sms::begin))
        .route("/v1/me/factors/sms/activate", post(sms::activate))
        .route("/v1/me/factors/email", post(email::begin))
        .route("/v1/me/factors/email/activate", post(email::activate))
        .route("/v1/me/factors/recovery-codes", post(recovery_codes::make))
        .route("/v1/me/factors/{id}", patch(change::change).delete(change::remove))
        .route("/v1/me/recovery", delete(recovery::refuse))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "factors" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        list::list,
        passkey::options,
        passkey::add,
        totp::begin,
        totp::activate,
        sms::begin,
        sms::activate,
        email::begin,
        email::activate,
        recovery_codes::make,
        change::change,
        change::remove,
        recovery::refuse
    ))]
    struct Api;
    let fresh = Kind::ReauthenticationRequired;
    let begins = [fresh, Kind::Conflict];
    let activates = [fresh, Kind::InvalidCode, Kind::TransactionExpired, Kind::Conflict];
    let by_code = [fresh, Kind::InvalidCode, Kind::TransactionExpired, Kind::Conflict, Kind::MethodNotAvailable];
    describe(Api::openapi())
        .problems(HttpMethod::Post, "/v1/me/factors/passkey/options", &begins)
        .problems(HttpMethod::Post, "/v1/me/factors/passkey", &[fresh, Kind::TransactionExpired, Kind::Conflict])
        .problems(HttpMethod::Post, "/v1/me/factors/totp", &begins)
        .problems(HttpMethod::Post, "/v1/me/factors/totp/activate", &activates)
        .problems(HttpMethod::Post, "/v1/me/factors/sms", &[fresh, Kind::Conflict, Kind::MethodNotAvailable])
        .problems(HttpMethod::Post, "/v1/me/factors/sms/activate", &by_code)
        .problems(HttpMethod::Post, "/v1/me/factors/email", &[fresh, Kind::Conflict, Kind::MethodNotAvailable])
        .problems(HttpMethod::Post, "/v1/me/factors/email/activate", &by_code)
        .problems(HttpMethod::Post, "/v1/me/factors/recovery-codes", &begins)
        .problems(HttpMethod::Patch, "/v1/me/factors/{id}", &[fresh, Kind::NotFound, Kind::Conflict])
        .problems(HttpMethod::Delete, "/v1/me/factors/{id}", &[fresh, Kind::NotFound, Kind::Conflict])
        .problems(HttpMethod::Delete, "/v1/me/recovery", &[Kind::Conflict])
        .build()
}

/// Why nothing was shown or changed.
#[derive(Debug, thiserror::Error)]
enum FactorsError {
    /// The caller was erased since their token was checked.
    #[error("no such customer any more")]
    Erased,
    /// The caller has no such factor.
    #[error("not found")]
    NotFound,
    /// The authentication is too old, or was not by all that the customer has.
    #[error("authentication too old")]
    Stale,
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// The deployment does not offer this, or not to this number.
    #[error("not available")]
    NotAvailable,
    /// There is nothing that recovery codes could stand in for, or there are as many factors as there may be.
    #[error("not now: {0}")]
    NotNow(&'static str),
    /// The code is wrong; so many tries are left.
    #[error("wrong code")]
    WrongCode(u32),
    /// Unknown, used, another's, or over.
    #[error("gone")]
    Gone,
    /// Somebody else was first.
    #[error("changed in the meantime")]
    Changed,
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The issuer does not fit the relying party.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What we keep can't be used.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl FactorsError {
    fn field(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Fields(vec![FieldError::new(pointer, code, detail.into())])
    }
}

impl From<FactorsError> for Problem {
    fn from(error: FactorsError) -> Self {
        match error {
            FactorsError::Erased => Self::new(Kind::InvalidToken)
                .www_authenticate(&Challenge::BearerError { error: "invalid_token", scope: None }),
            FactorsError::NotFound => Self::new(Kind::NotFound),
            FactorsError::Stale => stale(),
            FactorsError::Fields(errors) => Self::fields(errors),
            FactorsError::NotAvailable => Self::new(Kind::MethodNotAvailable),
            FactorsError::NotNow(why) => Self::new(Kind::Conflict).detail(why),
            FactorsError::WrongCode(left) => signin::wrong_code(left),
            FactorsError::Gone => Self::new(Kind::TransactionExpired),
            FactorsError::Changed => Self::new(Kind::Conflict),
            FactorsError::Limited(problem) => problem,
            FactorsError::Store(error) => error.into(),
            FactorsError::Config(error) => Self::internal(&error),
            FactorsError::Broken(error) => Self::internal(&error),
        }
    }
}

/// What is to be done, is done by `/v1/mfa/step-up`.
fn stale() -> Problem {
    let max_age = SessionTimes::FRESH_FOR.as_secs();
    Problem::new(Kind::ReauthenticationRequired).www_authenticate(&Challenge::Fresh { max_age })
}

/// Somebody whose factors are to be changed.
struct Owner {
    caller: Caller,
    customer: Customer,
    stored: StoredFactors,
    data_key: DataKey,
}

impl Flows {
    /// The caller with their factors. Counts the change, and asks for a fresh authentication, before
    /// anything is done.
    async fn owner(&self, ctx: &Ctx, caller: Caller) -> Result<Owner, FactorsError> {
        let limit = Limit::new("factors", self.limits.changes, SignedDuration::from_mins(15));
        let counted = [(limit, caller.customer.to_string())];
        limits::count(ctx, &self.store, &counted).await.map_err(FactorsError::Limited)?;
        let owner = self.load(caller).await?;
        owner.check_fresh(ctx)?;
        Ok(owner)
    }

    async fn load(&self, caller: Caller) -> Result<Owner, FactorsError> {
        let customer = self.store.customer(caller.customer).await?.ok_or(FactorsError::Erased)?;
        let (stored, data_key) = self.store.factors(caller.customer).await?.ok_or(FactorsError::Erased)?;
        Ok(Owner { caller, customer, stored, data_key })
    }

    /// What the caller is enrolling in this transaction, if it is theirs and of this epoch.
    async fn enrolling(&self, thing: &OneTime, owner: &Owner) -> Result<Enrolment, FactorsError> {
        if thing.kind != OneTimeKind::Enrolment {
            return Err(FactorsError::Gone);
        }
        let enrolment = self.store.enrolment(thing).await?;
        let is_theirs = enrolment.customer == owner.caller.customer && enrolment.epoch == owner.caller.security.epoch;
        if is_theirs { Ok(enrolment) } else { Err(FactorsError::Gone) }
    }

    /// Adds a factor that its owner has shown to have, spends what it was shown with, and tells them.
    async fn add(
        &self,
        ctx: &Ctx,
        owner: &Owner,
        thing: &OneTime,
        name: Option<String>,
        kind: FactorKind,
    ) -> Result<Factor, FactorsError> {
        owner.check_room()?;
        let id = FactorId::generate(ctx.now, &ctx.rng);
        let name = name.unwrap_or_else(|| ctx.device.clone());
        let factor = Factor { id, name, added_at: ctx.now, used_at: None, kind };
        let mut factors = owner.stored.factors.clone();
        factors.list.push(factor.clone());
        let what = Notice::FactorAdded { method: factor.method(), name: factor.name.clone() };
        self.write(ctx, owner, &factors, Some(thing), Some((what, Some(id))), ActKind::FactorAdded).await?;
        ctx.count("FactorsAdded", 1);
        Ok(factor)
    }

    /// Writes changed factors, and tells their owner.
    async fn write(
        &self,
        ctx: &Ctx,
        owner: &Owner,
        factors: &Factors,
        spend: Option<&OneTime>,
        told: Option<(Notice, Option<FactorId>)>,
        kind: ActKind,
    ) -> Result<(), FactorsError> {
        let notice = told.map(|(what, id)| notices::security(ctx, &self.store, &owner.customer, what, id));
        let change = FactorsChange {
            customer: owner.caller.customer,
            data_key: &owner.data_key,
            seen: &owner.stored,
            factors,
            spend,
            notice: notice.as_ref(),
            end_others: None,
        };
        let cause = ctx.act(kind, owner.caller.actor()).in_session(owner.caller.session.id);
        match self.store.factors_change(&change, ctx.now, &cause).await? {
            Spent::Done => Ok(()),
            Spent::Gone => Err(FactorsError::Gone),
            Spent::AddressTaken => Err(FactorsError::NotNow("This passkey belongs to another account.")),
            Spent::Changed => Err(FactorsError::Changed),
        }
    }
}

impl Owner {
    /// Asks for an authentication of the last ten minutes by all that the customer has: one who has
    /// second factors has used one in this session, unless each was added since it began.
    fn check_fresh(&self, ctx: &Ctx) -> Result<(), FactorsError> {
        let session = &self.caller.session;
        let list = &self.stored.factors.list;
        let is_whole = domain::is_multi_factor(&session.proofs)
            || list.iter().all(|factor| factor.added_at >= session.state.auth_time);
        if self.caller.is_fresh(ctx) && is_whole { Ok(()) } else { Err(FactorsError::Stale) }
    }

    fn check_room(&self) -> Result<(), FactorsError> {
        let is_full = self.stored.factors.list.len() >= Factors::MOST;
        if is_full {
            Err(FactorsError::NotNow("There are as many factors as there may be. Remove one first."))
        } else {
            Ok(())
        }
    }

    /// What something new is remembered as until its owner has shown that they have it.
    fn enrolment(&self, name: Option<String>, what: Enrolling) -> Enrolment {
        Enrolment { customer: self.caller.customer, epoch: self.caller.security.epoch, name, what }
    }

    /// Only one of these.
    fn check_none_yet(&self, method: Method) -> Result<(), FactorsError> {
        let has = self.stored.factors.of(method).next().is_some();
        if has { Err(FactorsError::NotNow("There is one already. Remove it first.")) } else { Ok(()) }
    }
}

/// A name that its owner gave: something, and not too much of it.
fn name(given: Option<String>) -> Result<Option<String>, FactorsError> {
    const LONGEST: usize = 64;
    let Some(given) = given else { return Ok(None) };
    let trimmed = given.trim();
    let is_good =
        !trimmed.is_empty() && trimmed.chars().count() <= LONGEST && !trimmed.chars().any(domain::unprintable);
    if is_good {
        Ok(Some(trimmed.to_owned()))
    } else {
        Err(FactorsError::field("/name", "name", "is not 1 to 64 characters that can be printed"))
    }
}
