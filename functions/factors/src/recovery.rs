//! `DELETE /v1/me/recovery`: a recovery without any factor is refused.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::ActKind;
use edge::{Caller, Ctx, Problem};

use crate::Flows;

/// Refuse a recovery
///
/// Whoever can still sign in can refuse what somebody without a factor has asked for. Once refused, or
/// where there is none, there is nothing to do.
#[utoipa::path(delete, path = "/v1/me/recovery", operation_id = "recovery_refuse", tag = "factors",
    security(("bearer" = [])), responses((status = 204, description = "There is no recovery.")))]
pub(crate) async fn refuse(State(flow): State<Arc<Flows>>, ctx: Ctx, caller: Caller) -> Result<StatusCode, Problem> {
    let owner = flow.load(caller).await?;
    let mut factors = owner.stored.factors.clone();
    if factors.delayed.take().is_some() {
        flow.write(&ctx, &owner, &factors, None, None, ActKind::RecoveryRefused).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
