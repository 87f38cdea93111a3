//! `functions/login`.

use domain::SignedDuration;
use serde_json::json;
use tests::{App, Person, claims};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_signs_in_and_nobody_learns_why_others_do_not() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;

    let again =
        Person::signed_in(&ada.email, &ada.password, &app.login("ADA@example.com", &ada.password).await.expect(200));
    let token = claims(&again.access);
    assert_eq!(token["sub"], ada.sub.as_str());
    assert_eq!((token["amr"].clone(), token["acr"].clone()), (json!(["pwd"]), json!("aal1")));
    assert_eq!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), 600);
    assert_eq!(claims(&again.id)["aud"], "portico");
    again.get(&app, "/v1/me").await.expect(200);

    let wrong = app.login("ada@example.com", "another sentence").await.problem(401, "invalid-credentials");
    let unknown = app.login("bob@example.com", "another sentence").await.problem(401, "invalid-credentials");
    let strip = |reply: &tests::Reply| {
        let mut body = reply.body.clone();
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    assert_eq!(strip(&wrong), strip(&unknown));

    app.register("carol@example.com").await;
    app.login("carol@example.com", "a rather long sentence").await.problem(401, "invalid-credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_lock_a_customer_out_of_a_known_device() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    for n in 0..10 {
        app.post_from(&format!("198.51.100.{n}"), "/v1/login", json!({"email": ada.email, "password": "wrong"}))
            .await
            .problem(401, "invalid-credentials");
    }
    let limited = app.login(&ada.email, &ada.password).await.problem(429, "too-many-requests");
    assert!(limited.header("retry-after").parse::<u64>().unwrap() <= 900);
    app.login("bob@example.com", "wrong").await.problem(401, "invalid-credentials");

    let known = json!({"email": ada.email, "password": ada.password, "device_token": ada.device});
    app.post("/v1/login", known.clone()).await.expect(200);
    let forged = json!({"email": ada.email, "password": ada.password, "device_token": "pdt_AAAA"});
    app.post("/v1/login", forged).await.problem(429, "too-many-requests");

    app.advance(SignedDuration::from_mins(15));
    app.login(&ada.email, &ada.password).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_is_made_anew_when_the_parameters_have_changed() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let hash = async || {
        let items = app.system.dump("Directory").await.unwrap();
        items.iter().find(|item| item["sk"]["S"] == "PASSWORD").unwrap()["hash"]["B"].as_str().unwrap().to_owned()
    };
    // It is sealed under the customer's key.
    let before = hash().await;
    ada.again(&app).await;
    assert_eq!(hash().await, before);
    let settings =
        [("ARGON2_MEMORY_KIB".to_owned(), "128".to_owned()), ("ARGON2_ITERATIONS".to_owned(), "1".to_owned())];
    app.system.update(&[], &settings).await.unwrap();
    ada.again(&app).await;
    let after = hash().await;
    assert_ne!(after, before);
    ada.again(&app).await;
    assert_eq!(hash().await, after, "once");
}
