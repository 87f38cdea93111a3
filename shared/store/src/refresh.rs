//! Refresh: one read of the customer's standing, one conditional update of the family.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{Act, KeyPurpose, RefreshToken, SessionTimes, SignedDuration, Timestamp};

use crate::client::{Store, Updated};
use crate::customer::Security;
use crate::item::{Item, Read as _, act, at, b, n, s, ttl};
use crate::outbox::Send;
use crate::session::Session;
use crate::{StoreError, keymap};

/// What came of a refresh token.
#[derive(Clone, Debug)]
pub enum RefreshOutcome {
    /// It was exchanged.
    Refreshed(Box<Refreshed>),
    /// It had been exchanged before, by somebody who has gone on: one of the two stole it.
    Reused(Box<Session>),
    /// Its session has ended, or belongs to another client.
    Dead,
}

/// A continued session.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The session after it.
    pub session: Session,
    /// The token that follows.
    pub successor: RefreshToken,
}

impl Session {
    /// Whether the token is the last of the session's family: the one that has not been exchanged.
    ///
    /// # Errors
    /// When the item can't be read.
    pub fn is_current(&self, token: &RefreshToken) -> Result<bool, StoreError> {
        let generation: u32 = self.item.number("generation")?;
        Ok(token.session == self.id
            && token.generation == generation
            && domain::equal(self.item.bytes("current")?, &token.digest()))
    }
}

impl Store {
    /// How long the same token may be exchanged again for the same successor, while that is unused.
    pub const REFRESH_RETRY: SignedDuration = SignedDuration::from_secs(10);

    /// The refresh token that this text is, if we gave it out.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn refresh_token_decode(&self, text: &str) -> Result<Option<RefreshToken>, StoreError> {
        Ok(RefreshToken::decode(text, self.key(KeyPurpose::Mac).await?))
    }

    /// The token as its holder sees it.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn refresh_token_encode(&self, token: &RefreshToken) -> Result<String, StoreError> {
        Ok(token.encode(self.key(KeyPurpose::Mac).await?))
    }

    /// Exchanges a refresh token for its successor.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn refresh(
        &self,
        token: &RefreshToken,
        client_id: &str,
        times: &SessionTimes,
        now: Timestamp,
        cause: &Act,
    ) -> Result<RefreshOutcome, StoreError> {
        let successor = token.successor(self.key(KeyPurpose::Mac).await?);
        let Some(security) = self.security(token.customer).await? else { return Ok(RefreshOutcome::Dead) };
        if security.status.usable(now).is_err() {
            return Ok(RefreshOutcome::Dead);
        }
        let idle_until = now + times.idle;
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(token.customer, token.session).item()))
            .update_expression(
                "SET generation = :next, previous = #current, #current = :successor, rotated_at = :now, seen = :now, \
                 idle_until = :idle, #ttl = :ttl, act = :act",
            )
            .condition_expression(
                "generation = :generation AND #current = :presented AND epoch = :epoch AND #client = :client \
                 AND attribute_not_exists(ended_at) AND idle_until > :now AND abs_until > :now",
            )
            .expression_attribute_names("#current", "current")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_names("#client", "client")
            .expression_attribute_values(":generation", n(token.generation))
            .expression_attribute_values(":next", n(successor.generation))
            .expression_attribute_values(":presented", b(token.digest()))
            .expression_attribute_values(":successor", b(successor.digest()))
            .expression_attribute_values(":epoch", n(security.epoch))
            .expression_attribute_values(":client", s(client_id))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":idle", at(idle_until))
            .expression_attribute_values(":ttl", ttl(idle_until))
            .expression_attribute_values(":act", act(cause));
        match self.update(update).await? {
            Updated::Done(item) => {
                let session = Session::read(item)?;
                Ok(RefreshOutcome::Refreshed(Box::new(Refreshed { session, successor })))
            }
            Updated::Refused(Some(item)) => judge(token, successor, client_id, &security, item, now),
            Updated::Refused(None) => Ok(RefreshOutcome::Dead),
        }
    }

    /// Ends the session of a token that was used twice and tells its customer: all or nothing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn refresh_family_end(
        &self,
        session: &Session,
        notice: &Send,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(session.customer, session.id).item()))
            .update_expression("SET ended_at = :now, act = :act")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(ended_at)")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        let update = update.build().map_err(|_| StoreError::Corrupt("update"))?;
        let writes = vec![TransactWriteItem::builder().update(update).build(), self.outbox_put(notice, now).await?];
        // A failed condition: somebody ended it already, and its customer has been told.
        self.transact(writes).await.map(drop)
    }
}

/// Why the family did not take the token: a retry of the last exchange, a reuse, or a dead session.
fn judge(
    token: &RefreshToken,
    successor: RefreshToken,
    client_id: &str,
    security: &Security,
    item: Item,
    now: Timestamp,
) -> Result<RefreshOutcome, StoreError> {
    let generation: u32 = item.number("generation")?;
    let is_last = generation == successor.generation
        && item.bytes("previous").is_ok_and(|previous| domain::equal(previous, &token.digest()));
    let rotated_at = if item.has("rotated_at") { Some(item.moment("rotated_at")?) } else { None };
    let session = Session::read(item)?;
    if session.client_id != client_id || !session.is_alive(security, now) {
        return Ok(RefreshOutcome::Dead);
    }
    let is_recent = rotated_at.is_some_and(|at| now.duration_since(at) <= Store::REFRESH_RETRY);
    if is_last && is_recent {
        return Ok(RefreshOutcome::Refreshed(Box::new(Refreshed { session, successor })));
    }
    if token.generation < generation {
        return Ok(RefreshOutcome::Reused(Box::new(session)));
    }
    Ok(RefreshOutcome::Dead)
}
