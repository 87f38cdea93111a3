//! Logging out of a browser, and telling its apps.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, Person, Reply, VERIFIER, WEB};

use super::{Seen, a_session, setup, sweep, sweep_last};

/// A customer in a browser that is signed in to an app which wants to be told.
struct In {
    person: Person,
    browser: Browser,
    id_token: String,
}

/// The app's place is known when everything runs: it is one of the demo apps, which takes logout tokens.
async fn signed_in(app: &App, n: usize) -> In {
    if n == 0 {
        let at = app.system.gateway_url().replace("//", "//shop.");
        let mut web: Value = serde_json::from_str(WEB).unwrap();
        web["backchannel_logout_uri"] = json!(format!("{at}/backchannel-logout"));
        app.redeploy(setup().setting("CLIENTS", &json!([web]).to_string())).await;
    }
    let person = a_session(app, n).await;
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[]).await.expect(200);
    let back = browser.sign_in(app, &page, &person.email, &person.password).await.expect(303);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("code", &back.back_at(Browser::HOME)["code"]),
        ("redirect_uri", Browser::HOME),
        ("code_verifier", VERIFIER),
    ];
    let id_token = app.form("/oauth2/token", &fields).await.expect(200).str("id_token");
    app.settle().await;
    In { person, browser, id_token }
}

fn told(all: &[Value]) -> Vec<&Value> {
    all.iter().filter(|item| item["kind"]["S"] == "backchannel_logout").collect()
}

/// As the schedule would, for a quarter of an hour at most: the app took it.
async fn assert_told(app: &App) {
    let waits = async || app.system.dump("Outbox").await.unwrap().into_iter().find(|item| !item["due"].is_null());
    for _ in 0..15 {
        if waits().await.is_none() {
            break;
        }
        app.advance(SignedDuration::from_mins(1));
        app.system.invoke("mailer", json!({"portico": "retry"})).await.unwrap();
    }
    let all = app.system.dump("Outbox").await.unwrap();
    assert!(told(&all).iter().all(|item| item["outcome"]["S"] == "told"), "{:?}", told(&all));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logout() {
    let act = async |app: &App, at: &In| {
        let request = at.browser.request(app, Method::GET, "/oauth2/logout").query(&[("id_token_hint", &at.id_token)]);
        app.send(request).await
    };
    sweep("GET /oauth2/logout", signed_in, act, async |app, at, seen| {
        let reply: Reply = seen.last().clone().expect(200);
        assert!(reply.header("set-cookie").contains("portico-session=;"), "{}", reply.text);
        // However often it was asked for, and whatever was lost: all sessions of the browser are over, and the app
        // is told once.
        let live = |world: &tests::World| world.live_sessions(&at.person.sub);
        assert_eq!(live(&seen.before) - live(&seen.after), 2);
        assert_eq!(told(&seen.after.outbox).len() - told(&seen.before.outbox).len(), 1);
        assert_told(app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn word_to_an_app() {
    let logged_out = async |app: &App, n: usize| {
        let at = signed_in(app, n).await;
        let request = at.browser.request(app, Method::GET, "/oauth2/logout").query(&[("id_token_hint", &at.id_token)]);
        app.send(request).await.expect(200);
    };
    let act = async |app: &App, (): &()| app.system.pump().await.map(Value::from);
    sweep_last("mailer", logged_out, act, async |app, (), _| assert_told(app).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_button() {
    sweep("POST /oauth2/logout", signed_in, async |app, at| by_post(app, at, "/oauth2/logout").await, ended).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_asked() {
    let act = async |app: &App, at: &In| by_post(app, at, "/oauth2/logout/confirm").await;
    sweep("POST /oauth2/logout/confirm", signed_in, act, ended).await;
}

async fn by_post(app: &App, at: &In, path: &str) -> Reply {
    app.send(at.browser.request(app, Method::POST, path).form(&[("id_token_hint", &at.id_token)])).await
}

async fn ended(_: &App, at: &In, seen: &Seen<Reply>) {
    seen.last().clone().expect(200);
    let live = |world: &tests::World| world.live_sessions(&at.person.sub);
    assert_eq!(live(&seen.before) - live(&seen.after), 2);
}
