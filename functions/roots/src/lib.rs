//! Signs one root over all chains of the audit log each hour, and copies it to a bucket that nobody can
//! rewrite, if there is one.
//!
//! A schedule runs it more often than hourly; a run does what is missing, and may end anywhere, or meet
//! another. An hour in which no run succeeded has no root: the next one covers what happened in it, and
//! names the hour before the gap, so that it is there for everybody to see. (A root that is made later
//! for an earlier hour could only claim what nobody had seen then.)
//!
//! Powers: reads the chains' heads, writes roots, signs with the permanent key, puts objects that it can
//! neither read nor replace. It seals nothing, and sees no act.

use std::fmt;

use archive::{Archive, ArchiveError};
use domain::{ConfigError, Hour, Settings};
use edge::{BoxError, Ctx, Deployment, Flow, Function, Level};
use keys::Keys;
use serde::Serialize;
use serde_json::{Value, json};
use store::{Store, StoreError};

/// How many roots one run copies: a bucket that is added later gets those of a year in a day.
const COPIES: usize = 100;

/// The function: `{"portico": "roots"}`.
///
/// # Errors
/// When a setting is missing or cannot be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let Deployment { sdk, settings, rng, .. } = deployment;
    let powers = Powers {
        store: Store::open(sdk, settings, rng)?.with_keys(Keys::new(sdk, settings)?, &[]),
        archive: settings.text("AUDIT_BUCKET").map(|bucket| Archive::new(sdk, bucket)).transpose()?,
        retention_days: retention_days(settings)?,
    };
    Ok(edge::event(deployment, &Flow { name: "roots" }, move |ctx, event| run(powers.clone(), ctx, event)))
}

#[derive(Clone)]
struct Powers {
    store: Store,
    /// `AUDIT_BUCKET`
    archive: Option<Archive>,
    /// `AUDIT_RETENTION_DAYS`, which each root declares.
    retention_days: u32,
}

fn retention_days(settings: &Settings) -> Result<u32, ConfigError> {
    const NAME: &str = "AUDIT_RETENTION_DAYS";
    u32::try_from(settings.number(NAME, 0)?).map_err(|_| ConfigError::new(NAME, "is too long"))
}

async fn run(powers: Powers, ctx: Ctx, event: Value) -> Result<Value, BoxError> {
    if event.get("portico").and_then(Value::as_str) != Some("roots") {
        ctx.log(Level::Warn, "not an event for this function", json!({}));
        return Ok(Value::Null);
    }
    let mut done = Done::default();
    // Neither holds up the other.
    let failures = [sign(&powers, &ctx, &mut done).await.err(), copy(&powers, &ctx, &mut done).await.err()];
    let failures: Vec<_> = failures.into_iter().flatten().collect();
    if failures.is_empty() { Ok(serde_json::to_value(&done)?) } else { Err(Unfinished(failures).into()) }
}

/// What a run did.
#[derive(Default, Serialize)]
struct Done {
    /// The number of the root that it signed.
    signed: Option<u64>,
    /// How many hours before it have none.
    missed: i64,
    /// How many roots it copied.
    copied: usize,
}

/// The root of this hour, unless there is one.
async fn sign(powers: &Powers, ctx: &Ctx, done: &mut Done) -> Result<(), RootsError> {
    let (heads, last) = powers.store.heads().await?;
    let hour = Hour::of(ctx.now);
    // The clocks of two instances may differ: none signs for an hour that is over.
    if last.as_ref().is_some_and(|last| last.hour >= hour) {
        return Ok(());
    }
    let missed = last.as_ref().map_or(0, |last| hour.gap_after(last.hour));
    let Some(root) = powers.store.root_put(heads, last.as_ref(), powers.retention_days, ctx.now).await? else {
        return Ok(());
    };
    (done.signed, done.missed) = (Some(root.number), missed);
    ctx.count("RootsSigned", 1);
    ctx.log(Level::Info, "root signed", json!({"number": root.number, "hour": hour, "digest": root.digest}));
    if missed > 0 {
        ctx.count("RootsMissed", missed.unsigned_abs());
        ctx.log(Level::Error, "hours without a root", json!({"before": hour, "hours": missed}));
    }
    Ok(())
}

/// Roots that are not in the bucket yet, the oldest first.
async fn copy(powers: &Powers, ctx: &Ctx, done: &mut Done) -> Result<(), RootsError> {
    let Some(archive) = &powers.archive else { return Ok(()) };
    for root in powers.store.roots_to_copy(COPIES).await? {
        // By its digest: whatever else is put there, under whatever name, is another object.
        let key = format!("roots/{}/{}.jws", root.hour, root.digest);
        archive.put(&key, root.jws.as_bytes()).await?;
        powers.store.root_copied(&root).await?;
        done.copied += 1;
    }
    if done.copied > 0 {
        ctx.count("RootsCopied", done.copied as u64);
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum RootsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// What a run could not do; the next one will try again.
#[derive(Debug)]
struct Unfinished(Vec<RootsError>);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unfinished")?;
        self.0.iter().try_for_each(|error| write!(f, "; {error}"))
    }
}

impl std::error::Error for Unfinished {}
