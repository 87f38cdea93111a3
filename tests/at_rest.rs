//! What lies in the tables is worth nothing to whoever reads or changes them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{CustomerId, Handle, RecoveryCode, SignedDuration};
use local::aws::Service;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, Setup, TotpApp, World};

/// Writes an item as somebody could who has the table and no key.
async fn put(app: &App, table: &str, item: &Value) {
    let put = json!({"TableName": app.system.table(table), "Item": item});
    app.system.operate(Service::DynamoDb, "PutItem", put).await.unwrap();
}

fn bytes(item: &Value, name: &str) -> Vec<u8> {
    STANDARD.decode(item[name]["B"].as_str().unwrap()).unwrap()
}

/// The item of this transaction.
async fn waiting(app: &App, transaction: &str) -> Value {
    let pk = json!(format!("TXN#{}", Handle::parse(transaction).unwrap().digest()));
    let world = World::of(app).await;
    world.transient.into_iter().find(|item| item["pk"]["S"] == pk).unwrap()
}

async fn verify(app: &App, transaction: &str, code: &str) -> Reply {
    app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await
}

/// All of a million codes can be tried at once, unless a key is needed to try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_kept_as_a_mac_that_is_good_for_its_transaction_alone() {
    let app = App::start().await;
    let (adas, code) = (app.register("ada@example.com").await, app.code_to("ada@example.com").await);
    let (eves, eves_code) = (app.register("eve@example.com").await, app.code_to("eve@example.com").await);
    assert_ne!(code, eves_code);
    let (item, theirs) = (waiting(&app, &adas).await, waiting(&app, &eves).await);
    let (kept, digest) = (bytes(&item, "code"), Handle::parse(&adas).unwrap().digest());
    assert_eq!(kept.len(), 32);
    for hashed in [code.clone(), format!("{adas}{code}"), format!("{digest}{code}"), format!("{code}{digest}")] {
        assert_ne!(kept, domain::digest(hashed.as_bytes()), "a digest anybody can make");
    }
    // Eve knows her own code, and puts what is kept of it where Ada's was.
    let mut moved = item.clone();
    moved["code"] = theirs["code"].clone();
    put(&app, "Transient", &moved).await;
    verify(&app, &adas, &eves_code).await.problem(422, "invalid-code");
    put(&app, "Transient", &item).await;
    verify(&app, &adas, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_codes_are_kept_as_macs_of_their_owners() {
    let app = App::start().await;
    let (ada, eve) = (app.customer("ada@example.com").await, app.customer("eve@example.com").await);
    ada.add_totp(&app).await;
    let made = ada.call(&app, Method::POST, "/v1/me/factors/recovery-codes", None).await.expect(201);
    let codes: Vec<_> = made["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    let store = app.store("factors");
    let id = |person: &Person| CustomerId::parse(&person.sub).unwrap();
    let (stored, _) = store.factors(id(&ada)).await.unwrap().unwrap();
    let kept = stored.factors.recovery_codes;
    assert_eq!(kept.len(), codes.len());
    for code in codes {
        let code = RecoveryCode::parse(code).unwrap();
        assert!(kept.contains(&store.recovery_code_mac(id(&ada), &code).await.unwrap()));
        assert!(!kept.contains(&store.recovery_code_mac(id(&eve), &code).await.unwrap()), "good for Ada alone");
        assert!(!kept.contains(&domain::digest(code.reveal().as_bytes())), "a digest anybody can make");
    }
}

/// The public keys of passkeys, the secrets of apps and the numbers of phones are one sealed attribute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factor_that_was_put_or_changed_in_the_table_proves_nothing() {
    let app = App::start().await;
    let (ada, eve) = (app.customer("ada@example.com").await, app.customer("eve@example.com").await);
    let issuer = app.issuer().await;
    let (mut key, mut eves) = (Authenticator::new(&issuer), Authenticator::new(&issuer));
    ada.add_passkey(&app, &mut key).await;
    eve.add_passkey(&app, &mut eves).await;
    app.advance(SignedDuration::from_mins(1));
    let sign_in = async |key: &mut Authenticator| {
        let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
        let body = json!({"transaction": asked.str("transaction"), "credential": key.get(&asked["public_key"])});
        app.post("/v1/passkey", body).await
    };
    sign_in(&mut key).await.expect(200);

    let world = World::of(&app).await;
    let adas = world.of_customer(&ada.sub, "FACTORS").unwrap().clone();
    let theirs = world.of_customer(&eve.sub, "FACTORS").unwrap().clone();
    let mut moved = adas.clone();
    moved["body"] = theirs["body"].clone();
    let mut flipped = adas.clone();
    let mut body = bytes(&adas, "body");
    *body.last_mut().unwrap() ^= 1;
    flipped["body"]["B"] = json!(STANDARD.encode(body));
    for item in [moved, flipped] {
        let live = World::of(&app).await.live_sessions(&ada.sub);
        put(&app, "Directory", &item).await;
        sign_in(&mut key).await.problem(500, "internal");
        app.login(&ada.email, &ada.password).await.problem(500, "internal");
        assert_eq!(World::of(&app).await.live_sessions(&ada.sub), live);
        put(&app, "Directory", &adas).await;
    }
    sign_in(&mut key).await.expect(200);
    sign_in(&mut eves).await.expect(200);
}

/// What an answer is compared with is sealed where it waits: what can't be opened is our failure, and
/// no transaction that is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_answer_is_compared_with_opens_where_it_was_put_alone() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, eve) = (app.newcomer("ada@example.com").await, app.newcomer("eve@example.com").await);
    let begun = app.enroll(&ada, "totp").await.expect(200);
    let eves = TotpApp::new(&app.enroll(&eve, "totp").await.expect(200).str("secret"));
    let (own, theirs) = (waiting(&app, &ada).await, waiting(&app, &eve).await);
    let mut moved = own.clone();
    moved["state"] = theirs["state"].clone();
    put(&app, "Transient", &moved).await;
    app.mfa(&ada, "totp", json!({"code": eves.code(&app)})).await.problem(500, "internal");
    put(&app, "Transient", &own).await;
    let adas = TotpApp::new(&begun.str("secret"));
    app.mfa(&ada, "totp", json!({"code": adas.code(&app)})).await.expect(200);
}
