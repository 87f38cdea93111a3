//! `functions/factors`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, Setup, TotpApp, World, tampered};

const FACTORS: &str = "/v1/me/factors";
const PHONE: &str = "+4915112345678";

/// A deployment that offers every method.
fn setup() -> Setup {
    Setup::default().parameter("SmsCountries", "DE").parameter("EmailSignIn", "on")
}

async fn listed(app: &App, person: &Person) -> Reply {
    person.get(app, FACTORS).await.expect(200)
}

async fn count(app: &App, person: &Person) -> usize {
    listed(app, person).await["factors"].as_array().unwrap().len()
}

async fn remove(app: &App, person: &Person, id: &Value) -> Reply {
    person.call(app, Method::DELETE, &format!("{FACTORS}/{}", id.as_str().unwrap()), None).await
}

async fn change(app: &App, person: &Person, id: &Value, patch: Value) -> Reply {
    person.call(app, Method::PATCH, &format!("{FACTORS}/{}", id.as_str().unwrap()), Some(patch)).await
}

/// Begins with an authenticator app; its transaction, and the app.
async fn begin(app: &App, person: &Person) -> (String, TotpApp) {
    let started = person.post(app, "/v1/me/factors/totp", json!({"name": "Ada's app"})).await.expect(201);
    (started.str("transaction"), TotpApp::new(&started.str("secret")))
}

async fn activate(app: &App, person: &Person, transaction: &str, code: &str) -> Reply {
    let body = json!({"transaction": transaction, "code": code});
    person.post(app, "/v1/me/factors/totp/activate", body).await
}

/// Whether a sign-in asks for another proof, and for which.
async fn asked(app: &App, person: &Person) -> Vec<String> {
    let reply = app.login(&person.email, &person.password).await.expect(200);
    let methods = reply["methods"].as_array().cloned().unwrap_or_default();
    methods.iter().map(|one| one["method"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_counts_from_its_first_right_code() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let empty = listed(&app, &ada).await;
    assert_eq!(empty.body, json!({"factors": [], "recovery_codes_left": 0}));
    assert_eq!(empty.header("cache-control"), "no-store");

    let started = ada.post(&app, "/v1/me/factors/totp", json!({"name": " Ada's app "})).await.expect(201);
    let secret = started.str("secret");
    assert!(started.str("uri").starts_with("otpauth://totp/") && started.str("uri").contains(&secret));
    assert!(started.str("qr_svg").contains("<svg"));
    assert_eq!((count(&app, &ada).await, asked(&app, &ada).await), (0, vec![]));
    let (transaction, totp) = (started.str("transaction"), TotpApp::new(&secret));
    let right = totp.code(&app);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    activate(&app, &ada, &transaction, wrong).await.problem(422, "invalid-code");
    assert_eq!((count(&app, &ada).await, asked(&app, &ada).await), (0, vec![]));

    let factor = activate(&app, &ada, &transaction, &right).await.expect(201);
    assert_eq!((&factor["method"], &factor["name"]), (&json!("totp"), &json!("Ada's app")));
    assert!(!factor.text.contains(&secret));
    assert_eq!(listed(&app, &ada).await["factors"], json!([factor.body]));
    assert_eq!(asked(&app, &ada).await, ["totp"]);
    activate(&app, &ada, &transaction, &right).await.problem(410, "transaction-expired");
    let told = app.mails().await.into_iter().find(|mail| mail.text.contains("Ada's app")).unwrap();
    assert!(told.to == ada.email && told.link.unwrap().contains("/recover/undo?"), "{}", told.text);
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_have_five_tries_and_ten_minutes() {
    let app = App::with(setup().setting("LIMIT_FACTORS_PER_CUSTOMER", "1000")).await;
    let ada = app.customer("ada@example.com").await;
    let (transaction, totp) = begin(&app, &ada).await;
    let right = totp.code(&app);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        activate(&app, &ada, &transaction, wrong).await.problem(422, "invalid-code");
    }
    activate(&app, &ada, &transaction, &right).await.problem(410, "transaction-expired");
    let (transaction, totp) = begin(&app, &ada).await;
    app.advance(SignedDuration::from_mins(10));
    activate(&app, &ada.again(&app).await, &transaction, &totp.code(&app)).await.problem(410, "transaction-expired");
    assert_eq!(count(&app, &ada.again(&app).await).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_added_named_preferred_and_removed() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let mut phone = Authenticator::new(&app.issuer().await);
    let (_, totp) = ada.add_totp(&app).await;
    let passkey = ada.add_passkey(&app, &mut phone).await;
    assert_eq!((&passkey["method"], &passkey["synced"]), (&json!("passkey"), &json!(true)));
    assert_eq!(asked(&app, &ada).await, ["passkey", "totp"]);

    let renamed = change(&app, &ada, &passkey["id"], json!({"name": "Blue 🔑"})).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["preferred"]), (&json!("Blue 🔑"), &json!(false)));
    let preferred = change(&app, &ada, &totp["id"], json!({"preferred": true})).await.expect(200);
    assert_eq!(preferred["preferred"], true);
    assert_eq!(asked(&app, &ada).await, ["totp", "passkey"]);
    for wrong in [json!({"preferred": false}), json!({"name": ""}), json!({"name": null}), json!({"method": "sms"})] {
        change(&app, &ada, &totp["id"], wrong).await.problem(422, "invalid-fields");
    }
    for wrong in ["x".repeat(65), "a\nb".to_owned(), "\u{202e}gnp".to_owned()] {
        change(&app, &ada, &totp["id"], json!({"name": wrong})).await.problem(422, "invalid-fields");
    }

    let codes = ada.call(&app, Method::POST, "/v1/me/factors/recovery-codes", None).await.expect(201);
    let first = codes["codes"].as_array().unwrap().clone();
    assert!(first.len() == 10 && first.iter().all(|code| code.as_str().unwrap().len() == 29), "{first:?}");
    let codes = ada.call(&app, Method::POST, "/v1/me/factors/recovery-codes", None).await.expect(201);
    assert!(codes["codes"].as_array().unwrap().iter().all(|code| !first.contains(code)));
    assert_eq!(listed(&app, &ada).await["recovery_codes_left"], 10);
    assert_eq!(asked(&app, &ada).await, ["totp", "passkey", "recovery_code"]);

    remove(&app, &ada, &totp["id"]).await.expect(204);
    remove(&app, &ada, &totp["id"]).await.problem(404, "not-found");
    assert_eq!(asked(&app, &ada).await, ["passkey", "recovery_code"]);
    remove(&app, &ada, &passkey["id"]).await.expect(204);
    assert_eq!(asked(&app, &ada).await, Vec::<String>::new());
    assert_eq!(listed(&app, &ada).await.body, json!({"factors": [], "recovery_codes_left": 0}));
    ada.call(&app, Method::POST, "/v1/me/factors/recovery-codes", None).await.problem(409, "conflict");
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    let told = ["factor_added", "factor_removed", "recovery_codes_made"].map(|kind| world.queued(kind));
    assert_eq!(told, [2, 2, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_answer_to_ones_own_challenge_enrols() {
    let app = App::with(setup().setting("LIMIT_FACTORS_PER_CUSTOMER", "1000")).await;
    let (ada, eve) = (app.customer("ada@example.com").await, app.customer("eve@example.com").await);
    let issuer = app.issuer().await;
    let add = async |person: &Person, body: &Value| person.post(&app, "/v1/me/factors/passkey", body.clone()).await;

    // Another's transaction, and a replay.
    let body = ada.make_passkey(&app, &mut Authenticator::new(&issuer)).await;
    add(&eve, &body).await.problem(410, "transaction-expired");
    let enrolled = ada.make_passkey(&app, &mut Authenticator::new(&issuer)).await;
    add(&ada, &enrolled).await.expect(201);
    add(&ada, &enrolled).await.problem(410, "transaction-expired");
    // The answer to another challenge.
    let mut mixed = ada.make_passkey(&app, &mut Authenticator::new(&issuer)).await;
    mixed["credential"] = ada.make_passkey(&app, &mut Authenticator::new(&issuer)).await["credential"].clone();
    add(&ada, &mixed).await.problem(422, "invalid-fields");
    // Another origin, another relying party, a frame, no user verification.
    let mut elsewhere = Authenticator::new("https://evil.example");
    let (mut other, mut framed, mut touched) = (elsewhere.clone(), elsewhere.clone(), elsewhere.clone());
    for one in [&mut other, &mut framed, &mut touched] {
        one.origin.clone_from(&issuer);
    }
    other.rp_id = Some("evil.example".to_owned());
    (framed.framed, touched.verifies) = (true, false);
    for one in [&mut elsewhere, &mut other, &mut framed, &mut touched] {
        let body = ada.make_passkey(&app, one).await;
        let refused = add(&ada, &body).await.problem(422, "invalid-fields");
        assert_eq!(refused.fields(), [("/credential".to_owned(), "refused".to_owned())]);
        add(&ada, &body).await.problem(410, "transaction-expired");
    }
    // Truncated.
    let mut body = ada.make_passkey(&app, &mut Authenticator::new(&issuer)).await;
    body["credential"] =
        tampered(&body["credential"], "/response/attestationObject", |bytes| bytes.truncate(bytes.len() / 2));
    add(&ada, &body).await.problem(422, "invalid-fields");
    assert_eq!(count(&app, &ada).await, 1);

    // A credential that Ada has, claimed by Eve as her own: nothing is signed at an enrolment.
    let mut claimed = eve.make_passkey(&app, &mut Authenticator::new(&issuer)).await;
    let id = |body: &Value| URL_SAFE_NO_PAD.decode(body["credential"]["rawId"].as_str().unwrap()).unwrap();
    let (hers, adas) = (id(&claimed), id(&enrolled));
    claimed["credential"] = tampered(&claimed["credential"], "/response/attestationObject", |bytes| {
        let at = bytes.windows(hers.len()).position(|window| window == hers).unwrap();
        bytes[at..at + adas.len()].copy_from_slice(&adas);
    });
    for name in ["id", "rawId"] {
        claimed["credential"][name] = enrolled["credential"][name].clone();
    }
    let refused = add(&eve, &claimed).await.problem(422, "invalid-fields");
    assert_eq!(refused.fields(), [("/credential".to_owned(), "refused".to_owned())]);
    assert_eq!((count(&app, &ada).await, count(&app, &eve).await), (1, 0));

    // A key that verifies nobody stands beside a password where that is asked for.
    let options = ada.post(&app, "/v1/me/factors/passkey/options", json!({"use": "second_factor"})).await.expect(200);
    let credential = Authenticator::security_key(&issuer).create(&options["public_key"]);
    let body = json!({"transaction": options.str("transaction"), "credential": credential, "name": "Key"});
    assert_eq!(add(&ada, &body).await.expect(201)["synced"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factor_is_its_owners_alone() {
    let app = App::with(setup()).await;
    let (ada, eve) = (app.customer("ada@example.com").await, app.customer("eve@example.com").await);
    let (_, factor) = ada.add_totp(&app).await;
    remove(&app, &eve, &factor["id"]).await.problem(404, "not-found");
    change(&app, &eve, &factor["id"], json!({"name": "mine"})).await.problem(404, "not-found");
    assert_eq!(listed(&app, &eve).await["factors"], json!([]));
    let (transaction, totp) = begin(&app, &ada).await;
    activate(&app, &eve, &transaction, &totp.code(&app)).await.problem(410, "transaction-expired");
    for path in ["/v1/me/factors/sms/activate", "/v1/me/factors/email/activate"] {
        let body = json!({"transaction": transaction, "code": totp.code(&app)});
        ada.post(&app, path, body).await.problem(410, "transaction-expired");
    }
    // A transaction of another flow.
    let other = app.register("bob@example.com").await;
    let code = app.code_to("bob@example.com").await;
    for path in ["/v1/me/factors/totp/activate", "/v1/me/factors/sms/activate", "/v1/me/factors/email/activate"] {
        let body = json!({"transaction": other, "code": code});
        ada.post(&app, path, body).await.problem(410, "transaction-expired");
    }
    activate(&app, &ada, &transaction, &totp.code(&app)).await.expect(201);
    assert_eq!((count(&app, &ada).await, count(&app, &eve).await), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_ask_for_a_fresh_authentication_by_all_that_there_is() {
    // With the policy off, a password alone signs in whoever has a second factor.
    let app = App::with(setup().parameter("MfaPolicy", "off")).await;
    let ada = app.customer("ada@example.com").await;
    let (_, factor) = ada.add_totp(&app).await;
    // The session in which the first was added goes on.
    ada.add_totp(&app).await;
    app.advance(SignedDuration::from_secs(1));
    let again = ada.again(&app).await;
    let refused = remove(&app, &again, &factor["id"]).await.problem(401, "reauthentication-required");
    assert!(refused.header("www-authenticate").contains("insufficient_user_authentication"));
    again.post(&app, "/v1/me/factors/totp", json!({})).await.problem(401, "reauthentication-required");
    again
        .call(&app, Method::POST, "/v1/me/factors/recovery-codes", None)
        .await
        .problem(401, "reauthentication-required");
    change(&app, &again, &factor["id"], json!({"name": "Old"})).await.expect(200);

    app.advance(SignedDuration::from_mins(6));
    let fresh = app.refresh(&ada.refresh).await.expect(200);
    app.advance(SignedDuration::from_mins(5));
    let late = Person { access: fresh.str("access_token"), ..ada.clone() };
    for (method, path, body) in [
        (Method::POST, "/v1/me/factors/totp", Some(json!({}))),
        (Method::POST, "/v1/me/factors/passkey/options", Some(json!({}))),
        (Method::POST, "/v1/me/factors/email", None),
        (Method::POST, "/v1/me/factors/sms", Some(json!({"number": PHONE}))),
        (Method::POST, "/v1/me/factors/recovery-codes", None),
    ] {
        late.call(&app, method, path, body).await.problem(401, "reauthentication-required");
    }
    remove(&app, &late, &factor["id"]).await.problem(401, "reauthentication-required");
    late.call(&app, Method::DELETE, "/v1/me/recovery", None).await.expect(204);
    assert_eq!(count(&app, &late).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_is_one_of_a_country_that_is_named() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let start = async |number: &str| ada.post(&app, "/v1/me/factors/sms", json!({"number": number})).await;
    start("+33 6 31 96 65 43").await.problem(403, "method-not-available");
    for wrong in ["", "0151 12345678", "+49 30 123456", "+49 900 1 123456", "tel:+4915112345678", "+4915112"] {
        let refused = start(wrong).await.problem(422, "invalid-fields");
        assert_eq!(refused.fields(), [("/number".to_owned(), "number".to_owned())], "{wrong}");
    }
    let started = start("+49 (0) 151 / 12345678").await.expect(202);
    assert_eq!(started["delivery"], json!({"channel": "sms", "to": "•••78"}));
    let code = app.code_to(PHONE).await;
    let body = json!({"transaction": started.str("transaction"), "code": code});
    let factor = ada.post(&app, "/v1/me/factors/sms/activate", body.clone()).await.expect(201);
    assert_eq!((&factor["hint"], &factor["name"]), (&json!("•••78"), &json!("•••78")));
    ada.post(&app, "/v1/me/factors/sms/activate", body).await.problem(410, "transaction-expired");
    assert_eq!(asked(&app, &ada).await, ["sms"]);
    // Nobody pumps SMS: five an hour.
    remove(&app, &ada, &factor["id"]).await.expect(204);
    for n in 0..4 {
        start(&format!("+4915112345{n}00")).await.expect(202);
    }
    start("+4915112345900").await.problem(429, "too-many-requests");

    let off = App::start().await;
    let ada = off.customer("ada@example.com").await;
    ada.post(&off, "/v1/me/factors/sms", json!({"number": PHONE})).await.problem(403, "method-not-available");
    ada.call(&off, Method::POST, "/v1/me/factors/email", None).await.problem(403, "method-not-available");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_one_phone_and_another_takes_its_place() {
    let (app, other) = (App::with(setup()).await, "+4915187654321");
    let ada = app.customer("ada@example.com").await;
    let start = async |number: &str| ada.post(&app, "/v1/me/factors/sms", json!({"number": number})).await;
    let activate = async |started: &Reply, code: &str| {
        let body = json!({"transaction": started.str("transaction"), "code": code});
        ada.post(&app, "/v1/me/factors/sms/activate", body).await
    };
    // Of two that were begun, the first counts.
    let both = [start(PHONE).await.expect(202), start(other).await.expect(202)];
    let codes = [app.code_to(PHONE).await, app.code_to(other).await];
    let phone = activate(&both[0], &codes[0]).await.expect(201);
    let second = activate(&both[1], &codes[1]).await.problem(409, "conflict");
    assert!(second.str("detail").contains("Remove it first"), "{}", second.text);
    for number in [PHONE, other] {
        start(number).await.problem(409, "conflict");
    }
    assert_eq!(count(&app, &ada).await, 1);
    remove(&app, &ada, &phone["id"]).await.expect(204);
    let replaced = ada.add_phone(&app, other).await;
    assert_eq!(replaced["hint"], "•••21");
    let waits = ada.half_way(&app).await;
    assert_eq!(app.challenge(&waits, "sms").await.expect(200)["delivery"]["to"], "•••21");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_by_mail_are_a_factor_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let started = ada.call(&app, Method::POST, "/v1/me/factors/email", None).await.expect(202);
    assert_eq!(started["delivery"], json!({"channel": "email", "to": "a•••@example.com"}));
    let body = json!({"transaction": started.str("transaction"), "code": app.code_to(&ada.email).await});
    let factor = ada.post(&app, "/v1/me/factors/email/activate", body).await.expect(201);
    assert_eq!(factor["hint"], "a•••@example.com");
    ada.call(&app, Method::POST, "/v1/me/factors/email", None).await.problem(409, "conflict");
    assert_eq!(asked(&app, &ada).await, ["email"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_an_end_to_factors() {
    let app = App::with(setup().setting("LIMIT_FACTORS_PER_CUSTOMER", "1000")).await;
    let ada = app.customer("ada@example.com").await;
    let (transaction, totp) = begin(&app, &ada).await;
    for _ in 0..domain::Factors::MOST {
        ada.add_totp(&app).await;
    }
    ada.post(&app, "/v1/me/factors/totp", json!({})).await.problem(409, "conflict");
    ada.post(&app, "/v1/me/factors/passkey/options", json!({})).await.problem(409, "conflict");
    activate(&app, &ada, &transaction, &totp.code(&app)).await.problem(409, "conflict");
    assert_eq!(count(&app, &ada).await, domain::Factors::MOST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_tries_too_often_waits() {
    let app = App::with(setup().setting("LIMIT_FACTORS_PER_CUSTOMER", "3")).await;
    let (ada, eve) = (app.customer("ada@example.com").await, app.customer("eve@example.com").await);
    let (transaction, _) = begin(&app, &ada).await;
    for _ in 0..2 {
        activate(&app, &ada, &transaction, "000000").await;
    }
    activate(&app, &ada, &transaction, "000000").await.problem(429, "too-many-requests");
    eve.add_totp(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_factor_takes_every_other_session_along() {
    let app = App::with(setup()).await;
    let first = app.customer("ada@example.com").await;
    let ada = first.again(&app).await;
    let (_, factor) = ada.add_totp(&app).await;
    let (transaction, totp) = begin(&app, &ada).await;
    let path = format!("{FACTORS}/{}?end_other_sessions=true", factor["id"].as_str().unwrap());
    ada.call(&app, Method::DELETE, &path, None).await.expect(204);
    first.get(&app, "/v1/me").await.problem(401, "invalid-token");
    ada.get(&app, "/v1/me").await.expect(200);
    // What was begun before is over.
    activate(&app, &ada, &transaction, &totp.code(&app)).await.problem(410, "transaction-expired");
    let path = format!("{FACTORS}/{}?end_other_sessions=1", factor["id"].as_str().unwrap());
    assert!([400, 422].contains(&ada.call(&app, Method::DELETE, &path, None).await.status));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_enrols_anothers_number_uses_up_none_of_its_owners_codes() {
    let limits = setup().setting("LIMIT_SMS_PER_NUMBER", "2").setting("LIMIT_SMS_PER_DAY", "6");
    let app = App::with(limits).await;
    let (ada, eve) = (app.customer("ada@example.com").await, app.customer("eve@example.com").await);
    ada.add_phone(&app, PHONE).await;
    let enrol = async |number: &str| eve.post(&app, "/v1/me/factors/sms", json!({"number": number})).await;
    enrol(PHONE).await.expect(202);
    enrol(PHONE).await.problem(429, "too-many-requests");
    // Of all that a day has, half is for phones that are somebody's.
    enrol("+4915112345600").await.expect(202);
    enrol("+4915112345601").await.problem(429, "too-many-requests");
    // What waits together goes out in any order.
    app.settle().await;
    for _ in 0..2 {
        let waits = ada.half_way(&app).await;
        app.challenge(&waits, "sms").await.expect(200);
        let code = app.code_to(PHONE).await;
        app.mfa(&waits, "sms", json!({"code": code})).await.expect(200);
    }
    let waits = ada.half_way(&app).await;
    app.challenge(&waits, "sms").await.problem(429, "too-many-requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_by_sms_is_counted_and_its_mail_always_goes_out() {
    let app = App::with(setup().setting("LIMIT_SMS_PER_DAY", "3")).await;
    let (ada, eve) = (app.customer("ada@example.com").await, app.customer("eve@example.com").await);
    // Eve's number begins alike or not: the day is everybody's.
    let theirs = [(&ada, PHONE), (&eve, "+4916012345678")];
    for (person, number) in theirs {
        person.add_phone(&app, number).await;
    }
    for (person, _) in theirs {
        let waits = person.half_way(&app).await;
        app.post("/v1/mfa/recovery", json!({"transaction": waits})).await.expect(202);
    }
    let sent = app.mails().await;
    let told = theirs.map(|(person, number)| {
        let count = |to: &str| sent.iter().filter(|one| one.to == to).count();
        let mailed = sent.iter().filter(|one| one.to == person.email).any(|one| one.text.contains("18 January 2027"));
        (count(number), mailed)
    });
    assert_eq!(told, [(2, true), (1, true)]);
    // A code to sign in with is of the same budget.
    let waits = ada.half_way(&app).await;
    app.challenge(&waits, "sms").await.problem(429, "too-many-requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_that_was_refused_is_not_offered() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, _) = app.customer_with_totp("ada@example.com").await;
    let (eve, _) = app.customer_with_totp("eve@example.com").await;
    let refuse = async |person: &Person| person.call(&app, Method::DELETE, "/v1/me/recovery", None).await.expect(204);
    let begin =
        async |transaction: &str| app.post("/v1/mfa/recovery", json!({"transaction": transaction})).await.expect(202);
    let waits = ada.half_way(&app).await;
    let begun = begin(&waits).await;
    // Eve refuses her own, and there is none.
    refuse(&eve).await;
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(begin(&waits).await["ready_at"], begun["ready_at"], "it is still the same");
    refuse(&ada).await;
    refuse(&ada).await;
    app.advance(SignedDuration::from_hours(73));
    assert_eq!(asked(&app, &ada).await, ["totp"]);

    // One that is ready and offered, and refused in that moment: it opens nothing any more.
    let waits = ada.half_way(&app).await;
    let proof = app.recovery(&waits).await;
    app.advance(SignedDuration::from_hours(72));
    assert_eq!(asked(&app, &ada).await, ["totp", "delayed_recovery"]);
    let waits = ada.half_way(&app).await;
    let access = app.refresh(&ada.refresh).await.expect(200).str("access_token");
    refuse(&Person { access, ..ada.clone() }).await;
    let over = app.mfa(&waits, "delayed_recovery", proof).await.problem(410, "transaction-expired");
    assert!(over.str("detail").starts_with("The recovery was refused"), "{}", over.text);
    assert_eq!(asked(&app, &ada).await, ["totp"]);
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.sealed("recovery.refused"), world.queued("recovery_started")), (2, 2));
    assert_eq!((world.queued("recovered"), world.live_sessions(&ada.sub)), (0, 1));
}
