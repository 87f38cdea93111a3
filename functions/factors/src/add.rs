//! What every way to add a factor has in common: what waits, and the write with which it ends.

use domain::{ActKind, Code, Factor, FactorId, FactorKind, Factors, FieldError, Handle, Method, Notice};
use edge::{Caller, Ctx};
use serde::Deserialize;
use signin::{FreshAuthentication, notices};
use store::{Enrolling, Enrolment, FactorsChange, NewOneTime, OneTime, OneTimeKind, Send, SignInFacts, Spent};

use crate::list::ListedFactor;
use crate::{FactorError, FactorsFlow};

/// A code, and the factor that it shows to be the customer's.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorActivation {
    /// What the beginning answered.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    pub(crate) transaction: String,
    /// The six digits; blanks and hyphens between them do no harm.
    #[schema(example = "123456")]
    pub(crate) code: String,
}

impl FactorActivation {
    pub(crate) fn code(&self) -> Result<Code, FactorError> {
        let wrong = || FactorError::Fields(vec![FieldError::new("/code", "code", "is not six digits")]);
        Code::parse(&self.code).ok_or_else(wrong)
    }
}

/// A factor that is to wait until its owner has shown that they have it.
pub(crate) struct Beginning<'a> {
    pub(crate) what: Enrolling,
    pub(crate) name: Option<String>,
    pub(crate) code: Option<&'a Code>,
    pub(crate) state: Option<&'a serde_json::Value>,
    pub(crate) send: Option<&'a Send>,
}

/// Keeps what is being enrolled under a new handle, and queues what is sent about it.
pub(crate) async fn begin(
    flow: &FactorsFlow,
    ctx: &Ctx,
    caller: &Caller,
    new: Beginning<'_>,
    _: FreshAuthentication,
) -> Result<Handle, FactorError> {
    let handle = Handle::generate(&ctx.rng);
    let Beginning { what, name, code, state, send } = new;
    let body = Enrolment { customer: caller.customer, epoch: caller.security.epoch, name, what };
    let new = NewOneTime { code, state, ..NewOneTime::new(&handle, OneTimeKind::Enrolment, &body) };
    let cause = ctx.act(ActKind::ChallengeMade, caller.actor()).in_session(caller.session.id);
    flow.store.one_time_start(&new, send, ctx.now, &cause).await?;
    Ok(handle)
}

/// Counts a try of the code, before it is compared: what is being enrolled, and the tries that are left.
pub(crate) async fn try_code(
    flow: &FactorsFlow,
    ctx: &Ctx,
    caller: &Caller,
    transaction: &str,
) -> Result<(OneTime, Enrolment, u32), FactorError> {
    let handle = Handle::parse(transaction).ok_or(FactorError::Gone)?;
    let cause = ctx.act(ActKind::CodeTried, caller.actor()).in_session(caller.session.id);
    let (thing, left) = flow.store.one_time_try(&handle, ctx.now, &cause).await?.ok_or(FactorError::Gone)?;
    let enrolment = own(flow, caller, &thing).await?;
    Ok((thing, enrolment, left))
}

/// What is being enrolled, if it is the caller's, of this epoch.
pub(crate) async fn own(flow: &FactorsFlow, caller: &Caller, thing: &OneTime) -> Result<Enrolment, FactorError> {
    if thing.kind != OneTimeKind::Enrolment {
        return Err(FactorError::Gone);
    }
    let enrolment = flow.store.enrolment(thing).await?;
    let is_own = enrolment.customer == caller.customer && enrolment.epoch == caller.security.epoch;
    if is_own { Ok(enrolment) } else { Err(FactorError::Gone) }
}

/// Whether there is room for one more.
pub(crate) fn check_room(factors: &Factors) -> Result<(), FactorError> {
    if factors.all().count() < Factors::MOST { Ok(()) } else { Err(FactorError::TooMany) }
}

/// Whether there can be another one like this beside those that are there: there is one mailbox, and one
/// phone. A suspended one counts.
pub(crate) fn check_single(factors: &Factors, method: Method) -> Result<(), FactorError> {
    let is_single = matches!(method, Method::Email | Method::Sms);
    let is_taken = is_single && factors.all().any(|factor| factor.method() == method);
    if is_taken { Err(FactorError::Second(method)) } else { Ok(()) }
}

/// Adds a factor that its owner has shown that they have, spends what it was shown with, and tells
/// them: all or nothing.
pub(crate) async fn add(
    flow: &FactorsFlow,
    ctx: &Ctx,
    caller: &Caller,
    facts: &SignInFacts,
    (thing, name, kind): (&OneTime, String, FactorKind),
    _: FreshAuthentication,
) -> Result<ListedFactor, FactorError> {
    check_room(&facts.factors.factors)?;
    let id = FactorId::generate(ctx.now, &ctx.rng);
    let added_in = Some(caller.session.id);
    let factor = Factor { id, name, added_at: ctx.now, added_in, used_at: None, suspect_since: None, kind };
    check_single(&facts.factors.factors, factor.method())?;
    let mut factors = facts.factors.factors.clone();
    let what = Notice::FactorAdded { method: factor.method(), name: factor.name.clone() };
    factors.list.push(factor.clone());
    let notice = notices::security(ctx, &flow.store, &facts.profile, what, Some(id));
    let cause = ctx.act(ActKind::FactorAdded, caller.actor()).in_session(caller.session.id);
    let change = FactorsChange { spend: Some(thing), notice: Some(&notice), ..facts.change(&factors) };
    write(flow, ctx, &change, &cause).await?;
    Ok(ListedFactor::of(&factor, &factors, &facts.profile))
}

/// Writes changed factors.
pub(crate) async fn write(
    flow: &FactorsFlow,
    ctx: &Ctx,
    change: &FactorsChange<'_>,
    cause: &domain::Act,
) -> Result<(), FactorError> {
    match flow.store.factors_change(change, ctx.now, cause).await? {
        Spent::Done => Ok(()),
        Spent::Gone => Err(FactorError::Gone),
        Spent::Taken => Err(FactorError::CredentialTaken),
        Spent::Changed => Err(FactorError::Changed),
    }
}
