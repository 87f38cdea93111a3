//! `functions/session`.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Setup, claims};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_listed_in_words_and_ended_one_by_one_or_together() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    app.advance(SignedDuration::from_mins(1));
    let body = json!({"email": ada.email, "password": ada.password});
    let request = app.request(Method::POST, "/v1/login").header("user-agent", FIREFOX).json(&body);
    let phone = tests::Person::signed_in(&ada.email, &ada.password, &app.send(request).await.expect(200));
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

    // A person: named by the deployment, and only once they have proved two factors.
    let setting = ("ADMINISTRATORS".to_owned(), format!("{}=admin:sessions", bob.sub));
    app.system.update(&[], &[setting]).await.unwrap();
    let bob = bob.again(&app).await;
    bob.call(&app, Method::DELETE, &path, None).await.problem(403, "insufficient-scope");
    let (totp, _) = bob.add_totp(&app).await;
    let waits = app.login(&bob.email, &bob.password).await.expect(200);
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
