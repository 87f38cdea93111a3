//! The run: what is due, one after the other.

use domain::{ActKind, Actor, CustomerId, Message, Secret};
use edge::{BoxError, Ctx, Level};
use futures_util::future::join_all;
use serde::Serialize;
use serde_json::{Value, json};
use signin::erasure::CERTIFICATE;
use store::{Done, DueErasure, Erasing, ErasureStanding, Send, Store, StoreError, Tombstone};

use crate::{BUDGET, Eraser, Unfinished, certificate};

/// How many are read of what is due in one call.
const PAGE: i32 = 100;
/// How many are erased at once.
const AT_ONCE: usize = 8;

/// What became of somebody who was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// They are erased.
    Erased,
    /// Their last mail is still to be sent.
    Awaits,
    /// A hold stands against it.
    Held,
    /// They were not due after all.
    Stale,
    /// Something changed at the same moment: the next run looks again.
    Changed,
}

/// What became of all.
#[derive(Debug, Default, Serialize)]
struct Tally {
    erased: u64,
    awaits: u64,
    held: u64,
    stale: u64,
    changed: u64,
    failed: u64,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Erased => &mut self.erased,
            Outcome::Awaits => &mut self.awaits,
            Outcome::Held => &mut self.held,
            Outcome::Stale => &mut self.stale,
            Outcome::Changed => &mut self.changed,
        } += 1;
    }
}

impl Eraser {
    /// Looks at everything that is due, until it is through or its time is up.
    pub(crate) async fn erase(&self, ctx: &Ctx) -> Result<Value, BoxError> {
        let (mut tally, mut failures) = (Tally::default(), Vec::new());
        // Another shard first each time: a run whose time is up must not always leave the same behind.
        let [first] = ctx.rng.bytes::<1>();
        'run: for n in 0..Store::DUE_SHARDS {
            let shard = n.wrapping_add(first) % Store::DUE_SHARDS;
            let mut after = None;
            loop {
                let page = self.store.erasures_due(shard, after, self.clock.now(), PAGE).await?;
                for some in page.chunks(AT_ONCE) {
                    if self.clock.now().duration_since(ctx.now) > BUDGET {
                        break 'run;
                    }
                    let outcomes = join_all(some.iter().map(|entry| self.one(ctx, *entry))).await;
                    for (entry, outcome) in some.iter().zip(outcomes) {
                        match outcome {
                            Ok(outcome) => tally.add(outcome),
                            Err(error) => {
                                let fields = json!({"customer": entry.customer, "cause": edge::chain(&error)});
                                ctx.log(Level::Error, "not erased", fields);
                                tally.failed += 1;
                                failures.push(error);
                            }
                        }
                    }
                }
                match page.last() {
                    Some(last) if page.len() == PAGE as usize => after = Some(*last),
                    _ => break,
                }
            }
        }
        for (metric, n) in [("Erased", tally.erased), ("ErasuresHeld", tally.held), ("ErasuresFailed", tally.failed)] {
            if n > 0 {
                ctx.count(metric, n);
            }
        }
        if failures.is_empty() { Ok(serde_json::to_value(&tally)?) } else { Err(Unfinished(failures).into()) }
    }

    /// Brings one as far as they can be.
    async fn one(&self, ctx: &Ctx, entry: DueErasure) -> Result<Outcome, StoreError> {
        let customer = entry.customer;
        let standing = self.store.erasure_standing(customer).await?;
        let tombstone = match (self.store.tombstone(customer).await?, &standing) {
            (Some(tombstone), _) => tombstone,
            (None, Some(standing)) => match self.begin(ctx, entry, standing).await? {
                Ok(tombstone) => tombstone,
                Err(outcome) => return Ok(outcome),
            },
            (None, None) => return self.drop_stale(entry).await,
        };
        let erasure = standing.as_ref().and_then(|standing| standing.erasure.as_ref());
        let erasing = self.store.erasing(customer, erasure).await?;
        self.store.erasing_forget(&tombstone, &erasing, self.clock.now()).await?;
        if self.store.erasing_awaits(&tombstone, self.clock.now()).await? {
            return Ok(Outcome::Awaits);
        }
        self.store.erasing_destroy(&tombstone, &erasing, self.clock.now()).await?;
        let tombstone = self.certify(ctx, tombstone).await?;
        let cause = ctx.act(ActKind::ErasureDone, Actor::System).to(customer);
        self.store.erasing_close(entry, self.clock.now(), &cause).await?;
        ctx.log(
            Level::Info,
            "erased",
            json!({"customer": customer, "erasure": tombstone.id, "items": tombstone.counts.total()}),
        );
        Ok(Outcome::Erased)
    }

    async fn drop_stale(&self, entry: DueErasure) -> Result<Outcome, StoreError> {
        self.store.erasure_due_drop(entry).await?;
        Ok(Outcome::Stale)
    }

    /// Takes the step from which there is no way back, if nothing stands against it.
    async fn begin(
        &self,
        ctx: &Ctx,
        entry: DueErasure,
        standing: &ErasureStanding,
    ) -> Result<Result<Tombstone, Outcome>, StoreError> {
        let now = self.clock.now();
        let Some(erasure) = standing.erasure.as_ref().filter(|erasure| erasure.is_queued_as(entry)) else {
            return self.drop_stale(entry).await.map(Err);
        };
        if let Some(until) = standing.held.now(now) {
            self.store.erasure_requeue(erasure, until).await?;
            return Ok(Err(Outcome::Held));
        }
        let customer = entry.customer;
        let erasing = self.store.erasing(customer, Some(erasure)).await?;
        let counts = self.store.erasing_counts(customer, &erasing).await?;
        let last = last_mail(ctx, &erasing, standing)?;
        let cause = ctx.act(ActKind::ErasureBegun, Actor::System).to(customer);
        let has_begun =
            self.store.erasing_begin(erasure, standing, &erasing, &counts, last.as_ref(), now, &cause).await?;
        // Another run may have been faster: then there is its tombstone.
        match (self.store.tombstone(customer).await?, has_begun) {
            (Some(tombstone), _) => Ok(Ok(tombstone)),
            (None, _) => Ok(Err(Outcome::Changed)),
        }
    }

    /// Has the tombstone say when it was done, once.
    async fn certify(&self, ctx: &Ctx, tombstone: Tombstone) -> Result<Tombstone, StoreError> {
        if tombstone.done.is_some() {
            return Ok(tombstone);
        }
        let done_at = self.clock.now();
        let final_at = done_at + self.window;
        let certificate = certificate::sign(&self.store, &ctx.issuer, &tombstone, done_at, final_at).await?;
        self.store.erasing_certify(tombstone.customer, &Done { done_at, final_at, certificate }).await
    }
}

/// The last mail, if there is still somebody to write to.
fn last_mail(ctx: &Ctx, erasing: &Erasing, standing: &ErasureStanding) -> Result<Option<Send>, StoreError> {
    let (Some(profile), Some(data_key), Some(erasure)) = (&erasing.profile, &erasing.data_key, &standing.erasure)
    else {
        return Ok(None);
    };
    let about = erasure.about(data_key)?;
    let link = format!("{}{CERTIFICATE}?receipt={}", about.issuer, about.receipt.reveal());
    let message = Message::Erased { link: Secret::new(link) };
    let delivery = domain::Delivery {
        to: profile.data.email.clone().into(),
        locale: profile.locale,
        issuer: about.issuer,
        jurisdiction: profile.jurisdiction.clone(),
        message,
    };
    let customer: CustomerId = profile.id;
    Ok(Some(Send::new(delivery, ctx.now, &ctx.rng).about(customer)))
}
