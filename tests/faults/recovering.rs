//! Ways in by a mailbox: a forgotten password, a code or link to sign in with, the button of a notice.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Reply};

use super::{Seen, a_customer, a_session, assert_unchanged, gained, sweep};

const NEW: &str = "seven lean cows, seven fat ones";

/// Once, or twice where the first answer was lost.
#[track_caller]
fn started(seen: &Seen<Reply>, kind: &str) -> usize {
    let count = seen.after.one_time(kind).len() - seen.before.one_time(kind).len();
    assert!(count == 1 || count == 2 && seen.again.is_some(), "{count} of {kind}");
    count
}

/// Done, or done before by a request whose answer was lost.
#[track_caller]
fn assert_done(seen: &Seen<Reply>) {
    let is_refused = seen.again.is_some() && seen.last().status == 410;
    assert!(seen.last().status < 300 || is_refused, "{}", seen.last().text);
}

/// Codes of the mails to this person, the newest first.
async fn codes(app: &App, person: &Person) -> Vec<String> {
    let mails = app.mails().await;
    mails.iter().rev().filter(|mail| mail.to == person.email).filter_map(|mail| mail.code.clone()).collect()
}

/// Somebody who has forgotten their password.
struct Forgotten {
    person: Person,
    transaction: String,
    code: String,
    token: String,
}

async fn forgotten(app: &App, n: usize) -> Forgotten {
    let person = a_customer(app, n).await;
    let transaction = app.forgotten(&person.email).await;
    let (code, token) = (app.code_to(&person.email).await, app.token_of("/recover", &person.email).await);
    Forgotten { person, transaction, code, token }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_forgotten() {
    let act = async |app: &App, person: &Person| app.post("/v1/recover", json!({"email": person.email})).await;
    sweep("POST /v1/recover", a_customer, act, async |app, person, seen| {
        let transaction = seen.last().clone().expect(202).str("transaction");
        let mails = started(seen, "password_reset");
        let mut statuses = Vec::new();
        for code in codes(app, person).await.into_iter().take(mails) {
            let body = json!({"transaction": transaction, "code": code, "password": NEW});
            statuses.push(app.post("/v1/recover/verify", body).await.status);
        }
        assert!(statuses.contains(&204), "{statuses:?}");
        app.login(&person.email, NEW).await.expect(200);
    })
    .await;
}

async fn assert_reset(app: &App, of: &Forgotten, seen: &Seen<Reply>) {
    assert_done(seen);
    assert_eq!((seen.after.epoch(&of.person.sub), seen.after.live_sessions(&of.person.sub)), (2, 0));
    assert_eq!(seen.after.queued("password_changed") - seen.before.queued("password_changed"), 1);
    of.person.get(app, "/v1/me").await.problem(401, "invalid-token");
    app.login(&of.person.email, &of.person.password).await.problem(401, "invalid-credentials");
    app.login(&of.person.email, NEW).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_reset_by_code() {
    let act = async |app: &App, of: &Forgotten| {
        let body = json!({"transaction": of.transaction, "code": of.code, "password": NEW});
        app.post("/v1/recover/verify", body).await
    };
    sweep("POST /v1/recover/verify", forgotten, act, assert_reset).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_reset_by_link() {
    let act = async |app: &App, of: &Forgotten| {
        app.form("/recover", &[("token", of.token.as_str()), ("password", NEW)]).await
    };
    sweep("POST /recover", forgotten, act, assert_reset).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_of_a_forgotten_password() {
    let act = async |app: &App, of: &Forgotten| app.get(&format!("/recover?token={}", of.token)).await;
    sweep("GET /recover", forgotten, act, async |app, of, seen| {
        seen.last().clone().expect(200);
        assert_unchanged(seen);
        app.form("/recover", &[("token", of.token.as_str()), ("password", NEW)]).await.expect(200);
    })
    .await;
}

/// Somebody who was told of a new device.
async fn told(app: &App, n: usize) -> (Person, String) {
    let person = a_customer(app, n).await;
    person.again(app).await;
    let token = app.token_of("/recover/undo", &person.email).await;
    (person, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn account_secured() {
    let act =
        async |app: &App, (_, token): &(Person, String)| app.form("/recover/undo", &[("token", token.as_str())]).await;
    sweep("POST /recover/undo", told, act, async |app, (person, _), seen| {
        assert_done(seen);
        assert_eq!((seen.after.epoch(&person.sub), seen.after.live_sessions(&person.sub)), (2, 0));
        assert!(seen.after.of_customer(&person.sub, "PASSWORD").is_none());
        assert_eq!(seen.before.outbox.len(), seen.after.outbox.len());
        person.get(app, "/v1/me").await.problem(401, "invalid-token");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_of_a_notice() {
    let act = async |app: &App, (_, token): &(Person, String)| app.get(&format!("/recover/undo?token={token}")).await;
    sweep("GET /recover/undo", told, act, async |app, (person, _), seen| {
        seen.last().clone().expect(200);
        assert_unchanged(seen);
        person.get(app, "/v1/me").await.expect(200);
    })
    .await;
}

fn asking(person: &Person, method: &str) -> Value {
    json!({"email": person.email, "method": method, "client_id": "shop", "device_token": person.device})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwordless_started() {
    let act = async |app: &App, person: &Person| app.post("/v1/passwordless", asking(person, "code")).await;
    sweep("POST /v1/passwordless", a_session, act, async |app, person, seen| {
        let transaction = seen.last().clone().expect(202).str("transaction");
        let mails = started(seen, "email_sign_in");
        let mut statuses = Vec::new();
        for code in codes(app, person).await.into_iter().take(mails) {
            let body = json!({"transaction": transaction, "code": code});
            statuses.push(app.post("/v1/passwordless/verify", body).await.status);
        }
        assert!(statuses.contains(&200), "{statuses:?}");
    })
    .await;
}

/// A sign-in by mail: the customer, and what is sent back.
async fn mailed(app: &App, n: usize, method: &str) -> (Person, Value) {
    let person = a_session(app, n).await;
    // Mails that wait together go out in any order.
    app.settle().await;
    let reply = app.post("/v1/passwordless", asking(&person, method)).await.expect(202);
    let (transaction, mail) = (reply.str("transaction"), app.mail_to(&person.email).await);
    let answer = match mail.code {
        Some(code) => json!({"transaction": transaction, "code": code}),
        None => json!({"transaction": transaction, "token": mail.link.unwrap().split_once("#token=").unwrap().1}),
    };
    (person, answer)
}

async fn assert_signed_in(app: &App, (person, _): &(Person, Value), seen: &Seen<Reply>) {
    assert_done(seen);
    assert_eq!(gained(seen, person), 1);
    if seen.last().status == 200 {
        let access = seen.last().str("access_token");
        app.send(app.request(Method::GET, "/v1/me").bearer_auth(access)).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwordless_by_code() {
    let act =
        async |app: &App, (_, answer): &(Person, Value)| app.post("/v1/passwordless/verify", answer.clone()).await;
    let prepare = async |app: &App, n: usize| mailed(app, n, "code").await;
    sweep("POST /v1/passwordless/verify", prepare, act, assert_signed_in).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwordless_by_link() {
    let act =
        async |app: &App, (_, answer): &(Person, Value)| app.post("/v1/passwordless/verify", answer.clone()).await;
    let prepare = async |app: &App, n: usize| mailed(app, n, "link").await;
    sweep("POST /v1/passwordless/verify", prepare, act, assert_signed_in).await;
}
