//! What a client should never send: each has a clear answer, and none hears its own words again.

mod bodies;
mod fields;
mod requests;
mod words;

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder, header::CONTENT_TYPE};
use serde_json::Value;
use tests::{App, Person, Reply, Service, Setup, claims};

use crate::house::settings::limits;
use crate::openapi::{Operation, operations};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// What no answer may repeat.
const CANARY: &str = "canary-5b1d0c";

/// A system whose limits are out of the way and in which every way in is open, a customer of it, and a
/// service with each scope.
struct Field {
    app: App,
    ada: Person,
    services: BTreeMap<&'static str, Service>,
}

impl Field {
    async fn start() -> Self {
        let setup = limits().iter().fold(Setup::default(), |setup, limit| setup.setting(limit, "100000"));
        let app = App::with(setup.setting("EMAIL_SIGN_IN", "on").setting("ASK_JURISDICTION", "on").operated()).await;
        let ada = app.customer("ada@example.com").await;
        let mut services = BTreeMap::new();
        for (scope, _) in domain::scope::SCOPES {
            services.insert(*scope, app.operator(scope).await);
        }
        Self { app, ada, services }
    }

    /// A request to an operation, by Ada where it asks for somebody, or by a service where it asks for a
    /// scope.
    fn request(&self, operation: &Operation) -> RequestBuilder {
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let sid = claims(&self.ada.access)["sid"].as_str().unwrap().to_owned();
        let request = self.app.request(method, &operation.path.replace("{id}", &sid));
        match operation.scope() {
            Some(scope) => request.bearer_auth(&self.services[scope].access),
            None if operation.is_secured() => request.bearer_auth(&self.ada.access),
            None => request,
        }
    }

    async fn send(&self, operation: &Operation, media_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        let request = self.request(operation).header(CONTENT_TYPE, media_type);
        self.app.send(request.body(body.into())).await
    }

    async fn json(&self, operation: &Operation, body: &Value) -> Reply {
        self.send(operation, JSON, body.to_string()).await
    }
}

/// The operations that read JSON, but for registrations (RFC 7591), which ignore what they do not know: their story is
/// in `routes/clients.rs`.
fn json_operations() -> Vec<Operation> {
    let all: Vec<_> =
        operations().into_iter().filter(|one| one.reads().contains(&JSON.to_owned()) && !one.is_oauth()).collect();
    assert!(all.len() >= 7, "{}", all.len());
    all
}

/// The operations that read forms.
fn form_operations() -> Vec<Operation> {
    let all: Vec<_> =
        operations().into_iter().filter(|operation| operation.reads().contains(&FORM.to_owned())).collect();
    assert!(all.len() >= 5, "{}", all.len());
    all
}

fn name(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

/// A refusal in the form that its operation has: a problem, an OAuth error, or a page.
#[track_caller]
fn assert_refused(operation: &Operation, reply: &Reply, why: &str) {
    let at = format!("{}, {why}: {} {}", name(operation), reply.status, reply.text);
    // Without the browser's cookie it is opened again, by `GET`.
    if reply.status == 303 && reply.header("location").starts_with("/oauth2/logout") {
        return operation.assert_documents(reply);
    }
    assert!((400..500).contains(&reply.status), "{at}");
    operation.assert_documents(reply);
    assert!(!reply.text.contains(CANARY), "{at}");
    if operation.is_page() {
        assert!(reply.header("content-type").starts_with("text/html") || reply["type"].is_string(), "{at}");
    } else if operation.is_oauth() && reply.status != 413 {
        assert!(reply["error"].is_string() && reply["error_description"].is_string(), "{at}");
    } else {
        assert_eq!(reply.header("content-type"), "application/problem+json", "{at}");
        assert!(reply.str("type").starts_with("urn:portico:problem:"), "{at}");
        assert_eq!(reply["request_id"], reply.header("x-request-id"), "{at}");
    }
}

/// An answer, whatever it is, that is not our mistake and repeats nothing.
#[track_caller]
fn assert_clear(operation: &Operation, reply: &Reply, why: &str) {
    let at = format!("{}, {why}: {} {}", name(operation), reply.status, reply.text);
    assert!(reply.status < 500, "{at}");
    operation.assert_documents(reply);
    assert!(reply.status < 400 || !reply.text.contains(CANARY), "{at}");
}
