//! What a sign-in ends in: tokens for an app, or a session of the browser for all apps.

use domain::{Client, Clients, DeviceId, SessionKind};
use edge::Ctx;
use store::{BlindIndex, NewSession};

use crate::{SignError, SignIn, SignedIn};

/// What a sign-in ends in. Whatever is handed out is made before anything is written, so that a failure of
/// KMS leaves nothing behind.
pub trait Ending {
    /// What is handed out.
    type Done;
    /// What waits for another proof remembers of it: one can't be completed as the other.
    const KIND: SessionKind;

    /// Whose the session is.
    fn client_id(client: &Client) -> &str;

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

/// A session of the browser, by which `/oauth2/authorize` knows the customer for every app.
pub struct InBrowser;

/// What the browser keeps, in cookies that no script reads.
#[derive(Clone, Debug)]
pub struct SignedInBrowser {
    /// The session, and the secret that proves it.
    pub session_cookie: String,
    /// The device, as a `device_token` of the API says it.
    pub device_cookie: String,
}

impl Ending for InBrowser {
    type Done = SignedInBrowser;
    const KIND: SessionKind = SessionKind::Browser;

    fn client_id(_: &Client) -> &str {
        Clients::BROWSER
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
