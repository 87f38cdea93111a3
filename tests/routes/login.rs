//! `functions/login`.

use domain::SignedDuration;
use serde_json::json;
use tests::{App, Person, World, claims};

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
    use_up(&app, &ada.email).await;
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

/// Uses up the tries of devices that an account does not know.
async fn use_up(app: &App, email: &str) {
    for n in 0..10 {
        let body = json!({"email": email, "password": "wrong"});
        let from = format!("198.51.100.{n}");
        app.post_from(&from, "/v1/login", body).await.problem(401, "invalid-credentials");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_known_for_half_a_year_after_each_sign_in() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let with = async |device: &str| {
        let body = json!({"email": ada.email, "password": ada.password, "device_token": device});
        app.post("/v1/login", body).await
    };
    let half_a_year = SignedDuration::from_hours(180 * 24);
    with(&ada.device).await.expect(200);
    app.take_calls();
    with(&ada.device).await.expect(200);
    let calls: Vec<_> = app.take_calls().into_iter().filter(|call| call.function == "login").collect();
    assert_eq!(calls.len(), 5, "two counts, claim, facts, session: {calls:?}");
    app.advance(half_a_year - SignedDuration::from_secs(1));
    let next = with(&ada.device).await.expect(200).str("device_token");
    assert_eq!(World::of(&app).await.queued("new_device"), 0);
    app.advance(SignedDuration::from_secs(1));
    assert_eq!(with(&ada.device).await.expect(200)["status"], "complete");
    assert_eq!(World::of(&app).await.queued("new_device"), 1, "the first token is too old");
    app.advance(half_a_year - SignedDuration::from_mins(1));
    use_up(&app, &ada.email).await;
    with(&ada.device).await.problem(429, "too-many-requests");
    with(&next).await.expect(200);
    app.advance(SignedDuration::from_mins(15));
    use_up(&app, &ada.email).await;
    with(&next).await.problem(429, "too-many-requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_every_session_makes_every_device_a_stranger() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let transaction = app.forgotten(&ada.email).await;
    let new = "seven lean cows, seven fat ones";
    let body = json!({"transaction": transaction, "code": app.code_to(&ada.email).await, "password": new});
    app.post("/v1/recover/verify", body).await.expect(204);
    let with = async |password: &str| {
        let body = json!({"email": ada.email, "password": password, "device_token": ada.device});
        app.post("/v1/login", body).await
    };
    // Whoever had the device guesses among all others.
    for _ in 0..5 {
        with("wrong").await.problem(401, "invalid-credentials");
        app.login(&ada.email, "wrong").await.problem(401, "invalid-credentials");
    }
    for _ in 0..3 {
        with(new).await.problem(429, "too-many-requests");
        app.login(&ada.email, new).await.problem(429, "too-many-requests");
    }
    app.advance(SignedDuration::from_mins(15));
    let known = with(new).await.expect(200).str("device_token");
    assert_eq!(World::of(&app).await.queued("new_device"), 1);
    app.advance(SignedDuration::from_mins(15));
    use_up(&app, &ada.email).await;
    let body = json!({"email": ada.email, "password": new, "device_token": known});
    app.post("/v1/login", body).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_guesses_a_password_for_days() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let guess = async |email: &str| {
        app.post_from("198.51.100.7", "/v1/login", json!({"email": email, "password": "a wrong sentence"})).await
    };
    for n in 0..100 {
        if n > 0 && n % 10 == 0 {
            app.advance(SignedDuration::from_mins(15));
        }
        guess(&ada.email).await.problem(401, "invalid-credentials");
        // As often as at an address that nobody has.
        guess("bob@example.com").await.problem(401, "invalid-credentials");
    }
    for _ in 0..2 {
        app.advance(SignedDuration::from_mins(15));
        guess("bob@example.com").await.problem(429, "too-many-requests");
        let limited = app.login(&ada.email, &ada.password).await.problem(429, "too-many-requests");
        assert!(limited.header("retry-after").parse::<u64>().unwrap() > 3600);
    }
    let known = json!({"email": ada.email, "password": ada.password, "device_token": ada.device});
    app.post("/v1/login", known).await.expect(200);
    app.advance(SignedDuration::from_hours(24));
    app.login(&ada.email, &ada.password).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_good_until_it_is_changed() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    for _ in 0..4 {
        app.advance(SignedDuration::from_hours(24 * 365));
        let again = ada.again(&app).await;
        again.get(&app, "/v1/me").await.expect(200);
    }
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
