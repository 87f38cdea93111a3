//! Refresh: one read of the session and its customer's standing, one conditional update of the
//! family, and time between them to sign: a family moves on only when there are tokens for it.

use domain::{Act, KeyPurpose, RefreshToken, SessionTimes, SignedDuration, Timestamp};

use crate::client::{Store, Updated};
use crate::customer::Security;
use crate::item::{Read as _, act, at, b, n};
use crate::outbox::Send;
use crate::session::Session;
use crate::{StoreError, keymap};

/// What a refresh token is good for.
#[derive(Clone, Debug)]
pub enum RefreshOutcome {
    /// It can be exchanged, or has just been and may be again.
    Good(Box<Exchange>),
    /// It had been exchanged before, by somebody who has gone on: one of the two stole it.
    Reused(Box<Session>),
    /// Its session has ended, or belongs to another client.
    Dead,
}

/// A token, its session, and the token that follows.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The session.
    pub session: Session,
    /// The token that follows.
    pub successor: RefreshToken,
    presented: RefreshToken,
    security: Security,
    step: Step,
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The family still waits for it.
    Due,
    /// It was made a moment ago, and its answer was lost.
    Made,
}

impl Exchange {
    /// Whether it was made a moment ago, and is asked for again.
    pub fn is_retry(&self) -> bool {
        self.step == Step::Made
    }

    /// The token that was brought.
    pub fn presented(&self) -> &RefreshToken {
        &self.presented
    }
}

impl Session {
    /// Whether the token is the last of the session's family: the one that has not been exchanged.
    ///
    /// # Errors
    /// When the item can't be read.
    pub fn is_current(&self, token: &RefreshToken) -> Result<bool, StoreError> {
        let generation = self.generation()?;
        Ok(token.session == self.id
            && token.generation == generation
            && domain::equal(self.item.bytes("current")?, &token.digest()))
    }

    /// Whether the token was the last but a moment ago.
    fn has_just_left(&self, token: &RefreshToken, now: Timestamp) -> Result<bool, StoreError> {
        if !self.item.has("previous") || !domain::equal(self.item.bytes("previous")?, &token.digest()) {
            return Ok(false);
        }
        Ok(now.duration_since(self.item.moment("rotated_at")?) <= Store::REFRESH_RETRY)
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

    /// What a refresh token is good for now. Changes nothing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn refresh_look(
        &self,
        token: &RefreshToken,
        client_id: &str,
        now: Timestamp,
    ) -> Result<RefreshOutcome, StoreError> {
        let successor = token.successor(self.key(KeyPurpose::Mac).await?);
        match self.session(token.customer, token.session).await? {
            Some((session, security)) if session.client_id == client_id => {
                judge(token.clone(), successor, security, session, now)
            }
            Some(_) | None => Ok(RefreshOutcome::Dead),
        }
    }

    /// Makes the exchange. Somebody may have been faster: what the token is good for then is the
    /// answer, and the same successor where it was a retry of the same.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn refresh_commit(
        &self,
        exchange: Exchange,
        times: &SessionTimes,
        now: Timestamp,
        cause: &Act,
    ) -> Result<RefreshOutcome, StoreError> {
        if exchange.is_retry() {
            return Ok(RefreshOutcome::Good(Box::new(exchange)));
        }
        let Exchange { session, successor, presented: token, security, .. } = &exchange;
        let idle_until = now + times.idle;
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(session.customer, session.id).item()))
            .update_expression(
                "SET generation = :next, previous = #current, #current = :successor, rotated_at = :now, seen = :now, \
                 idle_until = :idle, #ttl = :ttl, act = :act",
            )
            .condition_expression(
                "generation = :generation AND #current = :presented AND epoch = :epoch \
                 AND attribute_not_exists(ended_at) AND idle_until > :now AND abs_until > :now",
            )
            .expression_attribute_names("#current", "current")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":generation", n(token.generation))
            .expression_attribute_values(":next", n(successor.generation))
            .expression_attribute_values(":presented", b(token.digest()))
            .expression_attribute_values(":successor", b(successor.digest()))
            .expression_attribute_values(":epoch", n(security.epoch))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":idle", at(idle_until))
            .expression_attribute_values(":ttl", self.session_ttl(idle_until))
            .expression_attribute_values(":act", act(cause));
        match self.update(update).await? {
            Updated::Done(_) => Ok(RefreshOutcome::Good(Box::new(exchange))),
            Updated::Refused(Some(item)) => {
                let Exchange { presented, successor, security, .. } = exchange;
                let session = Session::read(item)?;
                if session.epoch > security.epoch {
                    // It was kept while all others were ended: to be looked at again.
                    return Err(StoreError::Conflict);
                }
                judge(presented, successor, security, session, now)
            }
            Updated::Refused(None) => Ok(RefreshOutcome::Dead),
        }
    }

    /// Goes on with the same token (FAPI 2.0 §5.3.2.1: no rotation): what its client proves protects it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn refresh_keep(
        &self,
        exchange: Exchange,
        times: &SessionTimes,
        now: Timestamp,
        cause: &Act,
    ) -> Result<RefreshOutcome, StoreError> {
        let Exchange { session, presented: token, security, .. } = &exchange;
        let idle_until = now + times.idle;
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(session.customer, session.id).item()))
            .update_expression("SET seen = :now, idle_until = :idle, #ttl = :ttl, act = :act")
            .condition_expression(
                "generation = :generation AND #current = :presented AND epoch = :epoch \
                 AND attribute_not_exists(ended_at) AND idle_until > :now AND abs_until > :now",
            )
            .expression_attribute_names("#current", "current")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":generation", n(token.generation))
            .expression_attribute_values(":presented", b(token.digest()))
            .expression_attribute_values(":epoch", n(security.epoch))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":idle", at(idle_until))
            .expression_attribute_values(":ttl", self.session_ttl(idle_until))
            .expression_attribute_values(":act", act(cause));
        Ok(match self.update(update).await? {
            Updated::Done(_) => RefreshOutcome::Good(Box::new(exchange)),
            Updated::Refused(_) => RefreshOutcome::Dead,
        })
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
        let end = self.session_end_put(session.customer, session.id, now, cause)?;
        let writes = vec![end, self.outbox_put(notice, now).await?];
        // A failed condition: somebody ended it already, and its customer has been told.
        self.transact(writes).await.map(drop)
    }
}

/// What the token is good for in this session: an exchange, a retry of the last one, or nothing
/// but the proof that it was copied.
fn judge(
    presented: RefreshToken,
    successor: RefreshToken,
    security: Security,
    session: Session,
    now: Timestamp,
) -> Result<RefreshOutcome, StoreError> {
    if !session.is_alive(&security, now) {
        return Ok(RefreshOutcome::Dead);
    }
    let generation = session.generation()?;
    let step = if session.is_current(&presented)? {
        Step::Due
    } else if generation == successor.generation && session.has_just_left(&presented, now)? {
        Step::Made
    } else if presented.generation < generation {
        return Ok(RefreshOutcome::Reused(Box::new(session)));
    } else {
        return Ok(RefreshOutcome::Dead);
    };
    Ok(RefreshOutcome::Good(Box::new(Exchange { session, successor, presented, security, step })))
}
