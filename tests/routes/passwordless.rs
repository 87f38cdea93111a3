//! `functions/passwordless`.

use domain::SignedDuration;
use serde_json::{Value, json};
use tests::{App, Person, Reply, Setup, TotpApp, World, claims};

const PAGE: &str = "https://shop.example/sign-in";

/// Where a mailbox signs somebody in, and `shop` has a page for links.
fn setup() -> Setup {
    let shop = json!([{"client_id": "shop", "client_name": "Shop", "grant_types": ["refresh_token"], "direct": true,
        "sign_in_uri": PAGE}]);
    let setup = Setup::default().setting("EMAIL_SIGN_IN", "on").setting("CLIENTS", &shop.to_string());
    setup.setting("LIMIT_REGISTER_PER_ADDRESS", "100")
}

async fn verify(app: &App, body: Value) -> Reply {
    app.post("/v1/passwordless/verify", body).await
}

/// Asks for a link; the transaction, and the token in the mail.
async fn link(app: &App, email: &str) -> (String, String) {
    let body = json!({"email": email, "method": "link", "client_id": "shop"});
    let transaction = app.post("/v1/passwordless", body).await.expect(202).str("transaction");
    let mail = app.mail_to(email).await;
    assert!(mail.code.is_none(), "{}", mail.text);
    let link = mail.link.unwrap();
    (transaction, link.strip_prefix(&format!("{PAGE}#token=")).unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_code_signs_in_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let body = json!({"email": "ADA@example.com", "method": "code", "locale": "de"});
    let started = app.post("/v1/passwordless", body).await.expect(202);
    assert_eq!(
        (started["expires_in"].clone(), started["delivery"]["to"].clone()),
        (json!(600), json!("A•••@example.com"))
    );
    let mail = app.mail_to(&ada.email).await;
    assert!(mail.link.is_none() && mail.html.contains("lang=\"en\""), "a customer reads their own language");
    let (transaction, code) = (started.str("transaction"), mail.code.unwrap());

    let typed = format!("{}-{}", &code[..3], &code[3..]);
    let reply = verify(&app, json!({"transaction": transaction, "code": typed})).await.expect(200);
    let again = Person::signed_in(&ada.email, "", &reply);
    let token = claims(&again.access);
    assert_eq!((&token["sub"], &token["amr"], &token["acr"]), (&json!(ada.sub), &json!(["otp"]), &json!("aal1")));
    again.get(&app, "/v1/me").await.expect(200);
    verify(&app, json!({"transaction": transaction, "code": code})).await.problem(410, "transaction-expired");
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.live_sessions(&ada.sub), world.spent("email_sign_in")), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_off_unless_the_deployment_says_otherwise() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    for method in ["code", "link"] {
        let body = json!({"email": ada.email, "method": method});
        app.post("/v1/passwordless", body).await.problem(403, "method-not-available");
    }
    let body = json!({"transaction": format!("txn_{}", "A".repeat(32)), "code": "123456"});
    verify(&app, body).await.problem(403, "method-not-available");
    assert_eq!(World::of(&app).await.one_time("email_sign_in").len(), 0);

    // On, but this client has no page for a link.
    let app = App::with(setup()).await;
    let body = json!({"email": ada.email, "method": "link"});
    app.post("/v1/passwordless", body).await.problem(403, "method-not-available");
    let body = json!({"email": ada.email, "method": "code", "client_id": "nobody"});
    app.post("/v1/passwordless", body).await.problem(400, "unknown-client");
    for method in [json!("sms"), json!(""), json!(null), json!(7)] {
        let body = json!({"email": ada.email, "method": method});
        app.post("/v1/passwordless", body).await.problem(422, "invalid-fields");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_works_in_the_browser_that_asked_and_in_no_other() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    app.customer("eve@example.com").await;
    let (transaction, token) = link(&app, &ada.email).await;

    // Whoever reads Ada's mail has the link and not the transaction; Eve has one of her own, and one
    // that she had mailed to Ada.
    let (eves, eves_token) = link(&app, "eve@example.com").await;
    let (mailed_to_ada, _) = link(&app, &ada.email).await;
    let codes = app.passwordless(&ada.email, "code").await;
    for other in [&eves, &mailed_to_ada, &codes, &format!("txn_{}", "A".repeat(32)), &String::new()] {
        verify(&app, json!({"transaction": other, "token": token})).await.problem(410, "transaction-expired");
    }
    verify(&app, json!({"transaction": transaction, "token": eves_token})).await.problem(410, "transaction-expired");
    verify(&app, json!({"token": token})).await.problem(422, "invalid-fields");
    verify(&app, json!({"transaction": transaction, "token": &token[1..]})).await.problem(400, "invalid-link");
    let both = json!({"transaction": transaction, "token": token, "code": "123456"});
    verify(&app, both).await.problem(422, "invalid-fields");
    let neither = verify(&app, json!({"transaction": transaction})).await.problem(422, "invalid-fields");
    assert_eq!(neither.fields(), [("/code".to_owned(), "required".to_owned())]);
    // A sign-in by link has no code, and guesses at one close no link.
    for _ in 0..6 {
        let status = verify(&app, json!({"transaction": transaction, "code": "123456"})).await.status;
        assert!([422, 410].contains(&status), "{status}");
    }
    // No page of ours opens with it.
    for page in ["/verify", "/verify/undo", "/recover", "/recover/undo"] {
        app.get(&format!("{page}?token={token}")).await.expect(410);
    }

    let reply = verify(&app, json!({"transaction": transaction, "token": token})).await.expect(200);
    let again = Person::signed_in(&ada.email, "", &reply);
    let said = claims(&again.access);
    assert_eq!((&said["sub"], &said["client_id"], &said["amr"]), (&json!(ada.sub), &json!("shop"), &json!(["otp"])));
    verify(&app, json!({"transaction": transaction, "token": token})).await.problem(410, "transaction-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_has_five_tries_and_everything_ten_minutes() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let transaction = app.passwordless(&ada.email, "code").await;
    let code = app.code_to(&ada.email).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        verify(&app, json!({"transaction": transaction, "code": wrong})).await.problem(422, "invalid-code");
    }
    verify(&app, json!({"transaction": transaction, "code": code})).await.problem(410, "transaction-expired");

    let transaction = app.passwordless(&ada.email, "code").await;
    let code = app.code_to(&ada.email).await;
    let (by_link, token) = link(&app, &ada.email).await;
    app.advance(SignedDuration::from_mins(10));
    verify(&app, json!({"transaction": transaction, "code": code})).await.problem(410, "transaction-expired");
    verify(&app, json!({"transaction": by_link, "token": token})).await.problem(410, "transaction-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_transaction_signs_in() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let registration = app.register("bob@example.com").await;
    let bob = app.mail_to("bob@example.com").await;
    let reset = app.forgotten(&ada.email).await;
    let mail = app.mail_to(&ada.email).await;
    for (transaction, mail) in [(registration, bob), (reset, mail)] {
        let (code, link) = (mail.code.unwrap(), mail.link.unwrap());
        let token = link.split_once("token=").unwrap().1;
        verify(&app, json!({"transaction": transaction, "code": code})).await.problem(410, "transaction-expired");
        verify(&app, json!({"transaction": transaction, "token": token})).await.problem(410, "transaction-expired");
    }
    let transaction = app.passwordless(&ada.email, "code").await;
    let body = json!({"transaction": transaction, "code": app.code_to(&ada.email).await});
    app.post("/v1/verify", body.clone()).await.problem(410, "transaction-expired");
    app.post("/v1/verify/resend", json!({"transaction": transaction})).await.problem(410, "transaction-expired");
    verify(&app, body).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_account_is_told_by_mail_and_signed_in_nowhere() {
    let app = App::with(setup()).await;
    let body = json!({"email": "nobody@example.com", "method": "code", "locale": "fr"});
    let transaction = app.post("/v1/passwordless", body).await.expect(202).str("transaction");
    let mail = app.mail_to("nobody@example.com").await;
    assert!(mail.code.is_none() && mail.html.contains("lang=\"fr\""), "{}", mail.text);
    verify(&app, json!({"transaction": transaction, "code": "123456"})).await.problem(422, "invalid-code");

    // Who gave the address up before the code came back.
    let ada = app.customer("ada@example.com").await;
    let transaction = app.passwordless(&ada.email, "code").await;
    let code = app.code_to(&ada.email).await;
    let change = Some(json!({"email": "ada@new.example.com"}));
    let started = ada.call(&app, reqwest::Method::PUT, "/v1/me/email", change).await.expect(202).str("transaction");
    let new = app.code_to("ada@new.example.com").await;
    app.post("/v1/verify", json!({"transaction": started, "code": new})).await.expect(200);
    verify(&app, json!({"transaction": transaction, "code": code})).await.problem(410, "transaction-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_known_stays_known_and_is_no_news() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let told = async || World::of(&app).await.queued("new_device");
    for (device, news) in [(Some(ada.device.as_str()), 0), (Some("pdt_AAAA"), 1), (None, 2)] {
        let body = json!({"email": ada.email, "method": "code", "device_token": device});
        let transaction = app.post("/v1/passwordless", body).await.expect(202).str("transaction");
        let body = json!({"transaction": transaction, "code": app.code_to(&ada.email).await});
        let reply = verify(&app, body).await.expect(200);
        assert_eq!(reply.str("device_token") == ada.device, news == 0);
        assert_eq!(told().await, news);
        app.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_is_one_proof_and_the_rest_is_asked_for() {
    let app = App::with(setup().setting("MFA_POLICY", "required")).await;
    app.register("ada@example.com").await;
    let token = app.token_of("/verify", "ada@example.com").await;
    app.form("/verify", &[("token", &token)]).await.expect(200);
    let transaction = app.passwordless("ada@example.com", "code").await;
    let code = app.code_to("ada@example.com").await;
    let answer = verify(&app, json!({"transaction": transaction, "code": code})).await.expect(200);
    assert_eq!((&answer["status"], &answer["access_token"]), (&json!("enrollment_required"), &json!(null)));
    // What it began with is used up: the next step is another transaction.
    assert_ne!(answer.str("transaction"), transaction);
    verify(&app, json!({"transaction": transaction, "code": code})).await.problem(410, "transaction-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_nothing_but_their_mailbox_enrols_something_else_where_two_are_required() {
    let app = App::with(setup()).await;
    let started = app.post("/v1/register", json!({"email": "ada@example.com"})).await.expect(202).str("transaction");
    let code = app.code_to("ada@example.com").await;
    let reply = app.post("/v1/verify", json!({"transaction": started, "code": code})).await.expect(200);
    let ada = Person::signed_in("ada@example.com", "", &reply);
    let started = ada.post(&app, "/v1/me/factors/email", json!({})).await.expect(202).str("transaction");
    let body = json!({"transaction": started, "code": app.code_to(&ada.email).await});
    ada.post(&app, "/v1/me/factors/email/activate", body).await.expect(201);
    app.system.update(&[], &setup().setting("MFA_POLICY", "required").settings).await.unwrap();

    let by_mail = async || {
        let transaction = app.passwordless(&ada.email, "code").await;
        let body = json!({"transaction": transaction, "code": app.code_to(&ada.email).await});
        verify(&app, body).await.expect(200)
    };
    let (asked, other) = (by_mail().await, by_mail().await);
    assert_eq!(asked["status"], "enrollment_required", "{}", asked.text);
    assert_eq!(asked["methods"], json!([{"method": "passkey"}, {"method": "totp"}]));
    let transaction = asked.str("transaction");
    let enroll = |transaction: &str| json!({"transaction": transaction, "method": "totp"});
    let begun = app.post("/v1/mfa/enroll", enroll(&transaction)).await.expect(200);
    let phone = TotpApp::new(&begun.str("secret"));
    let reply = app.mfa(&transaction, "totp", json!({"code": phone.code(&app)})).await.expect(200);
    assert_eq!(claims(&Person::signed_in(&ada.email, "", &reply).access)["amr"], json!(["otp", "mfa"]));
    // Now there is a factor to be asked for: whoever else waited to enrol one proves it.
    app.post("/v1/mfa/enroll", enroll(&other.str("transaction"))).await.problem(410, "transaction-expired");
    let asked = by_mail().await;
    assert_eq!((asked["status"].as_str(), &asked["methods"]), (Some("mfa_required"), &json!([{"method": "totp"}])));
}
