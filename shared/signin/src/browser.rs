//! The browser of a customer: its session, and the requests of apps that wait in it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::oidc::redirect_uri;
use domain::{ActKind, Actor, CustomerId, Handle, Locale, Rng, SessionTimes, SignedDuration, digest, equal};
use edge::{Cookie, Ctx};
use http::HeaderMap;
use store::{BrowserSession, Interaction, OneTime, Purpose, Session, Store, StoreError};

use crate::{KnownClient, KnownClients, SignedInBrowser, end_session};

/// A request of an app that waits in this browser.
pub struct Waiting {
    /// Its handle.
    pub handle: Handle,
    /// What is spent when it ends.
    pub thing: OneTime,
    /// What is asked.
    pub interaction: Interaction,
    /// Who asks.
    pub client: KnownClient,
}

impl Waiting {
    /// The request behind this handle, if it waits in the browser that sends these headers. Whoever sends a
    /// link to a request of their own into another browser gets nobody to sign in to it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(
        store: &Store,
        clients: &KnownClients,
        ctx: &Ctx,
        headers: &HeaderMap,
        transaction: &str,
    ) -> Result<Option<Self>, StoreError> {
        let (Some(handle), Some(browser)) = (Handle::parse(transaction), Browser::read(headers)) else {
            return Ok(None);
        };
        let Some((thing, interaction)) = store.interaction(&handle, ctx.now).await? else { return Ok(None) };
        if !equal(browser.digest().as_bytes(), interaction.browser.as_bytes()) {
            return Ok(None);
        }
        let Some(client) = clients.find(ctx, &interaction.request.client_id).await? else { return Ok(None) };
        let leads_back = interaction.purpose == Purpose::App;
        if leads_back && !redirect_uri::is_registered(&client.redirect_uris, &interaction.request.redirect_uri) {
            return Ok(None);
        }
        ctx.client(&client.client_id);
        Ok(Some(Self { handle, thing, interaction, client }))
    }

    /// The language of its pages: the first that the app asks for, or the browser's.
    pub fn locale(&self, ctx: &Ctx) -> Locale {
        self.interaction.request.ui_locales.first().copied().unwrap_or(ctx.locale)
    }

    /// Whether it leads back to its app.
    pub fn is_of_app(&self) -> bool {
        self.interaction.purpose == Purpose::App
    }

    /// Where it goes on, when somebody is signed in.
    pub fn next(&self) -> String {
        let page = match self.interaction.purpose {
            Purpose::App => "/oauth2/continue",
            Purpose::Device(_) => "/device/confirm",
        };
        format!("{page}?transaction={}", self.handle.reveal())
    }

    /// Where a form leads by which nobody wants to sign in: `transaction`, and `decision=deny`.
    pub fn leave(&self) -> &'static str {
        match self.interaction.purpose {
            Purpose::App => "/oauth2/consent",
            Purpose::Device(_) => "/device/confirm",
        }
    }
}

/// A browser, by a secret of its own.
pub struct Browser(String);

impl Browser {
    /// The browser that sends these headers, if it has been here.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let own = Cookie::BROWSER.read(headers)?;
        (URL_SAFE_NO_PAD.decode(own).ok()?.len() == 32).then(|| Self(own.to_owned()))
    }

    /// One that has not been here.
    pub fn new(rng: &Rng) -> Self {
        Self(URL_SAFE_NO_PAD.encode(rng.bytes::<32>()))
    }

    /// What is remembered of it.
    pub fn digest(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(self.0.as_bytes()))
    }

    /// Has the browser remember it, until it is closed.
    pub fn remember(&self, headers: &mut HeaderMap) {
        Cookie::BROWSER.set(headers, &self.0, None);
    }
}

/// The live session of the browser that sends these headers; with what its customer allows a client of somebody
/// else's, where one asks.
///
/// # Errors
/// When the store fails.
pub async fn browser_session(
    store: &Store,
    ctx: &Ctx,
    headers: &HeaderMap,
    client_of_others: Option<&str>,
) -> Result<Option<BrowserSession>, StoreError> {
    let Some(text) = Cookie::SESSION.read(headers) else { return Ok(None) };
    let Some(token) = store.refresh_token_decode(text).await? else { return Ok(None) };
    let Some(found) = store.browser_session(token.customer, token.session, client_of_others).await? else {
        return Ok(None);
    };
    let is_good = found.session.is_browser()
        && found.session.is_alive(&found.security, ctx.now)
        && found.session.is_current(&token)?;
    Ok(is_good.then_some(found))
}

/// The live session of this customer that the browser's cookie names, for whoever has just proved that they are this
/// customer: by a secret that it had at any time, as a form that is sent twice comes with the one before. Only we make
/// such cookies.
pub(crate) async fn kept_session(
    store: &Store,
    ctx: &Ctx,
    headers: &HeaderMap,
    customer: CustomerId,
) -> Result<Option<Session>, StoreError> {
    let Some(text) = Cookie::SESSION.read(headers) else { return Ok(None) };
    let token = store.refresh_token_decode(text).await?.filter(|token| token.customer == customer);
    let Some(token) = token else { return Ok(None) };
    let found = store.session(token.customer, token.session).await?;
    let found = found.filter(|(session, security)| session.is_browser() && session.is_alive(security, ctx.now));
    Ok(found.map(|(session, _)| session))
}

/// Ends the session that another customer had in the browser in which somebody has just signed in, as signing out does,
/// with those of its apps, which are told: what was known of it opens nothing of whoever signs in now, and whoever
/// signs out later leaves none behind. The same customer's has gone on, and what the browser sent is its secret no
/// more. Best effort: it comes after the sign-in, which it must not undo.
pub async fn leave_browser(store: &Store, clients: &KnownClients, ctx: &Ctx, headers: &HeaderMap) {
    let Ok(Some(before)) = browser_session(store, ctx, headers, None).await else { return };
    let (customer, id) = (before.session.customer, before.session.id);
    let cause = ctx.act(ActKind::SessionEnded, Actor::Customer(customer)).in_session(id);
    let _ = end_session(store, clients, ctx, &before.session, &cause).await;
}

/// Has the browser keep what waits for another proof, for as long as it waits.
pub fn keep_pending(headers: &mut HeaderMap, transaction: &str) {
    Cookie::SIGN_IN.set(headers, transaction, Some(OneTime::LIFETIME));
}

/// What this browser keeps that waits for another proof.
pub fn kept_pending(headers: &HeaderMap) -> Option<Handle> {
    Cookie::SIGN_IN.read(headers).and_then(Handle::parse)
}

impl SignedInBrowser {
    /// How long a browser keeps its device's token.
    const DEVICE_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);

    /// Has the browser remember both, and forget what waited.
    pub fn remember(&self, headers: &mut HeaderMap, times: &SessionTimes) {
        Cookie::SESSION.set(headers, &self.session_cookie, Some(times.absolute));
        Cookie::DEVICE.set(headers, &self.device_cookie, Some(Self::DEVICE_FOR));
        Cookie::SIGN_IN.clear(headers);
    }
}
