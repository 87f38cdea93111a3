//! No right is needless: one journey through every flow uses all that `template.yaml` grants. (That
//! none is missing shows everywhere else: the endpoint denies what is not granted.)

use domain::SignedDuration;
use local::aws::{
    Service,
    faults::{Failure, Fault},
    rights::Right,
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Browser, Documents, Person, Setup, TotpApp, VERIFIER, WEB, claims};

const PASSWORD: &str = "a rather long sentence";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const LAMBDAS: [&str; 2] = ["dynamodb:ListStreams", "sqs:SendMessage"];
/// SHA-256 of `secret`.
const SECRET: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_right_is_used_with_wrapped_keys() {
    assert_eq!(unused_after_everything("kms-wrapped").await, Vec::<Right>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_right_is_used_with_keys_in_kms() {
    let mut unused = unused_after_everything("kms").await;
    // What the other mode left in the vault would be wiped.
    unused.retain(|right| (right.function.as_str(), right.action.as_str()) != ("rotate", "dynamodb:UpdateItem"));
    assert_eq!(unused, Vec::<Right>::new());
}

async fn unused_after_everything(mode: &str) -> Vec<Right> {
    let clients = json!([
        {"client_id": "auditor", "client_name": "Auditor", "grant_types": ["client_credentials"],
         "scopes": ["admin:audit", "admin:residency", "admin:sessions"], "secret_sha256": [SECRET]},
        {"client_id": "billing", "client_name": "Billing", "grant_types": ["client_credentials"],
         "scopes": ["admin:consents", "admin:erasure", "admin:purposes", "admin:sessions", "consents:check"],
         "introspect": true, "signing_alg": "RS256", "secret_sha256": [SECRET]},
        {"client_id": "operator", "client_name": "Operator", "grant_types": ["client_credentials"],
         "scopes": ["admin:brands", "admin:clients", "admin:requests", "admin:sessions", "clients:register"],
         "secret_sha256": [SECRET]},
        {"client_id": "rsa", "client_name": "RSA", "grant_types": ["refresh_token"], "direct": true,
         "sign_in_uri": "https://shop.example/sign-in", "signing_alg": "RS256"},
        serde_json::from_str::<Value>(WEB).unwrap(),
        {"client_id": "partner", "client_name": "Partner", "grant_types": ["authorization_code", DEVICE],
         "redirect_uris": [Browser::HOME], "third_party": true, "backchannel_logout_uri": "http://127.0.0.1:9/"},
        // Nobody listens there: they are told again and again.
        {"client_id": "told", "client_name": "Told", "grant_types": ["authorization_code"],
         "redirect_uris": ["https://told.example/back"], "backchannel_logout_uri": "http://127.0.0.1:9/"},
        {"client_id": "told-rsa", "client_name": "Told", "grant_types": ["authorization_code"], "signing_alg": "RS256",
         "redirect_uris": ["https://told.example/back"], "backchannel_logout_uri": "http://127.0.0.1:9/"},
    ])
    .to_string();
    let app = App::with(
        Setup::default()
            .parameter("SigningMode", mode)
            .parameter("AuditBucket", "make")
            .parameter("ClientIdMetadataDocuments", "127.0.0.1")
            .setting("CLIENTS", &clients)
            .setting("LIMIT_LOGIN_PER_ADDRESS", "1000")
            .setting("LIMIT_LOGIN_PER_DEVICE", "1000")
            .setting("EMAIL_SIGN_IN", "on"),
    )
    .await;
    let ada = app.customer("ada@example.com").await;
    let at_first = app.system.unused_rights();

    // Other parameters of the hash, so that it is made anew; a limit, so that sessions are counted.
    let settings = [
        ("CLIENTS", clients.as_str()),
        ("ARGON2_MEMORY_KIB", "128"),
        ("SESSION_LIMIT", "9"),
        ("EMAIL_SIGN_IN", "on"),
        ("PRIVACY_CONTACT", "privacy@example.com"),
        ("LIMIT_LOGIN_PER_ADDRESS", "1000"),
        ("LIMIT_LOGIN_PER_DEVICE", "1000"),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let parameters = [
        ("SigningMode", mode),
        ("AuditBucket", "make"),
        ("InactiveDays", "180"),
        ("ClientIdMetadataDocuments", "127.0.0.1"),
    ];
    app.system.update(&parameters.map(owned), &settings.map(owned)).await.unwrap();
    proving(&app).await;
    tokens(&app, &ada).await;
    sessions(&app, &ada).await;
    pages(&app, &ada).await;
    changes(&app, &ada).await;
    by_mailbox(&app).await;
    factors(&app).await;
    consents(&app).await;
    requests(&app).await;
    registered(&app).await;
    mail(&app).await;
    acts(&app).await;
    leaving(&app).await;
    keys(&app).await;

    // What Lambda does in a function's name: find its stream, send what it failed at to the dead letters.
    let unused = app.system.unused_rights().into_iter();
    unused.filter(|right| at_first.contains(right) && !LAMBDAS.contains(&right.action.as_str())).collect()
}

/// By code with a client of each algorithm, by a code sent again, and by link.
async fn proving(app: &App) {
    let body = json!({"email": "bob@example.com", "password": PASSWORD, "client_id": "rsa"});
    let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
    let code = app.code_to("bob@example.com").await;
    app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);

    let transaction = app.register("carol@example.com").await;
    app.settle().await;
    app.post("/v1/verify/resend", json!({"transaction": transaction})).await.expect(202);
    let code = app.code_to("carol@example.com").await;
    app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);

    app.register("dora@example.com").await;
    let token = app.link_token_to("dora@example.com").await;
    app.get(&format!("/verify?token={token}")).await.expect(200);
    app.form("/verify", &[("token", &token), ("password", "a sentence of Dora's")]).await.expect(200);
}

/// On the pages, in a browser.
async fn pages(app: &App, ada: &Person) {
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[]).await.expect(200);
    let back = browser.sign_in(app, &page, &ada.email, &ada.password).await.expect(303).back_at(Browser::HOME);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("code", &*back["code"]),
        ("redirect_uri", Browser::HOME),
        ("code_verifier", VERIFIER),
    ];
    let tokens = app.form("/oauth2/token", &fields).await.expect(200);
    app.form("/oauth2/userinfo", &[("access_token", &tokens.str("access_token"))]).await.expect(200);

    // An app of somebody else's, in the browser and on a device; then it is put out.
    let page = browser.authorize(app, &[("client_id", "partner")]).await.expect(200);
    let back = browser.submit(app, &page, "consent", &[("decision", "allow")]).await.expect(303);
    let code = back.back_at(Browser::HOME)["code"].clone();
    let fields = fields.map(|(name, value)| match name {
        "client_id" => (name, "partner"),
        "code" => (name, &*code),
        _ => (name, value),
    });
    app.form("/oauth2/token", &fields).await.expect(200);
    let fields = [("client_id", "partner"), ("scope", "openid")];
    let codes = app.form("/oauth2/device_authorization", &fields).await.expect(200);
    let page = browser.open(app, "/device").await.expect(200);
    let page = browser.submit(app, &page, "device", &[("user_code", &codes.str("user_code"))]).await.expect(200);
    browser.submit(app, &page, "device_confirm", &[("decision", "allow")]).await.expect(200);
    let code = codes.str("device_code");
    let fields = [("client_id", "partner"), ("grant_type", DEVICE), ("device_code", code.as_str())];
    app.form("/oauth2/token", &fields).await.expect(200);
    let ada = ada.again(app).await;
    ada.get(app, "/v1/me/apps").await.expect(200);
    ada.call(app, Method::DELETE, "/v1/me/apps/partner", None).await.expect(204);
    logouts(app, &ada).await;
}

/// Beside the file: one that registers itself; and one of an administrator's, and one that describes itself, to which a
/// customer signs in with two factors, and out of it in every way.
async fn registered(app: &App) {
    const BACK: &str = Documents::BACK;
    let documents = Documents::start().await;
    let desk = app.operator("clients:register").await;
    let body = json!({"client_name": "Calendar", "redirect_uris": ["https://calendar.example/back"]});
    let made = desk.call(app, Method::POST, "/oauth2/register", Some(body.clone())).await.expect(201);
    let itself = tests::Service { access: made.str("registration_access_token") };
    let path = format!("/oauth2/register/{}", made.str("client_id"));
    itself.get(app, &path).await.expect(200);
    itself.call(app, Method::DELETE, &path, None).await.expect(204);

    let admin = app.operator("admin:clients").await;
    let brands = app.operator("admin:brands").await;
    let brand = json!({"key": "print", "name": "Print"});
    brands.call(app, Method::PUT, "/v1/admin/brands/print", Some(brand)).await.expect(201);
    brands.get(app, "/v1/admin/brands").await.expect(200);
    let body = json!({"client_id": "printer", "client_name": "Printer", "grant_types": ["authorization_code", DEVICE],
        "redirect_uris": [BACK], "brand": "print"});
    admin.call(app, Method::PUT, "/v1/admin/clients/printer", Some(body)).await.expect(201);
    admin.get(app, "/v1/admin/clients").await.expect(200);
    let wim = app.customer("wim@example.com").await;
    let (phone, _) = wim.add_totp(app).await;
    let described = documents.keep("client.json", &json!({}));
    for (client, by_app) in
        [("printer", true), ("printer", false), (described.as_str(), true), (described.as_str(), false)]
    {
        app.advance(SignedDuration::from_secs(60));
        let mut browser = Browser::default();
        let asked = [("client_id", client), ("redirect_uri", BACK)];
        let page = browser.authorize(app, &asked).await.expect(200);
        let proof = browser.sign_in(app, &page, &wim.email, &wim.password).await.expect(200);
        let mut back = browser.submit(app, &proof, "proof", &[("code", &phone.code(app))]).await;
        if back.status == 200 {
            back = browser.submit(app, &back, "consent", &[("decision", "allow")]).await;
        }
        let back = back.expect(303);
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", &back.back_at(BACK)["code"]),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        let id_token = app.form("/oauth2/token", &fields).await.expect(200).str("id_token");
        let asked = app.form("/oauth2/device_authorization", &[("client_id", client), ("scope", "openid")]).await;
        assert_eq!(asked.status, if client == "printer" { 200 } else { 400 }, "{}", asked.text);
        if by_app {
            browser.open(app, &format!("/oauth2/logout?id_token_hint={id_token}")).await.expect(200);
        } else {
            let desk = app.operator("admin:sessions").await;
            let path = format!("/v1/admin/customers/{}/sessions", wim.sub);
            desk.call(app, Method::DELETE, &path, None).await.expect(204);
        }
    }
    // An administrator who is a person is one by their session.
    let zed = app.customer("zed@example.com").await;
    zed.get(app, "/v1/admin/clients").await.problem(403, "insufficient-scope");
}

/// Of browsers that are signed in to apps which want to be told: by an app, and among one's sessions.
async fn logouts(app: &App, ada: &Person) {
    const BACK: &str = "https://told.example/back";
    let ada = ada.again(app).await;
    for by_app in [true, false] {
        let mut browser = Browser::default();
        let page = browser.authorize(app, &[]).await.expect(200);
        browser.sign_in(app, &page, &ada.email, &ada.password).await.expect(303);
        let mut id_token = String::new();
        for client in ["told", "told-rsa"] {
            let reply = browser.authorize(app, &[("client_id", client), ("redirect_uri", BACK)]).await.expect(303);
            let fields = [
                ("grant_type", "authorization_code"),
                ("client_id", client),
                ("code", &reply.back_at(BACK)["code"]),
                ("redirect_uri", BACK),
                ("code_verifier", VERIFIER),
            ];
            id_token = app.form("/oauth2/token", &fields).await.expect(200).str("id_token");
        }
        if by_app {
            browser.open(app, &format!("/oauth2/logout?id_token_hint={id_token}")).await.expect(200);
        } else {
            let path = format!("/v1/me/sessions/{}", claims(&id_token)["sid"].as_str().unwrap());
            ada.call(app, Method::DELETE, &path, None).await.expect(204);
        }
        app.settle().await;
    }
}

async fn tokens(app: &App, ada: &Person) {
    for client in ["portico", "rsa"] {
        let body = json!({"email": ada.email, "password": PASSWORD, "client_id": client});
        let first = app.post("/v1/login", body).await.expect(200).str("refresh_token");
        let exchange = async |token: &str| {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client)];
            app.form("/oauth2/token", &fields).await
        };
        let next = exchange(&first).await.expect(200);
        let last = exchange(&next.str("refresh_token")).await.expect(200);
        app.form("/oauth2/revoke", &[("token", &last.str("refresh_token")), ("client_id", client)]).await.expect(200);
    }
    let stolen = ada.again(app).await;
    app.refresh(&stolen.refresh).await.expect(200);
    app.advance(SignedDuration::from_secs(11));
    app.refresh(&stolen.refresh).await.oauth(400, "invalid_grant");

    let service = |path| app.request(Method::POST, path).basic_auth("billing", Some("secret"));
    app.send(service("/oauth2/token").form(&[("grant_type", "client_credentials")])).await.expect(200);
    let live = ada.again(app).await;
    for token in [&live.access, &live.refresh] {
        app.send(service("/oauth2/introspect").form(&[("token", token)])).await.expect(200);
    }
    app.get("/.well-known/jwks.json").await.expect(200);
}

async fn sessions(app: &App, ada: &Person) {
    let ada = ada.again(app).await;
    let listed = ada.get(app, "/v1/me/sessions").await.expect(200);
    let other = listed["sessions"].as_array().unwrap().iter().find(|session| session["current"] != true).unwrap();
    let path = format!("/v1/me/sessions/{}", other["id"].as_str().unwrap());
    ada.call(app, Method::DELETE, &path, None).await.expect(204);
    ada.call(app, Method::DELETE, "/v1/me/sessions?keep=current", None).await.expect(204);
    ada.call(app, Method::POST, "/v1/logout", None).await.expect(204);
}

async fn changes(app: &App, ada: &Person) {
    let ada = ada.again(app).await;
    let put = async |path: &str, body: Value| ada.call(app, Method::PUT, path, Some(body)).await;
    // Seen again after a while, which is written down.
    app.advance(SignedDuration::from_mins(6));
    ada.get(app, "/v1/me").await.expect(200);
    ada.get(app, "/v1/me/sessions").await.expect(200);
    ada.call(app, Method::PATCH, "/v1/me", Some(json!({"locale": "de"}))).await.expect(200);
    put("/v1/me/password", json!({"current_password": PASSWORD, "new_password": "a new long sentence"}))
        .await
        .expect(204);

    let body = json!({"email": "ada@new.example.com", "current_password": "a new long sentence"});
    let transaction = put("/v1/me/email", body).await.expect(202).str("transaction");
    let code = app.code_to("ada@new.example.com").await;
    app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    app.settle().await;
    let links = app.mails().await.into_iter().filter_map(|mail| mail.link);
    let undo = links.filter_map(|link| Some(link.split_once("/verify/undo?token=")?.1.to_owned())).next_back().unwrap();
    app.get(&format!("/verify/undo?token={undo}")).await.expect(200);
    app.form("/verify/undo", &[("token", &undo), ("password", PASSWORD)]).await.expect(200);
}

/// In by code and by link, with a client of each algorithm; a password forgotten, and what somebody else
/// did undone.
async fn by_mailbox(app: &App) {
    let zoe = app.customer("zoe@example.com").await;
    let body = json!({"email": zoe.email, "password": zoe.password, "device_token": zoe.device});
    app.post("/v1/login", body).await.expect(200);
    for (client, method) in [("portico", "code"), ("rsa", "link")] {
        let body = json!({"email": zoe.email, "method": method, "client_id": client, "device_token": zoe.device});
        let transaction = app.post("/v1/passwordless", body).await.expect(202).str("transaction");
        let mail = app.mail_to(&zoe.email).await;
        let body = match mail.code {
            Some(code) => json!({"transaction": transaction, "code": code}),
            None => json!({"transaction": transaction, "token": mail.link.unwrap().split_once("#token=").unwrap().1}),
        };
        app.post("/v1/passwordless/verify", body).await.expect(200);
    }
    let transaction = app.forgotten(&zoe.email).await;
    let body = json!({"transaction": transaction, "code": app.code_to(&zoe.email).await, "password": PASSWORD});
    app.post("/v1/recover/verify", body).await.expect(204);
    let token = app.token_of("/recover/undo", &zoe.email).await;
    app.get(&format!("/recover/undo?token={token}")).await.expect(200);
    app.form("/recover/undo", &[("token", &token)]).await.expect(200);
}

/// A passkey and an authenticator app: enrolled, signed in with by a client of each algorithm, stepped up
/// by, removed, and lost.
async fn factors(app: &App) {
    let yan = app.customer("yan@example.com").await;
    let begun = yan.call(app, Method::POST, "/v1/me/factors/totp", Some(json!({}))).await.expect(201);
    let phone = TotpApp::new(&begun.str("secret"));
    let body = json!({"transaction": begun.str("transaction"), "code": phone.code(app)});
    yan.call(app, Method::POST, "/v1/me/factors/totp/activate", Some(body)).await.expect(201);
    let mut key = Authenticator::new(&app.system.gateway_url());
    let post = async |path: &str, body: Value| yan.call(app, Method::POST, path, Some(body)).await;
    let asked = post("/v1/me/factors/passkey/options", json!({})).await.expect(200);
    let credential = key.create(&asked["public_key"]);
    let body = json!({"transaction": asked.str("transaction"), "credential": credential});
    let passkey = post("/v1/me/factors/passkey", body).await.expect(201).str("id");
    post("/v1/me/factors/recovery-codes", json!({})).await.expect(201);
    yan.get(app, "/v1/me/factors").await.expect(200);
    let mut copied = Authenticator::new(&app.system.gateway_url());
    copied.counter = 5;
    yan.add_passkey(app, &mut copied).await;
    copied.counter = 2;
    let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
    let body = json!({"transaction": asked.str("transaction"), "credential": copied.get(&asked["public_key"])});
    app.post("/v1/passkey", body).await.problem(401, "invalid-credentials");

    for client in ["portico", "rsa"] {
        let asked = app.post("/v1/passkey/options", json!({"client_id": client})).await.expect(200);
        let credential = key.get(&asked["public_key"]);
        let body = json!({"transaction": asked.str("transaction"), "credential": credential});
        app.post("/v1/passkey", body).await.expect(200);
        app.advance(SignedDuration::from_secs(60));
        let body = json!({"email": yan.email, "password": yan.password, "client_id": client});
        let waits = app.post("/v1/login", body).await.expect(200).str("transaction");
        app.challenge(&waits, "passkey").await.expect(200);
        let proof = json!({"code": phone.code(app), "remember_device": true});
        let answer = app.mfa(&waits, "totp", proof).await.expect(200);
        let known = json!({"email": yan.email, "password": yan.password, "client_id": client,
            "device_token": answer.str("device_token")});
        app.post("/v1/login", known).await.expect(200);
    }
    let listed = yan.get(app, "/v1/me/sessions").await.expect(200);
    let device = format!("/v1/me/devices/{}", listed["trusted_devices"][0]["id"].as_str().unwrap());
    yan.call(app, Method::DELETE, &device, None).await.expect(204);

    app.advance(SignedDuration::from_secs(60));
    let waits = yan.step_up(app, json!({"max_age": 30})).await.expect(200).str("transaction");
    let half = app.mfa(&waits, "totp", json!({"code": phone.code(app)})).await.expect(200).str("transaction");
    let fresh = app.mfa(&half, "password", json!({"password": yan.password})).await.expect(200);
    let fresh = Person::signed_in(&yan.email, &yan.password, &fresh);
    let path = format!("/v1/me/factors/{passkey}?end_other_sessions=true");
    fresh.call(app, Method::DELETE, &path, None).await.expect(204);

    let asked = fresh.call(app, Method::POST, "/v1/me/factors/passkey/options", Some(json!({}))).await.expect(200);
    let credential = key.create(&asked["public_key"]);
    let body = json!({"transaction": asked.str("transaction"), "credential": credential});
    fresh.call(app, Method::POST, "/v1/me/factors/passkey", Some(body)).await.expect(201);
    let waits = fresh.half_way(app).await;
    let begun = app.post("/v1/mfa/recovery", json!({"transaction": waits})).await.expect(202);
    app.advance(SignedDuration::from_hours(73));
    let waits = fresh.half_way(app).await;
    app.mfa(&waits, "delayed_recovery", json!({"recovery": begun["recovery"]})).await.expect(200);
}

/// A purpose that is new; agreed to at a registration and by a mail that came twice; looked at by its
/// customer, a service and an administrator.
async fn consents(app: &App) {
    let body = json!({"email": "uma@example.com", "password": PASSWORD, "consents": {"newsletter": true}});
    let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
    let code = app.code_to("uma@example.com").await;
    let reply = app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    let uma = Person::signed_in("uma@example.com", PASSWORD, &reply);
    let put = async |path: &str, body: Value| uma.call(app, Method::PUT, path, Some(body)).await.expect(200);
    app.advance(SignedDuration::from_mins(6));
    uma.get(app, "/v1/me/consents").await.expect(200);
    put("/v1/me/consents/newsletter", json!({"granted": true, "version": 1})).await;
    put("/v1/me/consents/product_improvement", json!({"granted": true, "version": 1})).await;
    let token = app.token_of("/consents/confirm", &uma.email).await;
    app.get(&format!("/consents/confirm?token={token}")).await.expect(200);
    app.form("/consents/confirm", &[("token", &token)]).await.expect(200);
    let mut wanted = uma.get(app, "/v1/me/preferences").await.expect(200).body;
    wanted["language"] = json!("fr");
    put("/v1/me/preferences", wanted).await;

    let request = app.request(Method::POST, "/oauth2/token").basic_auth("billing", Some("secret"));
    let scope = "admin:consents admin:purposes admin:sessions consents:check";
    let request = request.form(&[("grant_type", "client_credentials"), ("scope", scope)]);
    let service = tests::Service { access: app.send(request).await.expect(200).str("access_token") };
    service.get(app, &format!("/v1/consents/check?customer={}&purpose=newsletter", uma.sub)).await.expect(200);
    service.get(app, "/v1/admin/consents?on=2027-01-15").await.expect(200);
    let filed = service.get(app, "/v1/admin/purposes").await.expect(200);
    let mut next = filed["purposes"][0].clone();
    let path = format!("/v1/admin/purposes/{}", next["key"].as_str().unwrap());
    next["version"] = json!(2);
    service.call(app, Method::PUT, &path, Some(next)).await.expect(200);
    let path = format!("/v1/admin/customers/{}/sessions", uma.sub);
    service.call(app, Method::DELETE, &path, None).await.expect(204);
}

/// Copies for their owner and for an administrator; a request from its record to its end, and one whose
/// customer was erased.
async fn requests(app: &App) {
    let xia = app.customer("xia@example.com").await;
    app.fetch(&xia.export(app).await).await.zip();
    app.advance(SignedDuration::from_mins(6));
    xia.get(app, "/v1/me/requests").await.expect(200);
    app.advance(SignedDuration::from_mins(6));
    // Seen again after a while, which is written down, by a session that is no longer fresh.
    let access = app.refresh(&xia.refresh).await.expect(200).str("access_token");
    app.advance(SignedDuration::from_mins(6));
    let later = Person { access, ..xia.clone() };
    later.call(app, Method::POST, "/v1/me/export", None).await.problem(401, "reauthentication-required");

    let desk = app.operator("admin:requests").await;
    let call = async |method: Method, path: &str, body: Option<Value>| desk.call(app, method, path, body).await;
    let body = json!({"email": "xia@example.com"});
    call(Method::POST, "/v1/admin/customers/lookup", Some(body)).await.expect(200);
    let body = json!({"type": "access", "law": "gdpr", "customer": xia.sub, "identified_by": "Passport",
        "received_at": domain::Timestamp::from_second(app.now() - 25 * 24 * 3600).unwrap().to_string()});
    let mut paths = Vec::new();
    for _ in 0..2 {
        let id = call(Method::POST, "/v1/admin/requests", Some(body.clone())).await.expect(201).str("id");
        paths.push((format!("/v1/admin/requests/{id}"), id));
    }
    let [(path, _), (_, erased)] = paths.as_slice() else { panic!("two") };
    call(Method::GET, "/v1/admin/requests", None).await.expect(200);
    let copy = call(Method::POST, &format!("{path}/export"), None).await.expect(201).str("download");
    app.fetch(&copy).await.zip();
    let key = json!({"pk": {"S": format!("CUS#{}", xia.sub)}, "sk": {"S": format!("REQUEST#{erased}")}});
    let input = json!({"TableName": app.system.table("Directory"), "Key": key});
    app.system.operate(Service::DynamoDb, "DeleteItem", input).await.unwrap();
    app.system.invoke("dsar_reminders", json!({"portico": "remind"})).await.unwrap();
    call(Method::PATCH, path, Some(json!({"outcome": "fulfilled"}))).await.expect(200);
    let desk = app.operator("admin:sessions").await;
    let path = format!("/v1/admin/customers/{}/sessions", xia.sub);
    desk.call(app, Method::DELETE, &path, None).await.expect(204);
}

/// Sent late, bounced, given up, and sent by command.
async fn mail(app: &App) {
    let faults = app.system.faults();
    let retry = async || app.system.invoke("mailer", json!({"portico": "retry"})).await.unwrap();
    faults.down(Service::Ses);
    app.register("late@example.com").await;
    app.settle().await;
    faults.clear();
    app.advance(SignedDuration::from_mins(5));
    retry().await;

    let bounce = json!({"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "late@example.com"}]});
    let notice = json!({"notificationType": "Bounce", "bounce": bounce}).to_string();
    let event = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": notice}}]});
    app.system.invoke("mailer", event).await.unwrap();

    faults.inject(Fault::new(Failure::Refuse).service(Service::Ses));
    app.register("refused@example.com").await;
    app.settle().await;
    faults.clear();
    app.system.invoke("mailer", json!({"portico": "resend_parked"})).await.unwrap();
}

/// Signed and copied, read by a customer and by an administrator, and one that says that nothing was sent.
async fn acts(app: &App) {
    app.system.invoke("roots", json!({"portico": "roots"})).await.unwrap();
    let una = app.customer("una@example.com").await;
    app.advance(SignedDuration::from_mins(6));
    app.settle().await;
    una.get(app, "/v1/me/audit").await.expect(200);

    let token = app.request(Method::POST, "/oauth2/token").basic_auth("auditor", Some("secret"));
    let token = app.send(token.form(&[("grant_type", "client_credentials")])).await.expect(200).str("access_token");
    app.send(app.request(Method::GET, "/v1/admin/audit?kind=session.started").bearer_auth(&token)).await.expect(200);
    let path = format!("/v1/admin/customers/{}/jurisdiction", una.sub);
    let put = app.request(Method::PUT, &path).bearer_auth(&token).json(&json!({"jurisdiction": "AQ"}));
    app.send(put).await.expect(204);
    let path = format!("/v1/admin/customers/{}/sessions", una.sub);
    app.send(app.request(Method::DELETE, &path).bearer_auth(&token)).await.expect(204);
    app.forgotten("una@example.com").await;
    app.settle().await;
}

/// Asked for, withdrawn, held, and erased; then everybody else, who is not seen any more.
async fn leaving(app: &App) {
    let lea = app.customer("lea@example.com").await;
    let mut key = Authenticator::new(&app.system.gateway_url());
    lea.add_passkey(app, &mut key).await;
    lea.get(app, "/v1/me/erasure").await.expect(200);
    // Mail that was given up, and waits.
    app.settle().await;
    app.system.faults().inject(Fault::new(Failure::Refuse).function("mailer").service(Service::Ses));
    app.forgotten(&lea.email).await;
    app.settle().await;
    app.system.faults().clear();
    lea.leave(app).await.expect(202);
    let token = app.token_of("/erasure/withdraw", &lea.email).await;
    app.get(&format!("/erasure/withdraw?token={token}")).await.expect(200);
    app.form("/erasure/withdraw", &[("token", &token)]).await.expect(200);

    let request = app.request(Method::POST, "/oauth2/token").basic_auth("billing", Some("secret"));
    let request = request.form(&[("grant_type", "client_credentials"), ("scope", "admin:erasure admin:sessions")]);
    let access = app.send(request).await.expect(200).str("access_token");
    let call = async |method, path: &str, body: Option<Value>| {
        let request = app.request(method, &format!("/v1/admin/customers/{}/{path}", lea.sub)).bearer_auth(&access);
        app.send(body.iter().fold(request, |request, body| request.json(body))).await
    };
    let hold = json!({"reason": "Claim 4711.", "until": "2029-01-01T00:00:00Z"});
    let hold = call(Method::POST, "holds", Some(hold)).await.expect(201).str("id");
    call(Method::GET, "holds", None).await.expect(200);
    call(Method::DELETE, "sessions", None).await.expect(204);
    call(Method::DELETE, &format!("holds/{hold}"), None).await.expect(204);
    let asked = call(Method::POST, "erasure", Some(json!({"reason": "Asked by letter."}))).await.expect(202);
    assert_eq!(asked["status"], "pending");
    app.get(&format!("/v1/erasure/certificate?receipt={}.{}", lea.sub, "A".repeat(22))).await.expect(404);
    app.erase_due().await;
    for days in [1, 120, 31, 31] {
        app.advance(SignedDuration::from_hours(24 * days));
        app.system.invoke("eraser", json!({"portico": "inactive"})).await.unwrap();
    }
    app.erase_due().await;
}

/// Until the first keys are wiped.
async fn keys(app: &App) {
    for _ in 0..150 {
        app.advance(SignedDuration::from_hours(12));
        app.system.invoke("rotate", json!({"portico": "rotate"})).await.unwrap();
    }
    app.settle().await;
}
