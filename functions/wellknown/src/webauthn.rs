//! `GET /.well-known/webauthn`: where else this deployment's passkeys may be used (WebAuthn Level 3
//! §5.11, related origins).

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};
use edge::{Kind, Problem, document};
use passkeys::Ceremonies;
use serde::Serialize;
use utoipa::ToSchema;

use crate::KEEP;

/// Related origins
///
/// The origins, beside this one, at which browsers let this deployment's passkeys be used.
#[utoipa::path(
    get,
    path = "/.well-known/webauthn",
    operation_id = "webauthn",
    tag = "discovery",
    responses(
        (status = 200, description = "The origins.", body = RelatedOrigins,
            headers(
                ("ETag" = String, description = "Changes when the document does."),
                ("Cache-Control" = String, description = "How long it may be kept."))),
        (status = 304, description = "The caller has it already (`If-None-Match`)."),
    )
)]
pub(crate) async fn webauthn(
    State(ceremonies): State<Arc<Ceremonies>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let origins = ceremonies.related_origins();
    if origins.is_empty() {
        return Err(Problem::new(Kind::NotFound));
    }
    document::public(&headers, &RelatedOrigins { origins: origins.to_vec() }, KEEP)
}

/// Related origins.
#[derive(Serialize, ToSchema)]
pub(crate) struct RelatedOrigins {
    /// Each as browsers write it.
    #[schema(example = json!(["https://shop.example", "https://app.example"]))]
    origins: Vec<String>,
}
