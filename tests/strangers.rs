//! Every route as somebody who may not: each is refused, clearly, and nothing changes.

use std::collections::BTreeSet;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::{SignedDuration, Status, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use local::aws::Service;
use reqwest::{Method, header::AUTHORIZATION};
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, Setup, World, claims};

use crate::house::settings::limits;
use crate::openapi::{Operation, committed, operations};

/// What anybody may call, and why. Everything else asks for a customer's access token.
const PUBLIC: [(&str, &str); 61] = [
    ("DELETE /oauth2/register/{client_id}", "for a client, by its registration access token"),
    ("GET /.well-known/jwks.json", "for whoever checks tokens"),
    ("GET /.well-known/oauth-authorization-server", "for whoever integrates"),
    ("GET /.well-known/openid-configuration", "for whoever integrates"),
    ("GET /.well-known/permanent-keys.json", "for whoever checks receipts and certificates"),
    ("GET /.well-known/webauthn", "for browsers"),
    ("GET /consents/confirm", "the page of a mailed link; it changes nothing"),
    ("GET /device", "where a device's code is typed; it changes nothing"),
    ("GET /device/confirm", "by what waits in the browser in which the code was typed; it changes nothing"),
    ("GET /erasure/withdraw", "the page of a mailed link; it changes nothing"),
    ("GET /oauth2/authorize", "where apps send browsers"),
    ("GET /oauth2/continue", "by what waits in the browser"),
    ("GET /oauth2/logout", "where apps send browsers"),
    ("GET /oauth2/register/{client_id}", "for a client, by its registration access token"),
    ("GET /openapi.json", "for whoever integrates"),
    ("GET /recover", "the page of a mailed link; it changes nothing"),
    ("GET /recover/undo", "the page of a mailed link; it changes nothing"),
    ("GET /sign-in", "for whoever signs in to an app, in the browser in which it was begun"),
    ("GET /sign-in/proof", "by what the browser keeps of a sign-in; it changes nothing"),
    ("GET /unsubscribe", "the page of a mailed link; it changes nothing"),
    ("GET /v1/erasure/certificate", "by the receipt; whoever was erased has nothing else"),
    ("GET /v1/purposes", "for frontends, which show it before anybody registers"),
    ("GET /verify", "the page of a mailed link; it changes nothing"),
    ("GET /verify/undo", "the page of a mailed link; it changes nothing"),
    ("POST /consents/confirm", "by the mailed link's token"),
    ("POST /device", "by what a device shows"),
    ("POST /device/confirm", "by what waits in that browser, and its session"),
    ("POST /erasure/withdraw", "by the mailed link's token"),
    ("POST /oauth2/authorize", "where apps send browsers"),
    ("POST /oauth2/consent", "by what waits in the browser, and its session"),
    ("POST /oauth2/device_authorization", "for clients, by their own credentials"),
    ("POST /oauth2/introspect", "for clients, by their own credentials"),
    ("POST /oauth2/logout", "where apps send browsers"),
    ("POST /oauth2/logout/confirm", "by the browser's session"),
    ("POST /oauth2/par", "for clients, by their own credentials"),
    ("POST /oauth2/revoke", "for clients, by their own credentials and a token"),
    ("POST /oauth2/token", "for clients, by their own credentials and a token"),
    ("POST /recover", "by the mailed link's token"),
    ("POST /recover/undo", "by the mailed link's token"),
    ("POST /sign-in", "by address and password, in the browser in which it was begun"),
    ("POST /sign-in/challenge", "by what the browser keeps of a sign-in"),
    ("POST /sign-in/proof", "by what the browser keeps of a sign-in and another proof"),
    ("POST /unsubscribe", "by the mailed link's token, which does this and nothing else"),
    ("POST /v1/erasure/withdraw", "by transaction"),
    ("POST /v1/login", "by address and password"),
    ("POST /v1/mfa", "by transaction and another proof"),
    ("POST /v1/mfa/challenge", "by transaction"),
    ("POST /v1/mfa/enroll", "by transaction"),
    ("POST /v1/mfa/recovery", "by transaction"),
    ("POST /v1/passkey", "by a passkey's answer"),
    ("POST /v1/passkey/options", "a challenge for whoever wants one"),
    ("POST /v1/passwordless", "who signs in has nothing yet"),
    ("POST /v1/passwordless/verify", "by transaction and code, or transaction and the mailed link's token"),
    ("POST /v1/recover", "who has forgotten their password has nothing"),
    ("POST /v1/recover/verify", "by transaction and code"),
    ("POST /v1/register", "who registers has nothing yet"),
    ("POST /v1/verify", "by transaction and code"),
    ("POST /v1/verify/resend", "by transaction"),
    ("POST /verify", "by the mailed link's token"),
    ("POST /verify/undo", "by the mailed link's token"),
    ("PUT /oauth2/register/{client_id}", "for a client, by its registration access token"),
];

/// Routes that answer somebody else than the customer otherwise than by `401 invalid-token`.
const OTHERWISE: [(&str, &str, u16, &str); 9] = [
    ("a header without a token", "", 400, "invalid-request"),
    ("two tokens in one header", "", 400, "invalid-request"),
    ("another customer", "DELETE /v1/me/apps/{id}", 404, "not-found"),
    ("another customer", "DELETE /v1/me/devices/{id}", 404, "not-found"),
    ("another customer", "DELETE /v1/me/factors/{id}", 404, "not-found"),
    ("another customer", "DELETE /v1/me/sessions/{id}", 404, "not-found"),
    ("another customer", "GET /v1/me/consents/history/{id}/receipt", 404, "not-found"),
    ("another customer", "PATCH /v1/me/factors/{id}", 404, "not-found"),
    ("another customer", "PUT /v1/me/consents/{purpose}", 404, "not-found"),
];

#[test]
fn what_is_public_is_reviewed() {
    let public: Vec<_> = operations().iter().filter(|one| !one.is_secured()).map(name).collect();
    let mut public: Vec<_> = public.iter().map(String::as_str).collect();
    public.sort_unstable();
    assert_eq!(public, PUBLIC.map(|(name, _)| name));
}

/// What anybody can say who has no token, and why. There is no hint, and no question of a mother's name.
const SAID: [(&str, &str); 24] = [
    ("List-Unsubscribe", "what a mail program's button sends (RFC 8058)"),
    ("client_id", "the app"),
    ("code", "what was mailed, sent, shown by an app, or kept for the day when all else is lost"),
    ("consents", "what a new customer agrees to"),
    ("credential", "a passkey's answer"),
    ("decision", "whether an app or a device may have what it asks for"),
    ("device_token", "a device that is known has tries of its own, or is trusted"),
    ("email", "the address"),
    ("id_token_hint", "whose session an app wants to end: a token of ours"),
    ("jurisdiction", "whose law protects a new customer, where the deployment asks"),
    ("locale", "the language of mails"),
    ("method", "one of those that were offered"),
    ("password", "the password, or a new one where something else was proved"),
    ("post_logout_redirect_uri", "where an app wants the browser after: registered, or nowhere"),
    ("profile", "what the deployment asks a new customer"),
    ("recovery", "who began a recovery without any factor"),
    ("redirect_uri", "where an app wants the browser: registered, or nowhere"),
    ("remember_device", "whether the device is to be trusted"),
    ("response_type", "what an app asks for: a code"),
    ("scope", "what an app asks for"),
    ("state", "what an app wants back"),
    ("token", "a mailed link's"),
    ("transaction", "what waits"),
    ("user_code", "what a device shows"),
];

#[test]
fn what_anybody_can_say_is_reviewed() {
    let document = committed();
    let mut said = BTreeSet::new();
    for operation in operations().iter().filter(|one| !one.is_secured() && !one.is_oauth()) {
        let content = operation.value["requestBody"]["content"].as_object();
        for schema in content.into_iter().flat_map(|content| content.values()).map(|body| &body["schema"]) {
            let named = schema["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
            let schema = named.map_or(schema, |at| document.pointer(at).unwrap());
            said.extend(schema["properties"].as_object().unwrap().keys().cloned());
        }
    }
    assert_eq!(said.iter().map(String::as_str).collect::<Vec<_>>(), SAID.map(|(name, _)| name));
}

fn name(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

/// Signs whatever it is told, with a deployment's own key.
struct Forge {
    key: EncodingKey,
    kid: String,
    /// The public half, as it is published.
    jwk: String,
}

impl Forge {
    /// The key as an operator could get at it, and nobody else.
    async fn of(app: &App) -> Self {
        let items = app.system.dump("Vault").await.unwrap();
        let is_es256 = |item: &&Value| item["jwk"]["S"].as_str().is_some_and(|jwk| jwk.contains("\"ES256\""));
        let item = items.iter().filter(is_es256).find(|item| !item["wrapped"].is_null());
        let (jwk, wrapped) = (item.unwrap()["jwk"]["S"].as_str().unwrap(), &item.unwrap()["wrapped"]["B"]);
        let asked = json!({"KeyId": app.system.key("WrappingKey"), "CiphertextBlob": wrapped,
            "EncryptionContext": {"portico:purpose": "signing"}});
        let answer = app.system.operate(Service::Kms, "Decrypt", asked).await.unwrap();
        let der = STANDARD.decode(answer["Plaintext"].as_str().unwrap()).unwrap();
        let kid = serde_json::from_str::<Value>(jwk).unwrap()["kid"].as_str().unwrap().to_owned();
        Self { key: EncodingKey::from_ec_der(&der), kid, jwk: jwk.to_owned() }
    }

    fn header(&self) -> Header {
        Header { typ: Some("at+jwt".into()), kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) }
    }

    fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    fn sign_as(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }
}

/// The claims with some replaced; null removes.
fn with(claims: &Value, changes: Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn unsigned(alg: &str, claims: &Value) -> String {
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(json!({"alg": alg, "typ": "at+jwt"})), part(claims.clone()))
}

/// A deployment with a service, whose limits are out of the way.
fn setup() -> Setup {
    let digest: String = domain::digest(b"secret").iter().map(|byte| format!("{byte:02x}")).collect();
    let clients = json!([{"client_id": "billing", "client_name": "Billing", "grant_types": ["client_credentials"],
        "scopes": ["admin"], "introspect": true, "secret_sha256": [digest]}]);
    let setup = Setup::default().setting("CLIENTS", &clients.to_string());
    limits().iter().fold(setup, |setup, limit| setup.setting(limit, "100000"))
}

/// Everybody who is not Ada: what they are, and their `Authorization`.
async fn strangers(app: &App, ada: &Person, bob: &Person) -> Vec<(&'static str, Option<String>)> {
    let ended = ada.again(app).await;
    ended.call(app, Method::POST, "/v1/logout", None).await.expect(204);
    let expired = ada.again(app).await;
    app.advance(SignedDuration::from_secs(601));
    let fresh = ada.again(app).await;

    let (ours, said, own_id) = (Forge::of(app).await, claims(&fresh.access), claims(&fresh.id));
    app.send(app.request(Method::GET, "/v1/me").bearer_auth(ours.sign(&said))).await.expect(200);
    let elsewhere = App::with(setup()).await;
    let theirs = Forge::of(&elsewhere).await;
    let eve = elsewhere.customer("ada@example.com").await;
    let service = app.request(Method::POST, "/oauth2/token").basic_auth("billing", Some("secret"));
    let service = app.send(service.form(&[("grant_type", "client_credentials")])).await.expect(200);

    let mut unknown_key = ours.header();
    unknown_key.kid = Some("unknown".into());
    let mut id_typed = ours.header();
    id_typed.typ = Some("JWT".into());
    let hmac = Header { kid: Some(ours.kid.clone()), typ: Some("at+jwt".into()), ..Header::new(Algorithm::HS256) };
    let hmac = jsonwebtoken::encode(&hmac, &said, &EncodingKey::from_secret(ours.jwk.as_bytes())).unwrap();
    let mut their_key_by_our_name = theirs.header();
    their_key_by_our_name.kid = Some(ours.kid.clone());
    let mut own_key = theirs.header();
    own_key.jwk = serde_json::from_str(&theirs.jwk).ok();
    let mut own_address = own_key.clone();
    own_address.jku = Some(format!("{}/.well-known/jwks.json", elsewhere.system.gateway_url()));
    own_address.x5u.clone_from(&own_address.jku);
    let tampered = fresh.access.split('.').collect::<Vec<_>>();
    let richer = URL_SAFE_NO_PAD.encode(with(&said, json!({"sub": bob.sub})).to_string());
    let now = app.now();

    let tokens = [
        ("nonsense", "nonsense".to_owned()),
        ("a JWT without parts", "..".to_owned()),
        ("a JWT without a signature", format!("{}.{}.", tampered[0], tampered[1])),
        ("a JWT with other claims", format!("{}.{richer}.{}", tampered[0], tampered[2])),
        ("an ended session", ended.access),
        ("an expired token", expired.access),
        ("an ID token", fresh.id.clone()),
        ("an ID token's claims as an access token", ours.sign(&own_id)),
        ("an access token typed as an ID token", ours.sign_as(&id_typed, &said)),
        ("a refresh token", fresh.refresh),
        ("a device token", fresh.device),
        ("a service", service.str("access_token")),
        ("another deployment", eve.access),
        ("another deployment's key", theirs.sign(&said)),
        ("another deployment's key by our key's name", theirs.sign_as(&their_key_by_our_name, &said)),
        ("an unknown key", ours.sign_as(&unknown_key, &said)),
        ("a key that the token brings along", theirs.sign_as(&own_key, &said)),
        ("a key that the token says where to find", theirs.sign_as(&own_address, &said)),
        ("our public key as a secret", hmac),
        ("alg none", unsigned("none", &said)),
        ("alg nOnE", unsigned("nOnE", &said)),
        ("another issuer", ours.sign(&with(&said, json!({"iss": "https://evil.example"})))),
        ("another audience", ours.sign(&with(&said, json!({"aud": "https://orders.example"})))),
        ("no audience", ours.sign(&with(&said, json!({"aud": null})))),
        ("just expired", ours.sign(&with(&said, json!({"iat": now - 600, "exp": now})))),
        ("no end", ours.sign(&with(&said, json!({"exp": null})))),
        ("not yet", ours.sign(&with(&said, json!({"iat": now + 3600, "exp": now + 4200})))),
        ("no session", ours.sign(&with(&said, json!({"sid": null})))),
        ("somebody else's session", ours.sign(&with(&said, json!({"sub": bob.sub})))),
        ("an epoch to come", ours.sign(&with(&said, json!({"epoch": 1_000_000})))),
        ("no epoch", ours.sign(&with(&said, json!({"epoch": null})))),
        ("no customer", ours.sign(&with(&said, json!({"sub": "billing"})))),
    ];
    let mut all = vec![
        ("nobody", None),
        ("a header without a token", Some("Bearer".to_owned())),
        ("two tokens in one header", Some(format!("Bearer {}, Bearer {}", fresh.access, fresh.access))),
        ("another scheme", Some(format!("Basic {}", STANDARD.encode("ada@example.com:a rather long sentence")))),
        ("a bare token", Some(fresh.access.clone())),
    ];
    all.extend(tokens.map(|(name, token)| (name, Some(format!("Bearer {token}")))));
    all
}

async fn call(app: &App, operation: &Operation, id: &str, authorization: Option<&str>) -> Reply {
    let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
    let mut request = app.request(method, &operation.path.replace("{id}", id));
    let example = operation.example();
    request = match operation.reads().first().map(String::as_str) {
        Some("application/x-www-form-urlencoded") => request.form(&example),
        Some(_) => request.json(&example),
        None => request,
    };
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    app.send(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_every_stranger() {
    let app = App::with(setup()).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let strangers = strangers(&app, &ada, &bob).await;
    let ada = ada.again(&app).await;
    app.settle().await;
    let before = (app.system.dump("Directory").await.unwrap(), app.system.dump("Transient").await.unwrap());
    let id = claims(&ada.access)["sid"].as_str().unwrap().to_owned();

    let mut tried = 0;
    for operation in operations().iter().filter(|operation| operation.is_secured()) {
        for (stranger, authorization) in &strangers {
            let (status, slug) = match (operation.scope(), *stranger) {
                // Its token is one of ours, and does not carry the scope.
                (Some(_), "a service") => (403, "insufficient-scope"),
                _ => OTHERWISE
                    .iter()
                    .find(|(who, at, ..)| who == stranger && (at.is_empty() || *at == name(operation)))
                    .map_or((401, "invalid-token"), |(_, _, status, slug)| (*status, *slug)),
            };
            let reply = call(&app, operation, &id, authorization.as_deref()).await;
            let at = format!("{} as {stranger}: {}", name(operation), reply.text);
            if operation.is_oauth() {
                let found = (reply.status, reply["error"].as_str().unwrap_or_default());
                assert_eq!(found, (status, &*slug.replace('-', "_")), "{at}");
            } else {
                let found = (reply.status, reply["type"].as_str().unwrap_or_default());
                assert_eq!(found, (status, &*format!("urn:portico:problem:{slug}")), "{at}");
            }
            assert!(reply.header("www-authenticate").starts_with("Bearer "), "{at}");
            assert_eq!(reply.header("cache-control"), "no-store", "{at}");
            operation.assert_documents(&reply);
            tried += 1;
        }
    }
    assert!(tried > 250, "{tried}");
    app.settle().await;
    let after = (app.system.dump("Directory").await.unwrap(), app.system.dump("Transient").await.unwrap());
    assert_eq!(before, after, "a stranger changed something");
    ada.get(&app, "/v1/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reaches_what_is_another_customers() {
    let app = App::with(setup()).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let id = claims(&ada.access)["sid"].as_str().unwrap().to_owned();
    let mut tried = 0;
    for operation in operations().iter().filter(|operation| operation.scope().is_some()) {
        let reply = call(&app, operation, &ada.sub, Some(&format!("Bearer {}", bob.access))).await;
        let reply = match operation.is_oauth() {
            true => reply.oauth(403, "insufficient_scope"),
            false => reply.problem(403, "insufficient-scope"),
        };
        let challenge = reply.header("www-authenticate").to_owned();
        assert!(challenge.contains(&format!("scope=\"{}\"", operation.scope().unwrap())), "{challenge}");
        tried += 1;
    }
    let of_customers = |operation: &&Operation| operation.is_secured() && operation.scope().is_none();
    for operation in operations().iter().filter(of_customers).filter(|operation| operation.path.contains('{')) {
        let (_, _, status, slug) = OTHERWISE
            .iter()
            .find(|(who, at, ..)| *who == "another customer" && *at == name(operation))
            .unwrap_or_else(|| panic!("{} is not reviewed", name(operation)));
        call(&app, operation, &id, Some(&format!("Bearer {}", bob.access))).await.problem(*status, slug);
        tried += 1;
    }
    assert!(tried > 0);
    let me = ada.get(&app, "/v1/me").await.expect(200);
    assert!(!bob.get(&app, "/v1/me").await.expect(200).text.contains(&ada.sub) && me.text.contains(&ada.sub));
    assert!(!bob.get(&app, "/v1/me/sessions").await.expect(200).text.contains(&id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_public_does_not_care_who_asks() {
    let app = App::with(setup()).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let strangers = strangers(&app, &ada, &bob).await;
    let public = operations().into_iter().filter(|one| !one.is_secured() && !one.is_oauth());
    for operation in public {
        let expected = call(&app, &operation, "", None).await;
        assert!(expected.status < 500, "{}: {}", name(&operation), expected.text);
        operation.assert_documents(&expected);
        for (stranger, authorization) in &strangers {
            let reply = call(&app, &operation, "", authorization.as_deref()).await;
            assert_eq!(reply.status, expected.status, "{} as {stranger}: {}", name(&operation), reply.text);
        }
    }
    // A cookie, or a token anywhere else than in its header, makes nobody a customer.
    for request in [
        app.request(Method::GET, &format!("/v1/me?access_token={}", ada.access)),
        app.request(Method::GET, "/v1/me")
            .header("cookie", format!("access_token={}; __Host-session={}", ada.access, ada.refresh)),
        app.request(Method::GET, "/v1/me").header("x-access-token", &ada.access),
    ] {
        app.send(request).await.problem(401, "invalid-token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_learn_nothing_from_tokens_that_are_none() {
    let app = App::with(setup()).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let strangers = strangers(&app, &ada, &bob).await;
    // These live; introspection is asked about them, and says so.
    let alive = ["a service", "a refresh token"];
    for (stranger, authorization) in &strangers {
        let Some(token) = authorization.as_deref().and_then(|value| value.strip_prefix("Bearer ")) else { continue };
        let ask = app.request(Method::POST, "/oauth2/introspect").basic_auth("billing", Some("secret"));
        let reply = app.send(ask.form(&[("token", token)])).await.expect(200);
        if alive.contains(stranger) {
            assert_eq!(reply["active"], true, "{stranger}");
        } else {
            assert_eq!(reply.body, json!({"active": false}), "{stranger}");
        }
        if *stranger != "a refresh token" {
            // Without a customer and a session a token is a service's, and nothing that could be revoked.
            let status = if ["a service", "no session", "no customer"].contains(stranger) { 400 } else { 200 };
            app.form("/oauth2/revoke", &[("token", token)]).await.expect(status);
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
            app.form("/oauth2/token", &fields).await.oauth(400, "invalid_grant");
        }
    }
    for (who, secret, status, error) in [
        ("billing", "wrong", 401, "invalid_client"),
        ("nobody", "secret", 401, "invalid_client"),
        ("portico", "", 401, "invalid_client"),
    ] {
        let ask = app.request(Method::POST, "/oauth2/introspect").basic_auth(who, Some(secret));
        app.send(ask.form(&[("token", &bob.access)])).await.oauth(status, error);
    }
    bob.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.refresh(&bob.refresh).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_locked_or_closed_is_nobody() {
    let app = App::with(setup().setting("EMAIL_SIGN_IN", "on")).await;
    let ada = app.customer("ada@example.com").await;
    let (totp, _) = ada.add_totp(&app).await;
    let mut key = Authenticator::new(&app.issuer().await);
    ada.add_passkey(&app, &mut key).await;
    app.advance(SignedDuration::from_secs(60));
    let until = Timestamp::from_second(app.now() + 300).unwrap();
    let security = World::of(&app).await.of_customer(&ada.sub, "SECURITY").unwrap().clone();
    for status in [Status::Locked { until }, Status::Closed] {
        let waits = ada.half_way(&app).await;
        let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
        let by_mail = app.passwordless(&ada.email, "code").await;
        let code = app.code_to(&ada.email).await;
        let stand = async |status| {
            let mut item = security.clone();
            item["status"]["S"] = json!(serde_json::to_string(&status).unwrap());
            let put = json!({"TableName": app.system.table("Directory"), "Item": item});
            app.system.operate(Service::DynamoDb, "PutItem", put).await.unwrap();
        };
        stand(status).await;
        ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
        app.refresh(&ada.refresh).await.oauth(400, "invalid_grant");
        app.login(&ada.email, &ada.password).await.problem(401, "invalid-credentials");
        app.mfa(&waits, "totp", json!({"code": totp.code(&app)})).await.problem(410, "transaction-expired");
        let body = json!({"transaction": asked.str("transaction"), "credential": key.get(&asked["public_key"])});
        app.post("/v1/passkey", body).await.problem(401, "invalid-credentials");
        let body = json!({"transaction": by_mail, "code": code});
        app.post("/v1/passwordless/verify", body).await.problem(410, "transaction-expired");
        stand(Status::Active).await;
        ada.get(&app, "/v1/me").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_administers_is_for_this_api_alone() {
    let digest: String = domain::digest(b"secret").iter().map(|byte| format!("{byte:02x}")).collect();
    let clients = json!([{"client_id": "billing", "client_name": "Billing", "grant_types": ["client_credentials"],
        "scopes": ["admin:audit", "orders:read"], "audience": ["https://orders.example"], "secret_sha256": [digest]}]);
    let app = App::with(Setup::default().setting("CLIENTS", &clients.to_string())).await;
    let token = async |scope: &str| {
        let request = app.request(Method::POST, "/oauth2/token").basic_auth("billing", Some("secret"));
        let asked = request.form(&[("grant_type", "client_credentials"), ("scope", scope)]);
        app.send(asked).await.expect(200).str("access_token")
    };
    let search = async |token: &str| app.send(app.request(Method::GET, "/v1/admin/audit").bearer_auth(token)).await;
    let (admin, orders) = (token("admin:audit").await, token("orders:read").await);
    let issuer = app.issuer().await;
    assert_eq!(claims(&admin)["aud"], json!(issuer));
    assert_eq!(claims(&token("admin:audit orders:read").await)["aud"], json!(issuer));
    assert_eq!(claims(&orders)["aud"], json!([issuer, "https://orders.example"]));
    search(&admin).await.expect(200);
    search(&orders).await.problem(403, "insufficient-scope");
    // However it came to be: signed by us, with the scope, and good to somebody else as well.
    let ours = Forge::of(&app).await;
    for aud in
        [json!([issuer, "https://orders.example"]), json!(["https://orders.example", issuer]), json!([issuer, issuer])]
    {
        search(&ours.sign(&with(&claims(&admin), json!({"aud": aud})))).await.problem(401, "invalid-token");
    }
    search(&ours.sign(&with(&claims(&admin), json!({"aud": issuer})))).await.expect(200);
}
