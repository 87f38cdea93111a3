//! Many mails: a batch of the stream, what is due, what was given up.

use std::collections::HashSet;

use domain::{OutboxId, SignedDuration};
use edge::Ctx;
use futures_util::future::{join_all, try_join_all};
use serde_json::{Value, json};
use store::{Due, StoreError};

use crate::{Mailer, attempt::Outcome};

/// How long rounds go on: the function has a minute, and the last mail needs some of it.
const BUDGET: SignedDuration = SignedDuration::from_secs(40);
/// How many are read of each shard of the index.
const PAGE: i32 = 25;
/// How many are sent at once: few, for a new account may send one a second.
const AT_ONCE: usize = 5;

/// Which mails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// Those that are due.
    Due,
    /// Those that were given up: each gets one more attempt.
    Parked,
}

/// What became of many mails.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    deferred: u64,
    parked: u64,
    /// Done without being sent.
    dropped: u64,
    unknown: u64,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Sent | Outcome::Told => self.sent += 1,
            Outcome::Deferred => self.deferred += 1,
            Outcome::Parked => self.parked += 1,
            Outcome::Suppressed | Outcome::Limited | Outcome::Nobody | Outcome::Refused => self.dropped += 1,
            Outcome::Unknown => self.unknown += 1,
            Outcome::NotOurs => {}
        }
    }

    fn join(&mut self, other: &Self) {
        self.sent += other.sent;
        self.deferred += other.deferred;
        self.parked += other.parked;
        self.dropped += other.dropped;
        self.unknown += other.unknown;
    }

    /// Those that were tried and not sent.
    pub(crate) fn failed(&self) -> u64 {
        self.deferred + self.parked + self.dropped + self.unknown
    }

    /// As the function answers it.
    pub(crate) fn answer(&self) -> Value {
        let Self { sent, deferred, parked, dropped, unknown } = self;
        json!({"sent": sent, "deferred": deferred, "parked": parked, "dropped": dropped, "unknown": unknown})
    }
}

impl Mailer {
    /// Tries each of these.
    pub(crate) async fn attempt_all(&self, ctx: &Ctx, ids: &[OutboxId]) -> Tally {
        let mut tally = Tally::default();
        for some in ids.chunks(AT_ONCE) {
            let outcomes = join_all(some.iter().map(|id| self.attempt(ctx, *id))).await;
            outcomes.into_iter().for_each(|outcome| tally.add(outcome));
        }
        tally
    }

    /// Tries each waiting mail once, until there is none left or time is up.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(crate) async fn round(&self, ctx: &Ctx, round: Round) -> Result<Tally, StoreError> {
        let (started, mut tally, mut seen) = (self.clock.now(), Tally::default(), HashSet::new());
        loop {
            let which = match round {
                Round::Due => Due::Now(self.clock.now()),
                Round::Parked => Due::Parked,
            };
            let ids = self.store.outbox_due(which, PAGE).await?;
            let ids: Vec<_> = ids.into_iter().filter(|id| seen.insert(*id)).collect();
            if ids.is_empty() {
                return Ok(tally);
            }
            for some in ids.chunks(AT_ONCE) {
                if self.clock.now().duration_since(started) > BUDGET {
                    return Ok(tally);
                }
                if round == Round::Parked {
                    // Whatever happens after it, the schedule has it from here.
                    try_join_all(some.iter().map(|id| self.store.outbox_unpark(*id, self.clock.now()))).await?;
                }
                tally.join(&self.attempt_all(ctx, some).await);
            }
        }
    }
}
