//! A proof counts once, however many bring it at the same time.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Setup, TotpApp, World};

use super::{MANY, answers, assert_one, at_once, setup};

fn unlimited() -> Setup {
    ["LIMIT_MFA_PER_CUSTOMER", "LIMIT_MFA_PER_CUSTOMER_DAY", "LIMIT_MFA_PER_CLIENT"]
        .into_iter()
        .fold(setup(), |setup, name| setup.setting(name, "1000"))
        .parameter("SmsCountries", "DE")
        .parameter("EmailSignIn", "on")
}

/// So many transactions of somebody who has given their password.
async fn waiting(app: &App, person: &Person, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(person.half_way(app).await);
    }
    all
}

/// All is whole, and this person has so many sessions.
async fn assert_sessions(app: &App, person: &Person, count: usize) -> World {
    app.settle().await;
    let world = World::of(app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.live_sessions(&person.sub), count);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_begins_one_session_whatever_answers_it() {
    let app = App::with(unlimited()).await;
    for (method, problems) in [
        ("sms", &["transaction-expired"][..]),
        ("email", &["transaction-expired"]),
        ("passkey", &["transaction-expired"]),
        // Whose try was counted in time may find what the winner has used up.
        ("totp", &["transaction-expired", "invalid-code"]),
        ("recovery_code", &["transaction-expired", "invalid-code"]),
        ("delayed_recovery", &["transaction-expired", "invalid-code"]),
    ] {
        let who = app.equipped(&format!("{method}@example.com"), method).await;
        let transaction = who.person.half_way(&app).await;
        let proof = who.proof(&app, &transaction).await;
        let replies = at_once(async |_| app.mfa(&transaction, method, proof.clone()).await).await;
        let winner = assert_one(200, problems, &replies);
        assert_sessions(&app, &who.person, 2).await;
        let access = replies[winner].str("access_token");
        app.send(app.request(Method::GET, "/v1/me").bearer_auth(access)).await.expect(200);
    }
}

/// What proves something once does so in one of sixteen transactions.
async fn counts_once(method: &'static str) -> (App, Person, World) {
    // A recovery that was used is over for whoever reads that.
    let late = if method == "delayed_recovery" { "transaction-expired" } else { "invalid-code" };
    let app = App::with(unlimited()).await;
    let who = app.equipped("ada@example.com", method).await;
    let transactions = waiting(&app, &who.person, MANY).await;
    let proof = who.proof(&app, &transactions[0]).await;
    let replies = at_once(async |n| app.mfa(&transactions[n], method, proof.clone()).await).await;
    assert_one(200, &["conflict", late], &replies);
    let world = assert_sessions(&app, &who.person, 2).await;
    (app, who.person, world)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_of_an_app_counts_once() {
    counts_once("totp").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_counts_once() {
    let (_, ada, world) = counts_once("delayed_recovery").await;
    assert_eq!(world.queued("recovered"), 1);
    assert_eq!(world.sessions(&ada.sub).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_code_counts_once() {
    let (app, ada, world) = counts_once("recovery_code").await;
    assert_eq!(world.queued("recovery_code_used"), 1);
    assert_eq!(ada.get(&app, "/v1/me/factors").await.expect(200)["recovery_codes_left"], 9);
    // Another one of a set does; one that is none does not.
    let fresh = ada.post(&app, "/v1/me/factors/recovery-codes", json!({})).await.expect(201);
    let waits = ada.half_way(&app).await;
    let none = json!({"code": "0000-0000-0000-0000-0000-0000"});
    app.mfa(&waits, "recovery_code", none).await.problem(422, "invalid-code");
    for (used, at) in [3, 4].into_iter().enumerate() {
        let waits = ada.half_way(&app).await;
        app.mfa(&waits, "recovery_code", json!({"code": fresh["codes"][at]})).await.expect(200);
        assert_eq!(ada.get(&app, "/v1/me/factors").await.expect(200)["recovery_codes_left"], 9 - used);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkeys_answer_counts_once() {
    let app = App::with(unlimited()).await;
    let ada = app.customer("ada@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    ada.add_passkey(&app, &mut key).await;
    let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
    let body: Value = json!({"transaction": asked.str("transaction"), "credential": key.get(&asked["public_key"])});
    let replies = at_once(async |_| app.post("/v1/passkey", body.clone()).await).await;
    assert_one(200, &["transaction-expired"], &replies);
    assert_sessions(&app, &ada, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factor_is_enrolled_once_at_a_sign_in() {
    let app = App::with(unlimited().strict()).await;
    let asked = async |email: &str| app.login(email, "a rather long sentence").await.expect(200).str("transaction");
    for (round, method) in ["totp", "email", "passkey"].into_iter().enumerate() {
        let email = format!("{method}@example.com");
        app.newcomer(&email).await;
        let transaction = asked(&email).await;
        app.settle().await;
        let begun = app.enroll(&transaction, method).await.expect(200);
        let proof = match method {
            "totp" => json!({"code": TotpApp::new(&begun.str("secret")).code(&app)}),
            "email" => json!({"code": app.code_to(&email).await}),
            _ => json!({"credential": Authenticator::new(&app.issuer().await).create(&begun["public_key"])}),
        };
        let replies = at_once(async |_| app.mfa(&transaction, method, proof.clone()).await).await;
        let winner = assert_one(200, &["transaction-expired"], &replies);
        let person = Person::signed_in(&email, "", &replies[winner]);
        let world = assert_sessions(&app, &person, 1).await;
        assert_eq!(world.queued("factor_added"), 1 + round, "{method}");
        assert_eq!(person.get(&app, "/v1/me/factors").await.expect(200)["factors"].as_array().unwrap().len(), 1);
    }

    // In sixteen transactions, with an app each.
    app.newcomer("ada@example.com").await;
    let mut waiting = Vec::new();
    for _ in 0..MANY {
        let transaction = asked("ada@example.com").await;
        let begun = app.enroll(&transaction, "totp").await.expect(200);
        waiting.push((transaction, TotpApp::new(&begun.str("secret")).code(&app)));
    }
    let replies = at_once(async |n| app.mfa(&waiting[n].0, "totp", json!({"code": waiting[n].1})).await).await;
    let winner = assert_one(200, &["conflict", "transaction-expired"], &replies);
    let person = Person::signed_in("ada@example.com", "", &replies[winner]);
    let world = assert_sessions(&app, &person, 1).await;
    assert_eq!(world.queued("factor_added"), 4);
    assert_eq!(person.get(&app, "/v1/me/factors").await.expect(200)["factors"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_step_ups_of_one_session_one_goes_on() {
    let app = App::with(unlimited()).await;
    let ada = app.customer("ada@example.com").await;
    app.advance(SignedDuration::from_mins(1));
    let mut waiting = Vec::new();
    for _ in 0..MANY {
        waiting.push(ada.step_up(&app, json!({"max_age": 30})).await.expect(200).str("transaction"));
    }
    let password = json!({"password": ada.password});
    let replies = at_once(async |n| app.mfa(&waiting[n], "password", password.clone()).await).await;
    let winner = assert_one(200, &["conflict"], &replies);
    assert_sessions(&app, &ada, 1).await;
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.refresh(&ada.refresh).await.oauth(400, "invalid_grant");
    Person::signed_in(&ada.email, "", &replies[winner]).get(&app, "/v1/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_recovery_and_a_sign_in_with_a_factor_one_holds() {
    let app = App::with(unlimited()).await;
    let ada = app.customer("ada@example.com").await;
    let (totp, _) = ada.add_totp(&app).await;
    app.advance(SignedDuration::from_secs(60));
    let waits = ada.half_way(&app).await;
    let recovery = app.post("/v1/mfa/recovery", json!({"transaction": waits})).await.expect(202).str("recovery");
    app.advance(SignedDuration::from_hours(73));
    let transactions = waiting(&app, &ada, MANY).await;
    let code = totp.code(&app);
    let replies = at_once(async |n| match n % 2 {
        0 => app.mfa(&transactions[n], "totp", json!({"code": code})).await,
        _ => app.mfa(&transactions[n], "delayed_recovery", json!({"recovery": recovery})).await,
    })
    .await;
    let is_in = assert_one(200, &["transaction-expired", "invalid-code", "conflict"], &replies).is_multiple_of(2);
    let world = assert_sessions(&app, &ada, 2).await;
    assert_eq!((world.queued("recovery_ended"), world.queued("recovered")), if is_in { (1, 0) } else { (0, 1) });
    let asked = app.login(&ada.email, &ada.password).await.expect(200);
    assert_eq!(asked["methods"], if is_in { json!([{"method": "totp"}]) } else { json!(null) });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_refusals_at_once_are_told_once() {
    let app = App::with(unlimited()).await;
    let ada = app.customer("ada@example.com").await;
    let (totp, _) = ada.add_totp(&app).await;
    app.advance(SignedDuration::from_secs(60));
    let wrong = if totp.code(&app) == "000000" { "000001" } else { "000000" };
    let transactions = waiting(&app, &ada, MANY).await;
    let replies = at_once(async |n| app.mfa(&transactions[n], "totp", json!({"code": wrong})).await).await;
    assert_eq!(answers(&replies), [("invalid-code".to_owned(), MANY)].into());
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.queued("second_factor_refused"), 1);
}
