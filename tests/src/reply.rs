//! Answers.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// An HTTP answer, read whole.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as text.
    pub text: String,
    /// Body as JSON; null if it is none.
    pub body: Value,
}

impl Reply {
    /// Reads an answer.
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, text, body }
    }

    /// The answer, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The answer is this problem: its status, media type, type and request id are as they must be.
    #[track_caller]
    pub fn problem(self, status: u16, slug: &str) -> Self {
        let found = (self.status, self["type"].as_str().unwrap_or_default().to_owned());
        assert_eq!(found, (status, format!("urn:portico:problem:{slug}")), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self["status"], status);
        assert_eq!(self["request_id"], self.header("x-request-id"));
        self
    }

    /// The answer is an OAuth error (RFC 6749 §5.2).
    #[track_caller]
    pub fn oauth(self, status: u16, error: &str) -> Self {
        assert_eq!((self.status, self["error"].as_str()), (status, Some(error)), "{}", self.text);
        assert_eq!(self.header("cache-control"), "no-store");
        self
    }

    /// The pointers and codes of the fields that are wrong.
    pub fn fields(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = self["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A member of the body, as text.
    #[track_caller]
    pub fn str(&self, name: &str) -> String {
        match self[name].as_str() {
            Some(text) => text.to_owned(),
            None => panic!("no {name} in {}", self.text),
        }
    }
}

impl std::ops::Index<&str> for Reply {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.body.get(name).unwrap_or(&Value::Null)
    }
}
