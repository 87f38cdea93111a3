//! What wraps every flow's router, once: context, limits of form, CORS, headers, request ids, the
//! line in the log. A flow contains none of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use domain::ConfigError;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use lambda_http::request::RequestContext;

use crate::{
    Ctx, Deployment, Function, Kind, OAuthError, Problem,
    context::Contexts,
    cors::Cors,
    problem::{Outcome, render},
    report::{Report, Reporter},
    storage::RETRY_AFTER,
};

/// The largest body that a flow reads.
pub const BODY_LIMIT: usize = 64 * 1024;

/// Which flow a function is.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Its name: the folder in `functions/`, the `flow` of logs and metrics.
    pub name: &'static str,
}

/// Wraps a flow's router.
///
/// # Errors
/// When `ISSUER` or `CORS_ORIGINS` cannot be used.
pub fn http(router: Router, deployment: &Deployment, flow: &Flow) -> Result<Function, ConfigError> {
    wrapped(router, deployment, Contexts::read(deployment, flow.name)?, deployment.deadline).map(Function::Http)
}

/// Wraps the router of a flow whose answers are made while they are sent, at a function URL. No gateway
/// and no CloudFront is on the way there, so that nothing is asked of either, nor believed of it. No
/// gateway waits either: an answer has so long to begin, and how long it may go on is the flow's to say.
///
/// # Errors
/// As [`http()`].
pub fn streaming(
    router: Router,
    deployment: &Deployment,
    flow: &Flow,
    begins_within: Duration,
) -> Result<Function, ConfigError> {
    wrapped(router, deployment, Contexts::direct(deployment, flow.name)?, begins_within).map(Function::Stream)
}

fn wrapped(
    router: Router,
    deployment: &Deployment,
    contexts: Contexts,
    deadline: Duration,
) -> Result<Router, ConfigError> {
    let edge = Arc::new(Edge {
        reporter: Reporter::new(deployment, contexts.flow()),
        contexts,
        cors: Cors::read(&deployment.settings)?,
        deadline,
    });
    let router = router
        .fallback(|| async { Problem::new(Kind::NotFound) })
        .method_not_allowed_fallback(|| async { Problem::new(Kind::MethodNotAllowed) })
        .layer(middleware::from_fn(move |request, next| edge.clone().serve(request, next)));
    Ok(router)
}

struct Edge {
    contexts: Contexts,
    cors: Cors,
    reporter: Reporter,
    deadline: Duration,
}

/// What the log is told of a request that took too long.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {0:?}")]
struct Late(Duration);

impl Edge {
    async fn serve(self: Arc<Self>, request: Request, next: Next) -> Response {
        let started = Instant::now();
        let ctx = self.contexts.make(request.extensions().get::<RequestContext>(), request.headers());
        let origin = self.cors.allowed(request.headers());
        let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
        let report = Report { route: route.to_owned(), method: method_name(request.method()), ..Report::default() };

        let response = match self.cors.preflight(request.method(), request.headers()) {
            _ if !self.contexts.admits(request.headers()) => Problem::new(Kind::DirectAccess).into_response(),
            Some(response) => response,
            None => match limited(request).await {
                Ok(mut request) => {
                    request.extensions_mut().insert(ctx.clone());
                    self.in_time(request, next).await
                }
                Err(problem) => problem.into_response(),
            },
        };

        let (mut response, problem, cause) = named(response, &ctx);
        let headers = response.headers_mut();
        self.cors.mark(origin, headers);
        harden(headers);
        if let Ok(id) = HeaderValue::from_str(&ctx.request_id.0) {
            headers.insert(HeaderName::from_static("x-request-id"), id);
        }
        let status = response.status().as_u16();
        self.reporter.write(&ctx, Report { status, problem, cause, took: started.elapsed(), ..report });
        response
    }

    /// The handler's answer, or, at the deadline, that there is none for now. What was under way is
    /// given up, as it is when an answer of AWS is lost: the same request can be sent again.
    async fn in_time(&self, request: Request, next: Next) -> Response {
        let is_oauth = request.uri().path().starts_with("/oauth2/");
        match tokio::time::timeout(self.deadline, next.run(request)).await {
            Ok(response) => response,
            Err(_) if is_oauth => OAuthError::unavailable(RETRY_AFTER, &Late(self.deadline)).into_response(),
            Err(_) => Problem::unavailable(RETRY_AFTER, &Late(self.deadline)).into_response(),
        }
    }
}

/// The request with its body read, if that is small enough.
async fn limited(request: Request) -> Result<Request, Problem> {
    let too_large = || Problem::new(Kind::PayloadTooLarge);
    let (parts, body) = request.into_parts();
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|n| n.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|n| n > BODY_LIMIT) {
        return Err(too_large());
    }
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(Request::from_parts(parts, Body::from(body.to_bytes()))),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Problem::new(Kind::InvalidRequest).detail("The body could not be read.")),
    }
}

/// Writes the request id into a problem, and says what the log is to say.
fn named(mut response: Response, ctx: &Ctx) -> (Response, Option<&'static str>, Option<String>) {
    match response.extensions_mut().remove::<Outcome>() {
        Some(Outcome::Problem(problem)) => {
            let mut answer = render(&problem, Some(&ctx.request_id));
            // What the router or a handler added stays: `Allow` of a 405, for one.
            for (name, value) in response.headers() {
                if !answer.headers().contains_key(name) && name != CONTENT_LENGTH {
                    answer.headers_mut().insert(name, value.clone());
                }
            }
            (answer, Some(problem.kind().slug()), problem.cause().map(str::to_owned))
        }
        Some(Outcome::Page(problem)) => (response, Some(problem.kind().slug()), problem.cause().map(str::to_owned)),
        Some(Outcome::OAuth { code, cause }) => (response, Some(code), cause),
        None => (response, None, None),
    }
}

/// Headers that every answer has, unless its handler knows better.
fn harden(headers: &mut HeaderMap) {
    const HEADERS: [(HeaderName, &str); 7] = [
        (STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// A method that we know; clients can write anything there, and logs are no place for that.
fn method_name(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| method.as_str() == *known).unwrap_or("-")
}

#[cfg(test)]
mod tests;
