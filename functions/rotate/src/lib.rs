//! Owns the deployment's keys: makes the wrapped keys that are missing, and sees to it that there
//! is always a key to sign with, published long before it signs and as long as anybody may check
//! what it signed.
//!
//! It runs by a schedule and may run twice at once, or end half way: each run looks at what is
//! there and does the rest.

mod permanent;
mod signing;
mod wrapped;

use std::fmt;

use domain::{ConfigError, SignedDuration};
use edge::{BoxError, Ctx, Deployment, Flow, Function, Level};
use keys::{Keys, KeysError};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Store, StoreError};

/// The function: `{"portico": "rotate"}`.
///
/// # Errors
/// When a setting is missing or cannot be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let Deployment { sdk, settings, rng, .. } = deployment;
    let powers = Powers {
        store: Store::open(sdk, settings, rng)?,
        keys: Keys::new(sdk, settings)?,
        period: signing::period(settings)?,
    };
    Ok(edge::event(deployment, &Flow { name: "rotate" }, move |ctx, event| rotate(powers.clone(), ctx, event)))
}

#[derive(Clone)]
struct Powers {
    store: Store,
    keys: Keys,
    /// How long a key signs: `KEY_ROTATION_SECONDS`.
    period: SignedDuration,
}

async fn rotate(powers: Powers, ctx: Ctx, event: Value) -> Result<Value, BoxError> {
    if event.get("portico").and_then(Value::as_str) != Some("rotate") {
        ctx.log(Level::Warn, "not an event for this function", json!({}));
        return Ok(Value::Null);
    }
    let mut done = Done::default();
    // A step that fails does not hold up the others.
    wrapped::make_missing(&powers, &ctx, &mut done).await;
    permanent::publish(&powers, &ctx, &mut done).await;
    signing::schedule(&powers, &ctx, &mut done).await;
    signing::wipe_retired(&powers, &ctx, &mut done).await;
    let answer = serde_json::to_value(&done)?;
    if done.changes() > 0 {
        ctx.count("KeysChanged", done.changes());
        ctx.log(Level::Info, "keys changed", answer.clone());
    }
    if done.failures.is_empty() { Ok(answer) } else { Err(Unfinished(done.failures).into()) }
}

/// What a run did.
#[derive(Default, Serialize)]
struct Done {
    /// The purposes of wrapped keys that were made.
    wrapped: Vec<&'static str>,
    /// The `kid` of the permanent key, if it was published.
    permanent: Option<String>,
    /// The signing keys that were scheduled.
    signing: Vec<signing::Scheduled>,
    /// The `kid`s of the keys whose private half was wiped.
    wiped: Vec<String>,
    #[serde(skip)]
    failures: Vec<RotateError>,
}

impl Done {
    fn changes(&self) -> u64 {
        (self.wrapped.len() + usize::from(self.permanent.is_some()) + self.signing.len() + self.wiped.len()) as u64
    }
}

#[derive(Debug, thiserror::Error)]
enum RotateError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error("SIGNING_KEYS has no key for {0}")]
    NoSlot(&'static str),
}

/// What a run could not do; the next one will try again.
#[derive(Debug)]
struct Unfinished(Vec<RotateError>);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unfinished")?;
        self.0.iter().try_for_each(|error| write!(f, "; {error}"))
    }
}

impl std::error::Error for Unfinished {}
