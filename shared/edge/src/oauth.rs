//! What `/oauth2/*` has in common: errors (RFC 6749 §5.2) and how clients authenticate (§2.3.1).

use std::{borrow::Cow, error::Error};

use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::Secret;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;

use crate::{
    Challenge,
    form::{Params, form_decode},
    log::chain,
    problem::Outcome,
};

/// The `error` of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthCode {
    /// A parameter is missing, repeated, or malformed.
    InvalidRequest,
    /// The client is unknown or did not authenticate as it must.
    InvalidClient,
    /// The refresh token or code is invalid, expired, revoked, or another client's.
    InvalidGrant,
    /// The client may not use this grant, or this endpoint.
    UnauthorizedClient,
    /// There is no such grant here.
    UnsupportedGrantType,
    /// The scope is unknown or more than the client may have.
    InvalidScope,
    /// There is no such type of token here (RFC 7009 §2.2.1).
    UnsupportedTokenType,
    /// Too many requests; RFC 8628's word for it.
    SlowDown,
    /// Something that we need is not available.
    TemporarilyUnavailable,
    /// We made a mistake.
    ServerError,
}

impl OAuthCode {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::InvalidScope,
        Self::UnsupportedTokenType,
        Self::SlowDown,
        Self::TemporarilyUnavailable,
        Self::ServerError,
    ];

    /// The code as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::SlowDown => "slow_down",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }

    /// The status that it is answered with.
    pub fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest
            | Self::InvalidGrant
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidScope
            | Self::UnsupportedTokenType => StatusCode::BAD_REQUEST,
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::SlowDown => StatusCode::TOO_MANY_REQUESTS,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// An error as `/oauth2/*` answers it.
#[derive(Clone, Debug)]
pub struct OAuthError {
    code: OAuthCode,
    description: Cow<'static, str>,
    retry_after: Option<u64>,
    cause: Option<String>,
}

impl OAuthError {
    /// An error with a description in English, for developers: printable ASCII without `"` and `\`.
    pub fn new(code: OAuthCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into(), retry_after: None, cause: None }
    }

    /// Our fault: the log learns why, once.
    pub fn internal(cause: &dyn Error) -> Self {
        let error = Self::new(OAuthCode::ServerError, "Something went wrong on our side.");
        Self { cause: Some(chain(cause)), ..error }
    }

    /// The world's fault: worth repeating after `seconds`.
    pub fn unavailable(seconds: u64, cause: &dyn Error) -> Self {
        let error = Self::new(OAuthCode::TemporarilyUnavailable, "Not available at the moment.");
        Self { retry_after: Some(seconds.max(1)), cause: Some(chain(cause)), ..error }
    }

    /// Too many requests; the next one is worth sending after `seconds`.
    pub fn too_many_requests(seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..Self::new(OAuthCode::SlowDown, "Too many requests.") }
    }

    /// Its code.
    pub fn code(&self) -> OAuthCode {
        self.code
    }
}

/// An error as it is written (RFC 6749 §5.2).
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = OAuthError)]
pub struct OAuthErrorDocument {
    /// What went wrong, a stable name.
    #[schema(example = "invalid_request")]
    pub error: String,
    /// What went wrong, for developers.
    pub error_description: String,
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let document = OAuthErrorDocument {
            error: self.code.as_str().to_owned(),
            error_description: self.description.into_owned(),
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (self.code.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let (OAuthCode::InvalidClient, Ok(value)) = (self.code, Challenge::Basic.to_string().parse()) {
            headers.insert(WWW_AUTHENTICATE, value);
        }
        response.extensions_mut().insert(Outcome::OAuth { code: self.code.as_str(), cause: self.cause });
        response
    }
}

/// What a client says to be; nothing about it has been checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    /// Which client.
    pub client_id: String,
    /// Its secret; a public client has none.
    pub secret: Option<Secret<String>>,
}

impl ClientCredentials {
    /// The credentials in the `Authorization` header or in the parameters; none where the request
    /// does not name a client.
    ///
    /// # Errors
    /// `invalid_request` when there are two ways at once, or two clients; `invalid_client` when the
    /// header is not one that we understand.
    pub fn read(headers: &HeaderMap, params: &Params) -> Result<Option<Self>, OAuthError> {
        let refused = |why| Err(OAuthError::new(OAuthCode::InvalidRequest, why));
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            let secret = params.text("client_secret").map(|secret| Secret::new(secret.to_owned()));
            return match params.text("client_id") {
                Some(client_id) => Ok(Some(Self { client_id: client_id.to_owned(), secret })),
                None if secret.is_some() => refused("The parameter client_id is missing."),
                None => Ok(None),
            };
        };
        if values.next().is_some() {
            return refused("The Authorization header occurs twice.");
        }
        if params.text("client_secret").is_some() {
            return refused("The client authenticates in two ways at once.");
        }
        let Some(basic) = value.to_str().ok().and_then(Self::basic) else {
            return Err(OAuthError::new(OAuthCode::InvalidClient, "The Authorization header is malformed."));
        };
        if params.text("client_id").is_some_and(|client_id| client_id != basic.client_id) {
            return refused("Header and body name different clients.");
        }
        Ok(Some(basic))
    }

    /// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    fn basic(value: &str) -> Option<Self> {
        let (scheme, encoded) = value.split_once(' ')?;
        let pair = String::from_utf8(STANDARD.decode(encoded.trim_matches(' ')).ok()?).ok()?;
        let (client_id, secret) = pair.split_once(':')?;
        let (client_id, secret) = (form_decode(client_id)?, form_decode(secret)?);
        (scheme.eq_ignore_ascii_case("Basic") && !client_id.is_empty())
            .then(|| Self { client_id, secret: (!secret.is_empty()).then(|| Secret::new(secret)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[String], params: &str) -> Result<Option<(String, Option<String>)>, OAuthCode> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        ClientCredentials::read(&headers, &Params::parse(params).unwrap())
            .map(|found| found.map(|own| (own.client_id, own.secret.map(Secret::into_inner))))
            .map_err(|error| error.code())
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    fn client(id: &str, secret: Option<&str>) -> Result<Option<(String, Option<String>)>, OAuthCode> {
        Ok(Some((id.to_owned(), secret.map(str::to_owned))))
    }

    #[test]
    fn clients_are_read_from_either_place() {
        assert_eq!(read(&[], ""), Ok(None));
        assert_eq!(read(&[], "client_id=app"), client("app", None));
        assert_eq!(read(&[], "client_id=svc&client_secret=s%3A"), client("svc", Some("s:")));
        assert_eq!(read(&[basic("svc:s")], ""), client("svc", Some("s")));
        assert_eq!(read(&[basic("s%3Avc:a+b:c")], "client_id=s:vc"), client("s:vc", Some("a b:c")));
        assert_eq!(read(&[basic("app:").replace("Basic", "bAsIc")], ""), client("app", None));
    }

    #[test]
    fn two_ways_at_once_are_none() {
        let (one, two) = (basic("svc:s"), basic("svc:s"));
        assert_eq!(read(&[one.clone(), two], ""), Err(OAuthCode::InvalidRequest));
        assert_eq!(read(std::slice::from_ref(&one), "client_id=svc&client_secret=s"), Err(OAuthCode::InvalidRequest));
        assert_eq!(read(&[one], "client_id=other"), Err(OAuthCode::InvalidRequest));
        assert_eq!(read(&[], "client_secret=s"), Err(OAuthCode::InvalidRequest));
    }

    #[test]
    fn a_header_that_we_do_not_understand_is_no_client() {
        let joined = format!("{},{}", basic("svc:s"), basic("svc:s"));
        for value in
            [joined, "Bearer abc".into(), "Basic".into(), "Basic %".into(), basic("svc"), basic(":s"), basic("%zz:s")]
        {
            assert_eq!(read(std::slice::from_ref(&value), ""), Err(OAuthCode::InvalidClient), "{value}");
        }
    }

    #[test]
    fn an_unknown_client_is_told_how_to_authenticate() {
        let response = OAuthError::new(OAuthCode::InvalidClient, "Unknown client.").into_response();
        assert_eq!(response.status(), 401);
        assert!(response.headers()[WWW_AUTHENTICATE].to_str().unwrap().starts_with("Basic "));
        let response = OAuthError::too_many_requests(7).into_response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()[RETRY_AFTER]),
            (429, &HeaderValue::from_static("7"))
        );
    }
}
