//! Events of API Gateway and of function URLs, as `lambda_http` converts them, without what would make it
//! panic.

use std::convert::Infallible;

use axum::{Router, body::Bytes};
use futures_util::Stream;
use http::header::HOST;
use lambda_http::{Adapter, StreamAdapter, request::LambdaRequest};
use lambda_runtime::{LambdaEvent, Service, StreamResponse};
use serde::Serialize;

/// The router's answer to an event of API Gateway v2, as the gateway wants it. A deployment and
/// `local` both come this way.
///
/// # Errors
/// Never; Lambda's runtime wants a `Result`.
pub async fn respond(router: Router, mut event: LambdaEvent<LambdaRequest>) -> Result<impl Serialize, Infallible> {
    tame(&mut event.payload);
    // The adapter itself is not `Send`, its future is.
    let answer = Adapter::from(router).call(event);
    answer.await
}

/// The router's answer to an event of a function URL, whose body is made while it is sent: what has a
/// size of its own must not pass through a buffer. The event has API Gateway's form.
///
/// # Errors
/// Never; Lambda's runtime wants a `Result`.
pub async fn stream(
    router: Router,
    mut event: LambdaEvent<LambdaRequest>,
) -> Result<StreamResponse<impl Stream<Item = Result<Bytes, axum::Error>> + Send + Unpin + 'static>, Infallible> {
    tame(&mut event.payload);
    let answer = StreamAdapter::from(router).call(event);
    answer.await
}

/// `lambda_http` builds a URI from what the client sent and panics where it is none: a deployed
/// function would be ended by anybody who puts `<` in a query.
fn tame(request: &mut LambdaRequest) {
    if let LambdaRequest::ApiGatewayV2(request) = request {
        // Nothing here believes them: the issuer is a setting, or the gateway's own domain name.
        request.headers.remove(HOST);
        request.headers.remove("x-forwarded-proto");
        if let Some(query) = &mut request.raw_query_string {
            *query = escape(query, b"\"<>#");
        }
        if let Some(path) = &mut request.raw_path {
            // The path comes decoded: a `?` or `#` in it belongs to it.
            *path = escape(path, b"\"<>#?");
            if !path.starts_with('/') {
                path.insert(0, '/');
            }
        }
    }
}

/// Percent-encodes these bytes and all that are no printable ASCII.
fn escape(text: &str, also: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !also.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use http::Uri;
    use serde_json::{Value, json};

    use super::*;

    async fn answer(path: &str, query: &str, host: &str) -> Value {
        let router = Router::new()
            .route("/v1/{id}", get(|uri: Uri| async move { uri.to_string() }))
            .fallback(|uri: Uri| async move { format!("none: {uri}") });
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
            "headers": {"host": host, "x-forwarded-proto": "https"}, "isBase64Encoded": false,
            "requestContext": {"stage": "$default", "domainName": "api.example", "timeEpoch": 0,
                "http": {"method": "GET", "path": path, "sourceIp": "192.0.2.1"}},
        });
        let event = LambdaEvent::new(serde_json::from_value(event).unwrap(), lambda_runtime::Context::default());
        let answer = respond(router, event).await.unwrap();
        serde_json::to_value(answer).unwrap()["body"].clone()
    }

    #[tokio::test]
    async fn whatever_a_client_sends_is_a_request() {
        for (path, query, host) in [
            ("/v1/a", "a=<script>", "api.example"),
            ("/v1/a", "a=\"\u{e9}\u{0} |^`{}", "api.example"),
            ("/v1/a b", "%zz&#", "api.example"),
            ("/v1/a", "", "a b"),
            ("/v1/a", "", "[::1"),
            ("/v1/a", "", "user@a:99999999"),
            ("//a/../%00", "", "api.example"),
            ("", "", ""),
            ("/v1/\u{1F600}`^|{}\\", "", "api.example"),
        ] {
            assert!(answer(path, query, host).await.is_string(), "{path:?} {query:?} {host:?}");
        }
    }

    #[tokio::test]
    async fn a_question_mark_in_a_decoded_path_is_no_query() {
        assert_eq!(answer("/v1/a?b#c", "d=e", "api.example").await, "https://api.example/v1/a%3Fb%23c?d=e");
    }
}
