//! Seals acts into hash chains: what the streams of `directory` and `transient` bring, in the order
//! in which they bring it.
//!
//! A stream brings a record once or several times; an act is sealed once. What could not be sealed
//! is named in the answer, so that it alone comes again. What can never be read is logged, counted
//! and left behind: nothing may stand still because of it.

mod event;

use std::collections::{BTreeMap, HashSet};

use domain::{Act, ConfigError, Settings, SignedDuration};
use edge::{BoxError, Clock, Ctx, Deployment, Flow, Function, Level};
use serde_json::{Value, json};
use store::{Chain, Store};

use crate::event::Record;

/// The function: batches of stream records.
///
/// # Errors
/// When a setting is missing or cannot be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let store = Store::open(&deployment.sdk, &deployment.settings, &deployment.rng)?;
    let (clock, keep) = (deployment.clock.clone(), lifetime(&deployment.settings)?);
    Ok(edge::event(deployment, &Flow { name: "audit" }, move |ctx, event| {
        seal(store.clone(), clock.clone(), keep, ctx, event)
    }))
}

/// `AUDIT_RETENTION_DAYS`: for how long an act is kept that is sealed from now on; 0 is for good.
fn lifetime(settings: &Settings) -> Result<Option<SignedDuration>, ConfigError> {
    const NAME: &str = "AUDIT_RETENTION_DAYS";
    match u32::try_from(settings.number(NAME, 0)?) {
        Ok(0) => Ok(None),
        Ok(days) => Ok(Some(SignedDuration::from_hours(i64::from(days) * 24))),
        Err(_) => Err(ConfigError::new(NAME, "is too long")),
    }
}

async fn seal(
    store: Store,
    clock: Clock,
    keep: Option<SignedDuration>,
    ctx: Ctx,
    event: Value,
) -> Result<Value, BoxError> {
    let mut failed = Vec::new();
    for (chain, records) in chains(&ctx, &event) {
        for batch in records.chunks(Chain::BATCH) {
            let acts: Vec<(Act, String)> = batch.iter().map(|record| record.act.clone()).collect();
            match store.acts_seal(chain, &acts, keep, clock.now()).await {
                Ok(0) => {}
                Ok(new) => ctx.count("ActsSealed", new as u64),
                Err(error) => {
                    let numbers: Vec<_> = batch.iter().map(|record| &record.sequence_number).collect();
                    let fields = json!({"chain": chain.0, "sequence_numbers": numbers, "cause": edge::chain(&error)});
                    ctx.log(Level::Error, "acts not sealed", fields);
                    failed.extend(numbers.into_iter().map(|number| json!({"itemIdentifier": number})));
                }
            }
        }
    }
    Ok(json!({"batchItemFailures": failed}))
}

/// The acts in the event by their chain, each once.
fn chains(ctx: &Ctx, event: &Value) -> BTreeMap<Chain, Vec<Sealable>> {
    let (mut chains, mut seen) = (BTreeMap::<Chain, Vec<Sealable>>::new(), HashSet::new());
    for record in event::records(event) {
        match record {
            Record::Act { sequence_number, act, body } if seen.insert(act.id) => {
                let sealable = Sealable { sequence_number, act: (*act, body) };
                chains.entry(Chain::of(&sealable.act.0)).or_default().push(sealable);
            }
            Record::Act { .. } | Record::Nothing => {}
            Record::Unreadable { sequence_number } => {
                ctx.count("ActsUnreadable", 1);
                ctx.log(Level::Error, "an act cannot be read", json!({"sequence_number": sequence_number}));
            }
        }
    }
    chains
}

struct Sealable {
    sequence_number: String,
    act: (Act, String),
}
