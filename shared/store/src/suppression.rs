//! Addresses that bounced or complained.

use domain::{Act, CustomerId, SignedDuration, Timestamp};

use crate::client::Store;
use crate::customer::{BlindIndex, claimant};
use crate::item::{Read as _, act, at, s};
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
