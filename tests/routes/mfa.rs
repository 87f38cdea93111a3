//! `functions/mfa`.

use domain::SignedDuration;
use serde_json::json;
use tests::{App, Authenticator, Person, Setup, World, claims, tampered};

const PASSWORD: &str = "a rather long sentence";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authenticator_app_is_enrolled_where_one_is_required_and_asked_for_ever_after() {
    let app = App::with(Setup::default().strict()).await;
    let transaction = app.newcomer("ada@example.com").await;
    let enroll = json!({"transaction": transaction, "method": "totp"});
    let begun = app.post("/v1/mfa/enroll", enroll.clone()).await.expect(200);
    assert_eq!(begun.header("cache-control"), "no-store");
    assert!(begun.str("uri").starts_with("otpauth://totp/") && begun.str("uri").contains("ada%40example.com"));
    assert!(begun.str("qr_svg").ends_with("</svg>") && begun.str("secret").len() == 32);
    // Begun anew, the last one counts.
    let second = app.post("/v1/mfa/enroll", enroll).await.expect(200);
    let (old, phone) = (tests::TotpApp::new(&begun.str("secret")), tests::TotpApp::new(&second.str("secret")));
    app.mfa(&transaction, "totp", json!({"code": old.code(&app)})).await.problem(422, "invalid-code");
    let reply = app.mfa(&transaction, "totp", json!({"code": phone.code(&app)})).await.expect(200);
    let ada = Person::signed_in("ada@example.com", PASSWORD, &reply);
    assert_eq!(claims(&ada.access)["amr"], json!(["otp", "mfa"]));
    app.mfa(&transaction, "totp", json!({"code": phone.next_code(&app)})).await.problem(410, "transaction-expired");
    assert!(app.mail_to(&ada.email).await.link.unwrap().contains("/recover/undo?token="));

    let asked = app.login(&ada.email, PASSWORD).await.expect(200);
    assert_eq!(
        (asked["status"].clone(), asked["methods"].clone()),
        (json!("mfa_required"), json!([{"method": "totp"}]))
    );
    assert!(asked["access_token"].is_null() && asked["device_token"].is_null());
    let transaction = asked.str("transaction");
    let code = phone.next_code(&app);
    let wrong = app.mfa(&transaction, "totp", json!({"code": another(&code)})).await.problem(422, "invalid-code");
    assert_eq!(wrong["detail"], "4 tries are left.");
    let reply = app.mfa(&transaction, "totp", json!({"code": format!("{} {}", &code[..3], &code[3..])})).await;
    let token = claims(&reply.expect(200).str("access_token"));
    assert_eq!((token["amr"].clone(), token["acr"].clone()), (json!(["pwd", "otp", "mfa"]), json!("aal2")));
    // A step is never accepted twice, nor one before it.
    let transaction = ada.half_way(&app).await;
    app.mfa(&transaction, "totp", json!({"code": code})).await.problem(422, "invalid-code");
    app.mfa(&transaction, "totp", json!({"code": phone.next_code(&app)})).await.expect(200);
    app.settle().await;
    World::of(&app).await.assert_sound();
}

/// A code that is not this one.
fn another(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_good_for_its_methods_its_tries_and_ten_minutes() {
    let app = App::with(Setup::default().strict().setting("LIMIT_MFA_PER_CUSTOMER", "100")).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let waits = ada.half_way(&app).await;
    for method in ["email", "sms", "recovery_code", "password", "delayed_recovery", "passkey"] {
        let proof = json!({"code": if method == "recovery_code" { "0000-0000-0000-0000-0000-0000" } else { "123456" },
            "password": PASSWORD, "credential": {"id": "AAAA"}});
        let refused = app.mfa(&waits, method, proof).await;
        assert!(matches!(refused.status, 410 | 422) && refused["access_token"].is_null(), "{method}: {}", refused.text);
    }
    let waits = ada.half_way(&app).await;
    app.challenge(&waits, "totp").await.problem(422, "invalid-fields");
    app.challenge(&waits, "email").await.problem(422, "invalid-fields");
    app.post("/v1/mfa/enroll", json!({"transaction": waits, "method": "totp"})).await.problem(422, "invalid-fields");
    let no_code = app.mfa(&waits, "totp", json!({})).await.problem(422, "invalid-fields");
    assert_eq!(no_code.fields(), [("/code".to_owned(), "required".to_owned())]);
    for left in (0..5).rev() {
        let wrong = app.mfa(&waits, "totp", json!({"code": another(&phone.code(&app))})).await;
        assert!(wrong.problem(422, "invalid-code").str("detail").starts_with(match left {
            0 => "No tries",
            1 => "1 try",
            2 => "2",
            3 => "3",
            _ => "4",
        }));
    }
    app.mfa(&waits, "totp", json!({"code": phone.next_code(&app)})).await.problem(410, "transaction-expired");
    let waits = ada.half_way(&app).await;
    app.advance(SignedDuration::from_mins(10));
    app.mfa(&waits, "totp", json!({"code": phone.code(&app)})).await.problem(410, "transaction-expired");
    // Another flow's transaction is none of ours.
    let registration = app.register("bob@example.com").await;
    app.mfa(&registration, "totp", json!({"code": "123456"})).await.problem(410, "transaction-expired");
    app.challenge(&registration, "email").await.problem(410, "transaction-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_is_limited_by_customer_across_transactions() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    for _ in 0..3 {
        let waits = ada.half_way(&app).await;
        for _ in 0..3 {
            app.mfa(&waits, "totp", json!({"code": another(&phone.code(&app))})).await.problem(422, "invalid-code");
        }
    }
    let waits = ada.half_way(&app).await;
    app.mfa(&waits, "totp", json!({"code": phone.next_code(&app)})).await.problem(429, "too-many-requests");
    app.advance(SignedDuration::from_mins(15));
    let waits = ada.half_way(&app).await;
    app.mfa(&waits, "totp", json!({"code": phone.code(&app)})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_that_is_refused_again_and_again_is_told_once_a_day() {
    let app = App::with(Setup::default().strict().setting("LIMIT_MFA_PER_CUSTOMER", "100")).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let told = async || {
        app.settle().await;
        World::of(&app).await.queued("second_factor_refused")
    };
    // Neither what enrols nor a step-up that fails says that somebody knows the password.
    let newcomer = app.newcomer("bob@example.com").await;
    let begun = app.post("/v1/mfa/enroll", json!({"transaction": newcomer, "method": "totp"})).await.expect(200);
    let bobs = tests::TotpApp::new(&begun.str("secret"));
    app.advance(SignedDuration::from_mins(1));
    let step_up = ada.step_up(&app, json!({"max_age": 30})).await.expect(200).str("transaction");
    for _ in 0..5 {
        app.mfa(&newcomer, "totp", json!({"code": another(&bobs.code(&app))})).await.problem(422, "invalid-code");
        app.mfa(&step_up, "totp", json!({"code": another(&phone.code(&app))})).await.problem(422, "invalid-code");
    }
    assert_eq!(told().await, 0);

    // Four mistakes are Ada's own, in however many transactions; with a fifth she is told.
    let refused = async || {
        let waits = ada.half_way(&app).await;
        app.mfa(&waits, "totp", json!({"code": another(&phone.code(&app))})).await.problem(422, "invalid-code")
    };
    let mut answers = Vec::new();
    for n in 1..=8 {
        answers.push(refused().await);
        assert_eq!(told().await, usize::from(n > 4), "{n}");
    }
    assert!(answers.windows(2).all(|two| two[0]["detail"] == two[1]["detail"]), "the answer does not tell");
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.sealed("second_factor.refused"), 1);
    let token = app.token_of("/recover/undo", &ada.email).await;

    // The next day is another.
    app.advance(SignedDuration::from_hours(24));
    let waits = ada.half_way(&app).await;
    app.mfa(&waits, "totp", json!({"code": phone.code(&app)})).await.expect(200);
    for _ in 0..5 {
        refused().await;
    }
    assert_eq!(told().await, 2);
    // The button takes the password away from whoever knows it.
    app.form("/recover/undo", &[("token", &token)]).await.expect(200);
    app.login(&ada.email, PASSWORD).await.problem(401, "invalid-credentials");
}

/// Tries so many wrong codes of an app, ten in each quarter of an hour, each counted before it is compared.
async fn guess(app: &App, of: &Person, phone: &tests::TotpApp, tries: usize) {
    for n in 0..tries {
        if n > 0 && n % 10 == 0 {
            app.advance(SignedDuration::from_mins(15));
        }
        let waits = of.half_way(app).await;
        app.mfa(&waits, "totp", json!({"code": another(&phone.code(app))})).await.problem(422, "invalid-code");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_slowly_has_an_end_too_and_keeps_no_owner_out() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    ada.add_passkey(&app, &mut key).await;
    app.advance(SignedDuration::from_mins(15));
    // Eve knows Ada's password, and guesses for as long as she is let: fifty times a day, of which one was
    // the proof with which the app was enrolled.
    guess(&app, &ada, &phone, 49).await;
    app.advance(SignedDuration::from_mins(15));
    let waits = ada.half_way(&app).await;
    let refused = app.mfa(&waits, "totp", json!({"code": phone.code(&app)})).await.problem(429, "too-many-requests");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!(wait > 3600, "until the next day: {wait}");
    // Not even a quarter of an hour later, nor with recovery codes.
    app.advance(SignedDuration::from_mins(15));
    let waits = ada.half_way(&app).await;
    app.mfa(&waits, "totp", json!({"code": phone.code(&app)})).await.problem(429, "too-many-requests");

    // Ada gets in with what she is known by: a device, a passkey.
    let known = json!({"email": ada.email, "password": PASSWORD, "device_token": ada.device});
    let waits = app.post("/v1/login", known).await.expect(200).str("transaction");
    let reply = app.mfa(&waits, "totp", json!({"code": phone.next_code(&app)})).await.expect(200);
    let ada = Person::signed_in(&ada.email, PASSWORD, &reply);
    let waits = ada.half_way(&app).await;
    let asked = app.challenge(&waits, "passkey").await.expect(200);
    app.mfa(&waits, "passkey", json!({"credential": key.get(&asked["public_key"])})).await.expect(200);
    // Nor is a session kept from what it needs.
    app.advance(SignedDuration::from_mins(1));
    let asked = ada.step_up(&app, json!({"max_age": 30})).await.expect(200).str("transaction");
    app.mfa(&asked, "totp", json!({"code": phone.code(&app)})).await.expect(200);

    app.advance(SignedDuration::from_secs(wait));
    let waits = ada.half_way(&app).await;
    app.mfa(&waits, "totp", json!({"code": phone.code(&app)})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_every_session_ends_what_waits() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let waits = ada.half_way(&app).await;
    let all = ada.call(&app, reqwest::Method::DELETE, "/v1/me/sessions", None).await;
    assert!(all.status < 300, "{}", all.text);
    app.mfa(&waits, "totp", json!({"code": phone.next_code(&app)})).await.problem(410, "transaction-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_trusted_is_not_asked_again_until_its_time_is_over() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let waits = ada.half_way(&app).await;
    let proof = json!({"code": phone.next_code(&app), "remember_device": true});
    let trusted = app.mfa(&waits, "totp", proof).await.expect(200).str("device_token");
    let login = json!({"email": ada.email, "password": PASSWORD, "device_token": trusted});
    let spared = Person::signed_in(&ada.email, PASSWORD, &app.post("/v1/login", login.clone()).await.expect(200));
    assert_eq!(claims(&spared.access)["acr"], "aal1");
    // What was skipped is not there for what is sensitive.
    let asked = spared.step_up(&app, json!({"max_age": 600})).await.expect(200);
    assert_eq!(asked["methods"], json!([{"method": "totp"}]));
    assert_eq!(ada.half_way(&app).await.len(), 36, "elsewhere it is asked");
    app.advance(SignedDuration::from_hours(30 * 24));
    assert_eq!(app.post("/v1/login", login).await.expect(200)["status"], "mfa_required");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_enrolled_and_is_a_second_factor() {
    let app = App::with(Setup::default().strict()).await;
    let mut key = Authenticator::new(&app.system.gateway_url());
    let transaction = app.newcomer("ada@example.com").await;
    let enroll = json!({"transaction": transaction, "method": "passkey"});
    let options = app.post("/v1/mfa/enroll", enroll.clone()).await.expect(200)["public_key"].clone();
    let broken = tampered(&key.create(&options), "/response/clientDataJSON", |bytes| bytes[10] ^= 1);
    app.mfa(&transaction, "passkey", json!({"credential": broken})).await.problem(401, "invalid-credentials");
    // A challenge is good for one answer.
    app.mfa(&transaction, "passkey", json!({"credential": key.create(&options)}))
        .await
        .problem(410, "transaction-expired");
    let options = app.post("/v1/mfa/enroll", enroll).await.expect(200)["public_key"].clone();
    let reply = app.mfa(&transaction, "passkey", json!({"credential": key.create(&options)})).await.expect(200);
    let ada = Person::signed_in("ada@example.com", PASSWORD, &reply);
    assert_eq!(claims(&ada.access)["acr"], "aal2");

    let waits = ada.half_way(&app).await;
    let asked = app.challenge(&waits, "passkey").await.expect(200);
    let reply = app.mfa(&waits, "passkey", json!({"credential": key.get(&asked["public_key"])})).await.expect(200);
    assert_eq!(claims(&reply.str("access_token"))["amr"], json!(["pwd", "swk", "user", "mfa"]));

    // Another customer's passkey, another origin's, an answer to another question: nothing is proved.
    let mut other = Authenticator::new(&app.system.gateway_url());
    let transaction = app.newcomer("eve@example.com").await;
    let enroll = json!({"transaction": transaction, "method": "passkey"});
    let options = app.post("/v1/mfa/enroll", enroll).await.expect(200)["public_key"].clone();
    app.mfa(&transaction, "passkey", json!({"credential": other.create(&options)})).await.expect(200);
    let waits = ada.half_way(&app).await;
    let question = app.challenge(&waits, "passkey").await.expect(200)["public_key"].clone();
    let mut unbound = question.clone();
    unbound["allowCredentials"] = json!([]);
    let answer = json!({"credential": other.get(&unbound)});
    app.mfa(&waits, "passkey", answer).await.problem(401, "invalid-credentials");
    let question = app.challenge(&waits, "passkey").await.expect(200)["public_key"].clone();
    let mut elsewhere = key.clone();
    elsewhere.origin = "https://evil.example".to_owned();
    app.mfa(&waits, "passkey", json!({"credential": elsewhere.get(&question)}))
        .await
        .problem(401, "invalid-credentials");
    let stale = key.get(&question);
    app.challenge(&waits, "passkey").await.expect(200);
    app.mfa(&waits, "passkey", json!({"credential": stale})).await.problem(401, "invalid-credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_whose_counter_goes_back_proves_nothing_and_its_owner_is_told() {
    let app = App::with(Setup::default().strict()).await;
    let mut key = Authenticator::new(&app.system.gateway_url());
    key.counter = 5;
    let transaction = app.newcomer("ada@example.com").await;
    let enroll = json!({"transaction": transaction, "method": "passkey"});
    let options = app.post("/v1/mfa/enroll", enroll).await.expect(200)["public_key"].clone();
    let reply = app.mfa(&transaction, "passkey", json!({"credential": key.create(&options)})).await.expect(200);
    let ada = Person::signed_in("ada@example.com", PASSWORD, &reply);
    app.settle().await;
    let before = app.mails().await.len();
    key.counter = 2;
    let waits = ada.half_way(&app).await;
    let question = app.challenge(&waits, "passkey").await.expect(200)["public_key"].clone();
    app.mfa(&waits, "passkey", json!({"credential": key.get(&question)})).await.problem(401, "invalid-credentials");
    app.challenge(&waits, "passkey").await.problem(410, "transaction-expired");
    assert_eq!(app.mails().await.len(), before + 1);
    let listed = ada.get(&app, "/v1/me/factors").await.expect(200);
    assert!(listed["factors"][0]["suspect_since"].is_string(), "{}", listed.text);
    assert_eq!(World::of(&app).await.sealed("passkey.suspected"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_by_mail_is_a_second_factor_where_the_deployment_says_so() {
    let app = App::with(Setup::default().setting("EMAIL_SIGN_IN", "on")).await;
    let ada = app.customer("ada@example.com").await;
    let settings = [("EMAIL_SIGN_IN", "on"), ("MFA_POLICY", "required")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    app.system.update(&[], &settings).await.unwrap();
    let asked = app.login(&ada.email, PASSWORD).await.expect(200);
    assert_eq!(asked["status"], "enrollment_required", "{}", asked.text);
    let transaction = asked.str("transaction");
    let begun = app.post("/v1/mfa/enroll", json!({"transaction": transaction, "method": "email"})).await.expect(200);
    assert_eq!(begun["delivery"], json!({"channel": "email", "to": "a•••@example.com"}));
    let code = app.code_to(&ada.email).await;
    app.mfa(&transaction, "email", json!({"code": another(&code)})).await.problem(422, "invalid-code");
    let reply = app.mfa(&transaction, "email", json!({"code": code})).await.expect(200);
    assert_eq!(claims(&reply.str("access_token"))["acr"], "aal1", "a mailbox is opened from anywhere");

    let asked = app.login(&ada.email, PASSWORD).await.expect(200);
    assert_eq!(asked["methods"], json!([{"method": "email", "hint": "a•••@example.com"}]));
    let waits = asked.str("transaction");
    app.mfa(&waits, "email", json!({"code": "123456"})).await.problem(422, "invalid-code");
    // Mails that wait together go out in any order.
    app.settle().await;
    app.challenge(&waits, "email").await.expect(200);
    let first = app.code_to(&ada.email).await;
    app.challenge(&waits, "email").await.expect(200);
    let code = app.code_to(&ada.email).await;
    if first != code {
        app.mfa(&waits, "email", json!({"code": first})).await.problem(422, "invalid-code");
    }
    app.mfa(&waits, "email", json!({"code": code})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_enrolled_in_the_meantime_proves_that() {
    let app = App::with(Setup::default().strict()).await;
    let first = app.newcomer("ada@example.com").await;
    let second = app.login("ada@example.com", PASSWORD).await.expect(200);
    assert_eq!(second["status"], "enrollment_required");
    let second = second.str("transaction");
    let begun = app.post("/v1/mfa/enroll", json!({"transaction": second, "method": "totp"})).await.expect(200);
    let thiefs = tests::TotpApp::new(&begun.str("secret"));
    let begun = app.post("/v1/mfa/enroll", json!({"transaction": first, "method": "totp"})).await.expect(200);
    let owners = tests::TotpApp::new(&begun.str("secret"));
    app.mfa(&first, "totp", json!({"code": owners.code(&app)})).await.expect(200);
    app.mfa(&second, "totp", json!({"code": thiefs.code(&app)})).await.problem(410, "transaction-expired");
    let again = json!({"transaction": second, "method": "totp"});
    app.post("/v1/mfa/enroll", again).await.problem(410, "transaction-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_steps_up_to_exactly_what_is_missing_and_goes_on_as_another() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    app.system.update(&[], &[("MFA_POLICY".to_owned(), "off".to_owned())]).await.unwrap();
    let once = ada.again(&app).await;
    assert_eq!(claims(&once.access)["acr"], "aal1");
    once.step_up(&app, json!({})).await.expect(204);
    once.step_up(&app, json!({"acr_values": "aal1"})).await.expect(204);
    // A session that was spared the second factor is not of any age.
    once.step_up(&app, json!({"acr_values": "aal1", "max_age": 60})).await.expect(200);
    once.step_up(&app, json!({"acr_values": "gold"})).await.problem(422, "invalid-fields");
    // Of several levels any will do, and unknown ones are passed over.
    once.step_up(&app, json!({"acr_values": "aal2 aal1"})).await.expect(204);
    once.step_up(&app, json!({"acr_values": "gold aal2"})).await.expect(200);
    let asked = once.step_up(&app, json!({"acr_values": "aal2"})).await.expect(200);
    assert_eq!(
        (asked["status"].clone(), asked["methods"].clone()),
        (json!("mfa_required"), json!([{"method": "totp"}]))
    );
    let reply = app.mfa(&asked.str("transaction"), "totp", json!({"code": phone.next_code(&app)})).await.expect(200);
    let up = Person::signed_in(&ada.email, PASSWORD, &reply);
    assert_eq!((claims(&up.access)["acr"].clone(), claims(&up.access)["sub"].clone()), (json!("aal2"), json!(ada.sub)));
    up.get(&app, "/v1/me").await.expect(200);
    once.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.refresh(&once.refresh).await.oauth(400, "invalid_grant");
    up.step_up(&app, json!({"acr_values": "aal2", "max_age": 600})).await.expect(204);

    // What is too old is proved again, all of it.
    app.advance(SignedDuration::from_mins(5));
    let asked = up.step_up(&app, json!({"acr_values": "aal2", "max_age": 60})).await.expect(200);
    assert_eq!(asked["methods"], json!([{"method": "totp"}, {"method": "password"}]));
    let first = asked.str("transaction");
    let half = app.mfa(&first, "totp", json!({"code": phone.next_code(&app)})).await.expect(200);
    assert_eq!(half["methods"], json!([{"method": "password"}]));
    assert!(half["access_token"].is_null() && half["device_token"].is_null());
    up.get(&app, "/v1/me").await.expect(200);
    app.mfa(&first, "totp", json!({"code": phone.next_code(&app)})).await.problem(410, "transaction-expired");
    let second = half.str("transaction");
    app.mfa(&second, "totp", json!({"code": phone.code(&app)})).await.problem(422, "invalid-fields");
    app.mfa(&second, "password", json!({"password": "wrong"})).await.problem(401, "invalid-credentials");
    let reply = app.mfa(&second, "password", json!({"password": PASSWORD})).await.expect(200);
    assert_eq!(claims(&reply.str("access_token"))["auth_time"], app.now());
    up.get(&app, "/v1/me").await.problem(401, "invalid-token");
    // A session that has ended in the meantime does not go on.
    let up = Person::signed_in(&ada.email, PASSWORD, &reply);
    app.advance(SignedDuration::from_secs(60));
    let asked = up.step_up(&app, json!({"max_age": 30})).await.expect(200);
    let session = format!("/v1/me/sessions/{}", claims(&up.access)["sid"].as_str().unwrap());
    up.call(&app, reqwest::Method::DELETE, &session, None).await.expect(204);
    let half = app.mfa(&asked.str("transaction"), "totp", json!({"code": phone.code(&app)})).await.expect(200);
    let password = json!({"password": PASSWORD});
    app.mfa(&half.str("transaction"), "password", password).await.problem(409, "conflict");
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_by_mail_steps_up_by_what_is_known_and_what_is_had_in_either_order() {
    let app = App::with(Setup::default().setting("EMAIL_SIGN_IN", "on").setting("MFA_POLICY", "off")).await;
    let ada = app.customer("ada@example.com").await;
    let (phone, _) = ada.add_totp(&app).await;
    for order in [["totp", "password"], ["password", "totp"]] {
        app.advance(SignedDuration::from_mins(1));
        let transaction = app.passwordless(&ada.email, "code").await;
        let body = json!({"transaction": transaction, "code": app.code_to(&ada.email).await});
        let reply = app.post("/v1/passwordless/verify", body).await.expect(200);
        let mailed = Person::signed_in(&ada.email, PASSWORD, &reply);
        assert_eq!(claims(&mailed.access)["acr"], "aal1");
        let mut asked = mailed.step_up(&app, json!({"acr_values": "aal2"})).await.expect(200);
        assert_eq!(asked["methods"], json!([{"method": "totp"}, {"method": "password"}]));
        for (method, left) in [(order[0], Some(order[1])), (order[1], None)] {
            let proof = match method {
                "totp" => json!({"code": phone.code(&app)}),
                _ => json!({"password": PASSWORD}),
            };
            asked = app.mfa(&asked.str("transaction"), method, proof).await.expect(200);
            assert_eq!(asked["methods"], left.map_or(json!(null), |left| json!([{"method": left}])), "{method}");
        }
        assert_eq!(claims(&asked.str("access_token"))["acr"], "aal2");
        mailed.get(&app, "/v1/me").await.problem(401, "invalid-token");
    }
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_second_factor_steps_up_by_password_and_not_to_two() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    ada.step_up(&app, json!({"acr_values": "aal2"})).await.problem(403, "step-up-unavailable");
    app.advance(SignedDuration::from_mins(9));
    let asked = ada.step_up(&app, json!({"max_age": 60})).await.expect(200);
    assert_eq!(asked["methods"], json!([{"method": "password"}]));
    let transaction = asked.str("transaction");
    let wrong = app.mfa(&transaction, "password", json!({"password": "wrong"})).await;
    wrong.problem(401, "invalid-credentials");
    let reply = app.mfa(&transaction, "password", json!({"password": PASSWORD})).await.expect(200);
    assert_eq!(claims(&reply.str("access_token"))["auth_time"], app.now());
    app.post("/v1/mfa/step-up", json!({})).await.problem(401, "invalid-token");
}

/// Begins a delayed recovery as somebody who has given the password; its handle.
async fn lost(app: &App, person: &Person) -> String {
    let waits = person.half_way(app).await;
    app.post("/v1/mfa/recovery", json!({"transaction": waits})).await.expect(202).str("recovery")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_lost_every_factor_waits_and_is_told() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, _) = app.customer_with_totp("ada@example.com").await;
    let waits = ada.half_way(&app).await;
    let before = app.mails().await.len();
    let begun = app.post("/v1/mfa/recovery", json!({"transaction": waits})).await.expect(202);
    let again = app.post("/v1/mfa/recovery", json!({"transaction": waits})).await.expect(202);
    assert_eq!(begun.body, again.body);
    let recovery = begun.str("recovery");
    assert_eq!(app.mails().await.len(), before + 1, "told once");
    let told = app.mail_to(&ada.email).await;
    assert!(!told.text.contains(&recovery[4..]), "who reads the mail gets no handle");
    app.mfa(&waits, "delayed_recovery", json!({"recovery": recovery})).await.problem(422, "invalid-fields");
    app.advance(SignedDuration::from_hours(71));
    let early = app.login(&ada.email, PASSWORD).await.expect(200);
    assert_eq!(early["methods"], json!([{"method": "totp"}]));
    app.advance(SignedDuration::from_hours(1));
    let ready = app.login(&ada.email, PASSWORD).await.expect(200);
    assert_eq!(ready["methods"], json!([{"method": "totp"}, {"method": "delayed_recovery"}]));
    let waits = ready.str("transaction");
    let before = app.mails().await.len();
    let proof = json!({"recovery": recovery, "remember_device": true});
    app.mfa(&waits, "delayed_recovery", proof.clone()).await.expect(200);
    assert!(app.mails().await.len() > before);
    app.mfa(&waits, "delayed_recovery", proof).await.problem(410, "transaction-expired");
    // Every factor is gone: one is to be enrolled.
    let next = app.login(&ada.email, PASSWORD).await.expect(200);
    assert_eq!(next["status"], "enrollment_required");
    let none = app.post("/v1/mfa/recovery", json!({"transaction": next.str("transaction")})).await;
    none.problem(403, "method-not-available");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_is_its_beginners_and_nobody_elses_who_knows_the_password() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, _) = app.customer_with_totp("ada@example.com").await;
    // Eve knows Ada's password, and begins. Ada is told, and begins hers: Eve's time is over.
    let eves = lost(&app, &ada).await;
    app.advance(SignedDuration::from_hours(71));
    app.settle().await;
    let before = app.mails().await.len();
    let adas = lost(&app, &ada).await;
    assert_eq!(app.mails().await.len(), before + 1, "told each time");
    app.advance(SignedDuration::from_hours(2));
    let asked = app.login(&ada.email, PASSWORD).await.expect(200);
    assert_eq!(asked["methods"], json!([{"method": "totp"}]), "it began anew");
    app.advance(SignedDuration::from_hours(70));
    // Nor does Eve ride on Ada's.
    let waits = ada.half_way(&app).await;
    let none = app.mfa(&waits, "delayed_recovery", json!({})).await.problem(422, "invalid-fields");
    assert_eq!(none.fields(), [("/recovery".to_owned(), "required".to_owned())]);
    for wrong in ["", "rcv_", "rcv_AAAA", &waits, &adas[..46]] {
        let wrong = app.mfa(&waits, "delayed_recovery", json!({"recovery": wrong})).await;
        assert_eq!(wrong.problem(422, "invalid-fields").fields(), [("/recovery".to_owned(), "recovery".to_owned())]);
    }
    let made_up = format!("rcv_{}", "A".repeat(43));
    for (wrong, left) in [(&eves, "4 tries"), (&made_up, "3 tries")] {
        let wrong = app.mfa(&waits, "delayed_recovery", json!({"recovery": wrong})).await;
        assert!(wrong.problem(422, "invalid-code").str("detail").starts_with(left));
    }
    let bob = app.customer_with_totp("bob@example.com").await.0;
    let other = lost(&app, &bob).await;
    app.mfa(&waits, "delayed_recovery", json!({"recovery": other})).await.problem(422, "invalid-code");
    app.mfa(&waits, "delayed_recovery", json!({"recovery": adas})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_with_a_factor_ends_a_recovery() {
    let app = App::with(Setup::default().strict().setting("LIMIT_RECOVERY_PER_CUSTOMER", "100")).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    ada.add_passkey(&app, &mut key).await;
    let codes = ada.post(&app, "/v1/me/factors/recovery-codes", json!({})).await.expect(201);
    let proof = json!({"code": phone.next_code(&app), "remember_device": true});
    let trusted = app.mfa(&ada.half_way(&app).await, "totp", proof).await.expect(200).str("device_token");
    for how in ["totp", "recovery_code", "passkey", "passkey alone", "step-up"] {
        let recovery = lost(&app, &ada).await;
        let ended = World::of(&app).await.queued("recovery_ended");
        // A device that is trusted, and a wrong proof, end nothing.
        let login = json!({"email": ada.email, "password": PASSWORD, "device_token": trusted});
        let spared = Person::signed_in(&ada.email, PASSWORD, &app.post("/v1/login", login).await.expect(200));
        let waits = ada.half_way(&app).await;
        app.mfa(&waits, "totp", json!({"code": another(&phone.code(&app))})).await.problem(422, "invalid-code");
        assert!(spared.get(&app, "/v1/me/factors").await.expect(200)["recovery"]["ready_at"].is_string());
        app.advance(SignedDuration::from_mins(15));
        let waits = ada.half_way(&app).await;
        let reply = match how {
            "totp" => app.mfa(&waits, "totp", json!({"code": phone.next_code(&app)})).await,
            "recovery_code" => app.mfa(&waits, "recovery_code", json!({"code": codes["codes"][0]})).await,
            "passkey" => {
                let asked = app.challenge(&waits, "passkey").await.expect(200);
                app.mfa(&waits, "passkey", json!({"credential": key.get(&asked["public_key"])})).await
            }
            "passkey alone" => {
                let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
                let credential = key.get(&asked["public_key"]);
                app.post("/v1/passkey", json!({"transaction": asked.str("transaction"), "credential": credential}))
                    .await
            }
            _ => {
                let access = app.refresh(&spared.refresh).await.expect(200).str("access_token");
                let session = Person { access, ..spared.clone() };
                let asked = session.step_up(&app, json!({"acr_values": "aal2"})).await.expect(200).str("transaction");
                app.mfa(&asked, "totp", json!({"code": phone.next_code(&app)})).await
            }
        };
        let back = Person::signed_in(&ada.email, PASSWORD, &reply.expect(200));
        assert!(back.get(&app, "/v1/me/factors").await.expect(200)["recovery"].is_null(), "{how}");
        app.settle().await;
        assert_eq!(World::of(&app).await.queued("recovery_ended"), ended + 1, "{how}");
        app.advance(SignedDuration::from_hours(72));
        let asked = app.login(&ada.email, PASSWORD).await.expect(200);
        assert!(!asked["methods"].to_string().contains("delayed_recovery"), "{how}: {}", asked.text);
        let late = app.mfa(&asked.str("transaction"), "delayed_recovery", json!({"recovery": recovery})).await;
        late.problem(422, "invalid-fields");
    }
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_that_nobody_uses_is_over_after_a_week() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, _) = app.customer_with_totp("ada@example.com").await;
    let waits = ada.half_way(&app).await;
    app.post("/v1/mfa/recovery", json!({"transaction": waits})).await.expect(202);
    app.advance(SignedDuration::from_hours(72 + 7 * 24));
    let late = app.login(&ada.email, PASSWORD).await.expect(200);
    assert_eq!(late["methods"], json!([{"method": "totp"}]));
}
