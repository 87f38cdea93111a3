//! Pages of several brands: one directory, one session, and looks of each one's own.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, Person, Reply, Service, Setup, WEB, World};

const LOGO: &str = "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=";
const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'</style><script>alert(1)</script>";
const SESSION: &str = "__Host-portico-session";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A client at this host, with a brand.
fn client(id: &str, brand: &str) -> Value {
    let mut client: Value = serde_json::from_str(WEB).unwrap();
    client["client_id"] = json!(id);
    client["client_name"] = json!(format!("App of {id}"));
    client["redirect_uris"] = json!([at(id)]);
    client["brand"] = json!(brand);
    client
}

fn at(id: &str) -> String {
    format!("https://{id}.example/back")
}

/// The shop, the club, and a safe whose brand asks for codes of an app alone beside the password, or for less.
fn brands() -> Value {
    json!([
        {"key": "shop", "name": "The Shop", "names": {"ar": "المتجر"}, "logo": LOGO,
            "colors": {"background": "#ffffff", "text": "#12211b", "accent": "#0b6e4f"},
            "texts": {"en": {"sign_in_title": "Welcome back", "welcome": "Good things.", "footer": "The Shop Ltd"}},
            "links": {"privacy": "https://shop.example/privacy", "support": "mailto:help@shop.example"}},
        {"key": "club", "name": "The Club", "colors": {"background": "#2a1038", "text": "#fbf3ff", "accent": "#ffc93c"}},
        {"key": "safe", "name": "The Safe", "methods": ["password", "totp"]},
        {"key": "vault", "name": "The Vault", "methods": ["passkey", "totp"]},
        {"key": "hostile", "name": HOSTILE, "texts": {"en": {"sign_in_title": HOSTILE, "welcome": HOSTILE, "footer": HOSTILE}}},
    ])
}

fn setup(more: &[Value]) -> Setup {
    let mut shop = client("shop", "shop");
    shop["third_party"] = json!(true);
    shop["post_logout_redirect_uris"] = json!(["https://shop.example/after"]);
    let mut hostile = client("hostile", "hostile");
    hostile["client_name"] = json!(HOSTILE);
    let tv = json!({"client_id": "tv", "client_name": "TV", "grant_types": [GRANT], "brand": "shop"});
    let mut clients = vec![shop, client("club", "club"), client("safe", "safe"), client("vault", "vault"), hostile, tv];
    clients.push(serde_json::from_str(WEB).unwrap());
    clients.extend(more.iter().cloned());
    Setup::default().setting("CLIENTS", &json!(clients).to_string()).setting("BRANDS", &brands().to_string())
}

/// Sends the browser to sign in to a client.
async fn authorize(app: &App, browser: &mut Browser, id: &str, more: &[(&str, &str)]) -> Reply {
    let back = at(id);
    browser.authorize(app, &[&[("client_id", id), ("redirect_uri", &back)], more].concat()).await
}

fn policy(page: &Reply) -> &str {
    page.header("content-security-policy")
}

/// A page of the shop.
#[track_caller]
fn assert_of_shop(page: &Reply, name: &str) {
    let text = &page.text;
    assert!(text.contains(&format!("<img src=\"{LOGO}\" alt=\"\"><bdi>{name}</bdi>")), "{text}");
    assert!(text.contains("--brand:#0b6e4f;") && text.contains("--text:#12211b;"), "{text}");
    assert!(text.contains("href=\"https://shop.example/privacy\" id=\"privacy\""), "{text}");
    assert!(text.contains("href=\"mailto:help@shop.example\""), "{text}");
    assert!(policy(page).starts_with("default-src 'none'") && policy(page).contains("style-src 'sha256-"));
    assert!(policy(page).ends_with("; img-src data:") && !policy(page).contains("script-src"), "{}", policy(page));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_session_serves_brands_that_differ_in_looks() {
    let app = App::with(setup(&[])).await;
    let ada = app.customer("ada@example.com").await;
    let mut browser = Browser::default();

    let page = authorize(&app, &mut browser, "shop", &[]).await.expect(200);
    assert_of_shop(&page, "The Shop");
    assert_eq!(page.headline(), "Welcome back");
    assert!(page.text.contains("<p>Good things.</p>") && page.text.contains("<p>The Shop Ltd</p>"), "{}", page.text);
    assert!(page.text.contains("your The Shop account"), "{}", page.text);
    let wrong = browser.sign_in(&app, &page, &ada.email, "not the right sentence").await.expect(401);
    assert_of_shop(&wrong, "The Shop");
    // It is somebody else's app: the page that asks about it is of the brand as well.
    let asked = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert!(asked.has("consent"), "{}", asked.text);
    assert_of_shop(&asked, "The Shop");
    let back = browser.submit(&app, &asked, "consent", &[("decision", "allow")]).await.expect(303);
    assert!(back.back_at(&at("shop")).contains_key("code"));

    // The club asks for nothing, and looks like itself where it has to ask.
    let back = authorize(&app, &mut browser, "club", &[]).await.expect(303).back_at(&at("club"));
    assert!(back.contains_key("code"));
    let page = authorize(&app, &mut browser, "club", &[("prompt", "login")]).await.expect(200);
    assert!(page.text.contains("<header><bdi>The Club</bdi>") && page.text.contains("--brand:#ffc93c;--ink:#000000"));
    assert!(page.text.contains("color-scheme:dark;") && !page.text.contains("shop.example/privacy"), "{}", page.text);
    assert!(!policy(&page).contains("img-src") && page.headline() == "Sign in", "no logo, no picture: {}", page.text);
    // An app without a brand has the deployment's own.
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    assert!(page.text.contains("<header><bdi>Portico</bdi>") && !page.text.contains("color-scheme:dark;"));

    let logout = browser.open(&app, "/oauth2/logout?client_id=shop").await.expect(200);
    assert!(logout.has("logout"), "{}", logout.text);
    assert_of_shop(&logout, "The Shop");
    let done = browser.submit(&app, &logout, "logout", &[]).await.expect(200);
    assert_of_shop(&done, "The Shop");
    assert_eq!(browser.cookie(SESSION), None);
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brand_speaks_every_language_and_is_there_when_something_goes_wrong() {
    let app = App::with(setup(&[])).await;
    let mut browser = Browser::speaking("ar");
    let page = authorize(&app, &mut browser, "shop", &[]).await.expect(200);
    assert_of_shop(&page, "المتجر");
    assert!(
        page.text.contains("dir=\"rtl\"") && !page.text.contains("Good things"),
        "its words are English: {}",
        page.text
    );
    assert_ne!(page.headline(), "Welcome back");
    let german = authorize(&app, &mut browser, "shop", &[("ui_locales", "de")]).await.expect(200);
    assert_of_shop(&german, "The Shop");
    assert_eq!(german.headline(), "Anmelden");
    // Nothing leads to an address that is not registered; whose page says so is known.
    let elsewhere = [("client_id", "shop"), ("redirect_uri", "https://evil.example/back")];
    assert_of_shop(&Browser::default().authorize(&app, &elsewhere).await.expect(400), "The Shop");
    // What the app is answered by a form is on its page.
    let posted = authorize(&app, &mut browser, "shop", &[("response_mode", "form_post"), ("prompt", "none")]).await;
    assert!(policy(&posted.expect(200)).contains("; img-src data:; script-src 'sha256-"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_allowed_on_its_brands_page() {
    let app = App::with(setup(&[])).await;
    let ada = app.customer("ada@example.com").await;
    let codes = app.form("/oauth2/device_authorization", &[("client_id", "tv"), ("scope", "openid")]).await.expect(200);
    let mut browser = Browser::default();
    let page = browser.open(&app, "/device").await.expect(200);
    assert!(page.text.contains("<bdi>Portico</bdi>"), "nobody knows yet whose it is: {}", page.text);
    let page = browser.submit(&app, &page, "device", &[("user_code", &codes.str("user_code"))]).await.expect(200);
    assert_of_shop(&page, "The Shop");
    let page = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert_of_shop(&page, "The Shop");
    let done = browser.submit(&app, &page, "device_confirm", &[("decision", "deny")]).await.expect(200);
    assert_of_shop(&done, "The Shop");
}

/// A customer with an authenticator app, the mailbox and recovery codes, of which one comes along.
async fn equipped(app: &App) -> (Person, tests::TotpApp, String) {
    let ada = app.customer("ada@example.com").await;
    let (phone, _) = ada.add_totp(app).await;
    ada.add_mailbox(app).await;
    let made = ada.post(app, "/v1/me/factors/recovery-codes", json!({})).await.expect(201);
    app.advance(SignedDuration::from_secs(60));
    (ada, phone, made["codes"][0].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_brand_leaves_out_is_neither_shown_nor_taken() {
    let app = App::with(setup(&[]).setting("EMAIL_SIGN_IN", "on")).await;
    let (ada, phone, recovery_code) = equipped(&app).await;
    let mut browser = Browser::default();
    // The club leaves out nothing.
    let page = authorize(&app, &mut browser, "club", &[]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert!(proof.has("by_email") && proof.has("by_recovery_code"), "{}", proof.text);

    let page = authorize(&app, &mut browser, "safe", &[]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert!(proof.has("code") && !proof.has("by_email") && !proof.has("by_recovery_code"), "{}", proof.text);
    app.settle().await;
    let mails = app.mails().await.len();
    let transaction = proof.filled("proof", "transaction");
    let asked = browser.open(&app, &format!("/sign-in/proof?transaction={transaction}&method=email")).await.expect(200);
    assert!(!asked.has("send") && asked.has("code"), "the app's code is asked for: {}", asked.text);
    let fields = [("transaction", &*transaction), ("method", "email")];
    let request = browser.request(&app, Method::POST, "/sign-in/challenge").form(&fields);
    browser.send(&app, request).await.expect(422);
    for (method, code) in [("recovery_code", &*recovery_code), ("email", "123456"), ("sms", "123456")] {
        let reply = browser.submit(&app, &proof, "proof", &[("method", method), ("code", code)]).await.expect(422);
        assert!(browser.cookie(SESSION).is_none() && reply.alert().is_none(), "{method}: {}", reply.text);
    }
    app.settle().await;
    assert_eq!(app.mails().await.len(), mails, "no code was sent");
    let back = browser.submit(&app, &proof, "proof", &[("code", &phone.code(&app))]).await.expect(303);
    assert!(back.back_at(&at("safe")).contains_key("code"));
    // The recovery code was not used up.
    app.advance(SignedDuration::from_secs(1));
    let page = authorize(&app, &mut browser, "club", &[("prompt", "login")]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let fields = [("method", "recovery_code"), ("code", &*recovery_code)];
    assert!(browser.submit(&app, &proof, "proof", &fields).await.expect(303).back_at(&at("club")).contains_key("code"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brand_without_passwords_takes_none_and_knows_who_is_signed_in() {
    let app = App::with(setup(&[])).await;
    let ada = app.customer("ada@example.com").await;
    let mut browser = Browser::default();
    let page = authorize(&app, &mut browser, "vault", &[("login_hint", "ada@example.com")]).await.expect(200);
    assert!(page.has("no_password") && !page.has("sign_in") && page.has("leave"), "{}", page.text);
    assert!(!page.text.contains("type=\"password\""), "{}", page.text);
    app.take_calls();
    let calls = || app.take_calls().into_iter().map(|call| call.action).collect::<Vec<_>>();
    // Right or wrong, nobody looks.
    let mut seen = Vec::new();
    for password in [&*ada.password, "not the right sentence"] {
        let transaction = page.filled("leave", "transaction");
        let fields = [("transaction", &*transaction), ("email", &*ada.email), ("password", password)];
        let request = browser.request(&app, Method::POST, "/sign-in").form(&fields);
        let reply = browser.send(&app, request).await.expect(422);
        assert!(reply.has("no_password") && browser.cookie(SESSION).is_none(), "{}", reply.text);
        seen.push((reply.text, calls()));
    }
    assert_eq!(seen[0], seen[1]);
    // The session of another brand is good here.
    let club = authorize(&app, &mut browser, "club", &[]).await.expect(200);
    browser.sign_in(&app, &club, &ada.email, &ada.password).await.expect(303);
    let back = authorize(&app, &mut browser, "vault", &[]).await.expect(303).back_at(&at("vault"));
    assert!(back.contains_key("code"), "one session for all: {back:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_brand_or_an_app_is_called_is_no_markup() {
    let app = App::with(setup(&[])).await;
    let page = authorize(&app, &mut Browser::default(), "hostile", &[]).await.expect(200);
    let text = &page.text;
    assert!(!text.contains("<img") && !text.contains("<script") && !text.contains("onerror=alert(1)>"), "{text}");
    assert_eq!(text.matches("</style>").count(), 1, "{text}");
    assert!(text.matches("&#60;script&#62;").count() >= 5, "title, header, headline, welcome, lead, footer: {text}");
    assert!(!policy(&page).contains("script-src") && !policy(&page).contains("img-src"), "{}", policy(&page));
}

/// A registry that is refused keeps every function with its pages from starting, and says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brand_that_cannot_be_shown_is_refused_at_the_start() {
    let app = App::with(setup(&[])).await;
    let with = |name: &str, value: Value| {
        let mut all = brands();
        all[0][name] = value;
        setup(&[]).setting("BRANDS", &all.to_string())
    };
    let unknown = setup(&[client("other", "shoq")]);
    for (setup, why) in [
        (with("colors", json!({"accent": "#fff;}body{background:url(https://evil.example)"})), "a colour"),
        (with("colors", json!({"background": "#ffffff", "text": "#999999"})), "contrast is below 4.5 to 1"),
        (with("links", json!({"privacy": "javascript:alert(1)"})), "a link"),
        (with("links", json!({"terms": "https://shop.example/\"><script>"})), "a link"),
        (with("logo", json!("https://evil.example/logo.png")), "a logo"),
        (with("logo", json!("data:text/html;base64,PHNjcmlwdD4=")), "a logo"),
        (with("name", json!("The\u{202e}Shop")), "a name"),
        (with("methods", json!([])), "methods that are none"),
        (with("key", json!("club")), "two brands with the key"),
        (unknown, r#"has no brand \"shoq\", which the client \"other\" names"#),
    ] {
        app.redeploy(setup).await;
        let before = app.log().len();
        for path in ["/sign-in", "/sign-in/proof", "/device", "/oauth2/authorize", "/oauth2/logout"] {
            let reply = app.get(path).await;
            assert!(reply.status >= 500, "{why}: {path} answers {}", reply.status);
        }
        let log = app.log()[before..].join("\n");
        assert!(log.contains("setting BRANDS: ") && log.contains(why), "{why}: {log}");
    }
    app.redeploy(self::setup(&[])).await;
    authorize(&app, &mut Browser::default(), "shop", &[]).await.expect(200);
}

const BRANDS: &str = "/v1/admin/brands";

/// Writes a brand as an administrator.
async fn write(app: &App, desk: &Service, brand: &Value) -> Reply {
    desk.call(app, Method::PUT, &format!("{BRANDS}/{}", brand["key"].as_str().unwrap()), Some(brand.clone())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_write_brands_that_registered_clients_wear() {
    let app = App::with(setup(&[]).operated()).await;
    let (desk, clients) = (app.operator("admin:brands").await, app.operator("admin:clients").await);
    let kiosk = json!({"key": "kiosk", "name": "The Kiosk", "colors": {"accent": "#aa3300"}, "methods": ["password"]});

    // A client names a brand that there is.
    let mut stall = json!({"client_id": "stall", "client_name": "Stall", "redirect_uris": [at("stall")],
        "grant_types": ["authorization_code"], "brand": "kiosk"});
    let register =
        async |body: &Value| clients.call(&app, Method::PUT, "/v1/admin/clients/stall", Some(body.clone())).await;
    let refused = register(&stall).await.problem(422, "invalid-fields");
    assert_eq!(refused.fields(), [("/brand".to_owned(), "client".to_owned())]);
    let made = write(&app, &desk, &kiosk).await.expect(201);
    assert_eq!((&made["brand"]["name"], &made["origin"]), (&json!("The Kiosk"), &json!("administrator")));
    register(&stall).await.expect(201);

    let mut browser = Browser::default();
    let page = authorize(&app, &mut browser, "stall", &[]).await.expect(200);
    assert!(page.text.contains("<bdi>The Kiosk</bdi>") && page.text.contains("--brand:#aa3300"), "{}", page.text);
    // Every page of a registered client, and of one of the file, finds its brand.
    let logout = Browser::default().open(&app, "/oauth2/logout?client_id=stall").await.expect(200);
    assert!(logout.text.contains("<bdi>The Kiosk</bdi>"), "{}", logout.text);
    stall["brand"] = json!("shop");
    register(&stall).await.expect(200);
    app.advance(SignedDuration::from_secs(61));
    let (desk, clients) = (app.operator("admin:brands").await, app.operator("admin:clients").await);
    assert_of_shop(&authorize(&app, &mut browser, "stall", &[]).await.expect(200), "The Shop");
    stall["brand"] = json!("kiosk");
    clients.call(&app, Method::PUT, "/v1/admin/clients/stall", Some(stall.clone())).await.expect(200);

    // It is changed only if it is what was read, and holds after a minute.
    let path = format!("{BRANDS}/kiosk");
    let seen = desk.get(&app, &path).await.expect(200);
    let change = async |tag: &str, name: &str| {
        let body = json!({"key": "kiosk", "name": name, "methods": ["totp"]});
        let request = app.request(Method::PUT, &path).bearer_auth(&desk.access).header("if-match", tag);
        app.send(request.json(&body)).await
    };
    let changed = change(seen.header("etag"), "The New Kiosk").await.expect(200);
    change(seen.header("etag"), "The Old Kiosk").await.problem(409, "conflict");
    assert_ne!(changed.header("etag"), seen.header("etag"));
    app.advance(SignedDuration::from_secs(61));
    let page = authorize(&app, &mut browser, "stall", &[]).await.expect(200);
    assert!(page.text.contains("<bdi>The New Kiosk</bdi>") && !page.has("password"), "{}", page.text);

    // The list says where each comes from.
    let list = desk.get(&app, BRANDS).await.expect(200);
    let of = |key: &str| {
        let all = list["brands"].as_array().unwrap();
        all.iter().find(|one| one["brand"]["key"] == key).map(|one| one["origin"].clone())
    };
    assert_eq!((of("shop"), of("kiosk")), (Some(json!("file")), Some(json!("administrator"))));
    assert_eq!(desk.get(&app, &format!("{BRANDS}/shop")).await.expect(200)["brand"]["logo"], LOGO);

    // Of the file, nothing is changed here; what can't be shown is refused by the rules of the file.
    write(&app, &desk, &json!({"key": "shop", "name": "Another Shop"})).await.problem(409, "conflict");
    desk.call(&app, Method::DELETE, &format!("{BRANDS}/shop"), None).await.problem(409, "conflict");
    for (field, value) in [
        ("name", json!("The\u{202e}Kiosk")),
        ("names", json!({"ar": ""})),
        ("logo", json!("https://evil.example/logo.png")),
        ("colors", json!({"accent": "#fff;}body{background:url(https://evil.example)"})),
        ("colors", json!({"text": "#999999"})),
        ("texts", json!({"en": {"footer": ""}})),
        ("links", json!({"privacy": "javascript:alert(1)"})),
        ("methods", json!([])),
    ] {
        let mut body = kiosk.clone();
        body[field] = value;
        let refused = write(&app, &desk, &body).await.problem(422, "invalid-fields");
        assert_eq!(refused.fields(), [(format!("/{field}"), "brand".to_owned())], "{body}");
    }
    let elsewhere = desk.call(&app, Method::PUT, &format!("{BRANDS}/stand"), Some(kiosk.clone())).await;
    assert_eq!(elsewhere.problem(422, "invalid-fields").fields(), [("/key".to_owned(), "value".to_owned())]);
    desk.get(&app, &format!("{BRANDS}/Kiosk%0a")).await.problem(404, "not-found");
    // Clients are another right.
    clients.get(&app, BRANDS).await.problem(403, "insufficient-scope");

    // One that is removed leaves the deployment's own pages, and its key can be used again.
    desk.call(&app, Method::DELETE, &path, None).await.expect(204);
    desk.call(&app, Method::DELETE, &path, None).await.problem(404, "not-found");
    desk.get(&app, &path).await.problem(404, "not-found");
    app.advance(SignedDuration::from_secs(61));
    let page = authorize(&app, &mut browser, "stall", &[]).await.expect(200);
    assert!(page.text.contains("<bdi>Portico</bdi>") && page.has("password"), "{}", page.text);
    let (desk, clients) = (app.operator("admin:brands").await, app.operator("admin:clients").await);
    // Whoever wears it may go on, and nobody puts it on.
    let register = async |body: &Value| {
        let path = format!("/v1/admin/clients/{}", body["client_id"].as_str().unwrap());
        clients.call(&app, Method::PUT, &path, Some(body.clone())).await
    };
    stall["client_name"] = json!("The Stall");
    register(&stall).await.expect(200);
    let mut booth = stall.clone();
    booth["client_id"] = json!("booth");
    let refused = register(&booth).await.problem(422, "invalid-fields");
    assert_eq!(refused.fields(), [("/brand".to_owned(), "client".to_owned())]);
    write(&app, &desk, &kiosk).await.expect(201);
    assert!(desk.get(&app, &path).await.expect(200).header("etag") > changed.header("etag"), "no tag comes again");
    app.settle().await;
    let world = World::of(&app).await;
    assert_eq!((world.sealed("brand.changed"), world.sealed("brand.removed")), (3, 1));
    world.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_so_many_brands_at_most() {
    let app = App::with(Setup::default().operated()).await;
    let desk = app.operator("admin:brands").await;
    for n in 0..50 {
        write(&app, &desk, &json!({"key": format!("b-{n}"), "name": "B"})).await.expect(201);
    }
    write(&app, &desk, &json!({"key": "b-50", "name": "B"})).await.problem(409, "conflict");
    write(&app, &desk, &json!({"key": "b-0", "name": "What is there can be changed"})).await.expect(200);
    desk.call(&app, Method::DELETE, &format!("{BRANDS}/b-1"), None).await.expect(204);
    write(&app, &desk, &json!({"key": "b-50", "name": "B"})).await.expect(201);
}
