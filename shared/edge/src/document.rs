//! Tags of what is answered (RFC 9110 §8.8.3), and documents that everybody may read and keep by them.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use domain::{SignedDuration, digest};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, VARY},
};
use serde::Serialize;

use crate::Problem;

/// What caches are told of a document.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// For how long they may keep it.
    pub time: SignedDuration,
    /// The header of the request by which it differs, if there is one.
    pub vary: Option<&'static str>,
}

/// A value as a JSON document that everybody may read, from any origin, and keep; `304` without it where
/// the caller has it already (RFC 9110 §13.1.2).
///
/// # Errors
/// When it can't be written as JSON, which is our fault.
pub fn public<T: Serialize>(request: &HeaderMap, value: &T, keep: Keep) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
    Ok(public_text(request, body, keep))
}

/// The same for JSON that is written already.
pub fn public_text(request: &HeaderMap, body: impl Into<Body> + AsRef<[u8]>, keep: Keep) -> Response {
    let [a, b, c, d, e, f, g, h, ..] = digest(body.as_ref());
    let etag = format!("\"{:016x}\"", u64::from_be_bytes([a, b, c, d, e, f, g, h]));
    let mut response = if has(request, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, "application/json")], body.into()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let cross_origin = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(cross_origin, HeaderValue::from_static("cross-origin"));
    headers.extend(keep.vary.map(|vary| (VARY, HeaderValue::from_static(vary))));
    for (name, value) in [(CACHE_CONTROL, format!("public, max-age={}", keep.time.as_secs())), (ETAG, etag)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Whether what has this tag may be changed, as far as the caller says (RFC 9110 §13.1.1).
pub fn may_change(request: &HeaderMap, etag: &str) -> bool {
    !request.contains_key(IF_MATCH) || tags(request, &IF_MATCH).any(|tag| tag == "*" || tag == etag)
}

/// Whether the caller names this document's tag. A cache on the way may have made it a weak one.
fn has(request: &HeaderMap, etag: &str) -> bool {
    tags(request, &IF_NONE_MATCH).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn tags<'a>(request: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = request.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Keep = Keep { time: SignedDuration::from_secs(60), vary: Some("Accept-Language") };

    fn get(if_none_match: Option<&str>, body: &'static str) -> Response {
        let mut request = HeaderMap::new();
        if let Some(value) = if_none_match {
            request.insert(IF_NONE_MATCH, value.parse().unwrap());
        }
        public_text(&request, body, KEEP)
    }

    #[test]
    fn who_has_a_document_is_not_sent_it() {
        let first = get(None, "{}");
        let etag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let told = [CACHE_CONTROL, VARY].map(|name| first.headers()[name].to_str().unwrap());
        assert_eq!((first.status(), told), (StatusCode::OK, ["public, max-age=60", "Accept-Language"]));
        for known in [etag.clone(), format!("\"x\", W/{etag}"), "*".to_owned()] {
            let again = get(Some(&known), "{}");
            assert_eq!((again.status(), &again.headers()[ETAG]), (StatusCode::NOT_MODIFIED, &first.headers()[ETAG]));
            assert!(!again.headers().contains_key(CONTENT_TYPE));
        }
        assert_eq!(get(Some(&etag), "{\"a\":1}").status(), StatusCode::OK);
        assert_eq!(get(Some("\"x\""), "{}").status(), StatusCode::OK);
    }

    #[test]
    fn a_change_of_what_was_read_is_one_of_what_is_there() {
        for (given, may) in [
            (&[][..], true),
            (&["\"7\""], true),
            (&["*"], true),
            (&["\"6\", \"7\""], true),
            (&["\"6\"", "\"7\""], true),
            (&["\"6\""], false),
            (&["7"], false),
            (&["W/\"7\""], false),
            (&[""], false),
        ] {
            let headers = given.iter().map(|value| (IF_MATCH, value.parse().unwrap())).collect();
            assert_eq!(may_change(&headers, "\"7\""), may, "{given:?}");
        }
    }
}
