//! Codes by SMS, from the phone that is added to the sign-in by it: `factors`, `mfa` and `mailer` together.

use domain::SignedDuration;
use local::outbox::{Channel, Mail};
use reqwest::Method;
use serde_json::json;
use tests::{App, Person, Setup, World, claims};

const PHONE: &str = "+4915112345678";

fn setup() -> Setup {
    Setup::default().parameter("SmsCountries", "DE").setting("LIMIT_LOGIN_PER_ADDRESS", "100")
}

/// Every SMS so far.
async fn texts(app: &App) -> Vec<Mail> {
    app.mails().await.into_iter().filter(|mail| mail.channel == Channel::Sms).collect()
}

/// Signs in as far as the password goes, and asks for a code by SMS: the answer's status.
async fn ask(app: &App, person: &Person) -> u16 {
    let waits = person.half_way(app).await;
    let reply = app.challenge(&waits, "sms").await;
    if reply.status == 429 {
        let seconds: i64 = reply.header("retry-after").parse().unwrap();
        assert!((1..=86_400).contains(&seconds));
        reply.problem(429, "too-many-requests").status
    } else {
        reply.expect(200).status
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_by_sms_is_a_second_factor() {
    let app = App::with(setup().parameter("EmailSignIn", "on")).await;
    let ada = app.customer("ada@example.com").await;
    ada.add_phone(&app, PHONE).await;
    ada.add_mailbox(&app).await;
    let asked = app.login(&ada.email, &ada.password).await.expect(200);
    let offered = json!([{"method": "sms", "hint": "•••78"}, {"method": "email", "hint": "a•••@example.com"}]);
    assert_eq!((&asked["status"], &asked["methods"]), (&json!("mfa_required"), &offered));
    assert!(!asked.text.contains(PHONE) && asked["access_token"].is_null());
    let waits = asked.str("transaction");
    assert_eq!(texts(&app).await.len(), 1, "nothing is sent before it is asked for");
    app.mfa(&waits, "sms", json!({"code": "123456"})).await.problem(422, "invalid-code");

    let sent = app.challenge(&waits, "sms").await.expect(200);
    assert_eq!(sent.body, json!({"method": "sms", "delivery": {"channel": "sms", "to": "•••78"}}));
    let text = texts(&app).await.pop().unwrap();
    let code = text.code.clone().unwrap();
    assert!(text.to == PHONE && text.link.is_none() && text.text.ends_with(&format!("\n\n@localhost #{code}")));
    // What one way brought answers for no other, and one customer's for no other's.
    app.mfa(&waits, "email", json!({"code": code})).await.problem(422, "invalid-code");
    let eve = app.customer("eve@example.com").await;
    eve.add_phone(&app, "+4915187654321").await;
    let eves = eve.half_way(&app).await;
    app.mfa(&eves, "sms", json!({"code": code})).await.problem(422, "invalid-code");
    let reply = app.mfa(&waits, "sms", json!({"code": code})).await.expect(200);
    let token = claims(&reply.str("access_token"));
    assert_eq!((&token["acr"], &token["amr"]), (&json!("aal2"), &json!(["pwd", "sms", "otp", "mfa"])));
    app.mfa(&waits, "sms", json!({"code": code})).await.problem(410, "transaction-expired");

    // A code that was mailed is none of the phone's.
    let waits = ada.half_way(&app).await;
    app.challenge(&waits, "email").await.expect(200);
    let mailed = app.code_to(&ada.email).await;
    app.mfa(&waits, "sms", json!({"code": mailed})).await.problem(422, "invalid-code");
    // Challenged anew, the last one counts.
    app.challenge(&waits, "sms").await.expect(200);
    let first = app.code_to(PHONE).await;
    app.challenge(&waits, "sms").await.expect(200);
    let second = app.code_to(PHONE).await;
    if first != second {
        app.mfa(&waits, "sms", json!({"code": first})).await.problem(422, "invalid-code");
    }
    app.mfa(&waits, "sms", json!({"code": second})).await.expect(200);
    // A phone that was removed since its code was sent proves nothing.
    let waits = ada.half_way(&app).await;
    app.challenge(&waits, "sms").await.expect(200);
    let code = app.code_to(PHONE).await;
    let factors = ada.get(&app, "/v1/me/factors").await.expect(200);
    let path = format!("/v1/me/factors/{}", factors["factors"][0]["id"].as_str().unwrap());
    ada.call(&app, Method::DELETE, &path, None).await.expect(204);
    app.mfa(&waits, "sms", json!({"code": code})).await.problem(422, "invalid-code");
    app.challenge(&waits, "sms").await.problem(422, "invalid-fields");

    app.settle().await;
    World::of(&app).await.assert_sound();
    let digits = PHONE.trim_start_matches('+');
    assert!(app.log().iter().all(|line| !line.contains(digits) && !line.contains(&code)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_to_a_country_that_was_taken_off_the_list() {
    let to = |countries: &str| setup().parameter("SmsCountries", countries);
    let app = App::with(to("DE,FR")).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    ada.add_phone(&app, PHONE).await;
    let (totp, _) = ada.add_totp(&app).await;
    bob.add_phone(&app, "+33631966543").await;
    app.advance(SignedDuration::from_mins(1));
    let waits = ada.half_way(&app).await;
    app.challenge(&waits, "sms").await.expect(200);
    let code = app.code_to(PHONE).await;
    let sent = texts(&app).await.len();

    app.redeploy(to("FR")).await;
    app.challenge(&waits, "sms").await.problem(422, "invalid-fields");
    app.mfa(&waits, "sms", json!({"code": code})).await.problem(422, "invalid-code");
    let offered =
        async |person: &Person| app.login(&person.email, &person.password).await.expect(200)["methods"].clone();
    assert_eq!(offered(&ada).await, json!([{"method": "totp"}]));
    assert_eq!(offered(&bob).await, json!([{"method": "sms", "hint": "•••43"}]));
    // What concerns everything is told by mail alone, and nothing is left lying that can't be sent.
    let told = async || {
        app.settle().await;
        World::of(&app).await.queued("recovery_started")
    };
    app.recovery(&ada.half_way(&app).await).await;
    assert_eq!((told().await, texts(&app).await.len()), (1, sent));
    app.recovery(&bob.half_way(&app).await).await;
    assert_eq!((told().await, texts(&app).await.len()), (3, sent + 1));
    let waits = bob.half_way(&app).await;
    app.redeploy(Setup::default()).await;
    app.recovery(&waits).await;
    assert_eq!((told().await, texts(&app).await.len()), (4, sent + 1));
    app.mfa(&ada.half_way(&app).await, "totp", json!({"code": totp.code(&app)})).await.expect(200);
    assert_eq!(app.login(&bob.email, &bob.password).await.expect(200)["status"], "complete");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_gets_so_many_an_hour_whoever_asks() {
    let app = App::with(setup().setting("LIMIT_SMS_PER_NUMBER", "3")).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    // Two customers share a phone.
    for person in [&ada, &bob] {
        person.add_phone(&app, PHONE).await;
    }
    let carol = app.customer("carol@example.com").await;
    carol.add_phone(&app, "+4915187654321").await;
    let (totp, _) = ada.add_totp(&app).await;
    app.advance(SignedDuration::from_hours(1));
    let before = texts(&app).await.len();
    for (person, status) in [(&ada, 200), (&bob, 200), (&ada, 200), (&ada, 429), (&bob, 429), (&carol, 200)] {
        assert_eq!(ask(&app, person).await, status, "{}", person.email);
    }
    assert_eq!(texts(&app).await.len(), before + 4, "what is refused is not sent");
    // Nobody is kept out by it who has another factor.
    let waits = ada.half_way(&app).await;
    app.challenge(&waits, "sms").await.problem(429, "too-many-requests");
    app.mfa(&waits, "totp", json!({"code": totp.code(&app)})).await.expect(200);
    app.advance(SignedDuration::from_hours(1));
    assert_eq!(ask(&app, &ada).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_begin_alike_get_so_many_an_hour_together() {
    let app = App::with(setup().setting("LIMIT_SMS_PER_PREFIX", "4")).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    ada.add_phone(&app, PHONE).await;
    bob.add_phone(&app, "+4915198765432").await;
    app.advance(SignedDuration::from_hours(1));
    for (person, status) in [(&ada, 200), (&bob, 200), (&ada, 200), (&bob, 200), (&ada, 429), (&bob, 429)] {
        assert_eq!(ask(&app, person).await, status, "{}", person.email);
    }
    // Nor does a number that nobody has yet, as long as it begins so.
    let carol = app.customer("carol@example.com").await;
    let start = async |number: &str| carol.post(&app, "/v1/me/factors/sms", json!({"number": number})).await;
    start("+4915155555555").await.problem(429, "too-many-requests");
    start("+491701234567").await.expect(202);
    assert_eq!(texts(&app).await.len(), 2 + 4 + 1);
    app.advance(SignedDuration::from_hours(1));
    assert_eq!(ask(&app, &bob).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_sends_so_many_a_day() {
    let app = App::with(setup().setting("LIMIT_SMS_PER_DAY", "4")).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    ada.add_phone(&app, PHONE).await;
    bob.add_phone(&app, "+491701234567").await;
    for (hours, person, status) in [(1, &ada, 200), (1, &bob, 200), (1, &ada, 429), (11, &bob, 429), (2, &bob, 200)] {
        app.advance(SignedDuration::from_hours(hours));
        assert_eq!(ask(&app, person).await, status, "{}", person.email);
    }
    assert_eq!(texts(&app).await.len(), 2 + 3);
}
