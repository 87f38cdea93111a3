//! Apps that sign customers in: pushed requests, codes, and what is told of a customer.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::json;
use tests::{App, Browser, Person, Reply, VERIFIER, claims};

use super::{a_session, assert_unchanged, gained, sweep};

/// Signed in in a browser, and sent to the app with a code.
async fn a_code(app: &App, n: usize) -> (Person, String) {
    let person = a_session(app, n).await;
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[]).await.expect(200);
    let back = browser.sign_in(app, &page, &person.email, &person.password).await.expect(303);
    (person, back.back_at(Browser::HOME)["code"].clone())
}

async fn exchange(app: &App, code: &str) -> Reply {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("code", code),
        ("redirect_uri", Browser::HOME),
        ("code_verifier", VERIFIER),
    ];
    app.form("/oauth2/token", &fields).await
}

async fn tokens(app: &App, n: usize) -> (Person, Reply) {
    let (person, code) = a_code(app, n).await;
    let tokens = exchange(app, &code).await.expect(200);
    (person, tokens)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code() {
    // A code whose answer was lost is spent: who brings it again ends what it bought, and is refused. Both are
    // how it should be.
    let act = async |app: &App, (_, code): &(Person, String)| {
        let reply = exchange(app, code).await;
        if reply["error"] == "invalid_grant" { Reply { status: 200, ..reply } } else { reply }
    };
    sweep("POST /oauth2/token", a_code, act, async |app, (person, _), seen| {
        let reply = seen.last();
        if reply["error"] == "invalid_grant" {
            assert_eq!(gained(seen, person), 0, "what was bought has ended");
            return;
        }
        assert_eq!(gained(seen, person), 1);
        assert_eq!(claims(&reply.str("id_token"))["sub"], person.sub);
        let next = reply.str("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", next.as_str()), ("client_id", "web")];
        app.form("/oauth2/token", &fields).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn userinfo() {
    let act = async |app: &App, (_, tokens): &(Person, Reply)| {
        let request = app.request(Method::GET, "/oauth2/userinfo").bearer_auth(tokens.str("access_token"));
        app.send(request).await
    };
    sweep("GET /oauth2/userinfo", tokens, act, async |_, (person, _), seen| {
        let told = seen.last().clone().expect(200);
        assert_eq!(told.body, json!({"sub": person.sub, "email": person.email, "email_verified": true}));
        assert_unchanged(seen);
    })
    .await;
    let act = async |app: &App, (_, tokens): &(Person, Reply)| {
        app.form("/oauth2/userinfo", &[("access_token", &tokens.str("access_token"))]).await
    };
    sweep("POST /oauth2/userinfo", tokens, act, async |_, (person, _), seen| {
        assert_eq!(seen.last().clone().expect(200)["sub"], person.sub);
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn push() {
    let act = async |app: &App, (): &()| {
        let challenge = URL_SAFE_NO_PAD.encode(domain::digest(VERIFIER.as_bytes()));
        let fields = [
            ("client_id", "web"),
            ("response_type", "code"),
            ("redirect_uri", Browser::HOME),
            ("scope", "openid"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        app.form("/oauth2/par", &fields).await
    };
    sweep(
        "POST /oauth2/par",
        async |_, _| (),
        act,
        async |app, (), seen| {
            let uri = seen.last().clone().expect(201).str("request_uri");
            let mut browser = Browser::default();
            browser.open(app, &format!("/oauth2/authorize?client_id=web&request_uri={uri}")).await.expect(200);
        },
    )
    .await;
}
