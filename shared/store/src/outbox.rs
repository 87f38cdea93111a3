//! The outbox: what is to be sent and has not been.
//!
//! An item is written in the transaction of what causes it. It stands in the sparse index `due`
//! until it is sent, so that a lost stream record, a crash or a lost provider only delays it.
//! The index also knows whom it goes to (a pseudonym) and which customer it is about, so that an
//! erasure finds what waits for somebody.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Act, CustomerId, Delivery, KeyPurpose, LogoutNotice, OutboxId, Recipient, Rng, SignedDuration, Timestamp,
};
use serde::Serialize;

use crate::client::{Store, Updated};
use crate::item::{Read as _, at, b, n, s, sealed, ttl};
use crate::{StoreError, keymap};

/// Something to send.
#[derive(Clone, Debug)]
pub struct Send {
    /// Its id.
    pub id: OutboxId,
    /// What, to whom.
    pub delivery: Delivery,
    about: Option<CustomerId>,
}

impl Send {
    /// This, under a new id.
    pub fn new(delivery: Delivery, now: Timestamp, rng: &Rng) -> Self {
        Self { id: OutboxId::generate(now, rng), delivery, about: None }
    }

    /// The same, known to be about this customer: not sent any more once they are erased, wherever it
    /// goes.
    #[must_use]
    pub fn about(mut self, customer: CustomerId) -> Self {
        self.about = Some(customer);
        self
    }
}

/// Something to tell an app.
#[derive(Clone, Debug)]
pub struct Tell {
    id: OutboxId,
    notice: LogoutNotice,
    about: CustomerId,
}

impl Tell {
    /// This, under a new id, of this customer's session: not told any more once they are erased.
    pub fn new(notice: LogoutNotice, about: CustomerId, now: Timestamp, rng: &Rng) -> Self {
        Self { id: OutboxId::generate(now, rng), notice, about }
    }

    /// Which app is told.
    pub fn client_id(&self) -> &str {
        &self.notice.client_id
    }

    /// Of which session.
    pub fn sid(&self) -> &str {
        &self.notice.sid
    }
}

/// What an item is about to send.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// Mail, or an SMS.
    Delivery(Box<Delivery>),
    /// Word to an app that a session has ended.
    Logout(LogoutNotice),
}

impl Outgoing {
    /// The kind, for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Delivery(delivery) => delivery.message.kind(),
            Self::Logout(_) => LogoutNotice::KIND,
        }
    }
}

/// An item that this caller may send: nobody else will before its lease ends.
#[derive(Clone, Debug)]
pub struct OutboxItem {
    /// Its id.
    pub id: OutboxId,
    /// What, to whom.
    pub what: Outgoing,
    /// About whom it is, where its flow knew.
    pub about: Option<CustomerId>,
    /// Which attempt this is; the first is 1.
    pub attempt: u32,
    /// Since when it waits.
    pub created_at: Timestamp,
}

/// Which waiting items are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Those whose next attempt is due.
    Now(Timestamp),
    /// Those that were given up.
    Parked,
}

/// The index is spread, for one partition of it takes a thousand writes a second.
const SHARDS: u8 = 8;
const PARKED: &str = "parked";

impl Store {
    /// How long one attempt has before another may begin.
    pub const SEND_LEASE: SignedDuration = SignedDuration::from_mins(2);
    /// How long the stream has to bring an item to the mailer before the schedule does.
    const STREAM_GRACE: SignedDuration = SignedDuration::from_mins(1);
    /// How long it is remembered that an item was sent.
    const SENT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// The write that queues something.
    pub(crate) async fn outbox_put(&self, send: &Send, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let to = self.recipient(&send.delivery.to).await?;
        let kind = send.delivery.message.kind();
        self.outbox_item((send.id, kind, &send.delivery), to, send.about, now).await
    }

    /// The write that queues word to an app.
    pub(crate) async fn outbox_tell(&self, tell: &Tell, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let key = self.key(KeyPurpose::Outbox).await?.derive("recipient");
        let to = URL_SAFE_NO_PAD.encode(key.mac(&[b"client", tell.notice.client_id.as_bytes()]));
        self.outbox_item((tell.id, LogoutNotice::KIND, &tell.notice), to, Some(tell.about), now).await
    }

    async fn outbox_item<T: Serialize>(
        &self,
        (id, kind, body): (OutboxId, &str, &T),
        to: String,
        about: Option<CustomerId>,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = keymap::outbox(id);
        let outbox = self.key(KeyPurpose::Outbox).await?;
        let mut item = key.item();
        item.extend([
            ("body".to_owned(), sealed(outbox, &key, "body", body, &self.rng)?),
            ("kind".to_owned(), s(kind)),
            ("created_at".to_owned(), at(now)),
            ("attempts".to_owned(), n(0)),
            ("due".to_owned(), s(shard(id))),
            ("next_attempt_at".to_owned(), at(now + Self::STREAM_GRACE)),
            ("to".to_owned(), s(to)),
        ]);
        if let Some(customer) = about {
            item.insert("about".to_owned(), s(customer.to_string()));
        }
        let put = Put::builder().table_name(&self.tables.outbox).set_item(Some(item));
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// Takes an item for an attempt: none if it was sent, was parked, or somebody else has it.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn outbox_lease(&self, id: OutboxId, now: Timestamp) -> Result<Option<OutboxItem>, StoreError> {
        let key = keymap::outbox(id);
        let lease = b(self.rng.bytes::<16>());
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.outbox)
            .set_key(Some(key.item()))
            .update_expression("SET next_attempt_at = :until, lease = :lease ADD attempts :one")
            .condition_expression("due = :due AND (attempts = :none OR next_attempt_at <= :now)")
            .expression_attribute_values(":due", s(shard(id)))
            .expression_attribute_values(":until", at(now + Self::SEND_LEASE))
            .expression_attribute_values(":lease", lease.clone())
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":none", n(0))
            .expression_attribute_values(":one", n(1));
        let item = match self.update(update).await? {
            Updated::Done(item) => item,
            // This very lease was given and its answer lost: nobody else has it.
            Updated::Refused(Some(item)) if item.get("lease") == Some(&lease) => item,
            Updated::Refused(_) => return Ok(None),
        };
        let outbox = self.key(KeyPurpose::Outbox).await?;
        let what = match item.text("kind")? {
            LogoutNotice::KIND => Outgoing::Logout(item.unsealed(outbox, &key, "body")?),
            _ => Outgoing::Delivery(item.unsealed(outbox, &key, "body")?),
        };
        let (attempt, created_at) = (item.number("attempts")?, item.moment("created_at")?);
        let about = if item.has("about") { CustomerId::parse(item.text("about")?) } else { None };
        Ok(Some(OutboxItem { id, what, about, attempt, created_at }))
    }

    /// Notes that an item was sent, or need not be: `outcome` says which. Its contents go.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn outbox_done(&self, id: OutboxId, outcome: &str, now: Timestamp) -> Result<(), StoreError> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.outbox)
            .set_key(Some(keymap::outbox(id).item()))
            .update_expression(
                "SET outcome = :outcome, done_at = :now, #ttl = :ttl \
                 REMOVE due, next_attempt_at, body, lease, #to, about",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_names("#to", "to")
            .expression_attribute_values(":outcome", s(outcome))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":ttl", ttl(now + Self::SENT_FOR));
        self.update(update).await.map(drop)
    }

    /// Notes that an item may not be sent, and the act that says so: both, once. Its contents go.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn outbox_refuse(&self, id: OutboxId, now: Timestamp, cause: &Act) -> Result<(), StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.outbox)
            .set_key(Some(keymap::outbox(id).item()))
            .update_expression(
                "SET outcome = :outcome, done_at = :now, #ttl = :ttl \
                 REMOVE due, next_attempt_at, body, lease, #to, about",
            )
            .condition_expression("attribute_exists(body)")
            .expression_attribute_names("#to", "to")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":outcome", s("refused"))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":ttl", ttl(now + Self::SENT_FOR));
        let update = update.build().map_err(|_| StoreError::Corrupt("update"))?;
        let writes = vec![TransactWriteItem::builder().update(update).build(), self.passing_act_put(cause, now)?];
        // Where it was refused already, it has its act.
        self.transact(writes).await.map(drop)
    }

    /// Puts the next attempt off.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn outbox_defer(&self, id: OutboxId, until: Timestamp) -> Result<(), StoreError> {
        self.outbox_reschedule(id, (&shard(id), &shard(id)), until).await
    }

    /// Gives an item up, until somebody says [`Store::outbox_unpark`].
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn outbox_park(&self, id: OutboxId, now: Timestamp) -> Result<(), StoreError> {
        self.outbox_reschedule(id, (&shard(id), PARKED), now).await
    }

    /// Makes a parked item due now, for one more attempt. One that is no longer parked keeps its
    /// lease.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn outbox_unpark(&self, id: OutboxId, now: Timestamp) -> Result<(), StoreError> {
        self.outbox_reschedule(id, (PARKED, &shard(id)), now).await
    }

    async fn outbox_reschedule(
        &self,
        id: OutboxId,
        (from, to): (&str, &str),
        next: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.outbox)
            .set_key(Some(keymap::outbox(id).item()))
            .update_expression("SET due = :due, next_attempt_at = :next")
            .condition_expression("due = :from")
            .expression_attribute_values(":from", s(from))
            .expression_attribute_values(":due", s(to))
            .expression_attribute_values(":next", at(next));
        self.update(update).await.map(drop)
    }

    /// The ids of waiting items, at most `most` of each shard.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn outbox_due(&self, which: Due, most: i32) -> Result<Vec<OutboxId>, StoreError> {
        let (shards, until): (Vec<String>, Timestamp) = match which {
            Due::Now(now) => ((0..SHARDS).map(shard_name).collect(), now),
            Due::Parked => (vec![PARKED.to_owned()], Timestamp::MAX),
        };
        let mut ids = Vec::new();
        for shard in shards {
            let answer = self
                .dynamo
                .query()
                .table_name(&self.tables.outbox)
                .index_name("due")
                .key_condition_expression("due = :due AND next_attempt_at <= :until")
                .expression_attribute_values(":due", s(shard))
                .expression_attribute_values(":until", at(until))
                .limit(most)
                .send()
                .await
                .map_err(|e| StoreError::dynamo("Query", &e))?;
            let id = |item: &crate::item::Item| Self::outbox_id(item.text("pk").unwrap_or_default());
            ids.extend(answer.items().iter().filter_map(id));
        }
        Ok(ids)
    }

    /// A recipient, as the index knows them: a pseudonym, under a key that only serves for this.
    pub(crate) async fn recipient(&self, to: &Recipient) -> Result<String, StoreError> {
        let key = self.key(KeyPurpose::Outbox).await?.derive("recipient");
        let mac = match to {
            Recipient::Email(address) => key.mac(&[b"email", address.index_form().as_bytes()]),
            Recipient::Phone(number) => key.mac(&[b"phone", number.reveal().as_bytes()]),
        };
        Ok(URL_SAFE_NO_PAD.encode(mac))
    }

    /// What waits (or was given up) for one of these recipients, or is about this customer: for an
    /// erasure, which leaves none of it.
    pub(crate) async fn outbox_waiting(
        &self,
        customer: CustomerId,
        recipients: &[String],
    ) -> Result<Vec<OutboxId>, StoreError> {
        let names: Vec<String> = (0..recipients.len()).map(|n| format!(":to{n}")).collect();
        let mut filter = "about = :about".to_owned();
        if !names.is_empty() {
            filter.push_str(&format!(" OR #to IN ({})", names.join(", ")));
        }
        let mut ids = Vec::new();
        for shard in (0..SHARDS).map(shard_name).chain([PARKED.to_owned()]) {
            let mut query = self
                .dynamo
                .query()
                .table_name(&self.tables.outbox)
                .index_name("due")
                .key_condition_expression("due = :due")
                .filter_expression(&filter)
                .expression_attribute_values(":due", s(shard))
                .expression_attribute_values(":about", s(customer.to_string()));
            if !names.is_empty() {
                query = query.expression_attribute_names("#to", "to");
            }
            for (name, to) in names.iter().zip(recipients) {
                query = query.expression_attribute_values(name, s(to));
            }
            let mut pages = query.into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|e| StoreError::dynamo("Query", &e))?;
                ids.extend(page.items().iter().filter_map(|item| Self::outbox_id(item.text("pk").ok()?)));
            }
        }
        Ok(ids)
    }

    /// Whether an item holds what it is to say, given up or not.
    pub(crate) async fn outbox_has_body(&self, id: OutboxId) -> Result<bool, StoreError> {
        let item = self.read(&self.tables.outbox, &keymap::outbox(id)).await?;
        Ok(item.is_some_and(|item| item.has("body")))
    }

    /// Whether an item still holds what it is to say: it is neither sent nor dropped. Parked ones do
    /// not count: nobody tries them any more.
    pub(crate) async fn outbox_is_waiting(&self, id: OutboxId) -> Result<bool, StoreError> {
        let item = self.read(&self.tables.outbox, &keymap::outbox(id)).await?;
        Ok(item.is_some_and(|item| item.text("due").is_ok_and(|due| due != PARKED)))
    }

    /// The id in the key of an item of the outbox, as its stream brings it.
    pub fn outbox_id(pk: &str) -> Option<OutboxId> {
        OutboxId::parse(pk.strip_prefix("OUT#")?)
    }
}

fn shard(id: OutboxId) -> String {
    let [.., last] = id.to_bytes();
    shard_name(last % SHARDS)
}

fn shard_name(shard: u8) -> String {
    format!("due#{shard}")
}
