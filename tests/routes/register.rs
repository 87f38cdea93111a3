//! `functions/register`.

use domain::{BreachedEntry, Password};
use serde_json::{Value, json};
use tests::{App, Person, Reply, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_answers_the_same_for_everybody_and_the_mail_knows_better() {
    let app = App::start().await;
    app.customer("ada@example.com").await;

    let known = app.post("/v1/register", json!({"email": "Ada@Example.com"})).await.expect(202);
    let unknown = app.post("/v1/register", json!({"email": "bob@example.com"})).await.expect(202);
    for reply in [&known, &unknown] {
        assert_eq!(reply["expires_in"], 600);
        assert!(reply.str("transaction").starts_with("txn_"));
        assert_eq!(reply["delivery"]["channel"], "email");
    }
    let told = app.mail_to("ada@example.com").await;
    assert_eq!((told.code, told.link), (None, None), "{}", told.text);
    let invited = app.mail_to("bob@example.com").await;
    assert!(invited.code.is_some() && invited.link.unwrap().starts_with(&app.system.gateway_url()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_are_refused_one_by_one() {
    let app = App::start().await;
    let body = json!({
        "email": "nobody", "password": "short", "profile": {"birthdate": "yesterday", "shoe": 44},
        "consents": {"": true}, "locale": "x".repeat(36)
    });
    let reply = app.post("/v1/register", body).await.problem(422, "invalid-fields");
    let pointers: Vec<_> = reply.fields().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/email", "/profile/birthdate", "/profile/shoe", "/locale", "/consents/"]);

    for (password, code) in [
        ("", "password_too_short"),
        ("1234567", "password_too_short"),
        ("12345678", "password_common"),
        ("ada.lovelace1", "password_guessable"),
        (&"x".repeat(1025), "password_too_long"),
    ] {
        let body = json!({"email": "ada.lovelace@example.com", "password": password});
        let reply = app.post("/v1/register", body).await.problem(422, "invalid-fields");
        assert_eq!(reply.fields(), [("/password".to_owned(), code.to_owned())]);
    }
    for password in ["12 chars", &"é".repeat(1024), "🦀🦀🦀🦀🦀🦀🦀🦀"] {
        let body = json!({"email": "ada.lovelace@example.com", "password": password});
        app.post_from(&format!("2001:db8:{}::1", password.len()), "/v1/register", body).await.expect(202);
    }
    app.post("/v1/register", json!({"email": "a@example.com", "password": "x".repeat(100_000)}))
        .await
        .problem(413, "payload-too-large");
    app.post("/v1/register", json!({"email": "a@example.com", "client_id": "nobody"}))
        .await
        .problem(400, "unknown-client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_breached_password_is_chosen_nowhere_where_there_is_a_list() {
    let breached = "a sentence that was stolen";
    let folder = std::env::temp_dir().join(format!("breached-{}", std::process::id()));
    std::fs::write(&folder, BreachedEntry::list(vec![Password::new(breached).breached_entry()])).unwrap();
    let app = App::with(Setup::default().setting("BREACHED_PASSWORDS", folder.to_str().unwrap())).await;
    let refused = async |reply: Reply| {
        let refused = reply.problem(422, "invalid-fields");
        assert_eq!(refused.fields()[0].1, "password_breached");
    };
    refused(app.post("/v1/register", json!({"email": "ada@example.com", "password": breached})).await).await;
    let ada = app.customer("ada@example.com").await;
    let body = Some(json!({"new_password": breached}));
    refused(ada.call(&app, reqwest::Method::PUT, "/v1/me/password", body).await).await;
    let transaction = app.forgotten(&ada.email).await;
    let code = app.code_to(&ada.email).await;
    let body = json!({"transaction": transaction, "code": code, "password": breached});
    refused(app.post("/v1/recover/verify", body).await).await;
    let token = app.token_of("/recover", &ada.email).await;
    let page = app.form("/recover", &[("token", &token), ("password", breached)]).await.expect(422);
    assert!(page.text.contains("found in a breach"), "{}", page.text);
    app.register("bob@example.com").await;
    let token = app.token_of("/verify", "bob@example.com").await;
    app.form("/verify", &[("token", &token), ("password", breached)]).await.expect(422);
    app.form("/verify", &[("token", &token), ("password", "a sentence of my own")]).await.expect(200);
    std::fs::remove_file(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jurisdiction_is_the_customers_the_apps_or_the_deployments() {
    let clients = json!([{"client_id": "swiss", "client_name": "Swiss", "grant_types": ["refresh_token"],
        "direct": true, "jurisdiction": "CH"}])
    .to_string();
    let table = json!({
        "recipients": {"ses": {"name": "a", "role": "b", "sends": []}, "sns": {"name": "a", "role": "b", "sends": []},
            "relying_parties": {"name": "a", "role": "b", "sends": []}},
        "groups": {"EU": ["DE", "FR"]},
        "rules": [{"from": ["EU", "CH"], "to": ["US"], "ground": "standard_clauses", "basis": "SCC"}]
    })
    .to_string();
    let setup = Setup::default().setting("CLIENTS", &clients).setting("TRANSFERS", &table);
    let app = App::with(setup.clone().parameter("AskJurisdiction", "on").parameter("Jurisdiction", "EU")).await;
    let register = async |email: &str, more: Value| {
        let mut body = json!({"email": email, "password": "a rather long sentence"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post("/v1/register", body).await
    };
    let theirs = async |email: &str, transaction: String| {
        let code = app.code_to(email).await;
        let reply = app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
        let person = Person::signed_in(email, "a rather long sentence", &reply);
        person.get(&app, "/v1/me").await.expect(200).str("jurisdiction")
    };
    for (email, more, expected) in [
        ("a@example.com", json!({}), "EU"),
        ("b@example.com", json!({"client_id": "swiss"}), "CH"),
        ("c@example.com", json!({"client_id": "swiss", "jurisdiction": "FR"}), "FR"),
    ] {
        let transaction = register(email, more).await.expect(202).str("transaction");
        assert_eq!(theirs(email, transaction).await, expected, "{email}");
    }
    for wrong in ["RU", "XX", "fr", "EEA"] {
        let refused = register("d@example.com", json!({"jurisdiction": wrong})).await.problem(422, "invalid-fields");
        assert_eq!(refused.fields(), [("/jurisdiction".to_owned(), "jurisdiction".to_owned())], "{wrong}");
    }
    // By the link, what a stranger may have typed is dropped, and the app's own word is not.
    register("e@example.com", json!({"client_id": "swiss", "jurisdiction": "FR"})).await.expect(202);
    let token = app.link_token_to("e@example.com").await;
    app.form("/verify", &[("token", &token), ("password", "a sentence of their own")]).await.expect(200);
    let reply = app.login("e@example.com", "a sentence of their own").await.expect(200);
    let person = Person::signed_in("e@example.com", "a sentence of their own", &reply);
    assert_eq!(person.get(&app, "/v1/me").await.expect(200)["jurisdiction"], "CH");

    let app = App::with(setup).await;
    let body = json!({"email": "a@example.com", "jurisdiction": "FR"});
    let refused = app.post("/v1/register", body).await.problem(422, "invalid-fields");
    assert_eq!(refused.fields()[0].0, "/jurisdiction", "where nobody asks, nobody is heard");
}
