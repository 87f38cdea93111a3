//! `functions/mailer`.

use domain::SignedDuration;
use local::aws::Service;
use serde_json::{Value, json};
use tests::App;

/// SES's notice about an address, as its topic brings it.
fn notice(kind: &str, address: &str) -> Value {
    let message = match kind {
        "Complaint" => {
            json!({"notificationType": kind, "complaint": {"complainedRecipients": [{"emailAddress": address}]}})
        }
        bounce => json!({"notificationType": "Bounce", "bounce": {
            "bounceType": bounce, "bouncedRecipients": [{"emailAddress": address}]}}),
    };
    json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message.to_string()}}]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_to_an_address_that_bounced_or_complained() {
    let app = App::start().await;
    app.system.invoke("mailer", notice("Permanent", "gone@example.com")).await.unwrap();
    app.system.invoke("mailer", notice("Complaint", "cross@example.com")).await.unwrap();
    app.system.invoke("mailer", notice("Transient", "full@example.com")).await.unwrap();
    for address in ["gone@example.com", "cross@example.com", "full@example.com"] {
        app.register(address).await;
    }
    let sent: Vec<_> = app.mails().await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(sent, ["full@example.com"]);
    app.advance(SignedDuration::from_hours(31 * 24));
    app.register("gone@example.com").await;
    app.mail_to("gone@example.com").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_leaves_nothing_behind_and_mail_waits_encrypted() {
    let app = App::start().await;
    app.system.faults().down(Service::Ses);
    app.register("ada@example.com").await;
    app.settle().await;
    let waiting = app.system.dump("Outbox").await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0]["body"]["B"].is_string() && !waiting[0].to_string().contains("ada@"));
    assert!(app.mails().await.is_empty());
    app.system.faults().up(Service::Ses);
    app.advance(SignedDuration::from_mins(5));
    app.system.invoke("mailer", json!({"portico": "retry"})).await.unwrap();
    assert_eq!(app.mails().await.len(), 1);
    app.system.invoke("mailer", json!({"portico": "retry"})).await.unwrap();
    assert_eq!(app.mails().await.len(), 1);
    let sent = app.system.dump("Outbox").await.unwrap();
    assert!(sent[0]["body"].is_null() && sent[0]["due"].is_null() && sent[0]["ttl"]["N"].is_string(), "{sent:?}");
}
