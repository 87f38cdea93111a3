//! Logging out of apps: which sessions end with a browser's, and what their apps are told (OpenID Connect
//! Back-Channel Logout 1.0).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Act, LogoutNotice, LogoutToken, Rng, SessionId, Timestamp, oidc};
use edge::Ctx;
use store::{Leaving, Session, Store, StoreError, Tell};

use crate::{KnownClients, SignError, SignIn};

/// Ends a session; with a browser's, those of the apps that it was signed in to. Each app that wants to know is
/// told once.
///
/// # Errors
/// When the store fails.
pub async fn end_session(
    store: &Store,
    clients: &KnownClients,
    ctx: &Ctx,
    session: &Session,
    cause: &Act,
) -> Result<(), StoreError> {
    let (customer, id) = (session.customer, session.id);
    if session.is_browser() {
        let apps = store.sessions_of_browser(customer, id).await?;
        let ending = leaving(store, clients, ctx, &apps, |session| !is_offline(session)).await?;
        store.browser_session_end(customer, id, ending, ctx.now, cause).await?;
        // A code that was exchanged in between; with the browser's session over, no other will be.
        let mut late = store.sessions_of_browser(customer, id).await?;
        late.retain(|session| apps.iter().all(|known| known.id != session.id));
        let ending = leaving(store, clients, ctx, &late, |session| !is_offline(session)).await?;
        return store.app_sessions_end(customer, ending, ctx.now, cause).await;
    }
    let one = std::slice::from_ref(session);
    let leaving = match session.grant {
        Some(_) => leaving(store, clients, ctx, one, |_| true).await?,
        None => vec![Leaving { client_id: session.client_id.clone(), sessions: vec![id], tell: None }],
    };
    store.app_sessions_end(customer, leaving, ctx.now, cause).await
}

/// What apps are told when all of a customer's sessions end but one: each app once for each session of a browser
/// that it was signed in by.
///
/// # Errors
/// When the store fails.
pub async fn tells_of_all(
    store: &Store,
    clients: &KnownClients,
    ctx: &Ctx,
    (all, epoch, keep): (Vec<Session>, u64, Option<SessionId>),
) -> Result<Vec<Tell>, StoreError> {
    let is_over = |session: &Session| session.ended_at.is_some() || session.epoch != epoch;
    let key = |session: &Session| Some((session.client_id.clone(), session.grant.as_ref()?.parent));
    let kept = all.iter().find(|session| Some(session.id) == keep).and_then(key);
    let mut told = Vec::new();
    let mut tells = Vec::new();
    for session in all.iter().filter(|session| !is_over(session) && session.state.is_alive(ctx.now)) {
        let Some(key) = key(session).filter(|key| Some(key) != kept.as_ref() && !told.contains(key)) else { continue };
        tells.extend(tell(store, clients, ctx, session).await?);
        told.push(key);
    }
    Ok(tells)
}

/// The apps of these sessions, each with those that end and what it is told.
async fn leaving(
    store: &Store,
    clients: &KnownClients,
    ctx: &Ctx,
    sessions: &[Session],
    ends: impl Fn(&Session) -> bool,
) -> Result<Vec<Leaving>, StoreError> {
    let mut apps: Vec<Leaving> = Vec::new();
    for session in sessions {
        let ends = ends(session).then_some(session.id);
        match apps.iter_mut().find(|app| app.client_id == session.client_id) {
            Some(app) => app.sessions.extend(ends),
            None => {
                let tell = tell(store, clients, ctx, session).await?;
                let client_id = session.client_id.clone();
                apps.push(Leaving { client_id, sessions: ends.into_iter().collect(), tell });
            }
        }
    }
    Ok(apps)
}

/// What an app is told of one of its sessions; nothing where it does not want to be told, or is gone.
async fn tell(store: &Store, clients: &KnownClients, ctx: &Ctx, session: &Session) -> Result<Option<Tell>, StoreError> {
    let Some(grant) = &session.grant else { return Ok(None) };
    let Some(client) = clients.find(ctx, &session.client_id).await? else { return Ok(None) };
    if client.backchannel_logout_uri.is_none() {
        return Ok(None);
    }
    let key = store.subject_key().await?;
    let sub = || oidc::subject(&key, &client, session.customer);
    let sid = oidc::session_name(&key, &client, grant.parent);
    let notice = LogoutNotice::new(&ctx.issuer, &client, sub, sid);
    Ok(notice.map(|notice| Tell::new(notice, session.customer, ctx.now, &ctx.rng)))
}

/// Whether it may go on without its browser's session.
fn is_offline(session: &Session) -> bool {
    session.grant.as_ref().is_some_and(|grant| grant.has("offline_access"))
}

impl SignIn {
    /// The token that tells an app, signed as its others are.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub async fn logout_token(&self, notice: &LogoutNotice, now: Timestamp, rng: &Rng) -> Result<String, SignError> {
        let token = LogoutToken::new(notice, URL_SAFE_NO_PAD.encode(rng.bytes::<16>()), now);
        self.sign_as(notice.signing_alg, LogoutToken::TYPE, &token, now).await
    }
}
