//! `GET /v1/me/factors`: by what the caller proves who they are.

use std::sync::Arc;

use axum::extract::State;
use domain::{Factor, FactorKind, Factors, Method};
use edge::{Caller, Ctx, Json, Problem};
use serde::Serialize;
use store::Customer;

use crate::{FactorsFlow, load};

/// The caller's factors.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FactorList {
    /// Those that are active, in the order in which they were added; then those that are suspended.
    factors: Vec<ListedFactor>,
    /// How many recovery codes are left.
    #[schema(example = 10)]
    recovery_codes_left: usize,
    /// A recovery without any factor that somebody asked for, and that can be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    recovery: Option<OpenRecovery>,
}

/// A recovery without any factor.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OpenRecovery {
    /// From when it works.
    #[schema(format = "date-time", example = "2026-11-27T10:15:30Z")]
    ready_at: String,
}

/// A factor, as its customer sees it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Factor)]
pub(crate) struct ListedFactor {
    /// Its id.
    #[schema(example = "fac_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// `passkey`, `totp`, `sms`, or `email`.
    #[schema(value_type = String, example = "passkey")]
    method: Method,
    /// What its owner calls it.
    #[schema(example = "My phone")]
    name: String,
    /// Since when.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    added_at: String,
    /// When it was last used, to the day for a passkey.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2026-11-25T00:00:00Z")]
    last_used_at: Option<String>,
    /// Since when it signs nobody in: the button of a mail took it away, and nothing else kept who reads the
    /// mailbox out. It can be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2026-11-25T10:15:30Z")]
    suspended_since: Option<String>,
    /// Since when there may be a copy of it: a passkey's counter had gone back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2026-11-25T10:15:30Z")]
    suspect_since: Option<String>,
    /// Whether it is offered first.
    #[schema(example = true)]
    preferred: bool,
    /// Whether a passkey is kept in more than one place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    synced: Option<bool>,
    /// Where its code would go, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "•••78")]
    hint: Option<String>,
}

/// List one's factors
#[utoipa::path(get, path = "/v1/me/factors", operation_id = "factors_list", tag = "factors", security(("bearer" = [])),
    responses((status = 200, description = "The factors.", body = FactorList)))]
pub(crate) async fn list(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<Json<FactorList>, Problem> {
    let facts = load(&flow, &ctx, &caller).await?;
    let factors = &facts.factors.factors;
    let Factors { recovery_codes, delayed, .. } = factors;
    let open = delayed.as_ref().filter(|delayed| delayed.is_open(ctx.now));
    Ok(Json(FactorList {
        factors: factors.all().map(|one| ListedFactor::of(one, factors, &facts.profile)).collect(),
        recovery_codes_left: recovery_codes.len(),
        recovery: open.map(|delayed| OpenRecovery { ready_at: delayed.ready_at.to_string() }),
    }))
}

impl ListedFactor {
    /// One of these factors.
    pub(crate) fn of(factor: &Factor, among: &Factors, profile: &Customer) -> Self {
        let (synced, hint) = match &factor.kind {
            FactorKind::Passkey { synced, .. } => (Some(*synced), None),
            FactorKind::Totp { .. } => (None, None),
            FactorKind::Sms { number, .. } => (None, Some(number.masked())),
            FactorKind::Email {} => (None, Some(profile.data.email.masked())),
        };
        Self {
            id: factor.id.to_string(),
            method: factor.method(),
            name: factor.name.clone(),
            added_at: factor.added_at.to_string(),
            last_used_at: factor.used_at.map(|at| at.to_string()),
            suspended_since: among.suspended_since(factor.id).map(|at| at.to_string()),
            suspect_since: factor.suspect_since.map(|at| at.to_string()),
            preferred: among.preferred == Some(factor.id),
            synced,
            hint,
        }
    }
}
