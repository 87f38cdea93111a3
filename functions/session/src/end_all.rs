//! `DELETE /v1/me/sessions`: all of the caller's sessions end, in one write.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::ActKind;
use edge::{Caller, Ctx, Problem, Query};
use serde::Deserialize;

use crate::Sessions;

/// What is spared.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Spared {
    /// `current` keeps the session that asks.
    #[serde(default)]
    #[param(inline, nullable = false, required = false)]
    keep: Option<Keep>,
}

/// Which session goes on.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Keep {
    /// The one that asks.
    Current,
}

/// End all sessions
///
/// With `keep=current`, all but the one that asks.
#[utoipa::path(delete, path = "/v1/me/sessions", operation_id = "sessions_end", tag = "sessions", security(("bearer" = [])), params(Spared),
    responses((status = 204, description = "The sessions have ended.")))]
pub(crate) async fn end_all(
    State(flow): State<Arc<Sessions>>,
    ctx: Ctx,
    caller: Caller,
    Query(spared): Query<Spared>,
) -> Result<StatusCode, Problem> {
    let keep = spared.keep.map(|Keep::Current| caller.session.id);
    let cause = ctx.act(ActKind::SessionsEnded, caller.actor()).in_session(caller.session.id);
    let ending = (flow.store.sessions(caller.customer).await?, caller.security.epoch, keep);
    let tells = signin::tells_of_all(&flow.store, &flow.clients, &ctx, ending).await?;
    flow.store.sessions_end_all(caller.customer, caller.security.epoch, keep, &tells, (ctx.now, &cause)).await?;
    Ok(StatusCode::NO_CONTENT)
}
