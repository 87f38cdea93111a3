//! A document that somebody else keeps: what an app says of itself.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde::{Deserialize, Serialize};

use crate::call::{Caller, NotCalled, USER_AGENT};
use crate::target::Target;

/// The most that is read of a document (draft-ietf-oauth-client-id-metadata-document §8.7).
pub(crate) const LARGEST: usize = 5 * 1024;

/// What is to be fetched.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fetch {
    /// Its address.
    pub(crate) fetch: String,
}

/// What was answered. Of any status but 200 nothing else is looked at.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Fetched {
    pub(crate) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl Caller {
    /// Gets a document: as [`Caller::call`] goes, and all of it in the same time.
    pub(crate) async fn fetch(&self, Fetch { fetch }: Fetch) -> Result<Fetched, NotCalled> {
        let target = Target::parse(&fetch, self.reach())?;
        let request = request(&target).ok_or(NotCalled::Malformed)?;
        self.within(async { read(self.send(request).await?).await }).await
    }
}

fn request(target: &Target) -> Option<HttpRequest> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_method("GET").ok()?;
    request.set_uri(target.url.clone()).ok()?;
    let headers = request.headers_mut();
    headers.try_insert("accept", "application/json").ok()?;
    headers.try_insert("user-agent", USER_AGENT).ok()?;
    Some(request)
}

async fn read(answer: HttpResponse) -> Result<Fetched, NotCalled> {
    let status = answer.status().as_u16();
    if status != 200 {
        return Ok(Fetched { status, ..Fetched::default() });
    }
    let header = |name: &str| answer.headers().get(name).map(str::to_owned);
    let (content_type, cache_control) = (header("content-type"), header("cache-control"));
    let said = header("content-length").and_then(|length| length.parse::<usize>().ok());
    if said.is_some_and(|length| length > LARGEST) {
        return Err(NotCalled::TooLarge);
    }
    let (mut body, mut pieces) = (Vec::new(), ByteStream::new(answer.into_body()));
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| NotCalled::Connection)?;
        if body.len() + piece.len() > LARGEST {
            return Err(NotCalled::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    let body = String::from_utf8(body).map_err(|_| NotCalled::Unreadable)?;
    Ok(Fetched { status, content_type, cache_control, body: Some(body) })
}
