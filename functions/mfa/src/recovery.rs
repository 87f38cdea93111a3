//! `POST /v1/mfa/recovery`: somebody who has lost every factor asks to get in without one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Actor, DelayedRecovery, Method, Notice, RecoveryHandle};
use edge::{Ctx, Json, Problem};
use serde::{Deserialize, Serialize};
use signin::notices;
use store::{FactorsChange, Spent};

use crate::waits::Waits;
use crate::{Mfa, MfaError};

/// Whose factors are lost.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecoveryRequest {
    /// What the sign-in answered with `mfa_required`.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
}

/// A recovery that waits.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RecoveryStarted {
    /// Goes with `delayed_recovery` to `/v1/mfa`, and is shown once: nobody gets in without it. Keep it
    /// where only this customer can read it, for that long.
    #[schema(example = "rcv_pJ3vXqk0mYb1sT5eKzL8dN2wR7uHcF4gA6iQoVxBtSM")]
    recovery: String,
    /// From when a sign-in offers `delayed_recovery` and it works, unless somebody refuses it; then for a week.
    #[schema(format = "date-time", example = "2026-11-26T10:15:30Z")]
    ready_at: String,
}

/// Begin a delayed recovery
///
/// For somebody who has proved the first factor and lost every other, or whose others are suspended. It is told on
/// every channel, and whoever can still sign in refuses it; a sign-in with a factor ends it. Asked for again with the
/// same transaction, it stays the same; with another one, it begins anew in the place of the last. Where
/// `delayed_recovery` is all that a sign-in or a step-up offers, every factor is suspended, and it is begun here.
#[utoipa::path(post, path = "/v1/mfa/recovery", operation_id = "mfa_recovery", tag = "sign-in",
    request_body = RecoveryRequest,
    responses((status = 202, description = "The recovery waits.", body = RecoveryStarted)))]
pub(crate) async fn recovery(
    State(flow): State<Arc<Mfa>>,
    ctx: Ctx,
    Json(body): Json<RecoveryRequest>,
) -> Result<(StatusCode, Json<RecoveryStarted>), Problem> {
    flow.count_client(&ctx).await?;
    let waits = flow.find(&ctx, &body.transaction).await?;
    let handle = flow.store.recovery_handle(waits.facts.customer, &waits.thing).await?;
    let ready_at = match open(&ctx, &waits, &handle) {
        Some(open) => open.ready_at,
        None => begin(&flow, &ctx, &waits, &handle).await?.ready_at,
    };
    let started = RecoveryStarted { recovery: handle.reveal(), ready_at: ready_at.to_string() };
    Ok((StatusCode::ACCEPTED, Json(started)))
}

/// The recovery that this very transaction began.
fn open<'a>(ctx: &Ctx, waits: &'a Waits, handle: &RecoveryHandle) -> Option<&'a DelayedRecovery> {
    let delayed = waits.facts.factors.factors.delayed.as_ref();
    delayed.filter(|delayed| delayed.is_open(ctx.now) && delayed.is_of(handle))
}

async fn begin(flow: &Mfa, ctx: &Ctx, waits: &Waits, handle: &RecoveryHandle) -> Result<DelayedRecovery, MfaError> {
    let Waits { pending, facts, .. } = waits;
    let delay = flow.signin.policy().delay(&pending.methods).ok_or(MfaError::NotAvailable)?;
    // Who steps up is signed in already, unless there is nothing to step up by; who enrols has nothing to
    // lose; and who is to be erased changes nothing any more.
    let steps_up = pending.step_up.is_some() && pending.methods != [Method::DelayedRecovery];
    let is_leaving = facts.security.status.usable(ctx.now).is_err();
    if is_leaving || pending.enrolling || steps_up || facts.factors.factors.all().next().is_none() {
        return Err(MfaError::NotAvailable);
    }
    flow.count(ctx, &[flow.limits.recoveries(facts.customer)]).await?;
    let recovery = DelayedRecovery { handle: handle.digest(), ready_at: ctx.now + delay };
    let mut factors = facts.factors.factors.clone();
    factors.delayed = Some(recovery.clone());
    let what = Notice::RecoveryStarted { ready_at: recovery.ready_at };
    let notice = notices::security(ctx, &flow.store, &facts.profile, what, None);
    let phone = (&flow.limits.sms, flow.signin.policy().told_phone(&factors));
    let notice = notices::also_to(notice, ctx, &flow.store, phone).await;
    let change = FactorsChange { notice: Some(&notice), ..facts.change(&factors) };
    let cause = ctx.act(ActKind::RecoveryStarted, Actor::Customer(facts.customer));
    match flow.store.factors_change(&change, ctx.now, &cause).await? {
        Spent::Done => Ok(recovery),
        Spent::Gone | Spent::Taken | Spent::Changed => Err(MfaError::Changed),
    }
}
