//! Notices: what customers are told of what happened to their account, each with a link whose
//! button undoes it.

use domain::{ActKind, Actor, Delivery, Factor, FactorId, Handle, Message, Notice, PhoneNumber, Recipient, Secret};
use edge::{Ctx, Level};
use serde_json::json;
use store::{AccountUndo, Customer, FactorsChange, NewNotice, OneTime, Send, SignInFacts, Spent, Store, StoreError};

use crate::SmsLimits;

/// The page behind every notice's link.
pub const UNDO_PAGE: &str = "/recover/undo";

/// How often what concerns a factor is written against somebody who keeps changing the account.
const ATTEMPTS: usize = 3;

/// Says that something has happened that concerns the safety of an account. `remove` is the factor
/// that the button takes away.
pub fn security(ctx: &Ctx, store: &Store, customer: &Customer, what: Notice, remove: Option<FactorId>) -> NewNotice {
    notice(ctx, store, customer, remove, |link| Message::Notice {
        what,
        at: ctx.now,
        device: ctx.device.clone(),
        place: ctx.place.clone(),
        link,
        until: ctx.now + Store::NOTICE_FOR,
    })
}

/// Says what an administrator did. Where they were is nobody else's business.
pub fn by_operator(ctx: &Ctx, store: &Store, customer: &Customer, what: Notice) -> NewNotice {
    notice(ctx, store, customer, None, |link| Message::Notice {
        what,
        at: ctx.now,
        device: String::new(),
        place: None,
        link,
        until: ctx.now + Store::NOTICE_FOR,
    })
}

/// Says that the password has changed.
pub fn password_changed(ctx: &Ctx, store: &Store, customer: &Customer) -> NewNotice {
    notice(ctx, store, customer, None, |link| Message::PasswordChanged {
        at: ctx.now,
        device: ctx.device.clone(),
        place: ctx.place.clone(),
        link,
        until: ctx.now + Store::NOTICE_FOR,
    })
}

/// A passkey's signature was right, and its counter did not go on: there may be a copy of the key. It
/// proves nothing, it is suspect from now on, its owner is told, and what it answered is over.
///
/// # Errors
/// When the store fails, or somebody else kept writing.
pub async fn tell_of_copy(
    ctx: &Ctx,
    store: &Store,
    facts: &SignInFacts,
    passkey: &Factor,
    answered: Option<&OneTime>,
) -> Result<(), StoreError> {
    ctx.log(Level::Warn, "passkey refused", json!({"why": "counter"}));
    ctx.count("PasskeyCounterWentBack", 1);
    let what = Notice::PasskeyCopied { name: passkey.name.clone() };
    let notice = security(ctx, store, &facts.profile, what, Some(passkey.id));
    // Nobody is known to have answered: perhaps the copy did.
    let cause = ctx.act(ActKind::PasskeySuspected, Actor::Anonymous).to(facts.customer);
    let mut spend = answered;
    let mut read = None;
    for _ in 0..ATTEMPTS {
        let facts = read.as_ref().unwrap_or(facts);
        let mut factors = facts.factors.factors.clone();
        // One that was taken away since has nothing left to be suspected of.
        if !factors.suspect(passkey.id, ctx.now) {
            return Ok(());
        }
        let change = FactorsChange { spend, notice: Some(&notice), ..facts.change(&factors) };
        match store.factors_change(&change, ctx.now, &cause).await? {
            Spent::Done => return Ok(()),
            // What it answered is over already.
            Spent::Gone => spend = None,
            Spent::Taken | Spent::Changed => {}
        }
        let Some(now) = store.sign_in_facts(Some(facts.customer), None, ctx.now).await? else { return Ok(()) };
        read = Some(now);
    }
    Err(StoreError::Conflict)
}

/// The same notice to a phone as well: what concerns everything goes out on every channel. An SMS is
/// counted, and not sent where there were too many; the mail always is. Which phone that may be,
/// [`domain::SignInPolicy::phone`] says.
#[must_use]
pub async fn also_to(
    mut notice: NewNotice,
    ctx: &Ctx,
    store: &Store,
    (limits, number): (&SmsLimits, Option<&PhoneNumber>),
) -> NewNotice {
    if let (Some(number), Some(first)) = (number, notice.send.first())
        && limits.may_tell(ctx, store, number).await
    {
        let delivery = Delivery { to: Recipient::Phone(number.clone()), ..first.delivery.clone() };
        notice.send.push(Send::new(delivery, ctx.now, &ctx.rng).about(notice.undo.customer));
    }
    notice
}

fn notice(
    ctx: &Ctx,
    store: &Store,
    customer: &Customer,
    remove: Option<FactorId>,
    message: impl FnOnce(Secret<String>) -> Message,
) -> NewNotice {
    let handle = Handle::generate(&ctx.rng);
    let link = store.link_new(&handle);
    let url = format!("{}{UNDO_PAGE}?token={}", ctx.issuer, link.reveal());
    let delivery = Delivery {
        to: customer.data.email.clone().into(),
        locale: customer.locale,
        issuer: ctx.issuer.clone(),
        jurisdiction: customer.jurisdiction.clone(),
        message: message(Secret::new(url)),
    };
    let send = vec![Send::new(delivery, ctx.now, &ctx.rng).about(customer.id)];
    NewNotice { handle, link, undo: AccountUndo::of(customer, remove, ctx.now), send }
}
