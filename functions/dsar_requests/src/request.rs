//! A request, as it is shown.

use domain::{DsarClosing, DsarExtension, DsarKind, FieldError, HandedOver, Law};
use serde::Serialize;
use store::StoredDsar;

/// A data subject's request.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DataRequest)]
pub(crate) struct Shown {
    /// Its id.
    #[schema(example = "dsr_01hf7yat00e9j8b5v2m3n4p6q701hf7yat00e9j8b5v2m3n4p6q8")]
    id: String,
    /// Whose data it is about.
    #[schema(example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")]
    customer: String,
    /// What is asked for.
    r#type: DsarKind,
    /// By which law.
    law: Law,
    /// `open`, or `closed`.
    #[schema(example = "open")]
    status: &'static str,
    /// When it was received.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    received_at: String,
    /// When it was put on record.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    recorded_at: String,
    /// By when it is due.
    #[schema(format = "date-time", example = "2026-12-24T10:15:30Z")]
    due_at: String,
    /// How the person was identified.
    #[schema(example = "Passport, in the shop")]
    identified_by: String,
    /// Why there is more time, where there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    extension: Option<DsarExtension>,
    /// The copies that were fetched to be handed over.
    handed_over: Vec<HandedOver>,
    /// What came of it, once it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    closing: Option<DsarClosing>,
}

impl From<&StoredDsar> for Shown {
    fn from(StoredDsar { id, dsar, .. }: &StoredDsar) -> Self {
        Self {
            id: id.to_string(),
            customer: id.customer.to_string(),
            r#type: dsar.kind,
            law: dsar.law,
            status: if dsar.is_open() { "open" } else { "closed" },
            received_at: dsar.received_at.to_string(),
            recorded_at: dsar.recorded_at.to_string(),
            due_at: dsar.due_at().to_string(),
            identified_by: dsar.identified_by.clone(),
            extension: dsar.extension.clone(),
            handed_over: dsar.handed_over.clone(),
            closing: dsar.closing.clone(),
        }
    }
}

/// The longest text that an administrator may write.
const LONGEST: usize = 2000;

/// What an administrator wrote, if it is something.
pub(crate) fn written(pointer: &str, text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    let is_text = |c: char| !domain::unprintable(c) || matches!(c, '\n' | '\t');
    if text.is_empty() {
        Err(FieldError::new(pointer, "required", "is required"))
    } else if text.chars().count() > LONGEST {
        Err(FieldError::new(pointer, "length", "is longer than 2000 characters"))
    } else if !text.chars().all(is_text) {
        Err(FieldError::new(pointer, "characters", "has control characters"))
    } else {
        Ok(text.to_owned())
    }
}
