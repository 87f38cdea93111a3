//! The audit log, read; whose law protects a customer, and what that forbids.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Service, World};

use super::{a_session, assert_unchanged, guest, sweep};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_acts_read() {
    let prepare = async |app: &App, n: usize| {
        let person = a_session(app, n).await;
        app.advance(SignedDuration::from_mins(6));
        app.settle().await;
        person
    };
    let act = async |app: &App, person: &Person| person.get(app, "/v1/me/audit").await;
    sweep("GET /v1/me/audit", prepare, act, async |_, person, seen| {
        let shown = seen.last().clone().expect(200);
        let acts = shown["acts"].as_array().unwrap();
        let own = format!("CUS#{}", person.sub);
        let sealed = seen.before.audit.iter().filter(|item| item["pk"]["S"] == own).count();
        assert_eq!(acts.len(), sealed.min(50));
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_searched() {
    let prepare = async |app: &App, n: usize| {
        if n == 0 {
            app.customer("ada@example.com").await;
        }
        app.settle().await;
        app.operator("admin:audit").await
    };
    let act = async |app: &App, desk: &Service| desk.get(app, "/v1/admin/audit?kind=customer.created").await;
    sweep("GET /v1/admin/audit", prepare, act, async |_, _, seen| {
        assert_eq!(seen.last().clone().expect(200)["acts"].as_array().unwrap().len(), 1);
        // Once for each time that somebody asked and may have been answered.
        let recorded = seen.after.sealed("audit.searched") - seen.before.sealed("audit.searched");
        assert!((1..=1 + usize::from(seen.again.is_some())).contains(&recorded), "{recorded}");
    })
    .await;
}

async fn jurisdiction(app: &App, office: &Service, person: &Person, of: &str) -> tests::Reply {
    let path = format!("/v1/admin/customers/{}/jurisdiction", person.sub);
    office.call(app, Method::PUT, &path, Some(json!({"jurisdiction": of}))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jurisdiction_changed() {
    let prepare = async |app: &App, n: usize| (a_session(app, n).await, app.operator("admin:residency").await);
    let act = async |app: &App, (person, office): &(Person, Service)| jurisdiction(app, office, person, "FR").await;
    sweep("PUT /v1/admin/customers/{id}/jurisdiction", prepare, act, async |app, (person, _), seen| {
        seen.last().clone().expect(204);
        assert_eq!(person.get(app, "/v1/me").await.expect(200)["jurisdiction"], "FR");
        let recorded = seen.after.sealed("jurisdiction.changed") - seen.before.sealed("jurisdiction.changed");
        assert!((1..=1 + usize::from(seen.again.is_some())).contains(&recorded), "{recorded}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_that_may_not_be_sent() {
    let prepare = async |app: &App, n: usize| {
        let person = app.customer(&guest(n)).await;
        jurisdiction(app, &app.operator("admin:residency").await, &person, "AQ").await.expect(204);
        app.settle().await;
        app.forgotten(&person.email).await;
        person
    };
    let act = async |app: &App, _: &Person| app.system.pump().await.map(Value::from);
    sweep("mailer", prepare, act, async |app, person, seen| {
        for _ in 0..15 {
            app.advance(SignedDuration::from_mins(1));
            app.system.invoke("mailer", json!({"portico": "retry"})).await.unwrap();
        }
        let mails = app.mails().await;
        assert_eq!(mails.iter().filter(|mail| mail.to == person.email).count(), 1, "that of the registration alone");
        let world = World::of(app).await;
        assert!(world.outbox.iter().all(|item| item["due"].is_null()), "nothing waits");
        assert_eq!(world.sealed("transfer.refused") - seen.before.sealed("transfer.refused"), 1, "recorded once");
    })
    .await;
}
