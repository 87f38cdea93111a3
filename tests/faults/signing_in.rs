//! Signing in and staying signed in.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::SignedDuration;
use local::aws::Service;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Reply, World, claims};

use super::{a_session, assert_unchanged, gained, settings, setup, sweep};

/// Answers of somebody who is signed in: an access token that works, a refresh token that is taken.
async fn assert_signed_in(app: &App, reply: &Reply) {
    let me = app.request(Method::GET, "/v1/me").bearer_auth(reply.str("access_token"));
    app.send(me).await.expect(200);
    app.refresh(&reply.str("refresh_token")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn login() {
    // On a device that is known: nobody is told of it.
    let act = async |app: &App, person: &Person| {
        let body = json!({"email": person.email, "password": person.password, "device_token": person.device});
        app.post("/v1/login", body).await
    };
    sweep("POST /v1/login", a_session, act, async |app, person, seen| {
        let reply = seen.last().clone().expect(200);
        assert_signed_in(app, &reply).await;
        // A session whose answer was lost is one that nobody can use; a retry begins another.
        let new = gained(seen, person);
        assert!(new == 1 || new == 2 && seen.again.is_some(), "{new} sessions");
        assert_unchanged(seen);
    })
    .await;
}

fn hash_of(world: &World, person: &Person) -> Value {
    world.of_customer(&person.sub, "PASSWORD").unwrap()["hash"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn login_whose_hash_is_outdated() {
    // Each system's first hash, made with other parameters than it has now.
    let outdated: Mutex<HashMap<String, Value>> = Mutex::default();
    let prepare = async |app: &App, n: usize| {
        let person = a_session(app, n).await;
        if n == 0 {
            let hash = hash_of(&World::of(app).await, &person);
            outdated.lock().unwrap().insert(app.system.gateway_url(), hash);
            app.system.update(&[], &settings("128")).await.unwrap();
        }
        let hash = outdated.lock().unwrap()[&app.system.gateway_url()].clone();
        let put = json!({
            "TableName": app.system.table("Directory"),
            "Key": {"pk": {"S": format!("CUS#{}", person.sub)}, "sk": {"S": "PASSWORD"}},
            "UpdateExpression": "SET #hash = :hash",
            "ExpressionAttributeNames": {"#hash": "hash"},
            "ExpressionAttributeValues": {":hash": hash}
        });
        app.system.operate(Service::DynamoDb, "UpdateItem", put).await.unwrap();
        person
    };
    let act = async |app: &App, person: &Person| app.login(&person.email, &person.password).await;
    sweep("POST /v1/login", prepare, act, async |app, person, seen| {
        assert_signed_in(app, &seen.last().clone().expect(200)).await;
        let again = app.login(&person.email, &person.password).await.expect(200);
        assert_signed_in(app, &again).await;
        let world = World::of(app).await;
        assert_ne!(hash_of(&world, person), hash_of(&seen.before, person), "the next sign-in makes up for it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh() {
    let act = async |app: &App, person: &Person| app.refresh(&person.refresh).await;
    sweep("POST /oauth2/token", a_session, act, async |app, person, seen| {
        // The retry came within ten seconds: the family goes on, with one successor.
        let reply = seen.last().clone().expect(200);
        let retried = app.refresh(&person.refresh).await.expect(200);
        assert_eq!(retried.str("refresh_token"), reply.str("refresh_token"));
        assert_signed_in(app, &reply).await;
        assert_eq!(gained(seen, person), 0);
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh_with_keys_in_kms() {
    let prepare = async |app: &App, n: usize| {
        if n == 0 {
            let parameters = [("SigningMode".to_owned(), "kms".to_owned())];
            app.system.update(&parameters, &settings("64")).await.unwrap();
            app.advance(SignedDuration::from_hours(2));
        }
        a_session(app, n).await
    };
    let act = async |app: &App, person: &Person| app.refresh(&person.refresh).await;
    sweep("POST /oauth2/token", prepare, act, async |app, person, seen| {
        let reply = seen.last().clone().expect(200);
        let retried = app.refresh(&person.refresh).await.expect(200);
        assert_eq!(retried.str("refresh_token"), reply.str("refresh_token"));
        assert_signed_in(app, &reply).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh_with_a_token_that_was_stolen() {
    let prepare = async |app: &App, n: usize| {
        let person = a_session(app, n).await;
        app.refresh(&person.refresh).await.expect(200);
        app.advance(SignedDuration::from_secs(11));
        person
    };
    // The refusal is the success here.
    let act = async |app: &App, person: &Person| {
        let reply = app.refresh(&person.refresh).await;
        if reply["error"] == "invalid_grant" { Reply { status: 200, ..reply } } else { reply }
    };
    sweep("POST /oauth2/token", prepare, act, async |app, person, seen| {
        assert_eq!(seen.last()["error"], "invalid_grant");
        assert_eq!(gained(seen, person), -1);
        assert_eq!(seen.after.queued("sessions_ended") - seen.before.queued("sessions_ended"), 1);
        assert!(app.mail_to(&person.email).await.code.is_none(), "the customer is told");
    })
    .await;
}

fn billing(app: &App, path: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    app.request(Method::POST, path).basic_auth("billing", Some("secret")).form(fields)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_credentials() {
    let act = async |app: &App, (): &()| {
        app.send(billing(app, "/oauth2/token", &[("grant_type", "client_credentials")])).await
    };
    sweep(
        "POST /oauth2/token",
        async |_, _| (),
        act,
        async |_, (), seen| {
            assert_eq!(claims(&seen.last().clone().expect(200).str("access_token"))["sub"], "billing");
            assert_unchanged(seen);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspect() {
    let act = async |app: &App, person: &Person| {
        app.send(billing(app, "/oauth2/introspect", &[("token", &person.access)])).await
    };
    sweep("POST /oauth2/introspect", a_session, act, async |_, person, seen| {
        let reply = seen.last().clone().expect(200);
        assert_eq!((reply["active"].clone(), reply["sub"].clone()), (json!(true), json!(person.sub)));
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoke() {
    let act = async |app: &App, person: &Person| {
        app.form("/oauth2/revoke", &[("token", &person.refresh), ("client_id", "portico")]).await
    };
    sweep("POST /oauth2/revoke", a_session, act, async |app, person, seen| {
        seen.last().clone().expect(200);
        assert_eq!(gained(seen, person), -1);
        app.refresh(&person.refresh).await.oauth(400, "invalid_grant");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn public_documents() {
    let app = App::with(setup().setting("WEBAUTHN_ORIGINS", "https://shop.example")).await;
    let excused = super::EXCUSED.iter().filter_map(|(route, _)| route.strip_prefix("GET "));
    for path in excused.chain(["/.well-known/jwks.json"]) {
        app.take_calls();
        app.get(path).await.expect(200);
        let calls = app.take_calls().len();
        assert_eq!(calls > 0, path.ends_with("jwks.json"), "only keys are looked up");
    }
    let act = async |app: &App, (): &()| app.get("/.well-known/jwks.json").await;
    sweep(
        "GET /.well-known/jwks.json",
        async |_, _| (),
        act,
        async |_, (), seen| {
            assert_eq!(seen.last().clone().expect(200)["keys"].as_array().unwrap().len(), 2);
            assert_unchanged(seen);
        },
    )
    .await;
}
