//! Erases whoever is due, and tells those who are not seen any more.
//!
//! By a schedule: what is due is looked at in its order, and each customer brought as far as they can
//! be. Every step is one that can be done twice, so that a run may be killed anywhere, or two run at once:
//! the next one looks at what is there and does the rest. The steps and their order stand in `store`'s
//! `erasing`.
//!
//! Powers: this function alone can delete a customer: it reads and deletes everything in their partitions,
//! destroys data keys, writes tombstones, and signs certificates.

mod certificate;
mod inactive;
mod run;

use std::fmt;

use domain::{ConfigError, KeyPurpose, SignedDuration};
use edge::{BoxError, Clock, Ctx, Deployment, Flow, Function, Level};
use keys::Keys;
use serde_json::{Value, json};
use store::{Store, StoreError};

/// The function: `{"portico": "erase"}`, and `{"portico": "inactive"}`.
///
/// # Errors
/// When a setting is missing or cannot be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let Deployment { sdk, settings, rng, clock, .. } = deployment;
    let purposes = [KeyPurpose::Branch, KeyPurpose::Outbox, KeyPurpose::Mac];
    let days = |name, default| {
        Ok(SignedDuration::from_hours(24 * i64::try_from(settings.number(name, default)?).unwrap_or(0)))
    };
    let eraser = Eraser {
        store: Store::open(sdk, settings, rng)?.with_keys(Keys::new(sdk, settings)?, &purposes),
        grace: signin::erasure::grace(settings)?,
        window: days("VAULT_RECOVERY_DAYS", 7)?,
        inactive: inactive::read(settings)?,
        clock: clock.clone(),
    };
    Ok(edge::event(deployment, &Flow { name: "eraser" }, move |ctx, event| handle(eraser.clone(), ctx, event)))
}

#[derive(Clone)]
struct Eraser {
    store: Store,
    grace: SignedDuration,
    /// How long the vault can be restored: `VAULT_RECOVERY_DAYS`.
    window: SignedDuration,
    /// How long somebody may stay away: `INACTIVE_DAYS`. None: for ever.
    inactive: Option<SignedDuration>,
    clock: Clock,
}

/// How long a run goes on: the function has five minutes.
const BUDGET: SignedDuration = SignedDuration::from_secs(200);

async fn handle(eraser: Eraser, ctx: Ctx, event: Value) -> Result<Value, BoxError> {
    match event.get("portico").and_then(Value::as_str) {
        Some("erase") => eraser.erase(&ctx).await,
        Some("inactive") => eraser.walk(&ctx).await,
        _ => {
            ctx.log(Level::Warn, "not an event for this function", json!({}));
            Ok(Value::Null)
        }
    }
}

/// What a run could not do; the next one will try again.
#[derive(Debug)]
struct Unfinished(Vec<StoreError>);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unfinished")?;
        self.0.iter().take(5).try_for_each(|error| write!(f, "; {error}"))
    }
}

impl std::error::Error for Unfinished {}
