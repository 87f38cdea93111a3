//! Whoever does not know whether an address has an account does not learn it: the same answer, the
//! same AWS calls, the same units.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Browser, Person, Reply, Setup, WEB, tampered};

/// What a stranger could measure of a request.
#[derive(Debug, PartialEq)]
struct Traces {
    status: u16,
    /// Body without the ids that are new with each request: names, kinds and lengths of values.
    shape: Value,
    length: usize,
    headers: BTreeSet<(String, String)>,
    /// Each AWS call: function, service, action, tables, units, the error's name.
    calls: Vec<String>,
}

/// Traces of a request. What the streams cause is delivered before and after, not during it.
async fn traces(app: &App, request: reqwest::RequestBuilder) -> (Traces, Reply) {
    app.settle().await;
    app.take_calls();
    let reply = app.send(request).await;
    let mut calls: Vec<String> = app
        .take_calls()
        .into_iter()
        .map(|call| {
            format!(
                "{} {:?} {} {:?} reads {} writes {} {:?}",
                call.function, call.service, call.action, call.tables, call.read_units, call.write_units, call.error
            )
        })
        .collect();
    // Some go out together, and arrive in any order.
    calls.sort();
    let own = ["x-request-id", "date"];
    let headers = reply
        .headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let traces = Traces { status: reply.status, shape: shape(&reply.body), length: reply.text.len(), headers, calls };
    (traces, reply)
}

/// Strings by their length, the rest as it is: ids differ, what is said does not.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match name.as_str() {
                "type" | "title" | "detail" | "status" => (name.clone(), value.clone()),
                _ => (name.clone(), shape(value)),
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::String(text) => json!(text.len()),
        other => other.clone(),
    }
}

/// Everybody whom a stranger could tell apart, with addresses of the same length.
struct Everybody {
    app: App,
    /// An address that an account has.
    known: Person,
    /// Addresses that mean something else to us.
    others: Vec<&'static str>,
}

/// A client with a page for mailed links.
const SHOP: &str = r#"{"client_id": "shop", "client_name": "Shop", "grant_types": ["refresh_token"], "direct": true,
    "sign_in_uri": "https://shop.example/sign-in"}"#;
const UNKNOWN: &str = "nobody1@example.com";

async fn everybody() -> Everybody {
    let limits = [
        "LIMIT_LOGIN_PER_CLIENT",
        "LIMIT_REGISTER_PER_CLIENT",
        "LIMIT_REGISTER_PER_ADDRESS",
        "LIMIT_EMAIL_PER_CUSTOMER",
    ];
    let setup = limits.into_iter().fold(Setup::default(), |setup, name| setup.setting(name, "1000"));
    let setup = setup.setting("EMAIL_SIGN_IN", "on").setting("CLIENTS", &format!("[{SHOP}, {WEB}]"));
    let app = App::with(setup).await;
    let known = app.customer("known01@example.com").await;
    app.register("pending@example.com").await;
    let bounced = json!({"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "bounced@example.com"}]});
    let notice = json!({"notificationType": "Bounce", "bounce": bounced}).to_string();
    app.system
        .invoke("mailer", json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": notice}}]}))
        .await
        .unwrap();
    // An address that was given up, and can still be taken back.
    let moved = app.customer("former1@example.com").await;
    let change = Some(json!({"email": "moved01@example.com"}));
    let started = moved.call(&app, Method::PUT, "/v1/me/email", change).await.expect(202).str("transaction");
    let code = app.code_to("moved01@example.com").await;
    app.post("/v1/verify", json!({"transaction": started, "code": code})).await.expect(200);
    // An account that is to be erased.
    let leaving = app.customer("leaving@example.com").await;
    leaving.leave(&app).await.expect(202);
    let others = [UNKNOWN, "pending@example.com", "bounced@example.com", "former1@example.com", "leaving@example.com"];
    Everybody { app, known, others: others.to_vec() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registration_does_not_tell() {
    let Everybody { app, known, others } = everybody().await;
    for password in [None, Some("a rather long sentence")] {
        let request = |email: &str| {
            app.request(Method::POST, "/v1/register").json(&json!({"email": email, "password": password}))
        };
        // Once to unwrap what is kept.
        app.send(request(UNKNOWN)).await.expect(202);
        let (of_known, reply) = traces(&app, request(&known.email)).await;
        let taken = reply.expect(202).str("transaction");
        assert!(!of_known.calls.is_empty());
        for other in &others {
            let (of_other, reply) = traces(&app, request(other)).await;
            assert_eq!(of_known, of_other, "{other}");

            // Nor does what can be done with the transaction.
            let again = |transaction: &str| {
                app.request(Method::POST, "/v1/verify/resend").json(&json!({"transaction": transaction}))
            };
            let wrong = |transaction: &str| {
                app.request(Method::POST, "/v1/verify").json(&json!({"transaction": transaction, "code": "000000"}))
            };
            let open = reply.str("transaction");
            app.send(wrong(&format!("txn_{}", "A".repeat(32)))).await;
            let (of_open, _) = traces(&app, wrong(&open)).await;
            let (of_taken, _) = traces(&app, wrong(&taken)).await;
            assert_eq!((of_open.status, of_open.calls), (of_taken.status, of_taken.calls), "{other}");
            if other == &UNKNOWN {
                let (of_open, _) = traces(&app, again(&open)).await;
                let (of_taken, _) = traces(&app, again(&taken)).await;
                assert_eq!(of_open, of_taken, "{other}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_does_not_tell() {
    let Everybody { app, known, others } = everybody().await;
    let request = |email: &str| {
        let body = json!({"email": email, "password": "not the right sentence"});
        app.request(Method::POST, "/v1/login").json(&body)
    };
    app.send(request("warm001@example.com")).await.problem(401, "invalid-credentials");
    let (of_known, reply) = traces(&app, request(&known.email)).await;
    reply.problem(401, "invalid-credentials");
    for other in &others {
        assert_eq!(of_known, traces(&app, request(other)).await.0, "{other}");
    }
    // The password of a registration that waits is no password yet.
    let pending = json!({"email": "pending@example.com", "password": "a rather long sentence"});
    let (of_pending, _) = traces(&app, app.request(Method::POST, "/v1/login").json(&pending)).await;
    assert_eq!(of_known, of_pending);

    // Up to the limit, at it, and beyond.
    for n in 0..12 {
        let (of_known, _) = traces(&app, request(&known.email)).await;
        let (of_unknown, _) = traces(&app, request(UNKNOWN)).await;
        assert_eq!(of_known, of_unknown, "try {n}");
    }
    app.send(request(&known.email)).await.problem(429, "too-many-requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_to_sign_in_does_not_tell() {
    let Everybody { app, known, others } = everybody().await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let transaction = page.filled("sign_in", "transaction");
    let request = |email: &str| {
        let fields = [("transaction", &*transaction), ("email", email), ("password", "not the right sentence")];
        browser.request(&app, Method::POST, "/sign-in").form(&fields)
    };
    app.send(request("warm001@example.com")).await.expect(401);
    let (of_known, reply) = traces(&app, request(&known.email)).await;
    let said = |reply: &Reply, email: &str| reply.clone().expect(401).text.replace(email, "");
    let of_known_said = said(&reply, &known.email);
    assert!(!of_known.calls.is_empty());
    for other in &others {
        let (of_other, reply) = traces(&app, request(other)).await;
        assert_eq!(of_known, of_other, "{other}");
        assert_eq!(of_known_said, said(&reply, other), "{other}");
    }
    // Up to the limit, at it, and beyond.
    for n in 0..12 {
        let (of_known, _) = traces(&app, request(&known.email)).await;
        let (of_unknown, _) = traces(&app, request(UNKNOWN)).await;
        assert_eq!(of_known, of_unknown, "try {n}");
    }
    app.send(request(&known.email)).await.expect(429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_address_does_not_tell() {
    let Everybody { app, known, others } = everybody().await;
    let eve = app.customer("eve0001@example.com").await;
    let request =
        |email: &str| app.request(Method::PUT, "/v1/me/email").bearer_auth(&eve.access).json(&json!({"email": email}));
    app.send(request("warm001@example.com")).await.expect(202);
    let (of_known, reply) = traces(&app, request(&known.email)).await;
    reply.expect(202);
    for other in &others {
        assert_eq!(of_known, traces(&app, request(other)).await.0, "{other}");
    }
    // The owner is told, and Eve gets no code.
    assert!(app.mail_to(&known.email).await.code.is_none());
}

/// Begins something by mail as everybody, and tries a wrong answer, until its tries are used up: all
/// leave the same traces.
async fn a_mail_does_not_tell(path: &str, begin: Value, wrong: Value) {
    let Everybody { app, known, others } = everybody().await;
    let start = |email: &str| {
        let mut body = begin.clone();
        body["email"] = json!(email);
        app.request(Method::POST, path).json(&body)
    };
    let answer = |transaction: &str| {
        let mut body = wrong.clone();
        body["transaction"] = json!(transaction);
        app.request(Method::POST, &format!("{path}/verify")).json(&body)
    };
    // Once to unwrap what is kept.
    let warm = app.send(start("warm001@example.com")).await.expect(202).str("transaction");
    app.send(answer(&warm)).await;
    let (of_known, reply) = traces(&app, start(&known.email)).await;
    let taken = reply.expect(202).str("transaction");
    assert!(!of_known.calls.is_empty());
    let mut of_taken = Vec::new();
    for _ in 0..6 {
        of_taken.push(traces(&app, answer(&taken)).await.0);
    }
    for other in &others {
        let (of_other, reply) = traces(&app, start(other)).await;
        assert_eq!(of_known, of_other, "{other}");
        let open = reply.str("transaction");
        for (n, of_taken) in of_taken.iter().enumerate() {
            assert_eq!(*of_taken, traces(&app, answer(&open)).await.0, "{other}, try {n}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_does_not_tell() {
    a_mail_does_not_tell("/v1/recover", json!({}), json!({"code": "000000", "password": "a new long sentence"})).await;
    a_mail_does_not_tell("/v1/recover", json!({}), json!({"code": "000000", "password": "12345678"})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_by_mail_does_not_tell() {
    let code = json!({"method": "code", "device_token": "pdt_AAAA"});
    a_mail_does_not_tell("/v1/passwordless", code, json!({"code": "000000"})).await;
    let link = json!({"method": "link", "client_id": "shop"});
    let token = format!("{}.{}", "A".repeat(43), "A".repeat(22));
    a_mail_does_not_tell("/v1/passwordless", link.clone(), json!({"token": token})).await;
    a_mail_does_not_tell("/v1/passwordless", link, json!({"code": "000000"})).await;
}

/// What an authenticator that belongs to nobody answers as the owner of this user handle.
fn strangers_answer(app: &App, question: &Value, handle: &Value) -> Value {
    let mut key = Authenticator::new(&app.system.gateway_url());
    let creation = json!({"rp": {"id": question["rpId"]}, "user": {"id": handle}, "challenge": question["challenge"]});
    key.create(&creation);
    key.get(question)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_that_proves_nothing_does_not_tell() {
    let app = App::start().await;
    let known = app.customer("known01@example.com").await;
    let mut key = Authenticator::new(&app.system.gateway_url());
    known.add_passkey(&app, &mut key).await;
    let bare = app.customer("bare001@example.com").await;
    let ask = async || app.post("/v1/passkey/options", json!({})).await.expect(200);
    let question = ask().await["public_key"].clone();
    let handle = key.get(&question)["response"]["userHandle"].clone();
    // The handle of a customer is their id: what the options of an enrolment say.
    let of_bare = bare.post(&app, "/v1/me/factors/passkey/options", json!({})).await.expect(200);
    let of_bare = of_bare["public_key"]["user"]["id"].clone();
    let of_nobody = tampered(&json!({"id": handle}), "/id", |bytes| bytes[15] ^= 1)["id"].clone();
    let mut traces_of = Vec::new();
    for round in 0..2 {
        for (who, handle) in [("known", &handle), ("without a passkey", &of_bare), ("nobody", &of_nobody)] {
            let asked = ask().await;
            let credential = strangers_answer(&app, &asked["public_key"], handle);
            let body = json!({"transaction": asked.str("transaction"), "credential": credential});
            let (left, reply) = traces(&app, app.request(Method::POST, "/v1/passkey").json(&body)).await;
            reply.problem(401, "invalid-credentials");
            // The first round unwraps what is kept.
            if round == 1 {
                traces_of.push((who, left));
            }
        }
    }
    assert!(!traces_of[0].1.calls.is_empty());
    for (who, traces) in &traces_of[1..] {
        assert_eq!(traces_of[0].1, *traces, "{who}");
    }
    // Nor does the known passkey itself, where its answer is not the one to this question.
    let asked = ask().await;
    let body = json!({"transaction": asked.str("transaction"), "credential": key.get(&question)});
    let (of_known, _) = traces(&app, app.request(Method::POST, "/v1/passkey").json(&body)).await;
    assert_eq!(traces_of[0].1, of_known);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_never_was_is_like_one_that_is_over() {
    let app = App::start().await;
    let spent = app.register("spent01@example.com").await;
    let code = app.code_to("spent01@example.com").await;
    app.post("/v1/verify", json!({"transaction": spent, "code": code})).await.expect(200);
    let over = app.register("late001@example.com").await;
    app.settle().await;
    app.advance(domain::SignedDuration::from_mins(11));
    for path in ["/v1/verify", "/v1/verify/resend"] {
        let request = |transaction: &str| {
            let mut body = json!({"transaction": transaction, "code": "000000"});
            if path.ends_with("resend") {
                body.as_object_mut().unwrap().remove("code");
            }
            app.request(Method::POST, path).json(&body)
        };
        let never = format!("txn_{}", "A".repeat(spent.len() - 4));
        app.send(request(&never)).await.problem(410, "transaction-expired");
        let (of_never, _) = traces(&app, request(&never)).await;
        for transaction in [&spent, &over] {
            let (of_other, reply) = traces(&app, request(transaction)).await;
            reply.problem(410, "transaction-expired");
            // The item itself has a size; whoever holds its handle knows that it was there.
            assert_eq!(
                (of_never.status, &of_never.shape, of_never.length),
                (of_other.status, &of_other.shape, of_other.length)
            );
            assert_eq!(of_never.calls, of_other.calls, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_unsubscribe_does_not_tell_whether_its_customer_is_still_there() {
    let app = App::start().await;
    let (known, silent) = (app.customer("known01@example.com").await, app.customer("silent1@example.com").await);
    let body = Some(json!({"granted": true, "version": 1}));
    known.call(&app, Method::PUT, "/v1/me/consents/product_improvement", body).await.expect(200);
    let store = app.store("consent");
    let token = async |customer: domain::CustomerId| {
        let token = domain::UnsubscribeToken { customer, purpose: "product_improvement".to_owned() };
        store.unsubscribe_token(&token).await.unwrap()
    };
    let id = |person: &Person| domain::CustomerId::parse(&person.sub).unwrap();
    let press = |token: &str| {
        let request = app.request(Method::POST, &format!("/unsubscribe?token={token}"));
        request.form(&[("List-Unsubscribe", "One-Click")])
    };
    // Who had agreed, until now.
    let done = app.send(press(&token(id(&known)).await)).await.expect(200);
    let mut all = Vec::new();
    for customer in [id(&known), id(&silent), domain::CustomerId::from_bytes([9; 16])] {
        let (mut traces, reply) = traces(&app, press(&token(customer).await)).await;
        assert_eq!(reply.expect(200).text, done.text);
        // What is read of somebody who is not there costs as much as the least.
        traces.calls = traces.calls.iter().map(|call| call.split(" reads").next().unwrap().to_owned()).collect();
        all.push(traces);
    }
    assert!(all.iter().all(|traces| *traces == all[0]), "{all:#?}");
}
