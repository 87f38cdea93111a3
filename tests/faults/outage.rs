//! A service is away: SES for an hour, or for one mail for good; KMS, while functions are warm.

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
    let mut ada = app.customer("ada@example.com").await;
    let sent = app.mails().await.len();

    app.system.faults().down(Service::Ses);
    let mut wanted = Vec::new();
    for minute_of_outage in 0..60 {
        if minute_of_outage % 4 == 0 {
            let email = format!("guest{minute_of_outage}@example.com");
            app.register(&email).await;
            wanted.push(email);
        }
        if minute_of_outage % 20 == 10 {
            // Told twice: of the device that is not known, and of the password.
            ada = ada.again(&app).await;
            wanted.push(ada.email.clone());
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
    // The longest wait between two attempts is an hour and a quarter.
    for _ in 0..75 {
        minute(&app).await;
    }
    let mut got: Vec<_> = app.mails().await.into_iter().skip(sent).map(|mail| mail.to).collect();
    got.sort();
    wanted.sort();
    assert_eq!(got, wanted, "each mail once");
    assert!(waiting(&app).await.is_empty(), "nothing is parked");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_by_sms_comes_when_sns_is_back_and_is_still_good() {
    let app = App::with(super::setup()).await;
    let who = app.equipped("ada@example.com", "sms").await;
    let number = tests::number(&who.person.email);
    let texts = async || app.mails().await.into_iter().filter(|mail| mail.to == number).count();
    assert_eq!(texts().await, 1);
    let transaction = who.person.half_way(&app).await;
    app.system.faults().down(Service::Sns);
    app.challenge(&transaction, "sms").await.expect(200);
    app.settle().await;
    minute(&app).await;
    assert_eq!((texts().await, waiting(&app).await.len()), (1, 1), "nothing can be sent, and nothing is lost");
    app.system.faults().up(Service::Sns);
    for _ in 0..8 {
        minute(&app).await;
    }
    assert_eq!((texts().await, waiting(&app).await.len()), (2, 0), "it is sent once");
    app.mfa(&transaction, "sms", json!({"code": app.code_to(&number).await})).await.expect(200);

    // What SNS will never take is given up at once and counted; the customer asks for another.
    let transaction = who.person.half_way(&app).await;
    app.system.faults().inject(Fault::new(Failure::Refuse).service(Service::Sns));
    app.challenge(&transaction, "sms").await.expect(200);
    app.settle().await;
    app.system.faults().clear();
    minute(&app).await;
    let parked = waiting(&app).await;
    assert_eq!((texts().await, parked.len(), parked[0]["due"]["S"].as_str()), (2, 1, Some("parked")));
    assert!(app.log().iter().any(|line| line.contains("\"MailParked\":1")));
    let proof = who.proof(&app, &transaction).await;
    app.mfa(&transaction, "sms", proof).await.expect(200);
    tests::World::of(&app).await.assert_sound();
}

/// Registration, sign-in, refresh, changes: one life of a customer.
async fn life(app: &App, email: &str) {
    let person = app.customer(email).await;
    let person = person.again(app).await;
    let access = app.refresh(&person.refresh).await.expect(200).str("access_token");
    app.send(app.request(Method::GET, "/v1/me").bearer_auth(access)).await.expect(200);
    person.call(app, Method::PATCH, "/v1/me", Some(json!({"locale": "de"}))).await.expect(200);
    person.call(app, Method::PUT, "/v1/me/password", Some(json!({"new_password": "a new sentence"}))).await.expect(204);
    person.get(app, "/v1/me/sessions").await.expect(200);
    person.call(app, Method::POST, "/v1/logout", None).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn warm_functions_do_not_notice_that_kms_is_away() {
    let app = App::with(super::setup()).await;
    life(&app, "ada@example.com").await;
    app.settle().await;
    app.system.faults().down(Service::Kms);
    app.take_calls();
    life(&app, "bob@example.com").await;
    app.settle().await;
    assert!(app.take_calls().iter().all(|call| call.service != Service::Kms));
    app.system.faults().up(Service::Kms);

    // Cold ones say so, and go on when it is back.
    let ada = app.customer("carol@example.com").await;
    app.system.restart_functions();
    app.system.faults().down(Service::Kms);
    app.login(&ada.email, &ada.password).await.problem(503, "unavailable");
    app.refresh(&ada.refresh).await.oauth(503, "temporarily_unavailable");
    app.system.faults().up(Service::Kms);
    app.login(&ada.email, &ada.password).await.expect(200);
    app.refresh(&ada.refresh).await.expect(200);
    tests::World::of(&app).await.assert_sound();
}
