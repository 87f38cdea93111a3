//! Addresses at which mail is not wanted: all of it for a while, where one bounced or complained; that of
//! one purpose, where somebody said so.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use domain::{Act, CustomerId, Outcome, SignedDuration, Timestamp};

use crate::client::Store;
use crate::consent::Mark;
use crate::customer::{BlindIndex, claimant};
use crate::item::{Read as _, act, at, s};
use crate::registration::WantedDecision;
use crate::{StoreError, keymap};

/// Why nothing is sent to an address for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressionReason {
    /// Its provider says that it does not exist.
    Bounce,
    /// Its holder called a mail spam.
    Complaint,
}

impl SuppressionReason {
    /// The reason's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
        }
    }
}

impl Store {
    /// How long nothing is sent to such an address: people mend their mailboxes.
    pub const SUPPRESS_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

    /// Notes that an address bounced or complained.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn suppress(
        &self,
        index: &BlindIndex,
        reason: SuppressionReason,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let mut item = keymap::suppression(index.as_str()).item();
        item.extend([
            ("reason".to_owned(), s(reason.as_str())),
            ("until".to_owned(), at(now + Self::SUPPRESS_FOR)),
            ("act".to_owned(), act(cause)),
        ]);
        let put = self.dynamo.put_item().table_name(&self.tables.directory).set_item(Some(item));
        put.send().await.map_err(|e| StoreError::dynamo("PutItem", &e))?;
        Ok(())
    }

    /// The write that puts or takes the mark that no mail for a purpose is wanted at an address. It names
    /// neither the customer nor the act: it outlives both, and must not lead from one to the other.
    pub(crate) fn objection_write(
        &self,
        mark: &Mark,
        purpose: &str,
        now: Timestamp,
    ) -> Result<Option<TransactWriteItem>, StoreError> {
        let write = TransactWriteItem::builder();
        Ok(match mark {
            Mark::Keep => None,
            Mark::Put(index) => {
                let mut item = keymap::objection(index.as_str(), purpose).item();
                item.extend([("reason".to_owned(), s("objection")), ("at".to_owned(), at(now))]);
                let put = Put::builder().table_name(&self.tables.directory).set_item(Some(item)).build();
                Some(write.put(put.map_err(|_| StoreError::Corrupt("put"))?).build())
            }
            Mark::Remove(index) => {
                let key = keymap::objection(index.as_str(), purpose).item();
                let delete = Delete::builder().table_name(&self.tables.directory).set_key(Some(key)).build();
                Some(write.delete(delete.map_err(|_| StoreError::Corrupt("delete"))?).build())
            }
        })
    }

    /// What came with a registration, with respect for what was said at its address before: where mail for
    /// a purpose was not wanted, a tick in a form is not enough, and the mailbox has to confirm it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn objections_heeded(
        &self,
        index: &BlindIndex,
        mut wanted: Vec<WantedDecision>,
    ) -> Result<Vec<WantedDecision>, StoreError> {
        let granted = || wanted.iter().filter(|decision| decision.outcome == Outcome::Granted);
        let keys: Vec<_> = granted().map(|one| keymap::objection(index.as_str(), &one.shown.purpose)).collect();
        if keys.is_empty() {
            return Ok(wanted);
        }
        let asked: Vec<_> = keys.iter().map(|key| (self.tables.directory.as_str(), key)).collect();
        let found = self.read_many(&asked).await?;
        let granted = wanted.iter_mut().filter(|decision| decision.outcome == Outcome::Granted);
        for (decision, mark) in granted.zip(found) {
            if mark.is_some() {
                decision.outcome = Outcome::Pending;
            }
        }
        Ok(wanted)
    }

    /// What the mailer needs to know of an address: whose it is, and whether it is suppressed.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn mail_facts(
        &self,
        index: &BlindIndex,
        now: Timestamp,
    ) -> Result<(Option<CustomerId>, bool), StoreError> {
        let directory = self.tables.directory.as_str();
        let (claim, suppression) = (keymap::email_claim(index.as_str()), keymap::suppression(index.as_str()));
        let [claim, suppression] = self.read_all([(directory, &claim), (directory, &suppression)]).await?;
        let customer = claim.as_ref().map(claimant).transpose()?.flatten();
        let suppressed = match suppression {
            Some(item) => now < item.moment("until")?,
            None => false,
        };
        Ok((customer, suppressed))
    }
}
