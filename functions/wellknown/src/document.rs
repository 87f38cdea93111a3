//! Documents that everybody may read and keep.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};
use domain::{KeySchedule, digest};

/// A JSON document; `304` without it where the caller has it already (RFC 9110 §13.1.2).
pub(crate) fn respond(request: &HeaderMap, body: impl Into<Body> + AsRef<[u8]>) -> Response {
    let [a, b, c, d, e, f, g, h, ..] = digest(body.as_ref());
    let etag = format!("\"{:016x}\"", u64::from_be_bytes([a, b, c, d, e, f, g, h]));
    let mut response = if has(request, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, "application/json")], body.into()).into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, format!("public, max-age={}", KeySchedule::JWKS_LIFETIME.as_secs())),
        (ETAG, etag),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Whether the caller names this document's tag. A cache on the way may have made it a weak one.
fn has(request: &HeaderMap, etag: &str) -> bool {
    let lines = request.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(if_none_match: Option<&str>, body: &'static str) -> Response {
        let mut request = HeaderMap::new();
        if let Some(value) = if_none_match {
            request.insert(IF_NONE_MATCH, value.parse().unwrap());
        }
        respond(&request, body)
    }

    #[test]
    fn who_has_a_document_is_not_sent_it() {
        let first = get(None, "{}");
        let etag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert_eq!(
            (first.status(), first.headers()[CACHE_CONTROL].to_str().unwrap()),
            (StatusCode::OK, "public, max-age=3600")
        );
        for known in [etag.clone(), format!("\"x\", W/{etag}"), "*".to_owned()] {
            let again = get(Some(&known), "{}");
            assert_eq!((again.status(), &again.headers()[ETAG]), (StatusCode::NOT_MODIFIED, &first.headers()[ETAG]));
            assert!(!again.headers().contains_key(CONTENT_TYPE));
        }
        assert_eq!(get(Some(&etag), "{\"a\":1}").status(), StatusCode::OK);
        assert_eq!(get(Some("\"x\""), "{}").status(), StatusCode::OK);
    }
}
