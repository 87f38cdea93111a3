//! What customers do with their factors.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, TotpApp, number};

use super::proving::assert_a_code_works;
use super::{Seen, a_customer, sweep, sweep_last};

/// Done, or done before by a request whose answer was lost.
#[track_caller]
fn assert_done(seen: &Seen<Reply>, again: u16) {
    let is_refused = seen.again.is_some() && seen.last().status == again;
    assert!(seen.last().status < 300 || is_refused, "{}", seen.last().text);
}

async fn listed(app: &App, person: &Person) -> Reply {
    person.get(app, "/v1/me/factors").await.expect(200)
}

#[track_caller]
fn told(seen: &Seen<Reply>, kind: &str) -> usize {
    seen.after.queued(kind) - seen.before.queued(kind)
}

async fn with_app(app: &App, n: usize) -> (Person, String) {
    let person = a_customer(app, n).await;
    let (_, factor) = person.add_totp(app).await;
    (person, factor.str("id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn factors_listed() {
    let act = async |app: &App, (person, _): &(Person, String)| person.get(app, "/v1/me/factors").await;
    sweep("GET /v1/me/factors", with_app, act, async |_, (_, id), seen| {
        assert_eq!(seen.last().clone().expect(200)["factors"][0]["id"], id.as_str());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn totp_begun() {
    let act = async |app: &App, person: &Person| person.post(app, "/v1/me/factors/totp", json!({})).await;
    sweep("POST /v1/me/factors/totp", a_customer, act, async |app, person, seen| {
        let started = seen.last().clone().expect(201);
        let code = TotpApp::new(&started.str("secret")).code(app);
        let body = json!({"transaction": started.str("transaction"), "code": code});
        person.post(app, "/v1/me/factors/totp/activate", body).await.expect(201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn totp_activated() {
    let prepare = async |app: &App, n: usize| {
        let person = a_customer(app, n).await;
        let started = person.post(app, "/v1/me/factors/totp", json!({})).await.expect(201);
        let code = TotpApp::new(&started.str("secret")).code(app);
        (person, json!({"transaction": started.str("transaction"), "code": code}))
    };
    let act = async |app: &App, (person, body): &(Person, Value)| {
        person.post(app, "/v1/me/factors/totp/activate", body.clone()).await
    };
    sweep("POST /v1/me/factors/totp/activate", prepare, act, async |app, (person, _), seen| {
        assert_done(seen, 410);
        assert_eq!(listed(app, person).await["factors"].as_array().unwrap().len(), 1);
        assert_eq!(
            (told(seen, "factor_added"), seen.after.spent("enrolment") - seen.before.spent("enrolment")),
            (1, 1)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passkey_added() {
    let prepare = async |app: &App, n: usize| {
        let person = a_customer(app, n).await;
        let mut phone = Authenticator::new(&app.issuer().await);
        let body = person.make_passkey(app, &mut phone).await;
        (person, body)
    };
    let act = async |app: &App, (person, body): &(Person, Value)| {
        person.post(app, "/v1/me/factors/passkey", body.clone()).await
    };
    sweep("POST /v1/me/factors/passkey", prepare, act, async |app, (person, _), seen| {
        // The challenge is spent before its answer is looked at: begun again, if that was all.
        assert_done(seen, 410);
        let count = listed(app, person).await["factors"].as_array().unwrap().len();
        assert!(count == 1 || count == 0 && seen.again.is_some(), "{count}");
        assert_eq!(told(seen, "factor_added"), count);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_codes_made() {
    let act = async |app: &App, (person, _): &(Person, String)| {
        person.call(app, Method::POST, "/v1/me/factors/recovery-codes", None).await
    };
    sweep("POST /v1/me/factors/recovery-codes", with_app, act, async |app, (person, _), seen| {
        assert_eq!(seen.last().clone().expect(201)["codes"].as_array().unwrap().len(), 10);
        assert_eq!(listed(app, person).await["recovery_codes_left"], 10);
        let told = told(seen, "recovery_codes_made");
        assert!(told == 1 || told == 2 && seen.again.is_some(), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn factor_named() {
    let act = async |app: &App, (person, id): &(Person, String)| {
        let body = Some(json!({"name": "Old phone", "preferred": true}));
        person.call(app, Method::PATCH, &format!("/v1/me/factors/{id}"), body).await
    };
    sweep("PATCH /v1/me/factors/{id}", with_app, act, async |app, (person, _), seen| {
        seen.last().clone().expect(200);
        let factor = listed(app, person).await["factors"][0].clone();
        assert_eq!((&factor["name"], &factor["preferred"]), (&json!("Old phone"), &json!(true)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn factor_removed_with_all_other_sessions() {
    let act = async |app: &App, (person, id): &(Person, String)| {
        let path = format!("/v1/me/factors/{id}?end_other_sessions=true");
        person.call(app, Method::DELETE, &path, None).await
    };
    sweep("DELETE /v1/me/factors/{id}", with_app, act, async |app, (person, _), seen| {
        assert_done(seen, 404);
        assert_eq!(listed(app, person).await["factors"], json!([]));
        assert_eq!((told(seen, "factor_removed"), seen.after.epoch(&person.sub)), (1, 2));
    })
    .await;
}

/// A code was sent by this way, once, or twice where the first answer was lost; the last one adds a factor.
async fn assert_begun(app: &App, person: &Person, seen: &Seen<Reply>, way: &str, to: &str) {
    let transaction = seen.last().clone().expect(202).str("transaction");
    let sent = told(seen, "factor_code");
    assert!(sent == 1 || sent == 2 && seen.again.is_some(), "{sent} codes");
    assert_a_code_works(app, to, sent, async |code| {
        let body = json!({"transaction": transaction, "code": code});
        person.post(app, &format!("/v1/me/factors/{way}/activate"), body).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phone_begun() {
    let act = async |app: &App, person: &Person| {
        person.post(app, "/v1/me/factors/sms", json!({"number": number(&person.email)})).await
    };
    sweep_last("POST /v1/me/factors/sms", a_customer, act, async |app, person, seen| {
        assert_begun(app, person, seen, "sms", &number(&person.email)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mailbox_begun() {
    // What was mailed before has gone out.
    let prepare = async |app: &App, n: usize| {
        let person = a_customer(app, n).await;
        app.settle().await;
        person
    };
    let act = async |app: &App, person: &Person| person.call(app, Method::POST, "/v1/me/factors/email", None).await;
    sweep_last("POST /v1/me/factors/email", prepare, act, async |app, person, seen| {
        assert_begun(app, person, seen, "email", &person.email).await;
    })
    .await;
}

/// A phone or a mailbox that waits for its code.
async fn waiting(app: &App, n: usize, way: &str) -> (Person, Value) {
    let person = a_customer(app, n).await;
    let (body, to) = match way {
        "sms" => (Some(json!({"number": number(&person.email)})), number(&person.email)),
        _ => (None, person.email.clone()),
    };
    let started = person.call(app, Method::POST, &format!("/v1/me/factors/{way}"), body).await.expect(202);
    let body = json!({"transaction": started.str("transaction"), "code": app.code_to(&to).await});
    (person, body)
}

async fn assert_added(app: &App, (person, _): &(Person, Value), seen: &Seen<Reply>) {
    assert_done(seen, 410);
    assert_eq!(listed(app, person).await["factors"].as_array().unwrap().len(), 1);
    let spent = seen.after.spent("enrolment") - seen.before.spent("enrolment");
    assert_eq!((told(seen, "factor_added"), spent), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phone_activated() {
    let act = async |app: &App, (person, body): &(Person, Value)| {
        person.post(app, "/v1/me/factors/sms/activate", body.clone()).await
    };
    let prepare = async |app: &App, n: usize| waiting(app, n, "sms").await;
    sweep_last("POST /v1/me/factors/sms/activate", prepare, act, assert_added).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mailbox_activated() {
    let act = async |app: &App, (person, body): &(Person, Value)| {
        person.post(app, "/v1/me/factors/email/activate", body.clone()).await
    };
    let prepare = async |app: &App, n: usize| waiting(app, n, "email").await;
    sweep_last("POST /v1/me/factors/email/activate", prepare, act, assert_added).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passkey_begun() {
    let act = async |app: &App, person: &Person| person.post(app, "/v1/me/factors/passkey/options", json!({})).await;
    sweep_last("POST /v1/me/factors/passkey/options", a_customer, act, async |app, person, seen| {
        let begun = seen.last().clone().expect(200);
        let credential = Authenticator::new(&app.issuer().await).create(&begun["public_key"]);
        let body = json!({"transaction": begun.str("transaction"), "credential": credential});
        person.post(app, "/v1/me/factors/passkey", body).await.expect(201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_refused() {
    let prepare = async |app: &App, n: usize| {
        let (person, _) = with_app(app, n).await;
        let waits = person.half_way(app).await;
        app.recovery(&waits).await;
        person
    };
    let act = async |app: &App, person: &Person| person.call(app, Method::DELETE, "/v1/me/recovery", None).await;
    sweep_last("DELETE /v1/me/recovery", prepare, act, async |app, person, seen| {
        seen.last().clone().expect(204);
        assert_eq!(seen.after.sealed("recovery.refused") - seen.before.sealed("recovery.refused"), 1);
        app.advance(domain::SignedDuration::from_hours(73));
        let asked = app.login(&person.email, &person.password).await.expect(200);
        assert_eq!(asked["methods"], json!([{"method": "totp"}]));
    })
    .await;
}
