//! `functions/dsar_requests`.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Reply, Service, Setup, World};

const REQUESTS: &str = "/v1/admin/requests";

async fn begin() -> (App, Person, Service) {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:requests").await;
    (app, ada, desk)
}

fn new(person: &Person, asked: &str, law: &str) -> Value {
    json!({"type": asked, "law": law, "customer": person.sub, "identified_by": "Passport 4711"})
}

async fn record(app: &App, desk: &Service, body: Value) -> Reply {
    desk.call(app, Method::POST, REQUESTS, Some(body)).await
}

async fn change(app: &App, desk: &Service, id: &str, body: Value) -> Reply {
    desk.call(app, Method::PATCH, &format!("{REQUESTS}/{id}"), Some(body)).await
}

async fn open(app: &App, desk: &Service, query: &str) -> Vec<String> {
    let listed = desk.get(app, &format!("{REQUESTS}{query}")).await.expect(200);
    listed["requests"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_recorded_listed_extended_and_closed() {
    let (app, ada, desk) = begin().await;
    let bob = app.customer("bob@example.com").await;
    let late = record(&app, &desk, new(&bob, "erasure", "ccpa")).await.expect(201);
    let mut body = new(&ada, "access", "gdpr");
    body["received_at"] = json!("2027-01-05T08:00:00Z");
    let first = record(&app, &desk, body).await.expect(201);
    assert_eq!(
        (first.str("due_at"), late.str("due_at"), first.str("status")),
        ("2027-02-04T08:00:00Z".into(), "2027-03-01T08:00:00Z".into(), "open".into())
    );
    let (id, other) = (first.str("id"), late.str("id"));
    assert_eq!(open(&app, &desk, "").await, [id.clone(), other.clone()]);
    assert_eq!(open(&app, &desk, "?due=2027-02-04T08:00:00Z").await, std::slice::from_ref(&id));
    assert_eq!(open(&app, &desk, "?due=2027-02-04T07:59:59Z").await, [""; 0]);

    change(&app, &desk, &id, json!({"extended_because": " Several systems. "})).await.expect(200);
    assert_eq!(open(&app, &desk, "").await, [other.clone(), id.clone()]);
    let shown = desk.get(&app, &format!("{REQUESTS}/{id}")).await.expect(200);
    assert_eq!(
        (shown.str("due_at"), &shown["extension"]["reason"]),
        ("2027-04-05T08:00:00Z".into(), &json!("Several systems."))
    );
    change(&app, &desk, &id, json!({"extended_because": "again"})).await.problem(409, "conflict");

    let note = json!({"outcome": "partly_fulfilled", "note": "All but the letters of others."});
    change(&app, &desk, &id, note).await.expect(200);
    change(&app, &desk, &id, json!({"outcome": "fulfilled"})).await.problem(409, "conflict");
    assert_eq!(open(&app, &desk, "").await, std::slice::from_ref(&other));
    app.advance(SignedDuration::from_hours(24 * 60));
    let desk = app.operator("admin:requests").await;
    change(&app, &desk, &other, json!({"extended_because": "late"})).await.problem(409, "conflict");

    // Customers see their own, and nobody else's.
    let own = ada.again(&app).await.get(&app, "/v1/me/requests").await.expect(200);
    let [one] = own["requests"].as_array().unwrap().as_slice() else { panic!("{}", own.text) };
    assert_eq!(
        (&one["id"], &one["status"], &one["closing"]["outcome"]),
        (&json!(id), &json!("closed"), &json!("partly_fulfilled"))
    );
    assert_eq!(one["identified_by"], "Passport 4711");

    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(["recorded", "extended", "closed"].map(|what| world.sealed(&format!("request.{what}"))), [2, 1, 1]);
    // How somebody was identified is sealed, and in no log.
    assert!(!format!("{world:?}").contains("4711") && !app.log().join("\n").contains("4711"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_named() {
    let (app, ada, desk) = begin().await;
    let wrong = async |name: &str, value: Value| {
        let mut body = new(&ada, "access", "gdpr");
        body[name] = value;
        record(&app, &desk, body).await.problem(422, "invalid-fields").fields()
    };
    for (name, value, code) in [
        ("type", json!("revenge"), "value"),
        ("law", json!("lex"), "value"),
        ("customer", json!("cus_01hf7yat00e9j8b5v2m3n4p6q7"), "customer"),
        ("customer", json!("ada"), "customer"),
        ("identified_by", json!("  "), "required"),
        ("identified_by", json!("x".repeat(2001)), "length"),
        ("identified_by", json!("a\u{202e}b"), "characters"),
        ("received_at", json!("yesterday"), "date_time"),
        ("received_at", json!("2027-01-15T08:00:01Z"), "value"),
        ("received_at", json!("2026-01-14T08:00:00Z"), "value"),
    ] {
        assert_eq!(wrong(name, value.clone()).await, [(format!("/{name}"), code.to_owned())], "{name} {value}");
    }
    let id = record(&app, &desk, new(&ada, "access", "gdpr")).await.expect(201).str("id");
    for (body, pointer) in [
        (json!({}), "/outcome"),
        (json!({"outcome": "refused"}), "/note"),
        (json!({"note": "x"}), "/note"),
        (json!({"outcome": "fulfilled", "extended_because": "x"}), "/extended_because"),
        (json!({"extended_because": ""}), "/extended_because"),
    ] {
        let reply = change(&app, &desk, &id, body.clone()).await.problem(422, "invalid-fields");
        assert_eq!(reply.fields()[0].0, pointer, "{body}");
    }
    for query in ["?due=soon", "?after=x", "?after=dsr_x,1", "?other=1", "?due=2027-01-01T00:00:00Z&due=x"] {
        desk.get(&app, &format!("{REQUESTS}{query}")).await.problem(400, "invalid-request");
    }
    desk.get(&app, &format!("{REQUESTS}/dsr_x")).await.problem(404, "not-found");
    assert_eq!(open(&app, &desk, "").await, [id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_requests_come_at_once_and_the_rest_after_them() {
    let (app, ada, desk) = begin().await;
    let mut all = Vec::new();
    for n in 0..103 {
        let mut body = new(&ada, "access", "gdpr");
        body["received_at"] = json!(format!("2027-01-10T08:{:02}:{:02}Z", n / 60, n % 60));
        all.push(record(&app, &desk, body).await.expect(201).str("id"));
    }
    let page = desk.get(&app, REQUESTS).await.expect(200);
    let (first, next) = (page["requests"].as_array().unwrap().len(), page.str("next"));
    assert_eq!(first, 100);
    assert_eq!(open(&app, &desk, &format!("?after={next}")).await, all[100..]);
    assert!(desk.get(&app, &format!("{REQUESTS}?after={next}")).await.expect(200)["next"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_found_by_their_address_and_sees_that_they_were() {
    let (app, ada, desk) = begin().await;
    let look = async |email: &str| {
        desk.call(&app, Method::POST, "/v1/admin/customers/lookup", Some(json!({"email": email}))).await
    };
    assert_eq!(look("ADA@example.com").await.expect(200)["customers"], json!([ada.sub]));
    assert_eq!(look("nobody@example.com").await.expect(200)["customers"], json!([]));
    assert_eq!(look("ada").await.problem(422, "invalid-fields").fields()[0].0, "/email");
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_audited();
    assert_eq!(world.sealed("customer.looked_up"), 1);
    let of_ada = world.audit.iter().filter(|item| item["pk"]["S"] == format!("CUS#{}", ada.sub));
    assert!(of_ada.clone().any(|item| item["body"]["S"].as_str().unwrap().contains("customer.looked_up")));
    assert!(!app.log().join("\n").contains("ada@example.com"));
}
