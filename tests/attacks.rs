//! Attacks that take several steps, each of which is allowed.

use std::collections::BTreeMap;

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Browser, Person, Setup, TotpApp, WEB, World, claims};

/// The address of somebody who attacks.
const EVE: &str = "203.0.113.66";

/// Gives the account another address; the token of the link that undoes it.
async fn change(app: &App, person: &Person, from: &str, to: &str) -> String {
    let body = Some(json!({"email": to}));
    let started = person.call(app, Method::PUT, "/v1/me/email", body).await.expect(202).str("transaction");
    let code = app.code_to(to).await;
    app.post("/v1/verify", json!({"transaction": started, "code": code})).await.expect(200);
    app.link_token_to(from).await
}

async fn undo(app: &App, token: &str, password: &str) -> u16 {
    app.form("/verify/undo", &[("token", token), ("password", password)]).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_undone_change_led_to_is_never_undone_later() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    // Eve knows Ada's password. She has two addresses, so that one of them gets a link too.
    let back = change(&app, &ada, "ada@example.com", "eve1@example.com").await;
    let trap = change(&app, &ada, "eve1@example.com", "eve2@example.com").await;
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(undo(&app, &back, &ada.password).await, 200);
    assert_eq!(undo(&app, &trap, "a sentence of Eve's").await, 410);

    // Ada chose the password that Eve knows, and Eve comes once more. Now Ada chooses another one.
    app.advance(SignedDuration::from_hours(1));
    let again = ada.again(&app).await;
    let back = change(&app, &again, "ada@example.com", "eve3@example.com").await;
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(undo(&app, &back, "a new sentence of Ada's").await, 200);
    assert_eq!(undo(&app, &trap, "a sentence of Eve's").await, 410);
    app.login("eve1@example.com", "a sentence of Eve's").await.problem(401, "invalid-credentials");
    app.login("ada@example.com", "a new sentence of Ada's").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_undone_one_after_the_other() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let first = change(&app, &ada, "ada@example.com", "ada2@example.com").await;
    let second = change(&app, &ada, "ada2@example.com", "ada3@example.com").await;
    assert_eq!(undo(&app, &second, "a new sentence of Ada's").await, 200);
    app.login("ada2@example.com", "a new sentence of Ada's").await.expect(200);
    assert_eq!(undo(&app, &first, "another sentence of Ada's").await, 200);
    app.login("ada@example.com", "another sentence of Ada's").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undo_leaves_no_password_that_somebody_else_knows() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    // Eve knows Ada's password, or chooses one of her own.
    let back = change(&app, &ada, "ada@example.com", "eve@example.com").await;
    let body = json!({"new_password": "a sentence of Eve's"});
    ada.call(&app, Method::PUT, "/v1/me/password", Some(body)).await.expect(204);
    assert_eq!(undo(&app, &back, "").await, 200);
    for password in [ada.password.as_str(), "a sentence of Eve's"] {
        for email in ["ada@example.com", "eve@example.com"] {
            app.login(email, password).await.problem(401, "invalid-credentials");
        }
    }
    let left = app.system.dump("Directory").await.unwrap();
    assert!(left.iter().all(|item| item["sk"]["S"] != "PASSWORD"), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_limited_uses_up_nobody_elses_tries() {
    let setup = Setup::default().setting("LIMIT_LOGIN_PER_CLIENT", "5").setting("LIMIT_REGISTER_PER_CLIENT", "5");
    let app = App::with(setup).await;
    let ada = app.customer("ada@example.com").await;
    let from_eve = async |path: &str, email: &str| {
        app.post_from(EVE, path, json!({"email": email, "password": "a sentence that is wrong"})).await.status
    };
    for n in 0..5 {
        assert_eq!(from_eve("/v1/login", &format!("guest{n}@example.com")).await, 401);
        assert_eq!(from_eve("/v1/register", &format!("guest{n}@example.com")).await, 202);
    }
    for _ in 0..12 {
        assert_eq!(from_eve("/v1/login", &ada.email).await, 429);
        assert_eq!(from_eve("/v1/register", "bob@example.com").await, 429);
    }
    ada.again(&app).await;
    app.customer("bob@example.com").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_known_devices_are_no_way_around_the_limit() {
    let setup = Setup::default().setting("LIMIT_LOGIN_PER_ADDRESS", "100").setting("LIMIT_LOGIN_PER_DEVICE", "2");
    let app = App::with(setup).await;
    let ada = app.customer("ada@example.com").await;
    // Eve knows Ada's password for a while, and gathers tokens.
    let mut devices = Vec::new();
    for _ in 0..40 {
        devices.push(ada.again(&app).await.device);
    }
    let mut found = BTreeMap::new();
    for device in devices.iter().chain(&devices) {
        let body = json!({"email": ada.email, "password": "a sentence that is wrong", "device_token": device});
        *found.entry(app.post_from(EVE, "/v1/login", body).await.status).or_insert(0) += 1;
    }
    assert_eq!(found, BTreeMap::from([(401, 8 * 2), (429, 80 - 16)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_is_one_address_however_it_is_quoted() {
    let app = App::start().await;
    app.customer("ada@example.com").await;
    let transaction = app.register("\"a\\da\"@example.com").await;
    app.settle().await;
    let told = app.mails().await;
    assert!(told.last().unwrap().code.is_none(), "there is an account already");
    app.post("/v1/verify", json!({"transaction": transaction, "code": "000000"})).await.problem(422, "invalid-code");
    for n in 0..5 {
        let status =
            app.post("/v1/register", json!({"email": format!("\"a{}da\"@example.com", ["", "\\"][n % 2])})).await;
        assert_eq!(status.status, if n < 3 { 202 } else { 429 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_unsubscribe_ends_one_mailing_of_one_customer_and_nothing_else() {
    let app = App::with(Setup::default().operated()).await;
    let (ada, eve) = (app.customer("ada@example.com").await, app.customer("eve@example.com").await);
    let grant = async |person: &Person, purpose: &str| {
        let body = Some(json!({"granted": true, "version": 1}));
        person.call(&app, Method::PUT, &format!("/v1/me/consents/{purpose}"), body).await.expect(200)
    };
    let granted = grant(&ada, "product_improvement").await;
    grant(&eve, "product_improvement").await;
    grant(&ada, "newsletter").await;
    let confirm = app.token_of("/consents/confirm", &ada.email).await;
    app.form("/consents/confirm", &[("token", &confirm)]).await.expect(200);
    let service = app.operator("consents:check").await;
    let check = async |person: &Person, purpose: &str| {
        let path = format!("/v1/consents/check?customer={}&purpose={purpose}", person.sub);
        service.get(&app, &path).await.expect(200)
    };
    let token_of = async |person: &Person, purpose: &str| {
        let url = check(person, purpose).await["unsubscribe"]["url"].as_str().unwrap().to_owned();
        url.split_once("token=").unwrap().1.to_owned()
    };
    let press = async |token: &str| app.form("/unsubscribe", &[("token", token)]).await.status;

    // Neither altered nor put together of two of them does one work, nor is it good for anything else.
    let (mine, hers) = (token_of(&eve, "product_improvement").await, token_of(&ada, "newsletter").await);
    for at in (0..mine.len()).step_by(7) {
        let mut forged = mine.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(press(&String::from_utf8(forged).unwrap()).await, 400, "byte {at}");
    }
    let half = mine.len() / 2;
    assert_eq!(press(&format!("{}{}", &mine[..half], &hers[half..])).await, 400);
    assert_eq!((press(&confirm).await, press("").await), (400, 400));
    app.form("/consents/confirm", &[("token", &hers)]).await.expect(400);
    assert_eq!(press(&mine).await, 200);
    assert_eq!(check(&eve, "product_improvement").await["allowed"], false);
    assert_eq!(check(&ada, "product_improvement").await["allowed"], true);
    assert_eq!(press(&hers).await, 200);
    assert_eq!(check(&ada, "newsletter").await["allowed"], false);
    assert_eq!(check(&ada, "product_improvement").await["allowed"], true);

    // Nor does anybody read another's receipt, or their history by it.
    let id = granted["decision"]["id"].as_str().unwrap();
    let path = format!("/v1/me/consents/history/{id}/receipt");
    ada.get(&app, &path).await.expect(200);
    eve.get(&app, &path).await.problem(404, "not-found");
    let page = eve.get(&app, &format!("/v1/me/consents/history?cursor={id}")).await.expect(200);
    assert!(!page.text.contains(id), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undone_change_of_address_takes_what_was_enrolled_after_it() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    // Somebody with her session: another address, and a passkey that only they are told of.
    change(&app, &ada, "ada@example.com", "eve@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    ada.add_passkey(&app, &mut key).await.expect(201);
    let token = app.token_of("/verify/undo", "ada@example.com").await;
    assert_eq!(undo(&app, &token, "only Ada knows this").await, 200);
    let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
    let body = json!({"transaction": asked.str("transaction"), "credential": key.get(&asked["public_key"])});
    app.post("/v1/passkey", body).await.problem(401, "invalid-credentials");
    app.login("ada@example.com", "only Ada knows this").await.expect(200).str("access_token");
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_alone_does_not_get_around_the_only_second_factor() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let (totp, _) = ada.add_totp(&app).await;
    let token = app.token_of("/recover/undo", &ada.email).await;
    app.advance(SignedDuration::from_secs(60));
    let waits = ada.half_way(&app).await;
    app.mfa(&waits, "totp", json!({"code": totp.code(&app)})).await.expect(200);
    // The mail that told of the app, a forgotten password, and in? Not before the delay of a recovery.
    app.form("/recover/undo", &[("token", &token)]).await.expect(200);
    let transaction = app.forgotten(&ada.email).await;
    let code = app.code_to(&ada.email).await;
    let body = json!({"transaction": transaction, "code": code, "password": "a thief's sentence"});
    app.post("/v1/recover/verify", body).await.expect(204);
    let asked = app.login(&ada.email, "a thief's sentence").await.expect(200);
    let recovery_alone = json!([{"method": "delayed_recovery"}]);
    assert_eq!((asked["status"].as_str(), &asked["methods"]), (Some("mfa_required"), &recovery_alone));
    let transaction = json!({"transaction": asked.str("transaction")});
    let recovery = app.post("/v1/mfa/recovery", transaction).await.expect(202).str("recovery");
    app.advance(SignedDuration::from_hours(71));
    let asked = app.login(&ada.email, "a thief's sentence").await.expect(200);
    assert_eq!(asked["methods"], recovery_alone);
    let early = app.mfa(&asked.str("transaction"), "delayed_recovery", json!({"recovery": recovery})).await;
    early.problem(422, "invalid-code");
    app.advance(SignedDuration::from_hours(2));
    let asked = app.login(&ada.email, "a thief's sentence").await.expect(200);
    app.mfa(&asked.str("transaction"), "delayed_recovery", json!({"recovery": recovery})).await.expect(200);
}

/// Where a mailbox and a phone prove something.
async fn with_codes() -> App {
    let setup = Setup::default().parameter("SmsCountries", "DE").parameter("EmailSignIn", "on");
    App::with(setup.setting("LIMIT_REGISTER_PER_ADDRESS", "100")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_to_an_old_address_proves_nothing_at_a_new_one() {
    let app = with_codes().await;
    let ada = app.customer("ada@example.com").await;
    ada.add_mailbox(&app).await;
    let (totp, _) = ada.add_totp(&app).await;
    // A code that is asked for beside the password, and one that came first and has done its work.
    let second = ada.half_way(&app).await;
    app.challenge(&second, "email").await.expect(200);
    let second_code = app.code_to(&ada.email).await;
    let first = app.passwordless(&ada.email, "code").await;
    let body = json!({"transaction": first, "code": app.code_to(&ada.email).await});
    let half = app.post("/v1/passwordless/verify", body).await.expect(200);
    assert_eq!((&half["status"], &half["methods"]), (&json!("mfa_required"), &json!([{"method": "totp"}])));
    let unused = app.passwordless(&ada.email, "code").await;
    let unused_code = app.code_to(&ada.email).await;
    let reset = app.forgotten(&ada.email).await;
    let reset_code = app.code_to(&ada.email).await;

    change(&app, &ada, "ada@example.com", "ada@new.example.com").await;
    app.mfa(&second, "email", json!({"code": second_code})).await.problem(410, "transaction-expired");
    let code = json!({"code": totp.next_code(&app)});
    app.mfa(&half.str("transaction"), "totp", code).await.problem(410, "transaction-expired");
    let body = json!({"transaction": unused, "code": unused_code});
    app.post("/v1/passwordless/verify", body).await.problem(410, "transaction-expired");
    let body = json!({"transaction": reset, "code": reset_code, "password": "a sentence of who reads it"});
    app.post("/v1/recover/verify", body).await.problem(410, "transaction-expired");
    let moved = Person { email: "ada@new.example.com".to_owned(), ..ada };
    let waits = moved.half_way(&app).await;
    app.challenge(&waits, "email").await.expect(200);
    let code = app.code_to(&moved.email).await;
    app.mfa(&waits, "email", json!({"code": code})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_is_enrolled_by_its_own_code() {
    let app = with_codes().await;
    let ada = app.customer("ada@example.com").await;
    let started = ada.call(&app, Method::POST, "/v1/me/factors/email", None).await.expect(202);
    let code = app.code_to(&ada.email).await;
    change(&app, &ada, "ada@example.com", "ada@new.example.com").await;
    let body = json!({"transaction": started.str("transaction"), "code": code});
    ada.post(&app, "/v1/me/factors/email/activate", body).await.problem(410, "transaction-expired");
    assert_eq!(ada.get(&app, "/v1/me/factors").await.expect(200)["factors"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_to_an_old_number_proves_nothing_beside_a_new_one() {
    let app = with_codes().await;
    let (old, new) = ("+4915112345678", "+4915187654321");
    let ada = app.customer("ada@example.com").await;
    let phone = ada.add_phone(&app, old).await;
    let waits = ada.half_way(&app).await;
    app.challenge(&waits, "sms").await.expect(200);
    let stale = app.code_to(old).await;
    ada.call(&app, Method::DELETE, &format!("/v1/me/factors/{}", phone.str("id")), None).await.expect(204);
    ada.add_phone(&app, new).await;
    app.mfa(&waits, "sms", json!({"code": stale})).await.problem(422, "invalid-code");
    app.challenge(&waits, "sms").await.expect(200);
    let code = app.code_to(new).await;
    app.mfa(&waits, "sms", json!({"code": code})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_mailed_to_an_address_that_was_taken_back_ends_nothing() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    ada.again(&app).await;
    let adas = app.token_of("/recover/undo", "ada@example.com").await;
    // Somebody with her session and password: two addresses, and a mail with a button to each of them.
    let back = change(&app, &ada, "ada@example.com", "eve1@example.com").await;
    app.login("eve1@example.com", &ada.password).await.expect(200);
    let first = app.token_of("/recover/undo", "eve1@example.com").await;
    change(&app, &ada, "eve1@example.com", "eve2@example.com").await;
    app.login("eve2@example.com", &ada.password).await.expect(200);
    let second = app.token_of("/recover/undo", "eve2@example.com").await;
    for token in [&adas, &first, &second] {
        app.get(&format!("/recover/undo?token={token}")).await.expect(200);
    }

    app.advance(SignedDuration::from_mins(1));
    assert_eq!(undo(&app, &back, "a new sentence of Ada's").await, 200);
    let again = app.login("ada@example.com", "a new sentence of Ada's").await.expect(200);
    let ada = Person::signed_in("ada@example.com", "a new sentence of Ada's", &again);
    for token in [&first, &second] {
        app.get(&format!("/recover/undo?token={token}")).await.expect(410);
        app.form("/recover/undo", &[("token", token)]).await.expect(410);
    }
    ada.get(&app, "/v1/me").await.expect(200);
    ada.again(&app).await;
    // What was mailed to her before all that is hers.
    app.form("/recover/undo", &[("token", &adas)]).await.expect(200);
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_their_address_a_moment_ago_still_ends_what_somebody_else_began() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let eve = ada.again(&app).await;
    let adas = app.token_of("/recover/undo", "ada@example.com").await;
    change(&app, &eve, "ada@example.com", "eve@example.com").await;
    app.form("/recover/undo", &[("token", &adas)]).await.expect(200);
    eve.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.login("eve@example.com", &ada.password).await.problem(401, "invalid-credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_an_administrator_visits_gets_no_token_to_administer_with() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let (totp, _) = ada.add_totp(&app).await;
    let named = format!("{}=admin:sessions", ada.sub);
    app.redeploy(Setup::default().operated().setting("ADMINISTRATORS", &named)).await;
    let path = format!("/v1/admin/customers/{}/sessions", app.customer("bob@example.com").await.sub);
    for (client, is_good_there) in [("shop", true), ("portico", false)] {
        let there = ada.proven_at(&app, &totp, client).await;
        let said = claims(&there.access);
        assert_eq!((&said["scope"], said["acr"].is_string()), (&Value::Null, true), "{client}");
        assert_eq!(said["aud"].to_string().contains("https://shop.example"), is_good_there, "{client}");
        there.call(&app, Method::DELETE, &path, None).await.problem(403, "insufficient-scope");
        // Nor is there one for what it can be exchanged for, in its own name or another's.
        let refresh = async |client: &str| {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", &there.refresh), ("client_id", client)];
            app.form("/oauth2/token", &fields).await
        };
        refresh("console").await.oauth(400, "invalid_grant");
        assert_eq!(claims(&refresh(client).await.expect(200).str("access_token"))["scope"], Value::Null, "{client}");
    }
    let console = ada.proven_at(&app, &totp, "console").await;
    assert_eq!(claims(&console.access)["scope"], "admin:sessions");
    console.call(&app, Method::DELETE, &path, None).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_agrees_in_the_owners_name_from_a_mailbox_that_is_not_theirs() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let agree = async |person: &Person| {
        let body = Some(json!({"granted": true, "version": 1}));
        person.call(&app, Method::PUT, "/v1/me/consents/newsletter", body).await.expect(200);
        app.token_of("/consents/confirm", &person.email).await
    };
    // Eve has Ada's session, and agrees from a mailbox of her own before Ada undoes the change.
    let back = change(&app, &ada, "ada@example.com", "eve@example.com").await;
    let eve = Person { email: "eve@example.com".to_owned(), ..ada.clone() };
    let confirm = agree(&eve).await;
    app.get(&format!("/consents/confirm?token={confirm}")).await.expect(200);
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(undo(&app, &back, "a new sentence of Ada's").await, 200);
    app.get(&format!("/consents/confirm?token={confirm}")).await.expect(410);
    app.form("/consents/confirm", &[("token", &confirm)]).await.expect(410);
    let service = app.operator("consents:check").await;
    let path = format!("/v1/consents/check?customer={}&purpose=newsletter", ada.sub);
    assert_eq!(service.get(&app, &path).await.expect(200)["reason"], "pending");

    // Nothing is agreed to in an account that is closed.
    let bob = app.customer("bob@example.com").await;
    let confirm = agree(&bob).await;
    bob.leave(&app).await.expect(202);
    app.form("/consents/confirm", &[("token", &confirm)]).await.expect(410);
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(
        (world.stands(&ada.sub, "newsletter"), world.stands(&bob.sub, "newsletter")),
        (Some("pending"), Some("pending"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_factor_closes_the_sessions_of_the_password_alone() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    // Eve knows the password, and is there a moment before Ada protects herself, and has begun to do the same.
    let eve = ada.again(&app).await;
    let hers = eve.post(&app, "/v1/me/factors/totp", json!({})).await.expect(201);
    app.advance(SignedDuration::from_secs(1));
    let (phone, factor) = ada.add_totp(&app).await;
    let one = format!("/v1/me/factors/{}", factor["id"].as_str().unwrap());
    let code = TotpApp::new(&hers.str("secret")).code(&app);
    for (method, path, body) in [
        (Method::POST, "/v1/me/factors/recovery-codes", None),
        (Method::DELETE, &one, None),
        (Method::POST, "/v1/me/factors/totp", Some(json!({}))),
        (Method::POST, "/v1/me/factors/totp/activate", Some(json!({"transaction": hers["transaction"], "code": code}))),
        (Method::POST, "/v1/me/export", None),
        (Method::PUT, "/v1/me/email", Some(json!({"email": "eve@example.com"}))),
        (Method::PUT, "/v1/me/email", Some(json!({"email": "eve@example.com", "current_password": ada.password}))),
        (Method::PUT, "/v1/me/password", Some(json!({"new_password": "a sentence of Eve's"}))),
        (Method::POST, "/v1/me/erasure", None),
    ] {
        let refused = eve.call(&app, method, path, body).await;
        assert_eq!(refused.status, 401, "{path}: {}", refused.text);
        refused.problem(401, "reauthentication-required");
    }
    // By the app, which she does not have, she would go on; by another sign-in she does not get in.
    let asked = eve.step_up(&app, json!({"max_age": 600})).await.expect(200);
    assert_eq!(asked["methods"], json!([{"method": "totp"}]));
    let waits = ada.half_way(&app).await;
    // Ada goes on where she is, and so does who carries her session on by a new token.
    ada.call(&app, Method::POST, "/v1/me/factors/recovery-codes", None).await.expect(201);
    let access = app.refresh(&ada.refresh).await.expect(200).str("access_token");
    let ada = Person { access, ..ada };
    ada.call(&app, Method::POST, "/v1/me/export", None).await.expect(201);
    // In a session of hers elsewhere she proves the app, and it does the same.
    let reply = app.mfa(&waits, "totp", json!({"code": phone.next_code(&app)})).await.expect(200);
    let proven = Person::signed_in(&ada.email, &ada.password, &reply);
    proven.call(&app, Method::DELETE, &one, None).await.expect(204);
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_comes_in_by_the_app_that_asks_for_the_least() {
    let lax = WEB.replace("\"web\"", "\"lax\"").replacen('{', "{\"mfa\": \"off\", ", 1);
    let app = App::with(Setup::default().setting("CLIENTS", &format!("[{WEB}, {lax}]"))).await;
    let ada = app.customer("ada@example.com").await;
    let (phone, _) = ada.add_totp(&app).await;
    app.advance(SignedDuration::from_secs(60));
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[("client_id", "lax")]).await.expect(200);
    browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303).back_at(Browser::HOME);
    // The password alone was enough there. It is not here, silently or not.
    let refused = browser.authorize(&app, &[("prompt", "none")]).await.expect(303).back_at(Browser::HOME);
    assert_eq!(refused["error"], "login_required");
    let page = browser.authorize(&app, &[]).await.expect(200);
    assert!(page.has("sign_in"), "{}", page.text);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let done = browser.submit(&app, &proof, "proof", &[("code", &phone.code(&app))]).await.expect(303);
    assert!(done.back_at(Browser::HOME).contains_key("code"));
    // Two factors are enough everywhere.
    browser.authorize(&app, &[("client_id", "lax")]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_is_no_way_past_consent() {
    let partner = WEB.replacen('{', "{\"third_party\": true, ", 1);
    let app = App::with(Setup::default().setting("CLIENTS", &format!("[{partner}]"))).await;
    let ada = app.customer("ada@example.com").await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[("scope", "openid")]).await.expect(200);
    let asked = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    browser.submit(&app, &asked, "consent", &[("decision", "allow")]).await.expect(303);
    for more in [&[][..], &[("acr_values", "aal2")]] {
        let wider = [&[("prompt", "none"), ("scope", "openid email phone offline_access")][..], more].concat();
        let back = browser.authorize(&app, &wider).await.expect(303).back_at(Browser::HOME);
        assert_eq!(back["error"], "consent_required", "{more:?}");
    }
    // What it was allowed it gets, however much surer it would like to be.
    let back = browser.authorize(&app, &[("prompt", "none"), ("scope", "openid"), ("acr_values", "aal2")]).await;
    assert!(back.expect(303).back_at(Browser::HOME).contains_key("code"));
    let essential = r#"{"id_token":{"acr":{"essential":true,"values":["urn:example:gold"]}}}"#;
    let back = browser.authorize(&app, &[("claims", essential), ("scope", "openid")]).await;
    assert_eq!(back.expect(303).back_at(Browser::HOME)["error"], "unmet_authentication_requirements");
}
