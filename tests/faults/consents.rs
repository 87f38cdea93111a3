//! What customers agree to.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Reply, Service};

use super::{Seen, a_customer, guest, sweep};

async fn put(app: &App, person: &Person, path: &str, body: Value) -> Reply {
    person.call(app, Method::PUT, path, Some(body)).await
}

/// So many decisions were made on the purpose, and the last one is this.
#[track_caller]
fn assert_decided(seen: &Seen<Reply>, person: &Person, purpose: &str, count: usize, outcome: &str) {
    let decisions = seen.after.decisions(&person.sub, purpose).len();
    assert_eq!((decisions, seen.after.stands(&person.sub, purpose)), (count, Some(outcome)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agreed() {
    let act = async |app: &App, person: &Person| {
        put(app, person, "/v1/me/consents/product_improvement", json!({"granted": true, "version": 1})).await
    };
    sweep("PUT /v1/me/consents/{purpose}", a_customer, act, async |_, person, seen| {
        seen.last().clone().expect(200).str("receipt");
        assert_decided(seen, person, "product_improvement", 1, "granted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agreed_by_mail() {
    let act = async |app: &App, person: &Person| {
        put(app, person, "/v1/me/consents/newsletter", json!({"granted": true, "version": 1})).await
    };
    sweep("PUT /v1/me/consents/{purpose} by mail", a_customer, act, async |app, person, seen| {
        seen.last().clone().expect(200);
        assert_decided(seen, person, "newsletter", 1, "pending");
        let mails = app.mails().await;
        let links = mails
            .iter()
            .filter(|mail| mail.to == person.email && mail.link.as_deref().is_some_and(|l| l.contains("/consents/")));
        assert_eq!(links.count(), 1);
    })
    .await;
}

async fn mailed(app: &App, n: usize) -> (Person, String) {
    let person = a_customer(app, n).await;
    put(app, &person, "/v1/me/consents/newsletter", json!({"granted": true, "version": 1})).await.expect(200);
    let token = app.token_of("/consents/confirm", &person.email).await;
    (person, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirmed() {
    let act = async |app: &App, (_, token): &(Person, String)| app.form("/consents/confirm", &[("token", token)]).await;
    sweep("POST /consents/confirm", mailed, act, async |_, (person, _), seen| {
        let last = seen.last();
        assert!(last.status == 200 || seen.again.is_some() && last.status == 410, "{}", last.text);
        assert_decided(seen, person, "newsletter", 2, "granted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unsubscribed() {
    let prepare = async |app: &App, n: usize| {
        let person = a_customer(app, n).await;
        put(app, &person, "/v1/me/consents/product_improvement", json!({"granted": true, "version": 1}))
            .await
            .expect(200);
        let customer = domain::CustomerId::parse(&person.sub).unwrap();
        let token = domain::UnsubscribeToken { customer, purpose: "product_improvement".to_owned() };
        let token = app.store("consent").unsubscribe_token(&token).await.unwrap();
        (person, token)
    };
    let act = async |app: &App, (_, token): &(Person, String)| {
        app.form(&format!("/unsubscribe?token={token}"), &[("List-Unsubscribe", "One-Click")]).await
    };
    sweep("POST /unsubscribe", prepare, act, async |_, (person, _), seen| {
        seen.last().clone().expect(200);
        assert_decided(seen, person, "product_improvement", 2, "withdrawn");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preferred() {
    let act = async |app: &App, person: &Person| {
        let body = json!({"channels": {"email": false, "sms": true, "push": true}, "topics": ["tips"],
            "frequency": "monthly", "language": "fr", "version": 0});
        put(app, person, "/v1/me/preferences", body).await
    };
    sweep("PUT /v1/me/preferences", a_customer, act, async |app, person, seen| {
        assert_eq!(seen.last().clone().expect(200)["version"], 1);
        let me = person.get(app, "/v1/me").await.expect(200);
        assert_eq!(me["locale"], "fr");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purpose_written() {
    let prepare = async |app: &App, n: usize| {
        let service = app.operator("admin:purposes").await;
        let next = json!({"key": "cats", "version": n + 1, "legal_basis": "consent", "retention": "P1D",
            "texts": {"en": {"title": "Cats", "description": "Pictures of cats."}}, "data_categories": ["email address"]});
        (service, next)
    };
    let act = async |app: &App, (service, next): &(Service, Value)| {
        service.call(app, Method::PUT, "/v1/admin/purposes/cats", Some(next.clone())).await
    };
    sweep("PUT /v1/admin/purposes/{key}", prepare, act, async |app, (service, next), seen| {
        assert_eq!(seen.last().clone().expect(200)["version"], next["version"]);
        let versions = service.get(app, "/v1/admin/purposes/cats").await.expect(200);
        assert_eq!(versions["versions"].as_array().unwrap().len() as u64, next["version"].as_u64().unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registered_with_consents() {
    let prepare = async |app: &App, n: usize| {
        let email = guest(n);
        let body = json!({"email": email, "password": "a rather long sentence",
            "consents": {"newsletter": true, "product_improvement": true}});
        let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
        let code = app.code_to(&email).await;
        json!({"transaction": transaction, "code": code})
    };
    let act = async |app: &App, body: &Value| app.post("/v1/verify", body.clone()).await;
    sweep("POST /v1/verify by consents", prepare, act, async |_, _, seen| {
        let last = seen.last();
        assert!(last.status == 200 || seen.again.is_some() && last.status == 410, "{}", last.text);
        let customers = seen.after.customers();
        let new: Vec<_> = customers.difference(&seen.before.customers()).cloned().collect();
        assert_eq!(new.len(), 1);
        let stands = ["newsletter", "product_improvement"].map(|purpose| seen.after.stands(&new[0], purpose));
        assert_eq!(stands, [Some("pending"), Some("granted")]);
    })
    .await;
}
