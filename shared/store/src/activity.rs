//! When customers were last seen, for those who are not seen any more.
//!
//! Nothing is written at a sign-in for this: the items of sessions stay for a month when they are over. A schedule
//! walks through `directory`, slowly and again and again, looks whose sessions there are, and notes it: to the month,
//! which is all that a limit of years needs.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use domain::{Act, CustomerId, SignedDuration, Status, Timestamp};

use crate::client::Store;
use crate::customer::Security;
use crate::item::{Item, Read as _, act, at, n, s};
use crate::outbox::Send;
use crate::{StoreError, keymap};

/// When a customer was last seen, and whether they were told that this is long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// When they were seen: no earlier than a month before they last were.
    pub seen_at: Timestamp,
    /// What they were told since.
    pub told: Told,
}

/// How often somebody was told, and when last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Not at all.
    Never,
    /// So often; last at this moment.
    Times(u32, Timestamp),
}

impl Activity {
    /// How old what is noted may be before it is noted anew.
    pub const NOTED_EVERY: SignedDuration = SignedDuration::from_hours(30 * 24);

    fn read(item: &Item) -> Result<Self, StoreError> {
        let told = match item.number::<u32>("told")? {
            0 => Told::Never,
            times => Told::Times(times, item.moment("told_at")?),
        };
        Ok(Self { seen_at: item.moment("seen_at")?, told })
    }
}

/// How far the walk has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// When it began.
    pub began_at: Timestamp,
    /// The last item that was seen; none at the end.
    after: Option<(String, String)>,
}

impl Walk {
    /// The beginning of a walk.
    pub fn begin(now: Timestamp) -> Self {
        Self { began_at: now, after: None }
    }
}

/// How many items a page of the walk reads.
const PAGE: i32 = 500;

impl Store {
    /// Where the walk of this name stands; none before the first.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn cursor(&self, name: &str) -> Result<Option<(Walk, bool)>, StoreError> {
        let item = self.read(&self.tables.directory, &keymap::cursor(name)).await?;
        let read = |item: Item| {
            let after = match (item.text("after_pk"), item.text("after_sk")) {
                (Ok(pk), Ok(sk)) => Some((pk.to_owned(), sk.to_owned())),
                _ => None,
            };
            Ok((Walk { began_at: item.moment("began_at")?, after }, item.has("over")))
        };
        item.map(read).transpose()
    }

    /// Notes where the walk of this name stands; `over` if it has come to the end.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn cursor_put(&self, name: &str, cursor: &Walk, over: bool, cause: &Act) -> Result<(), StoreError> {
        let mut item = keymap::cursor(name).item();
        item.extend([("began_at".to_owned(), at(cursor.began_at)), ("act".to_owned(), act(cause))]);
        if over {
            item.insert("over".to_owned(), AttributeValue::Bool(true));
        } else if let Some((pk, sk)) = &cursor.after {
            item.extend([("after_pk".to_owned(), s(pk)), ("after_sk".to_owned(), s(sk))]);
        }
        let put = self.dynamo.put_item().table_name(&self.tables.directory).set_item(Some(item));
        put.send().await.map(drop).map_err(|e| StoreError::dynamo("PutItem", &e))
    }

    /// The customers of the walk's next page who may sign in, and where the walk stands after it; no
    /// cursor at the end. It costs what reading the whole table costs, in the end.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn customers_walk(&self, cursor: &Walk) -> Result<(Vec<CustomerId>, Option<Walk>), StoreError> {
        let after = cursor.after.as_ref();
        let after = after.map(|(pk, sk)| HashMap::from([("pk".to_owned(), s(pk)), ("sk".to_owned(), s(sk))]));
        let answer = self
            .dynamo
            .scan()
            .table_name(&self.tables.directory)
            .filter_expression("sk = :security")
            .expression_attribute_values(":security", s("SECURITY"))
            .set_exclusive_start_key(after)
            .limit(PAGE)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Scan", &e))?;
        let mut customers = Vec::new();
        for item in answer.items() {
            if Security::read(item)?.status == Status::Active {
                let id = item.text("pk")?.strip_prefix("CUS#").and_then(CustomerId::parse);
                customers.push(id.ok_or(StoreError::Corrupt("pk"))?);
            }
        }
        let next = match answer.last_evaluated_key {
            Some(key) => {
                let after = Some((key.text("pk")?.to_owned(), key.text("sk")?.to_owned()));
                Some(Walk { began_at: cursor.began_at, after })
            }
            None => None,
        };
        Ok((customers, next))
    }

    /// When a customer was last seen in any session that is still stored, and what was noted before.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn activity(&self, id: CustomerId) -> Result<(Option<Timestamp>, Option<Activity>), StoreError> {
        let noted = self.read(&self.tables.directory, &keymap::activity(id)).await?;
        let noted = noted.as_ref().map(Activity::read).transpose()?;
        let seen = self.sessions(id).await?.into_iter().map(|session| session.state.last_seen).max();
        Ok((seen, noted))
    }

    /// Notes when a customer was last seen and what they were told, with the mail that tells them.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn activity_note(
        &self,
        id: CustomerId,
        activity: &Activity,
        send: Option<&Send>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let (times, told_at) = match activity.told {
            Told::Never => (0, None),
            Told::Times(times, told_at) => (times, Some(told_at)),
        };
        let mut item = keymap::activity(id).item();
        item.extend([
            ("seen_at".to_owned(), at(activity.seen_at)),
            ("told".to_owned(), n(times)),
            ("act".to_owned(), act(cause)),
        ]);
        item.extend(told_at.map(|told_at| ("told_at".to_owned(), at(told_at))));
        let put = Put::builder().table_name(&self.tables.directory).set_item(Some(item));
        let put = put.build().map_err(|_| StoreError::Corrupt("put"))?;
        let mut writes = vec![
            TransactWriteItem::builder().put(put).build(),
            // Whoever is being erased must not leave a trace again.
            self.customer_is_active(id)?,
        ];
        if let Some(send) = send {
            writes.push(self.outbox_put(send, now).await?);
        }
        self.transact(writes).await.map(drop)
    }

    /// A condition: the customer may sign in.
    fn customer_is_active(&self, id: CustomerId) -> Result<TransactWriteItem, StoreError> {
        let check = aws_sdk_dynamodb::types::ConditionCheck::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(id).item()))
            .condition_expression("#status = :active")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", crate::erasure::json(&Status::Active));
        let check = check.build().map_err(|_| StoreError::Corrupt("check"))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}
