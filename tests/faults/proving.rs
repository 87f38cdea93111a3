//! Proving more than a password.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Equipped, Person, Reply, TotpApp};

use super::{Seen, a_customer, gained, guest, sweep, sweep_last};

/// Signed in; or the answer was lost, and then what it was proved with is used up.
#[track_caller]
fn assert_in_or_over(seen: &Seen<Reply>, person: &Person) {
    let last = seen.last();
    let is_over = seen.again.is_some() && [409, 410, 422].contains(&last.status);
    assert!(last.status == 200 || is_over, "{}", last.text);
    let new = gained(seen, person);
    assert!((0..=1).contains(&new) && (last.status == 200 || is_over), "{new} sessions");
}

async fn with_app(app: &App, n: usize) -> (Person, TotpApp) {
    let person = a_customer(app, n).await;
    let (totp, _) = person.add_totp(app).await;
    app.advance(SignedDuration::from_secs(60));
    (person, totp)
}

async fn with_passkey(app: &App, n: usize) -> (Person, Authenticator) {
    let person = a_customer(app, n).await;
    let mut key = Authenticator::new(&app.issuer().await);
    let body = person.make_passkey(app, &mut key).await;
    person.post(app, "/v1/me/factors/passkey", body).await.expect(201);
    (person, key)
}

async fn answer(app: &App, key: &Authenticator) -> Value {
    let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
    json!({"transaction": asked.str("transaction"), "credential": key.clone().get(&asked["public_key"])})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passkey_challenge() {
    let act = async |app: &App, _: &Person| app.post("/v1/passkey/options", json!({})).await;
    sweep("POST /v1/passkey/options", super::a_session, act, async |_, _, seen| {
        assert!(seen.last().clone().expect(200)["public_key"]["challenge"].is_string());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passkey_sign_in() {
    let prepare = async |app: &App, n: usize| {
        let (person, key) = with_passkey(app, n).await;
        let body = answer(app, &key).await;
        (person, key, body)
    };
    let act =
        async |app: &App, (_, _, body): &(Person, Authenticator, Value)| app.post("/v1/passkey", body.clone()).await;
    sweep("POST /v1/passkey", prepare, act, async |app, (person, key, _), seen| {
        assert_in_or_over(seen, person);
        // Whatever became of it, the passkey works.
        let body = answer(app, key).await;
        app.post("/v1/passkey", body).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_of_an_app() {
    let prepare = async |app: &App, n: usize| {
        let (person, totp) = with_app(app, n).await;
        let transaction = person.half_way(app).await;
        let code = totp.code(app);
        (person, totp, transaction, code)
    };
    type Waits = (Person, TotpApp, String, String);
    let act =
        async |app: &App, (_, _, transaction, code): &Waits| app.mfa(transaction, "totp", json!({"code": code})).await;
    sweep("POST /v1/mfa by totp", prepare, act, async |app, (person, totp, _, _), seen| {
        assert_in_or_over(seen, person);
        app.advance(SignedDuration::from_secs(60));
        let transaction = person.half_way(app).await;
        app.mfa(&transaction, "totp", json!({"code": totp.code(app)})).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_once_too_often() {
    let prepare = async |app: &App, n: usize| {
        let (person, totp) = with_app(app, n).await;
        let wrong = if totp.code(app) == "000000" { "000001" } else { "000000" };
        let waits = person.half_way(app).await;
        for _ in 0..4 {
            app.mfa(&waits, "totp", json!({"code": wrong})).await.problem(422, "invalid-code");
        }
        (person.half_way(app).await, wrong)
    };
    // The refusal is the success here.
    let act = async |app: &App, (transaction, wrong): &(String, &str)| {
        let reply = app.mfa(transaction, "totp", json!({"code": wrong})).await;
        if reply.status == 422 { Reply { status: 200, ..reply } } else { reply }
    };
    sweep("mfa", prepare, act, async |_, _, seen| {
        assert_eq!(seen.last()["type"], "urn:portico:problem:invalid-code");
        let told = seen.after.queued("second_factor_refused") - seen.before.queued("second_factor_refused");
        assert_eq!(told, 1, "nobody is refused a fifth time untold, or told twice");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn step_up() {
    let act = async |app: &App, (person, _): &(Person, TotpApp)| person.step_up(app, json!({"max_age": 1})).await;
    sweep("POST /v1/mfa/step-up", with_app, act, async |app, (person, totp), seen| {
        let transaction = seen.last().clone().expect(200).str("transaction");
        let half = app.mfa(&transaction, "totp", json!({"code": totp.code(app)})).await.expect(200);
        let password = json!({"password": person.password});
        app.mfa(&half.str("transaction"), "password", password).await.expect(200);
        person.get(app, "/v1/me").await.problem(401, "invalid-token");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_begun() {
    let prepare = async |app: &App, n: usize| {
        let (person, _) = with_app(app, n).await;
        let transaction = person.half_way(app).await;
        (person, transaction)
    };
    let act = async |app: &App, (_, transaction): &(Person, String)| {
        app.post("/v1/mfa/recovery", json!({"transaction": transaction})).await
    };
    sweep("POST /v1/mfa/recovery", prepare, act, async |app, (_, transaction), seen| {
        let begun = seen.last().clone().expect(202);
        assert_eq!(seen.after.queued("recovery_started") - seen.before.queued("recovery_started"), 1);
        let again = app.post("/v1/mfa/recovery", json!({"transaction": transaction})).await.expect(202);
        assert_eq!(begun.body, again.body, "a lost answer lost no handle");
    })
    .await;
}

/// Somebody who is about to prove a second factor.
struct Proving {
    who: Equipped,
    transaction: String,
    proof: Value,
}

async fn proving(app: &App, n: usize, method: &'static str) -> Proving {
    let who = app.equipped(&guest(n), method).await;
    let transaction = who.person.half_way(app).await;
    let proof = who.proof(app, &transaction).await;
    Proving { who, transaction, proof }
}

async fn prove(app: &App, of: &Proving) -> Reply {
    app.mfa(&of.transaction, of.who.method, of.proof.clone()).await
}

/// Signed in, or over; and what they have works whatever became of it.
async fn assert_proved(app: &App, of: &Proving, seen: &Seen<Reply>) {
    assert_in_or_over(seen, &of.who.person);
    let transaction = of.who.person.half_way(app).await;
    let proof = of.who.proof(app, &transaction).await;
    app.mfa(&transaction, of.who.method, proof).await.expect(200);
}

#[track_caller]
fn told(seen: &Seen<Reply>, kind: &str) -> isize {
    isize::try_from(seen.after.queued(kind)).unwrap() - isize::try_from(seen.before.queued(kind)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_by_sms() {
    let prepare = async |app: &App, n: usize| proving(app, n, "sms").await;
    sweep_last("POST /v1/mfa by sms", prepare, prove, assert_proved).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_by_mail() {
    let prepare = async |app: &App, n: usize| proving(app, n, "email").await;
    sweep_last("POST /v1/mfa by email", prepare, prove, assert_proved).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passkey_beside_a_password() {
    let prepare = async |app: &App, n: usize| proving(app, n, "passkey").await;
    sweep_last("POST /v1/mfa by passkey", prepare, prove, assert_proved).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_code() {
    let prepare = async |app: &App, n: usize| proving(app, n, "recovery_code").await;
    sweep_last("POST /v1/mfa by recovery_code", prepare, prove, async |app, of, seen| {
        let person = &of.who.person;
        assert_in_or_over(seen, person);
        // It is used up with the session that it bought, and told with it.
        let left = person.get(app, "/v1/me/factors").await.expect(200)["recovery_codes_left"].as_i64().unwrap();
        let new = gained(seen, person);
        assert_eq!((left, told(seen, "recovery_code_used")), (10 - new as i64, new));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_used() {
    let prepare = async |app: &App, n: usize| proving(app, n, "delayed_recovery").await;
    sweep_last("POST /v1/mfa by delayed_recovery", prepare, prove, async |app, of, seen| {
        let person = &of.who.person;
        assert_in_or_over(seen, person);
        // Every factor goes with the session that it bought, and it is told.
        let new = gained(seen, person);
        assert_eq!(told(seen, "recovered"), new);
        let asked = app.login(&person.email, &person.password).await.expect(200);
        let methods = if new == 1 { Value::Null } else { json!([{"method": "totp"}, {"method": "delayed_recovery"}]) };
        assert_eq!(asked["methods"], methods);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn session_stepped_up_by_password() {
    let prepare = async |app: &App, n: usize| {
        let person = a_customer(app, n).await;
        app.advance(SignedDuration::from_secs(60));
        let asked = person.step_up(app, json!({"max_age": 1})).await.expect(200);
        (person, asked.str("transaction"))
    };
    let act = async |app: &App, (person, transaction): &(Person, String)| {
        app.mfa(transaction, "password", json!({"password": person.password})).await
    };
    sweep_last("POST /v1/mfa by password", prepare, act, async |app, (person, _), seen| {
        assert_in_or_over(seen, person);
        // One session goes on, as itself or as the other.
        assert_eq!(gained(seen, person), 0);
        if seen.last().status == 200 {
            let access = seen.last().str("access_token");
            app.send(app.request(Method::GET, "/v1/me").bearer_auth(access)).await.expect(200);
            person.get(app, "/v1/me").await.problem(401, "invalid-token");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn device_remembered() {
    let prepare = async |app: &App, n: usize| proving(app, n, "totp").await;
    let act = async |app: &App, of: &Proving| {
        let mut proof = of.proof.clone();
        proof["remember_device"] = json!(true);
        app.mfa(&of.transaction, "totp", proof).await
    };
    sweep_last("POST /v1/mfa by totp", prepare, act, async |app, of, seen| {
        let person = &of.who.person;
        assert_in_or_over(seen, person);
        // A device is trusted with the session that began on it.
        let listed = person.get(app, "/v1/me/sessions").await.expect(200);
        assert_eq!(listed["trusted_devices"].as_array().unwrap().len(), usize::try_from(gained(seen, person)).unwrap());
        if seen.last().status == 200 {
            let token = seen.last().str("device_token");
            let body = json!({"email": person.email, "password": person.password, "device_token": token});
            assert_eq!(app.post("/v1/login", body).await.expect(200)["status"], "complete");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_by_sms_asked_for() {
    let prepare = async |app: &App, n: usize| {
        let who = app.equipped(&guest(n), "sms").await;
        let transaction = who.person.half_way(app).await;
        (who, transaction)
    };
    let act = async |app: &App, (_, transaction): &(Equipped, String)| app.challenge(transaction, "sms").await;
    sweep_last("POST /v1/mfa/challenge", prepare, act, async |app, (who, transaction), seen| {
        assert_eq!(seen.last().clone().expect(200)["method"], "sms");
        let sent = told(seen, "factor_code");
        assert!(sent == 1 || sent == 2 && seen.again.is_some(), "{sent} codes");
        let number = tests::number(&who.person.email);
        assert_a_code_works(app, &number, usize::try_from(sent).unwrap(), async |code| {
            app.mfa(transaction, "sms", json!({"code": code})).await
        })
        .await;
    })
    .await;
}

/// One of the newest codes to this address or number is good. (Codes that wait together go out in any
/// order.)
pub(super) async fn assert_a_code_works(app: &App, to: &str, sent: usize, give: impl AsyncFn(String) -> Reply) {
    let mails = app.mails().await;
    let codes = mails.into_iter().rev().filter(|mail| mail.to == to).filter_map(|mail| mail.code);
    let mut statuses = Vec::new();
    for code in codes.take(sent).collect::<Vec<_>>() {
        statuses.push(give(code).await.status);
    }
    let good = statuses.iter().filter(|status| (200..300).contains(*status)).count();
    assert!(good == 1 && statuses.len() == sent, "{statuses:?}");
}

/// Somebody whom the bank asks for a second factor that they do not have.
async fn without_a_factor(app: &App, n: usize) -> (Person, String) {
    let person = a_customer(app, n).await;
    app.settle().await;
    let asked = person.sign_in_at(app, "bank").await;
    assert_eq!(asked["status"], "enrollment_required", "{}", asked.text);
    (person, asked.str("transaction"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrolment_begun_at_a_sign_in() {
    let act = async |app: &App, (_, transaction): &(Person, String)| app.enroll(transaction, "email").await;
    sweep_last("POST /v1/mfa/enroll", without_a_factor, act, async |app, (person, transaction), seen| {
        seen.last().clone().expect(200);
        let sent = told(seen, "factor_code");
        assert!(sent == 1 || sent == 2 && seen.again.is_some(), "{sent} codes");
        assert_a_code_works(app, &person.email, usize::try_from(sent).unwrap(), async |code| {
            app.mfa(transaction, "email", json!({"code": code})).await
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passkey_enrolled_at_a_sign_in() {
    let prepare = async |app: &App, n: usize| {
        let (person, transaction) = without_a_factor(app, n).await;
        let asked = app.enroll(&transaction, "passkey").await.expect(200);
        let credential = Authenticator::new(&app.issuer().await).create(&asked["public_key"]);
        (person, transaction, json!({"credential": credential}))
    };
    let act = async |app: &App, (_, transaction, proof): &(Person, String, Value)| {
        app.mfa(transaction, "passkey", proof.clone()).await
    };
    sweep_last("POST /v1/mfa by passkey", prepare, act, async |app, (person, ..), seen| {
        assert_in_or_over(seen, person);
        // It is there with the session that it bought, and told with it; or both are to be begun anew.
        let new = gained(seen, person);
        let listed = person.get(app, "/v1/me/factors").await.expect(200)["factors"].as_array().unwrap().len();
        assert_eq!((isize::try_from(listed).unwrap(), told(seen, "factor_added")), (new, new));
        let again = person.sign_in_at(app, "bank").await;
        assert_eq!(again["status"], if new == 1 { "mfa_required" } else { "enrollment_required" });
    })
    .await;
}
