//! Token endpoint: refresh, client credentials, revocation, introspection.
//!
//! Powers: reads standings and sessions, continues and ends sessions, signs; where a refresh token
//! was copied, reads the customer's address and writes an outbox item. Counts limits only for
//! clients that fail to authenticate: a refresh is one read and one write.

mod client;
mod client_credentials;
mod introspect;
mod refresh;
mod revoke;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use domain::{Clients, ConfigError, KeyPurpose};
use edge::openapi::describe;
use edge::{Deployment, Flow, Function, Gate, OAuthCode, OAuthError};
use keys::Keys;
use signin::{SignError, SignIn};
use store::{Store, StoreError};
use utoipa::OpenApi;

/// What the flow needs.
struct Token {
    store: Store,
    gate: Gate,
    signin: SignIn,
    clients: Clients,
    limits: client::Limits,
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
        clients: signin::clients(settings)?,
        limits: client::Limits::read(settings)?,
        store,
    };
    let router = Router::new()
        .route("/oauth2/token", post(token::token))
        .route("/oauth2/revoke", post(revoke::revoke))
        .route("/oauth2/introspect", post(introspect::introspect))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "token" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(token::token, revoke::revoke, introspect::introspect))]
    struct Api;
    describe(Api::openapi()).build()
}

/// Why there are no tokens, or no word about one.
#[derive(Debug, thiserror::Error)]
enum TokenError {
    /// The request is not one that the RFCs allow.
    #[error("malformed request")]
    Malformed(OAuthError),
    /// The client is not registered, or did not prove that it is itself.
    #[error("unknown client")]
    UnknownClient,
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
    /// The scope is more than there is to have.
    #[error("invalid scope")]
    InvalidScope,
    /// The refresh token is none, is spent, or its session has ended.
    #[error("invalid refresh token")]
    InvalidRefreshToken,
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
            TokenError::UnknownClient => {
                Self::new(OAuthCode::InvalidClient, "The client is unknown, or is not this one.")
            }
            TokenError::UnsupportedGrantType => {
                Self::new(OAuthCode::UnsupportedGrantType, "The grants here are refresh_token and client_credentials.")
            }
            TokenError::GrantNotAllowed => {
                Self::new(OAuthCode::UnauthorizedClient, "The client is not registered for this grant.")
            }
            TokenError::IntrospectionNotAllowed => {
                Self::new(OAuthCode::UnauthorizedClient, "The client is not registered for introspection.")
            }
            TokenError::InvalidScope => {
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
