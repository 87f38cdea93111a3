//! `/_local/app`: a page that signs people up and in, as a frontend would: in a browser, with
//! nothing but the API.
//!
//! It is here to be tried and to be driven by the stage `browser`; its ids stay.

use axum::routing::{MethodRouter, get};
use http::header;

/// The route's answer.
pub(crate) fn routes() -> MethodRouter {
    get(|| async {
        let head = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
                 base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ),
        ];
        (head, PAGE)
    })
}

const PAGE: &str = include_str!("app/page.html");
