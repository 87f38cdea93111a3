//! What privacy lets its people read, and the small things that take back.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Reply, Service};

use super::{Seen, a_customer, a_session, assert_unchanged, sweep_last};

/// The token of a link in a customer's mail, of consent that waits for it.
async fn waiting(app: &App, n: usize) -> String {
    let person = a_customer(app, n).await;
    let body = Some(json!({"granted": true, "version": 1}));
    person.call(app, Method::PUT, "/v1/me/consents/newsletter", body).await.expect(200);
    app.token_of("/consents/confirm", &person.email).await
}

/// Somebody who has decided on a purpose, and the decision.
async fn decided(app: &App, n: usize) -> (Person, String) {
    let person = a_session(app, n).await;
    let body = Some(json!({"granted": n.is_multiple_of(2), "version": 1}));
    person.call(app, Method::PUT, "/v1/me/consents/product_improvement", body).await.expect(200);
    let history = person.get(app, "/v1/me/consents/history").await.expect(200);
    (person, history["decisions"][0]["id"].as_str().unwrap().to_owned())
}

async fn service(app: &App, scope: &str, n: usize) -> (Person, Service) {
    (a_customer(app, n).await, app.operator(scope).await)
}

async fn leaving(app: &App, n: usize) -> (Person, Service, String) {
    let (person, desk) = service(app, "admin:erasure", n).await;
    let asked = person.leave(app).await.expect(202);
    (person, desk, asked.str("receipt"))
}

async fn held(app: &App, n: usize) -> (Service, String) {
    let (person, desk) = service(app, "admin:erasure", n).await;
    let path = format!("/v1/admin/customers/{}/holds", person.sub);
    let body = json!({"reason": "Claim 4711.", "until": "2029-01-01T00:00:00Z"});
    let hold = desk.call(app, Method::POST, &path, Some(body)).await.expect(201).str("id");
    (desk, format!("{path}/{hold}"))
}

async fn unchanged<P>(_: &App, _: &P, seen: &Seen<Reply>) {
    seen.last().clone().expect(200);
    assert_unchanged(seen);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_consents_and_preferences_read() {
    let act = async |app: &App, person: &Person| person.get(app, "/v1/me/preferences").await;
    sweep_last("GET /v1/me/preferences", a_session, act, unchanged).await;
    let act = async |app: &App, person: &Person| person.get(app, "/v1/me/consents").await;
    sweep_last("GET /v1/me/consents", a_session, act, unchanged).await;
    let act = async |app: &App, (person, _): &(Person, String)| person.get(app, "/v1/me/consents/history").await;
    sweep_last("GET /v1/me/consents/history", decided, act, unchanged).await;
    let act = async |app: &App, (person, id): &(Person, String)| {
        person.get(app, &format!("/v1/me/consents/history/{id}/receipt")).await
    };
    sweep_last("GET /v1/me/consents/history/{id}/receipt", decided, act, unchanged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_public_read() {
    let nothing = async |_: &App, _: usize| {};
    let act = async |app: &App, (): &()| app.get("/v1/purposes").await;
    sweep_last("GET /v1/purposes", nothing, act, unchanged).await;
    let act = async |app: &App, (): &()| app.get("/.well-known/permanent-keys.json").await;
    sweep_last("GET /.well-known/permanent-keys.json", nothing, act, unchanged).await;
    let act = async |app: &App, token: &String| app.get(&format!("/consents/confirm?token={token}")).await;
    sweep_last("GET /consents/confirm", waiting, act, unchanged).await;
    let linked = async |app: &App, n: usize| {
        let customer = domain::CustomerId::parse(&a_session(app, n).await.sub).unwrap();
        let token = domain::UnsubscribeToken { customer, purpose: "newsletter".to_owned() };
        app.store("consent").unsubscribe_token(&token).await.unwrap()
    };
    let act = async |app: &App, token: &String| app.get(&format!("/unsubscribe?token={token}")).await;
    sweep_last("GET /unsubscribe", linked, act, unchanged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_and_administrators_read() {
    let checks = async |app: &App, n: usize| service(app, "consents:check", n).await;
    let act = async |app: &App, (person, service): &(Person, Service)| {
        service.get(app, &format!("/v1/consents/check?customer={}&purpose=newsletter", person.sub)).await
    };
    sweep_last("GET /v1/consents/check", checks, act, unchanged).await;
    let office = async |app: &App, n: usize| service(app, "admin:consents", n).await.1;
    let act = async |app: &App, office: &Service| {
        office.get(app, "/v1/admin/consents?on=2025-01-01&purpose=newsletter").await
    };
    sweep_last("GET /v1/admin/consents", office, act, unchanged).await;
    let office = async |app: &App, n: usize| service(app, "admin:purposes", n).await.1;
    let act = async |app: &App, office: &Service| office.get(app, "/v1/admin/purposes").await;
    sweep_last("GET /v1/admin/purposes", office, act, unchanged).await;
    let act = async |app: &App, office: &Service| office.get(app, "/v1/admin/purposes/newsletter").await;
    sweep_last("GET /v1/admin/purposes/{key}", office, act, unchanged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasures_and_holds_read() {
    let act = async |app: &App, (person, desk, _): &(Person, Service, String)| {
        desk.get(app, &format!("/v1/admin/customers/{}/erasure", person.sub)).await
    };
    sweep_last("GET /v1/admin/customers/{id}/erasure", leaving, act, unchanged).await;
    let act = async |app: &App, (desk, path): &(Service, String)| desk.get(app, path.rsplit_once('/').unwrap().0).await;
    sweep_last("GET /v1/admin/customers/{id}/holds", held, act, unchanged).await;
    let act = async |app: &App, (_, _, receipt): &(Person, Service, String)| {
        app.get(&format!("/v1/erasure/certificate?receipt={receipt}")).await
    };
    let erased = async |app: &App, n: usize| {
        let leaves = leaving(app, n).await;
        app.erase_due().await;
        leaves
    };
    sweep_last("GET /v1/erasure/certificate", erased, act, unchanged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_take_back() {
    let gone = |reply: &Reply, is_again: bool| reply.status == 204 || reply.status == 404 && is_again;
    let act = async |app: &App, (person, desk, _): &(Person, Service, String)| {
        desk.call(app, Method::DELETE, &format!("/v1/admin/customers/{}/erasure", person.sub), None).await
    };
    sweep_last("DELETE /v1/admin/customers/{id}/erasure", leaving, act, async |app, (person, ..), seen| {
        assert!(gone(seen.last(), seen.again.is_some()), "{}", seen.last().text);
        person.again(app).await;
    })
    .await;
    let act = async |app: &App, (desk, path): &(Service, String)| desk.call(app, Method::DELETE, path, None).await;
    sweep_last("DELETE /v1/admin/customers/{id}/holds/{hold}", held, act, async |app, (desk, path), seen| {
        assert!(gone(seen.last(), seen.again.is_some()), "{}", seen.last().text);
        let left = desk.get(app, path.rsplit_once('/').unwrap().0).await.expect(200);
        assert_eq!(left["holds"], Value::Array(vec![]));
    })
    .await;
    let office = async |app: &App, n: usize| service(app, "admin:sessions", n).await;
    let act = async |app: &App, (person, office): &(Person, Service)| {
        office.call(app, Method::DELETE, &format!("/v1/admin/customers/{}/sessions", person.sub), None).await
    };
    sweep_last("DELETE /v1/admin/customers/{id}/sessions", office, act, async |app, (person, _), seen| {
        seen.last().clone().expect(204);
        person.get(app, "/v1/me").await.problem(401, "invalid-token");
    })
    .await;
}
