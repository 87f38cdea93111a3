//! Sends the outbox: mail and SMS, and word to apps that a session has ended. A stream wakes it for each new
//! item, a schedule for what could not be sent at first; SES tells it of addresses that bounce or complain;
//! and a command sends again what was given up.
//!
//! It signs what apps are told, at each attempt anew: signed when the session ended, by functions that the internet
//! reaches, it would be stale at the second. `dispatch` carries it.
//!
//! Flows queue the same item for known and unknown addresses; here is decided which mail it is. A
//! mail may go out twice (SES accepts it, and that cannot be noted), but none is lost: an item stays
//! in the index `due` until it is noted as done.

mod attempt;
mod backoff;
mod dispatch;
mod event;
mod feedback;
mod rounds;

use std::sync::Arc;

use domain::{ConfigError, KeyPurpose, Rng, Transfers};
use edge::{BoxError, Clock, Ctx, Deployment, Flow, Function, Level};
use keys::Keys;
use notify::Notify;
use serde_json::{Value, json};
use signin::SignIn;
use store::Store;
use wire::Wire;

use crate::{attempt::Limits, dispatch::Dispatch, event::Event, rounds::Round};

/// The function: batches of the outbox's stream, notices of SES by SNS, `{"portico": "retry"}`, and
/// `{"portico": "resend_parked"}`.
///
/// # Errors
/// When a setting is missing or cannot be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let Deployment { sdk, settings, rng, clock, .. } = deployment;
    let purposes = [KeyPurpose::Index, KeyPurpose::Branch, KeyPurpose::Outbox];
    let keys = Keys::new(sdk, settings)?;
    let store = Store::open(sdk, settings, rng)?.with_keys(keys.clone(), &purposes);
    let mailer = Mailer {
        signin: Arc::new(SignIn::new(&store, &keys, settings)?),
        dispatch: Dispatch::new(Wire::new(sdk, "lambda"), settings)?,
        store,
        notify: Notify::new(sdk, settings)?,
        transfers: Transfers::read(settings)?,
        limits: Limits::read(settings)?,
        clock: clock.clone(),
        rng: rng.clone(),
    };
    Ok(edge::event(deployment, &Flow { name: "mailer" }, move |ctx, event| handle(mailer.clone(), ctx, event)))
}

#[derive(Clone)]
struct Mailer {
    store: Store,
    signin: Arc<SignIn>,
    dispatch: Dispatch,
    notify: Notify,
    transfers: Transfers,
    limits: Limits,
    clock: Clock,
    rng: Rng,
}

async fn handle(mailer: Mailer, ctx: Ctx, event: Value) -> Result<Value, BoxError> {
    match event::read(&event) {
        Event::Queued(ids) => Ok(mailer.attempt_all(&ctx, &ids).await.answer()),
        Event::Retry => Ok(mailer.round(&ctx, Round::Due).await?.answer()),
        Event::ResendParked => {
            let tally = mailer.round(&ctx, Round::Parked).await?;
            Ok(json!({"resent": tally.sent, "failed": tally.failed()}))
        }
        Event::Feedback(notices) => mailer.suppress(&ctx, &notices).await,
        Event::Unknown => {
            ctx.log(Level::Warn, "not an event for this function", json!({}));
            Ok(Value::Null)
        }
    }
}
