//! A proof counts once, however many bring it at the same time.

use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, Setup, TotpApp, World};

use super::{MANY, at_once, setup, statuses};

fn unlimited() -> Setup {
    ["LIMIT_MFA_PER_CUSTOMER", "LIMIT_MFA_PER_CUSTOMER_DAY", "LIMIT_MFA_PER_CLIENT"]
        .into_iter()
        .fold(setup(), |setup, name| setup.setting(name, "1000"))
}

/// So many transactions of somebody who has given their password.
async fn waiting(app: &App, person: &Person, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(person.half_way(app).await);
    }
    all
}

/// One success, and refusals that say why.
#[track_caller]
fn assert_one_wins(replies: &[Reply]) {
    let counts = statuses(replies);
    assert_eq!(counts.get(&200), Some(&1), "{counts:?}");
    assert!(counts.keys().all(|status| [200, 409, 410, 422].contains(status)), "{counts:?}");
}

async fn assert_one_more_session(app: &App, person: &Person) {
    app.settle().await;
    let world = World::of(app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.live_sessions(&person.sub), 2);
}

async fn with_app(app: &App) -> (Person, TotpApp) {
    let person = app.customer("ada@example.com").await;
    let (totp, _) = person.add_totp(app).await;
    app.advance(domain::SignedDuration::from_secs(60));
    (person, totp)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_of_an_app_counts_once() {
    let app = App::with(unlimited()).await;
    let (ada, totp) = with_app(&app).await;
    let transactions = waiting(&app, &ada, MANY).await;
    let code = totp.code(&app);
    let replies = at_once(async |n| app.mfa(&transactions[n], "totp", json!({"code": code})).await).await;
    assert_one_wins(&replies);
    assert_one_more_session(&app, &ada).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_begins_one_session() {
    let app = App::with(unlimited()).await;
    let (ada, totp) = with_app(&app).await;
    let transaction = ada.half_way(&app).await;
    let code = totp.code(&app);
    let replies = at_once(async |_| app.mfa(&transaction, "totp", json!({"code": code})).await).await;
    assert_one_wins(&replies);
    assert_one_more_session(&app, &ada).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_code_counts_once() {
    let app = App::with(unlimited()).await;
    let (ada, _) = with_app(&app).await;
    let fresh = ada.post(&app, "/v1/me/factors/recovery-codes", json!({})).await.expect(201);
    let code = fresh["codes"][3].clone();
    let transactions = waiting(&app, &ada, MANY).await;
    let replies = at_once(async |n| app.mfa(&transactions[n], "recovery_code", json!({"code": code})).await).await;
    assert_one_wins(&replies);
    assert_one_more_session(&app, &ada).await;
    assert_eq!(ada.get(&app, "/v1/me/factors").await.expect(200)["recovery_codes_left"], 9);
    assert_eq!(World::of(&app).await.queued("recovery_code_used"), 1);
    // Another one of the set does; one that is none does not.
    let waits = ada.half_way(&app).await;
    let none = json!({"code": "0000-0000-0000-0000-0000-0000"});
    app.mfa(&waits, "recovery_code", none).await.problem(422, "invalid-code");
    app.mfa(&waits, "recovery_code", json!({"code": fresh["codes"][4]})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkeys_answer_counts_once() {
    let app = App::with(unlimited()).await;
    let ada = app.customer("ada@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    let body = ada.make_passkey(&app, &mut key).await;
    ada.post(&app, "/v1/me/factors/passkey", body).await.expect(201);
    let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
    let body: Value = json!({"transaction": asked.str("transaction"), "credential": key.get(&asked["public_key"])});
    let replies = at_once(async |_| app.post("/v1/passkey", body.clone()).await).await;
    assert_one_wins(&replies);
    assert_one_more_session(&app, &ada).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_recovery_and_a_sign_in_with_a_factor_one_holds() {
    let app = App::with(unlimited()).await;
    let (ada, totp) = with_app(&app).await;
    let waits = ada.half_way(&app).await;
    let recovery = app.post("/v1/mfa/recovery", json!({"transaction": waits})).await.expect(202).str("recovery");
    app.advance(domain::SignedDuration::from_hours(73));
    let transactions = waiting(&app, &ada, MANY).await;
    let code = totp.code(&app);
    let replies = at_once(async |n| match n % 2 {
        0 => app.mfa(&transactions[n], "totp", json!({"code": code})).await,
        _ => app.mfa(&transactions[n], "delayed_recovery", json!({"recovery": recovery})).await,
    })
    .await;
    assert_one_wins(&replies);
    assert_one_more_session(&app, &ada).await;
    let is_in = replies.iter().position(|reply| reply.status == 200).unwrap() % 2 == 0;
    let world = World::of(&app).await;
    assert_eq!((world.queued("recovery_ended"), world.queued("recovered")), if is_in { (1, 0) } else { (0, 1) });
    let asked = app.login(&ada.email, &ada.password).await.expect(200);
    assert_eq!(asked["methods"], if is_in { json!([{"method": "totp"}]) } else { json!(null) });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_refusals_at_once_are_told_once() {
    let app = App::with(unlimited()).await;
    let (ada, totp) = with_app(&app).await;
    let wrong = if totp.code(&app) == "000000" { "000001" } else { "000000" };
    let transactions = waiting(&app, &ada, MANY).await;
    let replies = at_once(async |n| app.mfa(&transactions[n], "totp", json!({"code": wrong})).await).await;
    assert!(replies.iter().all(|reply| reply.status == 422), "{:?}", statuses(&replies));
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.queued("second_factor_refused"), 1);
}
