//! `DELETE /v1/me/recovery`: a recovery without any factor is refused.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::ActKind;
use edge::{Caller, Ctx, Problem};

use crate::add::write;
use crate::{FactorsFlow, load};

/// Refuse a recovery
///
/// Whoever is signed in may: it takes nothing from anybody but the one who asked for it. Where none is
/// open, nothing is to be refused, and the answer is the same.
#[utoipa::path(delete, path = "/v1/me/recovery", operation_id = "recovery_refuse", tag = "factors", security(("bearer" = [])),
    responses((status = 204, description = "No recovery is open.")))]
pub(crate) async fn refuse(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let facts = load(&flow, &ctx, &caller).await?;
    let mut factors = facts.factors.factors.clone();
    if factors.delayed.take().is_some() {
        let cause = ctx.act(ActKind::RecoveryRefused, caller.actor()).in_session(caller.session.id);
        let change = facts.change(&factors);
        write(&flow, &ctx, &change, &cause).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
