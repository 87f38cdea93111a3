//! Copies, and requests on record.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Download, Person, Service};

use super::{Answer, Seen, a_customer, assert_unchanged, sweep};

const REQUESTS: &str = "/v1/admin/requests";

/// A copy: begun, or refused. That one which was begun is cut off is another story, for no status says it.
impl Answer for Download {
    fn is_success(&self) -> bool {
        self.status == 200 && self.is_whole
    }

    fn is_passing(&self) -> bool {
        self.status == 503 || self.status == 200 && !self.is_whole
    }

    fn assert_well_formed(&self, context: &str) {
        if self.status != 200 {
            self.clone().reply().assert_well_formed(context);
        }
    }
}

async fn desk(app: &App, n: usize) -> (Person, Service) {
    (a_customer(app, n).await, app.operator("admin:requests").await)
}

async fn recorded(app: &App, n: usize) -> (Person, Service, String) {
    let (person, desk) = desk(app, n).await;
    let id = desk.call(app, Method::POST, REQUESTS, Some(request(&person))).await.expect(201).str("id");
    (person, desk, format!("{REQUESTS}/{id}"))
}

fn request(person: &Person) -> Value {
    json!({"type": "access", "law": "gdpr", "customer": person.sub, "identified_by": "Passport"})
}

#[track_caller]
fn told<R>(seen: &Seen<R>, kind: &str) -> usize {
    seen.after.queued(kind) - seen.before.queued(kind)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_asked_for() {
    let act = async |app: &App, person: &Person| person.call(app, Method::POST, "/v1/me/export", None).await;
    sweep("POST /v1/me/export", a_customer, act, async |app, _, seen| {
        app.fetch(&seen.last().clone().expect(201).str("download")).await.zip();
        // Whoever could not be told that it was done asks again, and is told again.
        let told = told(seen, "export_requested");
        assert!(told == 1 || told == 2 && seen.again.is_some(), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_fetched() {
    let prepare = async |app: &App, n: usize| {
        let person = a_customer(app, n).await;
        person.export(app).await
    };
    let act = async |app: &App, address: &String| app.fetch(address).await;
    sweep("dsar_download", prepare, act, async |_, _, seen| {
        let spent = seen.after.spent("export_ticket") - seen.before.spent("export_ticket");
        assert_eq!(spent, 1);
        // Spent by an answer that was lost, or for a copy that was cut off: ask for another.
        let last = seen.last();
        assert!(last.is_whole && (last.status == 200 || seen.again.is_some() && last.status == 410), "{}", last.status);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_made_for_a_request() {
    let act = async |app: &App, (_, desk, path): &(Person, Service, String)| {
        desk.call(app, Method::POST, &format!("{path}/export"), None).await
    };
    sweep("POST /v1/admin/requests/{id}/export", recorded, act, async |_, _, seen| {
        seen.last().clone().expect(201);
        let told = told(seen, "export_made");
        assert!(told == 1 || told == 2 && seen.again.is_some(), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_handed_over() {
    let prepare = async |app: &App, n: usize| {
        let (_, desk, path) = recorded(app, n).await;
        let address = desk.call(app, Method::POST, &format!("{path}/export"), None).await.expect(201).str("download");
        (desk, path, address)
    };
    let act = async |app: &App, (_, _, address): &(Service, String, String)| app.fetch(address).await;
    sweep("dsar_download", prepare, act, async |app, (desk, path, _), seen| {
        let copies = desk.get(app, path).await.expect(200)["handed_over"].as_array().unwrap().len();
        let is_whole = seen.first.status == 200 && seen.first.is_whole;
        // Nobody has a whole copy that is not on record. (One may be on record whose last bytes were lost.)
        assert!(copies == 1 || copies == 0 && !is_whole, "{copies}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_recorded() {
    let act = async |app: &App, (person, desk): &(Person, Service)| {
        desk.call(app, Method::POST, REQUESTS, Some(request(person))).await
    };
    sweep("POST /v1/admin/requests", desk, act, async |app, (person, _), seen| {
        seen.last().clone().expect(201);
        let own = person.get(app, "/v1/me/requests").await.expect(200)["requests"].as_array().unwrap().len();
        assert!(own == 1 || own == 2 && seen.again.is_some(), "{own}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_closed() {
    let act = async |app: &App, (_, desk, path): &(Person, Service, String)| {
        desk.call(app, Method::PATCH, path, Some(json!({"outcome": "fulfilled"}))).await
    };
    sweep("PATCH /v1/admin/requests/{id} by closing", recorded, act, async |app, (_, desk, path), seen| {
        let last = seen.last();
        assert!(last.status == 200 || last.status == 409 && seen.again.is_some(), "{}", last.text);
        assert_eq!(desk.get(app, path).await.expect(200)["status"], "closed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_extended() {
    let act = async |app: &App, (_, desk, path): &(Person, Service, String)| {
        desk.call(app, Method::PATCH, path, Some(json!({"extended_because": "Several systems."}))).await
    };
    sweep("PATCH /v1/admin/requests/{id} by extending", recorded, act, async |app, (_, desk, path), seen| {
        let last = seen.last();
        assert!(last.status == 200 || last.status == 409 && seen.again.is_some(), "{}", last.text);
        let open = seen.after.directory.iter().filter(|item| item["pk"]["S"] == "REQUESTS").count();
        assert_eq!(open, seen.before.directory.iter().filter(|item| item["pk"]["S"] == "REQUESTS").count());
        assert!(desk.get(app, path).await.expect(200)["extension"].is_object());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_listed_and_shown() {
    let act = async |app: &App, (person, ..): &(Person, Service, String)| person.get(app, "/v1/me/requests").await;
    sweep("GET /v1/me/requests", recorded, act, async |_, _, seen| {
        assert_eq!(seen.last().clone().expect(200)["requests"].as_array().unwrap().len(), 1);
        assert_unchanged(seen);
    })
    .await;
    let act = async |app: &App, (_, desk, path): &(Person, Service, String)| desk.get(app, path).await;
    sweep("GET /v1/admin/requests/{id}", recorded, act, async |_, _, seen| {
        seen.last().clone().expect(200);
        assert_unchanged(seen);
    })
    .await;
    let act = async |app: &App, (_, desk, _): &(Person, Service, String)| desk.get(app, REQUESTS).await;
    sweep("GET /v1/admin/requests", recorded, act, async |_, _, seen| {
        assert!(!seen.last().clone().expect(200)["requests"].as_array().unwrap().is_empty());
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customer_looked_up() {
    let act = async |app: &App, (person, desk): &(Person, Service)| {
        let body = Some(json!({"email": person.email}));
        desk.call(app, Method::POST, "/v1/admin/customers/lookup", body).await
    };
    sweep("POST /v1/admin/customers/lookup", desk, act, async |_, (person, _), seen| {
        assert_eq!(seen.last().clone().expect(200)["customers"], json!([person.sub]));
        assert!(seen.after.sealed("customer.looked_up") > seen.before.sealed("customer.looked_up"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reminders_sent() {
    let prepare = async |app: &App, n: usize| {
        recorded(app, n).await;
        app.advance(domain::SignedDuration::from_hours(24 * 24));
    };
    let act = async |app: &App, (): &()| app.system.invoke("dsar_reminders", json!({"portico": "remind"})).await;
    sweep("dsar_reminders", prepare, act, async |_, (), seen| {
        seen.last().clone().unwrap();
        // Every request before this one became overdue as well, and is told of once.
        let due = seen.after.directory.iter().filter(|item| item["pk"]["S"] == "REQUESTS");
        assert!(due.clone().all(|item| item["reminded"]["N"] != "0"), "{:?}", due.collect::<Vec<_>>());
    })
    .await;
}
