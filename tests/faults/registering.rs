//! From an address to a customer.

use reqwest::Method;
use serde_json::json;
use tests::{App, Person, Reply};

use super::{Seen, guest, sweep};

const PASSWORD: &str = "a rather long sentence";

/// A registration that waits.
struct Pending {
    email: String,
    transaction: String,
    code: String,
    link: String,
}

async fn pending(app: &App, n: usize) -> Pending {
    let email = guest(n);
    let transaction = app.register(&email).await;
    let mail = app.mail_to(&email).await;
    let link = mail.link.unwrap().split_once("token=").unwrap().1.to_owned();
    Pending { email, transaction, code: mail.code.unwrap(), link }
}

fn verify(app: &App, transaction: &str, code: &str) -> impl Future<Output = Reply> {
    app.post("/v1/verify", json!({"transaction": transaction, "code": code}))
}

/// The code of one of the mails to this address is good. (Mails that wait together go out in any order.)
async fn assert_a_code_works(app: &App, email: &str, transaction: &str) {
    let mails = app.mails().await;
    for mail in mails.iter().rev().filter(|mail| mail.to == email) {
        let reply = verify(app, transaction, mail.code.as_deref().unwrap()).await;
        if reply.status == 200 {
            return;
        }
        reply.problem(422, "invalid-code");
    }
    panic!("no code works");
}

async fn mails_to(app: &App, email: &str) -> usize {
    app.mails().await.iter().filter(|mail| mail.to == email).count()
}

fn new_customers<R>(seen: &Seen<R>) -> usize {
    seen.after.customers().difference(&seen.before.customers()).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn register() {
    let act = async |app: &App, email: &String| {
        app.post(
            "/v1/register",
            json!({"email": email, "password": PASSWORD, "consents": {"product_improvement": true}}),
        )
        .await
    };
    sweep(
        "POST /v1/register",
        async |_, n| guest(n),
        act,
        async |app, email, seen| {
            let transaction = seen.last().clone().expect(202).str("transaction");
            // A registration whose answer was lost is one that nobody can verify.
            let started = seen.after.one_time("registration").len() - seen.before.one_time("registration").len();
            assert!(started == 1 || started == 2 && seen.again.is_some(), "{started} registrations");
            assert_eq!(mails_to(app, email).await, started);
            assert_eq!(new_customers(seen), 0);
            assert_a_code_works(app, email, &transaction).await;
            app.login(email, PASSWORD).await.expect(200);
        },
    )
    .await;
}

/// Whoever verified is signed in; if that answer was lost, they are a customer who can sign in.
async fn assert_customer(app: &App, pending: &Pending, seen: &Seen<Reply>, password: &str) {
    let reply = seen.last();
    match reply.status {
        200 => {}
        410 => assert!(seen.again.is_some(), "{}", reply.text),
        _ => panic!("{} {}", reply.status, reply.text),
    }
    assert_eq!(new_customers(seen), 1);
    // Signing in on a device that is not known is told, too.
    assert_eq!(mails_to(app, &pending.email).await, 1);
    let reply = app.login(&pending.email, password).await.expect(200);
    let person = Person::signed_in(&pending.email, password, &reply);
    assert_eq!(person.get(app, "/v1/me").await.expect(200)["email"], pending.email.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_by_code() {
    let act = async |app: &App, of: &Pending| verify(app, &of.transaction, &of.code).await;
    sweep("POST /v1/verify", pending, act, async |app, pending, seen| {
        if seen.last().status == 200 {
            let access = seen.last().str("access_token");
            app.send(app.request(Method::GET, "/v1/me").bearer_auth(access)).await.expect(200);
            app.refresh(&seen.last().str("refresh_token")).await.expect(200);
        }
        let customer = seen.after.customers().difference(&seen.before.customers()).next().cloned().unwrap();
        assert_eq!(seen.after.live_sessions(&customer), 1);
        assert_customer(app, pending, seen, PASSWORD).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_by_link() {
    let act = async |app: &App, of: &Pending| {
        app.form("/verify", &[("token", of.link.as_str()), ("password", "another long sentence")]).await
    };
    sweep("POST /verify", pending, act, async |app, pending, seen| {
        app.login(&pending.email, PASSWORD).await.problem(401, "invalid-credentials");
        assert_customer(app, pending, seen, "another long sentence").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_of_the_link() {
    let act = async |app: &App, of: &Pending| app.get(&format!("/verify?token={}", of.link)).await;
    sweep("GET /verify", pending, act, async |app, of, seen| {
        seen.last().clone().expect(200);
        assert_eq!(new_customers(seen), 0);
        verify(app, &of.transaction, &of.code).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resend() {
    let act =
        async |app: &App, of: &Pending| app.post("/v1/verify/resend", json!({"transaction": of.transaction})).await;
    sweep("POST /v1/verify/resend", pending, act, async |app, of, seen| {
        seen.last().clone().expect(202);
        let mails = mails_to(app, &of.email).await;
        assert!(mails == 2 || mails == 3 && seen.again.is_some(), "{mails} mails");
        assert_a_code_works(app, &of.email, &of.transaction).await;
    })
    .await;
}
