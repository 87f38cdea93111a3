//! A new password for whoever has the mailbox: by code or by link.

use domain::{ActKind, Actor, Email, Password, PasswordHash};
use edge::Ctx;
use signin::notices;
use store::{BlindIndex, NewPassword, OneTime, Spent};

use crate::{Recover, RecoverError};

/// How often it is tried against somebody who keeps changing the account to prevent it.
pub(crate) const ATTEMPTS: usize = 3;

/// Sets the password, ends everything, and tells the customer: all of it, or nothing.
pub(crate) async fn reset(
    flow: &Recover,
    ctx: &Ctx,
    thing: &OneTime,
    email: &Email,
    password: &Password,
) -> Result<(), RecoverError> {
    let account = flow.store.email_index(email).await?;
    let hash = flow.passwords.hash(password, &ctx.rng).await?;
    let mut spent = Spent::Changed;
    for _ in 0..ATTEMPTS {
        if spent == Spent::Changed {
            spent = write(flow, ctx, thing, &account, &hash).await?;
        }
    }
    all_done(spent)?;
    ctx.count("PasswordsReset", 1);
    Ok(())
}

/// Reads the customer as they are now, and sets the password. Nobody who may not sign in sets one.
async fn write(
    flow: &Recover,
    ctx: &Ctx,
    thing: &OneTime,
    account: &BlindIndex,
    hash: &PasswordHash,
) -> Result<Spent, RecoverError> {
    let customer = flow.store.customer_by_email(account).await?.ok_or(RecoverError::Gone)?;
    let facts = flow.facts(ctx, customer).await?;
    if facts.security.status.usable(ctx.now).is_err() {
        return Err(RecoverError::Gone);
    }
    let notice = notices::password_changed(ctx, &flow.store, &facts.profile);
    let cause = ctx.act(ActKind::PasswordChanged, Actor::Customer(customer));
    let data_key = &facts.data_key;
    let new =
        NewPassword { customer, data_key, hash, epoch: facts.security.epoch, keep: None, mailed_to: Some(account) };
    Ok(flow.store.password_change(&new, Some(thing), &notice, ctx.now, &cause).await?)
}

/// Whether everything was written.
pub(crate) fn all_done(spent: Spent) -> Result<(), RecoverError> {
    match spent {
        Spent::Done => Ok(()),
        Spent::Gone => Err(RecoverError::Gone),
        Spent::Taken | Spent::Changed => Err(RecoverError::Changed),
    }
}
