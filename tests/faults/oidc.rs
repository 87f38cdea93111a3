//! Apps that sign customers in: pushed requests, codes, and what is told of a customer.

use reqwest::Method;
use serde_json::json;
use tests::{App, Browser, Person, Reply, VERIFIER, claims};

use super::{a_session, assert_unchanged, gained, sweep, sweep_last};

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
        let challenge = tests::challenge();
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

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// An app of somebody else's that was allowed something, and is signed in.
async fn a_partner(app: &App, n: usize) -> (Person, Reply) {
    let person = a_session(app, n).await;
    let home = "https://partner.example/back";
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[("client_id", "partner"), ("redirect_uri", home)]).await.expect(200);
    let mut reply = browser.sign_in(app, &page, &person.email, &person.password).await;
    // The same customer may have allowed it before.
    if reply.status == 200 {
        reply = browser.submit(app, &reply, "consent", &[("decision", "allow")]).await;
    }
    let back = reply.expect(303).back_at(home);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "partner"),
        ("code", &back["code"]),
        ("redirect_uri", home),
        ("code_verifier", VERIFIER),
    ];
    (person, app.form("/oauth2/token", &fields).await.expect(200))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps() {
    let act = async |app: &App, (person, _): &(Person, Reply)| person.get(app, "/v1/me/apps").await;
    sweep("GET /v1/me/apps", a_partner, act, async |_, _, seen| {
        assert_eq!(seen.last().clone().expect(200)["apps"][0]["client_id"], "partner");
        assert_unchanged(seen);
    })
    .await;
    let act = async |app: &App, (person, _): &(Person, Reply)| {
        person.call(app, Method::DELETE, "/v1/me/apps/partner", None).await
    };
    sweep_last("DELETE /v1/me/apps/{client_id}", a_partner, act, async |app, (person, tokens), seen| {
        seen.last().clone().expect(204);
        assert!(gained(seen, person) < 0);
        assert_eq!(person.get(app, "/v1/me/apps").await.expect(200)["apps"], json!([]));
        let access = tokens.str("access_token");
        app.form("/oauth2/userinfo", &[("access_token", &access)]).await.oauth(401, "invalid_token");
    })
    .await;
}

/// What a device is given, and its customer's browser, signed in.
struct AtDevice {
    codes: Reply,
    browser: Browser,
    /// The page that asks, once the code was typed.
    page: Option<Reply>,
}

async fn a_device(app: &App, n: usize) -> AtDevice {
    let person = a_session(app, n).await;
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[]).await.expect(200);
    browser.sign_in(app, &page, &person.email, &person.password).await.expect(303);
    let fields = [("client_id", "tv"), ("scope", "openid")];
    let codes = app.form("/oauth2/device_authorization", &fields).await.expect(200);
    AtDevice { codes, browser, page: None }
}

async fn typed(app: &App, n: usize) -> AtDevice {
    let mut at = a_device(app, n).await;
    let page = at.browser.open(app, "/device").await.expect(200);
    let page = at.browser.submit(app, &page, "device", &[("user_code", &at.codes.str("user_code"))]).await;
    AtDevice { page: Some(page.expect(200)), ..at }
}

impl AtDevice {
    fn transaction(&self) -> String {
        self.page.as_ref().unwrap().filled("device_confirm", "transaction")
    }

    async fn poll(&self, app: &App) -> Reply {
        let code = self.codes.str("device_code");
        app.form("/oauth2/token", &[("grant_type", DEVICE_GRANT), ("client_id", "tv"), ("device_code", &code)]).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn device() {
    let act = async |app: &App, (): &()| {
        app.form("/oauth2/device_authorization", &[("client_id", "tv"), ("scope", "openid")]).await
    };
    sweep(
        "POST /oauth2/device_authorization",
        async |_, _| (),
        act,
        async |app, (), seen| {
            let code = seen.last().clone().expect(200).str("device_code");
            let fields = [("grant_type", DEVICE_GRANT), ("client_id", "tv"), ("device_code", code.as_str())];
            app.form("/oauth2/token", &fields).await.oauth(400, "authorization_pending");
        },
    )
    .await;
    let act = async |app: &App, at: &AtDevice| {
        let request = at.browser.request(app, Method::POST, "/device");
        let reply = app.send(request.form(&[("user_code", &at.codes.str("user_code"))])).await;
        if reply.status == 303 { Reply { status: 200, ..reply } } else { reply }
    };
    sweep_last("POST /device", a_device, act, async |_, _, seen| {
        assert!(seen.last().clone().expect(200).header("location").starts_with("/device/confirm?transaction="));
    })
    .await;
    let act = async |app: &App, at: &AtDevice| {
        let path = format!("/device/confirm?transaction={}", at.transaction());
        app.send(at.browser.request(app, Method::GET, &path)).await
    };
    sweep_last("GET /device/confirm", typed, act, async |_, _, seen| {
        assert!(seen.last().clone().expect(200).has("allow"));
        assert_unchanged(seen);
    })
    .await;
    let act = async |app: &App, at: &AtDevice| {
        let fields = [("transaction", at.transaction()), ("decision", "allow".to_owned())];
        app.send(at.browser.request(app, Method::POST, "/device/confirm").form(&fields)).await
    };
    sweep_last("POST /device/confirm", typed, act, async |app, at, seen| {
        // Allowed; or allowed, and the answer was lost.
        assert!([200, 410].contains(&seen.last().status), "{}", seen.last().text);
        at.poll(app).await.expect(200);
    })
    .await;
}
