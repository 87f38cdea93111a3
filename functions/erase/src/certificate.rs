//! `GET /v1/erasure/certificate`: the certificate, for whoever has the receipt.

use std::sync::Arc;

use axum::extract::State;
use edge::{Ctx, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use store::{Done, Receipt, Tombstone};

use crate::{Erase, EraseError};

/// Whose certificate.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// What asking for the erasure answered, and the last mail says.
    #[serde(default)]
    #[param(required = true, example = "cus_01hf7yat00e9j8b5v2m3n4p6q7.Wk3Ry7Bn1Lq9Vc5Xt2Hp0A")]
    receipt: String,
}

/// That somebody was erased.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ErasureCertificate {
    /// The erasure.
    #[schema(example = "era_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// When everything was unreadable, wherever it was.
    #[schema(format = "date-time", example = "2026-12-09T10:20:00Z")]
    done_at: String,
    /// When no backup can bring it back any more.
    #[schema(format = "date-time", example = "2026-12-16T10:20:00Z")]
    final_at: String,
    /// The same and more as a JWS of type `erasure-certificate+jwt`, by a key of
    /// `/.well-known/permanent-keys.json`: who, when it was asked for, how many things of which kind went,
    /// and what remains, and why.
    #[schema(example = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImVyYXN1cmUtY2VydGlmaWNhdGUrand0In0.eyJzdWIiOiJjdXNfIn0.c2ln")]
    certificate: String,
}

impl ErasureCertificate {
    pub(crate) fn new(tombstone: &Tombstone, done: &Done) -> Self {
        Self {
            id: tombstone.id.to_string(),
            done_at: done.done_at.to_string(),
            final_at: done.final_at.to_string(),
            certificate: done.certificate.clone(),
        }
    }
}

/// Get the certificate of an erasure
///
/// By the receipt: whoever was erased has no account. `404` until it is done.
#[utoipa::path(get, path = "/v1/erasure/certificate", operation_id = "erasure_certificate", tag = "privacy",
    params(Wanted), responses((status = 200, description = "The certificate.", body = ErasureCertificate)))]
pub(crate) async fn certificate(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ErasureCertificate>, Problem> {
    flow.count(&ctx).await?;
    let receipt = Receipt::parse(&wanted.receipt).ok_or(EraseError::NotFound)?;
    let tombstone = flow.store.tombstone(receipt.customer).await?.filter(|tombstone| tombstone.is_of(&receipt));
    let tombstone = tombstone.ok_or(EraseError::NotFound)?;
    let done = tombstone.done.as_ref().ok_or(EraseError::NotFound)?;
    Ok(Json(ErasureCertificate::new(&tombstone, done)))
}
