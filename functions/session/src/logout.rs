//! `POST /v1/logout`: the session that asks ends.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::ActKind;
use edge::{Caller, Ctx, Problem};

use crate::Sessions;

/// Log out
///
/// Ends the session that asks, and with it its refresh token.
#[utoipa::path(post, path = "/v1/logout", tag = "sessions", security(("bearer" = [])),
    responses((status = 204, description = "The session has ended.")))]
pub(crate) async fn logout(State(flow): State<Arc<Sessions>>, ctx: Ctx, caller: Caller) -> Result<StatusCode, Problem> {
    let cause = ctx.act(ActKind::SessionEnded, caller.actor()).in_session(caller.session.id);
    flow.store.session_end(caller.customer, caller.session.id, ctx.now, &cause).await?;
    Ok(StatusCode::NO_CONTENT)
}
