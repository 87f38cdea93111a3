//! `functions/rotate`, and what depends on it: every token of every moment.

use domain::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};
use tests::{App, Setup, claims};

/// Verifies a token with a library that we did not write, by the published key set.
async fn verify(app: &App, token: &str, audience: &str) -> Value {
    let keys = app.get("/.well-known/jwks.json").await.expect(200);
    let keys: JwkSet = serde_json::from_value(keys.body).unwrap();
    let header = decode_header(token).unwrap();
    let key = keys.find(&header.kid.unwrap()).expect("the key is published");
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[app.system.gateway_url()]);
    // The test's clock is its own.
    validation.validate_exp = false;
    decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap().claims
}

async fn a_year_of_tokens(mode: &str) {
    let clients = json!([{"client_id": "rsa", "client_name": "RSA", "grant_types": ["refresh_token"],
                          "direct": true, "signing_alg": "RS256"}]);
    let setup = Setup::default().parameter("SigningMode", mode).setting("CLIENTS", &clients.to_string());
    let app = App::with(setup).await;
    app.customer("ada@example.com").await;
    let issuer = app.system.gateway_url();
    let mut kids = std::collections::BTreeSet::new();
    let mut previous: Option<(String, i64)> = None;
    // Every 13 hours for 70 days: through two rotations, with instances that keep the schedule.
    for _ in 0..130 {
        app.system.invoke("rotate", json!({"portico": "rotate"})).await.unwrap();
        for (client, alg) in [("portico", Algorithm::ES256), ("rsa", Algorithm::RS256)] {
            let body = json!({"email": "ada@example.com", "password": "a rather long sentence", "client_id": client});
            let reply = app.post("/v1/login", body).await.expect(200);
            let (access, id) = (reply.str("access_token"), reply.str("id_token"));
            assert_eq!(decode_header(&access).unwrap().alg, alg);
            assert_eq!(decode_header(&access).unwrap().typ.as_deref(), Some("at+jwt"));
            assert_eq!(verify(&app, &access, &issuer).await["client_id"], client);
            verify(&app, &id, client).await;
            // RSA keys come from a pool that tests share, so that one may come twice.
            if alg == Algorithm::ES256 {
                kids.insert(decode_header(&access).unwrap().kid.unwrap());
            }
            if let Some((token, until)) = &previous
                && *until > app.now()
            {
                verify(&app, token, &issuer).await;
            }
            let until = claims(&access)["exp"].as_i64().unwrap();
            previous = Some((access, until));
        }
        app.advance(SignedDuration::from_hours(13));
    }
    let expected = if mode == "kms" { 1 } else { 3 };
    assert_eq!(kids.len(), expected, "{kids:?}");
    let published = app.get("/.well-known/jwks.json").await.expect(200);
    assert!(published["keys"].as_array().unwrap().len() <= 4);
    assert!(!published.text.contains("\"d\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_valid_token_ever_fails_with_wrapped_keys() {
    a_year_of_tokens("kms-wrapped").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_valid_token_ever_fails_with_keys_in_kms() {
    a_year_of_tokens("kms").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_the_mode_goes_by_the_schedule() {
    let app = App::start().await;
    app.customer("ada@example.com").await;
    let kid = async || {
        let reply = app.login("ada@example.com", "a rather long sentence").await.expect(200);
        let access = reply.str("access_token");
        verify(&app, &access, &app.system.gateway_url()).await;
        decode_header(&access).unwrap().kid.unwrap()
    };
    let before = kid().await;
    let settings = [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    app.system.update(&[("SigningMode".to_owned(), "kms".to_owned())], &settings).await.unwrap();
    assert_eq!(kid().await, before, "the new key is published before it signs");
    app.advance(SignedDuration::from_hours(2));
    app.take_calls();
    let after = kid().await;
    assert_ne!(after, before);
    let signed = app.take_calls().into_iter().filter(|call| call.action == "Sign").count();
    assert_eq!(signed, 2, "one signature a token");
}
