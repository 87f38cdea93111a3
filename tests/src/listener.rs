//! An app's own server, as Portico calls it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use serde_json::Value;
use tokio::net::TcpListener;

/// A server on this machine that keeps what is posted to it.
pub struct Listener {
    address: String,
    kept: Kept,
}

/// What was posted.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Posted {
    /// The logout token in it.
    #[track_caller]
    pub fn logout_token(&self) -> &str {
        self.body.strip_prefix("logout_token=").unwrap_or_else(|| panic!("no logout token: {}", self.body))
    }

    /// What the token says.
    #[track_caller]
    pub fn claims(&self) -> Value {
        crate::claims(self.logout_token())
    }
}

type Kept = Arc<Mutex<BTreeMap<String, (u16, Vec<Posted>)>>>;

impl Listener {
    /// One that answers 200 to everything.
    pub async fn start() -> Self {
        let kept = Kept::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/{path}", any(keep)).with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, kept }
    }

    /// Where this path is.
    pub fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.address)
    }

    /// Has this path answer so from now on; 0 is never.
    pub fn answer(&self, path: &str, status: u16) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(path.to_owned())
            .or_insert((200, Vec::new()))
            .0 = status;
    }

    /// What came to this path since the last time.
    pub fn take(&self, path: &str) -> Vec<Posted> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_mut(path).map(|(_, posted)| std::mem::take(posted)).unwrap_or_default()
    }
}

async fn keep(State(kept): State<Kept>, Path(path): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let status = {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (status, posted) = kept.entry(path).or_insert((200, Vec::new()));
        posted.push(Posted { headers, body: String::from_utf8_lossy(&body).into_owned() });
        *status
    };
    match status {
        0 => std::future::pending().await,
        302 => (StatusCode::FOUND, [(LOCATION, "/elsewhere")]).into_response(),
        other => (StatusCode::from_u16(other).unwrap(), "x".repeat(1_000_000)).into_response(),
    }
}
