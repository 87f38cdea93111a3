//! Acts that change nothing else: that something was searched, or was not sent. Such an act is an item
//! of its own, which its stream takes to the audit log; afterwards it expires.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Act, SignedDuration, Timestamp};

use crate::client::Store;
use crate::item::{Item, act, ttl};
use crate::{StoreError, keymap};

impl Store {
    /// The stream keeps what it has not brought for a day; whoever looks into a failure has a week.
    const PASSING_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

    fn passing_act(cause: &Act, now: Timestamp) -> Item {
        let mut item = keymap::passing_act(cause.id).item();
        item.extend([("act".to_owned(), act(cause)), ("ttl".to_owned(), ttl(now + Self::PASSING_FOR))]);
        item
    }

    pub(crate) fn passing_act_put(&self, cause: &Act, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        self.put_new(&self.tables.transient, Self::passing_act(cause, now))
    }

    /// Records an act that changes nothing else. To record it twice is to record it once.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn act_record(&self, cause: &Act, now: Timestamp) -> Result<(), StoreError> {
        let put = self.dynamo.put_item().table_name(&self.tables.transient);
        let sent = put.set_item(Some(Self::passing_act(cause, now))).send().await;
        sent.map(drop).map_err(|e| StoreError::dynamo("PutItem", &e))
    }
}
