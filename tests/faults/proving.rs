//! Proving more than a password.

use domain::SignedDuration;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, TotpApp};

use super::{Seen, a_customer, gained, sweep};

/// Signed in; or the answer was lost, and then what it was proved with is used up.
#[track_caller]
fn assert_in_or_over(seen: &Seen<Reply>, person: &Person) {
    let last = seen.last();
    let is_over = seen.again.is_some() && [409, 410, 422].contains(&last.status);
    assert!(last.status == 200 || is_over, "{}", last.text);
    let new = gained(seen, person);
    assert!((0..=1).contains(&new) && (last.status == 200 || is_over), "{new} sessions");
}

async fn with_app(app: &App, n: usize) -> (Person, TotpApp) {
    let person = a_customer(app, n).await;
    let (totp, _) = person.add_totp(app).await;
    app.advance(SignedDuration::from_secs(60));
    (person, totp)
}

async fn with_passkey(app: &App, n: usize) -> (Person, Authenticator) {
    let person = a_customer(app, n).await;
    let mut key = Authenticator::new(&app.issuer().await);
    let body = person.make_passkey(app, &mut key).await;
    person.post(app, "/v1/me/factors/passkey", body).await.expect(201);
    (person, key)
}

async fn answer(app: &App, key: &Authenticator) -> Value {
    let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
    json!({"transaction": asked.str("transaction"), "credential": key.clone().get(&asked["public_key"])})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passkey_challenge() {
    let act = async |app: &App, _: &Person| app.post("/v1/passkey/options", json!({})).await;
    sweep("passkey", super::a_session, act, async |_, _, seen| {
        assert!(seen.last().clone().expect(200)["public_key"]["challenge"].is_string());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passkey_sign_in() {
    let prepare = async |app: &App, n: usize| {
        let (person, key) = with_passkey(app, n).await;
        let body = answer(app, &key).await;
        (person, key, body)
    };
    let act =
        async |app: &App, (_, _, body): &(Person, Authenticator, Value)| app.post("/v1/passkey", body.clone()).await;
    sweep("passkey", prepare, act, async |app, (person, key, _), seen| {
        assert_in_or_over(seen, person);
        // Whatever became of it, the passkey works.
        let body = answer(app, key).await;
        app.post("/v1/passkey", body).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_of_an_app() {
    let prepare = async |app: &App, n: usize| {
        let (person, totp) = with_app(app, n).await;
        let transaction = person.half_way(app).await;
        let code = totp.code(app);
        (person, totp, transaction, code)
    };
    type Waits = (Person, TotpApp, String, String);
    let act =
        async |app: &App, (_, _, transaction, code): &Waits| app.mfa(transaction, "totp", json!({"code": code})).await;
    sweep("mfa", prepare, act, async |app, (person, totp, _, _), seen| {
        assert_in_or_over(seen, person);
        app.advance(SignedDuration::from_secs(60));
        let transaction = person.half_way(app).await;
        app.mfa(&transaction, "totp", json!({"code": totp.code(app)})).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_once_too_often() {
    let prepare = async |app: &App, n: usize| {
        let (person, totp) = with_app(app, n).await;
        let wrong = if totp.code(app) == "000000" { "000001" } else { "000000" };
        let waits = person.half_way(app).await;
        for _ in 0..4 {
            app.mfa(&waits, "totp", json!({"code": wrong})).await.problem(422, "invalid-code");
        }
        (person.half_way(app).await, wrong)
    };
    // The refusal is the success here.
    let act = async |app: &App, (transaction, wrong): &(String, &str)| {
        let reply = app.mfa(transaction, "totp", json!({"code": wrong})).await;
        if reply.status == 422 { Reply { status: 200, ..reply } } else { reply }
    };
    sweep("mfa", prepare, act, async |_, _, seen| {
        assert_eq!(seen.last()["type"], "urn:portico:problem:invalid-code");
        let told = seen.after.queued("second_factor_refused") - seen.before.queued("second_factor_refused");
        assert_eq!(told, 1, "nobody is refused a fifth time untold, or told twice");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn step_up() {
    let act = async |app: &App, (person, _): &(Person, TotpApp)| person.step_up(app, json!({"max_age": 1})).await;
    sweep("mfa", with_app, act, async |app, (person, totp), seen| {
        let transaction = seen.last().clone().expect(200).str("transaction");
        app.mfa(&transaction, "totp", json!({"code": totp.code(app)})).await.expect(200);
        person.get(app, "/v1/me").await.problem(401, "invalid-token");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_begun() {
    let prepare = async |app: &App, n: usize| {
        let (person, _) = with_app(app, n).await;
        let transaction = person.half_way(app).await;
        (person, transaction)
    };
    let act = async |app: &App, (_, transaction): &(Person, String)| {
        app.post("/v1/mfa/recovery", json!({"transaction": transaction})).await
    };
    sweep("mfa", prepare, act, async |app, (_, transaction), seen| {
        let begun = seen.last().clone().expect(202);
        assert_eq!(seen.after.queued("recovery_started") - seen.before.queued("recovery_started"), 1);
        let again = app.post("/v1/mfa/recovery", json!({"transaction": transaction})).await.expect(202);
        assert_eq!(begun.body, again.body, "a lost answer lost no handle");
    })
    .await;
}
