//! `functions/session`.

use domain::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Setup, World, claims};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_listed_in_words_and_ended_one_by_one_or_together() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    app.advance(SignedDuration::from_mins(1));
    let body = json!({"email": ada.email, "password": ada.password});
    let request = app.request(Method::POST, "/v1/login").header("user-agent", FIREFOX).json(&body);
    let phone = Person::signed_in(&ada.email, &ada.password, &app.send(request).await.expect(200));
    let bob = app.customer("bob@example.com").await;

    let list = ada.get(&app, "/v1/me/sessions").await.expect(200);
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!((&sessions[0]["device"], &sessions[0]["current"]), (&json!("Firefox on Linux"), &json!(false)));
    assert_eq!((&sessions[1]["current"], &sessions[1]["id"]), (&json!(true), &claims(&ada.access)["sid"]));

    let id = claims(&phone.access)["sid"].as_str().unwrap().to_owned();
    let path = format!("/v1/me/sessions/{id}");
    bob.call(&app, Method::DELETE, &path, None).await.problem(404, "not-found");
    for nonsense in ["ses_", "x", claims(&bob.access)["sid"].as_str().unwrap()] {
        let path = format!("/v1/me/sessions/{nonsense}");
        ada.call(&app, Method::DELETE, &path, None).await.problem(404, "not-found");
    }
    phone.get(&app, "/v1/me").await.expect(200);
    ada.call(&app, Method::DELETE, &path, None).await.expect(204);
    phone.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.refresh(&phone.refresh).await.oauth(400, "invalid_grant");

    let (second, third) = (ada.again(&app).await, ada.again(&app).await);
    third.call(&app, Method::DELETE, "/v1/me/sessions?keep=current", None).await.expect(204);
    second.get(&app, "/v1/me").await.problem(401, "invalid-token");
    third.get(&app, "/v1/me").await.expect(200);
    app.refresh(&third.refresh).await.expect(200);
    third.call(&app, Method::DELETE, "/v1/me/sessions", None).await.expect(204);
    third.get(&app, "/v1/me").await.problem(401, "invalid-token");

    let last = ada.again(&app).await;
    last.call(&app, Method::POST, "/v1/logout", None).await.expect(204);
    last.get(&app, "/v1/me").await.problem(401, "invalid-token");
    bob.get(&app, "/v1/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_seen_at_most_every_five_minutes() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let seen = async || {
        let list = ada.get(&app, "/v1/me/sessions").await.expect(200);
        list["sessions"][0]["last_seen"].as_str().unwrap().to_owned()
    };
    let first = seen().await;
    app.advance(SignedDuration::from_mins(4));
    assert_eq!(seen().await, first);
    app.advance(SignedDuration::from_mins(2));
    ada.get(&app, "/v1/me").await.expect(200);
    assert_ne!(seen().await, first);
    app.advance(SignedDuration::from_mins(10));
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oldest_session_ends_where_there_is_a_limit() {
    let app = App::with(Setup::default().setting("SESSION_LIMIT", "2")).await;
    let first = app.customer("ada@example.com").await;
    app.advance(SignedDuration::from_secs(1));
    let second = first.again(&app).await;
    first.get(&app, "/v1/me").await.expect(200);
    app.advance(SignedDuration::from_secs(1));
    let third = first.again(&app).await;
    first.get(&app, "/v1/me").await.problem(401, "invalid-token");
    second.get(&app, "/v1/me").await.expect(200);
    let sessions: Vec<Value> =
        third.get(&app, "/v1/me/sessions").await.expect(200)["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_device_is_listed_and_asked_again_once_it_is_trusted_no_more() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let (bob, _) = app.customer_with_totp("bob@example.com").await;
    let listed = async |person: &Person| {
        let list = person.get(&app, "/v1/me/sessions").await.expect(200);
        list["trusted_devices"].as_array().unwrap().clone()
    };
    assert!(listed(&ada).await.is_empty());
    let waits = ada.half_way(&app).await;
    let body = json!({"transaction": waits, "method": "totp", "code": phone.next_code(&app), "remember_device": true});
    let request = app.request(Method::POST, "/v1/mfa").header("user-agent", FIREFOX).json(&body);
    let trusting = Person::signed_in(&ada.email, &ada.password, &app.send(request).await.expect(200));
    let login = async || {
        let body = json!({"email": ada.email, "password": ada.password, "device_token": trusting.device});
        app.post("/v1/login", body).await.expect(200)
    };
    let spared = Person::signed_in(&ada.email, &ada.password, &login().await);

    let devices = listed(&ada).await;
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0]["device"], "Firefox on Linux");
    let at = |name: &str| devices[0][name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(at("since").as_second(), app.now());
    assert_eq!(at("until").duration_since(at("since")), SignedDuration::from_hours(30 * 24));
    assert!(listed(&bob).await.is_empty());
    // Each session says how it was proved, as its tokens do.
    let sessions = ada.get(&app, "/v1/me/sessions").await.expect(200)["sessions"].as_array().unwrap().clone();
    for (person, acr, amr) in [
        (&ada, "aal1", json!(["otp", "mfa"])),
        (&trusting, "aal2", json!(["pwd", "otp", "mfa"])),
        (&spared, "aal1", json!(["pwd"])),
    ] {
        let token = claims(&person.access);
        let one = sessions.iter().find(|one| one["id"] == token["sid"]).unwrap();
        assert_eq!((&one["acr"], &one["amr"]), (&json!(acr), &amr));
        assert_eq!((&one["acr"], &one["amr"]), (&token["acr"], &token["amr"]));
    }

    let path = format!("/v1/me/devices/{}", devices[0]["id"].as_str().unwrap());
    bob.call(&app, Method::DELETE, &path, None).await.problem(404, "not-found");
    assert_eq!(login().await["status"], "complete");
    ada.call(&app, Method::DELETE, &path, None).await.expect(204);
    assert!(listed(&ada).await.is_empty());
    let asked = login().await;
    assert_eq!((&asked["status"], &asked["methods"]), (&json!("mfa_required"), &json!([{"method": "totp"}])));
    // Its sessions go on, and no later sign-in on it brings the trust back by itself.
    spared.get(&app, "/v1/me").await.expect(200);
    let code = json!({"code": phone.next_code(&app)});
    app.mfa(&asked.str("transaction"), "totp", code).await.expect(200);
    assert_eq!(login().await["status"], "mfa_required");
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_ends_somebodys_sessions_with_two_factors_and_the_scope() {
    let app = App::with(Setup::default().operated()).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let path = format!("/v1/admin/customers/{}/sessions", ada.sub);

    let service = app.operator("admin:sessions").await;
    service.call(&app, Method::DELETE, &path, None).await.expect(204);
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
    for nobody in ["x", "cus_01ktsn3ywq5m8e1f2g3h4j5k6m"] {
        let path = format!("/v1/admin/customers/{nobody}/sessions");
        service.call(&app, Method::DELETE, &path, None).await.problem(404, "not-found");
    }
    let other = app.operator("admin:audit").await;
    other.call(&app, Method::DELETE, &path, None).await.problem(403, "insufficient-scope");

    // A person: named by the deployment, and only once they have proved two factors, in an app to administer by.
    let named = format!("{}=admin:sessions", bob.sub);
    app.redeploy(Setup::default().operated().setting("ADMINISTRATORS", &named)).await;
    let bob = tests::Person::signed_in(&bob.email, &bob.password, &bob.sign_in_at(&app, "console").await);
    bob.call(&app, Method::DELETE, &path, None).await.problem(403, "insufficient-scope");
    let (totp, _) = bob.add_totp(&app).await;
    let waits = bob.sign_in_at(&app, "console").await;
    let body = json!({"transaction": waits.str("transaction"), "method": "totp", "code": totp.next_code(&app)});
    let bob = tests::Person::signed_in(&bob.email, &bob.password, &app.post("/v1/mfa", body).await.expect(200));
    assert_eq!(claims(&bob.access)["scope"], "admin:sessions");
    let ada = ada.again(&app).await;
    bob.call(&app, Method::DELETE, &path, None).await.expect(204);
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
    bob.get(&app, "/v1/me").await.expect(200);

    app.settle().await;
    let sealed = app.system.dump("Audit").await.unwrap();
    let is_ended = |actor: &str| {
        let actor = format!("\"actor\":{actor}");
        let found = |item: &&Value| {
            let body = item["body"]["S"].as_str().unwrap_or_default();
            body.contains("sessions.ended") && body.contains(&actor) && body.contains(&ada.sub)
        };
        sealed.iter().filter(found).count()
    };
    let by_bob = format!("{{\"customer\":\"{}\"}}", bob.sub);
    assert_eq!((is_ended("{\"client\":\"operator\"}"), is_ended(&by_bob)), (1, 1));
}
