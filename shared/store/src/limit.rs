//! Limits: counted before any lookup or hash, atomically, in windows of fixed length.

use domain::{Act, SignedDuration, Timestamp};

use crate::client::{Store, Updated};
use crate::item::{Read as _, act, n, s, ttl};
use crate::keymap::Key;
use crate::{StoreError, keymap};

/// So many, in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, in keys and logs.
    pub name: &'static str,
    /// How many.
    pub most: u64,
    /// In how long.
    pub window: SignedDuration,
}

/// There were as many already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached {
    /// Which limit.
    pub name: &'static str,
    /// When the next window begins, in seconds.
    pub retry_after: u64,
}

impl Limit {
    /// `most` in `window`.
    pub const fn new(name: &'static str, most: u64, window: SignedDuration) -> Self {
        Self { name, most, window }
    }
}

impl Store {
    /// Counts one: once, however often the SDK has to send it. A counter that DynamoDB throttles
    /// counts as full: never a way in. The count that fills a window becomes an act.
    ///
    /// # Errors
    /// When DynamoDB fails otherwise.
    pub async fn limit_count(
        &self,
        limit: &Limit,
        subject: &str,
        now: Timestamp,
        crossing: &Act,
    ) -> Result<Result<(), LimitReached>, StoreError> {
        let length = limit.window.as_secs().max(1);
        let window = now.as_second().div_euclid(length);
        let ends = (window + 1).saturating_mul(length);
        let retry_after = u64::try_from(ends - now.as_second()).unwrap_or(1).max(1);
        let reached = LimitReached { name: limit.name, retry_after };
        let key = keymap::limit(limit.name, subject, window);
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(key.item()))
            .update_expression("ADD #count :one SET #ttl = :ttl, counted = :this")
            .condition_expression(
                "attribute_not_exists(#count) OR (#count < :most AND (attribute_not_exists(counted) OR counted <> :this))",
            )
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":most", n(limit.most))
            .expression_attribute_values(":this", s(crossing.id.to_string()))
            .expression_attribute_values(":ttl", ttl(now + limit.window + limit.window));
        let counted = match self.update(update).await {
            Ok(Updated::Done(item)) => Ok(item),
            // This very count had arrived and its answer was lost.
            Ok(Updated::Refused(Some(item))) if item.text("counted").ok() == Some(&crossing.id.to_string()) => Ok(item),
            Ok(Updated::Refused(item)) => Err(item),
            Err(error) if error.is_throttled() => return Ok(Err(LimitReached { retry_after: 1, ..reached })),
            Err(error) => return Err(error),
        };
        let (answer, item) = match counted {
            Ok(item) if item.number::<u64>("count")? < limit.most => return Ok(Ok(())),
            Ok(item) => (Ok(()), Some(item)),
            Err(item) => (Err(reached), item),
        };
        if item.is_none_or(|item| !item.has("act")) {
            // Best effort, for the count is decided. Whoever is refused next makes up for it.
            let _ = self.limit_note(&key, crossing).await;
        }
        Ok(answer)
    }

    /// Writes the act of a full window into it, unless it is there.
    async fn limit_note(&self, key: &Key, crossing: &Act) -> Result<(), StoreError> {
        let note = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(key.item()))
            .update_expression("SET act = :act")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(act)")
            .expression_attribute_values(":act", act(crossing));
        self.update(note).await.map(drop)
    }
}
