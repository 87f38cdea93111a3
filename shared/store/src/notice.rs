//! What a customer is told of what happened to their account, and the link whose button undoes it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Act, CustomerId, FactorId, Factors, Handle, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::client::Store;
use crate::customer::{BlindIndex, Customer, DataKey, Security};
use crate::erasure::TakenBack;
use crate::factors::StoredFactors;
use crate::item::{act, ttl};
use crate::limit::Limit;
use crate::link::Link;
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::outbox::Send;

/// A notice that is to be sent, and what stands behind its link.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// Behind the link.
    pub handle: Handle,
    /// The link.
    pub link: Link,
    /// What its button does.
    pub undo: AccountUndo,
    /// The mail itself, and what else is sent at the same time.
    pub send: Vec<Send>,
}

/// What the button behind a notice's link does, beside ending every session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountUndo {
    /// Whose account.
    pub customer: CustomerId,
    /// The factor that it takes away.
    pub remove: Option<FactorId>,
    /// The blind index of the address that it is sent to.
    pub to: BlindIndex,
    /// The change by which the customer had got that address, if that can still be undone: when it
    /// is, whoever reads the mail is nobody to this account.
    pub changed_at: Option<Timestamp>,
}

impl AccountUndo {
    /// Of a mail to the address that the customer has now.
    pub fn of(customer: &Customer, remove: Option<FactorId>, now: Timestamp) -> Self {
        Self { customer: customer.id, remove, to: customer.index.clone(), changed_at: customer.changed_at(now) }
    }
}

impl Store {
    /// How long the link of a notice works.
    pub const NOTICE_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

    pub(crate) async fn notice_puts(
        &self,
        notice: &NewNotice,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let kind = OneTimeKind::AccountUndo;
        let new = NewOneTime { link: Some(&notice.link), ..NewOneTime::new(&notice.handle, kind, &notice.undo) };
        let mut writes = vec![self.one_time_new(&new, now + Self::NOTICE_FOR, cause).await?];
        for send in &notice.send {
            writes.push(self.outbox_put(send, now).await?);
        }
        Ok(writes)
    }

    /// Queues a notice that nothing else is written with, once in a window of `once` for its customer: all
    /// or nothing. False if they were told in this window.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn notice_once(
        &self,
        notice: &NewNotice,
        once: &Limit,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let mut told = once.key(&notice.undo.customer.to_string(), now).item();
        told.extend([("ttl".to_owned(), ttl(now + once.window + once.window)), ("act".to_owned(), act(cause))]);
        let mut writes = vec![self.put_new(&self.tables.transient, told)?];
        writes.extend(self.notice_puts(notice, now, cause).await?);
        Ok(self.transact(writes).await?.is_none())
    }

    /// What a notice's link undoes.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn account_undo(&self, thing: &OneTime) -> Result<AccountUndo, StoreError> {
        self.one_time_body(thing).await
    }

    /// Ends every session, forgets the password and the trusted devices, takes away what the link was sent
    /// about, and takes back an erasure that has not begun: all or nothing. `factors` is what is left.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    #[expect(clippy::too_many_arguments, reason = "each is another kind of thing, and all are needed once")]
    pub async fn account_secure(
        &self,
        thing: &OneTime,
        customer: CustomerId,
        security: &Security,
        data_key: &DataKey,
        (seen, factors): (&StoredFactors, &Factors),
        taken_back: &TakenBack,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let Some(end) = self.end_and_keep(customer, security, taken_back, now, cause).await? else {
            return Ok(Spent::Gone);
        };
        let mut writes = vec![self.one_time_use(thing, now, cause)?, self.password_forget(customer)?];
        writes.extend(end);
        if seen.exists() {
            writes.extend(self.factors_puts(customer, data_key, (seen, factors), cause).await?);
        }
        Ok(Spent::of_change(Some(thing), self.transact(writes).await?))
    }
}
