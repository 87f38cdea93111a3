//! `functions/dispatch`, and what goes by it: apps are told of a logout (OpenID Connect Back-Channel Logout 1.0).

use std::collections::BTreeMap;

use domain::SignedDuration;
use jsonwebtoken::{DecodingKey, Validation, jwk::JwkSet};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, Listener, Person, Posted, Reply, Setup, VERIFIER, World, claims};

/// Three apps that want to be told, of which `keeper` may go on without its browser; and one that does not.
fn clients(at: &Listener) -> String {
    let of = |id: &str, more: Value| {
        let mut client = json!({"client_id": id, "client_name": id, "backchannel_logout_uri": at.at(id),
            "grant_types": ["authorization_code", "refresh_token"], "redirect_uris": [back(id)]});
        client.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client
    };
    json!([
        of("shop", json!({"post_logout_redirect_uris": ["https://shop.example/bye"]})),
        of("club", json!({"subject_type": "pairwise", "signing_alg": "RS256"})),
        of("keeper", json!({})),
        of("silent", json!({"backchannel_logout_uri": null})),
    ])
    .to_string()
}

fn back(client: &str) -> String {
    format!("https://{client}.example/back")
}

/// A customer who is signed in to these apps, in one browser, and what each app got.
struct SignedIn {
    ada: Person,
    browser: Browser,
    tokens: BTreeMap<&'static str, Reply>,
}

impl SignedIn {
    async fn to(app: &App, apps: &[&'static str]) -> Self {
        let ada = app.customer("ada@example.com").await;
        Self::again(app, ada, apps).await
    }

    async fn again(app: &App, ada: Person, apps: &[&'static str]) -> Self {
        let (mut browser, mut tokens) = (Browser::default(), BTreeMap::new());
        for client in apps {
            let scope = if *client == "keeper" { "openid offline_access" } else { "openid email" };
            let more = [("client_id", *client), ("redirect_uri", &*back(client)), ("scope", scope)];
            let mut reply = browser.authorize(app, &more).await;
            if reply.status == 200 {
                reply = browser.sign_in(app, &reply, &ada.email, &ada.password).await;
            }
            let code = reply.expect(303).back_at(&back(client))["code"].clone();
            let fields = [
                ("grant_type", "authorization_code"),
                ("client_id", client),
                ("code", &code),
                ("redirect_uri", &back(client)),
                ("code_verifier", VERIFIER),
            ];
            tokens.insert(*client, app.form("/oauth2/token", &fields).await.expect(200));
        }
        Self { ada, browser, tokens }
    }

    fn id_token(&self, client: &str) -> String {
        self.tokens[client].str("id_token")
    }

    async fn refresh(&self, app: &App, client: &str) -> Reply {
        let token = self.tokens[client].str("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &*token), ("client_id", client)];
        app.form("/oauth2/token", &fields).await
    }

    /// The shop sends the browser to be logged out.
    async fn log_out(&mut self, app: &App) -> Reply {
        let query =
            [("id_token_hint", &*self.id_token("shop")), ("post_logout_redirect_uri", "https://shop.example/bye")];
        let request = self.browser.request(app, Method::GET, "/oauth2/logout").query(&query);
        self.browser.send(app, request).await.expect(303)
    }
}

/// What a logout token says, if it is one by the standard (§2.6), as its app checks it.
async fn verified(app: &App, posted: &Posted, id_token: &str) -> Value {
    let (token, theirs) = (posted.logout_token(), claims(id_token));
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("logout+jwt"));
    assert_eq!(header.alg, jsonwebtoken::decode_header(id_token).unwrap().alg, "as its ID tokens are");
    let keys: JwkSet = serde_json::from_value(app.get("/.well-known/jwks.json").await.expect(200).body).unwrap();
    let key = DecodingKey::from_jwk(keys.find(header.kid.as_ref().unwrap()).unwrap()).unwrap();
    let mut rules = Validation::new(header.alg);
    rules.set_audience(&[theirs["aud"].as_str().unwrap()]);
    rules.set_issuer(&[app.system.gateway_url()]);
    // By this deployment's clock.
    rules.validate_exp = false;
    let said = jsonwebtoken::decode::<Value>(token, &key, &rules).unwrap().claims;
    assert_eq!((&said["sub"], &said["sid"]), (&theirs["sub"], &theirs["sid"]));
    assert_eq!(said["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    let [issued, ends] = ["iat", "exp"].map(|name| said[name].as_i64().unwrap());
    assert!(issued <= app.now() && app.now() < ends && ends - issued <= 120, "{said}");
    assert!(said["nonce"].is_null() && said["jti"].as_str().unwrap().len() >= 20, "{said}");
    assert_eq!(posted.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(posted.headers["user-agent"], "Portico");
    assert!(!posted.headers.contains_key("cookie") && !posted.headers.contains_key("authorization"));
    said
}

#[track_caller]
fn one(mut all: Vec<Posted>) -> Posted {
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn retry(app: &App) {
    app.system.invoke("mailer", json!({"portico": "retry"})).await.unwrap();
}

/// The items of the outbox that tell apps.
async fn told(app: &App) -> Vec<Value> {
    let all = app.system.dump("Outbox").await.unwrap();
    all.into_iter().filter(|item| item["kind"]["S"] == "backchannel_logout").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_app_of_a_browser_is_told_once_when_its_session_ends() {
    let at = Listener::start().await;
    let app = App::with(Setup::default().setting("CLIENTS", &clients(&at))).await;
    let mut ada = SignedIn::to(&app, &["shop", "club", "keeper", "silent", "shop"]).await;
    let elsewhere = SignedIn::again(&app, ada.ada.clone(), &["shop"]).await;
    app.settle().await;

    let left = ada.log_out(&app).await;
    assert_eq!(left.header("location"), "https://shop.example/bye");
    let waiting = told(&app).await;
    assert_eq!(waiting.len(), 3, "one for each app, however many sessions it has");
    for hidden in ["shop", "club", "127.0.0.1", &ada.ada.email, claims(&ada.id_token("club"))["sub"].as_str().unwrap()]
    {
        assert!(!json!(waiting).to_string().contains(hidden), "{hidden} stands in the outbox");
    }
    for gone in ["shop", "club", "silent"] {
        ada.refresh(&app, gone).await.oauth(400, "invalid_grant");
    }
    ada.refresh(&app, "keeper").await.expect(200);
    elsewhere.refresh(&app, "shop").await.expect(200);

    app.settle().await;
    let mut ids = Vec::new();
    for client in ["shop", "club", "keeper"] {
        let said = verified(&app, &one(at.take(client)), &ada.id_token(client)).await;
        ids.push(said["jti"].as_str().unwrap().to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert_ne!(claims(&ada.id_token("club"))["sub"], ada.ada.sub, "pairwise");

    // Nothing is left of it, and nobody is told again.
    app.advance(SignedDuration::from_mins(5));
    retry(&app).await;
    let page = ada.browser.open(&app, "/oauth2/logout").await.expect(200);
    assert!(!page.has("confirm"), "nobody is signed in: {}", page.text);
    app.settle().await;
    assert!(["shop", "club", "keeper", "silent"].iter().all(|client| at.take(client).is_empty()));
    for item in told(&app).await {
        assert!(item["outcome"]["S"] == "told" && item["body"].is_null() && item["to"].is_null(), "{item}");
        assert!(item["about"].is_null() && item["ttl"]["N"].is_string(), "{item}");
    }
    World::of(&app).await.assert_sound();
    assert!(!app.log().iter().any(|line| line.contains("logout_token") || line.contains("ada@")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_fails_is_told_later_and_holds_nobody_up() {
    let at = Listener::start().await;
    let app = App::with(Setup::default().setting("CLIENTS", &clients(&at))).await;
    let mut ada = SignedIn::to(&app, &["shop", "club"]).await;
    at.answer("shop", 503);
    ada.log_out(&app).await;
    app.settle().await;
    one(at.take("club"));
    let first = one(at.take("shop")).claims();
    // Later it is another token, which has not ended.
    app.advance(SignedDuration::from_mins(3));
    at.answer("shop", 204);
    retry(&app).await;
    let second = verified(&app, &one(at.take("shop")), &ada.id_token("shop")).await;
    assert_ne!(first["jti"], second["jti"]);
    assert!(first["exp"].as_i64().unwrap() < second["iat"].as_i64().unwrap());
    retry(&app).await;
    assert!(at.take("shop").is_empty() && at.take("club").is_empty());

    // One that never takes it is given up, with the alarm that mail has, and told by command.
    let mut ada = SignedIn::again(&app, ada.ada, &["shop"]).await;
    at.answer("shop", 400);
    ada.log_out(&app).await;
    app.settle().await;
    for _ in 1..12 {
        app.advance(SignedDuration::from_hours(2));
        retry(&app).await;
    }
    assert_eq!(at.take("shop").len(), 12);
    assert!(app.log().iter().any(|line| line.contains("\"MailParked\":1")));
    app.advance(SignedDuration::from_hours(2));
    retry(&app).await;
    assert!(at.take("shop").is_empty(), "given up");
    at.answer("shop", 200);
    app.system.invoke("mailer", json!({"portico": "resend_parked"})).await.unwrap();
    verified(&app, &one(at.take("shop")), &ada.id_token("shop")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_are_told_when_another_customer_signs_in_and_not_when_the_same_does() {
    let at = Listener::start().await;
    let app = App::with(Setup::default().setting("CLIENTS", &clients(&at))).await;
    let mut ada = SignedIn::to(&app, &["shop", "club", "keeper", "silent"]).await;
    let bob = app.customer("bob@example.com").await;
    let again = async |browser: &mut Browser, person: &Person| {
        app.advance(SignedDuration::from_secs(1));
        let more = [("client_id", "silent"), ("redirect_uri", &*back("silent")), ("prompt", "login")];
        let page = browser.authorize(&app, &more).await.expect(200);
        browser.sign_in(&app, &page, &person.email, &person.password).await.expect(303);
        app.settle().await;
    };
    again(&mut ada.browser, &ada.ada.clone()).await;
    assert!(told(&app).await.is_empty());
    for client in ["shop", "club", "keeper", "silent"] {
        let next = ada.refresh(&app, client).await.expect(200);
        ada.tokens.insert(client, next);
    }
    // As a logout would.
    again(&mut ada.browser, &bob).await;
    for client in ["shop", "club", "keeper"] {
        verified(&app, &one(at.take(client)), &ada.id_token(client)).await;
    }
    for gone in ["shop", "club", "silent"] {
        ada.refresh(&app, gone).await.oauth(400, "invalid_grant");
    }
    ada.refresh(&app, "keeper").await.expect(200);
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_are_told_of_sessions_that_end_elsewhere() {
    let at = Listener::start().await;
    let app = App::with(Setup::default().setting("CLIENTS", &clients(&at))).await;
    let ada = SignedIn::to(&app, &["shop", "club", "silent"]).await;
    let sid = claims(&ada.id_token("shop"))["sid"].as_str().unwrap().to_owned();
    let end = async |path: &str| ada.ada.call(&app, Method::DELETE, path, None).await.expect(204);

    // One app's own, then the browser's, then all.
    let own = claims(&ada.tokens["club"].str("access_token"))["sid"].as_str().unwrap().to_owned();
    end(&format!("/v1/me/sessions/{own}")).await;
    app.settle().await;
    verified(&app, &one(at.take("club")), &ada.id_token("club")).await;
    assert!(at.take("shop").is_empty());
    end(&format!("/v1/me/sessions/{sid}")).await;
    end(&format!("/v1/me/sessions/{sid}")).await;
    app.settle().await;
    verified(&app, &one(at.take("shop")), &ada.id_token("shop")).await;
    assert!(at.take("club").is_empty(), "it knows");

    let phone = SignedIn::again(&app, ada.ada.clone(), &["shop", "club"]).await;
    let tablet = SignedIn::again(&app, ada.ada.clone(), &["shop", "keeper"]).await;
    app.settle().await;
    ada.ada.call(&app, Method::DELETE, "/v1/me/sessions?keep=current", None).await.expect(204);
    app.settle().await;
    assert_eq!((at.take("club").len(), at.take("keeper").len()), (1, 1));
    let mut told: Vec<_> = at.take("shop").iter().map(|posted| posted.claims()["sid"].clone()).collect();
    let mut sids = [&phone, &tablet].map(|one| claims(&one.id_token("shop"))["sid"].clone());
    told.sort_by_key(Value::to_string);
    sids.sort_by_key(Value::to_string);
    assert_eq!(told, sids, "once for each browser");
    tablet.refresh(&app, "keeper").await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_that_the_table_of_transfers_has_no_ground_for() {
    let at = Listener::start().await;
    let table = json!({
        "recipients": {
            "ses": {"name": "Mail", "role": "processor", "sends": ["mail"]},
            "sns": {"name": "SMS", "role": "processor", "sends": ["SMS"]},
            "relying_parties": {"name": "Apps", "role": "controller", "sends": ["ids"], "country": "SG"}
        },
        "groups": {}, "rules": []
    });
    let setup = Setup::default().setting("CLIENTS", &clients(&at)).setting("TRANSFERS", &table.to_string());
    let app = App::with(setup).await;
    let mut ada = SignedIn::to(&app, &["shop", "club"]).await;
    ada.log_out(&app).await;
    app.settle().await;
    assert!(at.take("shop").is_empty() && at.take("club").is_empty());
    let items = told(&app).await;
    assert!(items.len() == 2 && items.iter().all(|item| item["outcome"]["S"] == "refused" && item["body"].is_null()));
    assert_eq!(World::of(&app).await.sealed("transfer.refused"), 2);
    ada.refresh(&app, "shop").await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_goes_to_public_addresses_alone_and_nowhere_else_from_there() {
    let at = Listener::start().await;
    let setup = || Setup::default().setting("CLIENTS", &clients(&at));
    let app = App::with(setup()).await;
    let call = async |url: &str| {
        let event = json!({"url": url, "body": "a=b", "content_type": "text/plain"});
        app.system.invoke("dispatch", event).await.unwrap()
    };
    // Where loopback is allowed, it is the one thing that is.
    assert_eq!(call(&at.at("shop")).await, json!({"status": 200}), "a body of a megabyte is not read");
    at.answer("shop", 302);
    assert_eq!(call(&at.at("shop")).await, json!({"status": 302}));
    assert!(at.take("elsewhere").is_empty(), "a redirect leads nowhere");
    at.answer("shop", 0);
    assert_eq!(call(&at.at("shop")).await, json!({"error": "timeout"}));
    for url in ["http://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "http://shop.example/", "file:///x"] {
        assert_eq!(call(url).await, json!({"error": "not_allowed"}), "{url}");
    }
    at.take("shop");

    // Deployed, nothing on this machine is reached, by whatever name.
    app.redeploy(setup().setting("DISPATCH_LOOPBACK", "off")).await;
    let secure = at.at("shop").replace("http:", "https:");
    for url in [at.at("shop"), secure.clone(), secure.replace("127.0.0.1", "shop.localhost")] {
        assert_eq!(call(&url).await, json!({"error": "not_allowed"}), "{url}");
    }
    let mut ada = SignedIn::to(&app, &["shop"]).await;
    ada.log_out(&app).await;
    app.settle().await;
    assert!(at.take("shop").is_empty());
    assert_eq!(told(&app).await[0]["due"]["S"], "parked", "it is not tried again and again");
    let called: Vec<_> = app.take_calls().into_iter().filter(|call| call.function == "dispatch").collect();
    assert!(called.is_empty(), "it calls no service: {called:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_is_told_that_a_customer_allows_it_nothing_any_more() {
    let at = Listener::start().await;
    let guest = json!([{"client_id": "guest", "client_name": "Guest", "third_party": true,
        "backchannel_logout_uri": at.at("guest"), "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [back("guest")]}]);
    let app = App::with(Setup::default().setting("CLIENTS", &guest.to_string())).await;
    let ada = app.customer("ada@example.com").await;
    let (mut browser, home) = (Browser::default(), back("guest"));
    let asked = [("client_id", "guest"), ("redirect_uri", &*home), ("scope", "openid email")];
    let page = browser.authorize(&app, &asked).await.expect(200);
    let page = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let code = browser.submit(&app, &page, "consent", &[("decision", "allow")]).await.expect(303);
    let code = code.back_at(&home)["code"].clone();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "guest"),
        ("code", &code),
        ("redirect_uri", &home),
        ("code_verifier", VERIFIER),
    ];
    let tokens = app.form("/oauth2/token", &fields).await.expect(200);
    for _ in 0..2 {
        ada.call(&app, Method::DELETE, "/v1/me/apps/guest", None).await.expect(204);
    }
    app.settle().await;
    verified(&app, &one(at.take("guest")), &tokens.str("id_token")).await;
    let fields =
        [("grant_type", "refresh_token"), ("client_id", "guest"), ("refresh_token", &tokens.str("refresh_token"))];
    app.form("/oauth2/token", &fields).await.oauth(400, "invalid_grant");
    World::of(&app).await.assert_sound();
}
