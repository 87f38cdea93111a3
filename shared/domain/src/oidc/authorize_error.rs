//! What an app is told when its request is refused, and when nobody is sent anywhere.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// An error of the authorization endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizeCode {
    /// RFC 6749 §4.1.2.1.
    InvalidRequest,
    /// RFC 6749 §4.1.2.1.
    UnauthorizedClient,
    /// RFC 6749 §4.1.2.1.
    AccessDenied,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1.
    InvalidScope,
    /// OpenID Connect Core §3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6.
    ConsentRequired,
    /// RFC 8707 §2.
    InvalidTarget,
    /// OpenID Connect Core Unmet Authentication Requirements.
    UnmetAuthenticationRequirements,
}

impl AuthorizeCode {
    /// The `error` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InvalidTarget => "invalid_target",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
        }
    }
}

/// A request that the client is told is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct RequestRefused {
    /// What is wrong.
    pub error: AuthorizeCode,
    /// In words, for whoever builds the client.
    pub description: Cow<'static, str>,
}

impl RequestRefused {
    /// Refused with this error.
    pub fn new(error: AuthorizeCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { error, description: description.into() }
    }
}

pub(super) fn invalid<T>(description: &'static str) -> Result<T, RequestRefused> {
    Err(RequestRefused::new(AuthorizeCode::InvalidRequest, description))
}

/// A request whose answer has nowhere to go: the customer sees a page, and no browser is sent anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectRefused {
    /// None is given (OpenID Connect Core §3.1.2.1).
    #[error("redirect_uri is missing")]
    Missing,
    /// The client has not registered it.
    #[error("redirect_uri is not one that the client has registered")]
    Unregistered,
}
