//! What customers do with their factors.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, TotpApp};

use super::{Seen, a_customer, sweep};

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
    sweep("factors", with_app, act, async |_, (_, id), seen| {
        assert_eq!(seen.last().clone().expect(200)["factors"][0]["id"], id.as_str());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn totp_begun() {
    let act = async |app: &App, person: &Person| person.post(app, "/v1/me/factors/totp", json!({})).await;
    sweep("factors", a_customer, act, async |app, person, seen| {
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
    sweep("factors", prepare, act, async |app, (person, _), seen| {
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
    sweep("factors", prepare, act, async |app, (person, _), seen| {
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
    sweep("factors", with_app, act, async |app, (person, _), seen| {
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
    sweep("factors", with_app, act, async |app, (person, _), seen| {
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
    sweep("factors", with_app, act, async |app, (person, _), seen| {
        assert_done(seen, 404);
        assert_eq!(listed(app, person).await["factors"], json!([]));
        assert_eq!((told(seen, "factor_removed"), seen.after.epoch(&person.sub)), (1, 2));
    })
    .await;
}
