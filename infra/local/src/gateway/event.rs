//! HTTP to API Gateway's event, version 2.0, and the function's answer back to HTTP.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header, request::Parts};
use serde_json::{Map, Value, json};

use super::routes::Matched;
use crate::aws::decoded;

/// What API Gateway knows of a request beside its head and body.
pub(super) struct Facts {
    pub(super) request_id: String,
    pub(super) source_ip: String,
    /// The API's own name, which `Host` cannot change.
    pub(super) domain: String,
    pub(super) now: Timestamp,
}

/// The event for a request.
pub(super) fn event(parts: &Parts, body: &Bytes, matched: &Matched, facts: &Facts) -> Value {
    let path = decoded(parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let headers = headers(&parts.headers, facts);
    let (body, base64) = encode(&parts.headers, body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": matched.key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": facts.domain,
            "domainPrefix": facts.domain.split('.').next(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": facts.source_ip,
                "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
            },
            "requestId": facts.request_id,
            "routeKey": matched.key,
            "stage": "$default",
            "time": facts.now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": facts.now.as_millisecond(),
        },
        "isBase64Encoded": base64,
    });
    if let Some(event) = event.as_object_mut() {
        let mut optional = |name: &str, value: Option<Value>| {
            event.extend(value.map(|value| (name.to_owned(), value)));
        };
        optional("body", body.map(Value::from));
        optional("cookies", cookies(&parts.headers));
        optional("queryStringParameters", parameters(query));
        optional(
            "pathParameters",
            (!matched.parameters.is_empty())
                .then(|| matched.parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect()),
        );
    }
    event
}

/// Lower-case names, repeated headers joined by a comma, cookies apart.
fn headers(headers: &HeaderMap, facts: &Facts) -> Map<String, Value> {
    let mut joined = Map::new();
    for name in headers.keys().filter(|name| !HELD_BACK.contains(&name.as_str())) {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        joined.insert(name.as_str().to_owned(), values.join(",").into());
    }
    let (_, port) = facts.domain.split_once(':').unwrap_or(("", "80"));
    joined.insert("host".to_owned(), json!(facts.domain));
    let before = joined.get("x-forwarded-for").and_then(Value::as_str);
    let forwarded = before.map_or_else(|| facts.source_ip.clone(), |all| format!("{all}, {}", facts.source_ip));
    joined.insert("x-forwarded-for".to_owned(), json!(forwarded));
    joined.insert("x-forwarded-port".to_owned(), json!(port));
    joined.insert("x-forwarded-proto".to_owned(), json!("http"));
    joined
}

const HELD_BACK: [&str; 4] = ["cookie", "connection", "transfer-encoding", super::SOURCE_IP];

fn cookies(headers: &HeaderMap) -> Option<Value> {
    let all: Vec<Value> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(|cookie| Value::from(cookie.trim()))
        .collect();
    (!all.is_empty()).then_some(Value::Array(all))
}

fn parameters(query: &str) -> Option<Value> {
    let mut joined: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = |text: &str| decoded(&text.replace('+', " "));
        let (name, value) = (plain(name), plain(value));
        let value = match joined.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        joined.insert(name, value.into());
    }
    (!joined.is_empty()).then_some(Value::Object(joined))
}

/// Text stays text; everything else, and text that is none, is base64.
fn encode(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
    let textual = kind.starts_with("text/")
        || kind.ends_with("+json")
        || ["application/json", "application/javascript", "application/xml"].contains(&&*kind);
    match std::str::from_utf8(body) {
        Ok(text) if textual => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

/// The function's answer as HTTP; `None` when API Gateway would not understand it.
pub(crate) fn response(answer: &Value) -> Option<Response<axum::body::Body>> {
    let status = u16::try_from(answer.get("statusCode")?.as_u64()?).ok()?;
    let body = answer.get("body").and_then(Value::as_str).unwrap_or_default();
    let body = match answer.get("isBase64Encoded").and_then(Value::as_bool) {
        Some(true) => STANDARD.decode(body).ok()?,
        _ => body.as_bytes().to_vec(),
    };
    let mut response = Response::new(axum::body::Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    for kind in ["headers", "multiValueHeaders"] {
        let pairs = answer.get(kind).and_then(Value::as_object);
        for (name, value) in pairs.into_iter().flatten() {
            let name: HeaderName = name.parse().ok()?;
            let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            response.headers_mut().remove(&name);
            for value in values.iter().filter_map(Value::as_str) {
                response.headers_mut().append(name.clone(), HeaderValue::from_str(value).ok()?);
            }
        }
    }
    let cookies = answer.get("cookies").and_then(Value::as_array);
    for cookie in cookies.into_iter().flatten().filter_map(Value::as_str) {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(cookie).ok()?);
    }
    // hyper counts for itself
    response.headers_mut().remove(header::CONTENT_LENGTH);
    Some(response)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn made(request: http::request::Builder, body: &[u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let facts = Facts {
            request_id: "r1".to_owned(),
            source_ip: "192.0.2.1".to_owned(),
            domain: "localhost:3000".to_owned(),
            now: Timestamp::from_second(1_700_000_000).unwrap(),
        };
        let matched = Matched {
            flow: "session".to_owned(),
            key: "DELETE /v1/{id}".to_owned(),
            parameters: vec![("id".to_owned(), "a b".to_owned())],
        };
        event(&parts, &Bytes::copy_from_slice(body), &matched, &facts)
    }

    #[test]
    fn a_request_is_told_as_api_gateway_tells_it() {
        let request = Request::delete("/v1/a%20b?x=1&x=%202&y")
            .header("Host", "evil.example")
            .header("X-Two", "a")
            .header("X-Two", "b")
            .header("Cookie", "c=1; d=2")
            .header("User-Agent", "curl/8");
        let event = made(request, b"");
        assert_eq!(event["version"], "2.0");
        assert_eq!((&event["rawPath"], &event["rawQueryString"]), (&json!("/v1/a b"), &json!("x=1&x=%202&y")));
        assert_eq!(event["queryStringParameters"], json!({ "x": "1, 2", "y": "" }));
        assert_eq!(event["pathParameters"], json!({ "id": "a b" }));
        assert_eq!(event["cookies"], json!(["c=1", "d=2"]));
        assert_eq!(event["headers"]["x-two"], "a,b");
        assert_eq!(event["headers"]["host"], "localhost:3000");
        assert!(event["headers"].get("cookie").is_none());
        let context = &event["requestContext"];
        assert_eq!(context["http"]["sourceIp"], "192.0.2.1");
        assert_eq!(context["http"]["userAgent"], "curl/8");
        assert_eq!(context["time"], "14/Nov/2023:22:13:20 +0000");
        assert!(event.get("body").is_none());
    }

    #[test]
    fn only_text_travels_as_text() {
        let typed = |kind: &str| Request::post("/").header("content-type", kind);
        let json = made(typed("application/json; charset=utf-8"), "{\"ü\":1}".as_bytes());
        assert_eq!((&json["body"], &json["isBase64Encoded"]), (&json!("{\"ü\":1}"), &json!(false)));
        let form = made(typed("application/x-www-form-urlencoded"), b"a=b");
        assert_eq!((&form["body"], &form["isBase64Encoded"]), (&json!("YT1i"), &json!(true)));
        let broken = made(typed("application/json"), b"\xff");
        assert_eq!((&broken["body"], &broken["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
    }

    #[test]
    fn an_answer_keeps_its_cookies_apart() {
        let answer = json!({
            "statusCode": 201, "headers": { "content-type": "text/plain" },
            "cookies": ["a=1", "b=2"], "body": "aGk=", "isBase64Encoded": true,
        });
        let response = response(&answer).unwrap();
        assert_eq!(response.status(), 201);
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
        assert!(super::response(&json!({ "message": "no status" })).is_none());
    }
}
