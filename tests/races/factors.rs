//! A factor is enrolled once, and changes of one customer's factors never mix.

use reqwest::Method;
use serde_json::json;
use tests::{App, Authenticator, Person, TotpApp, World, number};

use super::{MANY, answers, assert_one, at_once, setup};

async fn listed(app: &App, person: &Person) -> tests::Reply {
    person.get(app, "/v1/me/factors").await.expect(200)
}

async fn assert_one_factor(app: &App, person: &Person) {
    assert_eq!(listed(app, person).await["factors"].as_array().unwrap().len(), 1);
    app.settle().await;
    let world = World::of(app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!((world.queued("factor_added"), world.spent("enrolment")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_is_activated_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let started = ada.post(&app, "/v1/me/factors/totp", json!({})).await.expect(201);
    let code = TotpApp::new(&started.str("secret")).code(&app);
    let body = json!({"transaction": started.str("transaction"), "code": code});
    let replies = at_once(async |_| ada.post(&app, "/v1/me/factors/totp/activate", body.clone()).await).await;
    assert_one(201, &["transaction-expired"], &replies);
    assert_one_factor(&app, &ada).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_enrolled_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let body = ada.make_passkey(&app, &mut Authenticator::new(&app.issuer().await)).await;
    let replies = at_once(async |_| ada.post(&app, "/v1/me/factors/passkey", body.clone()).await).await;
    assert_one(201, &["transaction-expired"], &replies);
    assert_one_factor(&app, &ada).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_or_a_mailbox_is_activated_once() {
    for way in ["sms", "email"] {
        let app = App::with(setup().parameter("SmsCountries", "DE").parameter("EmailSignIn", "on")).await;
        let ada = app.customer("ada@example.com").await;
        let (to, body) = match way {
            "sms" => (number(&ada.email), Some(json!({"number": number(&ada.email)}))),
            _ => (ada.email.clone(), None),
        };
        let path = format!("/v1/me/factors/{way}");
        let started = ada.call(&app, Method::POST, &path, body).await.expect(202).str("transaction");
        let body = json!({"transaction": started, "code": app.code_to(&to).await});
        let replies = at_once(async |_| ada.post(&app, &format!("{path}/activate"), body.clone()).await).await;
        assert_one(201, &["transaction-expired"], &replies);
        assert_one_factor(&app, &ada).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_sets_of_recovery_codes_one_is_left() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    ada.add_totp(&app).await;
    let replies = at_once(async |_| ada.call(&app, Method::POST, "/v1/me/factors/recovery-codes", None).await).await;
    // They may follow each other: each that was made has replaced the last.
    let counts = answers(&replies);
    let made = counts.get("201").copied().unwrap_or_default();
    assert!(made >= 1 && made + counts.get("conflict").copied().unwrap_or_default() == MANY, "{counts:?}");
    assert_eq!(listed(&app, &ada).await["recovery_codes_left"], 10);
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(world.queued("recovery_codes_made"), made);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factor_is_removed_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let (_, factor) = ada.add_totp(&app).await;
    let path = format!("/v1/me/factors/{}", factor.str("id"));
    let replies = at_once(async |_| ada.call(&app, Method::DELETE, &path, None).await).await;
    assert_one(204, &["not-found", "conflict"], &replies);
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(world.queued("factor_removed"), 1);
}
