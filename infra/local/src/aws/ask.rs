//! Reading a request: which service, which action, who asks, and with what.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, request::Parts};
use serde_json::{Map, Value, json};

use super::{Caller, FUNCTION, Service, connector::REQUEST_HEADER, reply::AwsError, s3};

/// A request to AWS, understood.
pub(crate) struct Ask {
    pub(crate) caller: Caller,
    /// The HTTP request or invocation that it serves.
    pub(crate) request: Option<String>,
    pub(crate) service: Service,
    pub(crate) action: String,
    /// The parameters, whatever form they came in.
    pub(crate) input: Value,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    /// The body as it came.
    pub(crate) bytes: Bytes,
}

impl Ask {
    pub(crate) fn read(parts: Parts, bytes: Bytes) -> Result<Ask, AwsError> {
        let (key, scope) = credential(&parts.headers);
        let caller = match key.strip_prefix(FUNCTION) {
            Some(flow) if !flow.is_empty() => Caller::Function(flow.to_lowercase()),
            _ => Caller::Operator,
        };
        let (service, action, input) = understand(&parts, &bytes, scope)?;
        let request = parts.headers.get(REQUEST_HEADER);
        Ok(Ask {
            caller,
            request: request.and_then(|id| id.to_str().ok()).map(str::to_owned),
            service,
            action,
            input,
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            bytes,
        })
    }

    /// A parameter that is text.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.input.pointer(pointer).and_then(Value::as_str)
    }
}

/// Access key id and service of SigV4's `Credential=KEY/date/region/service/aws4_request`.
fn credential(headers: &HeaderMap) -> (&str, &str) {
    let header = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scope = header.and_then(|value| value.split_once("Credential=")).map(|(_, rest)| rest);
    let mut parts = scope.unwrap_or_default().split(['/', ',']);
    (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default())
}

pub(super) type Understood = (Service, String, Value);

fn understand(parts: &Parts, bytes: &Bytes, scope: &str) -> Result<Understood, AwsError> {
    if let Some(target) = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()) {
        let (service, action) = match target.split_once('.') {
            Some(("DynamoDB_20120810", action)) => (Service::DynamoDb, action),
            Some(("DynamoDBStreams_20120810", action)) => (Service::Streams, action),
            Some(("TrentService", action)) => (Service::Kms, action),
            _ => return Err(unknown(target)),
        };
        return Ok((service, action.to_owned(), json_of(bytes)?));
    }
    if scope == "s3" {
        return s3::understand(&parts.method, &parts.uri, &parts.headers);
    }
    match parts.uri.path().trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["v2", "email", rest @ ..] => email(&parts.method, rest, bytes),
        ["2015-03-31", "functions", name, "invocations"] => {
            let input = json!({ "FunctionName": decoded(name), "Payload": json_of(bytes)? });
            Ok((Service::Lambda, "Invoke".to_owned(), input))
        }
        [""] => query(bytes, scope),
        _ => Err(unknown(parts.uri.path())),
    }
}

fn email(method: &Method, path: &[&str], bytes: &Bytes) -> Result<Understood, AwsError> {
    let address = |address: &str| json!({ "EmailAddress": decoded(address) });
    let (action, input) = match (method.as_str(), path) {
        ("POST", ["outbound-emails"]) => ("SendEmail", json_of(bytes)?),
        ("PUT", ["suppression", "addresses"]) => ("PutSuppressedDestination", json_of(bytes)?),
        ("GET", ["suppression", "addresses"]) => ("ListSuppressedDestinations", json!({})),
        ("GET", ["suppression", "addresses", of]) => ("GetSuppressedDestination", address(of)),
        ("DELETE", ["suppression", "addresses", of]) => ("DeleteSuppressedDestination", address(of)),
        ("GET", ["account"]) => ("GetAccount", json!({})),
        _ => return Err(unknown(&path.join("/"))),
    };
    Ok((Service::Ses, action.to_owned(), input))
}

/// The query protocol: a form with `Action`.
fn query(bytes: &Bytes, scope: &str) -> Result<Understood, AwsError> {
    let form: Map<String, Value> = form(bytes);
    let action = form.get("Action").and_then(Value::as_str).unwrap_or_default().to_owned();
    let service = match (scope, action.as_str()) {
        (_, "GetCallerIdentity") => Service::Sts,
        ("sns", _) | (_, "Publish") => Service::Sns,
        _ => return Err(unknown(&action)),
    };
    Ok((service, action, Value::Object(form)))
}

fn form(bytes: &Bytes) -> Map<String, Value> {
    let text = String::from_utf8_lossy(bytes);
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), Value::from(decoded(&value.replace('+', " ")))))
        .collect()
}

pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(hex(*high).unwrap_or_default() * 16 + hex(*low).unwrap_or_default());
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn json_of(bytes: &Bytes) -> Result<Value, AwsError> {
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(bytes).map_err(|_| AwsError::caller("SerializationException", "the body is not JSON"))
}

pub(super) fn unknown(what: &str) -> AwsError {
    AwsError::caller("UnknownOperationException", &format!("{what} is not imitated here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(request: http::request::Builder, body: &str) -> Ask {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Ask::read(parts, Bytes::from(body.to_owned())).ok().unwrap()
    }

    fn signed(key: &str, service: &str) -> http::request::Builder {
        http::Request::post("/").header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"),
        )
    }

    #[test]
    fn a_function_is_known_by_its_access_key() {
        let request = signed("FUNCTIONLOGIN", "dynamodb");
        let ask = ask(request.header("x-amz-target", "DynamoDB_20120810.GetItem"), "{}");
        assert_eq!(ask.caller, Caller::Function("login".to_owned()));
        assert_eq!((ask.service, ask.action.as_str()), (Service::DynamoDb, "GetItem"));
    }

    #[test]
    fn the_query_protocol_is_read_as_parameters() {
        let ask = ask(signed("test", "sns"), "Action=Publish&PhoneNumber=%2B49151&Message=a+b");
        assert_eq!((ask.caller.clone(), ask.service), (Caller::Operator, Service::Sns));
        assert_eq!((ask.text("/PhoneNumber"), ask.text("/Message")), (Some("+49151"), Some("a b")));
    }

    #[test]
    fn a_path_names_the_suppressed_address() {
        let request = http::Request::get("/v2/email/suppression/addresses/a%40b.example");
        assert_eq!(ask(request, "").text("/EmailAddress"), Some("a@b.example"));
    }
}
