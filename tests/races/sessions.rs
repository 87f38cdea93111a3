//! Sessions, passwords and profiles that many hands hold at once.

use std::collections::{BTreeMap, BTreeSet};

use domain::SignedDuration;
use reqwest::Method;
use serde_json::json;
use tests::{App, Person, World};

use super::{MANY, assert_one, at_once, setup, statuses};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_has_one_successor_and_a_late_one_ends_the_family() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    app.settle().await;
    let replies = at_once(async |_| app.refresh(&ada.refresh).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, MANY)]), "all are retries of one exchange");
    let successors: BTreeSet<_> = replies.iter().map(|reply| reply.str("refresh_token")).collect();
    assert_eq!(successors.len(), 1);
    let next = app.refresh(successors.first().unwrap()).await.expect(200);
    app.send(app.request(Method::GET, "/v1/me").bearer_auth(next.str("access_token"))).await.expect(200);

    app.advance(SignedDuration::from_secs(11));
    let stolen = at_once(async |_| app.refresh(&ada.refresh).await).await;
    assert!(stolen.iter().all(|reply| reply["error"] == "invalid_grant"), "{:?}", statuses(&stolen));
    app.refresh(&next.str("refresh_token")).await.oauth(400, "invalid_grant");
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.live_sessions(&ada.sub), world.queued("sessions_ended")), (0, 1), "the customer is told once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_ended_while_it_is_refreshed_is_ended() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    for round in 0..6 {
        let phone = ada.again(&app).await;
        let mut tokens = vec![phone.refresh.clone()];
        let replies = at_once(async |n| match (n, round % 2) {
            (7, 0) => phone.call(&app, Method::POST, "/v1/logout", None).await,
            (7, _) => ada.call(&app, Method::DELETE, "/v1/me/sessions?keep=current", None).await,
            _ => app.refresh(&phone.refresh).await,
        })
        .await;
        assert_eq!(replies[7].status, 204, "{}", replies[7].text);
        for reply in replies.iter().filter(|reply| reply.status != 204) {
            assert!([200, 400].contains(&reply.status), "{}", reply.text);
            tokens.extend(reply["refresh_token"].as_str().map(str::to_owned));
        }
        for token in tokens {
            app.refresh(&token).await.oauth(400, "invalid_grant");
        }
        phone.get(&app, "/v1/me").await.problem(401, "invalid-token");
        ada.get(&app, "/v1/me").await.expect(200);
    }
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_sign_ins_are_sixteen_sessions() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let replies = at_once(async |_| app.login(&ada.email, &ada.password).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, MANY)]));
    let tokens: BTreeSet<_> = replies.iter().map(|reply| reply.str("refresh_token")).collect();
    assert_eq!(tokens.len(), MANY);
    for token in tokens {
        app.refresh(&token).await.expect(200);
    }
    assert_eq!(World::of(&app).await.live_sessions(&ada.sub), MANY + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_passwords_changed_at_once_one_holds() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let sessions = futures_util::future::join_all((0..MANY).map(async |_| ada.again(&app).await)).await;
    let new = |n: usize| format!("the sentence of caller {n}");
    // Each from a session of its own: whoever comes later finds that theirs has ended.
    let replies = at_once(async |n| {
        let body = json!({"new_password": new(n)});
        sessions[n].call(&app, Method::PUT, "/v1/me/password", Some(body)).await
    })
    .await;
    let winner = assert_one(204, &["invalid-token", "conflict"], &replies);
    for n in 0..MANY {
        let reply = app.login(&ada.email, &new(n)).await;
        assert_eq!(reply.status, if n == winner { 200 } else { 401 });
    }
    for (n, session) in sessions.iter().enumerate() {
        assert_eq!(session.get(&app, "/v1/me").await.status, if n == winner { 200 } else { 401 });
    }
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.epoch(&ada.sub), world.queued("password_changed")), (2, 1));

    // From one session they may follow each other; each that was done has its epoch and its mail.
    let ada = Person::signed_in(&ada.email, &new(winner), &app.login(&ada.email, &new(winner)).await.expect(200));
    let replies = at_once(async |n| {
        let body = json!({"new_password": format!("the other sentence of caller {n}")});
        ada.call(&app, Method::PUT, "/v1/me/password", Some(body)).await
    })
    .await;
    let done = statuses(&replies)[&204];
    assert!(statuses(&replies).keys().all(|status| [204, 409].contains(status)), "{:?}", statuses(&replies));
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.epoch(&ada.sub), world.queued("password_changed")), (2 + done as u64, 1 + done));
    assert_eq!(world.live_sessions(&ada.sub), 1);
    let good = futures_util::future::join_all(
        (0..MANY)
            .map(async |n| app.login(&ada.email, &format!("the other sentence of caller {n}")).await.status == 200),
    )
    .await;
    assert_eq!(good.iter().filter(|is_good| **is_good).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_to_what_was_read_one_holds() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let tag = ada.get(&app, "/v1/me").await.expect(200).header("etag").to_owned();
    let replies = at_once(async |n| {
        let body = json!({"profile": {"given_name": format!("Ada {n}")}});
        let request = app.request(Method::PATCH, "/v1/me").bearer_auth(&ada.access).header("if-match", &tag);
        app.send(request.json(&body)).await
    })
    .await;
    let winner = assert_one(200, &["conflict"], &replies);
    let me = ada.get(&app, "/v1/me").await.expect(200);
    assert_eq!(me["profile"]["given_name"], format!("Ada {winner}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_ended_at_once_is_ended() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let sessions = futures_util::future::join_all((0..MANY).map(async |_| ada.again(&app).await)).await;
    let replies = at_once(async |n| sessions[n].call(&app, Method::DELETE, "/v1/me/sessions", None).await).await;
    let counts = statuses(&replies);
    assert!(counts.keys().all(|status| [204, 401, 409].contains(status)), "{counts:?}");
    assert!(counts[&204] >= 1);
    let world = World::of(&app).await;
    assert_eq!((world.epoch(&ada.sub), world.live_sessions(&ada.sub)), (1 + counts[&204] as u64, 0));
}
