//! Answers in the forms that AWS's protocols give them.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::Service;

/// An answer, ready for the wire.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// The error's name, also sent as a header.
    pub(crate) error: Option<String>,
    pub(crate) body: Bytes,
}

/// An error of a service.
#[derive(Clone, Debug)]
pub(crate) struct AwsError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// What else the error carries, such as `CancellationReasons`.
    pub(crate) members: Map<String, Value>,
}

impl AwsError {
    /// The caller's fault.
    pub(crate) fn caller(code: &str, message: &str) -> AwsError {
        AwsError::new(400, code, message)
    }

    pub(crate) fn new(status: u16, code: &str, message: &str) -> AwsError {
        AwsError { status, code: code.to_owned(), message: message.to_owned(), members: Map::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: Value) -> AwsError {
        self.members.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn reply(self, service: Service) -> Reply {
        match service {
            Service::Sns | Service::Sts => Reply::xml(
                self.status,
                Some(self.code.clone()),
                &format!(
                    "<ErrorResponse><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message>\
                     </Error><RequestId>local</RequestId></ErrorResponse>",
                    if self.status < 500 { "Sender" } else { "Receiver" },
                    escaped(&self.code),
                    escaped(&self.message),
                ),
            ),
            Service::S3 => Reply::xml(
                self.status,
                Some(self.code.clone()),
                &format!(
                    "<Error><Code>{}</Code><Message>{}</Message><RequestId>local</RequestId></Error>",
                    escaped(&self.code),
                    escaped(&self.message),
                ),
            ),
            _ => {
                let mut body = self.members;
                body.insert("__type".into(), json!(format!("{}{}", shape(service), self.code)));
                // some clients read one, some the other
                body.insert("message".into(), json!(self.message));
                body.insert("Message".into(), json!(self.message));
                Reply { error: Some(self.code), ..Reply::json(service, self.status, &Value::Object(body)) }
            }
        }
    }
}

fn shape(service: Service) -> &'static str {
    match service {
        Service::DynamoDb | Service::Streams => "com.amazonaws.dynamodb.v20120810#",
        _ => "",
    }
}

impl Reply {
    pub(crate) fn json(service: Service, status: u16, body: &Value) -> Reply {
        let content_type = match service {
            Service::DynamoDb | Service::Streams => "application/x-amz-json-1.0",
            Service::Kms => "application/x-amz-json-1.1",
            _ => "application/json",
        };
        Reply { status, content_type: content_type.to_owned(), error: None, body: Bytes::from(body.to_string()) }
    }

    pub(crate) fn xml(status: u16, error: Option<String>, body: &str) -> Reply {
        Reply { status, content_type: "text/xml".to_owned(), error, body: Bytes::from(body.to_owned()) }
    }

    pub(crate) fn into_http<B: From<Bytes>>(self) -> http::Response<B> {
        let mut response = http::Response::new(B::from(self.body));
        *response.status_mut() = http::StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        if let Ok(value) = self.content_type.parse() {
            headers.insert(http::header::CONTENT_TYPE, value);
        }
        if let Some(value) = self.error.and_then(|error| error.parse().ok()) {
            // Lambda's own success carries its function's failure
            let name = if self.status == 200 { "x-amz-function-error" } else { "x-amzn-errortype" };
            headers.insert(name, value);
        }
        response
    }
}

/// Text that may stand in XML and HTML, in attributes too.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
