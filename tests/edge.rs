//! What wraps every answer: CORS, headers, request ids. And what never stands in a log or a table.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use local::SOURCE_IP;
use local::aws::{
    Service,
    faults::{Failure, Fault},
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Reply, Setup, TotpApp};

use crate::openapi::{Operation, operations};

const SHOP: &str = "https://shop.example";

fn method(operation: &Operation) -> Method {
    Method::from_bytes(operation.method.as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn configured_origins_may_call_and_others_may_not() {
    let app = App::with(
        Setup::default()
            .setting("CORS_ORIGINS", &format!("{SHOP}, http://localhost:5173"))
            .setting("WEBAUTHN_ORIGINS", SHOP),
    )
    .await;
    for operation in operations() {
        let path = operation.path.replace("{id}", "x");
        for origin in [SHOP, "http://localhost:5173"] {
            let preflight = app.request(Method::OPTIONS, &path).header("origin", origin);
            let preflight = preflight
                .header("access-control-request-method", operation.method.as_str())
                .header("access-control-request-headers", "authorization,content-type");
            let allowed = app.send(preflight).await.expect(204);
            assert_eq!(allowed.header("access-control-allow-origin"), origin, "{path}");
            assert!(allowed.header("access-control-allow-methods").contains(&operation.method), "{path}");
            let headers = allowed.header("access-control-allow-headers").to_lowercase();
            assert!(headers.contains("authorization") && headers.contains("content-type"), "{path}");
            assert!(allowed.header("access-control-allow-credentials").is_empty(), "{path}");
            assert!(allowed.header("vary").contains("Origin"), "{path}");
            let reply = app.send(app.request(method(&operation), &path).header("origin", origin)).await;
            assert!([origin, "*"].contains(&reply.header("access-control-allow-origin")), "{path}");
            let exposed = reply.header("access-control-expose-headers").to_lowercase();
            let public = reply.header("access-control-allow-origin") == "*";
            assert!(public || exposed.contains("x-request-id") && exposed.contains("retry-after"), "{path}: {exposed}");
        }
        for origin in [
            "https://evil.example",
            "https://shop.example.evil.example",
            "http://shop.example",
            "null",
            "https://SHOP.example",
        ] {
            let preflight = app.request(Method::OPTIONS, &path).header("origin", origin);
            let refused = app.send(preflight.header("access-control-request-method", operation.method.as_str())).await;
            assert!(
                refused.status < 400 && refused.header("access-control-allow-origin").is_empty(),
                "{path} {origin}"
            );
            assert!(refused.header("access-control-allow-methods").is_empty(), "{path} {origin}");
            let reply = app.send(app.request(method(&operation), &path).header("origin", origin)).await;
            let allowed = reply.header("access-control-allow-origin");
            let is_document = operation.tag() == "discovery";
            assert_eq!(allowed, if is_document { "*" } else { "" }, "{path} {origin}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_origins_nobody_calls_from_a_browser() {
    let app = App::start().await;
    let preflight = app.request(Method::OPTIONS, "/v1/login").header("origin", SHOP);
    let reply = app.send(preflight.header("access-control-request-method", "POST")).await;
    assert!(reply.header("access-control-allow-origin").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_hardened_and_has_an_id() {
    let app = App::with(Setup::default().setting("WEBAUTHN_ORIGINS", SHOP)).await;
    let ada = app.customer("ada@example.com").await;
    let mut ids = BTreeSet::new();
    for operation in operations() {
        let path = operation.path.replace("{id}", "x");
        for authorized in [true, false] {
            let request = app.request(method(&operation), &path);
            let request =
                if authorized && operation.method == "GET" { request.bearer_auth(&ada.access) } else { request };
            let reply = app.send(request).await;
            let at = format!("{} {path}: {}", operation.method, reply.status);
            assert_hardened(&reply, &operation, &at);
            assert!(ids.insert(reply.header("x-request-id").to_owned()), "{at}: an id twice");
        }
    }
    let preflight = app.send(app.request(Method::OPTIONS, "/v1/login")).await;
    assert_eq!(preflight.header("x-content-type-options"), "nosniff");
}

fn assert_hardened(reply: &Reply, operation: &Operation, at: &str) {
    assert!(reply.header("strict-transport-security").starts_with("max-age="), "{at}");
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{at}");
    assert_eq!(reply.header("referrer-policy"), "no-referrer", "{at}");
    assert!(reply.header("content-security-policy").contains("default-src 'none'"), "{at}");
    assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{at}");
    assert!(!reply.header("cross-origin-resource-policy").is_empty(), "{at}");
    assert!(!reply.header("permissions-policy").is_empty(), "{at}");
    assert!(!reply.header("x-request-id").is_empty(), "{at}");
    for told in ["server", "x-powered-by"] {
        assert!(reply.header(told).is_empty(), "{at}: {told}");
    }
    assert!(operation.is_page() || reply.header("set-cookie").is_empty(), "{at}: a cookie");
    let keep = operation.tag() == "discovery";
    assert_eq!(reply.header("cache-control").contains("no-store"), !keep, "{at}: {}", reply.header("cache-control"));
    let scripted = reply.header("content-type").starts_with("text/html") && reply.text.contains("<script");
    assert!(!scripted, "{at}: a page with a script");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_is_answered_past_cloudfront() {
    let app = App::with(Setup::default().parameter("OriginSecret", "the origin's secret")).await;
    for operation in operations() {
        let ask = || app.request(method(&operation), &operation.path.replace("{id}", "x"));
        for request in [ask(), ask().header("x-origin-secret", "guess")] {
            let reply = app.send(request).await.problem(403, "direct-access");
            operation.assert_documents(&reply);
        }
        let through = app.send(ask().header("x-origin-secret", "the origin's secret")).await;
        assert_ne!(through.status, 403, "{} {}", operation.method, operation.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stall_of_aws_has_an_answer() {
    let app = App::with(Setup { deadline: Some(Duration::from_secs(2)), ..Setup::default() }).await;
    let ask = async || tokio::join!(app.login("nobody@example.com", "a rather long sentence"), app.refresh("unknown"));
    app.system.faults().inject(Fault::new(Failure::Hang).service(Service::DynamoDb));
    let (login, refresh) = ask().await;
    assert_eq!(login.problem(503, "unavailable").header("retry-after"), "1");
    assert_eq!(refresh.oauth(503, "temporarily_unavailable").header("retry-after"), "1");
    assert_eq!(app.log().iter().filter(|line| line.contains("no answer within 2s")).count(), 2);

    app.system.faults().clear();
    let (login, refresh) = ask().await;
    login.problem(401, "invalid-credentials");
    refresh.oauth(400, "invalid_grant");
}

/// Somebody's whole story, and every word of it that is nobody else's business.
async fn journey(app: &App) -> Vec<(&'static str, String)> {
    const ADDR: &str = "203.0.113.77";
    const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 Wunderkind/9";
    let from = |request: reqwest::RequestBuilder| request.header(SOURCE_IP, ADDR).header("user-agent", AGENT);
    let post = async |path: &str, body: Value| app.send(from(app.request(Method::POST, path)).json(&body)).await;
    let mut told = vec![("an address", ADDR.to_owned()), ("a user agent", "Wunderkind".to_owned())];
    let mut tell = |what: &'static str, word: &str| {
        assert!(word.len() > 3, "{what}");
        told.push((what, word.to_owned()));
        word.to_owned()
    };

    let email = tell("an e-mail address", "ada.lovelace@babbage.example");
    tell("an e-mail address", "ada.lovelace");
    tell("a domain", "babbage.example");
    let (given, family) = (tell("a name", "Adalheidis"), tell("a name", "Lovelace-Byron"));
    let (first, second) =
        (tell("a password", "difference engine no. 1"), tell("a password", "analytical engine no. 2"));
    let wrong = tell("a password", "never was a password");

    let body = json!({"email": email, "password": first, "profile": {"given_name": given}});
    let transaction = tell("a transaction", &post("/v1/register", body).await.expect(202).str("transaction"));
    tell("a code", &app.code_to(&email).await);
    let resent = post("/v1/verify/resend", json!({"transaction": transaction})).await;
    assert!(resent.status < 300, "{}", resent.text);
    let (code, link) = (tell("a code", &app.code_to(&email).await), tell("a link", &app.link_token_to(&email).await));
    app.send(from(app.request(Method::GET, &format!("/verify?token={link}")))).await.expect(200);
    post("/v1/verify", json!({"transaction": transaction, "code": "000000"})).await;
    let signed_in = post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    for name in ["access_token", "id_token", "refresh_token", "device_token"] {
        tell("a token", &signed_in.str(name));
    }
    post("/v1/login", json!({"email": email, "password": wrong})).await.problem(401, "invalid-credentials");
    let stranger = tell("an e-mail address", "nobody.at.all@elsewhere.example");
    post("/v1/login", json!({"email": stranger, "password": wrong})).await.problem(401, "invalid-credentials");
    post("/v1/register", json!({"email": email})).await.expect(202);
    let again = post("/v1/login", json!({"email": email, "password": first})).await.expect(200);
    let (mut access, refresh) =
        (tell("a token", &again.str("access_token")), tell("a token", &again.str("refresh_token")));
    let renewed = app.refresh(&refresh).await.expect(200);
    tell("a token", &renewed.str("refresh_token"));

    let call = async |access: &str, method: Method, path: &str, body: Option<Value>| {
        let request = from(app.request(method, path)).bearer_auth(access);
        app.send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    };
    call(&access, Method::GET, "/v1/me", None).await.expect(200);
    call(&access, Method::PATCH, "/v1/me", Some(json!({"profile": {"family_name": family}}))).await.expect(200);
    let new = tell("an e-mail address", "countess@lovelace.example");
    let asked =
        call(&access, Method::PUT, "/v1/me/email", Some(json!({"email": new, "current_password": first}))).await;
    assert!(asked.status < 300, "{}", asked.text);
    let (transaction, code) =
        (tell("a transaction", &asked.str("transaction")), tell("a code", &app.code_to(&new).await));
    post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    tell("a link", &app.link_token_to(&email).await);
    access = post("/v1/login", json!({"email": new, "password": first})).await.expect(200).str("access_token");
    let body = json!({"current_password": first, "new_password": second});
    assert!(call(&access, Method::PUT, "/v1/me/password", Some(body)).await.status < 300);
    call(&access, Method::GET, "/v1/me/sessions", None).await.expect(200);
    // A refresh token that was followed by another and comes again: the customer is told.
    app.refresh(&refresh).await.oauth(400, "invalid_grant");
    post("/v1/login", json!({"email": [wrong], "password": {"x": wrong}})).await.problem(422, "invalid-fields");
    app.send(
        from(app.request(Method::POST, "/v1/login"))
            .header("content-type", "application/json")
            .body(format!("{{\"{wrong}")),
    )
    .await
    .problem(400, "invalid-request");
    call(&wrong.replace(' ', "-"), Method::GET, &format!("/v1/me?name={given}"), None)
        .await
        .problem(401, "invalid-token");
    call(&access, Method::DELETE, &format!("/v1/me/sessions/{given}"), None).await.problem(404, "not-found");
    call(&access, Method::POST, "/v1/logout", None).await.expect(204);

    let mailed = post("/v1/passwordless", json!({"email": new, "method": "code"})).await.expect(202);
    let (transaction, code) =
        (tell("a transaction", &mailed.str("transaction")), tell("a code", &app.code_to(&new).await));
    let signed_in =
        post("/v1/passwordless/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    tell("a token", &signed_in.str("access_token"));
    let third = tell("a password", "no engine at all, no. 3");
    let forgotten = post("/v1/recover", json!({"email": new})).await.expect(202);
    let (transaction, code) =
        (tell("a transaction", &forgotten.str("transaction")), tell("a code", &app.code_to(&new).await));
    tell("a link", &app.token_of("/recover", &new).await);
    let body = json!({"transaction": transaction, "code": code, "password": third});
    post("/v1/recover/verify", body).await.expect(204);
    let undo = tell("a link", &app.token_of("/recover/undo", &new).await);
    app.send(from(app.request(Method::POST, "/recover/undo")).form(&[("token", &undo)])).await.expect(200);
    app.settle().await;
    told
}

/// What somebody has to prove who they are, as text and as bytes.
async fn factors(app: &App) -> (Vec<(&'static str, String)>, Vec<(&'static str, Vec<u8>)>) {
    const PHONE: &str = "+4915112345678";
    let ada = app.customer("grace@hopper.example").await;
    let mut told = vec![("a number", PHONE.to_owned()), ("a number", PHONE[1..].to_owned())];
    let mut bytes = Vec::new();

    let started = ada.post(app, "/v1/me/factors/totp", json!({"name": "Wanderphone"})).await.expect(201);
    told.extend([("a name", "Wanderphone".to_owned()), ("a secret", started.str("secret"))]);
    let totp = TotpApp::new(&started.str("secret"));
    bytes.push(("a secret", totp.secret()));
    let body = json!({"transaction": started.str("transaction"), "code": totp.code(app)});
    ada.post(app, "/v1/me/factors/totp/activate", body).await.expect(201);

    let body = ada.make_passkey(app, &mut Authenticator::new(&app.issuer().await)).await;
    let id = body["credential"]["rawId"].as_str().unwrap().to_owned();
    bytes.push(("a credential", URL_SAFE_NO_PAD.decode(&id).unwrap()));
    told.push(("a credential", id));
    ada.post(app, "/v1/me/factors/passkey", body).await.expect(201);

    let started = ada.post(app, "/v1/me/factors/sms", json!({"number": PHONE})).await.expect(202);
    let body = json!({"transaction": started.str("transaction"), "code": app.code_to(PHONE).await});
    ada.post(app, "/v1/me/factors/sms/activate", body).await.expect(201);

    let made = ada.call(app, Method::POST, "/v1/me/factors/recovery-codes", None).await.expect(201);
    for code in made["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()) {
        told.extend([("a recovery code", code.to_owned()), ("a recovery code", code.replace('-', ""))]);
    }
    // One that is half enrolled, and a sign-in that waits.
    let half = ada.post(app, "/v1/me/factors/totp", json!({})).await.expect(201);
    bytes.push(("a secret", TotpApp::new(&half.str("secret")).secret()));
    told.extend([("a secret", half.str("secret")), ("a transaction", half.str("transaction"))]);
    told.push(("a transaction", ada.half_way(app).await));
    app.settle().await;
    (told, bytes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_line_and_no_stored_item_names_anybody() {
    let app = App::with(Setup::default().setting("EMAIL_SIGN_IN", "on").parameter("SmsCountries", "DE")).await;
    let mut told = journey(&app).await;
    let (words, bytes) = factors(&app).await;
    told.extend(words);
    let lines = app.log();
    assert!(lines.len() > 25, "{}", lines.len());
    for line in &lines {
        let fields: Value = serde_json::from_str(line).unwrap();
        assert!(fields["level"].is_string() && fields["flow"].is_string() && fields["at"].is_string(), "{line}");
        for (what, word) in &told {
            assert!(!line.contains(word.as_str()), "{what} in {line}");
        }
    }
    for table in ["Directory", "Transient", "Outbox", "Audit", "Vault"] {
        for item in app.system.dump(table).await.unwrap() {
            let kept = binaries(&item);
            let text = item.to_string() + &String::from_utf8_lossy(&kept.concat());
            for (what, word) in &told {
                assert!(!text.contains(word.as_str()), "{table}: {what} ({word}) in {item}");
            }
            for (what, secret) in &bytes {
                let is_there = kept.iter().any(|kept| kept.windows(secret.len()).any(|window| window == secret));
                assert!(!is_there, "{table}: {what} in {item}");
            }
        }
    }
}

/// What stands in an item's binary attributes.
fn binaries(value: &Value) -> Vec<Vec<u8>> {
    match value {
        Value::Object(object) => object
            .iter()
            .flat_map(|(name, value)| match value.as_str() {
                Some(text) if name == "B" => vec![STANDARD.decode(text).unwrap_or_default()],
                _ => binaries(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(binaries).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_one_line_with_its_metrics() {
    let app = App::start().await;
    let before = app.log().len();
    let reply = app.login("nobody@example.com", "a rather long sentence").await.problem(401, "invalid-credentials");
    let lines: Vec<Value> = app.log()[before..].iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [line] = lines.as_slice() else { panic!("{lines:#?}") };
    for (name, value) in [
        ("stack", json!("portico")),
        ("flow", json!("login")),
        ("route", json!("/v1/login")),
        ("method", json!("POST")),
        ("status", json!(401)),
        ("problem", json!("invalid-credentials")),
        ("client", json!("portico")),
        ("request_id", json!(reply.header("x-request-id"))),
        ("level", json!("warn")),
        ("Requests", json!(1)),
    ] {
        assert_eq!(line[name], value, "{name}");
    }
    assert!(line["DurationMs"].as_f64().unwrap() >= 0.0);
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!((&directive["Namespace"], &directive["Dimensions"]), (&json!("Portico"), &json!([["stack", "flow"]])));
    for metric in directive["Metrics"].as_array().unwrap() {
        assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
    }
}
