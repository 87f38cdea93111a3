//! Clients beyond the deployment's file (`functions/clients`): they register and manage themselves, administrators
//! see and change them, and the pages and the token endpoint know them for as long as they are there.

use domain::SignedDuration;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, Person, Reply, Service, Setup, VERIFIER, World};

const BACK: &str = "https://calendar.example/back";
const REGISTER: &str = "/oauth2/register";

async fn start() -> App {
    App::with(Setup::default().setting("LIMIT_CLIENTS_PER_CLIENT", "1000").operated()).await
}

fn calendar(more: Value) -> Value {
    let mut body = json!({"client_name": "The Calendar", "redirect_uris": [BACK],
        "grant_types": ["authorization_code", "refresh_token"]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// A client that has registered itself.
struct Registered {
    id: String,
    secret: String,
    token: Service,
}

impl Registered {
    async fn new(app: &App, more: Value) -> Self {
        Self::of(&register(app, more).await.expect(201))
    }

    fn of(reply: &Reply) -> Self {
        Self {
            id: reply.str("client_id"),
            secret: reply["client_secret"].as_str().unwrap_or_default().to_owned(),
            token: Service { access: reply.str("registration_access_token") },
        }
    }

    fn path(&self) -> String {
        format!("{REGISTER}/{}", self.id)
    }

    async fn manage(&self, app: &App, method: Method, body: Option<Value>) -> Reply {
        self.token.call(app, method, &self.path(), body).await
    }

    /// A code.
    async fn code(&self, app: &App, ada: &Person) -> String {
        // What it was allowed before, it is not asked about again.
        let mut browser = Browser::default();
        let asked = [("client_id", self.id.as_str()), ("redirect_uri", BACK)];
        let page = browser.authorize(app, &asked).await.expect(200);
        let back = browser.sign_in(app, &page, &ada.email, &ada.password).await.expect(303);
        back.back_at(BACK)["code"].clone()
    }

    /// The page on which a customer is asked.
    async fn consent(&self, app: &App, ada: &Person) -> (Browser, Reply) {
        let mut browser = Browser::default();
        let asked = [("client_id", self.id.as_str()), ("redirect_uri", BACK)];
        let page = browser.authorize(app, &asked).await.expect(200);
        let page = browser.sign_in(app, &page, &ada.email, &ada.password).await.expect(200);
        (browser, page)
    }

    async fn ask(&self, app: &App, fields: &[(&str, &str)]) -> Reply {
        let request = app.request(Method::POST, "/oauth2/token").basic_auth(&self.id, Some(&self.secret));
        app.send(request.form(fields)).await
    }

    async fn exchange(&self, app: &App, code: &str) -> Reply {
        let fields =
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK), ("code_verifier", VERIFIER)];
        self.ask(app, &fields).await
    }

    async fn refresh(&self, app: &App, token: &str) -> Reply {
        self.ask(app, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }
}

async fn register(app: &App, more: Value) -> Reply {
    let desk = app.operator("clients:register").await;
    desk.call(app, Method::POST, REGISTER, Some(calendar(more))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_registers_itself_and_signs_customers_in_until_it_is_removed() {
    let app = start().await;
    let ada = app.customer("ada@example.com").await;
    let described = app.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(described["registration_endpoint"], format!("{}{REGISTER}", app.issuer().await));

    let more = json!({"client_name": "<script>alert(1)</script> & \"Co\"", "policy_uri": "https://calendar.example/policy",
        "contacts": ["ops@calendar.example"], "software_id": "x"});
    let reply = register(&app, more).await.expect(201);
    assert_eq!((&reply["client_secret_expires_at"], &reply["response_types"]), (&json!(0), &json!(["code"])));
    assert_eq!(
        (&reply["token_endpoint_auth_method"], &reply["contacts"]),
        (&json!("client_secret_basic"), &Value::Null)
    );
    assert_eq!(reply["scope"], "openid profile email phone address offline_access");
    assert_eq!(reply.header("cache-control"), "no-store");
    let client = Registered::of(&reply);
    assert_eq!(reply["registration_client_uri"], format!("{}{}", app.issuer().await, client.path()));
    // Of what it shows who it is by, digests are kept alone; and no line of the log has it.
    let stored = serde_json::to_string(&World::of(&app).await.directory).unwrap();
    for secret in [&client.secret, &client.token.access] {
        assert!(!stored.contains(secret.as_str()) && !app.log().iter().any(|line| line.contains(secret.as_str())));
    }

    let (mut browser, page) = client.consent(&app, &ada).await;
    assert!(page.text.contains("href=\"https://calendar.example/policy\""), "{}", page.text);
    assert!(!page.text.contains("<script") && page.text.contains("&#60;script&#62;"), "{}", page.text);
    let back = browser.submit(&app, &page, "consent", &[("decision", "allow")]).await.expect(303);
    let tokens = client.exchange(&app, &back.back_at(BACK)["code"]).await.expect(200);
    let impostor = Registered { secret: "pcs_wrong".into(), id: client.id.clone(), token: client.token.clone() };
    impostor.refresh(&app, &tokens.str("refresh_token")).await.oauth(401, "invalid_client");
    let tokens = client.refresh(&app, &tokens.str("refresh_token")).await.expect(200);
    let info = [("access_token", tokens["access_token"].as_str().unwrap())];
    app.form("/oauth2/userinfo", &info).await.expect(200);
    let listed = ada.again(&app).await.get(&app, "/v1/me/apps").await.expect(200);
    assert_eq!(listed["apps"][0]["client_id"], client.id);

    // What it is not registered for any more, its sessions have no longer.
    let fewer = json!({"client_id": client.id, "client_secret": client.secret, "scope": "openid"});
    client.manage(&app, Method::PUT, Some(calendar(fewer))).await.expect(200);
    app.advance(SignedDuration::from_secs(60));
    let before = tokens;
    let tokens = client.refresh(&app, &before.str("refresh_token")).await.expect(200);
    assert_eq!((before.str("scope"), tokens.str("scope")), ("openid email".to_owned(), "openid".to_owned()));
    let info = [("access_token", tokens["access_token"].as_str().unwrap())];
    assert!(app.form("/oauth2/userinfo", &info).await.expect(200)["email"].is_null());

    // Removed with a code and a refresh token in flight: an instance knows it for a minute at most.
    let code = client.code(&app, &ada).await;
    client.manage(&app, Method::DELETE, None).await.expect(204);
    client.manage(&app, Method::GET, None).await.oauth(401, "invalid_token");
    app.advance(SignedDuration::from_secs(60));
    client.exchange(&app, &code).await.oauth(401, "invalid_client");
    client.refresh(&app, &tokens.str("refresh_token")).await.oauth(401, "invalid_client");
    app.form("/oauth2/userinfo", &info).await.oauth(401, "invalid_token");
    let ask = app.request(Method::POST, "/oauth2/introspect").basic_auth("operator", Some("secret"));
    let ask = app.send(ask.form(&[("token", tokens.str("access_token"))])).await.expect(200);
    assert_eq!(ask.body, json!({"active": false}));
    let gone = [("client_id", client.id.as_str()), ("redirect_uri", BACK)];
    Browser::default().authorize(&app, &gone).await.expect(400);
    app.settle().await;
    let world = World::of(&app).await;
    assert_eq!((world.sealed("client.registered"), world.sealed("client.removed")), (1, 1));
    world.assert_sound();
    world.assert_audited();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_registers_without_the_token_or_more_than_anybody_may() {
    let app = start().await;
    app.post(REGISTER, calendar(json!({}))).await.oauth(401, "invalid_token");
    let ada = app.customer("ada@example.com").await;
    ada.call(&app, Method::POST, REGISTER, Some(calendar(json!({})))).await.oauth(403, "insufficient_scope");
    let admin = app.operator("admin:clients").await;
    admin.call(&app, Method::POST, REGISTER, Some(calendar(json!({})))).await.oauth(403, "insufficient_scope");

    // What is the deployment's to give is ignored, as are names that nobody knows.
    let greedy = json!({"direct": true, "administration": true, "introspect": true, "third_party": false,
        "scopes": ["admin:audit"], "audience": ["https://shop.example"], "fapi2": true, "client_id": "portico",
        "secret_sha256": ["2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"], "surprise": 1});
    let client = Registered::new(&app, greedy).await;
    let shown = admin.get(&app, &format!("/v1/admin/clients/{}", client.id)).await.expect(200);
    let (known, origin) = (&shown["client"], &shown["origin"]);
    assert_eq!((origin, &known["third_party"], &known["scopes"]), (&json!("registration"), &json!(true), &json!([])));
    for power in ["direct", "administration", "introspect", "fapi2"] {
        assert_eq!(known[power], false, "{power}");
    }
    let impostor = Registered { secret: "secret".into(), ..client };
    impostor.refresh(&app, "prt_x").await.oauth(401, "invalid_client");
    app.post("/v1/login", json!({"email": ada.email, "password": ada.password, "client_id": impostor.id}))
        .await
        .problem(400, "unknown-client");
    for (more, error) in [
        (json!({"grant_types": ["client_credentials"]}), "invalid_client_metadata"),
        (json!({"scope": "openid admin:audit"}), "invalid_client_metadata"),
        (json!({"scope": "openid account"}), "invalid_client_metadata"),
        (json!({"jwks_uri": "http://169.254.169.254/keys"}), "invalid_client_metadata"),
        (json!({"sector_identifier_uri": "https://10.0.0.1/"}), "invalid_client_metadata"),
        (json!({"request_uris": ["https://[::1]/"]}), "invalid_client_metadata"),
        (json!({"backchannel_logout_uri": "http://127.0.0.1/"}), "invalid_client_metadata"),
        (json!({"client_name": "Calendar\u{202e}"}), "invalid_client_metadata"),
        (json!({"client_name": "a\r\nb"}), "invalid_client_metadata"),
        (json!({"redirect_uris": ["https://calendar.example/#x"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["http://calendar.example/"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["https://*.calendar.example/"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["https://shop.example@evil.example/"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (json!({"redirect_uris": 7}), "invalid_redirect_uri"),
    ] {
        let reply = register(&app, more.clone()).await;
        assert_eq!((reply.status, reply["error"].as_str()), (400, Some(error)), "{more}: {}", reply.text);
    }
    let desk = app.operator("clients:register").await;
    for body in ["", "[]", "{", "{\"client_name\":\"a\",\"client_name\":\"b\"}"] {
        let request = app.request(Method::POST, REGISTER).bearer_auth(&desk.access);
        let request = request.header("content-type", "application/json").body(body);
        app.send(request).await.oauth(400, "invalid_client_metadata");
    }
    // Where nobody is given the scope, there is nothing to find.
    let closed = App::start().await.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(closed["registration_endpoint"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_manages_itself_and_nobody_else() {
    let app = start().await;
    let (one, other) = (Registered::new(&app, json!({})).await, Registered::new(&app, json!({})).await);
    let crossed = Registered { token: other.token.clone(), id: one.id.clone(), secret: String::new() };
    let body = |client: &Registered, more: Value| {
        let mut body = calendar(more);
        body["client_id"] = json!(client.id);
        Some(body)
    };
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let sent = if method == Method::PUT { body(&one, json!({})) } else { None };
        crossed.manage(&app, method.clone(), sent.clone()).await.oauth(401, "invalid_token");
        let nobody = app.request(method.clone(), &one.path());
        app.send(nobody.json(&sent)).await.oauth(401, "invalid_token");
        let unknown = Registered { id: "cli_AAAAAAAAAAAAAAAAAAAAAA".into(), ..crossed_copy(&one) };
        unknown.manage(&app, method.clone(), sent).await.oauth(401, "invalid_token");
    }
    // An initial access token is none of them.
    let initial = Registered { token: app.operator("clients:register").await, ..crossed_copy(&one) };
    initial.manage(&app, Method::GET, None).await.oauth(401, "invalid_token");

    let read = one.manage(&app, Method::GET, None).await.expect(200);
    assert_eq!(read["registration_access_token"], one.token.access);
    assert!(read["client_secret"].is_null(), "a digest alone is kept");
    for (more, error) in [
        (json!({"client_id": other.id}), "invalid_client_metadata"),
        (json!({"client_secret": other.secret}), "invalid_client_metadata"),
        (json!({"client_secret": 7}), "invalid_client_metadata"),
        (json!({"registration_access_token": "x"}), "invalid_client_metadata"),
        (json!({"redirect_uris": ["http://evil.example/"]}), "invalid_redirect_uri"),
    ] {
        let mut sent = body(&one, json!({})).unwrap();
        sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one.manage(&app, Method::PUT, Some(sent)).await.oauth(400, error);
    }
    let same = body(&one, json!({"client_secret": one.secret, "client_name": "Calendar 2"}));
    let changed = one.manage(&app, Method::PUT, same).await.expect(200);
    assert!(changed["client_secret"].is_null() && changed["client_name"] == "Calendar 2", "{}", changed.text);
    // Public from now on, and its secret is good no longer; then it gets another one.
    let public = body(&one, json!({"token_endpoint_auth_method": "none"}));
    assert!(one.manage(&app, Method::PUT, public).await.expect(200)["client_secret"].is_null());
    let again = one.manage(&app, Method::PUT, body(&one, json!({}))).await.expect(200).str("client_secret");
    assert_ne!(again, one.secret);
    one.refresh(&app, "prt_x").await.oauth(401, "invalid_client");
    // Its customers stay somebody else's, whatever it says.
    one.manage(&app, Method::PUT, body(&one, json!({"third_party": false, "direct": true}))).await.expect(200);
    let admin = app.operator("admin:clients").await;
    let path = format!("/v1/admin/clients/{}", one.id);
    let shown = admin.get(&app, &path).await.expect(200);
    assert_eq!((&shown["client"]["third_party"], &shown["client"]["direct"]), (&json!(true), &json!(false)));
    let mut ours = shown["client"].clone();
    ours["third_party"] = json!(false);
    let refused = admin.call(&app, Method::PUT, &path, Some(ours)).await.problem(422, "invalid-fields");
    assert_eq!(refused.fields(), [("/third_party".to_owned(), "client".to_owned())]);
}

fn crossed_copy(one: &Registered) -> Registered {
    Registered { id: one.id.clone(), secret: one.secret.clone(), token: one.token.clone() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_see_and_change_clients_and_give_nobody_their_own_power() {
    let app = start().await;
    let admin = app.operator("admin:clients").await;
    let put = async |path: &str, body: &Value| admin.call(&app, Method::PUT, path, Some(body.clone())).await;
    let one = |id: &str| {
        json!({"client_id": id, "client_name": "Printer", "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": [BACK], "token_endpoint_auth_method": "client_secret_basic"})
    };
    let filed = admin.get(&app, "/v1/admin/clients").await.expect(200);
    let ids = |reply: &Reply| {
        let clients = reply["clients"].as_array().unwrap().clone();
        clients.iter().map(|one| one["client"]["client_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&filed), ["operator", "console", "shop", "portico"]);
    assert!(!filed.text.contains("secret_sha256"), "{}", filed.text);

    // Of the file, nothing is changed here, nor is anything shadowed.
    put("/v1/admin/clients/shop", &one("shop")).await.problem(409, "conflict");
    admin.call(&app, Method::DELETE, "/v1/admin/clients/portico", None).await.problem(409, "conflict");
    for (field, value) in [
        ("direct", json!(true)),
        ("administration", json!(true)),
        ("scopes", json!(["admin:erasure"])),
        ("scopes", json!(["clients:register"])),
        ("sign_in_uri", json!("https://printer.example/in")),
        ("secret_sha256", json!(["2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"])),
        ("client_name", json!("\u{202e}")),
        ("redirect_uris", json!(["http://printer.example/"])),
    ] {
        let mut body = one("printer");
        body[field] = value;
        let refused = put("/v1/admin/clients/printer", &body).await.problem(422, "invalid-fields");
        assert_eq!(refused.fields(), [(format!("/{field}"), "client".to_owned())]);
    }
    put("/v1/admin/clients/printer", &one("other")).await.problem(422, "invalid-fields");
    put("/v1/admin/clients/portico-browser", &one("portico-browser")).await.problem(422, "invalid-fields");
    admin.get(&app, "/v1/admin/clients/printer").await.problem(404, "not-found");

    let made = put("/v1/admin/clients/printer", &one("printer")).await.expect(201);
    let (first, etag) = (made.str("client_secret"), made.header("etag").to_owned());
    put("/v1/admin/clients/plotter", &one("plotter")).await.expect(201);
    let page = admin.get(&app, "/v1/admin/clients?limit=1").await.expect(200);
    assert_eq!(ids(&page).last().unwrap(), "plotter");
    let page = admin.get(&app, &format!("/v1/admin/clients?limit=1&cursor={}", page.str("next"))).await.expect(200);
    assert_eq!(ids(&page), ["printer"]);

    // Of two who have read the same one wins; whoever says what they have read overwrites nothing else.
    let change = async |name: &str| {
        let mut body = one("printer");
        body["client_name"] = json!(name);
        let request = app.request(Method::PUT, "/v1/admin/clients/printer").bearer_auth(&admin.access);
        app.send(request.header("if-match", &etag).json(&body)).await
    };
    let both = join_all([change("A"), change("B")]).await;
    let mut statuses: Vec<_> = both.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    change("C").await.problem(409, "conflict");

    // A secret is added, and the old one taken away.
    let secrets = "/v1/admin/clients/printer/secrets";
    let add = async || admin.call(&app, Method::POST, secrets, None).await;
    let second = add().await.expect(201).str("client_secret");
    let works = async |secret: &str| {
        let request = app.request(Method::POST, "/oauth2/token").basic_auth("printer", Some(secret));
        let reply = app.send(request.form(&[("grant_type", "refresh_token"), ("refresh_token", "prt_x")])).await;
        reply["error"] == "invalid_grant"
    };
    assert!(works(&first).await && works(&second).await && !works("pcs_x").await);
    let id = admin.get(&app, "/v1/admin/clients/printer").await.expect(200)["secrets"][0]["id"].clone();
    let remove = async |id: &str| admin.call(&app, Method::DELETE, &format!("{secrets}/{id}"), None).await;
    remove(id.as_str().unwrap()).await.expect(204);
    remove(id.as_str().unwrap()).await.problem(404, "not-found");
    app.advance(SignedDuration::from_secs(60));
    assert!(!works(&first).await && works(&second).await);
    let last = admin.get(&app, "/v1/admin/clients/printer").await.expect(200)["secrets"][0]["id"].clone();
    remove(last.as_str().unwrap()).await.problem(409, "conflict");
    for _ in 0..4 {
        add().await.expect(201);
    }
    add().await.problem(409, "conflict");

    // What is removed is nobody's again.
    admin.call(&app, Method::DELETE, "/v1/admin/clients/printer", None).await.expect(204);
    admin.call(&app, Method::DELETE, "/v1/admin/clients/printer", None).await.problem(404, "not-found");
    put("/v1/admin/clients/printer", &one("printer")).await.problem(409, "conflict");
    app.advance(SignedDuration::from_secs(60));
    assert!(!works(&second).await);
    app.settle().await;
    let world = World::of(&app).await;
    let sealed = ["registered", "changed", "secret_added", "secret_removed", "removed"];
    assert_eq!(sealed.map(|act| world.sealed(&format!("client.{act}"))), [2, 1, 5, 1, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_changes_of_a_client_by_itself_none_is_half_done() {
    let app = start().await;
    let client = Registered::new(&app, json!({})).await;
    let change = async |name: &str| {
        let body = calendar(
            json!({"client_id": client.id, "client_name": name, "tos_uri": format!("https://{name}.example/")}),
        );
        client.manage(&app, Method::PUT, Some(body)).await
    };
    let replies = join_all(["a", "b", "c", "d"].map(change)).await;
    assert!(replies.iter().any(|reply| reply.status == 200));
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.clone().oauth(503, "temporarily_unavailable");
    }
    let now = client.manage(&app, Method::GET, None).await.expect(200);
    assert_eq!(now["tos_uri"], format!("https://{}.example/", now.str("client_name")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_that_a_client_registers_has_us_call_what_only_we_reach() {
    let app = App::with(
        Setup::default().setting("LIMIT_CLIENTS_PER_CLIENT", "1000").setting("DISPATCH_LOOPBACK", "off").operated(),
    )
    .await;
    let ada = app.customer("ada@example.com").await;
    for inside in
        ["https://127.0.0.1/", "https://169.254.169.254/x", "https://[::1]/", "https://10.0.0.1/", "https://localhost/"]
    {
        let more = json!({"backchannel_logout_uri": inside, "logo_uri": inside, "policy_uri": inside});
        let client = Registered::new(&app, more).await;
        let (mut browser, page) = client.consent(&app, &ada).await;
        let page = browser.submit(&app, &page, "consent", &[("decision", "allow")]).await.expect(303);
        let id_token = client.exchange(&app, &page.back_at(BACK)["code"]).await.expect(200).str("id_token");
        browser.open(&app, &format!("/oauth2/logout?id_token_hint={id_token}")).await.expect(200);
        app.settle().await;
        let told = World::of(&app).await.outbox.into_iter().filter(|item| item["kind"]["S"] == "backchannel_logout");
        let told: Vec<_> = told.collect();
        assert!(!told.is_empty(), "{inside}: something was queued");
        assert!(told.iter().all(|item| item["due"]["S"] == "parked"), "{inside}: {told:?}");
        let event = json!({"url": inside, "body": "a=b", "content_type": "text/plain"});
        assert_eq!(app.system.invoke("dispatch", event).await.unwrap(), json!({"error": "not_allowed"}), "{inside}");
    }
}
