//! Asking to be erased, and changing one's mind. (The run itself: `routes/eraser.rs`, where it is killed at
//! every step.)

use reqwest::Method;
use serde_json::json;
use tests::{App, Person, Reply, Service, World};

use super::{Seen, a_customer, a_session, assert_unchanged, sweep, sweep_last};

/// The status in somebody's security item.
fn status(world: &World, person: &Person) -> String {
    world.of_customer(&person.sub, "SECURITY").unwrap()["status"]["S"].as_str().unwrap().to_owned()
}

/// Done, or done before by a request whose answer was lost.
#[track_caller]
fn assert_done(seen: &Seen<Reply>, refused: u16) {
    let is_refused = seen.again.is_some() && seen.last().status == refused;
    assert!(seen.last().status < 300 || is_refused, "{}", seen.last().text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasure_asked_for() {
    let act = async |app: &App, person: &Person| person.leave(app).await;
    sweep("POST /v1/me/erasure", a_customer, act, async |app, person, seen| {
        assert_done(seen, 401);
        assert_eq!((seen.after.epoch(&person.sub), seen.after.live_sessions(&person.sub)), (2, 0));
        assert_eq!(seen.after.queued("erasure_requested") - seen.before.queued("erasure_requested"), 1);
        person.at_the_door(app).await;
        let token = app.token_of("/erasure/withdraw", &person.email).await;
        app.form("/erasure/withdraw", &[("token", &token)]).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasure_looked_at() {
    let act = async |app: &App, person: &Person| person.get(app, "/v1/me/erasure").await;
    sweep("GET /v1/me/erasure", a_session, act, async |_, _, seen| {
        seen.last().clone().expect(200);
        assert_unchanged(seen);
    })
    .await;
}

/// Somebody at the door, with what opens it and what their mail says.
async fn leaving(app: &App, n: usize) -> (Person, String, String) {
    let person = a_customer(app, n).await;
    person.leave(app).await.expect(202);
    let transaction = person.at_the_door(app).await;
    let token = app.token_of("/erasure/withdraw", &person.email).await;
    (person, transaction, token)
}

async fn assert_stays(app: &App, (person, ..): &(Person, String, String), seen: &Seen<Reply>) {
    assert_done(seen, 410);
    assert!(status(&seen.after, person).contains("active"));
    assert_eq!(seen.after.queued("erasure_withdrawn") - seen.before.queued("erasure_withdrawn"), 1);
    person.again(app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasure_withdrawn_at_the_door() {
    let act = async |app: &App, (_, transaction, _): &(Person, String, String)| app.stay(transaction).await;
    sweep("POST /v1/erasure/withdraw", leaving, act, assert_stays).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasure_withdrawn_by_the_button() {
    let act = async |app: &App, (_, _, token): &(Person, String, String)| {
        app.form("/erasure/withdraw", &[("token", token.as_str())]).await
    };
    sweep("POST /erasure/withdraw", leaving, act, assert_stays).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_of_an_erasure() {
    let act = async |app: &App, (_, _, token): &(Person, String, String)| {
        app.get(&format!("/erasure/withdraw?token={token}")).await
    };
    sweep("GET /erasure/withdraw", leaving, act, async |app, (_, transaction, _), seen| {
        seen.last().clone().expect(200);
        assert_unchanged(seen);
        app.stay(transaction).await.expect(204);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_of_somebody_who_is_leaving() {
    let act =
        async |app: &App, (person, ..): &(Person, String, String)| app.login(&person.email, &person.password).await;
    sweep("POST /v1/login by leaving", leaving, act, async |app, _, seen| {
        let transaction = seen.last().clone().expect(200).str("transaction");
        assert_unchanged(seen);
        app.stay(&transaction).await.expect(204);
    })
    .await;
}

/// An administrator, and a customer of whom they have the word.
async fn ordered(app: &App, n: usize) -> (Person, Service) {
    (a_customer(app, n).await, app.operator("admin:erasure").await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasure_ordered_and_taken_back() {
    let act = async |app: &App, (person, desk): &(Person, Service)| {
        let path = format!("/v1/admin/customers/{}/erasure", person.sub);
        desk.call(app, Method::POST, &path, Some(json!({"reason": "Asked by letter."}))).await
    };
    sweep("POST /v1/admin/customers/{id}/erasure", ordered, act, async |app, (person, desk), seen| {
        assert_eq!(seen.last().clone().expect(202)["status"], "pending");
        assert_eq!(seen.after.queued("erasure_requested") - seen.before.queued("erasure_requested"), 1);
        let path = format!("/v1/admin/customers/{}/erasure", person.sub);
        desk.call(app, Method::DELETE, &path, None).await.expect(204);
        person.again(app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasure_that_fulfils_a_request() {
    let prepare = async |app: &App, n: usize| {
        let (person, desk) = (a_customer(app, n).await, app.operator("admin:erasure admin:requests").await);
        let body = json!({"type": "erasure", "law": "gdpr", "customer": person.sub, "identified_by": "Passport"});
        let id = desk.call(app, Method::POST, "/v1/admin/requests", Some(body)).await.expect(201).str("id");
        (person, desk, id)
    };
    let act = async |app: &App, (person, desk, id): &(Person, Service, String)| {
        let path = format!("/v1/admin/customers/{}/erasure", person.sub);
        desk.call(app, Method::POST, &path, Some(json!({"reason": "Asked by letter.", "request_id": id}))).await
    };
    let title = "POST /v1/admin/customers/{id}/erasure by fulfilling";
    sweep_last(title, prepare, act, async |app, (person, desk, id), seen| {
        // Asked again where the answer was lost, it is the one that waits.
        assert_eq!(seen.last().clone().expect(202)["status"], "pending");
        assert!(status(&seen.after, person).contains("erasure_pending"));
        let request = desk.get(app, &format!("/v1/admin/requests/{id}")).await.expect(200);
        assert_eq!(
            (request["status"].clone(), request["closing"]["outcome"].clone()),
            (json!("closed"), json!("fulfilled"))
        );
        for kind in ["request.closed", "erasure.requested"] {
            assert_eq!(seen.after.sealed(kind) - seen.before.sealed(kind), 1, "{kind}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hold_placed_and_lifted() {
    let leaving = async |app: &App, n: usize| {
        let (person, desk) = ordered(app, n).await;
        person.leave(app).await.expect(202);
        (person, desk)
    };
    let act = async |app: &App, (person, desk): &(Person, Service)| {
        let path = format!("/v1/admin/customers/{}/holds", person.sub);
        let body = json!({"reason": "Claim 4711.", "until": "2028-01-01T00:00:00Z"});
        desk.call(app, Method::POST, &path, Some(body)).await
    };
    sweep("POST /v1/admin/customers/{id}/holds", leaving, act, async |app, (person, desk), seen| {
        seen.last().clone().expect(201);
        // Told once: the second one has no news.
        assert_eq!(seen.after.queued("erasure_on_hold") - seen.before.queued("erasure_on_hold"), 1);
        let path = format!("/v1/admin/customers/{}/holds", person.sub);
        let listed = desk.get(app, &path).await.expect(200);
        let listed = listed["holds"].as_array().unwrap();
        // One, or two where the first answer was lost: both hold the same.
        assert!(listed.len() == 1 || listed.len() == 2 && seen.again.is_some(), "{listed:?}");
        for hold in listed {
            let path = format!("{path}/{}", hold["id"].as_str().unwrap());
            desk.call(app, Method::DELETE, &path, None).await.expect(204);
        }
        let door = app.login(&person.email, &person.password).await.expect(200);
        assert!(door["status"] == "erasure_pending" && door["on_hold_until"].is_null(), "{}", door.text);
    })
    .await;
}
