//! A second factor was refused after a right password: whoever was refused may know a password that is
//! not theirs.

use domain::{ActKind, Actor, Notice, SignedDuration};
use edge::Ctx;
use signin::notices;
use store::Limit;

use crate::waits::Waits;
use crate::{Mfa, MfaError};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How many refusals in a day are a customer's own mistakes.
const MISTAKES: Limit = Limit::new("mfa-refused", 4, DAY);
/// How often a customer is told in a day.
const TOLD: Limit = Limit::new("mfa-told", 1, DAY);

/// Counts a refusal, and tells the customer when there were too many to be their own, once a day. It is
/// done before the refusal is answered: a notice that could not be queued is an answer that was not given.
pub(crate) async fn note(flow: &Mfa, ctx: &Ctx, waits: &Waits) -> Result<(), MfaError> {
    let Waits { pending, facts, .. } = waits;
    let knows = pending.proofs.all().iter().any(|proof| proof.is_known());
    // Who enrols mistypes their own, and who steps up is in.
    if !knows || pending.enrolling || pending.step_up.is_some() {
        return Ok(());
    }
    // Mistakes are nothing for the audit log; what is told is.
    let mistaken = ctx.act(ActKind::CodeTried, Actor::Anonymous).to(facts.customer);
    let counted = flow.store.limit_count(&MISTAKES, &facts.customer.to_string(), ctx.now, &mistaken).await?;
    if counted.is_err() {
        let notice = notices::security(ctx, &flow.store, &facts.profile, Notice::SecondFactorRefused {}, None);
        let cause = ctx.act(ActKind::SecondFactorRefused, Actor::Anonymous).to(facts.customer);
        if flow.store.notice_once(&notice, &TOLD, ctx.now, &cause).await? {
            ctx.count("SecondFactorRefused", 1);
        }
    }
    Ok(())
}
