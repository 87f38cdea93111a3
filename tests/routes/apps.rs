//! What customers allow apps of others, and how they take it back (`functions/authorize`).

use domain::SignedDuration;
use reqwest::Method;
use serde_json::json;
use tests::{App, Browser, Person, Reply, Setup, VERIFIER, WEB};

const HOME: &str = "https://calendar.example/back";

async fn start() -> App {
    let calendar = json!({"client_id": "calendar", "client_name": "The Calendar", "third_party": true,
        "grant_types": ["authorization_code", "refresh_token"], "redirect_uris": [HOME]});
    App::with(Setup::default().setting("CLIENTS", &format!("[{WEB}, {calendar}]"))).await
}

/// Signs in, if need be, and allows it.
async fn allow(app: &App, ada: &Person, browser: &mut Browser, scope: &str) -> String {
    let asked = [("client_id", "calendar"), ("redirect_uri", HOME), ("scope", scope)];
    let mut page = browser.authorize(app, &asked).await.expect(200);
    if page.has("sign_in") {
        page = browser.sign_in(app, &page, &ada.email, &ada.password).await.expect(200);
    }
    let back = browser.submit(app, &page, "consent", &[("decision", "allow")]).await.expect(303);
    back.back_at(HOME)["code"].clone()
}

async fn exchange(app: &App, code: &str) -> Reply {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "calendar"),
        ("code", code),
        ("redirect_uri", HOME),
        ("code_verifier", VERIFIER),
    ];
    app.form("/oauth2/token", &fields).await
}

async fn put_out(app: &App, person: &Person) -> Reply {
    person.call(app, Method::DELETE, "/v1/me/apps/calendar", None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_app_is_allowed_is_listed_and_taken_back() {
    let app = start().await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let mut browser = Browser::default();
    let none = ada.get(&app, "/v1/me/apps").await.expect(200);
    assert_eq!(none.body, json!({"apps": []}));
    put_out(&app, &ada).await.problem(404, "not-found");

    let code = allow(&app, &ada, &mut browser, "openid email").await;
    // The deployment's own are asked about by nobody, and listed nowhere.
    browser.authorize(&app, &[]).await.expect(303).back_at(Browser::HOME);
    let listed = ada.get(&app, "/v1/me/apps").await.expect(200)["apps"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let one = &listed[0];
    assert_eq!((&one["client_id"], &one["name"]), (&json!("calendar"), &json!("The Calendar")));
    assert_eq!(one["scope"], json!(["openid", "email"]));
    assert!(one["since"].is_string() && one["signed_in_since"].is_null(), "{one}");
    let tokens = exchange(&app, &code).await.expect(200);
    let one = ada.get(&app, "/v1/me/apps").await.expect(200)["apps"][0].clone();
    assert!(one["signed_in_since"].as_str() >= one["since"].as_str(), "{one}");
    // More is asked for, and added.
    app.advance(SignedDuration::from_secs(5));
    let waits = allow(&app, &ada, &mut browser, "openid phone").await;
    let one = ada.get(&app, "/v1/me/apps").await.expect(200)["apps"][0].clone();
    assert_eq!(one["scope"], json!(["openid", "phone", "email"]));

    // Another customer sees none of it, and ends none of it.
    assert_eq!(bob.get(&app, "/v1/me/apps").await.expect(200).body, json!({"apps": []}));
    put_out(&app, &bob).await.problem(404, "not-found");
    for unknown in ["web", "portico", "nobody", "%00", "calendar%23", "calendar/x"] {
        let path = format!("/v1/me/apps/{unknown}");
        assert_eq!(ada.call(&app, Method::DELETE, &path, None).await.status, 404, "{unknown}");
    }
    app.form("/oauth2/userinfo", &[("access_token", &tokens.str("access_token"))]).await.expect(200);

    put_out(&app, &ada).await.expect(204);
    put_out(&app, &ada).await.expect(204);
    assert_eq!(ada.get(&app, "/v1/me/apps").await.expect(200).body, json!({"apps": []}));
    app.form("/oauth2/userinfo", &[("access_token", &tokens.str("access_token"))]).await.oauth(401, "invalid_token");
    let next = tokens.str("refresh_token");
    let refresh = [("grant_type", "refresh_token"), ("client_id", "calendar"), ("refresh_token", next.as_str())];
    app.form("/oauth2/token", &refresh).await.oauth(400, "invalid_grant");
    // A code that was on its way when the app was put out buys nothing.
    exchange(&app, &waits).await.oauth(400, "invalid_grant");
    // The browser is signed in as before, and asks again.
    let asked = [("client_id", "calendar"), ("redirect_uri", HOME)];
    let page = browser.authorize(&app, &asked).await.expect(200);
    assert!(page.has("allow"), "{}", page.text);
    let silent = [("client_id", "calendar"), ("redirect_uri", HOME), ("prompt", "none")];
    let back = browser.authorize(&app, &silent).await.expect(303).back_at(HOME);
    assert_eq!(back["error"], "consent_required");

    app.settle().await;
    let acts = ada.get(&app, "/v1/me/audit").await.expect(200);
    let of = |kind: &str| acts["acts"].as_array().unwrap().iter().filter(|act| act["kind"] == kind).count();
    assert_eq!(of("app.revoked"), 1, "{}", acts.text);
    assert!(of("authorization.granted") >= 2, "{}", acts.text);
    let code = allow(&app, &ada, &mut browser, "openid email").await;
    exchange(&app, &code).await.expect(200);
}
