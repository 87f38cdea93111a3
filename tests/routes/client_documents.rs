//! Clients that describe themselves: their id is the address of a document
//! (draft-ietf-oauth-client-id-metadata-document), which `functions/authorize` has fetched by `functions/dispatch`.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, ClientKey, Documents, Page, Person, Reply, Setup, VERIFIER, World, challenge};

const BACK: &str = Documents::BACK;

fn setup() -> Setup {
    Setup::default()
        .parameter("ClientIdMetadataDocuments", "127.0.0.1")
        .setting("LIMIT_DOCUMENTS_PER_CLIENT", "1000")
        .setting("LIMIT_DOCUMENTS_PER_DOCUMENT", "1000")
        .setting("LIMIT_DOCUMENTS_PER_HOST", "1000")
}

/// A client that describes itself.
struct Described<'a> {
    app: &'a App,
    id: String,
    back: &'static str,
}

impl<'a> Described<'a> {
    fn new(app: &'a App, id: String) -> Self {
        Self { app, id, back: BACK }
    }

    fn asked(&self) -> [(&str, &str); 3] {
        [("client_id", &self.id), ("redirect_uri", self.back), ("scope", "openid email offline_access")]
    }

    /// The page to which a new browser is led first.
    async fn begin(&self) -> (Browser, Reply) {
        let mut browser = Browser::default();
        let page = browser.authorize(self.app, &self.asked()).await;
        (browser, page)
    }

    /// The page on which a customer is asked.
    async fn consent(&self, ada: &Person) -> (Browser, Reply) {
        let (mut browser, page) = self.begin().await;
        let page = page.expect(200);
        assert!(
            page.text.contains("127.0.0.1 asks you") && !page.text.contains("The App"),
            "its own words come with its host alone: {}",
            page.text
        );
        let page = browser.sign_in(self.app, &page, &ada.email, &ada.password).await;
        (browser, page.expect(200))
    }

    /// What a customer allows it for the first time.
    async fn sign_in(&self, ada: &Person) -> Reply {
        let (mut browser, page) = self.consent(ada).await;
        let back = browser.submit(self.app, &page, "consent", &[("decision", "allow")]).await.expect(303);
        self.exchange(&back.back_at(self.back)["code"]).await.expect(200)
    }

    async fn exchange(&self, code: &str) -> Reply {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.id),
            ("code", code),
            ("redirect_uri", self.back),
            ("code_verifier", VERIFIER),
        ];
        self.app.form("/oauth2/token", &fields).await
    }

    async fn refresh(&self, tokens: &Reply) -> Reply {
        let token = tokens.str("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("client_id", &*self.id), ("refresh_token", &token)];
        self.app.form("/oauth2/token", &fields).await
    }

    async fn push(&self) -> Reply {
        let challenge = challenge();
        let more = [("response_type", "code"), ("code_challenge", &*challenge), ("code_challenge_method", "S256")];
        let fields: Vec<_> = self.asked().into_iter().chain(more).collect();
        self.app.form("/oauth2/par", &fields).await
    }
}

/// The items of documents, those of forgotten ones too.
async fn kept(app: &App) -> Vec<Value> {
    let all = app.system.dump("Transient").await.unwrap();
    all.into_iter().filter(|item| item["sk"]["S"] == "DOCUMENT").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_nobody_registered_signs_customers_in_by_its_address() {
    let (at, app) = (Documents::start().await, App::with(setup()).await);
    let ada = app.customer("ada@example.com").await;
    let described = app.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(described["client_id_metadata_document_supported"], true);

    let more = json!({"client_name": "<b>The Shop</b>", "logo_uri": "https://127.0.0.1/logo.png",
        "policy_uri": "https://elsewhere.example/policy", "tos_uri": "https://127.0.0.1/terms", "direct": true,
        "third_party": false, "administration": true, "brand": "shop", "scope": "openid email offline_access account"});
    let client = Described::new(&app, at.keep("client.json", &more));
    let (mut browser, page) = client.consent(&ada).await;
    // Whatever it calls itself: where it is stands beside it, and where it has its customers led.
    assert!(page.text.contains("The Shop") && !page.text.contains("<b>The Shop"), "{}", page.text);
    assert!(page.has("host") && page.text.contains("Its address is 127.0.0.1."), "{}", page.text);
    assert!(page.has("back") && page.text.contains("You are then led to app.example."), "{}", page.text);
    assert!(page.text.contains("https://127.0.0.1/terms"), "{}", page.text);
    assert!(!page.text.contains("logo.png") && !page.text.contains("elsewhere.example"), "{}", page.text);
    let back = browser.submit(&app, &page, "consent", &[("decision", "allow")]).await.expect(303).back_at(BACK);
    assert_eq!(back["iss"], app.issuer().await);
    let tokens = client.exchange(&back["code"]).await.expect(200);
    assert_eq!(tests::claims(&tokens.str("id_token"))["aud"], client.id);
    let tokens = client.refresh(&tokens).await.expect(200);
    let info = [("access_token", tokens["access_token"].as_str().unwrap())];
    assert_eq!(app.form("/oauth2/userinfo", &info).await.expect(200)["email"], ada.email);
    // An app of somebody else's owns no account, and has no secret, no device and no `account`.
    let theirs = Person { access: tokens.str("access_token"), ..ada.clone() };
    theirs.get(&app, "/v1/me").await.problem(403, "insufficient-scope");
    let more = [("client_id", &*client.id), ("redirect_uri", BACK), ("scope", "openid email account")];
    let code = browser.authorize(&app, &more).await.expect(303).back_at(BACK)["code"].clone();
    assert_eq!(client.exchange(&code).await.expect(200)["scope"], "openid email");
    let fields = [("client_id", &*client.id), ("scope", "openid")];
    app.form("/oauth2/device_authorization", &fields).await.oauth(400, "unauthorized_client");

    // It was fetched once, for all of that, and by nothing that says who asks.
    let fetched = at.take("client.json");
    assert_eq!(fetched.len(), 1);
    assert_eq!(
        (&fetched[0]["accept"], &fetched[0]["user-agent"]),
        (&"application/json".parse().unwrap(), &"Portico".parse().unwrap())
    );
    for name in ["cookie", "authorization", "referer", "x-forwarded-for"] {
        assert!(!fetched[0].contains_key(name), "{name}");
    }

    // Its customer sees it, and takes back what it is allowed; again, if the first answer was lost.
    let ada = ada.again(&app).await;
    let listed = ada.get(&app, "/v1/me/apps").await.expect(200);
    assert_eq!(
        (&listed["apps"][0]["client_id"], &listed["apps"][0]["name"]),
        (&json!(client.id), &json!("<b>The Shop</b>"))
    );
    let path = format!("/v1/me/apps/{}", listed["apps"][0]["id"].as_str().unwrap());
    let stranger = app.customer("eve@example.com").await;
    stranger.call(&app, Method::DELETE, &path, None).await.problem(404, "not-found");
    for _ in 0..2 {
        ada.call(&app, Method::DELETE, &path, None).await.expect(204);
    }
    client.refresh(&tokens).await.oauth(400, "invalid_grant");

    app.settle().await;
    let world = World::of(&app).await;
    assert_eq!((world.sealed("client.registered"), world.sealed("client.changed")), (1, 0));
    // Nobody has registered it.
    assert!(world.directory.iter().all(|item| !item["pk"]["S"].as_str().unwrap().starts_with("CLIENT")));
    world.assert_sound();
    world.assert_audited();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_shows_by_the_key_in_its_document_that_it_is_itself() {
    let (at, app) = (Documents::start().await, App::with(setup()).await);
    let ada = app.customer("ada@example.com").await;
    let (key, other) = (ClientKey::generate(), ClientKey::generate());
    let more = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.jwk]},
        "require_pushed_authorization_requests": true});
    let client = Described::new(&app, at.keep("client.json", &more));
    let challenge = challenge();
    let push = async |by: &ClientKey, jti: &str| {
        let assertion = by.assertion(&app, &client.id, jti);
        // Whose it is, the assertion says by itself.
        let fields = [
            ("client_assertion_type", domain::oidc::ASSERTION_TYPE),
            ("client_assertion", &*assertion),
            ("response_type", "code"),
            ("redirect_uri", BACK),
            ("scope", "openid"),
            ("code_challenge", &*challenge),
            ("code_challenge_method", "S256"),
        ];
        app.form("/oauth2/par", &fields).await
    };
    push(&other, "a").await.oauth(401, "invalid_client");
    let pushed = push(&key, "a").await.expect(201).str("request_uri");
    client.push().await.oauth(401, "invalid_client");
    client.begin().await.1.expect(400);
    let mut browser = Browser::default();
    let query = [("client_id", &*client.id), ("request_uri", &pushed)];
    let request = browser.request(&app, Method::GET, "/oauth2/authorize").query(&query);
    let reply = browser.send(&app, request).await.expect(303);
    let page = browser.open(&app, reply.header("location")).await.expect(200);
    let page = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let back = browser.submit(&app, &page, "consent", &[("decision", "allow")]).await.expect(303);
    let code = back.back_at(BACK)["code"].clone();
    client.exchange(&code).await.oauth(401, "invalid_client");
    let exchange = async |by: &ClientKey, jti: &str| {
        let assertion = by.assertion(&app, &client.id, jti);
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_assertion_type", domain::oidc::ASSERTION_TYPE),
            ("client_assertion", &*assertion),
            ("code", &*code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        app.form("/oauth2/token", &fields).await
    };
    exchange(&other, "b").await.oauth(401, "invalid_client");
    exchange(&key, "b").await.expect(200);
    assert_eq!(at.take("client.json").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_is_none_makes_nobody_a_client_and_leads_nowhere() {
    let (at, app) = (Documents::start().await, App::with(setup()).await);
    let json_page = |status: u16, body: Vec<u8>| Page {
        status,
        headers: vec![("content-type", "application/json".to_owned())],
        body,
    };
    let good = |path: &str| at.document(path, &json!({})).to_string().into_bytes();
    let with = |path: &str, kind: &str| Page {
        headers: vec![("content-type", kind.to_owned())],
        ..json_page(200, good(path))
    };
    let says = |path: &str, more: Value| json_page(200, at.document(path, &more).to_string().into_bytes());
    let large = |path: &str| says(path, json!({"x": "x".repeat(5 * 1024)}));
    let refused = "is refused: ";
    let not_fetched = "can&#39;t be fetched, or is no JSON";
    let none = "there is no document";
    let cases = [
        ("other", says("other", json!({"client_id": at.at("somebody-else")})), refused),
        ("slash", says("slash", json!({"client_id": format!("{}/", at.at("slash"))})), refused),
        ("secret", says("secret", json!({"client_secret": "x"})), refused),
        ("basic", says("basic", json!({"token_endpoint_auth_method": "client_secret_basic"})), refused),
        ("no-keys", says("no-keys", json!({"token_endpoint_auth_method": "private_key_jwt"})), refused),
        ("keys-elsewhere", says("keys-elsewhere", json!({"jwks_uri": at.at("keys")})), refused),
        ("plain", says("plain", json!({"redirect_uris": ["http://app.example/back"]})), refused),
        ("script", says("script", json!({"redirect_uris": ["javascript:alert(1)"]})), refused),
        ("nowhere", says("nowhere", json!({"redirect_uris": []})), refused),
        ("no-code", says("no-code", json!({"grant_types": ["client_credentials"]})), refused),
        ("told", says("told", json!({"backchannel_logout_uri": "https://elsewhere.example/"})), refused),
        ("turned", says("turned", json!({"client_name": "a\u{202e}b"})), refused),
        ("unsigned", says("unsigned", json!({"id_token_signed_response_alg": "none"})), refused),
        ("empty", json_page(200, vec![]), not_fetched),
        ("list", json_page(200, b"[]".to_vec()), not_fetched),
        ("cut", json_page(200, b"{\"client_id\"".to_vec()), not_fetched),
        ("bytes", json_page(200, vec![0xff, 0xfe]), not_fetched),
        ("large", large("large"), not_fetched),
        ("endless", Page { status: 1, ..large("endless") }, not_fetched),
        ("html", with("html", "text/html"), not_fetched),
        ("untyped", Page { headers: vec![], ..with("untyped", "") }, not_fetched),
        ("elsewhere", Page { status: 302, headers: vec![("location", at.at("good"))], body: vec![] }, not_fetched),
        ("created", json_page(201, good("created")), not_fetched),
        ("forbidden", json_page(403, good("forbidden")), not_fetched),
        ("broken", json_page(500, good("broken")), not_fetched),
        ("slow", Page { status: 0, ..Page::default() }, not_fetched),
        ("half", Page { status: 1, body: b"{".to_vec(), headers: vec![] }, not_fetched),
        ("gone", json_page(410, good("gone")), none),
        ("none", json_page(404, good("none")), none),
    ];
    for (path, page, why) in cases {
        at.answer(path, page);
        let client = Described::new(&app, at.at(path));
        let (_, reply) = client.begin().await;
        let reply = reply.expect(400);
        assert!(reply.header("location").is_empty() && reply.text.contains(why), "{path}: {}", reply.text);
        assert_eq!(at.take(path).len(), 1, "{path}");
        client.exchange("a-code").await.oauth(401, "invalid_client");
        assert!(at.take(path).is_empty(), "{path}: nothing else fetches");
        let pushed = client.push().await.oauth(401, "invalid_client");
        assert!(pushed.str("error_description").starts_with("The client is unknown: "), "{path}");
    }
    at.keep("good", &json!({}));
    assert!(at.take("good").is_empty(), "a redirect leads nowhere");
    // Nothing of it is kept: the next one is asked anew.
    assert_eq!(kept(&app).await, Vec::<Value>::new());
    at.keep("other", &json!({}));
    Described::new(&app, at.at("other")).begin().await.1.expect(200);
    let wrong = Described { back: "https://elsewhere.example/back", ..Described::new(&app, at.at("good")) };
    assert!(wrong.begin().await.1.expect(400).header("location").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_address_of_somebody_believed_is_never_fetched() {
    let (at, app) = (Documents::start().await, App::with(setup()).await);
    let id = at.keep("client.json", &json!({}));
    let port = id.rsplit_once(':').unwrap().1.split_once('/').unwrap().0.to_owned();
    for wrong in [
        id.replace("client.json", ""),
        id.replace("/client.json", ""),
        format!("{id}?"),
        format!("{id}?a=b"),
        format!("{id}#"),
        format!("{id}#a"),
        format!("{id} "),
        format!("{id}\n"),
        id.replace("client.json", "./client.json"),
        id.replace("client.json", "x/../client.json"),
        id.replace("client.json", "%2e/client.json"),
        id.replace("http://", "HTTP://"),
        id.replace("http://", "http:"),
        id.replace("http://", "http:\\\\"),
        id.replace("http://", "http://a@"),
        id.replace("http://", "http://a:b@"),
        id.replace("127.0.0.1", "127.1"),
        id.replace("127.0.0.1", "2130706433"),
        id.replace("127.0.0.1", "0x7f.0.0.1"),
        id.replace("127.0.0.1", "localhost"),
        id.replace("127.0.0.1", "[::1]"),
        format!("http://127.0.0.1.app.localhost:{port}/client.json"),
        format!("{}{}", at.at(""), "a".repeat(255)),
        "https://app.example/client.json".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let client = Described::new(&app, wrong.clone());
        let reply = client.begin().await.1.expect(400);
        assert!(reply.header("location").is_empty(), "{wrong}");
        client.push().await.oauth(401, "invalid_client");
        assert_eq!(at.take_all(), 0, "{wrong}");
    }
    Described::new(&app, id).begin().await.1.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_id_has_us_fetch_what_only_we_reach() {
    let at = Documents::start().await;
    let id = at.keep("client.json", &json!({}));
    let deployed =
        |hosts: &str| setup().parameter("ClientIdMetadataDocuments", hosts).setting("DISPATCH_LOOPBACK", "off");
    // As a deployment has it: everybody's addresses are believed, and none on this machine or near it is one.
    let app = App::with(deployed("any")).await;
    let here = id.replace("http:", "https:");
    for inside in [
        id.clone(),
        here.clone(),
        here.replace("127.0.0.1", "localhost"),
        here.replace("127.0.0.1", "app.localhost"),
        here.replace("127.0.0.1", "[::1]"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://169.254.170.2/v2/credentials".to_owned(),
        "https://10.0.0.1/x".to_owned(),
        "https://192.168.0.1/x".to_owned(),
        "https://100.64.0.1/x".to_owned(),
        "https://[fd00:ec2::254]/x".to_owned(),
        "https://[::ffff:169.254.169.254]/x".to_owned(),
        "https://[64:ff9b::a9fe:a9fe]/x".to_owned(),
    ] {
        let client = Described::new(&app, inside.clone());
        client.begin().await.1.expect(400);
        client.push().await.oauth(401, "invalid_client");
        // Whatever lets it past: who fetches looks at it again.
        let fetched = app.system.invoke("dispatch", json!({"fetch": inside})).await.unwrap();
        assert_eq!(fetched, json!({"error": "not_allowed"}), "{inside}");
    }
    // Nor where the deployment itself names one.
    app.redeploy(deployed("127.0.0.1,app.localhost,169.254.169.254")).await;
    for inside in [id, here.replace("127.0.0.1", "app.localhost"), "https://169.254.169.254/x".to_owned()] {
        let reply = Described::new(&app, inside.clone()).begin().await.1.expect(400);
        assert!(reply.text.contains("can&#39;t be fetched"), "{inside}");
    }
    assert_eq!(at.take_all(), 0);
    for event in [
        json!({"fetch": "http://app.example/x"}),
        json!({"fetch": "https://a@app.example/"}),
        json!({"fetch": 1}),
        json!({"fetch": "https://app.example/", "body": "x"}),
        json!({"fetch": "file:///etc/passwd"}),
    ] {
        let fetched = app.system.invoke("dispatch", event.clone()).await.unwrap();
        assert_eq!(fetched, json!({"error": "not_allowed"}), "{event}");
    }
    let called: Vec<_> = app.take_calls().into_iter().filter(|call| call.function == "dispatch").collect();
    assert!(called.is_empty(), "it calls no service: {called:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_document_no_longer_says_holds_no_longer() {
    let (at, app) = (Documents::start().await, App::with(setup()).await);
    let ada = app.customer("ada@example.com").await;
    let client = Described::new(&app, at.keep("client.json", &json!({})));
    let tokens = client.sign_in(&ada).await;
    let (mut browser, page) = client.begin().await;
    let waiting = browser.sign_in(&app, &page.expect(200), &ada.email, &ada.password).await.expect(303);
    let code = waiting.back_at(BACK)["code"].clone();

    // Its address changes. For five minutes what it said is believed; then nobody is led to the old one.
    at.keep("client.json", &json!({"client_name": "The New App", "redirect_uris": ["https://app.example/new"]}));
    client.begin().await.1.expect(200);
    app.advance(SignedDuration::from_secs(301));
    assert!(client.begin().await.1.expect(400).header("location").is_empty());
    let moved = Described { back: "https://app.example/new", ..Described::new(&app, client.id.clone()) };
    moved.begin().await.1.expect(200);
    assert_eq!(at.take("client.json").len(), 2);
    // All functions know a minute later.
    client.exchange(&code).await.oauth(400, "invalid_grant");
    let tokens = client.refresh(&tokens).await.expect(200);

    // As it says itself, for longer; and no longer than a day.
    let kept_for = |seconds: u64| {
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("cache-control", format!("public, max-age={seconds}")),
        ];
        let body = at.document("client.json", &json!({})).to_string().into_bytes();
        at.answer("client.json", Page { status: 200, headers, body });
    };
    // What has just changed is looked at again soon, whatever it says.
    kept_for(7200);
    for wait in [SignedDuration::from_hours(24), SignedDuration::from_secs(301)] {
        app.advance(wait);
        client.begin().await.1.expect(200);
        assert_eq!(at.take("client.json").len(), 1);
    }
    for (seconds, hours) in [(7200, 2), (10_000_000, 24)] {
        kept_for(seconds);
        app.advance(SignedDuration::from_hours(24));
        client.begin().await.1.expect(200);
        app.advance(SignedDuration::from_hours(hours) - SignedDuration::from_secs(1));
        client.begin().await.1.expect(200);
        assert_eq!(at.take("client.json").len(), 1);
    }

    // Gone: it is nobody's any more, with all that was given to it, until it is there again.
    app.advance(SignedDuration::from_secs(1));
    at.fail("client.json", 404);
    client.begin().await.1.expect(400);
    app.advance(SignedDuration::from_secs(60));
    client.refresh(&tokens).await.oauth(401, "invalid_client");
    let info = [("access_token", tokens["access_token"].as_str().unwrap())];
    app.form("/oauth2/userinfo", &info).await.oauth(401, "invalid_token");
    at.keep("client.json", &json!({}));
    client.begin().await.1.expect(200);
    let tokens = client.refresh(&tokens).await.expect(200);
    // And so if it is another's now, or has a secret.
    app.advance(SignedDuration::from_secs(301));
    at.keep("client.json", &json!({"client_id": at.at("other")}));
    client.begin().await.1.expect(400);
    app.advance(SignedDuration::from_secs(60));
    client.refresh(&tokens).await.oauth(401, "invalid_client");

    app.settle().await;
    let world = World::of(&app).await;
    let sealed = ["registered", "changed", "removed"].map(|act| world.sealed(&format!("client.{act}")));
    assert_eq!(sealed, [2, 2, 2], "what was fetched and said the same is nothing that anybody did");
    world.assert_sound();
    world.assert_audited();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_its_host_is_down_an_app_is_known_for_a_day_by_what_it_said() {
    let (at, app) = (Documents::start().await, App::with(setup()).await);
    let ada = app.customer("ada@example.com").await;
    let client = Described::new(&app, at.keep("client.json", &json!({})));
    let tokens = client.sign_in(&ada).await;
    at.take("client.json");
    app.advance(SignedDuration::from_mins(5));
    at.fail("client.json", 503);
    // One finds it out, and the others of that minute do not wait.
    for _ in 0..3 {
        client.begin().await.1.expect(200);
    }
    assert_eq!(at.take("client.json").len(), 1);
    app.advance(SignedDuration::from_mins(1));
    client.begin().await.1.expect(200);
    assert_eq!(at.take("client.json").len(), 1);
    // Half of a document is none, and nobody's word that there is no app.
    let headers = vec![("content-type", "application/json".to_owned())];
    at.answer("client.json", Page { status: 200, headers, body: b"{\"client_id\"".to_vec() });
    app.advance(SignedDuration::from_mins(1));
    client.begin().await.1.expect(200);
    assert_eq!(at.take("client.json").len(), 1);
    app.advance(SignedDuration::from_hours(24) - SignedDuration::from_mins(2) - SignedDuration::from_secs(1));
    client.begin().await.1.expect(200);
    app.advance(SignedDuration::from_secs(61));
    let reply = client.begin().await.1.expect(400);
    assert!(reply.text.contains("can&#39;t be fetched"), "{}", reply.text);
    // Who is signed in to it stays so: the token endpoint fetches nothing.
    at.take("client.json");
    let tokens = client.refresh(&tokens).await.expect(200);
    assert!(at.take("client.json").is_empty());
    at.keep("client.json", &json!({}));
    client.begin().await.1.expect(200);
    client.refresh(&tokens).await.expect(200);
    // Whose document nobody has fetched for ninety days is known no longer, whenever the table sweeps.
    app.advance(SignedDuration::from_hours(90 * 24));
    client.exchange("a-code").await.oauth(401, "invalid_client");
    client.begin().await.1.expect(200);
    client.exchange("a-code").await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_us_fetch_without_end() {
    let at = Documents::start().await;
    let limited = |per_client: &str, per_document: &str, per_host: &str| {
        setup()
            .setting("LIMIT_DOCUMENTS_PER_CLIENT", per_client)
            .setting("LIMIT_DOCUMENTS_PER_DOCUMENT", per_document)
            .setting("LIMIT_DOCUMENTS_PER_HOST", per_host)
    };
    let app = App::with(limited("2", "9", "9")).await;
    let known = Described::new(&app, at.keep("known", &json!({})));
    known.begin().await.1.expect(200);
    Described::new(&app, at.at("none")).begin().await.1.expect(400);
    at.take_all();
    let other = Described::new(&app, at.keep("other", &json!({})));
    other.begin().await.1.expect(429);
    other.push().await.oauth(429, "slow_down");
    // What is known goes on, though it is due.
    app.advance(SignedDuration::from_mins(6));
    known.begin().await.1.expect(200);
    assert_eq!(at.take_all(), 0);
    for setup in [limited("9", "2", "9"), limited("9", "9", "2")] {
        app.redeploy(setup).await;
        app.advance(SignedDuration::from_mins(15));
        at.fail("broken", 500);
        let broken = Described::new(&app, at.at("broken"));
        for _ in 0..2 {
            broken.begin().await.1.expect(400);
        }
        broken.begin().await.1.expect(429);
        assert_eq!(at.take_all(), 2);
    }
    // Another document of the host, too; but what is known is fetched when it is due.
    other.begin().await.1.expect(429);
    known.begin().await.1.expect(200);
    assert_eq!(at.take("known").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_documents_are_not_believed_any_more_their_clients_are_none() {
    let (at, app) = (Documents::start().await, App::with(setup()).await);
    let ada = app.customer("ada@example.com").await;
    let client = Described::new(&app, at.keep("client.json", &json!({})));
    let tokens = client.sign_in(&ada).await;
    let info = [("access_token", tokens["access_token"].as_str().unwrap())];
    at.take_all();
    for hosts in ["off", "app.example"] {
        app.redeploy(setup().parameter("ClientIdMetadataDocuments", hosts)).await;
        client.begin().await.1.expect(400);
        client.push().await.oauth(401, "invalid_client");
        client.refresh(&tokens).await.oauth(401, "invalid_client");
        app.form("/oauth2/userinfo", &info).await.oauth(401, "invalid_token");
    }
    app.redeploy(Setup::default()).await;
    let described = app.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(described["client_id_metadata_document_supported"], Value::Null, "off unless it is said");
    client.begin().await.1.expect(400);
    assert_eq!(at.take_all(), 0);
    app.redeploy(setup()).await;
    client.refresh(&tokens).await.expect(200);
    // A client of the file is that one, whatever stands at its address.
    let filed = json!([{"client_id": client.id, "client_name": "Filed", "grant_types": ["authorization_code"],
        "redirect_uris": ["https://filed.example/back"]}]);
    app.redeploy(setup().setting("CLIENTS", &filed.to_string())).await;
    app.advance(SignedDuration::from_hours(1));
    client.begin().await.1.expect(400);
    Described { back: "https://filed.example/back", ..Described::new(&app, client.id.clone()) }
        .begin()
        .await
        .1
        .expect(200);
    assert_eq!(at.take_all(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_come_at_once_each_is_led_on_and_one_act_is_kept() {
    let (at, app) = (Documents::start().await, App::with(setup()).await);
    let client = Described::new(&app, at.keep("client.json", &json!({})));
    let all = futures_util::future::join_all((0..6).map(|_| client.begin())).await;
    for (_, page) in all {
        page.expect(200);
    }
    app.settle().await;
    let world = World::of(&app).await;
    assert_eq!((world.sealed("client.registered"), world.sealed("client.changed")), (1, 0));
    assert_eq!(kept(&app).await.len(), 1);
}
