//! Every one-time thing is taken by sixteen callers at once, and one of them wins.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;
use tests::{App, Reply, World};

use super::{MANY, assert_one, at_once, setup, statuses};

/// One success, and refusals that say that it is over, on pages for people among others.
#[track_caller]
fn assert_one_wins(replies: &[Reply]) {
    assert_one_has(200, replies);
}

/// The same, where success is another status.
#[track_caller]
fn assert_one_has(success: u16, replies: &[Reply]) {
    let counts = statuses(replies);
    assert_eq!(
        counts,
        BTreeMap::from([(success, 1), (410, MANY - 1)]),
        "{:?}",
        replies.last().map(|reply| &reply.text)
    );
}

async fn assert_one_customer(app: &App) {
    app.settle().await;
    let world = World::of(app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.customers().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_makes_one_customer_with_one_session() {
    let app = App::with(setup()).await;
    for round in 0..4 {
        let email = format!("guest{round}@example.com");
        let transaction = app.register(&email).await;
        let body = json!({"transaction": transaction, "code": app.code_to(&email).await});
        let replies = at_once(async |_| app.post("/v1/verify", body.clone()).await).await;
        assert_one(200, &["transaction-expired"], &replies);
        let world = World::of(&app).await;
        world.assert_sound();
        assert_eq!(world.customers().len(), round + 1);
        let sessions: usize = world.customers().iter().map(|customer| world.sessions(customer).len()).sum();
        assert_eq!(sessions, round + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_fetches_one_copy() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let address = ada.export(&app).await;
    let replies = at_once(async |_| app.fetch(&address).await.reply()).await;
    assert_one_wins(&replies);
    assert_one_customer(&app).await;
    assert_eq!(World::of(&app).await.sealed("export.downloaded"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_makes_one_customer() {
    let app = App::with(setup()).await;
    app.register("ada@example.com").await;
    let token = app.link_token_to("ada@example.com").await;
    let replies = at_once(async |n| {
        let password = format!("the sentence of caller {n}");
        app.form("/verify", &[("token", token.as_str()), ("password", password.as_str())]).await
    })
    .await;
    assert_one_wins(&replies);
    assert_one_customer(&app).await;
    let winner = replies.iter().position(|reply| reply.status == 200).unwrap();
    app.login("ada@example.com", &format!("the sentence of caller {winner}")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_and_link_of_one_registration_make_one_customer() {
    let app = App::with(setup()).await;
    let transaction = app.register("ada@example.com").await;
    let mail = app.mail_to("ada@example.com").await;
    let body = json!({"transaction": transaction, "code": mail.code.unwrap()});
    let token = mail.link.unwrap().split_once("token=").unwrap().1.to_owned();
    let replies = at_once(async |n| match n % 2 {
        0 => app.post("/v1/verify", body.clone()).await,
        _ => app.form("/verify", &[("token", token.as_str()), ("password", "another long sentence")]).await,
    })
    .await;
    assert_one_wins(&replies);
    assert_one_customer(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_of_sixteen_registrations_has_one_customer() {
    let app = App::with(setup()).await;
    let mut waiting = Vec::new();
    for _ in 0..MANY {
        let transaction = app.register("ada@example.com").await;
        waiting.push(json!({"transaction": transaction, "code": app.code_to("ada@example.com").await}));
    }
    let replies = at_once(async |n| app.post("/v1/verify", waiting[n].clone()).await).await;
    assert_one(200, &["address-taken"], &replies);
    assert_one_customer(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_sent_again_three_times_at_most() {
    let app = App::with(setup()).await;
    let transaction = app.register("ada@example.com").await;
    app.settle().await;
    let body = json!({"transaction": transaction});
    let replies = at_once(async |_| app.post("/v1/verify/resend", body.clone()).await).await;
    let counts = statuses(&replies);
    assert_eq!(counts.get(&202), Some(&3), "{counts:?}");
    assert!(counts.keys().all(|status| [202, 410, 429].contains(status)), "{counts:?}");
    let codes: Vec<_> = app.mails().await.into_iter().filter_map(|mail| mail.code).collect();
    assert_eq!(codes.len(), 4);
    let mut worked = 0;
    for code in codes.into_iter().rev() {
        worked +=
            usize::from(app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.status == 200);
    }
    assert_eq!(worked, 1);
    assert_one_customer(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_address_happens_once_and_is_undone_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let change = Some(json!({"email": "ada@new.example.com"}));
    let started = ada.call(&app, Method::PUT, "/v1/me/email", change).await.expect(202).str("transaction");
    let body = json!({"transaction": started, "code": app.code_to("ada@new.example.com").await});
    let replies = at_once(async |_| app.post("/v1/verify", body.clone()).await).await;
    assert_one_wins(&replies);
    assert_one_customer(&app).await;
    assert_eq!(World::of(&app).await.queued("email_changed"), 1);

    let token = app.link_token_to("ada@example.com").await;
    let replies = at_once(async |n| {
        let password = format!("the sentence of caller {n}");
        app.form("/verify/undo", &[("token", token.as_str()), ("password", password.as_str())]).await
    })
    .await;
    assert_one_wins(&replies);
    assert_one_customer(&app).await;
    let winner = replies.iter().position(|reply| reply.status == 200).unwrap();
    app.login("ada@example.com", &format!("the sentence of caller {winner}")).await.expect(200);
    assert_eq!(World::of(&app).await.epoch(&ada.sub), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_two_customers_want_goes_to_one_of_them() {
    let app = App::with(setup()).await;
    let mut waiting = Vec::new();
    for n in 0..MANY {
        let person = app.customer(&format!("guest{n}@example.com")).await;
        let change = Some(json!({"email": "wanted@example.com"}));
        let reply = person.call(&app, Method::PUT, "/v1/me/email", change).await.expect(202);
        waiting.push(json!({"transaction": reply.str("transaction"), "code": app.code_to("wanted@example.com").await}));
    }
    let replies = at_once(async |n| app.post("/v1/verify", waiting[n].clone()).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, 1), (409, MANY - 1)]));
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.customers().len(), world.queued("email_changed")), (MANY, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_reset_once_by_code_and_link_together() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let transaction = app.forgotten(&ada.email).await;
    let (code, token) = (app.code_to(&ada.email).await, app.token_of("/recover", &ada.email).await);
    let sentence = |n: usize| format!("the sentence of caller {n}");
    let replies = at_once(async |n| {
        // Five tries has the code, and the link as many as come.
        if n % 4 == 0 {
            let body = json!({"transaction": transaction, "code": code, "password": sentence(n)});
            return app.post("/v1/recover/verify", body).await;
        }
        app.form("/recover", &[("token", token.as_str()), ("password", sentence(n).as_str())]).await
    })
    .await;
    let winners: Vec<_> = (0..MANY).filter(|n| replies[*n].status < 300).collect();
    assert_eq!(winners.len(), 1, "{:?}", statuses(&replies));
    assert_one_has(replies[winners[0]].status, &replies);
    assert_one_customer(&app).await;
    app.login(&ada.email, &sentence(winners[0])).await.expect(200);
    let world = World::of(&app).await;
    assert_eq!((world.epoch(&ada.sub), world.queued("password_changed")), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notices_button_works_once() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    ada.again(&app).await;
    let token = app.token_of("/recover/undo", &ada.email).await;
    let replies = at_once(async |_| app.form("/recover/undo", &[("token", token.as_str())]).await).await;
    assert_one_wins(&replies);
    assert_one_customer(&app).await;
    let world = World::of(&app).await;
    assert_eq!((world.epoch(&ada.sub), world.live_sessions(&ada.sub)), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_code_or_link_begins_one_session() {
    let shop = json!([{"client_id": "shop", "client_name": "Shop", "grant_types": ["refresh_token"], "direct": true,
        "sign_in_uri": "https://shop.example/sign-in"}]);
    let app = App::with(setup().setting("EMAIL_SIGN_IN", "on").setting("CLIENTS", &shop.to_string())).await;
    let ada = app.customer("ada@example.com").await;
    for (round, method) in ["code", "link"].into_iter().enumerate() {
        let body = json!({"email": ada.email, "method": method, "client_id": "shop"});
        let transaction = app.post("/v1/passwordless", body).await.expect(202).str("transaction");
        let mail = app.mail_to(&ada.email).await;
        let body = match mail.code {
            Some(code) => json!({"transaction": transaction, "code": code}),
            None => json!({"transaction": transaction, "token": mail.link.unwrap().split_once("#token=").unwrap().1}),
        };
        let replies = at_once(async |_| app.post("/v1/passwordless/verify", body.clone()).await).await;
        assert_one(200, &["transaction-expired"], &replies);
        assert_one_customer(&app).await;
        assert_eq!(World::of(&app).await.sessions(&ada.sub).len(), 2 + round);
    }
}
