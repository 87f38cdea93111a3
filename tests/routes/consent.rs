//! `functions/consent`.

use domain::{CustomerId, SignedDuration, UnsubscribeToken};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Reply, Service, Setup, World};

const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn put(app: &App, person: &Person, purpose: &str, body: Value) -> Reply {
    person.call(app, Method::PUT, &format!("/v1/me/consents/{purpose}"), Some(body)).await
}

async fn grant(app: &App, person: &Person, purpose: &str) -> Reply {
    put(app, person, purpose, json!({"granted": true, "version": 1})).await.expect(200)
}

async fn with_gpc(app: &App, person: &Person, method: Method, path: &str, body: Option<Value>) -> Reply {
    let request = app.request(method, path).bearer_auth(&person.access).header("sec-gpc", "1");
    app.send(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

async fn check(app: &App, service: &Service, customer: &str, purpose: &str) -> Reply {
    service.get(app, &format!("/v1/consents/check?customer={customer}&purpose={purpose}")).await.expect(200)
}

/// Where somebody stands with a purpose, as they see it.
async fn listed(app: &App, person: &Person, purpose: &str) -> Value {
    let list = person.get(app, "/v1/me/consents").await.expect(200);
    let all = list["consents"].as_array().unwrap();
    all.iter().find(|one| one["purpose"] == purpose).unwrap_or_else(|| panic!("{}", list.text)).clone()
}

/// Somebody who registered with these consents, and their registration's answer.
async fn registered(app: &App, email: &str, consents: Value, profile: Value) -> Person {
    let body = json!({"email": email, "password": "a rather long sentence", "consents": consents, "profile": profile});
    let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
    let code = app.code_to(email).await;
    let reply = app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    Person::signed_in(email, "a rather long sentence", &reply)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_agrees_can_withdraw_as_easily_and_both_are_on_record() {
    let app = App::with(Setup::default().operated()).await;
    let service = app.operator("consents:check").await;
    let ada = app.customer("ada@example.com").await;
    let mine = async || listed(&app, &ada, "product_improvement").await;
    assert_eq!((&mine().await["state"], &mine().await["granted"]), (&json!("undecided"), &json!(false)));
    assert_eq!(listed(&app, &ada, "account").await["state"], "required");
    assert_eq!(check(&app, &service, &ada.sub, "product_improvement").await["reason"], "undecided");

    // To agree it takes the version that was shown; to withdraw, nothing.
    for (body, status) in [
        (json!({"granted": true}), 422),
        (json!({"granted": true, "version": 2}), 409),
        (json!({"granted": true, "version": 0}), 409),
        (json!({"granted": true, "version": 1, "language": "xx"}), 422),
    ] {
        put(&app, &ada, "product_improvement", body).await.expect(status);
    }
    put(&app, &ada, "account", json!({"granted": true, "version": 1})).await.problem(409, "not-asked");
    put(&app, &ada, "account", json!({"granted": false})).await.problem(409, "not-asked");
    for nothing in ["cats", "Product_improvement", "%00", "x%2Fy"] {
        put(&app, &ada, nothing, json!({"granted": true, "version": 1})).await.expect(404);
    }

    let granted = grant(&app, &ada, "product_improvement").await;
    assert_eq!(
        (&granted["decision"]["outcome"], &granted["decision"]["source"]),
        (&json!("granted"), &json!("account"))
    );
    // Sent again, it is the same decision.
    assert_eq!(grant(&app, &ada, "product_improvement").await["decision"], granted["decision"]);
    let allowed = check(&app, &service, &ada.sub, "product_improvement").await;
    assert_eq!((&allowed["allowed"], &allowed["version"]), (&json!(true), &json!(1)));
    assert_eq!(allowed["decision"], granted["decision"]["id"]);
    assert_eq!(mine().await["granted"], true);

    app.advance(SignedDuration::from_mins(1));
    let withdrawn = put(&app, &ada, "product_improvement", json!({"granted": false})).await.expect(200);
    assert_eq!(withdrawn["decision"]["outcome"], "withdrawn");
    let refused = check(&app, &service, &ada.sub, "product_improvement").await;
    assert_eq!((&refused["allowed"], &refused["reason"]), (&json!(false), &json!("withdrawn")));
    assert!(refused["unsubscribe"].is_null());
    let no = put(&app, &ada, "partner_offers", json!({"granted": false})).await.expect(200);
    assert_eq!(no["decision"]["outcome"], "refused");

    let history = ada.get(&app, "/v1/me/consents/history").await.expect(200);
    let outcomes: Vec<_> = history["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["outcome"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((outcomes.len(), outcomes.last().map(String::as_str)), (3, Some("granted")), "{}", history.text);
    let last = history["decisions"][2]["id"].as_str().unwrap();
    let before = ada.get(&app, &format!("/v1/me/consents/history?cursor={last}")).await.expect(200);
    assert_eq!(before["decisions"], json!([]));
    ada.get(&app, "/v1/me/consents/history?cursor=x").await.problem(400, "invalid-request");

    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!((world.sealed("consent.granted"), world.sealed("consent.withdrawn")), (1, 2));
}

/// The claims of a receipt, verified as anybody can who has nothing but the deployment's address.
async fn verified(app: &App, receipt: &str) -> Value {
    let keys: JwkSet =
        serde_json::from_value(app.get("/.well-known/permanent-keys.json").await.expect(200).body).unwrap();
    let head = decode_header(receipt).unwrap();
    assert_eq!((head.typ.as_deref(), head.alg), (Some("consent-receipt+jwt"), Algorithm::ES256));
    let key = keys.find(&head.kid.unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_required_spec_claims::<&str>(&[]);
    (validation.validate_exp, validation.validate_aud) = (false, false);
    decode::<Value>(receipt, &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap().claims
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_is_verified_years_later_and_says_the_same_to_the_byte() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let token_key = decode_header(&ada.access).unwrap().kid;
    let granted = grant(&app, &ada, "product_improvement").await;
    let receipt = granted.str("receipt");
    let said = verified(&app, &receipt).await;
    let issuer = app.system.gateway_url();
    assert_eq!((&said["sub"], &said["jti"]), (&json!(ada.sub), &granted["decision"]["id"]));
    assert_eq!((&said["iss"], &said["pii_controller"]), (&json!(issuer), &json!({"name": "Portico", "url": issuer})));
    assert_eq!((&said["decision"], &said["method"]), (&json!("granted"), &json!("account")));
    assert_eq!(said["timestamp"], granted["decision"]["at"]);
    assert!(said["schema_version"].as_str().unwrap().contains("27560"));
    let notice = &said["notice"];
    for (name, value) in [
        ("purpose", json!("product_improvement")),
        ("version", json!(1)),
        ("language", json!("en")),
        ("legal_basis", json!("consent")),
        ("data_categories", json!(["use of the app"])),
        ("recipients", json!([])),
        ("retention", json!("P1Y")),
    ] {
        assert_eq!(notice[name], value, "{name}");
    }
    // The digest is of what is shown.
    let shown = app.get("/v1/purposes?language=en").await.expect(200);
    let purpose = shown["purposes"].as_array().unwrap().iter().find(|one| one["key"] == "product_improvement").unwrap();
    let read = format!("{}\n\n{}", purpose["title"].as_str().unwrap(), purpose["description"].as_str().unwrap());
    let digest: String = domain::digest(read.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(notice["text_sha256"], digest);

    // Years later: every key that signs tokens is another one, and the purpose has gone on.
    for _ in 0..40 {
        app.advance(SignedDuration::from_hours(24 * 45));
        app.system.invoke("rotate", json!({"portico": "rotate"})).await.unwrap();
    }
    app.advance(SignedDuration::from_hours(3));
    assert_eq!(verified(&app, &receipt).await, said);
    let ada = ada.again(&app).await;
    assert_ne!(decode_header(&ada.access).unwrap().kid, token_key);
    let path = format!("/v1/me/consents/history/{}/receipt", granted["decision"]["id"].as_str().unwrap());
    let again = ada.get(&app, &path).await.expect(200).str("receipt");
    assert_eq!(again.split('.').nth(1), receipt.split('.').nth(1));
    assert_eq!(verified(&app, &again).await, said);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_agreed_to_at_registration_is_a_decision_like_any_other() {
    let app = App::start().await;
    let ada = registered(
        &app,
        "ada@example.com",
        json!({"product_improvement": {"granted": true, "version": 1}, "newsletter": true, "partner_offers": false}),
        json!({}),
    )
    .await;
    for (purpose, state) in
        [("product_improvement", "granted"), ("newsletter", "pending"), ("partner_offers", "refused")]
    {
        let one = listed(&app, &ada, purpose).await;
        assert_eq!((&one["state"], &one["decision"]["source"]), (&json!(state), &json!("registration")), "{purpose}");
    }
    let history = ada.get(&app, "/v1/me/consents/history").await.expect(200);
    assert_eq!(history["decisions"].as_array().unwrap().len(), 3);
    let id = listed(&app, &ada, "product_improvement").await["decision"]["id"].as_str().unwrap().to_owned();
    let receipt = ada.get(&app, &format!("/v1/me/consents/history/{id}/receipt")).await.expect(200).str("receipt");
    let said = verified(&app, &receipt).await;
    assert_eq!((&said["sub"], &said["method"]), (&json!(ada.sub), &json!("registration")));
    let token = app.token_of("/consents/confirm", "ada@example.com").await;
    app.form("/consents/confirm", &[("token", &token)]).await.expect(200);
    assert_eq!(listed(&app, &ada, "newsletter").await["state"], "granted");
    app.settle().await;
    World::of(&app).await.assert_sound();

    let register = async |consents: Value, profile: Value| {
        let body = json!({"email": "bob@example.com", "consents": consents, "profile": profile});
        app.post("/v1/register", body).await
    };
    let unknown = register(json!({"cats": true}), json!({})).await.problem(422, "invalid-fields");
    assert_eq!(unknown.fields(), [("/consents/cats".to_owned(), "purpose".to_owned())]);
    let asked = register(json!({"account": true}), json!({})).await.problem(422, "invalid-fields");
    assert_eq!(asked.fields(), [("/consents/account".to_owned(), "purpose".to_owned())]);
    let odd = register(json!({"newsletter": "yes"}), json!({})).await.problem(422, "invalid-fields");
    assert_eq!(odd.fields(), [("/consents/newsletter".to_owned(), "type".to_owned())]);
    register(json!({"newsletter": {"granted": true, "version": 7}}), json!({})).await.problem(409, "conflict");
    for profile in [json!({}), json!({"birthdate": "2009-01-16"})] {
        register(json!({"partner_offers": true}), profile).await.problem(403, "underage");
    }
    register(json!({"partner_offers": true}), json!({"birthdate": "2009-01-15"})).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_by_mail_counts_once_its_button_is_pressed() {
    let app = App::with(Setup::default().operated()).await;
    let service = app.operator("consents:check").await;
    let ada = app.customer("ada@example.com").await;
    let state = async || listed(&app, &ada, "newsletter").await["state"].as_str().unwrap().to_owned();
    let mails = async || {
        app.mails().await.iter().filter(|mail| mail.link.as_ref().is_some_and(|l| l.contains("/consents/"))).count()
    };

    let asked = grant(&app, &ada, "newsletter").await;
    assert_eq!(asked["decision"]["outcome"], "pending");
    assert_eq!(verified(&app, &asked.str("receipt")).await["decision"], "pending");
    assert_eq!(check(&app, &service, &ada.sub, "newsletter").await["reason"], "pending");
    // Twice at once is one mail; after a while, it is another.
    assert_eq!(grant(&app, &ada, "newsletter").await["decision"], asked["decision"]);
    assert_eq!(mails().await, 1);
    let first = app.token_of("/consents/confirm", &ada.email).await;
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(grant(&app, &ada, "newsletter").await["decision"], asked["decision"]);
    assert_eq!(mails().await, 2);
    let mail = app.mail_to(&ada.email).await;
    assert!(mail.text.contains("What for: Newsletter") && !mail.subject.contains("Newsletter"), "{}", mail.text);

    // A GET changes nothing, and a button works once, whichever of the links it is behind.
    let second = app.token_of("/consents/confirm", &ada.email).await;
    assert_ne!(first, second);
    for token in [&first, &second] {
        let page = app.get(&format!("/consents/confirm?token={token}")).await.expect(200);
        assert!(page.text.contains("Newsletter") && page.text.contains("<button"), "{}", page.text);
    }
    assert_eq!(state().await, "pending");
    app.form("/consents/confirm", &[("token", &first)]).await.expect(200);
    assert_eq!(state().await, "granted");
    assert_eq!(listed(&app, &ada, "newsletter").await["decision"]["source"], "double_opt_in");
    assert_eq!(check(&app, &service, &ada.sub, "newsletter").await["allowed"], true);
    for token in [&first, &second] {
        app.form("/consents/confirm", &[("token", token)]).await.expect(410);
        app.get(&format!("/consents/confirm?token={token}")).await.expect(410);
    }
    assert_eq!(grant(&app, &ada, "newsletter").await["decision"]["outcome"], "granted");

    // Who withdraws meanwhile has withdrawn, and after a week it is too late.
    put(&app, &ada, "newsletter", json!({"granted": false})).await.expect(200);
    grant(&app, &ada, "newsletter").await;
    let token = app.token_of("/consents/confirm", &ada.email).await;
    put(&app, &ada, "newsletter", json!({"granted": false})).await.expect(200);
    app.form("/consents/confirm", &[("token", &token)]).await.expect(410);
    grant(&app, &ada, "newsletter").await;
    let token = app.token_of("/consents/confirm", &ada.email).await;
    app.advance(DAY * 7);
    app.form("/consents/confirm", &[("token", &token)]).await.expect(410);
    app.get("/consents/confirm?token=x").await.expect(400);
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_mail_unsubscribes_in_one_click_without_signing_in() {
    let app = App::with(Setup::default().operated()).await;
    let service = app.operator("consents:check").await;
    let ada = app.customer("ada@example.com").await;
    grant(&app, &ada, "product_improvement").await;
    let granted = check(&app, &service, &ada.sub, "product_improvement").await;
    let given = &granted["unsubscribe"];
    let url = given["url"].as_str().unwrap();
    assert_eq!(given["list_unsubscribe"], format!("<{url}>"));
    assert_eq!(given["list_unsubscribe_post"], "List-Unsubscribe=One-Click");
    assert!(!url.contains("product") && !url.contains(&ada.sub[4..]), "{url}");
    let path = url.strip_prefix(&app.system.gateway_url()).unwrap().to_owned();
    let token = path.split_once("token=").unwrap().1.to_owned();
    let state = async || listed(&app, &ada, "product_improvement").await["state"].as_str().unwrap().to_owned();

    let page = app.get(&path).await.expect(200);
    assert!(page.text.contains("Making the product better") && page.header("content-type").starts_with("text/html"));
    for (path, body) in
        [("/unsubscribe".to_owned(), "List-Unsubscribe=One-Click"), (path.clone(), "List-Unsubscribe=No")]
    {
        let request = app.request(Method::POST, &path).header("content-type", "application/x-www-form-urlencoded");
        app.send(request.body(body)).await.expect(400);
    }
    assert_eq!(state().await, "granted");

    let in_parts = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let one_click = app.request(Method::POST, &path).header("content-type", "multipart/form-data; boundary=x");
    let done = app.send(one_click.body(in_parts)).await.expect(200);
    assert_eq!(state().await, "withdrawn");
    assert_eq!(listed(&app, &ada, "product_improvement").await["decision"]["source"], "unsubscribe");
    assert_eq!(check(&app, &service, &ada.sub, "product_improvement").await["allowed"], false);
    // However often it comes, in whichever form.
    assert_eq!(app.form(&path, &[("List-Unsubscribe", "One-Click")]).await.expect(200).text, done.text);
    assert_eq!(app.form("/unsubscribe", &[("token", &token)]).await.expect(200).text, done.text);
    let history = ada.get(&app, "/v1/me/consents/history").await.expect(200);
    assert_eq!(history["decisions"].as_array().unwrap().len(), 2);

    // The token lasts for years, and ends what was agreed to since.
    app.advance(DAY * 3 * 365);
    app.system.invoke("rotate", json!({"portico": "rotate"})).await.unwrap();
    let ada = ada.again(&app).await;
    grant(&app, &ada, "product_improvement").await;
    app.form(&path, &[("List-Unsubscribe", "One-Click")]).await.expect(200);
    assert_eq!(listed(&app, &ada, "product_improvement").await["state"], "withdrawn");

    // Somebody who is no longer there, or never was.
    let nobody = UnsubscribeToken { customer: CustomerId::from_bytes([9; 16]), purpose: "product_improvement".into() };
    let token = app.store("consent").unsubscribe_token(&nobody).await.unwrap();
    assert_eq!(
        app.form(&format!("/unsubscribe?token={token}"), &[("List-Unsubscribe", "One-Click")]).await.expect(200).text,
        done.text
    );
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browsers_signal_opts_out_of_sale_and_sharing() {
    let app = App::start().await;
    let adult = json!({"birthdate": "1990-05-01"});
    let body = json!({"email": "ada@example.com", "password": "a rather long sentence", "profile": adult,
        "consents": {"product_improvement": true}});
    let request = app.request(Method::POST, "/v1/register").header("sec-gpc", "1").json(&body);
    let transaction = app.send(request).await.expect(202).str("transaction");
    let body = json!({"transaction": transaction, "code": app.code_to("ada@example.com").await});
    let reply = app.post("/v1/verify", body).await.expect(200);
    let ada = Person::signed_in("ada@example.com", "a rather long sentence", &reply);
    let sold = listed(&app, &ada, "partner_offers").await;
    assert_eq!((&sold["state"], &sold["decision"]["source"]), (&json!("refused"), &json!("gpc")));
    assert_eq!(listed(&app, &ada, "product_improvement").await["state"], "granted");

    // The signal beats a tick beside it, and a browser that sends it can't agree.
    let wish = json!({"granted": true, "version": 1});
    let path = "/v1/me/consents/partner_offers";
    with_gpc(&app, &ada, Method::PUT, path, Some(wish.clone())).await.problem(403, "opted-out");
    with_gpc(&app, &ada, Method::PUT, "/v1/me/consents/product_improvement", Some(wish.clone())).await.expect(200);
    // One without it can; and whoever comes with it later opts out.
    put(&app, &ada, "partner_offers", wish).await.expect(200);
    let list = with_gpc(&app, &ada, Method::GET, "/v1/me/consents", None).await.expect(200);
    let sold = list["consents"].as_array().unwrap().iter().find(|one| one["purpose"] == "partner_offers").unwrap();
    assert_eq!((&sold["state"], &sold["decision"]["source"]), (&json!("withdrawn"), &json!("gpc")));
    with_gpc(&app, &ada, Method::GET, "/v1/me/consents", None).await.expect(200);
    assert_eq!(listed(&app, &ada, "product_improvement").await["state"], "granted");
    let history = ada.get(&app, "/v1/me/consents/history").await.expect(200);
    assert_eq!(history["decisions"].as_array().unwrap().len(), 4);
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_too_young_agrees_to_nothing_that_has_an_age() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let wish = || json!({"granted": true, "version": 1});
    put(&app, &ada, "partner_offers", wish()).await.problem(403, "underage");
    let born = async |day: &str| {
        let body = Some(json!({"profile": {"birthdate": day}}));
        ada.call(&app, Method::PATCH, "/v1/me", body).await.expect(200);
    };
    born("2009-01-16").await;
    put(&app, &ada, "partner_offers", wish()).await.problem(403, "underage");
    put(&app, &ada, "partner_offers", json!({"granted": false})).await.expect(200);
    born("2009-01-15").await;
    put(&app, &ada, "partner_offers", wish()).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_asks_again_and_the_old_one_stays_on_record() {
    let app = App::with(Setup::default().operated()).await;
    let (service, admin) = (app.operator("consents:check").await, app.operator("admin:purposes").await);
    let ada = app.customer("ada@example.com").await;
    grant(&app, &ada, "product_improvement").await;
    let tag = app.get("/v1/purposes").await.expect(200).header("etag").to_owned();
    let same = app.request(Method::GET, "/v1/purposes").header("if-none-match", &tag);
    app.send(same).await.expect(304);

    let current = admin.get(&app, "/v1/admin/purposes").await.expect(200);
    let filed = current["purposes"].as_array().unwrap().iter().find(|one| one["key"] == "product_improvement").unwrap();
    let path = "/v1/admin/purposes/product_improvement";
    let write = async |change: Value| {
        let mut next = filed.clone();
        for (name, value) in change.as_object().unwrap() {
            next[name] = value.clone();
        }
        admin.call(&app, Method::PUT, path, Some(next)).await
    };
    write(json!({"version": 1})).await.expect(200);
    write(json!({"version": 1, "retention": "P9Y"})).await.problem(409, "conflict");
    write(json!({"version": 3})).await.problem(409, "conflict");
    let on = write(json!({"version": 2, "default": true})).await.problem(422, "invalid-fields");
    assert_eq!(on.fields(), [("/default".to_owned(), "default_on".to_owned())]);
    let other = write(json!({"version": 2, "key": "newsletter"})).await.problem(422, "invalid-fields");
    assert_eq!(other.fields(), [("/key".to_owned(), "purpose".to_owned())]);

    // One that changes nothing that matters asks nobody.
    write(json!({"version": 2, "asks_again": false, "retention": "P6M"})).await.expect(200);
    assert_eq!(check(&app, &service, &ada.sub, "product_improvement").await["allowed"], true);
    write(json!({"version": 3, "retention": "P2Y"})).await.expect(200);
    let again = write(json!({"version": 3, "retention": "P2Y"})).await.expect(200);
    assert_eq!(again["retention"], "P2Y");
    write(json!({"version": 3, "retention": "P3Y"})).await.problem(409, "conflict");
    let outdated = check(&app, &service, &ada.sub, "product_improvement").await;
    assert_eq!((&outdated["allowed"], &outdated["reason"]), (&json!(false), &json!("outdated")));
    assert_ne!(app.get("/v1/purposes").await.expect(200).header("etag"), tag);
    let list = ada.get(&app, "/v1/me/consents").await.expect(200);
    assert_eq!(list["asks_again"], true);
    assert_eq!(listed(&app, &ada, "product_improvement").await["asks_again"], true);

    put(&app, &ada, "product_improvement", json!({"granted": true, "version": 2})).await.problem(409, "conflict");
    let decided = put(&app, &ada, "product_improvement", json!({"granted": true, "version": 3})).await.expect(200);
    assert_eq!(verified(&app, &decided.str("receipt")).await["notice"]["retention"], "P2Y");
    assert_eq!(ada.get(&app, "/v1/me/consents").await.expect(200)["asks_again"], false);
    assert_eq!(check(&app, &service, &ada.sub, "product_improvement").await["allowed"], true);

    let versions = admin.get(&app, path).await.expect(200);
    let kept: Vec<_> = versions["versions"].as_array().unwrap().iter().map(|one| one["retention"].clone()).collect();
    assert_eq!(kept, [json!("P1Y"), json!("P6M"), json!("P2Y")]);
    admin.get(&app, "/v1/admin/purposes/cats").await.problem(404, "not-found");

    // A purpose that there was not; other functions know it after a minute.
    let mut cats = filed.clone();
    (cats["key"], cats["version"]) = (json!("cats"), json!(1));
    admin.call(&app, Method::PUT, "/v1/admin/purposes/cats", Some(cats)).await.expect(200);
    app.advance(SignedDuration::from_mins(1));
    let bob = registered(&app, "bob@example.com", json!({"cats": true}), json!({})).await;
    assert_eq!(check(&app, &service, &bob.sub, "cats").await["allowed"], true);
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.sealed("purpose.changed"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_asks_in_one_read() {
    let app = App::with(Setup::default().operated()).await;
    let service = app.operator("consents:check").await;
    let ada = app.customer("ada@example.com").await;
    grant(&app, &ada, "product_improvement").await;
    let calls = async |customer: &str| {
        app.take_calls();
        let reply = check(&app, &service, customer, "product_improvement").await;
        let calls = app.take_calls();
        let own: Vec<_> =
            calls.iter().filter(|call| call.function == "consent").map(|call| call.action.clone()).collect();
        (reply, own)
    };
    calls(&ada.sub).await;
    let (reply, one) = calls(&ada.sub).await;
    assert_eq!((&reply["allowed"], one), (&json!(true), vec!["BatchGetItem".to_owned()]));
    // When it is time to read the registry again, that is in the same call.
    app.advance(SignedDuration::from_mins(2));
    let (_, one) = calls(&ada.sub).await;
    assert_eq!(one, ["BatchGetItem"]);
    let (reply, one) = calls("cus_01ktsn3ywq5m8e1f2g3h4j5k6m").await;
    assert_eq!((&reply["allowed"], &reply["reason"], one.len()), (&json!(false), &json!("unknown"), 1));
    for (customer, purpose) in [(ada.sub.as_str(), "cats"), ("x", "product_improvement"), (&ada.sub, "%00")] {
        assert_eq!(check(&app, &service, customer, purpose).await["reason"], "unknown");
    }
    assert_eq!(check(&app, &service, &ada.sub, "account").await["reason"], "required");
    service.get(&app, "/v1/consents/check?customer=x").await.problem(400, "invalid-request");
    let other = app.operator("admin:consents").await;
    other.get(&app, "/v1/consents/check?customer=x&purpose=y").await.problem(403, "insufficient-scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_lists_who_had_consented_on_a_day() {
    let app = App::with(Setup::default().operated()).await;
    let mut people = Vec::new();
    for n in 0..7 {
        let person = app.customer(&format!("guest{n}@example.com")).await;
        grant(&app, &person, "product_improvement").await;
        people.push(person);
    }
    put(&app, &people[6], "product_improvement", json!({"granted": false})).await.expect(200);
    app.advance(DAY);
    let ada = people[0].again(&app).await;
    put(&app, &ada, "product_improvement", json!({"granted": false})).await.expect(200);
    app.advance(SignedDuration::from_secs(1));
    grant(&app, &ada, "product_improvement").await;
    let bob = people[1].again(&app).await;
    put(&app, &bob, "product_improvement", json!({"granted": false})).await.expect(200);
    app.advance(DAY);

    let admin = app.operator("admin:consents").await;
    // Every page, whatever its size: each customer once.
    let on = async |day: &str, limit: usize| {
        let mut found = Vec::new();
        let mut cursor = String::new();
        for _ in 0..60 {
            let path = format!("/v1/admin/consents?purpose=product_improvement&on={day}&limit={limit}{cursor}");
            let page = admin.get(&app, &path).await.expect(200);
            let subs =
                page["consents"].as_array().unwrap().iter().map(|one| one["customer"].as_str().unwrap().to_owned());
            found.extend(subs);
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        found.sort();
        found
    };
    let expected = |which: &[usize]| {
        let mut subs: Vec<_> = which.iter().map(|n| people[*n].sub.clone()).collect();
        subs.sort();
        subs
    };
    for limit in [1, 2, 500] {
        assert_eq!(on("2027-01-14", limit).await, expected(&[]), "{limit}");
        assert_eq!(on("2027-01-15", limit).await, expected(&[0, 1, 2, 3, 4, 5]), "{limit}");
        assert_eq!(on("2027-01-16", limit).await, expected(&[0, 2, 3, 4, 5]), "{limit}");
        assert_eq!(on("2027-01-17", limit).await, expected(&[0, 2, 3, 4, 5]), "{limit}");
    }

    let path = "/v1/admin/consents?on=2027-01-15";
    let csv = app.request(Method::GET, path).bearer_auth(&admin.access).header("accept", "text/csv");
    let csv = app.send(csv).await.expect(200);
    assert!(csv.header("content-type").starts_with("text/csv"), "{:?}", csv.headers);
    let lines: Vec<_> = csv.text.lines().collect();
    assert_eq!((lines[0], lines.len()), ("customer,purpose,version,decided_at,source,decision", 7));
    assert!(lines[1..].iter().all(|line| line.contains(",product_improvement,1,2027-01-15T08:00:00Z,account,dec_")));
    let first = admin.get(&app, &format!("{path}&limit=1")).await.expect(200);
    let cursor = first.str("next");
    assert!(first.header("link").contains(&cursor) && !cursor.contains("cus_"), "{}", first.header("link"));
    for wrong in [
        "/v1/admin/consents".to_owned(),
        "/v1/admin/consents?on=yesterday".to_owned(),
        "/v1/admin/consents?on=2027-01-18".to_owned(),
        format!("{path}&purpose=Cats"),
        format!("{path}&limit=0"),
        format!("{path}&limit=1001"),
        format!("{path}&cursor=AAAA"),
        format!("/v1/admin/consents?on=2027-01-16&cursor={cursor}"),
        format!("{path}&purpose=newsletter&cursor={cursor}"),
    ] {
        admin.get(&app, &wrong).await.problem(400, "invalid-request");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preferences_are_kept_as_they_are_wanted_and_nobody_else_reads_them() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let read = async || ada.get(&app, "/v1/me/preferences").await.expect(200).body;
    let least = json!({"channels": {"email": true, "sms": false, "push": false}, "topics": [], "frequency": "weekly",
        "language": "en", "version": 0});
    assert_eq!(read().await, least);
    let wanted = json!({"channels": {"email": true, "sms": true, "push": false}, "topics": ["offers", "tips"],
        "frequency": "daily", "quiet_hours": {"from": "22:00", "to": "07:00", "zone": "Europe/Berlin"},
        "language": "de", "version": 0});
    let put = async |body: &Value| ada.call(&app, Method::PUT, "/v1/me/preferences", Some(body.clone())).await;
    let mut now = wanted.clone();
    now["version"] = json!(1);
    assert_eq!(put(&wanted).await.expect(200).body, now);
    assert_eq!(put(&wanted).await.expect(200).body, now, "sent again, it is the same change");
    assert_eq!(read().await, now);
    assert_eq!(ada.get(&app, "/v1/me").await.expect(200)["locale"], "de");
    put(&least).await.problem(409, "conflict");
    let mut simpler = least.clone();
    simpler["version"] = json!(1);
    simpler["language"] = json!("de");
    assert_eq!(put(&simpler).await.expect(200)["version"], 2);
    assert!(read().await["quiet_hours"].is_null());
    app.forgotten(&ada.email).await;
    assert!(app.mail_to(&ada.email).await.html.contains("lang=\"de\""));

    for (change, pointer) in [
        (json!({"topics": ["cats"]}), "/topics/0"),
        (json!({"topics": ["tips", "tips"]}), "/topics/0"),
        (json!({"frequency": "hourly"}), "/frequency"),
        (json!({"language": "xx"}), "/language"),
        (json!({"channels": {"email": true, "sms": true}}), "/channels/push"),
        (json!({"quiet_hours": {"from": "22", "to": "07:00", "zone": "Europe/Berlin"}}), "/quiet_hours/from"),
        (json!({"quiet_hours": {"from": "22:00", "to": "07:00", "zone": "Mars/Base"}}), "/quiet_hours/zone"),
    ] {
        let mut body = simpler.clone();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let wrong = put(&body).await.problem(422, "invalid-fields");
        assert_eq!(wrong.fields()[0].0, pointer, "{}", wrong.text);
    }
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.sealed("preferences.changed"), 2);
    let stored = world.of_customer(&ada.sub, "PREFERENCES").unwrap().to_string();
    assert!(stored.contains("\"body\"") && !stored.contains("weekly"), "{stored}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wanted_no_mail_gets_none_by_a_tick_once_they_come_back() {
    let app = App::with(Setup::default().operated()).await;
    let asked = async |person: &Person, purpose: &str| {
        check(&app, &app.operator("consents:check").await, &person.sub, purpose).await
    };
    let reason =
        async |person: &Person, purpose: &str| asked(person, purpose).await["reason"].as_str().unwrap().to_owned();
    let marks = async || {
        let found = World::of(&app).await.directory;
        let mut marks: Vec<_> =
            found.into_iter().filter(|item| item["pk"]["S"].as_str().unwrap().starts_with("SUP#")).collect();
        marks.sort_by_key(|mark| mark["sk"]["S"].as_str().unwrap().to_owned());
        marks
    };
    let ticked = json!({"product_improvement": true});
    let ada = registered(&app, "ada@example.com", ticked.clone(), json!({})).await;
    assert_eq!(reason(&ada, "product_improvement").await, "granted");
    assert!(marks().await.is_empty());
    // Out by the link of one mailing, and in the account out of another.
    let url = asked(&ada, "product_improvement").await["unsubscribe"]["url"].as_str().unwrap().to_owned();
    app.form("/unsubscribe", &[("token", url.split_once("token=").unwrap().1)]).await.expect(200);
    grant(&app, &ada, "newsletter").await;
    put(&app, &ada, "newsletter", json!({"granted": false})).await.expect(200);
    // To refuse what one never agreed to leaves nothing behind.
    put(&app, &ada, "partner_offers", json!({"granted": false})).await.expect(200);
    let kept = marks().await;
    let of: Vec<_> = kept.iter().map(|mark| mark["sk"]["S"].as_str().unwrap()).collect();
    assert_eq!(of, ["SUP#newsletter", "SUP#product_improvement"]);
    assert!(
        kept.iter().all(|mark| mark.as_object().unwrap().len() == 4 && !mark.to_string().contains("cus_")),
        "{kept:?}"
    );

    // It outlives the account, and leads to nobody; codes and security mail go on.
    ada.leave(&app).await.expect(202);
    app.erase_due().await;
    assert!(!World::of(&app).await.customers().contains(&ada.sub));
    assert_eq!(marks().await, kept);
    let back = registered(&app, "ada@example.com", ticked.clone(), json!({})).await;
    assert_ne!(back.sub, ada.sub);
    assert_eq!(reason(&back, "product_improvement").await, "pending");
    assert_eq!(listed(&app, &back, "product_improvement").await["granted"], false);
    // Who never said so is asked no more than before.
    let bob = registered(&app, "bob@example.com", ticked, json!({})).await;
    assert_eq!(reason(&bob, "product_improvement").await, "granted");

    // Whoever reads the mailbox says otherwise, and that is the end of it.
    let confirm = app.token_of("/consents/confirm", &back.email).await;
    app.form("/consents/confirm", &[("token", &confirm)]).await.expect(200);
    assert_eq!(reason(&back, "product_improvement").await, "granted");
    assert_eq!(marks().await, kept[..1]);
    grant(&app, &back, "newsletter").await;
    assert_eq!(marks().await, kept[..1], "not before it is confirmed");
    let confirm = app.token_of("/consents/confirm", &back.email).await;
    app.form("/consents/confirm", &[("token", &confirm)]).await.expect(200);
    assert!(marks().await.is_empty());
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_agreed_before_mails_had_to_be_confirmed_confirms_once() {
    let app = App::with(Setup::default().operated()).await;
    let (admin, ada) = (app.operator("admin:purposes").await, app.customer("ada@example.com").await);
    let current = admin.get(&app, "/v1/admin/purposes").await.expect(200);
    let filed = current["purposes"].as_array().unwrap().iter().find(|one| one["key"] == "product_improvement").unwrap();
    let agree = async |version: u32| {
        if version > 1 {
            let mut next = filed.clone();
            (next["version"], next["double_opt_in"]) = (json!(version), json!(true));
            let path = "/v1/admin/purposes/product_improvement";
            admin.call(&app, Method::PUT, path, Some(next)).await.expect(200);
        }
        let reply = put(&app, &ada, "product_improvement", json!({"granted": true, "version": version})).await;
        reply.expect(200)["decision"]["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(agree(1).await, "granted");
    assert_eq!(agree(2).await, "pending", "no mail was ever confirmed");
    let confirm = app.token_of("/consents/confirm", &ada.email).await;
    app.form("/consents/confirm", &[("token", &confirm)]).await.expect(200);
    // Once is enough, for as long as they agree.
    assert_eq!((agree(3).await.as_str(), agree(4).await.as_str()), ("granted", "granted"));
    put(&app, &ada, "product_improvement", json!({"granted": false})).await.expect(200);
    assert_eq!(agree(5).await, "pending");
    app.settle().await;
    World::of(&app).await.assert_sound();
}
