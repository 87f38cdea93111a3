//! `GET /v1/me/factors`: by what the caller can prove who they are.

use std::sync::Arc;

use axum::extract::State;
use domain::{Factor, FactorId, FactorKind, Method};
use edge::{Caller, Ctx, Json, Problem};
use serde::Serialize;

use crate::Flows;

/// The caller's factors.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FactorList {
    /// Those that are active, in the order in which they were added.
    factors: Vec<ListedFactor>,
    /// How many recovery codes are left.
    #[schema(example = 10)]
    recovery_codes_left: usize,
    /// A recovery without any factor that somebody asked for. `DELETE /v1/me/recovery` refuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    recovery: Option<OpenRecovery>,
}

/// A factor, as its owner sees it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Factor)]
pub(crate) struct ListedFactor {
    /// Its id.
    #[schema(example = "fac_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// `passkey`, `totp`, `sms` or `email`.
    #[schema(value_type = String, example = "passkey")]
    method: Method,
    /// What its owner calls it.
    #[schema(example = "Firefox on Linux")]
    name: String,
    /// Whether it is asked for first.
    #[schema(example = false)]
    preferred: bool,
    /// Since when it is active.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    added_at: String,
    /// When it was last used, to the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2026-11-24T10:15:30Z")]
    last_used_at: Option<String>,
    /// `passkey`: whether it is kept in more than one place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    synced: Option<bool>,
    /// `sms`, `email`: where its codes go, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "•••78")]
    hint: Option<String>,
}

/// A recovery that waits, or can be used.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OpenRecovery {
    /// When somebody asked for it.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    asked_at: String,
    /// From when it can be used.
    #[schema(format = "date-time", example = "2026-11-27T10:15:30Z")]
    ready_at: String,
}

impl ListedFactor {
    /// The factor, as its owner sees it: `email` is their address, masked.
    pub(crate) fn of(factor: &Factor, preferred: Option<FactorId>, email: &str) -> Self {
        let (synced, hint) = match &factor.kind {
            FactorKind::Passkey { synced, .. } => (Some(*synced), None),
            FactorKind::Totp { .. } => (None, None),
            FactorKind::Sms { number } => (None, Some(number.masked())),
            FactorKind::Email {} => (None, Some(email.to_owned())),
        };
        Self {
            id: factor.id.to_string(),
            method: factor.method(),
            name: factor.name.clone(),
            preferred: preferred == Some(factor.id),
            added_at: factor.added_at.to_string(),
            last_used_at: factor.used_at.map(|at| at.to_string()),
            synced,
            hint,
        }
    }
}

/// List one's factors
#[utoipa::path(get, path = "/v1/me/factors", operation_id = "factors_list", tag = "factors", security(("bearer" = [])),
    responses((status = 200, description = "The factors that are active.", body = FactorList)))]
pub(crate) async fn list(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<Json<FactorList>, Problem> {
    let owner = flow.load(caller).await?;
    let (factors, email) = (&owner.stored.factors, owner.customer.data.email.masked());
    let recovery = factors.delayed.as_ref().filter(|delayed| delayed.is_open(ctx.now));
    Ok(Json(FactorList {
        factors: factors.list.iter().map(|factor| ListedFactor::of(factor, factors.preferred, &email)).collect(),
        recovery_codes_left: factors.recovery_codes.len(),
        recovery: recovery.map(|delayed| OpenRecovery {
            asked_at: delayed.asked_at.to_string(),
            ready_at: delayed.ready_at.to_string(),
        }),
    }))
}
