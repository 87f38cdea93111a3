//! `functions/passkey`.

use domain::SignedDuration;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, Setup, World, claims, tampered};

async fn with_passkey(app: &App, email: &str, mut key: Authenticator) -> (Person, Authenticator) {
    let transaction = app.newcomer(email).await;
    let enroll = json!({"transaction": transaction, "method": "passkey"});
    let options = app.post("/v1/mfa/enroll", enroll).await.expect(200)["public_key"].clone();
    let reply = app.mfa(&transaction, "passkey", json!({"credential": key.create(&options)})).await.expect(200);
    (Person::signed_in(email, "a rather long sentence", &reply), key)
}

/// The authenticator, changed.
fn with(key: &Authenticator, change: impl FnOnce(&mut Authenticator)) -> Authenticator {
    let mut key = key.clone();
    change(&mut key);
    key
}

async fn options(app: &App) -> Reply {
    app.post("/v1/passkey/options", json!({})).await.expect(200)
}

async fn answer(app: &App, options: &Reply, credential: Value) -> Reply {
    app.post("/v1/passkey", json!({"transaction": options.str("transaction"), "credential": credential})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_signs_in_without_a_name() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, mut key) = with_passkey(&app, "ada@example.com", Authenticator::new(&app.system.gateway_url())).await;
    let asked = options(&app).await;
    assert_eq!(
        (asked["public_key"]["userVerification"].clone(), asked["expires_in"].clone()),
        (json!("required"), json!(600))
    );
    assert!(asked["public_key"]["allowCredentials"].as_array().is_none_or(Vec::is_empty));
    let credential = key.get(&asked["public_key"]);
    app.take_calls();
    let reply = answer(&app, &asked, credential.clone()).await.expect(200);
    let dynamo = app.take_calls().into_iter().filter(|call| format!("{call:?}").contains("DynamoDB")).count();
    assert!(dynamo <= 4, "{dynamo} calls");
    let again = Person::signed_in(&ada.email, &ada.password, &reply);
    assert_eq!(again.sub, ada.sub);
    let token = claims(&again.access);
    assert_eq!((token["acr"].clone(), token["amr"].clone()), (json!("aal2"), json!(["swk", "user", "mfa"])));
    again.get(&app, "/v1/me").await.expect(200);
    // A challenge is good for one answer.
    answer(&app, &asked, credential).await.problem(410, "transaction-expired");
    let late = options(&app).await;
    let credential = key.get(&late["public_key"]);
    app.advance(SignedDuration::from_mins(10));
    answer(&app, &late, credential).await.problem(410, "transaction-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_proves_nothing_is_refused_alike() {
    let app = App::with(Setup::default().strict()).await;
    let origin = app.system.gateway_url();
    let (_, key) = with_passkey(&app, "ada@example.com", Authenticator::new(&origin)).await;
    let (_, eves) = with_passkey(&app, "eve@example.com", Authenticator::new(&origin)).await;
    let mut refused = Vec::new();
    type Spoil = fn(&Authenticator, &Authenticator, &Value) -> Value;
    let spoilt: [Spoil; 8] = [
        |key, _, options| tampered(&key.clone().get(options), "/response/signature", |bytes| bytes[9] ^= 1),
        |key, _, options| tampered(&key.clone().get(options), "/response/signature", |bytes| bytes.truncate(20)),
        |key, _, options| tampered(&key.clone().get(options), "/response/userHandle", |bytes| bytes[15] ^= 1),
        |key, _, options| with(key, |key| key.origin = "https://evil.example".to_owned()).get(options),
        |key, _, options| with(key, |key| key.rp_id = Some("evil.example".to_owned())).get(options),
        |key, _, options| with(key, |key| key.verifies = false).get(options),
        |key, eves, options| {
            let mut mixed = key.clone().get(options);
            mixed["response"]["userHandle"] = eves.clone().get(options)["response"]["userHandle"].clone();
            mixed
        },
        |_, _, _| json!({"id": "AAAA"}),
    ];
    for spoil in spoilt {
        let asked = options(&app).await;
        let reply = answer(&app, &asked, spoil(&key, &eves, &asked["public_key"])).await;
        let reply = reply.problem(401, "invalid-credentials");
        refused.push((reply["title"].clone(), reply["detail"].clone()));
    }
    refused.dedup();
    assert_eq!(refused.len(), 1, "{refused:?}");
    // The answer to another challenge.
    let (first, second) = (options(&app).await, options(&app).await);
    let credential = key.clone().get(&first["public_key"]);
    answer(&app, &second, credential).await.problem(401, "invalid-credentials");
    // Another flow's transaction.
    let registration = app.register("bob@example.com").await;
    let body = json!({"transaction": registration, "credential": key.clone().get(&first["public_key"])});
    app.post("/v1/passkey", body).await.problem(410, "transaction-expired");
    app.post("/v1/passkey/options", json!({"client_id": "nobody"})).await.problem(400, "unknown-client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_goes_back_signs_nobody_in_and_is_told() {
    let app = App::with(Setup::default().strict()).await;
    let counting = with(&Authenticator::new(&app.system.gateway_url()), |key| key.counter = 5);
    let (ada, mut key) = with_passkey(&app, "ada@example.com", counting).await;
    let asked = options(&app).await;
    answer(&app, &asked, key.get(&asked["public_key"])).await.expect(200);
    let suspected = async || ada.get(&app, "/v1/me/factors").await.expect(200)["factors"][0]["suspect_since"].clone();
    assert_eq!(suspected().await, Value::Null);
    let mut since = Vec::new();
    for _ in 0..2 {
        let before = app.mails().await.len();
        let mut copy = with(&key, |key| key.counter = 3);
        let asked = options(&app).await;
        answer(&app, &asked, copy.get(&asked["public_key"])).await.problem(401, "invalid-credentials");
        assert_eq!(app.mails().await.len(), before + 1);
        since.push(suspected().await);
        app.advance(SignedDuration::from_mins(1));
    }
    assert!(since[0].is_string() && since[0] == since[1], "the first time is kept: {since:?}");
    // Its owner goes on with it until they have looked at it; what is told of them is not their own act.
    let asked = options(&app).await;
    answer(&app, &asked, key.get(&asked["public_key"])).await.expect(200);
    assert_eq!(suspected().await, since[0]);
    app.settle().await;
    let world = World::of(&app).await;
    assert_eq!((world.sealed("passkey.suspected"), world.sealed("factor.changed")), (2, 0));
    world.assert_audited();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_signs_up_with_a_passkey_and_no_password() {
    let app = App::start().await;
    let transaction =
        app.post("/v1/register", json!({"email": "ada@example.com"})).await.expect(202).str("transaction");
    let body = json!({"transaction": transaction, "code": app.code_to("ada@example.com").await});
    let reply = app.post("/v1/verify", body).await.expect(200);
    let ada = Person::signed_in("ada@example.com", "", &reply);
    assert_eq!(claims(&ada.access)["acr"], "aal1", "a code by mail is one factor");
    let mut key = Authenticator::new(&app.system.gateway_url());
    let factor = ada.add_passkey(&app, &mut key).await;
    ada.call(&app, reqwest::Method::POST, "/v1/logout", None).await.expect(204);

    let asked = options(&app).await;
    let reply = answer(&app, &asked, key.get(&asked["public_key"])).await.expect(200);
    let again = Person::signed_in("ada@example.com", "", &reply);
    let token = claims(&again.access);
    assert_eq!((&token["sub"], &token["acr"]), (&json!(ada.sub), &json!("aal2")));
    assert_eq!(again.get(&app, "/v1/me/factors").await.expect(200)["factors"][0]["id"], factor["id"]);
    // There is no password that opens it.
    for password in ["", "a rather long sentence"] {
        app.login("ada@example.com", password).await.problem(401, "invalid-credentials");
    }
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert!(world.of_customer(&ada.sub, "PASSWORD").is_none());
    assert_eq!((world.live_sessions(&ada.sub), world.queued("factor_added")), (1, 1));
}
