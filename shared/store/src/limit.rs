//! Limits: counted before any lookup or hash, atomically, in windows of fixed length.

use domain::{Act, SignedDuration, Timestamp};

use crate::client::{Store, Updated};
use crate::item::{Item, Read as _, act, n, s, ttl};
use crate::keymap::Key;
use crate::{StoreError, keymap};

/// So many, in so long; and, where there is a longer window, no more than so many in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, in keys and logs.
    pub name: &'static str,
    /// How many.
    pub most: u64,
    /// In how long.
    pub window: SignedDuration,
    /// How many in a longer window, which is a multiple of the other. Both are one item and one write.
    pub longer: Option<(u64, SignedDuration)>,
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
        Self { name, most, window, longer: None }
    }

    /// Where what is counted in one window of it stands.
    pub(crate) fn key(&self, subject: &str, now: Timestamp) -> Key {
        keymap::limit(self.name, subject, Window::new(self.most, self.window, now).number)
    }

    /// And no more than `most` in a longer window.
    #[must_use]
    pub const fn and(self, most: u64, window: SignedDuration) -> Self {
        Self { longer: Some((most, window)), ..self }
    }
}

/// A window that is open.
struct Window {
    most: u64,
    /// Which one it is, of all that there ever are.
    number: i64,
    /// Until the next one begins, in seconds.
    left: u64,
    /// Where it is counted.
    attribute: String,
}

impl Window {
    fn new(most: u64, length: SignedDuration, now: Timestamp) -> Self {
        let length = length.as_secs().max(1);
        let number = now.as_second().div_euclid(length);
        let ends = (number + 1).saturating_mul(length);
        let left = u64::try_from(ends - now.as_second()).unwrap_or(1).max(1);
        Self { most, number, left, attribute: "count".to_owned() }
    }

    /// The same, inside an item that counts a longer one.
    fn inside(self) -> Self {
        Self { attribute: format!("count_{}", self.number), ..self }
    }

    fn is_full(&self, item: &Item) -> bool {
        let count = item.get(&self.attribute).and_then(|count| count.as_n().ok()?.parse::<u64>().ok());
        count.is_some_and(|count| count >= self.most)
    }
}

impl Store {
    /// Counts one: once, however often the SDK has to send it. A counter that DynamoDB throttles
    /// counts as full: never a way in. The first count that fills a window of an item becomes an act.
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
        let window = Window::new(limit.most, limit.window, now);
        let (window, longer) = match limit.longer {
            None => (window, None),
            Some((most, length)) => (window.inside(), Some((Window::new(most, length, now), length))),
        };
        let (of_key, kept) = longer.as_ref().map_or((&window, limit.window), |(longer, length)| (longer, *length));
        let key = keymap::limit(limit.name, subject, of_key.number);
        let longer = longer.as_ref().map(|(longer, _)| longer);
        let reached = |retry_after| LimitReached { name: limit.name, retry_after };

        let (counts, holds) = match longer {
            None => ("#count :one", "(attribute_not_exists(#count) OR #count < :most)"),
            Some(_) => (
                "#count :one, #longer :one",
                "(attribute_not_exists(#count) OR #count < :most) AND (attribute_not_exists(#longer) OR #longer < :longer)",
            ),
        };
        let mut update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(key.item()))
            .update_expression(format!("ADD {counts} SET #ttl = :ttl, counted = :this"))
            .condition_expression(format!("(attribute_not_exists(counted) OR counted <> :this) AND {holds}"))
            .expression_attribute_names("#count", &window.attribute)
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":most", n(window.most))
            .expression_attribute_values(":this", s(crossing.id.to_string()))
            .expression_attribute_values(":ttl", ttl(now + kept + kept));
        if let Some(longer) = longer {
            update = update
                .expression_attribute_names("#longer", &longer.attribute)
                .expression_attribute_values(":longer", n(longer.most));
        }
        let is_longer_full = |item: &Item| longer.is_some_and(|longer| longer.is_full(item));
        let counted = match self.update(update).await {
            Ok(Updated::Done(item)) => Ok(item),
            // This very count had arrived and its answer was lost.
            Ok(Updated::Refused(Some(item))) if item.text("counted").ok() == Some(&crossing.id.to_string()) => Ok(item),
            Ok(Updated::Refused(item)) => Err(item),
            Err(error) if error.is_throttled() => return Ok(Err(reached(1))),
            Err(error) => return Err(error),
        };
        let (answer, item) = match counted {
            Ok(item) if !window.is_full(&item) && !is_longer_full(&item) => return Ok(Ok(())),
            Ok(item) => (Ok(()), Some(item)),
            Err(item) => {
                let is_longer = item.as_ref().is_some_and(is_longer_full);
                let left = longer.filter(|_| is_longer).map_or(window.left, |longer| longer.left);
                (Err(reached(left)), item)
            }
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
