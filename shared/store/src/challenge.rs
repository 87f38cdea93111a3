//! What a one-time thing is asked: a code, or a WebAuthn ceremony.
//!
//! A code's tries are counted before it is compared; a ceremony's challenge is spent before its answer
//! is looked at.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{Act, Code, Handle, Recipient, Timestamp, equal};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Store, Updated};
use crate::item::{Read as _, act, at, b, n, s, sealed, ttl};
use crate::link::Link;
use crate::one_time::OneTime;
use crate::outbox::Send;
use crate::{StoreError, keymap};

/// What came of a try.
#[derive(Clone, Debug)]
pub enum TryOutcome {
    /// The code is right, and not yet spent.
    Right(OneTime),
    /// It is wrong; so many tries are left.
    Wrong {
        /// Tries left.
        left: u32,
    },
    /// There is no such thing, or it has ended, was spent, or has no tries left.
    Gone,
}

/// What something that waits is asked.
pub enum Challenge<'a> {
    /// A code, and the message that brings it.
    Code(&'a Code, &'a Send),
    /// A WebAuthn ceremony: its state.
    Ceremony(&'a Value),
}

impl Store {
    /// Counts a try of whatever answers the thing, before it is compared. The thing, and how many tries
    /// are left; nothing if it is over.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn one_time_try(
        &self,
        handle: &Handle,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Option<(OneTime, u32)>, StoreError> {
        let digest = handle.digest();
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&digest).item()))
            .update_expression("ADD tries :one SET act = :act")
            .condition_expression(
                "tries < :most AND expires_at > :now AND attribute_not_exists(used_at) AND act <> :act",
            )
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":most", n(OneTime::TRIES))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        let item = match self.update(update).await? {
            Updated::Done(item) => item,
            // This very try was counted and its answer lost: it must not cost a second one.
            Updated::Refused(Some(item)) if self.is_mine(&item, cause) => item,
            Updated::Refused(_) => return Ok(None),
        };
        let left = OneTime::TRIES.saturating_sub(item.number("tries")?);
        Ok(Some((OneTime::read(digest, item, self.handle_key(handle).await?)?, left)))
    }

    /// Spends the challenge of a WebAuthn ceremony before its answer is looked at, whatever that is
    /// worth. Nothing if there is none, or it was spent.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn challenge_take(
        &self,
        handle: &Handle,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Option<OneTime>, StoreError> {
        let digest = handle.digest();
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&digest).item()))
            .update_expression("ADD tries :one SET answered_by = :this, act = :act")
            .condition_expression(
                "attribute_exists(#state) AND attribute_not_exists(answered_by) AND tries < :most \
                 AND expires_at > :now AND attribute_not_exists(used_at)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":most", n(OneTime::TRIES))
            .expression_attribute_values(":this", s(cause.id.to_string()))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        let item = match self.update(update).await? {
            Updated::Done(item) => item,
            // This very answer spent it, and what DynamoDB said was lost.
            Updated::Refused(Some(item)) if item.text("answered_by").ok() == Some(cause.id.to_string().as_str()) => {
                item
            }
            Updated::Refused(_) => return Ok(None),
        };
        OneTime::read(digest, item, self.handle_key(handle).await?).map(Some)
    }

    /// Gives a thing that waits a new challenge (a code, or a WebAuthn ceremony) and queues what is sent
    /// about it: all or nothing. Tries stay counted. False if it was challenged often enough, was spent
    /// or has ended.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn challenge_set(
        &self,
        thing: &OneTime,
        challenge: &Challenge<'_>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let key = keymap::one_time(&thing.digest);
        let mut update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(key.item()))
            .condition_expression("resends < :most AND expires_at > :now AND attribute_not_exists(used_at)")
            .expression_attribute_values(":most", n(OneTime::CHALLENGES))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":act", act(cause));
        let mut writes = Vec::new();
        update = match challenge {
            Challenge::Code(code, send) => {
                writes.push(self.outbox_put(send, now).await?);
                let code = self.code_mac(&thing.digest, code.reveal().as_bytes()).await?;
                update
                    .update_expression("SET code = :code, sent_to = :to, act = :act ADD resends :one")
                    .expression_attribute_values(":code", b(code))
                    .expression_attribute_values(":to", s(self.recipient(&send.delivery.to).await?))
            }
            Challenge::Ceremony(state) => update
                .update_expression("SET #state = :state, act = :act REMOVE answered_by ADD resends :one")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":state", sealed(&thing.key, &key, "state", state, &self.rng)?),
        };
        let update = update.build().map_err(|_| StoreError::Corrupt("update"))?;
        writes.insert(0, TransactWriteItem::builder().update(update).build());
        Ok(self.transact(writes).await?.is_none())
    }

    /// Whether this is the thing's code.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn code_is(&self, thing: &OneTime, code: &Code) -> Result<bool, StoreError> {
        let mac = self.code_mac(&thing.digest, code.reveal().as_bytes()).await?;
        Ok(thing.item.bytes("code").is_ok_and(|known| equal(known, &mac)))
    }

    /// Whether this is the code that was sent to this address or number: it proves nothing about
    /// another, nor when the customer has another by now.
    ///
    /// # Errors
    /// When a key can't be unwrapped.
    pub async fn code_is_to(&self, thing: &OneTime, code: &Code, to: &Recipient) -> Result<bool, StoreError> {
        let to = self.recipient(to).await?;
        let is_to = thing.item.text("sent_to").is_ok_and(|known| known == to);
        Ok(self.code_is(thing, code).await? && is_to)
    }

    /// Counts a try, then compares the code.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_try(
        &self,
        handle: &Handle,
        code: &Code,
        now: Timestamp,
        cause: &Act,
    ) -> Result<TryOutcome, StoreError> {
        let Some((thing, left)) = self.one_time_try(handle, now, cause).await? else { return Ok(TryOutcome::Gone) };
        let right = self.code_is(&thing, code).await?;
        Ok(if right { TryOutcome::Right(thing) } else { TryOutcome::Wrong { left } })
    }

    /// Gives a thing a new code (and link), with new tries and a new end, and queues its mail: all
    /// or nothing. False if it has been sent often enough, was spent or has ended.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_renew(
        &self,
        thing: &OneTime,
        code: &Code,
        link: Option<&Link>,
        send: &Send,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let code = self.code_mac(&thing.digest, code.reveal().as_bytes()).await?;
        let expires_at = now + OneTime::LIFETIME;
        let mut update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&thing.digest).item()))
            .condition_expression("resends < :most AND expires_at > :now AND attribute_not_exists(used_at)")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":code", b(code))
            .expression_attribute_values(":most", n(OneTime::RESENDS))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":end", at(expires_at))
            .expression_attribute_values(":ttl", ttl(expires_at))
            .expression_attribute_values(":none", n(0))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":act", act(cause));
        let mut set = "SET code = :code, tries = :none, expires_at = :end, #ttl = :ttl, act = :act".to_owned();
        if let Some(link) = link {
            let mac = self.link_mac(&thing.digest, link).await?;
            let own = self.link_key_seal(link, &thing.key).await?;
            update =
                update.expression_attribute_values(":link", b(mac)).expression_attribute_values(":link_key", b(own));
            set.push_str(", link = :link, link_key = :link_key");
        }
        let update = update.update_expression(format!("{set} ADD resends :one"));
        let update = update.build().map_err(|_| StoreError::Corrupt("update"))?;
        let writes = vec![TransactWriteItem::builder().update(update).build(), self.outbox_put(send, now).await?];
        Ok(self.transact(writes).await?.is_none())
    }

    /// The state of a WebAuthn ceremony, if there is one: it stays here, and only its challenge goes out.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn ceremony_state<T: DeserializeOwned>(&self, thing: &OneTime) -> Result<Option<T>, StoreError> {
        if !thing.item.has("state") {
            return Ok(None);
        }
        thing.item.unsealed(&thing.key, &keymap::one_time(&thing.digest), "state").map(Some)
    }
}
