//! Erasures that many hands ask for, withdraw, hold up and begin at once.

use std::collections::BTreeMap;

use domain::SignedDuration;
use futures_util::future::join;
use reqwest::Method;
use serde_json::json;
use tests::{App, World};

use super::{MANY, at_once, setup, statuses};

const REQUESTS: &str = "/v1/admin/requests";

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_as_a_hold_is_placed_is_told_of_it_once() {
    let app = App::with(setup().operated()).await;
    let desk = app.operator("admin:erasure").await;
    for round in 0..8 {
        let person = app.customer(&format!("guest{round}@example.com")).await;
        let path = format!("/v1/admin/customers/{}/holds", person.sub);
        let body = json!({"reason": "Claim 4711.", "until": "2029-01-01T00:00:00Z"});
        let (held, asked) = join(desk.call(&app, Method::POST, &path, Some(body)), person.leave(&app)).await;
        assert_eq!((held.status, asked.status), (201, 202), "{} {}", held.text, asked.text);
        let mails = app.mails().await;
        let told = mails.iter().filter(|mail| mail.to == person.email && mail.text.contains("1 January 2029"));
        assert_eq!(told.count(), 1);
        let door = app.login(&person.email, &person.password).await.expect(200);
        assert_eq!(door["on_hold_until"], "2029-01-01T00:00:00Z");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_written_as_the_run_begins_leaves_nothing_behind() {
    let app = App::with(setup().operated()).await;
    for round in 0..8 {
        let person = app.customer(&format!("guest{round}@example.com")).await;
        let body = json!({"type": "access", "law": "gdpr", "customer": person.sub, "identified_by": "Passport"});
        let desk = app.operator("admin:requests").await;
        let id = desk.call(&app, Method::POST, REQUESTS, Some(body.clone())).await.expect(201).str("id");
        person.leave(&app).await.expect(202);
        app.settle().await;
        app.advance(SignedDuration::from_hours(14 * 24));
        let desk = app.operator("admin:requests").await;
        let (closed, (recorded, run)) = join(
            desk.call(
                &app,
                Method::PATCH,
                &format!("{REQUESTS}/{id}"),
                Some(json!({"extended_because": "Many systems."})),
            ),
            join(desk.call(&app, Method::POST, REQUESTS, Some(body)), app.erase()),
        )
        .await;
        run.unwrap();
        for _ in 0..3 {
            app.settle().await;
            app.erase().await.unwrap();
        }
        assert!([200, 404, 409].contains(&closed.status), "{}", closed.text);
        // Whom there is no such customer any more is a field that can't be used.
        assert!([201, 404, 409, 422].contains(&recorded.status), "{}", recorded.text);
        let world = World::of(&app).await;
        world.assert_sound();
        assert!(!world.customers().contains(&person.sub));
        let left: Vec<_> = world.directory.iter().filter(|item| item.to_string().contains(&person.sub[4..])).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_closed_once_by_hand_or_by_the_erasure_that_fulfils_it() {
    let app = App::with(setup().operated()).await;
    let desk = app.operator("admin:erasure admin:requests").await;
    let (mut by_hand, mut by_erasure) = (0, 0);
    for round in 0..8 {
        let person = app.customer(&format!("guest{round}@example.com")).await;
        let body = json!({"type": "erasure", "law": "gdpr", "customer": person.sub, "identified_by": "Passport"});
        let id = desk.call(&app, Method::POST, REQUESTS, Some(body)).await.expect(201).str("id");
        let (request, erasure) = (format!("{REQUESTS}/{id}"), format!("/v1/admin/customers/{}/erasure", person.sub));
        let order = json!({"reason": "Asked by letter.", "request_id": id});
        let close =
            desk.call(&app, Method::PATCH, &request, Some(json!({"outcome": "withdrawn", "note": "By phone."})));
        let (closed, asked) = join(close, desk.call(&app, Method::POST, &erasure, Some(order))).await;
        assert!(
            [200, 409].contains(&closed.status) && [202, 409, 422].contains(&asked.status),
            "{} {}",
            closed.text,
            asked.text
        );
        assert_eq!(closed.status == 200, asked.status != 202, "{} {}", closed.text, asked.text);
        let (request, erasure) =
            (desk.get(&app, &request).await.expect(200), desk.get(&app, &erasure).await.expect(200));
        assert_eq!(request["status"], "closed");
        if asked.status == 202 {
            by_erasure += 1;
            assert_eq!(
                (request["closing"]["outcome"].clone(), erasure["status"].clone()),
                (json!("fulfilled"), json!("pending"))
            );
        } else {
            by_hand += 1;
            assert_eq!(
                (request["closing"]["outcome"].clone(), erasure["status"].clone()),
                (json!("withdrawn"), json!("none"))
            );
        }
    }
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((by_hand + by_erasure, world.sealed("request.closed")), (8, 8));
    assert_eq!(world.sealed("erasure.requested"), by_erasure);
}
