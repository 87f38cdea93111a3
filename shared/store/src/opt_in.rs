//! Links that confirm consent, for decisions that wait until their button is pressed.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{Act, Consent, CustomerId, DecisionId, Handle, Recipient, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::Store;
use crate::customer::BlindIndex;
use crate::item::{at, n};
use crate::link::Link;
use crate::one_time::{NewOneTime, OneTime, OneTimeKind};
use crate::outbox::Send;
use crate::{StoreError, keymap};

/// A link that confirms consent.
#[derive(Clone, Debug)]
pub struct NewOptIn {
    /// Behind the link.
    pub handle: Handle,
    /// The link.
    pub link: Link,
    /// Its mail.
    pub send: Send,
}

/// What the button behind such a link confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptIn {
    /// Whose consent.
    pub customer: CustomerId,
    /// To which purpose.
    pub purpose: String,
    /// The decision that waits for it.
    pub decision: DecisionId,
    /// The address that it was mailed to: whoever has given that up confirms nothing.
    pub address: BlindIndex,
}

impl Store {
    /// How long the link works that confirms consent.
    pub const OPT_IN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// Mails the link once more that a decision waits for, unless there was another since `seen`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there was; otherwise when DynamoDB or KMS fails.
    pub async fn opt_in_again(
        &self,
        id: CustomerId,
        seen: &Consent,
        opt_in: &NewOptIn,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::consent(id, &seen.shown.purpose).item()))
            .update_expression("SET mailed_at = :now")
            .condition_expression("seq = :seen AND mailed_at = :mailed")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":seen", n(seen.seq))
            .expression_attribute_values(":mailed", at(seen.mailed_at.unwrap_or(seen.at)));
        let update = update.build().map_err(|_| StoreError::Corrupt("update"))?;
        let mut writes = vec![TransactWriteItem::builder().update(update).build()];
        writes.extend(self.opt_in_puts((id, &seen.shown.purpose, seen.decision), opt_in, now, cause).await?);
        match self.transact(writes).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict),
        }
    }

    /// What a link confirms.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn opt_in(&self, thing: &OneTime) -> Result<OptIn, StoreError> {
        self.one_time_body(thing).await
    }

    /// The writes of a link and its mail.
    pub(crate) async fn opt_in_puts(
        &self,
        (customer, purpose, decision): (CustomerId, &str, DecisionId),
        opt_in: &NewOptIn,
        now: Timestamp,
        cause: &Act,
    ) -> Result<[TransactWriteItem; 2], StoreError> {
        let Recipient::Email(address) = &opt_in.send.delivery.to else { return Err(StoreError::Corrupt("to")) };
        let address = self.email_index(address).await?;
        let what = OptIn { customer, purpose: purpose.to_owned(), decision, address };
        let new = NewOneTime::new(&opt_in.handle, OneTimeKind::ConsentOptIn, &what);
        let new = NewOneTime { link: Some(&opt_in.link), ..new };
        let thing = self.one_time_new(&new, now + Self::OPT_IN_FOR, cause).await?;
        Ok([thing, self.outbox_put(&opt_in.send, now).await?])
    }
}
