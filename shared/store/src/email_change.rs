//! Changing the address: the new one is verified first, the old one can take it back for a time.

use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update};
use domain::{Act, Code, CustomerId, Email, Factors, Handle, PasswordHash, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::Store;
use crate::customer::{BlindIndex, Customer, CustomerProfile, Security};
use crate::erasure::TakenBack;
use crate::factors::StoredFactors;
use crate::item::{act, at, moments, n, s, sealed, texts};
use crate::link::Link;
use crate::notice::AccountUndo;
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::outbox::Send;
use crate::{StoreError, keymap};

/// A change that waits for the code sent to the new address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmailChange {
    /// Whose.
    pub customer: CustomerId,
    /// The epoch in which it was asked for: it dies with the sessions.
    pub epoch: u64,
    /// The new address.
    pub email: Email,
}

/// A change that the holder of the old address can undo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmailUndo {
    /// Whose.
    pub customer: CustomerId,
    /// The old address.
    pub email: Email,
    /// When it was changed: by this the profile knows the change.
    pub changed_at: Timestamp,
}

impl Customer {
    /// When the next change of address takes place: no two at one moment.
    fn changes_at(&self, now: Timestamp) -> Timestamp {
        let after = |last: &Timestamp| *last + SignedDuration::from_millis(1);
        self.changes.last().map(after).map_or(now, |after| after.max(now))
    }

    /// The change that gave the customer the address that they have, while it can be undone.
    pub(crate) fn changed_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.changes.last().copied().filter(|at| now < *at + Store::UNDO_FOR)
    }

    /// Whether whoever read a mail may still speak for the customer by it: it was sent to the address
    /// that they have, or to one that they gave up. One that was taken back from somebody was never
    /// theirs.
    pub fn hears(&self, undo: &AccountUndo) -> bool {
        undo.to == self.index || undo.changed_at.is_none_or(|at| self.changes.contains(&at))
    }

    /// The changes that were not undone once there is one more: as long as they can be, and as long
    /// after as what was mailed in the meantime has a link that works.
    fn changes_with(&self, changed_at: Timestamp, now: Timestamp) -> Vec<Timestamp> {
        let open = self.changes.iter().copied().filter(|at| now < *at + Store::UNDO_FOR + Store::NOTICE_FOR);
        open.chain([changed_at]).collect()
    }

    /// The claims of former addresses once `gained` is theirs, and `left` is not: what was theirs before
    /// stays claimed, until somebody takes it, and is freed by an erasure.
    fn formers_after(&self, gained: &BlindIndex, left: Option<&BlindIndex>) -> Vec<String> {
        let known =
            self.formers.iter().filter(|former| **former != gained.0 && left.is_none_or(|left| **former != left.0));
        known.cloned().chain(left.map(|left| left.0.clone())).collect()
    }

    /// The changes that can be undone once this one was: none that came after it, or whoever made
    /// them could take the account back. Nothing if this one no longer can.
    fn changes_before(&self, changed_at: Timestamp) -> Option<&[Timestamp]> {
        self.changes.get(..self.changes.iter().position(|at| *at == changed_at)?)
    }
}

impl Store {
    /// How long a change can be undone, and how long nobody else can claim the old address.
    pub const UNDO_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// Keeps a change under its handle and queues its mail: all or nothing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn email_change_start(
        &self,
        handle: &Handle,
        code: &Code,
        change: &EmailChange,
        send: &Send,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let new = NewOneTime { code: Some(code), ..NewOneTime::new(handle, OneTimeKind::EmailChange, change) };
        self.one_time_start(&new, Some(send), now, cause).await
    }

    /// The change in a one-time thing.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn email_change(&self, thing: &OneTime) -> Result<EmailChange, StoreError> {
        self.one_time_body(thing).await
    }

    /// What a link to undo a change undoes.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn email_undo(&self, thing: &OneTime) -> Result<EmailUndo, StoreError> {
        self.one_time_body(thing).await
    }

    /// Spends the change: claims the new address, keeps the old one back, tells its holder, all or
    /// nothing. [`Spent::Gone`] if the customer's epoch has ended too.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    #[expect(clippy::too_many_arguments, reason = "each is another kind of thing, and all are needed once")]
    pub async fn email_change_finish(
        &self,
        thing: &OneTime,
        change: &EmailChange,
        customer: &Customer,
        undo: (&Handle, &Link),
        notice: &Send,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let index = self.email_index(&change.email).await?;
        if index == customer.index {
            // The address is theirs already: by this very change, or by another to the same one.
            return Ok(Spent::Gone);
        }
        let changed_at = customer.changes_at(now);
        let changes = customer.changes_with(changed_at, now);
        let formers = customer.formers_after(&index, Some(&customer.index));
        let body = EmailUndo { customer: customer.id, email: customer.data.email.clone(), changed_at };
        let new = NewOneTime { link: Some(undo.1), ..NewOneTime::new(undo.0, OneTimeKind::EmailUndo, &body) };
        let keep = Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::email_claim(customer.index.as_str()).item()))
            .update_expression("SET former_until = :until")
            .condition_expression("customer = :me AND attribute_not_exists(former_until)")
            .expression_attribute_values(":me", s(customer.id.to_string()))
            .expression_attribute_values(":until", at(now + Self::UNDO_FOR));
        let epoch = ConditionCheck::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(customer.id).item()))
            .condition_expression("epoch = :epoch")
            .expression_attribute_values(":epoch", n(change.epoch));
        let build = |_| StoreError::Corrupt("update");
        const EPOCH: usize = 3;
        let writes = vec![
            self.one_time_use(thing, now, cause)?,
            self.claim_take(&index, customer.id, now)?,
            TransactWriteItem::builder().update(keep.build().map_err(build)?).build(),
            TransactWriteItem::builder().condition_check(epoch.build().map_err(build)?).build(),
            self.email_write(customer, (&change.email, &index), (&changes, &formers), now, cause)?,
            self.one_time_new(&new, now + Self::UNDO_FOR, cause).await?,
            self.outbox_put(notice, now).await?,
        ];
        match self.transact(writes).await? {
            Some(failed) if failed.get(EPOCH) == Some(&true) => Ok(Spent::Gone),
            failed => Ok(Spent::of(failed)),
        }
    }

    /// Gives the old address back, frees the new one, ends every session, takes back an erasure that has not begun, and
    /// sets the password that was chosen; without one the account has none, for whoever changed the address knew the
    /// last: all or nothing. [`Spent::Gone`] if the old address is no longer kept for it, or a change before this one
    /// was undone.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    #[expect(clippy::too_many_arguments, reason = "each is another kind of thing, and all are needed once")]
    pub async fn email_undo_finish(
        &self,
        thing: &OneTime,
        undo: &EmailUndo,
        customer: &Customer,
        (security, (seen, factors)): (&Security, (&StoredFactors, &Factors)),
        password: Option<&PasswordHash>,
        notices: &[Send],
        taken_back: &TakenBack,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let index = self.email_index(&undo.email).await?;
        let Some(changes) = customer.changes_before(undo.changed_at) else { return Ok(Spent::Gone) };
        if index == customer.index {
            // The customer has taken it back already, by another change.
            return Ok(Spent::Gone);
        }
        let back = Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::email_claim(index.as_str()).item()))
            .update_expression("REMOVE former_until")
            .condition_expression("customer = :me AND former_until > :now")
            .expression_attribute_values(":me", s(customer.id.to_string()))
            .expression_attribute_values(":now", at(now));
        let free = Delete::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::email_claim(customer.index.as_str()).item()))
            .condition_expression("customer = :me")
            .expression_attribute_values(":me", s(customer.id.to_string()));
        let build = |_| StoreError::Corrupt("update");
        let formers = customer.formers_after(&index, None);
        let Some(end) = self.end_and_keep(customer.id, security, taken_back, now, cause).await? else {
            return Ok(Spent::Gone);
        };
        let mut writes = vec![
            self.one_time_use(thing, now, cause)?,
            TransactWriteItem::builder().update(back.build().map_err(build)?).build(),
            TransactWriteItem::builder().delete(free.build().map_err(build)?).build(),
            self.email_write(customer, (&undo.email, &index), (changes, &formers), now, cause)?,
        ];
        writes.extend(end);
        for notice in notices {
            writes.push(self.outbox_put(notice, now).await?);
        }
        if seen.exists() {
            writes.extend(self.factors_puts(customer.id, &customer.data_key, (seen, factors), cause).await?);
        }
        writes.push(match password {
            Some(hash) => self.password_put(customer.id, &customer.data_key, hash, true, now)?,
            None => self.password_forget(customer.id)?,
        });
        match self.transact(writes).await?.as_deref() {
            None => Ok(Spent::Done),
            Some([true, ..] | [_, true, ..]) => Ok(Spent::Gone),
            Some(_) => Ok(Spent::Changed),
        }
    }

    /// Takes the claim of an address: if nobody has it, nobody can take it back any more, or this
    /// customer could.
    pub(crate) fn claim_take(
        &self,
        index: &BlindIndex,
        customer: CustomerId,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut item = keymap::email_claim(index.as_str()).item();
        item.extend([
            ("customer".to_owned(), s(customer.to_string())),
            ("index_version".to_owned(), n(1)),
            ("claimed_at".to_owned(), at(now)),
        ]);
        let put = Put::builder()
            .table_name(&self.tables.directory)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(pk) OR former_until <= :now OR (customer = :me AND attribute_exists(former_until))",
            )
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":me", s(customer.to_string()));
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// Checks that an address is the customer's now.
    pub(crate) fn claim_held(&self, index: &BlindIndex, customer: CustomerId) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::email_claim(index.as_str()).item()))
            .condition_expression("customer = :me AND attribute_not_exists(former_until)")
            .expression_attribute_values(":me", s(customer.to_string()))
            .build();
        Ok(TransactWriteItem::builder().condition_check(check.map_err(|_| StoreError::Corrupt("check"))?).build())
    }

    /// Writes another address into the profile, and which changes can be undone from then on.
    fn email_write(
        &self,
        customer: &Customer,
        (email, index): (&Email, &BlindIndex),
        (changes, formers): (&[Timestamp], &[String]),
        now: Timestamp,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = keymap::profile(customer.id);
        let data =
            CustomerProfile { email: email.clone(), email_verified_at: now, profile: customer.data.profile.clone() };
        let update = Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(key.item()))
            .update_expression(
                "SET body = :body, email_index = :index, changes = :changes, formers = :formers, version = :next, \
                 act = :act",
            )
            .condition_expression("version = :seen")
            .expression_attribute_values(":body", sealed(&customer.data_key.key, &key, "body", &data, &self.rng)?)
            .expression_attribute_values(":index", s(index.as_str()))
            .expression_attribute_values(":changes", moments(changes))
            .expression_attribute_values(":formers", texts(formers))
            .expression_attribute_values(":seen", n(customer.version))
            .expression_attribute_values(":next", n(customer.version + 1))
            .expression_attribute_values(":act", act(cause));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }
}
