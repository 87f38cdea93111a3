//! Factors that the button of a mail takes away where nothing else would keep the mailbox out: they open
//! nothing, and nobody gets around them at once.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, Setup, TotpApp, World};

const NEW: &str = "seven lean cows, seven fat ones";
const PHONE: &str = "+4915112345678";

/// What is offered to somebody whose factors are all suspended.
fn recovery_alone() -> Value {
    json!([{"method": "delayed_recovery"}])
}

async fn press(app: &App, token: &str) {
    app.form("/recover/undo", &[("token", token)]).await.expect(200);
}

/// Sets a password as anybody can who reads the mailbox, and signs in with it.
async fn by_mailbox(app: &App, person: &Person) -> Reply {
    let transaction = app.forgotten(&person.email).await;
    let body = json!({"transaction": transaction, "code": app.code_to(&person.email).await, "password": NEW});
    app.post("/v1/recover/verify", body).await.expect(204);
    app.login(&person.email, NEW).await.expect(200)
}

async fn by_passkey(app: &App, key: &Authenticator) -> Reply {
    let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
    let credential = key.clone().get(&asked["public_key"]);
    app.post("/v1/passkey", json!({"transaction": asked.str("transaction"), "credential": credential})).await
}

/// Proves the code of an app beside the password.
async fn by_app(app: &App, person: &Person, totp: &TotpApp) -> Person {
    let waits = person.half_way(app).await;
    let reply = app.mfa(&waits, "totp", json!({"code": totp.next_code(app)})).await.expect(200);
    Person::signed_in(&person.email, &person.password, &reply)
}

/// Adds an app and signs in with it; the token of the mail that told of it.
async fn enrolled(app: &App, person: &Person) -> (TotpApp, String) {
    // Mails that wait together go out in any order.
    app.settle().await;
    let (totp, _) = person.add_totp(app).await;
    let token = app.token_of("/recover/undo", &person.email).await;
    by_app(app, person, &totp).await;
    (totp, token)
}

async fn listed(app: &App, person: &Person) -> Vec<Value> {
    person.get(app, "/v1/me/factors").await.expect(200)["factors"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_factor_of_a_thief_opens_nothing_once_its_owner_has_said_so() {
    let app = App::with(Setup::default().setting("LIMIT_REGISTER_PER_ADDRESS", "100")).await;
    let ada = app.customer("ada@example.com").await;
    // Eve knows the password, enrols an app of hers, and signs in with it.
    let eve = ada.again(&app).await;
    let (eves_app, told) = enrolled(&app, &eve).await;
    let waits = eve.half_way(&app).await;
    press(&app, &told).await;
    eve.get(&app, "/v1/me").await.problem(401, "invalid-token");
    let code = json!({"code": eves_app.next_code(&app)});
    app.mfa(&waits, "totp", code.clone()).await.problem(410, "transaction-expired");
    app.login(&ada.email, &ada.password).await.problem(401, "invalid-credentials");

    // With the mailbox and a new password: neither her code nor a recovery that has only just begun.
    let asked = by_mailbox(&app, &ada).await;
    assert_eq!((&asked["status"], &asked["methods"]), (&json!("mfa_required"), &recovery_alone()));
    let waits = asked.str("transaction");
    app.mfa(&waits, "totp", code).await.problem(422, "invalid-fields");
    app.challenge(&waits, "totp").await.problem(422, "invalid-fields");
    app.enroll(&waits, "totp").await.problem(422, "invalid-fields");
    let eves = app.recovery(&waits).await;
    app.mfa(&waits, "delayed_recovery", eves.clone()).await.problem(422, "invalid-code");

    // Ada is told, and refuses it.
    let told = app.token_of("/recover/undo", &ada.email).await;
    press(&app, &told).await;
    let adas = app.recovery(&by_mailbox(&app, &ada).await.str("transaction")).await;
    app.advance(SignedDuration::from_hours(71));
    let waits = app.login(&ada.email, NEW).await.expect(200);
    assert_eq!(waits["methods"], recovery_alone());
    app.mfa(&waits.str("transaction"), "delayed_recovery", adas.clone()).await.problem(422, "invalid-code");
    app.advance(SignedDuration::from_hours(1));
    let waits = app.login(&ada.email, NEW).await.expect(200).str("transaction");
    app.mfa(&waits, "delayed_recovery", eves).await.problem(422, "invalid-code");
    app.mfa(&waits, "totp", json!({"code": eves_app.code(&app)})).await.problem(422, "invalid-fields");
    let back = app.mfa(&waits, "delayed_recovery", adas).await.expect(200);
    let ada = Person::signed_in(&ada.email, NEW, &back);
    assert!(listed(&app, &ada).await.is_empty());
    ada.again(&app).await;
    ada.add_totp(&app).await;
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_passkey_that_is_the_only_factor_is_taken_away() {
    let app = App::with(Setup::default().setting("LIMIT_REGISTER_PER_ADDRESS", "100")).await;
    let ada = app.customer("ada@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    key.counter = 5;
    ada.add_passkey(&app, &mut key).await;
    let mut copy = key.clone();
    let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
    let body = json!({"transaction": asked.str("transaction"), "credential": key.get(&asked["public_key"])});
    app.post("/v1/passkey", body).await.expect(200);
    copy.counter = 2;
    by_passkey(&app, &copy).await.problem(401, "invalid-credentials");
    let suspect = listed(&app, &ada).await;
    assert!(suspect[0]["suspect_since"].is_string() && suspect[0]["suspended_since"].is_null(), "{suspect:?}");

    press(&app, &app.token_of("/recover/undo", &ada.email).await).await;
    let claims = |world: &World| {
        let is_claim = |item: &&Value| item["pk"]["S"].as_str().unwrap().starts_with("CLAIM#credential#");
        world.directory.iter().filter(is_claim).count()
    };
    assert_eq!(claims(&World::of(&app).await), 1, "nobody else enrols it meanwhile");
    copy.counter = 500;
    for key in [&key, &copy] {
        by_passkey(&app, key).await.problem(401, "invalid-credentials");
    }
    let asked = by_mailbox(&app, &ada).await;
    assert_eq!(asked["methods"], recovery_alone());
    app.challenge(&asked.str("transaction"), "passkey").await.problem(422, "invalid-fields");
    let proof = app.recovery(&asked.str("transaction")).await;
    app.advance(SignedDuration::from_hours(72));
    let waits = app.login(&ada.email, NEW).await.expect(200).str("transaction");
    let back = app.mfa(&waits, "delayed_recovery", proof).await.expect(200);
    let ada = Person::signed_in(&ada.email, NEW, &back);
    assert!(listed(&app, &ada).await.is_empty());
    // Nobody claims its credential any more.
    by_passkey(&app, &copy).await.problem(401, "invalid-credentials");
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(claims(&world), 0);
    ada.add_passkey(&app, &mut Authenticator::new(&app.issuer().await)).await;
    assert_eq!(claims(&World::of(&app).await), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_the_mailbox_takes_a_factor_away_and_is_not_in() {
    let app = App::with(Setup::default().setting("LIMIT_REGISTER_PER_ADDRESS", "100")).await;
    let ada = app.customer("ada@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    ada.add_passkey(&app, &mut key).await;
    let told = app.token_of("/recover/undo", &ada.email).await;
    by_passkey(&app, &key).await.expect(200);
    // Of the only one, neither its owner nor the thief has anything before the delay, and the owner is told.
    press(&app, &told).await;
    by_passkey(&app, &key).await.problem(401, "invalid-credentials");
    let asked = by_mailbox(&app, &ada).await;
    assert_eq!(asked["methods"], recovery_alone());
    let mails = app.mails().await.len();
    app.recovery(&asked.str("transaction")).await;
    assert_eq!(app.mails().await.len(), mails + 1);

    // Where another one is left it is hers alone: she signs in with it, and the thief's recovery is over.
    let bob = app.customer("bob@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    bob.add_passkey(&app, &mut key).await;
    let told = app.token_of("/recover/undo", &bob.email).await;
    by_passkey(&app, &key).await.expect(200);
    let (totp, _) = enrolled(&app, &bob).await;
    press(&app, &told).await;
    let asked = by_mailbox(&app, &bob).await;
    assert_eq!(asked["methods"], json!([{"method": "totp"}]));
    let thiefs = app.recovery(&asked.str("transaction")).await;
    app.advance(SignedDuration::from_hours(71));
    let bob = by_app(&app, &Person { password: NEW.to_owned(), ..bob }, &totp).await;
    assert_eq!(listed(&app, &bob).await.len(), 1);
    app.advance(SignedDuration::from_hours(2));
    let waits = app.login(&bob.email, NEW).await.expect(200);
    assert_eq!(waits["methods"], json!([{"method": "totp"}]));
    app.mfa(&waits.str("transaction"), "delayed_recovery", thiefs).await.problem(422, "invalid-fields");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_buttons_are_no_way_around_either() {
    let app = App::with(Setup::default().setting("LIMIT_REGISTER_PER_ADDRESS", "100")).await;
    let ada = app.customer("ada@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    ada.add_passkey(&app, &mut key).await;
    let of_passkey = app.token_of("/recover/undo", &ada.email).await;
    ada.add_totp(&app).await;
    let of_app = app.token_of("/recover/undo", &ada.email).await;
    by_passkey(&app, &key).await.expect(200);
    // The app is there and was never used: the one button must not count on what the other removes.
    press(&app, &of_passkey).await;
    press(&app, &of_app).await;
    let asked = by_mailbox(&app, &ada).await;
    assert_eq!((&asked["status"], &asked["methods"]), (&json!("mfa_required"), &recovery_alone()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_factor_is_shown_and_removed_by_who_has_another() {
    let setup = Setup::default().parameter("SmsCountries", "DE").setting("LIMIT_REGISTER_PER_ADDRESS", "100");
    let app = App::with(setup).await;
    let ada = app.customer("ada@example.com").await;
    let (totp, told) = enrolled(&app, &ada).await;
    ada.add_phone(&app, PHONE).await;
    // A phone keeps nobody out where no SMS is sent: what the app kept stays kept.
    press(&app, &told).await;
    let asked = by_mailbox(&app, &ada).await;
    assert_eq!(asked["methods"][0]["method"], "sms");
    assert_eq!(asked["methods"].as_array().unwrap().len(), 1);
    let waits = asked.str("transaction");
    app.mfa(&waits, "totp", json!({"code": totp.next_code(&app)})).await.problem(422, "invalid-fields");
    app.settle().await;
    app.challenge(&waits, "sms").await.expect(200);
    let code = json!({"code": app.code_to(PHONE).await});
    let ada = Person::signed_in(&ada.email, NEW, &app.mfa(&waits, "sms", code).await.expect(200));

    let shown = listed(&app, &ada).await;
    assert_eq!(shown.iter().map(|one| one["method"].as_str().unwrap()).collect::<Vec<_>>(), ["sms", "totp"]);
    assert!(shown[0]["suspended_since"].is_null() && shown[1]["suspended_since"].is_string(), "{shown:?}");
    let path = format!("/v1/me/factors/{}", shown[1]["id"].as_str().unwrap());
    for patch in [json!({"name": "Mine"}), json!({"preferred": true})] {
        ada.call(&app, Method::PATCH, &path, Some(patch)).await.problem(409, "conflict");
    }
    app.advance(SignedDuration::from_secs(1));
    let step_up = ada.step_up(&app, json!({"acr_values": "aal2", "max_age": 0})).await.expect(200);
    let offered: Vec<_> = step_up["methods"].as_array().unwrap().iter().map(|one| &one["method"]).collect();
    assert_eq!(offered, ["sms", "password"]);
    let mails = app.mails().await.len();
    ada.call(&app, Method::DELETE, &path, None).await.expect(204);
    assert_eq!((listed(&app, &ada).await.len(), app.mails().await.len()), (1, mails + 1));
    ada.call(&app, Method::DELETE, &path, None).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_phone_is_told_of_a_recovery() {
    let setup = Setup::default().parameter("SmsCountries", "DE").setting("LIMIT_REGISTER_PER_ADDRESS", "100");
    let app = App::with(setup).await;
    let ada = app.customer("ada@example.com").await;
    ada.add_phone(&app, PHONE).await;
    let told = app.token_of("/recover/undo", &ada.email).await;
    let waits = ada.half_way(&app).await;
    app.settle().await;
    app.challenge(&waits, "sms").await.expect(200);
    app.mfa(&waits, "sms", json!({"code": app.code_to(PHONE).await})).await.expect(200);
    press(&app, &told).await;
    let asked = by_mailbox(&app, &ada).await;
    assert_eq!(asked["methods"], recovery_alone());
    app.challenge(&asked.str("transaction"), "sms").await.problem(422, "invalid-fields");
    let sent = async || app.mails().await.iter().filter(|mail| mail.to == PHONE).count();
    let before = sent().await;
    app.recovery(&asked.str("transaction")).await;
    assert_eq!(sent().await, before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_factor_is_asked_for_a_suspended_one_keeps_sensitive_acts_until_it_is_recovered() {
    let setup = Setup::default().parameter("MfaPolicy", "off").parameter("RecoveryDelayHours", "0");
    let app = App::with(setup.setting("LIMIT_REGISTER_PER_ADDRESS", "100")).await;
    let ada = app.customer("ada@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    ada.add_passkey(&app, &mut key).await;
    let told = app.token_of("/recover/undo", &ada.email).await;
    by_passkey(&app, &key).await.expect(200);
    press(&app, &told).await;
    by_passkey(&app, &key).await.problem(401, "invalid-credentials");

    let ada = Person::signed_in(&ada.email, NEW, &by_mailbox(&app, &ada).await);
    app.advance(SignedDuration::from_secs(1));
    let shown = listed(&app, &ada).await;
    assert!(shown[0]["suspended_since"].is_string(), "{shown:?}");
    let path = format!("/v1/me/factors/{}", shown[0]["id"].as_str().unwrap());
    let password = json!({"current_password": NEW, "new_password": "another long sentence"});
    for (method, path, body) in [
        (Method::DELETE, path.as_str(), None),
        (Method::POST, "/v1/me/factors/totp", Some(json!({}))),
        (Method::POST, "/v1/me/factors/recovery-codes", None),
        (Method::PUT, "/v1/me/password", Some(password)),
    ] {
        ada.call(&app, method, path, body).await.problem(401, "reauthentication-required");
    }
    // Nothing but a recovery makes the session more than it is, even where nobody else has one.
    let begun = ada.step_up(&app, json!({"max_age": 600})).await.expect(200);
    assert_eq!(begun["methods"], recovery_alone());
    let proof = app.recovery(&begun.str("transaction")).await;
    app.mfa(&begun.str("transaction"), "delayed_recovery", proof.clone()).await.problem(422, "invalid-code");
    app.advance(SignedDuration::from_hours(72));
    let ada = ada.again(&app).await;
    let begun = ada.step_up(&app, json!({"max_age": 600})).await.expect(200).str("transaction");
    let ada = Person::signed_in(&ada.email, NEW, &app.mfa(&begun, "delayed_recovery", proof).await.expect(200));
    assert!(listed(&app, &ada).await.is_empty());
    ada.add_totp(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undone_change_of_address_takes_what_was_enrolled_for_it() {
    let app = App::with(Setup::default().setting("LIMIT_REGISTER_PER_ADDRESS", "100")).await;
    let change = async |person: &Person, to: &str| {
        let body = Some(json!({"email": to}));
        let started = person.call(&app, Method::PUT, "/v1/me/email", body).await.expect(202).str("transaction");
        let code = app.code_to(to).await;
        app.post("/v1/verify", json!({"transaction": started, "code": code})).await.expect(200);
        let link = app.token_of("/verify/undo", &person.email).await;
        app.form("/verify/undo", &[("token", link.as_str()), ("password", NEW)]).await.expect(200);
        app.login(&person.email, NEW).await.expect(200)
    };
    // Eve enrols an app in Ada's account, uses it, and takes the address.
    let ada = app.customer("ada@example.com").await;
    let (eves_app, _) = ada.add_totp(&app).await;
    let eve = by_app(&app, &ada, &eves_app).await;
    let asked = change(&eve, "eve@example.com").await;
    assert_eq!(asked["methods"], recovery_alone());
    let code = json!({"code": eves_app.next_code(&app)});
    app.mfa(&asked.str("transaction"), "totp", code).await.problem(422, "invalid-fields");

    // Bob has had his for longer than a change is prepared: it is his, and asked for.
    let bob = app.customer("bob@example.com").await;
    let (bobs_app, _) = bob.add_totp(&app).await;
    app.advance(SignedDuration::from_hours(8 * 24));
    let thief = by_app(&app, &bob, &bobs_app).await;
    let asked = change(&thief, "thief@example.com").await;
    assert_eq!(asked["methods"], json!([{"method": "totp"}]));
    let code = json!({"code": bobs_app.next_code(&app)});
    app.mfa(&asked.str("transaction"), "totp", code).await.expect(200);
}
