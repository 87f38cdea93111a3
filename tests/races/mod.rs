//! Many callers at once: of one-time things, of a session, of a limit.

mod apps;
mod consents;
mod erasing;
mod factors;
mod limits;
mod one_time;
mod proving;
mod registry;
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

/// How often each answer came: the status of a success, the type of a problem.
fn answers(replies: &[Reply]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for reply in replies {
        let slug = reply["type"].as_str().and_then(|urn| urn.strip_prefix("urn:portico:problem:"));
        let slug = slug.or_else(|| reply["error"].as_str());
        let name = if reply.status < 300 { reply.status.to_string() } else { slug.unwrap_or(&reply.text).to_owned() };
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// One of them all has this success, and every other one this problem, or one of these: whose turn came
/// before the winner had written, and whose after. Says which has won.
#[track_caller]
fn assert_one(success: u16, problems: &[&str], replies: &[Reply]) -> usize {
    let counts = answers(replies);
    assert_eq!((replies.len(), counts.get(&success.to_string())), (MANY, Some(&1)), "{counts:?}");
    let lost: usize = problems.iter().filter_map(|problem| counts.get(*problem)).sum();
    assert_eq!(lost, MANY - 1, "{counts:?}");
    replies.iter().position(|reply| reply.status == success).unwrap()
}

/// Limits that are out of the way of sixteen callers.
fn setup() -> Setup {
    [
        "LIMIT_LOGIN_PER_ADDRESS",
        "LIMIT_LOGIN_PER_ADDRESS_DAY",
        "LIMIT_REGISTER_PER_ADDRESS",
        "LIMIT_PASSWORD_PER_CUSTOMER",
        "LIMIT_EMAIL_PER_CUSTOMER",
        "LIMIT_FACTORS_PER_CUSTOMER",
        "LIMIT_MAIL_PER_ADDRESS",
        "LIMIT_CONSENT_PER_CUSTOMER",
        "LIMIT_CONSENT_PER_CLIENT",
    ]
    .into_iter()
    .fold(Setup::default(), |setup, name| setup.setting(name, "1000"))
}
