//! Erasures that many hands ask for, withdraw, hold up and begin at once.

use std::collections::BTreeMap;

use domain::SignedDuration;
use futures_util::future::join;
use reqwest::Method;
use serde_json::json;
use tests::{App, World};

use super::{MANY, at_once, setup, statuses};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_is_asked_for_once_and_withdrawn_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let replies = at_once(async |_| ada.leave(&app).await).await;
    let counts = statuses(&replies);
    assert_eq!(counts.get(&202), Some(&1), "{counts:?}");
    assert!(counts.keys().all(|status| [202, 401, 409].contains(status)), "{counts:?}");
    let transaction = ada.at_the_door(&app).await;
    let replies = at_once(async |_| app.stay(&transaction).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(204, 1), (410, MANY - 1)]));
    // Mails that wait together go out in any order.
    app.settle().await;
    ada.again(&app).await.leave(&app).await.expect(202);
    let token = app.token_of("/erasure/withdraw", &ada.email).await;
    let replies = at_once(async |_| app.form("/erasure/withdraw", &[("token", &token)]).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, 1), (410, MANY - 1)]));
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.queued("erasure_requested"), world.queued("erasure_withdrawn")), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_changes_their_mind_as_the_run_begins_stays_whole_or_goes_whole() {
    let app = App::with(setup()).await;
    let (mut stayed, mut gone) = (0, 0);
    for round in 0..8 {
        let person = app.customer(&format!("guest{round}@example.com")).await;
        person.leave(&app).await.expect(202);
        app.settle().await;
        app.advance(SignedDuration::from_hours(14 * 24));
        let transaction = person.at_the_door(&app).await;
        let (reply, run) = join(app.stay(&transaction), app.erase()).await;
        run.unwrap();
        for _ in 0..2 {
            app.settle().await;
            app.erase().await.unwrap();
        }
        let world = World::of(&app).await;
        world.assert_sound();
        match reply.status {
            204 => {
                stayed += 1;
                person.again(&app).await;
            }
            409 | 410 => {
                gone += 1;
                assert!(!world.customers().contains(&person.sub), "{}", reply.text);
            }
            other => panic!("{other}: {}", reply.text),
        }
    }
    assert_eq!(stayed + gone, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_was_placed_in_time_always_counts() {
    let app = App::with(setup().operated()).await;
    for round in 0..8 {
        let person = app.customer(&format!("guest{round}@example.com")).await;
        person.leave(&app).await.expect(202);
        app.settle().await;
        app.advance(SignedDuration::from_hours(14 * 24));
        let desk = app.operator("admin:erasure").await;
        let path = format!("/v1/admin/customers/{}/holds", person.sub);
        let body = json!({"reason": "Claim 4711.", "until": "2029-01-01T00:00:00Z"});
        let (reply, run) = join(desk.call(&app, Method::POST, &path, Some(body)), app.erase()).await;
        run.unwrap();
        for _ in 0..2 {
            app.settle().await;
            app.erase().await.unwrap();
        }
        let world = World::of(&app).await;
        world.assert_sound();
        assert!([201, 404, 409].contains(&reply.status), "{}", reply.text);
        assert_eq!(reply.status == 201, world.customers().contains(&person.sub), "{}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holds_that_are_placed_at_once_all_stand() {
    let app = App::with(setup().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:erasure").await;
    let path = format!("/v1/admin/customers/{}/holds", ada.sub);
    let placed = at_once(async |n| {
        let body = json!({"reason": "Claim 4711.", "until": format!("2028-01-{:02}T00:00:00Z", n + 1)});
        desk.call(&app, Method::POST, &path, Some(body)).await
    })
    .await;
    let last = (0..MANY).filter(|n| placed[*n].status == 201).max().unwrap();
    assert!(placed.iter().all(|reply| [201, 409].contains(&reply.status)), "{:?}", statuses(&placed));
    let told = ada.get(&app, "/v1/me/erasure").await.expect(200);
    assert_eq!(told["on_hold_until"], format!("2028-01-{:02}T00:00:00Z", last + 1));
}
