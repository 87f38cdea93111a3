//! What a customer is shown of themselves, and by which tag it is known.

use axum::http::{HeaderMap, header::ETAG};
use axum::response::{IntoResponse, Response};
use domain::Locale;
use edge::{Json, document};
use serde::Serialize;
use serde_json::{Map, Value};
use store::Customer;

use crate::{Profile, ProfileError};

/// A customer, as they see themselves.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// Their id; the `sub` of their tokens.
    #[schema(example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")]
    sub: String,
    /// Their address.
    #[schema(format = "email", example = "ada@example.com")]
    email: String,
    /// When they proved that it is theirs.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    email_verified_at: String,
    /// The language of their mails.
    #[schema(example = "en")]
    locale: Locale,
    /// Whose law protects them: an ISO 3166-1 country, or a group such as `EU`.
    #[schema(example = "DE")]
    jurisdiction: String,
    /// Fields of the deployment's profile schema.
    #[schema(example = json!({"given_name": "Ada"}))]
    profile: Map<String, Value>,
    /// Fields that the deployment would like to know and the profile lacks.
    #[schema(example = json!(["family_name"]))]
    missing: Vec<String>,
    /// Since when they are a customer.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    created_at: String,
}

/// The answer that shows a customer.
pub(crate) fn answer(flow: &Profile, customer: Customer) -> Response {
    let missing = flow.schema.missing(&customer.data.profile);
    let jurisdiction = customer.jurisdiction.as_ref().unwrap_or(flow.transfers.default_jurisdiction());
    let me = Me {
        sub: customer.id.to_string(),
        email: customer.data.email.reveal(),
        email_verified_at: customer.data.email_verified_at.to_string(),
        locale: customer.locale,
        jurisdiction: jurisdiction.to_string(),
        profile: customer.data.profile,
        missing,
        created_at: customer.created_at.to_string(),
    };
    ([(ETAG, etag(customer.version))], Json(me)).into_response()
}

/// Whether this version may be changed, as far as the caller says.
pub(crate) fn check_if_match(headers: &HeaderMap, version: u64) -> Result<(), ProfileError> {
    if document::may_change(headers, &etag(version)) { Ok(()) } else { Err(ProfileError::Changed) }
}

fn etag(version: u64) -> String {
    format!("\"{version}\"")
}
