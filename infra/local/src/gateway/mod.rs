//! API Gateway: the HTTP API in front of the functions, with its limits and its
//! own answers. And the addresses of functions that have one of their own.

pub(crate) mod event;
mod routes;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Path},
    middleware,
    routing::{any, get},
};
use edge::Clock;
use http::{HeaderMap, Request, Response, StatusCode, Uri, request::Parts};
use serde_json::json;

use self::event::Facts;
use self::routes::Matched;
pub(crate) use self::routes::Routes;
use crate::{demo::Demo, functions::Functions, random_id};

/// The header by which a test says where its request comes from. Believed only
/// when [`crate::Options::trust_source_ip_header`] says so.
pub const SOURCE_IP: &str = "x-local-source-ip";

/// Where the functions are that have an address of their own; on AWS each has a host.
pub(crate) const URLS: &str = "/_local/url";

/// The gateway.
pub(crate) struct Gateway {
    pub(crate) functions: Arc<Functions>,
    pub(crate) routes: RwLock<Routes>,
    pub(crate) clock: Clock,
    pub(crate) domain: String,
    pub(crate) trust_source_ip: bool,
    pub(crate) timeouts: bool,
}

/// API Gateway's own limits, and Lambda's for a synchronous event and its answer.
const BODY: usize = 10 * 1024 * 1024;
const HEADERS: usize = 10_240;
const PAYLOAD: usize = 6 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

impl Gateway {
    /// The gateway as an HTTP service, with the outbox and a frontend beside it, and the apps on hosts of their own.
    pub(crate) fn router(self: &Arc<Gateway>, outbox: axum::routing::MethodRouter, demo: Demo) -> Router {
        let gateway = self.clone();
        let (root, below) = (self.clone(), self.clone());
        Router::new()
            .route(
                &format!("{URLS}/{{name}}/"),
                any(|Path(name): Path<String>, request: Request<Body>| async move { root.own_url(&name, request).await }),
            )
            .route(
                &format!("{URLS}/{{name}}/{{*path}}"),
                any(|Path((name, _)): Path<(String, String)>, request: Request<Body>| async move {
                    below.own_url(&name, request).await
                }),
            )
            .route("/_local/outbox", outbox)
            .route("/_local/app", crate::app::routes())
            .route("/_local/health", get(|| async { "ok" }))
            .fallback(move |request: Request<Body>| {
                let gateway = gateway.clone();
                async move { gateway.answer(request).await }
            })
            .layer(middleware::from_fn(move |request, next| demo.clone().serve(request, next)))
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if size(&parts) > HEADERS {
            return own(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large");
        }
        let path = crate::aws::decoded(parts.uri.path());
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(matched) = routes.find(parts.method.as_str(), &path) else {
            return own(StatusCode::NOT_FOUND, "Not Found");
        };
        let too_large = || own(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        let Ok(body) = to_bytes(body, BODY).await else { return too_large() };
        let event = event::event(&parts, &body, &matched, &self.facts(&parts));
        if event.to_string().len() > PAYLOAD {
            return too_large();
        }
        let answer = self.functions.invoke(&matched.flow, event);
        let patience = if self.timeouts { PATIENCE } else { Duration::MAX };
        let Ok(answer) = tokio::time::timeout(patience, answer).await else {
            return own(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
        };
        answer
            .ok()
            .filter(|answer| answer.to_string().len() <= PAYLOAD)
            .and_then(|answer| event::response(&answer))
            .unwrap_or_else(|| own(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
    }

    /// A function URL: its function takes every path and method, and its answer goes out as it is made.
    async fn own_url(&self, name: &str, request: Request<Body>) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        let own = |status: StatusCode| own(status, status.canonical_reason().unwrap_or_default());
        let Some(flow) = self.functions.with_url(name) else { return own(StatusCode::NOT_FOUND) };
        let rest = parts.uri.path_and_query().map_or("/", |all| all.as_str());
        let rest = rest.strip_prefix(&format!("{URLS}/{name}")).unwrap_or(rest);
        let Ok(uri) = rest.parse::<Uri>() else { return own(StatusCode::BAD_REQUEST) };
        parts.uri = uri;
        let Ok(body) = to_bytes(body, PAYLOAD).await else { return own(StatusCode::PAYLOAD_TOO_LARGE) };
        let matched = Matched { flow, key: "$default".to_owned(), parameters: Vec::new() };
        let event = event::event(&parts, &body, &matched, &self.facts(&parts));
        let answer = self.functions.stream(&matched.flow, event).await;
        answer.unwrap_or_else(|_| own(StatusCode::BAD_GATEWAY))
    }

    fn facts(&self, parts: &Parts) -> Facts {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let told = || parts.headers.get(SOURCE_IP)?.to_str().ok()?.parse().ok();
        let source: Option<IpAddr> = if self.trust_source_ip { told().or(peer) } else { peer };
        Facts {
            request_id: random_id(),
            source_ip: source.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)).to_string(),
            domain: self.domain.clone(),
            now: self.clock.now(),
        }
    }
}

/// The size of request line and headers.
fn size(parts: &Parts) -> usize {
    let headers =
        |headers: &HeaderMap| -> usize { headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum() };
    let path = parts.uri.path_and_query().map_or(0, |path| path.as_str().len());
    parts.method.as_str().len() + path + headers(&parts.headers)
}

/// An answer that is the gateway's own.
fn own(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}
