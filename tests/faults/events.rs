//! What no caller waits for: mail, notices, keys, the audit log.

use domain::SignedDuration;
use local::aws::{
    Service,
    faults::{Failure, Fault},
};
use serde_json::{Value, json};
use tests::{App, World};

use super::{a_customer, guest, sweep, sweep_last};

async fn retry(app: &App) -> Result<Value, String> {
    app.system.invoke("mailer", json!({"portico": "retry"})).await
}

/// As the schedule would, for a quarter of an hour at most: afterwards nothing waits.
async fn until_sent(app: &App) {
    let waits = async || app.system.dump("Outbox").await.unwrap().into_iter().find(|item| !item["due"].is_null());
    for _ in 0..15 {
        if waits().await.is_none() {
            break;
        }
        app.advance(SignedDuration::from_mins(1));
        retry(app).await.unwrap();
    }
    assert_eq!(waits().await, None);
}

/// One mail; at most two, where it could not be noted that it was sent.
async fn assert_mailed(app: &App, email: &str, has_code: bool) {
    until_sent(app).await;
    let mails: Vec<_> = app.mails().await.into_iter().filter(|mail| mail.to == email).collect();
    assert!((1..=2).contains(&mails.len()), "{} mails to {email}", mails.len());
    assert!(mails.iter().all(|mail| mail.code.is_some() == has_code));
}

/// Delivers the streams.
async fn deliver(app: &App) -> Result<Value, String> {
    app.system.pump().await.map(Value::from)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_to_a_new_address() {
    let prepare = async |app: &App, n: usize| {
        app.settle().await;
        app.register(&guest(n)).await;
        guest(n)
    };
    sweep(
        "mailer",
        prepare,
        async |app, _| deliver(app).await,
        async |app, email, _| {
            assert_mailed(app, email, true).await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_to_an_address_that_is_taken() {
    let taken = async |app: &App, n: usize| {
        app.customer(&guest(n)).await;
        app.settle().await;
        app.register(&guest(n)).await;
        guest(n)
    };
    sweep(
        "mailer",
        taken,
        async |app, _| deliver(app).await,
        async |app, email, _| {
            until_sent(app).await;
            let mails: Vec<_> = app.mails().await.into_iter().filter(|mail| mail.to == *email).collect();
            assert!((2..=3).contains(&mails.len()), "{} mails to {email}", mails.len());
            assert!(mails.iter().skip(1).all(|mail| mail.code.is_none() && mail.link.is_none()));
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_that_is_tried_again() {
    let prepare = async |app: &App, n: usize| {
        app.settle().await;
        app.system.faults().down(Service::Ses);
        app.register(&guest(n)).await;
        app.settle().await;
        app.system.faults().clear();
        app.advance(SignedDuration::from_mins(2));
        guest(n)
    };
    sweep(
        "mailer",
        prepare,
        async |app, _| retry(app).await,
        async |app, email, _| {
            assert_mailed(app, email, true).await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_that_was_given_up() {
    let prepare = async |app: &App, n: usize| {
        app.settle().await;
        app.system.faults().inject(Fault::new(Failure::Refuse).service(Service::Ses));
        app.register(&guest(n)).await;
        app.settle().await;
        app.system.faults().clear();
        guest(n)
    };
    let act = async |app: &App, _: &String| app.system.invoke("mailer", json!({"portico": "resend_parked"})).await;
    sweep("mailer", prepare, act, async |app, email, seen| {
        assert!(seen.last().is_ok());
        assert_mailed(app, email, true).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_by_sms() {
    let prepare = async |app: &App, n: usize| {
        let person = a_customer(app, n).await;
        app.settle().await;
        let number = tests::number(&person.email);
        let started = person.post(app, "/v1/me/factors/sms", json!({"number": number})).await.expect(202);
        (person, number, started.str("transaction"))
    };
    sweep_last(
        "mailer",
        prepare,
        async |app, _| deliver(app).await,
        async |app, (person, number, transaction), _| {
            assert_mailed(app, number, true).await;
            // In time: an outage of a minute outlasts no code.
            let body = json!({"transaction": transaction, "code": app.code_to(number).await});
            person.post(app, "/v1/me/factors/sms/activate", body).await.expect(201);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notice_of_a_bounce() {
    let act = async |app: &App, email: &String| {
        let bounce = json!({"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": email}]});
        let notice = json!({"notificationType": "Bounce", "bounce": bounce}).to_string();
        let event = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": notice}}]});
        app.system.invoke("mailer", event).await
    };
    sweep(
        "mailer",
        async |_, n| guest(n),
        act,
        async |app, email, seen| {
            assert!(seen.last().is_ok());
            app.register(email).await;
            until_sent(app).await;
            assert!(app.mails().await.iter().all(|mail| mail.to != *email));
            let suppressed = |world: &World| world.directory.iter().filter(|item| item["sk"]["S"] == "SUP").count();
            assert_eq!(suppressed(&seen.after) - suppressed(&seen.before), 1);
        },
    )
    .await;
}

async fn rotated(app: &App) -> Result<Value, String> {
    app.system.invoke("rotate", json!({"portico": "rotate"})).await
}

/// Two keys of each algorithm at most: one that signs and one that is next.
fn signing_keys(world: &World) -> usize {
    world.vault.iter().filter(|item| item["pk"]["S"] == "KEY#signing").count()
}

/// Takes the vault's keys away, as they are not there yet at the first run.
async fn empty_vault(app: &App, n: usize) {
    if n == 0 {
        app.settle().await;
    }
    for item in app.system.dump("Vault").await.unwrap() {
        let input = json!({"TableName": app.system.table("Vault"), "Key": {"pk": item["pk"], "sk": item["sk"]}});
        app.system.operate(Service::DynamoDb, "DeleteItem", input).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_keys() {
    sweep(
        "rotate",
        empty_vault,
        async |app, ()| rotated(app).await,
        async |app, (), seen| {
            assert!(seen.last().is_ok(), "{:?}", seen.last());
            assert_eq!(signing_keys(&seen.after), 2);
            // Two that sign tokens, those that KMS wrapped, and the permanent one.
            assert_eq!(seen.after.vault.len(), 2 + domain::KeyPurpose::WRAPPED.len() + 1);
            assert_eq!(rotated(app).await.unwrap()["signing"], json!([]), "there is nothing left to do");
            app.system.restart_functions();
            app.register("somebody@example.com").await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn next_keys() {
    // Later keys come beside the older ones, and those that left the set are wiped.
    let due = async |app: &App, n: usize| {
        app.advance(SignedDuration::from_hours(31 * 24));
        app.customer(&guest(n)).await
    };
    sweep(
        "rotate",
        due,
        async |app, _| rotated(app).await,
        async |app, person, seen| {
            assert!(seen.last().is_ok(), "{:?}", seen.last());
            assert_eq!(signing_keys(&seen.after) - signing_keys(&seen.before), 2);
            let open =
                seen.after.vault.iter().filter(|item| item["pk"]["S"] == "KEY#signing" && !item["wrapped"].is_null());
            assert!(open.count() <= 4, "older private halves are wiped");
            app.advance(SignedDuration::from_hours(3));
            let signed_in = person.again(app).await;
            signed_in.get(app, "/v1/me").await.expect(200);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_sealed() {
    let prepare = async |app: &App, n: usize| {
        let person = app.customer(&guest(n)).await;
        app.settle().await;
        person.again(app).await
    };
    sweep(
        "audit",
        prepare,
        async |app, _| deliver(app).await,
        async |app, _, seen| {
            // The stream keeps what was refused and brings it again.
            app.settle().await;
            let world = World::of(app).await;
            world.assert_sound();
            world.assert_audited();
            assert_eq!(world.sealed("session.started") - seen.before.sealed("session.started"), 1);
            assert!(app.system.dead_letters().is_empty());
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roots_signed_and_copied() {
    let of = |world: &World, sk: &str| {
        let roots = world.audit.iter().filter(|item| item["pk"]["S"] == "ROOT");
        roots.filter(|item| (item["sk"]["S"] == "HEAD") == (sk == "HEAD")).cloned().collect::<Vec<Value>>()
    };
    let roots = async |app: &App| app.system.invoke("roots", json!({"portico": "roots"})).await;
    let an_hour = async |app: &App, _: usize| app.advance(SignedDuration::from_hours(1));
    sweep(
        "roots",
        an_hour,
        async |app, ()| roots(app).await,
        async |app, (), seen| {
            assert!(seen.last().is_ok(), "{:?}", seen.last());
            let (before, after) = (of(&seen.before, ""), of(&seen.after, ""));
            assert_eq!(after.len() - before.len(), 1, "one root an hour, however often it was tried");
            let head = &of(&seen.after, "HEAD")[0];
            assert_eq!((&head["number"], &head["copied"]), (&json!({"N": after.len().to_string()}), &head["number"]));
            assert_eq!(roots(app).await.unwrap(), json!({"signed": null, "missed": 0, "copied": 0}));
            let report = tests::audited(app, Some("portico-AuditCopies")).await;
            assert_eq!((report.findings.len(), report.warnings.len()), (0, 0), "{report:?}");
            assert_eq!((report.roots, report.copies), (after.len() as u64, after.len() as u64));
        },
    )
    .await;
}
