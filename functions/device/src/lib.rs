//! Devices that can show no page (RFC 8628): they get a code, which their customer types in a browser elsewhere.
//!
//! Powers: counts limits, keeps what devices ask for, reads the browser's session and its customer's standing,
//! writes what customers allow. Signs nobody in: `login` and `mfa` do, and lead back to `/device/confirm`.

mod ask;
mod confirm;
mod page;
mod texts;

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use domain::{ConfigError, KeyPurpose, Locale, Settings, SignInPolicy, SignedDuration};
use edge::openapi::describe;
use edge::{Ctx, Deployment, Flow, Function, Kind, Problem, limits};
use keys::Keys;
use pages::Pages;
use signin::{Browser, ClientGate, KnownClient, KnownClients};
use store::{Limit, Store, StoreError};
use utoipa::OpenApi;

/// What the flow needs.
struct Device {
    store: Store,
    clients: KnownClients,
    gate: ClientGate,
    pages: Pages,
    policy: SignInPolicy,
    asked: Limit,
    typed: Typed,
}

/// How many codes may be typed in a quarter of an hour.
struct Typed {
    per_client: Limit,
    per_browser: Limit,
}

impl Typed {
    const WINDOW: SignedDuration = SignedDuration::from_mins(15);

    /// Reads `LIMIT_DEVICE_CODE_PER_CLIENT` (60, for many customers share an address) and
    /// `LIMIT_DEVICE_CODE_PER_BROWSER` (10): of 25 600 million codes (RFC 8628 §5.1).
    fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let limit = |name, setting, most| Ok(Limit::new(name, settings.number(setting, most)?, Self::WINDOW));
        Ok(Self {
            per_client: limit("device-code-client", "LIMIT_DEVICE_CODE_PER_CLIENT", 60)?,
            per_browser: limit("device-code-browser", "LIMIT_DEVICE_CODE_PER_BROWSER", 10)?,
        })
    }
}

impl Device {
    /// Counts a code that was typed, before it is looked up.
    async fn count(&self, ctx: &Ctx, browser: &Browser) -> Result<(), DeviceError> {
        let client = limits::client_addr(ctx, &self.store).await?;
        let by_client = (self.typed.per_client, client.as_str().to_owned());
        let by_browser = (self.typed.per_browser, browser.digest());
        limits::count(ctx, &self.store, &[by_client, by_browser]).await.map_err(DeviceError::Limited)
    }

    /// The pages that a client's customers see. Who has still to type a code sees the deployment's own.
    fn pages(&self, client: &KnownClient) -> Cow<'_, Pages> {
        self.pages.of(client.brand())
    }

    fn refuse(&self, locale: Locale, error: DeviceError) -> Response {
        match error {
            DeviceError::Gone => self.pages.sign_in_over(locale),
            error => self.pages.refuse(locale, error.into(), None),
        }
    }
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?
        .with_keys(keys, &[KeyPurpose::Index, KeyPurpose::Outbox, KeyPurpose::Mac]);
    let most = settings.number("LIMIT_DEVICE_PER_CLIENT", 60)?;
    let state = Device {
        clients: KnownClients::with_brands(&store, settings)?,
        gate: ClientGate::new(&store, settings)?,
        pages: Pages::read(settings)?,
        policy: SignInPolicy::read(settings)?,
        asked: Limit::new("device-client", most, Typed::WINDOW),
        typed: Typed::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/oauth2/device_authorization", post(ask::ask))
        .route("/device", get(page::page).post(page::submit))
        .route("/device/confirm", get(confirm::page).post(confirm::decide))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "device" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(ask::ask, page::page, page::submit, confirm::page, confirm::decide))]
    struct Api;
    describe(Api::openapi()).build()
}

/// Why a page does not go on.
#[derive(Debug, thiserror::Error)]
enum DeviceError {
    /// The form or query of the page can't be read.
    #[error("unreadable")]
    Unreadable(Problem),
    /// Nothing of a device waits in this browser, or no longer.
    #[error("gone")]
    Gone,
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DeviceError> for Problem {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Unreadable(problem) | DeviceError::Limited(problem) => problem,
            DeviceError::Gone => Self::new(Kind::TransactionExpired),
            DeviceError::Store(error) => error.into(),
        }
    }
}
