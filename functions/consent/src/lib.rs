//! What customers agree to: purposes in versions, decisions with receipts, one's own preferences, and
//! the question whether data may be used.
//!
//! Powers: counts limits, reads and writes the registry of purposes, decisions and preferences, reads the caller's
//! profile (age, address, language), reads and spends the links of a double opt-in, queues their mail, marks addresses
//! that want none, walks all decisions for administrators, and signs receipts by the permanent key. It reads no claim,
//! no password and no factor, and signs no token.

mod admin_consents;
mod admin_purposes;
mod check;
mod decide;
mod decided;
mod history;
mod list;
mod opt_in;
mod preferences;
mod purposes;
mod texts;
mod unsubscribe;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, put};
use domain::{
    AttestationType, ConfigError, CustomerId, FieldError, KeyPurpose, Receipt, Registry, Settings, SignedDuration,
};
use edge::openapi::describe;
use edge::{Challenge, Ctx, Deployment, Flow, Function, Gate, Kind, Problem, limits};
use keys::Keys;
use pages::Pages;
use signin::Consents;
use store::{Limit, Spent, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// How often a decision is made anew that somebody else's came before.
const ATTEMPTS: usize = 4;

/// What the flow needs.
struct Consent {
    store: Store,
    gate: Gate,
    /// The deployment's file of purposes.
    file: Registry,
    consents: Consents,
    pages: Pages,
    limits: Limits,
}

impl AsRef<Gate> for Consent {
    fn as_ref(&self) -> &Gate {
        &self.gate
    }
}

/// How often something may be asked for that writes or signs.
struct Limits {
    per_customer: Limit,
    per_client: Limit,
}

impl Limits {
    const WINDOW: SignedDuration = SignedDuration::from_mins(15);

    /// Reads `LIMIT_CONSENT_PER_CUSTOMER` (60) and `LIMIT_CONSENT_PER_CLIENT` (100), in a quarter of an
    /// hour.
    fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let customer = settings.number("LIMIT_CONSENT_PER_CUSTOMER", 60)?;
        let client = settings.number("LIMIT_CONSENT_PER_CLIENT", 100)?;
        Ok(Self {
            per_customer: Limit::new("consent-customer", customer, Self::WINDOW),
            per_client: Limit::new("consent-client", client, Self::WINDOW),
        })
    }
}

impl Consent {
    /// Counts what this customer does, before anything is looked up.
    async fn count(&self, ctx: &Ctx, customer: CustomerId) -> Result<(), ConsentError> {
        let limit = (self.limits.per_customer, customer.to_string());
        limits::count(ctx, &self.store, &[limit]).await.map_err(ConsentError::Limited)
    }

    /// Counts what this client does.
    async fn count_client(&self, ctx: &Ctx) -> Result<(), ConsentError> {
        let addr = limits::client_addr(ctx, &self.store).await?;
        let limit = (self.limits.per_client, addr.as_str().to_owned());
        limits::count(ctx, &self.store, &[limit]).await.map_err(ConsentError::Limited)
    }

    async fn registry(&self, ctx: &Ctx) -> Result<Arc<Registry>, StoreError> {
        self.store.registry(&self.file, ctx.now).await
    }

    /// The receipt, signed for anybody to verify.
    async fn sign(&self, receipt: &Receipt) -> Result<String, StoreError> {
        self.store.attest(AttestationType::ConsentReceipt, receipt).await
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
    let state = Consent {
        gate: Gate::new(&store, settings)?,
        file: signin::purposes(settings)?,
        consents: Consents::read(settings)?,
        pages: Pages::read(settings)?,
        limits: Limits::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/v1/purposes", get(purposes::purposes))
        .route("/v1/me/consents", get(list::list))
        .route("/v1/me/consents/{purpose}", put(decide::decide))
        .route("/v1/me/consents/history", get(history::history))
        .route("/v1/me/consents/history/{id}/receipt", get(history::receipt))
        .route("/v1/me/preferences", get(preferences::read).put(preferences::change))
        .route("/v1/consents/check", get(check::check))
        .route("/v1/admin/consents", get(admin_consents::consents))
        .route("/v1/admin/purposes", get(admin_purposes::list))
        .route("/v1/admin/purposes/{key}", get(admin_purposes::versions).put(admin_purposes::change))
        .route("/consents/confirm", get(opt_in::page).post(opt_in::button))
        .route("/unsubscribe", get(unsubscribe::page).post(unsubscribe::button))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "consent" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        purposes::purposes,
        list::list,
        decide::decide,
        history::history,
        history::receipt,
        preferences::read,
        preferences::change,
        check::check,
        admin_consents::consents,
        admin_purposes::list,
        admin_purposes::versions,
        admin_purposes::change,
        opt_in::page,
        opt_in::button,
        unsubscribe::page,
        unsubscribe::button
    ))]
    struct Api;
    let decided = [Kind::NotFound, Kind::Conflict, Kind::NotAsked, Kind::Underage, Kind::OptedOut];
    describe(Api::openapi())
        .problems(HttpMethod::Put, "/v1/me/consents/{purpose}", &decided)
        .problems(HttpMethod::Get, "/v1/me/consents/history/{id}/receipt", &[Kind::NotFound])
        .problems(HttpMethod::Put, "/v1/me/preferences", &[Kind::Conflict])
        .problems(HttpMethod::Get, "/v1/admin/purposes/{key}", &[Kind::NotFound])
        .problems(HttpMethod::Put, "/v1/admin/purposes/{key}", &[Kind::Conflict])
        .build()
}

/// Why nothing was decided, or nothing is shown.
#[derive(Debug, thiserror::Error)]
enum ConsentError {
    /// There is no such purpose or decision, or none of the caller's.
    #[error("no such purpose or decision")]
    NotFound,
    /// The caller was erased since their token was checked.
    #[error("no such customer any more")]
    Erased,
    /// Fields that can't be used.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// A parameter of the query can't be used.
    #[error("invalid query")]
    Query(&'static str),
    /// Nobody is asked about the purpose.
    #[error("not asked")]
    NotAsked,
    /// The purpose has another version than the one that was shown, or than the one that is to follow.
    #[error("another version")]
    Version,
    /// The customer is too young, or did not say how old they are.
    #[error("too young")]
    Underage,
    /// The browser opts out of sale and sharing.
    #[error("opted out")]
    OptedOut,
    /// Somebody else wrote first, again and again.
    #[error("changed in the meantime")]
    Changed,
    /// The link was used, is over, or what it was for has been decided otherwise.
    #[error("gone")]
    Gone,
    /// The link was cut off or altered, or the form or query of a page can't be read.
    #[error("unreadable")]
    Unreadable(Problem),
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ConsentError> for Problem {
    fn from(error: ConsentError) -> Self {
        match error {
            ConsentError::NotFound => Self::new(Kind::NotFound),
            ConsentError::Erased => Self::new(Kind::InvalidToken)
                .www_authenticate(&Challenge::BearerError { error: "invalid_token", scope: None }),
            ConsentError::Fields(errors) => Self::fields(errors),
            ConsentError::Query(detail) => Self::new(Kind::InvalidRequest).detail(detail),
            ConsentError::NotAsked => Self::new(Kind::NotAsked),
            ConsentError::Version => {
                Self::new(Kind::Conflict).detail("This is not the purpose's version. Read it again.")
            }
            ConsentError::Underage => Self::new(Kind::Underage)
                .detail("The profile's birthdate is missing, or says less than the purpose's minimum_age."),
            ConsentError::OptedOut => Self::new(Kind::OptedOut),
            ConsentError::Changed => Self::new(Kind::Conflict),
            ConsentError::Gone => Self::new(Kind::TransactionExpired),
            ConsentError::Unreadable(problem) | ConsentError::Limited(problem) => problem,
            ConsentError::Store(error) => error.into(),
        }
    }
}

/// Whether everything was written; if not, whether it is worth another attempt.
fn is_done(spent: Spent) -> Result<bool, ConsentError> {
    match spent {
        Spent::Done => Ok(true),
        Spent::Changed => Ok(false),
        Spent::Gone | Spent::Taken => Err(ConsentError::Gone),
    }
}
