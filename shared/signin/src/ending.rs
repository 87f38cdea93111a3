//! What a sign-in ends in: tokens for an app, or a session of the browser for all apps.

use domain::{Acr, Client, Clients, CustomerId, DeviceId, SessionKind};
use edge::Ctx;
use http::HeaderMap;
use store::{BlindIndex, NewSession, Session, StoreError};

use crate::{SignError, SignIn, SignedIn, Waiting, browser};

/// What a sign-in ends in. Whatever is handed out is made before anything is written, so that a failure of
/// KMS leaves nothing behind.
pub trait Ending {
    /// What is handed out.
    type Done;
    /// What waits for another proof remembers of it: one can't be completed as the other.
    const KIND: SessionKind;

    /// Whose the session is.
    fn client_id(client: &Client) -> &str;

    /// The level that what asked for it can't do without.
    fn acr(&self) -> Option<Acr> {
        None
    }

    /// The session that goes on, where this customer has one here already.
    fn goes_on(
        &self,
        _: &SignIn,
        _: &Ctx,
        _: CustomerId,
    ) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send {
        async { Ok(None) }
    }

    /// Makes what is handed out for a session that is to begin, from the device that is known by the id.
    fn seal(
        &self,
        signin: &SignIn,
        ctx: &Ctx,
        client: &Client,
        begun: (&NewSession, Option<DeviceId>, &BlindIndex),
    ) -> impl Future<Output = Result<Self::Done, SignError>> + Send;
}

/// Tokens for the app that asked.
pub struct InApp;

impl Ending for InApp {
    type Done = SignedIn;
    const KIND: SessionKind = SessionKind::App;

    fn client_id(client: &Client) -> &str {
        &client.client_id
    }

    async fn seal(
        &self,
        signin: &SignIn,
        ctx: &Ctx,
        client: &Client,
        (session, device, account): (&NewSession, Option<DeviceId>, &BlindIndex),
    ) -> Result<SignedIn, SignError> {
        signin.answer(ctx, client, session, device, account).await
    }
}

/// A session of the browser, by which `/oauth2/authorize` knows the customer for every app. Whoever signs in again
/// where they are signed in goes on in the same session, with its apps, and with another secret: what anybody had of
/// it before opens nothing.
pub struct InBrowser<'a> {
    headers: &'a HeaderMap,
    acr: Option<Acr>,
}

impl<'a> InBrowser<'a> {
    /// For a request that waits in the browser that sends these headers.
    pub fn of(headers: &'a HeaderMap, waiting: &Waiting) -> Self {
        Self { headers, acr: waiting.interaction.request.claims.demanded_acr() }
    }
}

/// What the browser keeps, in cookies that no script reads.
#[derive(Clone, Debug)]
pub struct SignedInBrowser {
    /// The session, and the secret that proves it.
    pub session_cookie: String,
    /// The device, as a `device_token` of the API says it.
    pub device_cookie: String,
}

impl Ending for InBrowser<'_> {
    type Done = SignedInBrowser;
    const KIND: SessionKind = SessionKind::Browser;

    fn client_id(_: &Client) -> &str {
        Clients::BROWSER
    }

    fn acr(&self) -> Option<Acr> {
        self.acr
    }

    async fn goes_on(&self, signin: &SignIn, ctx: &Ctx, customer: CustomerId) -> Result<Option<Session>, StoreError> {
        browser::kept_session(&signin.store, ctx, self.headers, customer).await
    }

    async fn seal(
        &self,
        signin: &SignIn,
        ctx: &Ctx,
        _: &Client,
        (session, device, account): (&NewSession, Option<DeviceId>, &BlindIndex),
    ) -> Result<SignedInBrowser, SignError> {
        Ok(SignedInBrowser {
            session_cookie: signin.store.refresh_token_encode(&session.refresh).await?,
            device_cookie: signin.device_token(ctx, session.epoch, device, account).await?,
        })
    }
}
