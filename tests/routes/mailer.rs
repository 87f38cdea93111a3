//! `functions/mailer`.

use domain::SignedDuration;
use local::aws::Service;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Setup, World};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_table_of_transfers_has_no_ground_for_is_not_sent_and_is_on_record() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let office = app.operator("admin:residency").await;
    let path = format!("/v1/admin/customers/{}/jurisdiction", ada.sub);
    let put = async |to: &str| office.call(&app, Method::PUT, &path, Some(json!({"jurisdiction": to}))).await;
    assert_eq!(ada.get(&app, "/v1/me").await.expect(200)["jurisdiction"], "US", "the region's");
    put("AQ").await.expect(204);
    assert_eq!(ada.get(&app, "/v1/me").await.expect(200)["jurisdiction"], "AQ");
    let before = app.mails().await.len();

    // One mail whose flow knew her, one of which the mailer finds out whose it is.
    ada.again(&app).await;
    app.forgotten("ada@example.com").await;
    assert_eq!(app.mails().await.len(), before, "nothing went out");
    let outbox = app.system.dump("Outbox").await.unwrap();
    let refused: Vec<_> = outbox.iter().filter(|item| item["outcome"]["S"] == "refused").collect();
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(|item| item["body"].is_null() && item["due"].is_null() && !item["ttl"].is_null()));
    assert!(refused.iter().all(|item| item["to"].is_null() && item["about"].is_null()), "nor whom it was for");
    app.advance(SignedDuration::from_hours(2));
    app.system.invoke("mailer", json!({"portico": "retry"})).await.unwrap();
    app.system.invoke("mailer", json!({"portico": "resend_parked"})).await.unwrap();
    assert_eq!(app.mails().await.len(), before, "and is not tried again");

    let world = World::of(&app).await;
    assert_eq!((world.sealed("transfer.refused"), world.sealed("jurisdiction.changed")), (2, 1));
    // (By now nobody may be told of a new device; a known one needs no mail.)
    let known = json!({"email": ada.email, "password": ada.password, "device_token": ada.device});
    let ada = Person::signed_in(&ada.email, &ada.password, &app.post("/v1/login", known).await.expect(200));
    let office = app.operator("admin:residency").await;
    let put = async |to: &str| office.call(&app, Method::PUT, &path, Some(json!({"jurisdiction": to}))).await;
    let own = ada.get(&app, "/v1/me/audit").await.expect(200);
    assert_eq!(own["acts"].as_array().unwrap().iter().filter(|act| act["kind"] == "transfer.refused").count(), 2);
    let log = app.log();
    let line = log.iter().find(|line| line.contains("no ground for ses in US")).unwrap();
    assert!(line.contains("TransfersRefused") || log.iter().any(|line| line.contains("TransfersRefused")), "{line}");
    assert!(!log.iter().any(|line| line.contains("ada@")));

    put("FR").await.expect(204);
    app.forgotten("ada@example.com").await;
    assert_eq!(app.mails().await.len(), before + 1, "adequate: the EU-US Data Privacy Framework");
    put("XX").await.problem(422, "invalid-fields");
    put("fr").await.problem(422, "invalid-fields");
    let nobody = "/v1/admin/customers/cus_01hf7yat00e9j8b5v2m3n4p6q7/jurisdiction";
    office.call(&app, Method::PUT, nobody, Some(json!({"jurisdiction": "FR"}))).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sms_goes_through_the_same_gate() {
    let table = json!({
        "recipients": {
            "ses": {"name": "Mail", "role": "processor", "sends": ["mail"]},
            "sns": {"name": "SMS", "role": "processor", "sends": ["SMS"], "country": "SG"},
            "relying_parties": {"name": "Apps", "role": "controller", "sends": ["ids"]}
        },
        "groups": {},
        "rules": [{"from": ["US"], "to": ["SG"], "ground": "contract", "basis": "49(1)(b)", "until": "2027-01-16T00:00:00Z"}]
    });
    let setup = Setup::default().parameter("SmsCountries", "DE").setting("TRANSFERS", &table.to_string());
    let app = App::with(setup).await;
    let ada = app.customer("ada@example.com").await;
    let ask = async |number: &str| {
        ada.again(&app)
            .await
            .call(&app, Method::POST, "/v1/me/factors/sms", Some(json!({"number": number})))
            .await
            .expect(202);
        app.mails().await.iter().filter(|mail| mail.to == number).count()
    };
    assert_eq!(ask("+4915112345678").await, 1);
    app.advance(SignedDuration::from_hours(24));
    assert_eq!(ask("+4915112345679").await, 0, "the ground has ended");
    assert_eq!(World::of(&app).await.sealed("transfer.refused"), 1);
    let own = ada.again(&app).await.get(&app, "/v1/me/audit").await.expect(200);
    let kinds: Vec<_> = own["acts"].as_array().unwrap().iter().map(|act| act["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"transfer.refused"), "it names whom it was for: {kinds:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_that_waits_goes_by_the_law_of_the_day_on_which_it_is_sent() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let office = app.operator("admin:residency").await;
    let path = format!("/v1/admin/customers/{}/jurisdiction", ada.sub);
    let before = app.mails().await.len();
    // Her flow knew her, and by whose law she was protected then.
    app.system.faults().down(Service::Ses);
    ada.again(&app).await;
    app.settle().await;
    office.call(&app, Method::PUT, &path, Some(json!({"jurisdiction": "AQ"}))).await.expect(204);
    app.system.faults().up(Service::Ses);
    app.advance(SignedDuration::from_mins(5));
    app.system.invoke("mailer", json!({"portico": "retry"})).await.unwrap();
    assert_eq!(app.mails().await.len(), before);
    assert_eq!(World::of(&app).await.sealed("transfer.refused"), 1);
}
