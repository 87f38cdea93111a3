//! `DELETE /v1/me/factors/{id}`: a factor is removed.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{ActKind, FactorId, Notice};
use edge::{Caller, Ctx, Problem, Query};
use serde::Deserialize;
use signin::notices;
use store::FactorsChange;

use crate::add::write;
use crate::fresh::check_fresh;
use crate::{FactorError, FactorsFlow};

/// What else ends.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Ending {
    /// `true` ends every session but the one that asks, for a factor that is lost.
    #[serde(default)]
    #[param(inline, nullable = false, required = false)]
    end_other_sessions: OtherSessions,
}

/// Whether the other sessions end.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OtherSessions {
    /// They end.
    True,
    /// They go on.
    #[default]
    False,
}

/// Remove a factor
///
/// Recovery codes stand in for other factors, so they go with the last. Tells the customer by mail.
#[utoipa::path(delete, path = "/v1/me/factors/{id}", operation_id = "factor_remove", tag = "factors", security(("bearer" = [])),
    params(("id" = String, Path, description = "The factor's id.", example = "fac_01hf7yat00e9j8b5v2m3n4p6q7"), Ending),
    responses((status = 204, description = "The factor is removed.")))]
pub(crate) async fn remove(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    Query(ending): Query<Ending>,
) -> Result<StatusCode, Problem> {
    let id = id.ok().and_then(|Path(id)| FactorId::parse(&id)).ok_or(FactorError::NotFound)?;
    let (facts, _proof) = check_fresh(&flow, &ctx, &caller).await?;
    let mut factors = facts.factors.factors.clone();
    let removed = factors.remove(id).ok_or(FactorError::NotFound)?;
    let what = Notice::FactorRemoved { method: removed.method(), name: removed.name };
    let notice = notices::security(&ctx, &flow.store, &facts.profile, what, None);
    let cause = ctx.act(ActKind::FactorRemoved, caller.actor()).in_session(caller.session.id);
    let ends = ending.end_other_sessions == OtherSessions::True;
    let change = FactorsChange {
        notice: Some(&notice),
        end_others: ends.then_some(caller.session.id),
        ..facts.change(&factors)
    };
    write(&flow, &ctx, &change, &cause).await?;
    Ok(StatusCode::NO_CONTENT)
}
