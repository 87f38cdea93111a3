//! Who asks: a registered client, in the one way that it is registered for (RFC 6749 §2.3, RFC 7523).

use domain::oidc::{Audience, OnceOnly, check_assertion};
use domain::{AuthMethod, Client, Clients, ConfigError, Settings, SignedDuration, Timestamp};
use edge::{ClientCredentials, ClientProof, Ctx, OAuthCode, OAuthError, Params, limits};
use http::HeaderMap;
use store::{Limit, Once, Store, StoreError};

use crate::{KnownClient, KnownClients};

/// What it takes to know a client.
pub struct ClientGate {
    store: Store,
    failures: Limit,
}

/// Why a client is not known.
#[derive(Debug, thiserror::Error)]
pub enum ClientRefused {
    /// The request is not one that the RFCs allow.
    #[error("malformed request")]
    Malformed(OAuthError),
    /// It is not registered, or did not prove that it is itself.
    #[error("unknown client")]
    Unknown,
    /// There were enough failures, or they could not be counted.
    #[error("limited")]
    Limited(OAuthError),
    /// Nothing could be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ClientRefused> for OAuthError {
    fn from(refused: ClientRefused) -> Self {
        match refused {
            ClientRefused::Malformed(error) | ClientRefused::Limited(error) => error,
            ClientRefused::Unknown => Self::new(OAuthCode::InvalidClient, "The client is unknown, or is not this one."),
            ClientRefused::Store(error) => error.into(),
        }
    }
}

impl ClientGate {
    const WINDOW: SignedDuration = SignedDuration::from_mins(15);

    /// Reads `LIMIT_TOKEN_PER_CLIENT` (300 failures in a quarter of an hour). It spares the log and the alarms;
    /// secrets of 256 bits need no limit.
    ///
    /// # Errors
    /// When it is no number.
    pub fn new(store: &Store, settings: &Settings) -> Result<Self, ConfigError> {
        let most = settings.number("LIMIT_TOKEN_PER_CLIENT", 300)?;
        Ok(Self { store: store.clone(), failures: Limit::new("token-client", most, Self::WINDOW) })
    }

    /// The client that asks, at the endpoint of this path. A confidential one proves who it is, a public one
    /// can't; a request that names nobody comes from the built-in one.
    ///
    /// # Errors
    /// Why it is not known.
    pub async fn authenticate(
        &self,
        ctx: &Ctx,
        clients: &KnownClients,
        headers: &HeaderMap,
        params: &Params,
        path: &str,
    ) -> Result<KnownClient, ClientRefused> {
        let given = match ClientCredentials::read(headers, params) {
            Ok(given) => given,
            Err(error) if error.code() == OAuthCode::InvalidClient => return self.refuse(ctx).await,
            Err(error) => return Err(ClientRefused::Malformed(error)),
        };
        let id = given.as_ref().map_or(Clients::DEFAULT, |given| &given.client_id);
        let Some(client) = clients.find(ctx, id).await? else { return self.refuse(ctx).await };
        match identify(ctx, &client, given.as_ref(), path) {
            Some(None) => Ok(known(ctx, client)),
            Some(Some(once)) if self.spend(ctx, &client, &once).await? => Ok(known(ctx, client)),
            Some(Some(_)) | None => self.refuse(ctx).await,
        }
    }

    /// An assertion is good once (RFC 7523 §3): who copies one comes too late.
    async fn spend(&self, ctx: &Ctx, client: &Client, once: &OnceOnly) -> Result<bool, StoreError> {
        let until = Timestamp::from_second(once.until).unwrap_or(ctx.now);
        self.store.say_once(Once::ClientAssertion, (&client.client_id, &once.jti), until).await
    }

    /// Counted when it has failed, not before: whoever authenticates costs no write.
    async fn refuse<T>(&self, ctx: &Ctx) -> Result<T, ClientRefused> {
        let addr = limits::client_addr(ctx, &self.store).await?;
        let counts = [(self.failures, addr.as_str().to_owned())];
        limits::count_oauth(ctx, &self.store, &counts).await.map_err(ClientRefused::Limited)?;
        Err(ClientRefused::Unknown)
    }
}

fn known(ctx: &Ctx, client: KnownClient) -> KnownClient {
    ctx.client(&client.client_id);
    client
}

/// Whether these credentials are the client's, and what has to be spent before they are believed.
fn identify(ctx: &Ctx, client: &Client, given: Option<&ClientCredentials>, path: &str) -> Option<Option<OnceOnly>> {
    let Some(given) = given else { return client.is_public().then_some(None) };
    let by_secret = |method, secret: &str| {
        // Compared first: an answer takes as long for a client that may not.
        (client.has_secret(secret) && client.authenticates_by(method)).then_some(None)
    };
    match &given.proof {
        ClientProof::Nothing => client.is_public().then_some(None),
        ClientProof::Basic(secret) => by_secret(AuthMethod::ClientSecretBasic, secret.reveal()),
        ClientProof::Post(secret) => by_secret(AuthMethod::ClientSecretPost, secret.reveal()),
        ClientProof::Assertion(assertion) => {
            let (token, here) = (format!("{}/oauth2/token", ctx.issuer), format!("{}{path}", ctx.issuer));
            let audience = Audience { issuer: &ctx.issuer, endpoints: &[&token, &here], now: ctx.now };
            check_assertion(assertion.reveal(), client, &audience).ok().map(Some)
        }
    }
}
