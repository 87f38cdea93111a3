//! The way to a document: by `dispatch`, which alone calls addresses that somebody else chose. It is told the address,
//! which the client has said itself, and nothing of anybody.

use std::time::Duration;

use domain::{ConfigError, Settings};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wire::{CallError, Invoked, Wire};

/// How much longer it takes than a service of AWS: what a document's host is given, and a cold start.
const LONGER: Duration = Duration::from_secs(4);

/// There is no document for now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotFetched {
    /// Lambda failed, or did not let us.
    #[error(transparent)]
    Invoke(#[from] CallError),
    /// `dispatch` ended before its time.
    #[error("dispatch gave no answer")]
    NoAnswer,
    /// It can't be reached, or may not be, by one of `dispatch`'s words.
    #[error("not reached: {0}")]
    NotReached(String),
    /// What came is no document: an error, a page, a way elsewhere, half of one.
    #[error("answered {0}, and no JSON object")]
    NoDocument(u16),
    /// There is none any more.
    #[error("answered {0}")]
    Gone(u16),
}

impl NotFetched {
    /// Whether whoever keeps it says that there is none.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Gone(_))
    }

    /// Whether it is us who failed, and not its host.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Invoke(_) | Self::NoAnswer)
    }
}

/// What was fetched: what a client says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) metadata: Map<String, Value>,
    pub(crate) cache_control: Option<String>,
}

/// What `dispatch` answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Answered {
        status: u16,
        #[serde(default)]
        content_type: Option<String>,
        #[serde(default)]
        cache_control: Option<String>,
        #[serde(default)]
        body: Option<String>,
    },
    Error {
        error: String,
    },
}

/// What fetches.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher(Invoked);

impl Fetcher {
    /// Reads `DISPATCH_FUNCTION`: its name.
    pub(crate) fn read(wire: Option<Wire>, settings: &Settings) -> Result<Self, ConfigError> {
        let name = settings.required("DISPATCH_FUNCTION")?;
        let invoked = wire.and_then(|wire| Invoked::new(wire.patient(LONGER), name));
        invoked.map(Self).ok_or_else(|| ConfigError::new("DISPATCH_FUNCTION", "is no function that can be reached"))
    }

    /// Fetches the document at this address.
    pub(crate) async fn fetch(&self, url: &str) -> Result<Document, NotFetched> {
        read(&self.0.invoke(json!({"fetch": url}).to_string().into_bytes()).await?)
    }
}

fn read(answer: &[u8]) -> Result<Document, NotFetched> {
    match serde_json::from_slice(answer).map_err(|_| NotFetched::NoAnswer)? {
        Answer::Answered { status: 200, content_type, cache_control, body: Some(body) } if is_json(&content_type) => {
            let metadata = serde_json::from_str(&body).map_err(|_| NotFetched::NoDocument(200))?;
            Ok(Document { metadata, cache_control })
        }
        Answer::Answered { status: status @ (404 | 410), .. } => Err(NotFetched::Gone(status)),
        Answer::Answered { status, .. } => Err(NotFetched::NoDocument(status)),
        Answer::Error { error } => Err(NotFetched::NotReached(error)),
    }
}

/// `application/json`, or what says that it is JSON (`application/…+json`).
fn is_json(content_type: &Option<String>) -> bool {
    let media_type = content_type.as_deref().and_then(|said| said.split(';').next()).unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    let subtype = media_type.strip_prefix("application/").unwrap_or_default();
    subtype == "json" || subtype.strip_suffix("+json").is_some_and(|kind| !kind.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_says_that_it_is_one() {
        let read = |status: u16, kind: &str| {
            let answer = json!({"status": status, "content_type": kind, "body": "{}"});
            read(answer.to_string().as_bytes())
        };
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/client-metadata+json"] {
            assert_eq!(read(200, kind), Ok(Document { metadata: Map::new(), cache_control: None }), "{kind}");
        }
        for kind in ["text/html", "text/json", "application/jsonp", "application/+json", "json", ""] {
            assert_eq!(read(200, kind), Err(NotFetched::NoDocument(200)), "{kind}");
        }
        for half in ["", "[]", "null", "{", "<html>", "\"x\""] {
            let answer = json!({"status": 200, "content_type": "application/json", "body": half});
            let read = super::read(answer.to_string().as_bytes());
            assert_eq!(read, Err(NotFetched::NoDocument(200)), "{half}");
        }
        for status in [201, 204, 301, 304, 401, 403, 429, 500, 503] {
            assert_eq!(read(status, "application/json"), Err(NotFetched::NoDocument(status)));
        }
        assert!(read(404, "application/json").unwrap_err().is_gone() && read(410, "").unwrap_err().is_gone());
        for lost in ["", "null", r#"{"errorType": "Unhandled", "errorMessage": "timed out"}"#] {
            assert_eq!(super::read(lost.as_bytes()), Err(NotFetched::NoAnswer), "{lost}");
        }
        let error = super::read(br#"{"error": "timeout"}"#);
        assert_eq!(error, Err(NotFetched::NotReached("timeout".to_owned())));
    }
}
