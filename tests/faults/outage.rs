//! The mail provider is away for an hour, or refuses for good.

use domain::SignedDuration;
use local::aws::{
    Service,
    faults::{Failure, Fault},
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::App;

async fn minute(app: &App) {
    app.advance(SignedDuration::from_mins(1));
    app.system.invoke("mailer", json!({"portico": "retry"})).await.unwrap();
}

async fn waiting(app: &App) -> Vec<Value> {
    let items = app.system.dump("Outbox").await.unwrap();
    items.into_iter().filter(|item| !item["due"].is_null()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_ses_loses_no_mail_and_doubles_none() {
    let app = App::with(super::setup()).await;
    let ada = app.customer("ada@example.com").await;
    let sent = app.mails().await.len();

    app.system.faults().down(Service::Ses);
    let mut wanted = Vec::new();
    let mut ada = ada;
    for minute_of_outage in 0..60 {
        if minute_of_outage % 4 == 0 {
            let email = format!("guest{minute_of_outage}@example.com");
            app.register(&email).await;
            wanted.push(email);
        }
        if minute_of_outage % 20 == 10 {
            ada = ada.again(&app).await;
            let new_password = format!("the sentence of minute {minute_of_outage}");
            let body = json!({"new_password": new_password});
            ada.call(&app, Method::PUT, "/v1/me/password", Some(body)).await.expect(204);
            ada.password = new_password;
            wanted.push(ada.email.clone());
        }
        app.settle().await;
        minute(&app).await;
    }
    assert_eq!(app.mails().await.len(), sent, "nothing can be sent");
    assert_eq!(waiting(&app).await.len(), wanted.len());

    app.system.faults().up(Service::Ses);
    for _ in 0..90 {
        minute(&app).await;
    }
    let mut got: Vec<_> = app.mails().await.into_iter().skip(sent).map(|mail| mail.to).collect();
    got.sort();
    wanted.sort();
    assert_eq!(got, wanted, "each mail once");
    assert!(waiting(&app).await.is_empty(), "nothing is parked");
    // Every mail goes out within the hour after, however long it has waited.
    tests::World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_for_good_is_parked_counted_and_sent_by_command() {
    let app = App::with(super::setup()).await;
    let refused = Fault::new(Failure::Refuse).service(Service::Ses);
    app.system.faults().inject(refused);
    app.register("ada@example.com").await;
    app.settle().await;
    for _ in 0..5 {
        minute(&app).await;
    }
    let parked = waiting(&app).await;
    assert_eq!((parked.len(), parked[0]["due"]["S"].as_str()), (1, Some("parked")));
    assert_eq!(parked[0]["attempts"]["N"], "1", "what is refused for good is not tried again");
    let counted = app.log().iter().any(|line| line.contains("\"MailParked\":1"));
    assert!(counted, "there is a metric to alarm on");

    app.system.faults().clear();
    let answer = app.system.invoke("mailer", json!({"portico": "resend_parked"})).await.unwrap();
    assert_eq!(answer, json!({"resent": 1, "failed": 0}));
    app.mail_to("ada@example.com").await;
    assert!(waiting(&app).await.is_empty());
    let again = app.system.invoke("mailer", json!({"portico": "resend_parked"})).await.unwrap();
    assert_eq!(again, json!({"resent": 0, "failed": 0}));
    assert_eq!(app.mails().await.len(), 1);
}
