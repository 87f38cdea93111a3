//! `functions/dsar_reminders`.

use domain::SignedDuration;
use local::aws::Service;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Setup, World};

const CONTACT: &str = "privacy@example.com";

async fn begin(setup: Setup) -> (App, tests::Person, tests::Service) {
    let app = App::with(setup.operated()).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:requests").await;
    (app, ada, desk)
}

async fn remind(app: &App) -> u64 {
    let answer = app.system.invoke("dsar_reminders", json!({"portico": "remind"})).await.unwrap();
    answer["told"].as_u64().unwrap()
}

fn days(n: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n)
}

fn request(person: &tests::Person) -> Option<Value> {
    Some(json!({"type": "access", "law": "gdpr", "customer": person.sub, "identified_by": "Passport"}))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_answers_is_told_a_week_and_a_day_before_and_when_it_is_late() {
    let (app, ada, desk) = begin(Setup::default().parameter("PrivacyContact", CONTACT)).await;
    let id = desk.call(&app, Method::POST, "/v1/admin/requests", request(&ada)).await.expect(201).str("id");
    let subjects = async || {
        let mails = app.mails().await.into_iter().filter(|mail| mail.to == CONTACT);
        mails.map(|mail| (mail.subject, mail.text)).collect::<Vec<_>>()
    };
    app.advance(days(22));
    assert_eq!((remind(&app).await, subjects().await.len()), (0, 0));
    for (after, told) in [(1, 1), (0, 0), (3, 0), (3, 1), (0, 0), (1, 1), (5, 0)] {
        app.advance(days(after));
        assert_eq!(remind(&app).await, told, "after {after} days");
        app.settle().await;
    }
    let mails = subjects().await;
    let late: Vec<_> = mails.iter().map(|(subject, _)| subject.contains("overdue")).collect();
    assert_eq!(late, [false, false, true]);
    for (_, text) in &mails {
        assert!(text.contains(&id) && text.contains("14 February 2027") && !text.contains("ada@"), "{text}");
    }
    World::of(&app).await.assert_sound();
    assert_eq!(World::of(&app).await.sealed("request.reminded"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_time_begins_anew_and_what_is_closed_is_quiet() {
    let (app, ada, desk) = begin(Setup::default().parameter("PrivacyContact", CONTACT)).await;
    let id = desk.call(&app, Method::POST, "/v1/admin/requests", request(&ada)).await.expect(201).str("id");
    app.advance(days(29));
    // What was missed is not made up for: one mail says what is the case.
    assert_eq!(remind(&app).await, 1);
    let desk = app.operator("admin:requests").await;
    let change = async |body: Value| {
        desk.call(&app, Method::PATCH, &format!("/v1/admin/requests/{id}"), Some(body)).await.expect(200);
    };
    change(json!({"extended_because": "Several systems."})).await;
    assert_eq!(remind(&app).await, 0);
    app.advance(days(55));
    assert_eq!(remind(&app).await, 1);
    let desk = app.operator("admin:requests").await;
    let close = Some(json!({"outcome": "fulfilled"}));
    desk.call(&app, Method::PATCH, &format!("/v1/admin/requests/{id}"), close).await.expect(200);
    app.advance(days(20));
    assert_eq!(remind(&app).await, 0);
    assert!(!format!("{:?}", World::of(&app).await.directory).contains("\"REQUESTS\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_contact_the_log_says_so_and_nothing_is_lost() {
    let (app, ada, desk) = begin(Setup::default()).await;
    desk.call(&app, Method::POST, "/v1/admin/requests", request(&ada)).await.expect(201);
    app.advance(days(31));
    assert_eq!(remind(&app).await, 0);
    assert!(app.log().iter().any(|line| line.contains("PRIVACY_CONTACT is not set")));
    assert!(app.log().iter().any(|line| line.contains("\"RequestsOverdue\":1")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_somebody_who_was_erased_is_forgotten() {
    let (app, ada, desk) = begin(Setup::default().parameter("PrivacyContact", CONTACT)).await;
    let id = desk.call(&app, Method::POST, "/v1/admin/requests", request(&ada)).await.expect(201).str("id");
    let key = json!({"pk": {"S": format!("CUS#{}", ada.sub)}, "sk": {"S": format!("REQUEST#{id}")}});
    let input = json!({"TableName": app.system.table("Directory"), "Key": key});
    app.system.operate(Service::DynamoDb, "DeleteItem", input).await.unwrap();
    app.advance(days(25));
    assert_eq!(remind(&app).await, 0);
    assert!(!format!("{:?}", World::of(&app).await.directory).contains("\"REQUESTS\""));
    assert!(!app.mails().await.iter().any(|mail| mail.to == CONTACT));
}
