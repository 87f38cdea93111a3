//! Apps that sign customers in: pushed requests, codes, and what is told of a customer.

use reqwest::Method;
use serde_json::json;
use tests::{App, Browser, ClientKey, Person, Reply, VERIFIER, claims};

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
    sweep_last("DELETE /v1/me/apps/{id}", a_partner, act, async |app, (person, tokens), seen| {
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

/// A device whose customer has allowed it.
async fn allowed(app: &App, n: usize) -> AtDevice {
    let mut at = typed(app, n).await;
    let page = at.page.take().unwrap();
    at.browser.submit(app, &page, "device_confirm", &[("decision", "allow")]).await.expect(200);
    at
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn device_tokens() {
    // What was given and whose answer was lost is given once: the device asks for new codes.
    let act = async |app: &App, at: &AtDevice| {
        let reply = at.poll(app).await;
        if reply["error"] == "invalid_grant" { Reply { status: 200, ..reply } } else { reply }
    };
    sweep("POST /oauth2/token by device_code", allowed, act, async |app, at, seen| {
        let reply = seen.last();
        let new = seen.after.one_time("device_allowed").iter().filter(|thing| !thing["used_at"].is_null()).count();
        assert!(new >= 1, "it was spent by whoever got an answer");
        if reply["error"] == "invalid_grant" {
            assert!(seen.again.is_some(), "the first is never refused");
            return;
        }
        let next = reply.str("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", next.as_str()), ("client_id", "tv")];
        app.form("/oauth2/token", &fields).await.expect(200);
        at.poll(app).await.oauth(400, "invalid_grant");
    })
    .await;
    // One that waits is told so, whatever fails.
    let act = async |app: &App, at: &AtDevice| {
        let reply = at.poll(app).await;
        let waits = ["authorization_pending", "slow_down"].map(|error| reply["error"] == error);
        if waits.contains(&true) { Reply { status: 200, ..reply } } else { reply }
    };
    sweep_last("POST /oauth2/token by device_code that waits", a_device, act, async |_, _, seen| {
        seen.last().clone().expect(200);
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proofs() {
    struct Bound {
        person: Person,
        key: ClientKey,
        code: String,
        tokens: Option<Reply>,
    }
    let jti = std::sync::atomic::AtomicUsize::new(0);
    // A proof for each attempt, as clients make them.
    let fresh = |app: &App, key: &ClientKey, to: &str, token: Option<&str>| {
        let n = jti.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        key.proof(app, to, &format!("proof {n}"), token, None)
    };
    let ask = async |app: &App, at: &Bound, fields: &[(&str, &str)]| {
        let request = app.request(Method::POST, "/oauth2/token").form(fields);
        app.send(request.header("dpop", fresh(app, &at.key, "POST /oauth2/token", None))).await
    };
    let redeem = async |app: &App, at: &Bound| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("code", &at.code),
            ("redirect_uri", Browser::HOME),
            ("code_verifier", VERIFIER),
        ];
        ask(app, at, &fields).await
    };
    let waits = async |app: &App, n: usize| {
        let (person, code) = a_code(app, n).await;
        Bound { person, key: ClientKey::generate(), code, tokens: None }
    };
    let act = async |app: &App, at: &Bound| {
        let reply = redeem(app, at).await;
        if reply["error"] == "invalid_grant" { Reply { status: 200, ..reply } } else { reply }
    };
    sweep_last("POST /oauth2/token by a bound code", waits, act, async |_, at, seen| {
        let reply = seen.last();
        // As without a proof: what was bought by an answer that was lost has ended.
        let is_lost = reply["error"] == "invalid_grant";
        assert!(is_lost || reply["token_type"] == "DPoP", "{}", reply.text);
        assert_eq!(gained(seen, &at.person), isize::from(!is_lost));
    })
    .await;
    let bound = async |app: &App, n: usize| {
        let at = waits(app, n).await;
        let tokens = redeem(app, &at).await.expect(200);
        Bound { tokens: Some(tokens), ..at }
    };
    let act = async |app: &App, at: &Bound| {
        let token = at.tokens.as_ref().unwrap().str("refresh_token");
        ask(app, at, &[("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &token)]).await
    };
    sweep_last("POST /oauth2/token by a bound refresh token", bound, act, async |_, at, seen| {
        assert_eq!(seen.last().clone().expect(200)["token_type"], "DPoP");
        assert_eq!(gained(seen, &at.person), 0);
    })
    .await;
    let act = async |app: &App, at: &Bound| {
        let access = at.tokens.as_ref().unwrap().str("access_token");
        let request = app.request(Method::GET, "/oauth2/userinfo").header("authorization", format!("DPoP {access}"));
        app.send(request.header("dpop", fresh(app, &at.key, "GET /oauth2/userinfo", Some(&access)))).await
    };
    sweep_last("GET /oauth2/userinfo by a bound token", bound, act, async |_, at, seen| {
        assert_eq!(seen.last().clone().expect(200)["sub"], at.person.sub);
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allowing() {
    struct Asked {
        person: Person,
        browser: Browser,
        transaction: String,
    }
    let home = "https://partner.example/back";
    let waits = async |app: &App, n: usize| {
        let person = super::a_customer(app, n).await;
        let mut browser = Browser::default();
        let page = browser.authorize(app, &[("client_id", "partner"), ("redirect_uri", home)]).await.expect(200);
        let page = browser.sign_in(app, &page, &person.email, &person.password).await.expect(200);
        Asked { transaction: page.filled("consent", "transaction"), person, browser }
    };
    // Allowed; or allowed, and the answer was lost: the app sends its customer again, who is not asked any more.
    let act = async |app: &App, at: &Asked| {
        let fields = [("transaction", &*at.transaction), ("decision", "allow")];
        let reply = app.send(at.browser.request(app, Method::POST, "/oauth2/consent").form(&fields)).await;
        if matches!(reply.status, 303 | 410) { Reply { status: 200, ..reply } } else { reply }
    };
    sweep_last("POST /oauth2/consent by allowing", waits, act, async |app, at, seen| {
        seen.last().clone().expect(200);
        let listed = at.person.get(app, "/v1/me/apps").await.expect(200);
        assert_eq!(listed["apps"][0]["client_id"], "partner", "{}", listed.text);
        let asked = [("client_id", "partner"), ("redirect_uri", home)];
        let back = at.browser.clone().authorize(app, &asked).await.expect(303).back_at(home);
        assert!(back.contains_key("code"));
    })
    .await;
}
