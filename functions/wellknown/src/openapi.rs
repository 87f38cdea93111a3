//! `GET /openapi.json`: the contract of the whole API.

use axum::{http::HeaderMap, response::Response};
use edge::document;

use crate::KEEP;

/// Generated from the handlers, committed, and compared with them by a test.
const OPENAPI: &str = include_str!("../../../openapi.json");

/// This document
///
/// The API's description in OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "discovery",
    responses(
        (status = 200, description = "The document.", body = serde_json::Value,
            headers(
                ("ETag" = String, description = "Changes when the document does."),
                ("Cache-Control" = String, description = "How long it may be kept.")),
            example = json!({"openapi": "3.1.0", "info": {"title": "Portico", "version": "0.1.0"}, "paths": {}})),
        (status = 304, description = "The caller has it already (`If-None-Match`)."),
    )
)]
pub(crate) async fn openapi(headers: HeaderMap) -> Response {
    document::public_text(&headers, OPENAPI, KEEP)
}
