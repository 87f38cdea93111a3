//! `functions/profile`.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::json;
use tests::{App, Person, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_the_deployments_and_grows_over_time() {
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["given_name"], "x-ask-later": ["shoe_size"],
        "properties": {"given_name": {"type": "string", "maxLength": 200}, "shoe_size": {"type": "integer", "minimum": 30}}
    });
    let app = App::with(Setup::default().setting("PROFILE_SCHEMA", &schema.to_string())).await;
    let refused = app.post("/v1/register", json!({"email": "ada@example.com"})).await.problem(422, "invalid-fields");
    assert_eq!(refused.fields(), [("/profile/given_name".to_owned(), "required".to_owned())]);

    let name = "آدا 🦀 ‏Łovelace e\u{301}";
    let body =
        json!({"email": "ada@example.com", "password": "a rather long sentence", "profile": {"given_name": name}});
    let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
    let code = app.code_to("ada@example.com").await;
    let reply = app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    let ada = Person::signed_in("ada@example.com", "a rather long sentence", &reply);
    let patch = async |body| ada.call(&app, Method::PATCH, "/v1/me", Some(body)).await;

    assert_eq!(ada.get(&app, "/v1/me").await.expect(200)["missing"], json!(["shoe_size"]));
    let refused = patch(json!({"profile": {"shoe_size": 3}})).await.problem(422, "invalid-fields");
    assert_eq!(refused.fields(), [("/profile/shoe_size".to_owned(), "minimum".to_owned())]);
    let changed = patch(json!({"profile": {"shoe_size": 39}, "locale": "ar"})).await.expect(200);
    assert_eq!(changed["profile"], json!({"given_name": name, "shoe_size": 39}));
    assert_eq!((changed["missing"].clone(), changed["locale"].clone()), (json!([]), json!("ar")));
    patch(json!({"profile": {"shoe_size": null}})).await.expect(200);
    patch(json!({"sub": "cus_me"})).await.problem(422, "invalid-fields");
    patch(json!({"profile": []})).await.problem(422, "invalid-fields");
    let me = ada.get(&app, "/v1/me").await.expect(200);
    assert_eq!((me["profile"].clone(), me["sub"].clone()), (json!({"given_name": name}), json!(ada.sub)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_password_ends_every_other_session() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let other = ada.again(&app).await;

    app.advance(SignedDuration::from_mins(6));
    let fresh = app.refresh(&ada.refresh).await.expect(200);
    app.advance(SignedDuration::from_mins(5));
    let ada = Person { access: fresh.str("access_token"), ..ada.clone() };
    let change = async |body| ada.call(&app, Method::PUT, "/v1/me/password", Some(body)).await;
    change(json!({"new_password": "a new long sentence"})).await.problem(401, "reauthentication-required");
    let wrong = json!({"new_password": "a new long sentence", "current_password": "wrong"});
    let refused = change(wrong).await;
    assert!([401, 422].contains(&refused.status), "{}", refused.text);
    let weak = json!({"new_password": "password", "current_password": ada.password});
    let refused = change(weak).await.problem(422, "invalid-fields");
    assert_eq!(refused.fields(), [("/new_password".to_owned(), "password_common".to_owned())]);
    let good = json!({"new_password": "a new long sentence", "current_password": ada.password});
    change(good).await.expect(204);

    ada.get(&app, "/v1/me").await.expect(200);
    other.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.refresh(&other.refresh).await.oauth(400, "invalid_grant");
    app.login("ada@example.com", "a rather long sentence").await.problem(401, "invalid-credentials");
    app.login("ada@example.com", "a new long sentence").await.expect(200);
    let told = app.mail_to("ada@example.com").await;
    assert!(told.code.is_none() && !told.subject.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_address_is_verified_first_and_the_old_one_can_undo_it() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let change = async |body| ada.call(&app, Method::PUT, "/v1/me/email", Some(body)).await;
    change(json!({"email": "ada@example.com"})).await.problem(422, "invalid-fields");

    let started = change(json!({"email": "ada@new.example.com"})).await.expect(202).str("transaction");
    assert_eq!(ada.get(&app, "/v1/me").await.expect(200)["email"], "ada@example.com");
    let code = app.code_to("ada@new.example.com").await;
    let done = app.post("/v1/verify", json!({"transaction": started, "code": code})).await.expect(200);
    assert_eq!(done["status"], "email_changed");
    assert_eq!(ada.get(&app, "/v1/me").await.expect(200)["email"], "ada@new.example.com");
    app.login("ada@example.com", &ada.password).await.problem(401, "invalid-credentials");
    let session = app.login("ada@new.example.com", &ada.password).await.expect(200).str("refresh_token");

    // Nobody else gets the old address while it can be taken back.
    let eve = app.register("ada@example.com").await;
    let told: Vec<_> = app.mails().await.into_iter().filter(|mail| mail.to == "ada@example.com").collect();
    let undo = told.iter().rev().find_map(|mail| mail.link.clone().filter(|l| l.contains("/verify/undo?"))).unwrap();
    let token = undo.split_once("token=").unwrap().1.to_owned();
    if let Some(code) = told.last().unwrap().code.clone() {
        app.post("/v1/verify", json!({"transaction": eve, "code": code})).await.problem(409, "address-taken");
    }

    app.get(&format!("/verify/undo?token={token}")).await.expect(200);
    assert_eq!(ada.get(&app, "/v1/me").await.expect(200)["email"], "ada@new.example.com");
    app.form("/verify/undo", &[("token", &token), ("password", "only Ada knows this")]).await.expect(200);
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.refresh(&session).await.oauth(400, "invalid_grant");
    app.login("ada@new.example.com", &ada.password).await.problem(401, "invalid-credentials");
    let back = app.login("ada@example.com", "only Ada knows this").await.expect(200);
    let back = Person::signed_in("ada@example.com", "only Ada knows this", &back);
    assert_eq!(back.get(&app, "/v1/me").await.expect(200)["email"], "ada@example.com");
    app.form("/verify/undo", &[("token", &token)]).await.expect(410);
    app.customer("ada@new.example.com").await;
}

/// The same two, more than ten minutes after they signed in.
async fn later(app: &App, both: [&Person; 2]) -> [Person; 2] {
    app.advance(SignedDuration::from_mins(6));
    let go_on = async |person: &Person| {
        let access = app.refresh(&person.refresh).await.expect(200).str("access_token");
        Person { access, ..person.clone() }
    };
    let both = [go_on(both[0]).await, go_on(both[1]).await];
    app.advance(SignedDuration::from_mins(5));
    both
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factor_that_was_switched_off_keeps_nobody_from_what_is_sensitive() {
    let on = || Setup::default().parameter("SmsCountries", "DE,FR").parameter("EmailSignIn", "on");
    let app = App::with(on()).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    ada.add_phone(&app, "+4915112345678").await;
    bob.add_mailbox(&app).await;
    app.advance(SignedDuration::from_secs(1));
    app.redeploy(Setup::default().parameter("SmsCountries", "FR")).await;
    let (ada, bob) = (ada.again(&app).await, bob.again(&app).await);
    let put = async |person: &Person, path: &str, body| person.call(&app, Method::PUT, path, Some(body)).await;
    // Within ten minutes of a sign-in.
    for (person, new) in [(&ada, "ada@new.example.com"), (&bob, "bob@new.example.com")] {
        put(person, "/v1/me/email", json!({"email": new})).await.expect(202);
        put(person, "/v1/me/password", json!({"new_password": "a new long sentence"})).await.expect(204);
        person.post(&app, "/v1/me/factors/totp", json!({})).await.expect(201);
    }
    // Where it is switched on again, that sign-in was by less than they have.
    app.redeploy(on()).await;
    for person in [&ada, &bob] {
        let body = json!({"new_password": "another long sentence"});
        put(person, "/v1/me/password", body).await.problem(401, "reauthentication-required");
    }
    app.redeploy(Setup::default().parameter("SmsCountries", "FR")).await;
    // Later, by the password or another sign-in.
    for mut person in later(&app, [&ada, &bob]).await {
        person.password = "a new long sentence".to_owned();
        let body = json!({"email": format!("2{}", person.email), "current_password": person.password});
        put(&person, "/v1/me/email", body).await.expect(202);
        person.post(&app, "/v1/me/factors/totp", json!({})).await.problem(401, "reauthentication-required");
        let asked = person.step_up(&app, json!({"max_age": 600})).await.expect(200);
        assert_eq!(asked["methods"], json!([{"method": "password"}]));
        let password = json!({"password": person.password});
        let reply = app.mfa(&asked.str("transaction"), "password", password).await.expect(200);
        let fresh = Person::signed_in(&person.email, &person.password, &reply);
        fresh.add_totp(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_of_now_does_not_stand_in_for_a_password_of_then() {
    let app = App::with(Setup::default().parameter("MfaPolicy", "off")).await;
    let ada = app.customer("ada@example.com").await;
    let (totp, _) = ada.add_totp(&app).await;
    let ada = ada.again(&app).await;
    app.advance(SignedDuration::from_mins(6));
    let asked = ada.step_up(&app, json!({"acr_values": "aal2"})).await.expect(200).str("transaction");
    let reply = app.mfa(&asked, "totp", json!({"code": totp.code(&app)})).await.expect(200);
    let up = Person::signed_in(&ada.email, &ada.password, &reply);
    let put = async |path: &str, body| up.call(&app, Method::PUT, path, Some(body)).await;
    put("/v1/me/email", json!({"email": "ada@new.example.com"})).await.expect(202);
    // The code is five minutes old, the password eleven.
    app.advance(SignedDuration::from_mins(5));
    for (path, body) in [
        ("/v1/me/email", json!({"email": "ada@else.example.com"})),
        ("/v1/me/password", json!({"new_password": "a new long sentence"})),
        ("/v1/me/password", json!({"new_password": "a new long sentence", "current_password": "wrong"})),
    ] {
        put(path, body).await.problem(401, "reauthentication-required");
    }
    up.post(&app, "/v1/me/factors/totp", json!({})).await.problem(401, "reauthentication-required");
    up.step_up(&app, json!({"acr_values": "aal2"})).await.expect(204);
    let asked = up.step_up(&app, json!({"max_age": 600})).await.expect(200);
    assert_eq!(asked["methods"], json!([{"method": "password"}]));
    let both = json!({"new_password": "a new long sentence", "current_password": ada.password});
    put("/v1/me/password", both).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sensitive_asks_for_a_fresh_authentication_by_all_that_there_is() {
    let app = App::start().await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    bob.add_totp(&app).await;
    let [ada, bob] = later(&app, [&ada, &bob]).await;
    let address = |password: &str| json!({"email": "new@example.com", "current_password": password});
    let password = |current: &str| json!({"new_password": "a new long sentence", "current_password": current});
    let put = async |person: &Person, path: &str, body| person.call(&app, Method::PUT, path, Some(body)).await;

    let before = app.mails().await.len();
    for person in [&ada, &bob] {
        let refused = put(person, "/v1/me/email", json!({"email": "new@example.com"})).await;
        let refused = refused.problem(401, "reauthentication-required");
        assert!(refused.header("www-authenticate").contains("max_age=\"600\""), "{:?}", refused.headers);
        put(person, "/v1/me/email", address("wrong")).await.problem(401, "reauthentication-required");
        put(person, "/v1/me/password", password("wrong")).await.problem(401, "reauthentication-required");
    }
    // Whoever has a second factor proves that too: the password is not all that they have.
    put(&bob, "/v1/me/email", address(&bob.password)).await.problem(401, "reauthentication-required");
    put(&bob, "/v1/me/password", password(&bob.password)).await.problem(401, "reauthentication-required");
    assert_eq!(app.mails().await.len(), before);
    put(&ada, "/v1/me/email", address(&ada.password)).await.expect(202);
    put(&ada, "/v1/me/password", password(&ada.password)).await.expect(204);
    app.login(&bob.email, &bob.password).await.expect(200);
}
