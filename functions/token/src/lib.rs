//! Token endpoint: codes, refresh, client credentials, revocation, introspection, userinfo.
//!
//! Powers: reads standings and sessions, spends codes, begins, continues and ends sessions, signs; reads a
//! customer's profile for what an app may know of it; where a code or a refresh token was copied, writes an outbox
//! item. Remembers for minutes which assertions and proofs were used. Counts limits only for
//! clients that fail to authenticate: a refresh is one read and one write.

mod authorization_code;
mod claims;
mod client_credentials;
mod device_code;
mod family;
mod grants;
mod introspect;
mod refresh;
mod revoke;
mod token;
mod userinfo;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use domain::{AccessToken, ConfigError, KeyPurpose};
use edge::openapi::describe;
use edge::{Ctx, Deployment, Flow, Function, Gate, OAuthCode, OAuthError, Params, ProofRefused, UnspentProof};
use keys::Keys;
use signin::{ClientGate, ClientRefused, KnownClient, KnownClients, SignError, SignIn};
use store::{Store, StoreError};
use utoipa::OpenApi;

/// What the flow needs.
struct Token {
    store: Store,
    gate: Gate,
    signin: SignIn,
    clients: KnownClients,
    client_gate: ClientGate,
}

impl Token {
    /// The client that asks.
    async fn client(
        &self,
        ctx: &Ctx,
        headers: &HeaderMap,
        params: &Params,
        path: &str,
    ) -> Result<KnownClient, ClientRefused> {
        self.client_gate.authenticate(ctx, &self.clients, headers, params, path).await
    }

    /// Spends what proves possession, when nothing is left that refuses: before anything is signed, for a signature
    /// costs, and before anything is used up or ended (RFC 9449 §11.1).
    async fn spend(&self, proof: Option<&UnspentProof>) -> Result<(), TokenError> {
        Ok(self.gate.dpop().spend(proof).await?)
    }

    /// Believes a token of ours: for this API, or for the resources that its client may ask for.
    async fn believe(&self, ctx: &Ctx, text: &str) -> Result<Option<AccessToken>, StoreError> {
        let Ok(token) = self.gate.believe_for_any(ctx, text).await? else { return Ok(None) };
        // What was issued to a client that is gone is good for nothing.
        let Some(client) = self.clients.find(ctx, &token.client_id).await? else { return Ok(None) };
        let is_for = |aud: &String| *aud == ctx.issuer || client.may_reach(aud);
        let is_known = !token.aud.is_empty() && token.aud.iter().all(is_for);
        Ok(is_known.then_some(token))
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
        .with_keys(keys.clone(), &[KeyPurpose::Index, KeyPurpose::Branch, KeyPurpose::Outbox, KeyPurpose::Mac]);
    let state = Token {
        gate: Gate::new(&store, settings)?,
        signin: SignIn::new(&store, &keys, settings)?,
        clients: KnownClients::read(&store, settings)?,
        client_gate: ClientGate::new(&store, settings)?,
        store,
    };
    let router = Router::new()
        .route("/oauth2/token", post(token::token))
        .route("/oauth2/revoke", post(revoke::revoke))
        .route("/oauth2/introspect", post(introspect::introspect))
        .route("/oauth2/userinfo", get(userinfo::get).post(userinfo::post))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "token" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(token::token, revoke::revoke, introspect::introspect, userinfo::get, userinfo::post))]
    struct Api;
    describe(Api::openapi()).build()
}

/// Why there are no tokens, or no word about one.
#[derive(Debug, thiserror::Error)]
enum TokenError {
    /// The request is not one that the RFCs allow.
    #[error("malformed request")]
    Malformed(OAuthError),
    /// A public client can't show who it is.
    #[error("public client")]
    PublicClient,
    /// A limit was reached, or could not be counted.
    #[error("limited")]
    Limited(OAuthError),
    /// There is no such grant here.
    #[error("unsupported grant type")]
    UnsupportedGrantType,
    /// The client is not registered for this grant.
    #[error("grant not allowed")]
    GrantNotAllowed,
    /// The client is not registered for introspection.
    #[error("introspection not allowed")]
    IntrospectionNotAllowed,
    /// The scope is more than there is to have: which, where it can be said.
    #[error("invalid scope")]
    InvalidScope(Option<String>),
    /// The refresh token is none, is spent, or its session has ended.
    #[error("invalid refresh token")]
    InvalidRefreshToken,
    /// The code is none, is spent or over, another client's, or its customer has signed out since.
    #[error("invalid code")]
    InvalidCode,
    /// A device's customer has not decided yet.
    #[error("nobody has decided yet")]
    DevicePending,
    /// The same, and the device asks too often.
    #[error("asked too often")]
    DeviceTooSoon,
    /// A device's customer has refused.
    #[error("refused by the customer")]
    DeviceRefused,
    /// A device's time is over.
    #[error("nobody decided in time")]
    DeviceExpired,
    /// The code was sent somewhere else.
    #[error("another redirect URI")]
    OtherRedirect,
    /// There is no verifier for the challenge, or no challenge for the verifier.
    #[error("wrong verifier")]
    WrongVerifier,
    /// A proof of possession is missing.
    #[error("no proof of possession")]
    ProofMissing,
    /// The proof was shown before.
    #[error(transparent)]
    Proof(#[from] ProofRefused),
    /// The proof is another key's than the one that the tokens are bound to.
    #[error("another key")]
    OtherKey,
    /// The resource is more than was granted.
    #[error("invalid target")]
    InvalidTarget,
    /// The token was issued to another client.
    #[error("another client's token")]
    OtherClient,
    /// A client's own token: nothing is stored that could be ended.
    #[error("token without a session")]
    Irrevocable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tokens could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl From<TokenError> for OAuthError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Malformed(error) | TokenError::Limited(error) => error,
            TokenError::PublicClient => {
                Self::new(OAuthCode::InvalidClient, "The client is unknown, or is not this one.")
            }
            TokenError::UnsupportedGrantType => Self::new(
                OAuthCode::UnsupportedGrantType,
                "The grants here are authorization_code, refresh_token, client_credentials and device_code.",
            ),
            TokenError::InvalidCode => Self::new(
                OAuthCode::InvalidGrant,
                "The code is invalid, used, expired, another client's, or its customer has signed out or in again.",
            ),
            TokenError::DevicePending => {
                Self::new(OAuthCode::AuthorizationPending, "Nobody has decided yet: ask again in five seconds.")
            }
            TokenError::DeviceTooSoon => Self::polled_too_soon(),
            TokenError::DeviceRefused => Self::new(OAuthCode::AccessDenied, "The customer has refused."),
            TokenError::DeviceExpired => {
                Self::new(OAuthCode::ExpiredToken, "Nobody has decided in time: ask for new codes.")
            }
            TokenError::OtherRedirect => {
                Self::new(OAuthCode::InvalidGrant, "The code was sent to another redirect_uri.")
            }
            TokenError::WrongVerifier => {
                Self::new(OAuthCode::InvalidGrant, "The code_verifier does not belong to the request's code_challenge.")
            }
            TokenError::ProofMissing => Self::new(OAuthCode::InvalidRequest, "A DPoP proof is missing."),
            TokenError::Proof(refused) => refused.into(),
            TokenError::OtherKey => Self::new(OAuthCode::InvalidGrant, "The DPoP proof is another key's."),
            TokenError::InvalidTarget => {
                Self::new(OAuthCode::InvalidTarget, "The resource is unknown, or more than was granted.")
            }
            TokenError::GrantNotAllowed => {
                Self::new(OAuthCode::UnauthorizedClient, "The client is not registered for this grant.")
            }
            TokenError::IntrospectionNotAllowed => {
                Self::new(OAuthCode::UnauthorizedClient, "The client is not registered for introspection.")
            }
            TokenError::InvalidScope(Some(scope)) => {
                Self::new(OAuthCode::InvalidScope, format!("The scope {scope} is more than there is to have."))
            }
            TokenError::InvalidScope(None) => {
                Self::new(OAuthCode::InvalidScope, "The scope is malformed, or more than there is to have.")
            }
            TokenError::InvalidRefreshToken => {
                Self::new(OAuthCode::InvalidGrant, "The refresh token is invalid, used, or its session has ended.")
            }
            TokenError::OtherClient => Self::new(OAuthCode::InvalidGrant, "The token was issued to another client."),
            TokenError::Irrevocable => {
                Self::new(OAuthCode::UnsupportedTokenType, "A token of a client's own expires, and cannot be revoked.")
            }
            TokenError::Store(error) => error.into(),
            TokenError::Sign(error) => error.into(),
        }
    }
}
