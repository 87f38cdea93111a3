//! What `/oauth2/*` has in common: errors (RFC 6749 §5.2) and how clients authenticate (§2.3.1).

use std::{borrow::Cow, error::Error, fmt};

use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::Secret;
use domain::oidc::{ASSERTION_TYPE, AuthorizeCode, RequestRefused, claimed_client};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;

use crate::{
    Challenge, Kind, Problem, dpop,
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
    /// The response type is not one that there is (RFC 6749 §4.1.2.1).
    UnsupportedResponseType,
    /// The resource is unknown, or more than was granted (RFC 8707 §2).
    InvalidTarget,
    /// The signed request is not one (RFC 9101 §7).
    InvalidRequestObject,
    /// The proof of possession is missing, or not for this request (RFC 9449 §5).
    InvalidDpopProof,
    /// The proof of possession needs the nonce that comes with this (RFC 9449 §8).
    UseDpopNonce,
    /// A redirect URI can't be registered (RFC 7591 §3.2.2).
    InvalidRedirectUri,
    /// What a client says of itself can't be registered (RFC 7591 §3.2.2).
    InvalidClientMetadata,
    /// The access token is not good here (RFC 6750 §3.1).
    InvalidToken,
    /// The access token permits less (RFC 6750 §3.1).
    InsufficientScope,
    /// Too many requests; RFC 8628's word for it.
    SlowDown,
    /// The device's customer has not decided yet (RFC 8628 §3.5).
    AuthorizationPending,
    /// The device's customer has refused (RFC 8628 §3.5).
    AccessDenied,
    /// The device's time is over (RFC 8628 §3.5).
    ExpiredToken,
    /// Something that we need is not available.
    TemporarilyUnavailable,
    /// We made a mistake.
    ServerError,
}

impl OAuthCode {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::InvalidScope,
        Self::UnsupportedTokenType,
        Self::UnsupportedResponseType,
        Self::InvalidTarget,
        Self::InvalidRequestObject,
        Self::InvalidDpopProof,
        Self::UseDpopNonce,
        Self::InvalidRedirectUri,
        Self::InvalidClientMetadata,
        Self::InvalidToken,
        Self::InsufficientScope,
        Self::SlowDown,
        Self::AuthorizationPending,
        Self::AccessDenied,
        Self::ExpiredToken,
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
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::SlowDown => "slow_down",
            Self::AuthorizationPending => "authorization_pending",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
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
            | Self::UnsupportedTokenType
            | Self::UnsupportedResponseType
            | Self::InvalidTarget
            | Self::InvalidRequestObject
            | Self::InvalidDpopProof
            | Self::UseDpopNonce
            | Self::InvalidRedirectUri
            | Self::InvalidClientMetadata
            | Self::AuthorizationPending
            | Self::AccessDenied
            | Self::ExpiredToken => StatusCode::BAD_REQUEST,
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
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
    status: StatusCode,
    description: Cow<'static, str>,
    retry_after: Option<u64>,
    headers: Vec<(HeaderName, String)>,
    cause: Option<String>,
}

impl OAuthError {
    /// An error with a description in English, for developers: printable ASCII without `"` and `\`.
    pub fn new(code: OAuthCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            status: code.status(),
            description: description.into(),
            retry_after: None,
            headers: Vec::new(),
            cause: None,
        }
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

    /// A device asks too often (RFC 8628 §3.5): the one `slow_down` that is `400`.
    pub fn polled_too_soon() -> Self {
        let error = Self::new(OAuthCode::SlowDown, "Nobody has decided yet: ask every five seconds.");
        Self { status: StatusCode::BAD_REQUEST, ..error }
    }

    /// The nonce that the next proof has to carry.
    #[must_use]
    pub fn dpop_nonce(mut self, nonce: String) -> Self {
        self.headers.push((dpop::NONCE, nonce));
        self
    }

    /// What a route of `/oauth2/*` says of an access token that it was sent (RFC 6750 §3): the same, as OAuth
    /// writes it.
    pub fn of_token(problem: &Problem) -> Self {
        let code = match problem.kind() {
            Kind::InvalidToken => OAuthCode::InvalidToken,
            Kind::InsufficientScope => OAuthCode::InsufficientScope,
            Kind::InvalidRequest => OAuthCode::InvalidRequest,
            Kind::TooManyRequests => OAuthCode::SlowDown,
            Kind::Unavailable | Kind::Conflict => OAuthCode::TemporarilyUnavailable,
            _ => OAuthCode::ServerError,
        };
        let description = problem.said().unwrap_or_else(|| problem.kind().title().into());
        let headers = problem.headers().to_vec();
        Self { headers, cause: problem.cause().map(str::to_owned), ..Self::new(code, description) }
    }

    /// Its code.
    pub fn code(&self) -> OAuthCode {
        self.code
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

/// What a client is told that asks by itself, and not by way of a browser.
impl From<RequestRefused> for OAuthError {
    fn from(refused: RequestRefused) -> Self {
        let code = match refused.error {
            AuthorizeCode::UnauthorizedClient => OAuthCode::UnauthorizedClient,
            AuthorizeCode::UnsupportedResponseType => OAuthCode::UnsupportedResponseType,
            AuthorizeCode::InvalidScope => OAuthCode::InvalidScope,
            AuthorizeCode::InvalidTarget => OAuthCode::InvalidTarget,
            // The others are about a customer, of whom nothing is known here.
            AuthorizeCode::InvalidRequest
            | AuthorizeCode::AccessDenied
            | AuthorizeCode::LoginRequired
            | AuthorizeCode::ConsentRequired
            | AuthorizeCode::UnmetAuthenticationRequirements => OAuthCode::InvalidRequest,
        };
        Self::new(code, refused.description)
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
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        for (name, value) in self.headers {
            // A value that is no header value would have to come from us; then it is left out.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
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
    /// By what it wants to be believed.
    pub proof: ClientProof,
}

/// By what a client wants to be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientProof {
    /// By nothing: a public client.
    Nothing,
    /// By its secret in the `Authorization` header.
    Basic(Secret<String>),
    /// By its secret in the body.
    Post(Secret<String>),
    /// By a JWT that it signed (RFC 7523 §2.2).
    Assertion(Secret<String>),
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
        let header = values.next();
        if values.next().is_some() {
            return refused("The Authorization header occurs twice.");
        }
        let ways =
            [header.is_some(), params.text("client_secret").is_some(), params.text("client_assertion").is_some()];
        if ways.into_iter().filter(|is_given| *is_given).count() > 1 {
            return refused("The client authenticates in two ways at once.");
        }
        if params.text("client_assertion").is_some() || params.text("client_assertion_type").is_some() {
            return Self::assertion(params).map(Some);
        }
        let Some(value) = header else {
            let secret = params.text("client_secret").map(|secret| Secret::new(secret.to_owned()));
            return match (params.text("client_id"), secret) {
                (Some(client_id), secret) => {
                    let proof = secret.map_or(ClientProof::Nothing, ClientProof::Post);
                    Ok(Some(Self { client_id: client_id.to_owned(), proof }))
                }
                (None, Some(_)) => refused("The parameter client_id is missing."),
                (None, None) => Ok(None),
            };
        };
        let Some(basic) = value.to_str().ok().and_then(Self::basic) else {
            return Err(OAuthError::new(OAuthCode::InvalidClient, "The Authorization header is malformed."));
        };
        if params.text("client_id").is_some_and(|client_id| client_id != basic.client_id) {
            return refused("Header and body name different clients.");
        }
        Ok(Some(basic))
    }

    /// RFC 7521 §4.2: `client_id` may be left out, and says the same as the assertion where it is not.
    fn assertion(params: &Params) -> Result<Self, OAuthError> {
        let unknown = |why| OAuthError::new(OAuthCode::InvalidClient, why);
        if params.required("client_assertion_type")? != ASSERTION_TYPE {
            return Err(unknown("The type of the assertion is unknown."));
        }
        let assertion = params.required("client_assertion")?;
        let client_id = claimed_client(assertion).ok_or_else(|| unknown("The assertion is malformed."))?;
        if params.text("client_id").is_some_and(|named| named != client_id) {
            return Err(unknown("Assertion and body name different clients."));
        }
        Ok(Self { client_id, proof: ClientProof::Assertion(Secret::new(assertion.to_owned())) })
    }

    /// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    fn basic(value: &str) -> Option<Self> {
        let (scheme, encoded) = value.split_once(' ')?;
        let pair = String::from_utf8(STANDARD.decode(encoded.trim_matches(' ')).ok()?).ok()?;
        let (client_id, secret) = pair.split_once(':')?;
        let (client_id, secret) = (form_decode(client_id)?, form_decode(secret)?);
        (scheme.eq_ignore_ascii_case("Basic") && !client_id.is_empty()).then(|| {
            let proof = if secret.is_empty() { ClientProof::Nothing } else { ClientProof::Basic(Secret::new(secret)) };
            Self { client_id, proof }
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn read(values: &[String], params: &str) -> Result<Option<(String, Option<String>)>, OAuthCode> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        ClientCredentials::read(&headers, &Params::parse(params).unwrap())
            .map(|found| {
                found.map(|own| match own.proof {
                    ClientProof::Nothing => (own.client_id, None),
                    ClientProof::Basic(said) | ClientProof::Post(said) | ClientProof::Assertion(said) => {
                        (own.client_id, Some(said.into_inner()))
                    }
                })
            })
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
        let asserted = format!("client_assertion=a.b.c&client_assertion_type={ASSERTION_TYPE}");
        assert_eq!(read(&[], &format!("{asserted}&client_secret=s&client_id=svc")), Err(OAuthCode::InvalidRequest));
        assert_eq!(read(&[basic("svc:s")], &asserted), Err(OAuthCode::InvalidRequest));
    }

    #[test]
    fn an_assertion_says_itself_whose_it_is() {
        let assertion = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"sub":"svc"}"#));
        let with = |rest: &str| read(&[], &format!("client_assertion={assertion}{rest}"));
        let typed = format!("&client_assertion_type={ASSERTION_TYPE}");
        assert_eq!(with(&typed), client("svc", Some(&assertion)));
        assert_eq!(with(&format!("{typed}&client_id=svc")), client("svc", Some(&assertion)));
        assert_eq!(with(&format!("{typed}&client_id=other")), Err(OAuthCode::InvalidClient));
        assert_eq!(with(""), Err(OAuthCode::InvalidRequest));
        assert_eq!(with("&client_assertion_type=saml"), Err(OAuthCode::InvalidClient));
        assert_eq!(read(&[], "client_assertion_type=x&client_id=svc"), Err(OAuthCode::InvalidClient));
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
