//! Copies of all that is held on a customer.

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::{App, Person, Reply};

/// What came of fetching a copy.
#[derive(Clone, Debug)]
pub struct Download {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// As much of the body as came.
    pub bytes: Vec<u8>,
    /// Whether it came to its end.
    pub is_whole: bool,
}

impl App {
    /// Fetches a copy.
    pub async fn fetch(&self, address: &str) -> Download {
        let mut answer = self.request_at(Method::POST, address).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut bytes = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Download { status, headers, bytes, is_whole: true },
                Err(_) => return Download { status, headers, bytes, is_whole: false },
            }
        }
    }
}

impl Person {
    /// Asks for a copy; its address.
    pub async fn export(&self, app: &App) -> String {
        self.call(app, Method::POST, "/v1/me/export", None).await.expect(201).str("download")
    }
}

impl Download {
    /// The copy, if there is one and all of it came.
    #[track_caller]
    pub fn zip(self) -> Vec<u8> {
        assert_eq!((self.status, self.is_whole), (200, true), "{}", String::from_utf8_lossy(&self.bytes));
        assert_eq!(self.headers["content-type"], "application/zip");
        self.bytes
    }

    /// The answer, if it is none.
    pub fn reply(self) -> Reply {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Reply { status: self.status, headers: self.headers, text, body }
    }
}
