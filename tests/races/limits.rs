//! A limit of N tries holds against a thousand guesses at once.

use std::collections::BTreeMap;

use serde_json::json;
use tests::{App, Setup, World};

use super::{statuses, storm};

/// An address of a client of its own.
fn addr(n: usize) -> String {
    format!("10.{}.{}.{}", n / 65_536, n / 256 % 256, n % 256)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_can_be_guessed_ten_times() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let body = json!({"email": ada.email, "password": "a wrong long sentence"});
    let replies = storm(1000, async |n| app.post_from(&addr(n), "/v1/login", body.clone()).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(401, 10), (429, 990)]));
    for reply in replies.into_iter().filter(|reply| reply.status == 429) {
        assert!((1..=900).contains(&reply.header("retry-after").parse::<u64>().unwrap()));
    }
    // Not even the right one is tried now, but from the device that is known.
    app.login(&ada.email, &ada.password).await.problem(429, "too-many-requests");
    let known = json!({"email": ada.email, "password": ada.password, "device_token": ada.device});
    app.post("/v1/login", known).await.expect(200);
    app.settle().await;
    assert_eq!(World::of(&app).await.sealed("limit.reached"), 1, "the crossing is an act, once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_days_limit_holds_in_the_same_millisecond() {
    let setup = Setup::default().setting("LIMIT_LOGIN_PER_ADDRESS", "30").setting("LIMIT_LOGIN_PER_ADDRESS_DAY", "50");
    let app = App::with(setup).await;
    let ada = app.customer("ada@example.com").await;
    let body = json!({"email": ada.email, "password": "a wrong long sentence"});
    for (expected, refused) in [(30, 70), (20, 80), (0, 100)] {
        let replies = storm(100, async |n| app.post_from(&addr(n), "/v1/login", body.clone()).await).await;
        let counts = statuses(&replies);
        assert_eq!((counts.get(&401).copied().unwrap_or_default(), counts[&429]), (expected, refused));
        app.advance(domain::SignedDuration::from_mins(15));
    }
    app.settle().await;
    assert_eq!(World::of(&app).await.sealed("limit.reached"), 1, "the crossing is an act, once a day");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_can_be_guessed_five_times() {
    let app = App::start().await;
    let transaction = app.register("ada@example.com").await;
    let code = app.code_to("ada@example.com").await;
    let wrong = (0..).map(|n| format!("{n:06}")).filter(|guess| *guess != code).take(1000).collect::<Vec<_>>();
    let replies = storm(1000, async |n| {
        app.post_from(&addr(n), "/v1/verify", json!({"transaction": transaction, "code": wrong[n]})).await
    })
    .await;
    assert_eq!(statuses(&replies), BTreeMap::from([(410, 995), (422, 5)]));
    app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.problem(410, "transaction-expired");
    let world = World::of(&app).await;
    assert!(world.customers().is_empty());
    assert_eq!(world.one_time("registration")[0]["tries"]["N"], "5");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_sent_five_codes_an_hour() {
    let app = App::start().await;
    let body = json!({"email": "ada@example.com"});
    let replies = storm(200, async |n| app.post_from(&addr(n), "/v1/register", body.clone()).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(202, 5), (429, 195)]));
    assert_eq!(app.mails().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_registers_so_many_addresses() {
    let app = App::with(Setup::default().setting("LIMIT_REGISTER_PER_CLIENT", "20")).await;
    let replies = storm(200, async |n| {
        app.post_from("192.0.2.7", "/v1/register", json!({"email": format!("guest{n}@example.com")})).await
    })
    .await;
    assert_eq!(statuses(&replies), BTreeMap::from([(202, 20), (429, 180)]));
    // Nor does another address of the same network help, where networks are what customers have.
    let from = async |addr: &str| app.post_from(addr, "/v1/register", json!({"email": "ada@example.com"})).await.status;
    assert_eq!(from("192.0.2.7").await, 429);
    assert_eq!(from("192.0.2.8").await, 202);
}
