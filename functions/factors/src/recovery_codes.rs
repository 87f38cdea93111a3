//! `POST /v1/me/factors/recovery-codes`: a new set of recovery codes replaces the old.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Factors, Notice, RecoveryCode};
use edge::{Caller, Ctx, Json, Problem};
use serde::Serialize;
use signin::notices;
use store::FactorsChange;

use crate::add::write;
use crate::fresh::check_fresh;
use crate::{FactorError, FactorsFlow};

/// Recovery codes. They are shown once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Ten codes, each of which works once, in place of another factor.
    #[schema(example = json!(["7k3m-9xq2-t5vw-8h1n-c4rd-6pzf"]))]
    codes: Vec<String>,
}

/// Make recovery codes
///
/// Those of an older set no longer work.
#[utoipa::path(post, path = "/v1/me/factors/recovery-codes", operation_id = "recovery_codes_make", tag = "factors", security(("bearer" = [])),
    responses((status = 201, description = "The codes.", body = RecoveryCodes)))]
pub(crate) async fn make(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<(StatusCode, Json<RecoveryCodes>), Problem> {
    let (facts, _proof) = check_fresh(&flow, &ctx, &caller).await?;
    let mut factors = facts.factors.factors.clone();
    if factors.list.is_empty() {
        return Err(FactorError::NoFactor.into());
    }
    let codes: Vec<_> = (0..Factors::RECOVERY_CODES).map(|_| RecoveryCode::generate(&ctx.rng)).collect();
    factors.recovery_codes.clear();
    for code in &codes {
        factors.recovery_codes.push(flow.store.recovery_code_mac(caller.customer, code).await?);
    }
    let notice = notices::security(&ctx, &flow.store, &facts.profile, Notice::RecoveryCodesMade {}, None);
    let cause = ctx.act(ActKind::RecoveryCodesMade, caller.actor()).in_session(caller.session.id);
    let change = FactorsChange { notice: Some(&notice), ..facts.change(&factors) };
    write(&flow, &ctx, &change, &cause).await?;
    let codes = codes.iter().map(RecoveryCode::grouped).collect();
    Ok((StatusCode::CREATED, Json(RecoveryCodes { codes })))
}
