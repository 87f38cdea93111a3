//! A decision, as it is answered.

use domain::{Outcome, Receipt, Source};
use serde::Serialize;

/// A decision on a purpose.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Decision {
    /// Its id.
    #[schema(example = "dec_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// On which purpose.
    #[schema(example = "newsletter")]
    purpose: String,
    /// On which version of it.
    #[schema(example = 1)]
    version: u32,
    /// What it came to.
    outcome: Outcome,
    /// When.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    at: String,
    /// How it was made known.
    source: Source,
    /// In which language the purpose was shown.
    #[schema(example = "en")]
    language: String,
}

impl From<&Receipt> for Decision {
    fn from(receipt: &Receipt) -> Self {
        Self {
            id: receipt.jti.to_string(),
            purpose: receipt.notice.purpose.clone(),
            version: receipt.notice.version,
            outcome: receipt.decision,
            at: receipt.timestamp.to_string(),
            source: receipt.method,
            language: receipt.notice.language.tag().to_owned(),
        }
    }
}

/// A decision with its receipt.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DecisionWithReceipt {
    /// The decision that holds now.
    decision: Decision,
    /// A JWS by the permanent key (`typ` `consent-receipt+jwt`) whose claims follow ISO/IEC TS 27560. The
    /// keys are at `/.well-known/permanent-keys.json`, for good.
    #[schema(example = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImNvbnNlbnQtcmVjZWlwdCtqd3QifQ.eyJqdGkiOiJkZWMifQ.c2ln")]
    receipt: String,
}

impl DecisionWithReceipt {
    pub(crate) fn new(claims: &Receipt, receipt: String) -> Self {
        Self { decision: claims.into(), receipt }
    }
}
