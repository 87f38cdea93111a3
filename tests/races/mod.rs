//! Many callers at once: of one-time things, of a session, of a limit.

mod factors;
mod limits;
mod one_time;
mod proving;
mod roots;
mod sessions;

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, future::join_all, stream};
use tests::{Reply, Setup};

/// How many come at once.
const MANY: usize = 16;

/// Sends sixteen requests at once.
async fn at_once(send: impl AsyncFn(usize) -> Reply) -> Vec<Reply> {
    join_all((0..MANY).map(|n| send(n))).await
}

/// Sends many requests, 64 of them at any time.
async fn storm(count: usize, send: impl AsyncFn(usize) -> Reply) -> Vec<Reply> {
    stream::iter((0..count).map(|n| send(n))).buffer_unordered(64).collect().await
}

/// How often each status came.
fn statuses(replies: &[Reply]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for reply in replies {
        *counts.entry(reply.status).or_default() += 1;
    }
    counts
}

/// Limits that are out of the way of sixteen callers.
fn setup() -> Setup {
    [
        "LIMIT_LOGIN_PER_ADDRESS",
        "LIMIT_REGISTER_PER_ADDRESS",
        "LIMIT_PASSWORD_PER_CUSTOMER",
        "LIMIT_EMAIL_PER_CUSTOMER",
        "LIMIT_FACTORS_PER_CUSTOMER",
        "LIMIT_MAIL_PER_ADDRESS",
    ]
    .into_iter()
    .fold(Setup::default(), |setup, name| setup.setting(name, "1000"))
}
