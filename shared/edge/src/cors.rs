//! CORS for the origins that a deployment names: exact matches, and never with credentials,
//! because nothing that scripts call takes a cookie.

use std::collections::HashSet;

use axum::response::{IntoResponse, Response};
use domain::{ConfigError, Settings};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};

/// Who may call from a browser.
pub(crate) struct Cors(HashSet<String>);

impl Cors {
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let origins = settings.text("CORS_ORIGINS").unwrap_or_default().split(',').map(str::trim);
        let origins: HashSet<_> = origins.filter(|origin| !origin.is_empty()).map(str::to_owned).collect();
        let is_origin = |text: &String| {
            let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', '?', '#', '@', ' ']))
        };
        if origins.iter().all(is_origin) {
            Ok(Self(origins))
        } else {
            Err(ConfigError::new("CORS_ORIGINS", "has something that is not a scheme, a host and maybe a port"))
        }
    }

    /// The answer to a preflight request; other `OPTIONS` requests are none.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        if method != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        self.allowed(headers)?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        let out = response.headers_mut();
        out.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"));
        out.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("Authorization, Content-Type, Accept-Language, If-Match, DPoP"),
        );
        out.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
        Some(response)
    }

    /// Lets the caller's page read the answer. A handler that lets everybody read it stays as it is.
    pub(crate) fn mark(&self, origin: Option<HeaderValue>, out: &mut HeaderMap) {
        if out.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) || self.0.is_empty() {
            return;
        }
        // API Gateway keeps one header of each name.
        let vary = match out.get(VARY).and_then(|vary| vary.to_str().ok()) {
            Some(vary) => HeaderValue::from_str(&format!("{vary}, Origin")).ok(),
            None => None,
        };
        out.insert(VARY, vary.unwrap_or(HeaderValue::from_static("Origin")));
        if let Some(origin) = origin {
            out.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let exposed = HeaderValue::from_static("ETag, Retry-After, X-Request-Id, WWW-Authenticate, DPoP-Nonce");
            out.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }

    /// The request's origin, if it is one of ours and the only one.
    pub(crate) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = origins.next().filter(|_| origins.next().is_none())?;
        self.0.contains(origin.to_str().ok()?).then(|| origin.clone())
    }
}
