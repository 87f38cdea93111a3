//! The way from a function's SDK client to the endpoint, without a socket.
//!
//! The client serialises, signs, retries and times out as it always does; only
//! the bytes go by a function call. So a test's system starts in milliseconds,
//! and a call that never answers holds no connection.

use std::fmt;

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt;

use super::{Front, reply::Reply};

tokio::task_local! {
    /// The HTTP request or invocation that the current task serves.
    pub(crate) static REQUEST: String;
}

/// The header that carries [`REQUEST`] to the endpoint.
pub(super) const REQUEST_HEADER: &str = "x-local-request";

/// An HTTP client for the SDK whose only host is this endpoint.
pub(crate) fn client(front: Front) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector(front));
    http_client_fn(move |_, _| connector.clone())
}

struct Connector(Front);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let front = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (mut parts, body) = request.into_parts();
            if let Some(id) = REQUEST.try_with(|id| id.parse().ok()).ok().flatten() {
                parts.headers.insert(REQUEST_HEADER, id);
            }
            let body = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
            response(front.handle(parts, body).await)
        })
    }
}

fn response(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let response: http::Response<Bytes> = reply.into_http();
    let (parts, body) = response.into_parts();
    let status = StatusCode::from(parts.status);
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in &parts.headers {
        if let Ok(value) = value.to_str() {
            response.headers_mut().insert(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(response)
}
