//! WebAuthn beside a password: at `/v1/mfa` an answer that is not this customer's, to this question, from
//! this page, whole, proves nothing, at a sign-in and at an enrolment.

use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Setup, World, tampered};

const PASSWORD: &str = "a rather long sentence";

async fn start() -> App {
    App::with(Setup::default().strict().setting("LIMIT_LOGIN_PER_ADDRESS", "100")).await
}

/// Somebody who has registered with a password and enrolled this authenticator.
async fn with_passkey(app: &App, email: &str, key: &mut Authenticator) -> Person {
    let transaction = app.newcomer(email).await;
    let begun = app.enroll(&transaction, "passkey").await.expect(200);
    let credential = key.create(&begun["public_key"]);
    let reply = app.mfa(&transaction, "passkey", json!({"credential": credential})).await.expect(200);
    Person::signed_in(email, PASSWORD, &reply)
}

/// The authenticator, changed.
fn with(key: &Authenticator, change: impl FnOnce(&mut Authenticator)) -> Authenticator {
    let mut key = key.clone();
    change(&mut key);
    key
}

fn half(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() / 2);
}

/// Who and what there is to answer with.
struct Cast {
    key: Authenticator,
    eves: Authenticator,
    /// An answer of the right authenticator to a question of before.
    stale: Value,
    /// An answer of the right authenticator to what Eve's transaction is asked.
    to_eve: Value,
    /// What the other ceremony would take.
    other: Value,
}

type Spoil = fn(&Cast, &Value) -> Value;

/// Whatever stands in an answer, spoilt: named, for both ceremonies, by how they are made.
fn spoilt(at_sign_in: bool) -> Vec<(&'static str, Spoil)> {
    let either: [(&str, Spoil); 4] = [
        ("an answer to a question of before", |cast, _| cast.stale.clone()),
        ("an answer to another customer's question", |cast, _| cast.to_eve.clone()),
        ("the other ceremony's answer", |cast, _| cast.other.clone()),
        ("nothing", |_, _| json!({})),
    ];
    let got: [(&str, Spoil); 10] = [
        ("another origin", |cast, asked| with(&cast.key, |key| key.origin = "https://evil.example".into()).get(asked)),
        ("another RP", |cast, asked| with(&cast.key, |key| key.rp_id = Some("evil.example".into())).get(asked)),
        ("a frame of somebody else's", |cast, asked| with(&cast.key, |key| key.framed = true).get(asked)),
        ("another customer's passkey", |cast, asked| {
            let mut unbound = asked.clone();
            unbound["allowCredentials"] = json!([]);
            cast.eves.clone().get(&unbound)
        }),
        ("another customer's passkey under this one's name", |cast, asked| {
            let mut unbound = asked.clone();
            unbound["allowCredentials"] = json!([]);
            let mut mixed = cast.eves.clone().get(&unbound);
            let own = cast.key.clone().get(asked);
            for name in ["id", "rawId"] {
                mixed[name] = own[name].clone();
            }
            mixed["response"]["userHandle"] = own["response"]["userHandle"].clone();
            mixed
        }),
        ("another owner", |cast, asked| {
            let mut unbound = asked.clone();
            unbound["allowCredentials"] = json!([]);
            let mut mixed = cast.key.clone().get(asked);
            mixed["response"]["userHandle"] = cast.eves.clone().get(&unbound)["response"]["userHandle"].clone();
            mixed
        }),
        ("half a signature", |cast, asked| tampered(&cast.key.clone().get(asked), "/response/signature", half)),
        ("half the client's data", |cast, asked| {
            tampered(&cast.key.clone().get(asked), "/response/clientDataJSON", half)
        }),
        ("half the authenticator's data", |cast, asked| {
            tampered(&cast.key.clone().get(asked), "/response/authenticatorData", half)
        }),
        ("half an id", |cast, asked| tampered(&cast.key.clone().get(asked), "/rawId", half)),
    ];
    let created: [(&str, Spoil); 7] = [
        ("another origin", |cast, asked| {
            with(&cast.key, |key| key.origin = "https://evil.example".into()).create(asked)
        }),
        ("another RP", |cast, asked| with(&cast.key, |key| key.rp_id = Some("evil.example".into())).create(asked)),
        ("a frame of somebody else's", |cast, asked| with(&cast.key, |key| key.framed = true).create(asked)),
        ("nobody verified", |cast, asked| with(&cast.key, |key| key.verifies = false).create(asked)),
        ("half an attestation", |cast, asked| {
            tampered(&cast.key.clone().create(asked), "/response/attestationObject", half)
        }),
        ("half the client's data", |cast, asked| {
            tampered(&cast.key.clone().create(asked), "/response/clientDataJSON", half)
        }),
        ("half an id", |cast, asked| tampered(&cast.key.clone().create(asked), "/rawId", half)),
    ];
    either.into_iter().chain(if at_sign_in { got.to_vec() } else { created.to_vec() }).collect()
}

/// Answers with what proves nothing: refused with a type, alike, and the challenge is spent.
async fn refused(app: &App, what: &str, waits: &str, credential: Value, right: Value) -> Value {
    let reply = app.mfa(waits, "passkey", json!({"credential": credential})).await;
    assert_eq!(reply.status, 401, "{what}: {}", reply.text);
    let reply = reply.problem(401, "invalid-credentials");
    app.mfa(waits, "passkey", json!({"credential": right})).await.problem(410, "transaction-expired");
    json!([reply["title"], reply["detail"]])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_takes_its_own_answer_alone() {
    let app = start().await;
    let origin = app.system.gateway_url();
    let (mut key, mut eves) = (Authenticator::new(&origin), Authenticator::new(&origin));
    let ada = with_passkey(&app, "ada@example.com", &mut key).await;
    let eve = with_passkey(&app, "eve@example.com", &mut eves).await;
    let ask = async |person: &Person| {
        let waits = person.half_way(&app).await;
        let asked = app.challenge(&waits, "passkey").await.expect(200)["public_key"].clone();
        (waits, asked)
    };
    let (_, before) = ask(&ada).await;
    let (_, mut of_eve) = ask(&eve).await;
    of_eve["allowCredentials"] = before["allowCredentials"].clone();
    let creation = ada.post(&app, "/v1/me/factors/passkey/options", json!({})).await.expect(200);
    let cast = Cast {
        stale: key.get(&before),
        to_eve: key.get(&of_eve),
        other: Authenticator::new(&origin).create(&creation["public_key"]),
        key,
        eves,
    };
    let mut said = Vec::new();
    for (what, spoil) in spoilt(true) {
        let (waits, asked) = ask(&ada).await;
        let right = cast.key.clone().get(&asked);
        said.push(refused(&app, what, &waits, spoil(&cast, &asked), right).await);
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    // The right one counts once, and for nobody's other transaction.
    let (waits, asked) = ask(&ada).await;
    let (second, _) = ask(&ada).await;
    let (of_eve, _) = ask(&eve).await;
    let right = json!({"credential": cast.key.clone().get(&asked)});
    app.mfa(&of_eve, "passkey", right.clone()).await.problem(401, "invalid-credentials");
    app.mfa(&waits, "passkey", right.clone()).await.expect(200);
    app.mfa(&waits, "passkey", right.clone()).await.problem(410, "transaction-expired");
    app.mfa(&second, "passkey", right).await.problem(401, "invalid-credentials");
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.live_sessions(&ada.sub), world.live_sessions(&eve.sub)), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_takes_its_own_answer_alone() {
    let app = start().await;
    let origin = app.system.gateway_url();
    let mut eves = Authenticator::new(&origin);
    let eve = with_passkey(&app, "eve@example.com", &mut eves).await;
    app.newcomer("ada@example.com").await;
    app.newcomer("bob@example.com").await;
    let ask = async |email: &str| {
        let waits = app.login(email, PASSWORD).await.expect(200).str("transaction");
        let asked = app.enroll(&waits, "passkey").await.expect(200)["public_key"].clone();
        (waits, asked)
    };
    let (_, before) = ask("ada@example.com").await;
    let (_, of_bob) = ask("bob@example.com").await;
    let of_eve = eve.half_way(&app).await;
    let question = app.challenge(&of_eve, "passkey").await.expect(200)["public_key"].clone();
    let key = Authenticator::new(&origin);
    let cast = Cast {
        stale: key.clone().create(&before),
        to_eve: key.clone().create(&of_bob),
        other: eves.get(&question),
        key,
        eves,
    };
    let mut said = Vec::new();
    for (what, spoil) in spoilt(false) {
        let (waits, asked) = ask("ada@example.com").await;
        let right = cast.key.clone().create(&asked);
        said.push(refused(&app, what, &waits, spoil(&cast, &asked), right).await);
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");

    // A credential that is Eve's, said to be Ada's: nothing is signed at an enrolment.
    let (waits, asked) = ask("ada@example.com").await;
    let mut hers = Authenticator::new(&origin).create(&asked);
    let eves = cast.eves.clone().get(&question);
    let id = |credential: &Value| {
        let text = credential["rawId"].as_str().unwrap();
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text).unwrap()
    };
    let (own, claimed) = (id(&hers), id(&eves));
    hers = tampered(&hers, "/response/attestationObject", |bytes| {
        let at = bytes.windows(own.len()).position(|window| window == own).unwrap();
        bytes[at..at + claimed.len()].copy_from_slice(&claimed);
    });
    for name in ["id", "rawId"] {
        hers[name] = eves[name].clone();
    }
    app.mfa(&waits, "passkey", json!({"credential": hers})).await.problem(409, "conflict");

    let (waits, asked) = ask("ada@example.com").await;
    let mut key = cast.key.clone();
    let right = json!({"credential": key.create(&asked)});
    let reply = app.mfa(&waits, "passkey", right.clone()).await.expect(200);
    app.mfa(&waits, "passkey", right).await.problem(410, "transaction-expired");
    let ada = Person::signed_in("ada@example.com", PASSWORD, &reply);
    assert_eq!(ada.get(&app, "/v1/me/factors").await.expect(200)["factors"].as_array().unwrap().len(), 1);
    // Eve's is Eve's still.
    let waits = eve.half_way(&app).await;
    let question = app.challenge(&waits, "passkey").await.expect(200)["public_key"].clone();
    let answer = json!({"credential": cast.eves.clone().get(&question)});
    app.mfa(&waits, "passkey", answer).await.expect(200);
    app.settle().await;
    World::of(&app).await.assert_sound();
}
