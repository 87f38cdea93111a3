//! Refusals and failures, as RFC 9457 writes them.
//!
//! A flow has one error enum and one `impl From<ThatEnum> for Problem`: an exhaustive `match`
//! without a `_` arm, so that a new failure does not compile until someone chooses its type.

mod catalogue;

use std::{borrow::Cow, error::Error};

use axum::response::{IntoResponse, Response};
use domain::{FieldError, RequestId};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;

pub use self::catalogue::Kind;
use crate::{Challenge, log::chain};

/// What a caller is told when something does not work, and what only the log is told.
#[derive(Clone, Debug)]
pub struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    kind: Kind,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, String)>,
    cause: Option<String>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(Parts { kind, detail: None, errors: Vec::new(), headers: Vec::new(), cause: None }))
    }

    /// Our fault: the caller learns that it is, the log learns why, once.
    pub fn internal(cause: &dyn Error) -> Self {
        Self::new(Kind::Internal).because(cause)
    }

    /// The world's fault: worth repeating after `seconds`.
    pub fn unavailable(seconds: u64, cause: &dyn Error) -> Self {
        Self::new(Kind::Unavailable).retry_after(seconds).because(cause)
    }

    /// Too many requests; the next one is worth sending after `seconds`.
    pub fn too_many_requests(seconds: u64) -> Self {
        Self::new(Kind::TooManyRequests).retry_after(seconds)
    }

    /// Fields that are not acceptable.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self::new(Kind::InvalidFields).errors(errors)
    }

    /// One field that is not acceptable.
    pub fn field(pointer: &str, code: &str, detail: &str) -> Self {
        Self::fields(vec![FieldError::new(pointer, code, detail)])
    }

    /// What is to be said about this occurrence, in English. It reaches the caller, not the log.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// What is wrong with each field.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// When to try again, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(RETRY_AFTER, seconds.max(1).to_string())
    }

    /// How to authenticate (RFC 9110 §11.6.1).
    #[must_use]
    pub fn www_authenticate(self, challenge: &Challenge) -> Self {
        self.header(WWW_AUTHENTICATE, challenge.to_string())
    }

    /// Why, for the log alone.
    #[must_use]
    pub fn because(mut self, cause: &dyn Error) -> Self {
        self.0.cause = Some(chain(cause));
        self
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    pub(crate) fn said(&self) -> Option<Cow<'static, str>> {
        self.0.detail.clone()
    }

    pub(crate) fn headers(&self) -> &[(HeaderName, String)] {
        &self.0.headers
    }

    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    pub(crate) fn header(mut self, name: HeaderName, value: String) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The problem as a page tells it to people: this answer, with the problem's status and headers.
    /// The log learns as much as of any other.
    #[must_use]
    pub fn on_page(self, mut page: Response) -> Response {
        *page.status_mut() = self.kind().status();
        self.write_headers(page.headers_mut());
        page.extensions_mut().insert(Outcome::Page(self));
        page
    }

    fn write_headers(&self, headers: &mut HeaderMap) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in &self.0.headers {
            // A value that is no header value would have to come from us; then it is left out.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(name, value);
            }
        }
    }

    /// The document that is answered.
    pub fn document(&self, request_id: Option<&RequestId>) -> ProblemDocument {
        let Parts { kind, detail, errors, .. } = &*self.0;
        ProblemDocument {
            r#type: kind.urn(),
            title: kind.title().to_owned(),
            status: kind.status().as_u16(),
            detail: detail.as_deref().map(str::to_owned),
            errors: errors.clone(),
            request_id: request_id.map(|id| id.0.clone()),
        }
    }
}

/// A problem as it is written: `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Which type of problem, a stable URN.
    #[schema(example = "urn:portico:problem:invalid-fields", format = "uri")]
    pub r#type: String,
    /// What it is; the same for every problem of the type.
    pub title: String,
    /// The status, once more.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is to be said about this occurrence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// The request, as the operator's log names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub request_id: Option<String>,
}

/// What became of a request, for the layer: it writes the request id into a problem, and the rest
/// into the log.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Problem(Problem),
    /// A problem that a page tells, which the layer leaves as it is.
    Page(Problem),
    /// An OAuth error, which the layer leaves as it is.
    OAuth {
        code: &'static str,
        cause: Option<String>,
    },
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = render(&self, None);
        response.extensions_mut().insert(Outcome::Problem(self));
        response
    }
}

pub(crate) fn render(problem: &Problem, request_id: Option<&RequestId>) -> Response {
    let body = serde_json::to_vec(&problem.document(request_id)).unwrap_or_default();
    let mut response = (problem.kind().status(), body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    problem.write_headers(headers);
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not read")]
    struct Outer(#[source] std::fmt::Error);

    #[test]
    fn the_caller_learns_what_and_the_log_why() {
        let problem = Problem::internal(&Outer(std::fmt::Error)).detail("Sorry.");
        let id = RequestId("r-1".to_owned());
        assert_eq!(
            serde_json::to_value(problem.document(Some(&id))).unwrap(),
            json!({"type": "urn:portico:problem:internal", "title": "Something went wrong on our side",
                "status": 500, "detail": "Sorry.", "request_id": "r-1"})
        );
        let why = format!("could not read: {}", std::fmt::Error);
        assert_eq!(problem.cause(), Some(why.as_str()));
    }

    #[tokio::test]
    async fn what_a_page_tells_stays_a_page_and_reaches_the_log() {
        let page = || async { Problem::unavailable(3, &std::fmt::Error).on_page("<p>Sorry.</p>".into_response()) };
        let (deployment, lines) = crate::tests::deployment(&[]);
        let router = crate::tests::wrapped(axum::Router::new().route("/", axum::routing::get(page)), &deployment);
        let response =
            crate::tests::answer(&router, http::Request::get("/").body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!((response.status().as_u16(), &response.headers()[RETRY_AFTER]), (503, &HeaderValue::from(3)));
        assert_eq!(response.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
        let line = lines.lock().unwrap()[0].clone();
        assert!(line.contains("\"problem\":\"unavailable\"") && line.contains(&std::fmt::Error.to_string()), "{line}");
    }

    #[test]
    fn a_wait_is_never_zero() {
        let response = Problem::too_many_requests(0).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    }
}
