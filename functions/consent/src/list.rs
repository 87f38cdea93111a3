//! `GET /v1/me/consents`: where the caller stands with every purpose.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use domain::{Consent as Standing, Outcome, Registry, Source, Verdict};
use edge::{Caller, Ctx, Json, Problem};
use serde::Serialize;
use signin::consents;

use crate::decide::{self, Who};
use crate::purposes::ShownPurpose;
use crate::{Consent, ConsentError};

/// Where a customer stands.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConsentList {
    /// With every purpose, by its key.
    consents: Vec<ListedConsent>,
    /// Whether there is one to which they have to be asked again.
    #[schema(example = false)]
    asks_again: bool,
}

/// Where a customer stands with a purpose.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Consent)]
pub(crate) struct ListedConsent {
    /// The purpose in its current version; absent if the deployment no longer has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    current: Option<ShownPurpose>,
    /// Its name for programs.
    #[schema(example = "newsletter")]
    purpose: String,
    /// Whether data may be used for it.
    #[schema(example = true)]
    granted: bool,
    /// Why, or why not.
    state: Verdict,
    /// Whether they agreed to a version since which everybody is asked again.
    #[schema(example = false)]
    asks_again: bool,
    /// The last decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decision: Option<LastDecision>,
}

/// The last decision on a purpose.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LastDecision {
    /// Its id.
    #[schema(example = "dec_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// What it came to.
    outcome: Outcome,
    /// On which version.
    #[schema(example = 1)]
    version: u32,
    /// When.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    at: String,
    /// How it was made known.
    source: Source,
}

/// List one's consents
///
/// With what is asked again, and what was never decided. A browser's `Sec-GPC: 1` counts here: what is
/// sale or sharing and was agreed to is withdrawn, and recorded so. An app asks this after each sign-in.
#[utoipa::path(get, path = "/v1/me/consents", operation_id = "consents_list", tag = "privacy", security(("bearer" = [])),
    params(("Sec-GPC" = Option<String>, Header, nullable = false, description = "`1` opts out of sale and sharing (Global Privacy Control).", example = "1")),
    responses((status = 200, description = "Where the caller stands with every purpose.", body = ConsentList)))]
pub(crate) async fn list(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Json<ConsentList>, Problem> {
    let registry = flow.registry(&ctx).await?;
    let mut decided = flow.store.consents(caller.customer).await?;
    if consents::opts_out(&headers) && opt_out(&flow, &ctx, &caller, &registry, &decided).await? {
        decided = flow.store.consents(caller.customer).await?;
    }
    Ok(Json(ConsentList::of(&ctx, &caller, &registry, decided)))
}

/// Withdraws what was agreed to and is sale or sharing. Whether there was any.
async fn opt_out(
    flow: &Consent,
    ctx: &Ctx,
    caller: &Caller,
    registry: &Registry,
    decided: &[Standing],
) -> Result<bool, ConsentError> {
    let is_sold =
        |consent: &&Standing| registry.find(&consent.shown.purpose).is_some_and(|s| s.purpose.sale_or_sharing);
    let is_on = |consent: &&Standing| matches!(consent.outcome, Outcome::Granted | Outcome::Pending);
    let mut any = false;
    for consent in decided.iter().filter(is_sold).filter(is_on) {
        decide::withdraw_by(flow, ctx, Who::of(caller), &consent.shown.purpose, Source::Gpc).await?;
        any = true;
    }
    Ok(any)
}

impl ConsentList {
    fn of(ctx: &Ctx, caller: &Caller, registry: &Registry, decided: Vec<Standing>) -> Self {
        let mut decided: BTreeMap<String, Standing> =
            decided.into_iter().map(|consent| (consent.shown.purpose.clone(), consent)).collect();
        let mut consents = Vec::new();
        for standing in registry.all() {
            let last = decided.remove(&standing.purpose.key);
            let state = Verdict::of(Some(standing), Some(caller.security.status), last.as_ref());
            let current = ShownPurpose::of(&standing.purpose, ctx.locale);
            consents.push(ListedConsent::of(standing.purpose.key.clone(), Some(current), state, last));
        }
        // What the deployment no longer has was decided all the same, and can be withdrawn.
        let gone = decided.into_iter().map(|(key, last)| ListedConsent::of(key, None, Verdict::Unknown, Some(last)));
        consents.extend(gone);
        let asks_again = consents.iter().any(|consent| consent.asks_again);
        Self { consents, asks_again }
    }
}

impl ListedConsent {
    fn of(purpose: String, current: Option<ShownPurpose>, state: Verdict, last: Option<Standing>) -> Self {
        let decision = last.map(|last| LastDecision {
            id: last.decision.to_string(),
            outcome: last.outcome,
            version: last.shown.version,
            at: last.at.to_string(),
            source: last.source,
        });
        Self { current, purpose, granted: state.is_allowed(), state, asks_again: state == Verdict::Outdated, decision }
    }
}
