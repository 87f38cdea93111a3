//! A host of documents by which clients describe themselves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A server on this machine that answers with what it is given.
pub struct Documents {
    address: String,
    kept: Kept,
}

/// What a path answers.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The status; 0 never answers, 1 begins and never ends.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

type Kept = Arc<Mutex<BTreeMap<String, (Page, Vec<HeaderMap>)>>>;

impl Documents {
    /// Where an app that describes itself has its customers led, unless it says otherwise.
    pub const BACK: &'static str = "https://app.example/back";

    /// One that has none yet.
    pub async fn start() -> Self {
        let kept = Kept::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/{path}", any(answer)).with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, kept }
    }

    /// Where this path is.
    pub fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.address)
    }

    /// What the document of a client at this path says, with more or other members.
    pub fn document(&self, path: &str, more: &Value) -> Value {
        let mut document = json!({"client_id": self.at(path), "client_name": "The App", "redirect_uris": [Self::BACK],
            "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none"});
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    }

    /// Keeps the document of a client at this path. Its id.
    pub fn keep(&self, path: &str, more: &Value) -> String {
        let body = self.document(path, more).to_string().into_bytes();
        let headers = vec![("content-type", "application/json".to_owned())];
        self.answer(path, Page { status: 200, headers, body });
        self.at(path)
    }

    /// Has this path answer so from now on.
    pub fn answer(&self, path: &str, page: Page) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_owned()).or_default().0 = page;
    }

    /// Has this path answer with this status, and nothing else.
    pub fn fail(&self, path: &str, status: u16) {
        self.answer(path, Page { status, ..Page::default() });
    }

    /// The headers of each time that this path was fetched since the last time.
    pub fn take(&self, path: &str) -> Vec<HeaderMap> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_mut(path).map(|(_, fetched)| std::mem::take(fetched)).unwrap_or_default()
    }

    /// How often anything was fetched since the last time.
    pub fn take_all(&self) -> usize {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.values_mut().map(|(_, fetched)| std::mem::take(fetched).len()).sum()
    }
}

async fn answer(State(kept): State<Kept>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    let page = {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (page, fetched) = kept.entry(path).or_default();
        fetched.push(headers);
        page.clone()
    };
    match page.status {
        0 => std::future::pending().await,
        1 => {
            let begins = futures_util::stream::iter([Ok::<_, std::io::Error>(page.body)]);
            let mut response = Body::from_stream(begins.chain(futures_util::stream::pending())).into_response();
            response.headers_mut().insert("content-type", "application/json".parse().unwrap());
            response
        }
        status => {
            let mut response = (StatusCode::from_u16(status).unwrap(), page.body).into_response();
            for (name, value) in page.headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
    }
}
