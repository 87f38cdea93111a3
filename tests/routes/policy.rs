//! What a deployment and its clients ask of customers, in every way in: `MFA_POLICY` and its like.

use domain::SignedDuration;
use serde_json::{Value, json};
use tests::{App, Person, Reply, Setup, TotpApp, World, claims};

const PASSWORD: &str = "a rather long sentence";

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// What an answer asks for: the methods, or `complete`.
fn asks(reply: &Reply) -> String {
    let methods = reply["methods"].as_array().cloned().unwrap_or_default();
    let methods: Vec<_> = methods.iter().map(|one| one["method"].as_str().unwrap()).collect();
    [&[reply["status"].as_str().unwrap()], methods.as_slice()].concat().join(" ")
}

/// Enrols an authenticator app where one is asked for; it, and the answer.
async fn enrol(app: &App, transaction: &str) -> (TotpApp, Reply) {
    let begun = app.enroll(transaction, "totp").await.expect(200);
    let totp = TotpApp::new(&begun.str("secret"));
    let reply = app.mfa(transaction, "totp", json!({"code": totp.code(app)})).await.expect(200);
    (totp, reply)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_required_from_a_day_on() {
    let app = App::with(Setup::default().setting("MFA_POLICY", "required_after:7")).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    bob.add_totp(&app).await;
    let login = async |person: &Person| app.login(&person.email, PASSWORD).await.expect(200);
    assert_eq!(asks(&login(&bob).await), "mfa_required totp", "who has one is asked at once");
    assert_eq!(asks(&login(&ada).await), "complete");
    app.advance(hours(7 * 24 - 1));
    assert_eq!(asks(&login(&ada).await), "complete");
    app.advance(hours(1));
    let due = login(&ada).await;
    assert_eq!(asks(&due), "enrollment_required passkey totp");
    assert!(due["access_token"].is_null() && due["device_token"].is_null());
    let (_, reply) = enrol(&app, &due.str("transaction")).await;
    assert_eq!(claims(&reply.str("access_token"))["acr"], "aal2");
    assert_eq!(asks(&login(&ada).await), "mfa_required totp");
    // Who comes later has as long.
    let carol = app.customer("carol@example.com").await;
    assert_eq!(asks(&login(&carol).await), "complete");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_has_a_word_of_its_own_in_every_way_in() {
    let client = |id: &str, mfa: &str| json!({"client_id": id, "client_name": id, "grant_types": ["refresh_token"], "direct": true, "mfa": mfa});
    let clients = json!([client("bank", "required"), client("kiosk", "off")]).to_string();
    let app = App::with(Setup::default().setting("CLIENTS", &clients).setting("EMAIL_SIGN_IN", "on")).await;
    let ada = app.customer("ada@example.com").await;
    assert_eq!(asks(&ada.sign_in_at(&app, "portico").await), "complete");
    assert_eq!(asks(&ada.sign_in_at(&app, "kiosk").await), "complete");
    // A mailbox, and a new address, are asked for as much.
    let by_mail = async |client: &str| {
        let body = json!({"email": ada.email, "method": "code", "client_id": client});
        let transaction = app.post("/v1/passwordless", body).await.expect(202).str("transaction");
        let body = json!({"transaction": transaction, "code": app.code_to(&ada.email).await});
        app.post("/v1/passwordless/verify", body).await.expect(200)
    };
    assert_eq!(asks(&by_mail("kiosk").await), "complete");
    assert_eq!(asks(&by_mail("bank").await), "enrollment_required passkey totp");
    for (client, asked) in
        [("bank", "enrollment_required passkey totp"), ("kiosk", "complete"), ("portico", "complete")]
    {
        let email = format!("guest@{client}.example");
        let body = json!({"email": email, "password": PASSWORD, "client_id": client});
        let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
        let body = json!({"transaction": transaction, "code": app.code_to(&email).await});
        assert_eq!(asks(&app.post("/v1/verify", body).await.expect(200)), asked, "{client}");
    }

    let due = ada.sign_in_at(&app, "bank").await;
    assert_eq!(asks(&due), "enrollment_required passkey totp email");
    let (totp, reply) = enrol(&app, &due.str("transaction")).await;
    let token = claims(&reply.str("access_token"));
    assert_eq!((&token["client_id"], &token["acr"]), (&json!("bank"), &json!("aal2")), "the app that asked");
    assert_eq!(asks(&ada.sign_in_at(&app, "bank").await), "mfa_required totp");
    assert_eq!(asks(&ada.sign_in_at(&app, "portico").await), "mfa_required totp");
    assert_eq!(asks(&by_mail("portico").await), "mfa_required totp");

    app.advance(SignedDuration::from_secs(1));
    // Whom the kiosk spared is asked for what is sensitive, in its session too.
    let spared = Person::signed_in(&ada.email, PASSWORD, &ada.sign_in_at(&app, "kiosk").await);
    assert_eq!(claims(&spared.access)["acr"], "aal1");
    spared.post(&app, "/v1/me/factors/totp", json!({})).await.problem(401, "reauthentication-required");
    let asked = spared.step_up(&app, json!({"acr_values": "aal2"})).await.expect(200);
    assert_eq!(asks(&asked), "mfa_required totp");
    let code = json!({"code": totp.next_code(&app)});
    let reply = app.mfa(&asked.str("transaction"), "totp", code).await.expect(200);
    let token = claims(&reply.str("access_token"));
    assert_eq!((&token["client_id"], &token["acr"]), (&json!("kiosk"), &json!("aal2")));
    Person::signed_in(&ada.email, PASSWORD, &reply).post(&app, "/v1/me/factors/totp", json!({})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_device_is_trusted_where_the_deployment_trusts_none() {
    let app = App::with(Setup::default().strict().setting("TRUSTED_DEVICE_DAYS", "0")).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let waits = ada.half_way(&app).await;
    let proof = json!({"code": phone.next_code(&app), "remember_device": true});
    let reply = app.mfa(&waits, "totp", proof).await.expect(200);
    let login = json!({"email": ada.email, "password": PASSWORD, "device_token": reply.str("device_token")});
    assert_eq!(asks(&app.post("/v1/login", login).await.expect(200)), "mfa_required totp");
    let again = Person::signed_in(&ada.email, PASSWORD, &reply);
    assert_eq!(again.get(&app, "/v1/me/sessions").await.expect(200)["trusted_devices"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_recovers_where_the_deployment_has_no_delay() {
    let setup = |delay: &str| Setup::default().strict().setting("RECOVERY_DELAY_HOURS", delay);
    let app = App::with(setup("0")).await;
    let (ada, _) = app.customer_with_totp("ada@example.com").await;
    let waits = ada.half_way(&app).await;
    let begin = json!({"transaction": waits});
    app.post("/v1/mfa/recovery", begin.clone()).await.problem(403, "method-not-available");
    let cheap = [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1")];
    let settings = |delay: &str| {
        let own = cheap.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        setup(delay).settings.into_iter().chain(own).collect::<Vec<_>>()
    };
    // One that was begun before it was switched off is not offered either, for as long as it is off.
    app.system.update(&[], &settings("72")).await.unwrap();
    app.post("/v1/mfa/recovery", begin).await.expect(202);
    app.advance(hours(73));
    let asked = async || asks(&app.login(&ada.email, PASSWORD).await.expect(200));
    assert_eq!(asked().await, "mfa_required totp delayed_recovery");
    app.system.update(&[], &settings("0")).await.unwrap();
    assert_eq!(asked().await, "mfa_required totp");
    app.settle().await;
    assert_eq!(World::of(&app).await.queued("recovery_started"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_device_is_told_of_unless_the_deployment_says_otherwise() {
    for (notice, told) in [("on", 1), ("off", 0)] {
        let app = App::with(Setup::default().setting("NEW_DEVICE_NOTICE", notice)).await;
        let ada = app.customer("ada@example.com").await;
        let again = ada.again(&app).await;
        assert!(!again.device.is_empty(), "a device is known all the same");
        let login = json!({"email": ada.email, "password": PASSWORD, "device_token": again.device});
        assert_eq!(app.post("/v1/login", login).await.expect(200)["device_token"], Value::from(again.device));
        app.settle().await;
        let world = World::of(&app).await;
        world.assert_sound();
        assert_eq!((world.queued("new_device"), world.live_sessions(&ada.sub)), (told, 3), "{notice}");
    }
}
