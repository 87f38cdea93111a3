//! `POST /v1/me/factors/recovery-codes`: a new set of recovery codes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Factors, Notice, RecoveryCode};
use edge::{Caller, Ctx, Json, Problem};
use serde::{Deserialize, Serialize};

use crate::{FactorsError, Flows};

/// Nothing.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecoveryCodesRequest {}

/// The codes, shown once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Ten codes of 120 bits, each for one use in the place of a second factor.
    #[schema(example = json!(["7k2m-q9xd-4tvn-0hgb-c3sz-8wfr"]))]
    codes: Vec<String>,
}

/// Make recovery codes
///
/// The codes of an earlier set no longer work.
#[utoipa::path(post, path = "/v1/me/factors/recovery-codes", operation_id = "recovery_codes_make", tag = "factors",
    security(("bearer" = [])), request_body = RecoveryCodesRequest,
    responses((status = 201, description = "The codes. They are not shown again.", body = RecoveryCodes)))]
pub(crate) async fn make(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    Json(RecoveryCodesRequest {}): Json<RecoveryCodesRequest>,
) -> Result<(StatusCode, Json<RecoveryCodes>), Problem> {
    let owner = flow.owner(&ctx, caller).await?;
    if !owner.stored.factors.has_second() {
        return Err(FactorsError::NotNow("Recovery codes stand in for a second factor. Add one first.").into());
    }
    let mut factors = owner.stored.factors.clone();
    let codes: Vec<_> = (0..Factors::RECOVERY_CODES).map(|_| RecoveryCode::generate(&ctx.rng)).collect();
    factors.recovery_codes.clear();
    for code in &codes {
        factors.recovery_codes.push(flow.store.recovery_code_mac(owner.caller.customer, code).await?);
    }
    let told = Some((Notice::RecoveryCodesMade {}, None));
    flow.write(&ctx, &owner, &factors, None, told, ActKind::RecoveryCodesMade).await?;
    Ok((StatusCode::CREATED, Json(RecoveryCodes { codes: codes.iter().map(RecoveryCode::grouped).collect() })))
}
