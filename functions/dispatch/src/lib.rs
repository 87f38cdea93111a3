//! Calls addresses that somebody else chose: apps', where they are told of a logout, and where they say what they are.
//!
//! Powers: none but the internet. It has no right to any table, key or service, so that whoever leads it
//! astray finds nothing to bring along; and it is led nowhere but to public addresses. Who invokes it has
//! asked the table of transfers, or says nothing of anybody.

mod address;
mod call;
mod fetch;
mod target;

use std::sync::Arc;

use domain::ConfigError;
use edge::{BoxError, Ctx, Deployment, Flow, Function, Level};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::{Caller, NotCalled};
use crate::fetch::Fetch;

/// What is to be sent where.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// The address, as its owner registered it.
    pub(crate) url: String,
    /// What is posted.
    pub(crate) body: String,
    /// Its media type.
    pub(crate) content_type: String,
}

/// What is asked of it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Asked {
    Call(Call),
    Fetch(Fetch),
}

/// The function: `{"url", "body", "content_type"}`, to which it answers `{"status"}`; and `{"fetch"}`, an address, to
/// which it answers `{"status", "content_type", "cache_control", "body"}`; or `{"error"}` in one word. It has no event
/// that fails: who calls decides what is tried again.
///
/// # Errors
/// When a setting can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let reach = match deployment.settings.text("DISPATCH_LOOPBACK") {
        None | Some("off") => address::Reach::Public,
        Some("on") => address::Reach::Loopback,
        Some(_) => return Err(ConfigError::new("DISPATCH_LOOPBACK", "is neither on nor off")),
    };
    let caller = Arc::new(Caller::new(reach));
    Ok(edge::event(deployment, &Flow { name: "dispatch" }, move |ctx, event| handle(caller.clone(), ctx, event)))
}

async fn handle(caller: Arc<Caller>, ctx: Ctx, event: Value) -> Result<Value, BoxError> {
    let called = match serde_json::from_value(event) {
        Ok(Asked::Fetch(fetch)) => return Ok(fetch_for(&caller, &ctx, fetch).await),
        Ok(Asked::Call(call)) => caller.call(call).await,
        Err(_) => Err(NotCalled::Malformed),
    };
    // Neither the address nor what was sent: both say who somebody is a customer of.
    Ok(match called {
        Ok(status) => {
            ctx.log(Level::Info, "called", json!({"status": status}));
            json!({"status": status})
        }
        Err(why) => {
            let level = if why.is_final() { Level::Error } else { Level::Warn };
            ctx.log(level, "not called", json!({"reason": why.to_string()}));
            if why.is_final() {
                ctx.count("CallsRefused", 1);
            }
            json!({"error": why.word()})
        }
    })
}

/// Anybody can name an address that is not public, so that nobody is woken for it.
async fn fetch_for(caller: &Caller, ctx: &Ctx, fetch: Fetch) -> Value {
    match caller.fetch(fetch).await {
        Ok(fetched) => {
            ctx.log(Level::Info, "fetched", json!({"status": fetched.status}));
            json!(fetched)
        }
        Err(why) => {
            ctx.log(Level::Warn, "not fetched", json!({"reason": why.to_string()}));
            json!({"error": why.word()})
        }
    }
}
