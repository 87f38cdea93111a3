//! A factor is enrolled once, changes of one customer's factors never mix, and none outlives what ended
//! the session that it was made in.

use std::time::Duration;

use futures_util::future::join;
use local::aws::{
    Service,
    faults::{Failure, Fault},
};
use reqwest::Method;
use serde_json::json;
use tests::{App, Authenticator, Person, Reply, Setup, TotpApp, World, number};

use super::{MANY, answers, assert_one, at_once, setup};

async fn listed(app: &App, person: &Person) -> tests::Reply {
    person.get(app, "/v1/me/factors").await.expect(200)
}

async fn assert_one_factor(app: &App, person: &Person) {
    assert_eq!(listed(app, person).await["factors"].as_array().unwrap().len(), 1);
    app.settle().await;
    let world = World::of(app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!((world.queued("factor_added"), world.spent("enrolment")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_is_activated_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let started = ada.post(&app, "/v1/me/factors/totp", json!({})).await.expect(201);
    let code = TotpApp::new(&started.str("secret")).code(&app);
    let body = json!({"transaction": started.str("transaction"), "code": code});
    let replies = at_once(async |_| ada.post(&app, "/v1/me/factors/totp/activate", body.clone()).await).await;
    assert_one(201, &["transaction-expired"], &replies);
    assert_one_factor(&app, &ada).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_enrolled_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let body = ada.make_passkey(&app, &mut Authenticator::new(&app.issuer().await)).await;
    let replies = at_once(async |_| ada.post(&app, "/v1/me/factors/passkey", body.clone()).await).await;
    assert_one(201, &["transaction-expired"], &replies);
    assert_one_factor(&app, &ada).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_or_a_mailbox_is_activated_once() {
    for way in ["sms", "email"] {
        let app = App::with(setup().parameter("SmsCountries", "DE").parameter("EmailSignIn", "on")).await;
        let ada = app.customer("ada@example.com").await;
        let (to, body) = match way {
            "sms" => (number(&ada.email), Some(json!({"number": number(&ada.email)}))),
            _ => (ada.email.clone(), None),
        };
        let path = format!("/v1/me/factors/{way}");
        let started = ada.call(&app, Method::POST, &path, body).await.expect(202).str("transaction");
        let body = json!({"transaction": started, "code": app.code_to(&to).await});
        let replies = at_once(async |_| ada.post(&app, &format!("{path}/activate"), body.clone()).await).await;
        assert_one(201, &["transaction-expired"], &replies);
        assert_one_factor(&app, &ada).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_sets_of_recovery_codes_one_is_left() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    ada.add_totp(&app).await;
    let replies = at_once(async |_| ada.call(&app, Method::POST, "/v1/me/factors/recovery-codes", None).await).await;
    // They may follow each other: each that was made has replaced the last.
    let counts = answers(&replies);
    let made = counts.get("201").copied().unwrap_or_default();
    assert!(made >= 1 && made + counts.get("conflict").copied().unwrap_or_default() == MANY, "{counts:?}");
    assert_eq!(listed(&app, &ada).await["recovery_codes_left"], 10);
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(world.queued("recovery_codes_made"), made);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factor_is_removed_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let (_, factor) = ada.add_totp(&app).await;
    let path = format!("/v1/me/factors/{}", factor.str("id"));
    let replies = at_once(async |_| ada.call(&app, Method::DELETE, &path, None).await).await;
    assert_one(204, &["not-found", "conflict"], &replies);
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(world.queued("factor_removed"), 1);
}

/// Sends a change, and what ends the customer's sessions when all that the change decides by was read and
/// its transaction is on its way: the first attempt never arrives, and the SDK's next one comes too late.
async fn overtaken(app: &App, function: &str, change: impl Future<Output = Reply>, end: impl Future) -> Reply {
    let lost = Fault::new(Failure::Hang).function(function).action("TransactWriteItems").times(1);
    app.system.faults().inject(lost);
    let meanwhile = async {
        while app.system.faults().struck() == 0 {
            tokio::task::yield_now().await;
        }
        end.await
    };
    let (reply, _) = join(change, meanwhile).await;
    app.system.faults().clear();
    reply
}

/// Where an attempt is given up long after a request to another function is answered.
fn patient() -> Setup {
    Setup { attempt_timeout: Some(Duration::from_secs(3)), ..setup() }
}

async fn lock(app: &App, person: &Person) {
    let put = json!({
        "TableName": app.system.table("Directory"),
        "Key": {"pk": {"S": format!("CUS#{}", person.sub)}, "sk": {"S": "SECURITY"}},
        "UpdateExpression": "SET #status = :status",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":status": {"S": "\"closed\""}}
    });
    app.system.operate(Service::DynamoDb, "UpdateItem", put).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factor_does_not_outlive_what_ended_its_session() {
    let app = App::with(patient()).await;
    for how in ["all sessions", "a notice", "a lock"] {
        let eve = app.customer(&format!("{}@example.com", how.replace(' ', "-"))).await;
        eve.again(&app).await;
        let started = eve.post(&app, "/v1/me/factors/totp", json!({})).await.expect(201);
        let code = TotpApp::new(&started.str("secret")).code(&app);
        let body = json!({"transaction": started.str("transaction"), "code": code});
        let token = app.token_of("/recover/undo", &eve.email).await;
        let end = async {
            match how {
                "all sessions" => drop(eve.call(&app, Method::DELETE, "/v1/me/sessions", None).await.expect(204)),
                "a notice" => drop(app.form("/recover/undo", &[("token", token.as_str())]).await.expect(200)),
                _ => lock(&app, &eve).await,
            }
        };
        let activate = eve.post(&app, "/v1/me/factors/totp/activate", body);
        overtaken(&app, "factors", activate, end).await.problem(409, "conflict");
        app.settle().await;
        let world = World::of(&app).await;
        world.assert_sound();
        assert!(world.of_customer(&eve.sub, "FACTORS").is_none(), "{how}");
        assert_eq!((world.queued("factor_added"), world.spent("enrolment")), (0, 0), "{how}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_codes_do_not_outlive_what_ended_their_session() {
    let app = App::with(patient()).await;
    let eve = app.customer("ada@example.com").await;
    eve.add_totp(&app).await;
    let end = async { eve.call(&app, Method::DELETE, "/v1/me/sessions", None).await.expect(204) };
    let make = eve.call(&app, Method::POST, "/v1/me/factors/recovery-codes", None);
    overtaken(&app, "factors", make, end).await.problem(409, "conflict");
    let asked = app.login(&eve.email, &eve.password).await.expect(200);
    assert_eq!(asked["methods"], json!([{"method": "totp"}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factor_enrolled_at_a_sign_in_does_not_outlive_what_ended_it() {
    let app = App::with(patient()).await;
    let ada = app.customer("ada@example.com").await;
    let settings = patient().setting("MFA_POLICY", "required").settings;
    app.system.update(&[], &settings).await.unwrap();
    // Eve knows Ada's password.
    let waits = app.login(&ada.email, &ada.password).await.expect(200).str("transaction");
    let begun = app.post("/v1/mfa/enroll", json!({"transaction": waits, "method": "totp"})).await.expect(200);
    let code = TotpApp::new(&begun.str("secret")).code(&app);
    let end = async { ada.call(&app, Method::DELETE, "/v1/me/sessions", None).await.expect(204) };
    let enrol = app.mfa(&waits, "totp", json!({"code": code}));
    overtaken(&app, "mfa", enrol, end).await.problem(409, "conflict");
    app.mfa(&waits, "totp", json!({"code": code})).await.problem(410, "transaction-expired");
    app.settle().await;
    let world = World::of(&app).await;
    assert!(world.of_customer(&ada.sub, "FACTORS").is_none());
    assert_eq!((world.live_sessions(&ada.sub), world.queued("factor_added")), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_suspected_whatever_its_owner_changes_meanwhile() {
    let app = App::with(patient()).await;
    for how in ["sign in", "beside a password"] {
        let ada = app.customer(&format!("{}@example.com", how.replace(' ', "-"))).await;
        let mut key = Authenticator::new(&app.issuer().await);
        key.counter = 5;
        let factor = ada.add_passkey(&app, &mut key).await;
        key.counter = 2;
        let path = format!("/v1/me/factors/{}", factor.str("id"));
        let rename = async { ada.call(&app, Method::PATCH, &path, Some(json!({"name": "Mine"}))).await.expect(200) };
        if how == "sign in" {
            let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
            let body = json!({"transaction": asked.str("transaction"), "credential": key.get(&asked["public_key"])});
            let answer = app.post("/v1/passkey", body);
            overtaken(&app, "passkey", answer, rename).await.problem(401, "invalid-credentials");
        } else {
            let waits = ada.half_way(&app).await;
            let question = app.challenge(&waits, "passkey").await.expect(200)["public_key"].clone();
            let answer = app.mfa(&waits, "passkey", json!({"credential": key.get(&question)}));
            overtaken(&app, "mfa", answer, rename).await.problem(401, "invalid-credentials");
            app.challenge(&waits, "passkey").await.problem(410, "transaction-expired");
        }
        let shown = listed(&app, &ada).await["factors"][0].clone();
        assert!(shown["suspect_since"].is_string() && shown["name"] == "Mine", "{how}: {shown}");
    }
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!((world.queued("passkey_copied"), world.sealed("passkey.suspected")), (2, 2));
}
