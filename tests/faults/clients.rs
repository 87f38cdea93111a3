//! Registering clients, by themselves and by administrators.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, Documents, Reply, Service, challenge};

use super::{sweep, sweep_last};

const REGISTERED: &str = "/oauth2/register";

fn calendar() -> Value {
    json!({"client_name": "The Calendar", "redirect_uris": ["https://calendar.example/back"]})
}

/// A client that has registered itself: its id, and its token.
struct Itself {
    id: String,
    token: Service,
}

async fn itself(app: &App, _: usize) -> Itself {
    let desk = app.operator("clients:register").await;
    let reply = desk.call(app, Method::POST, REGISTERED, Some(calendar())).await.expect(201);
    Itself { id: reply.str("client_id"), token: Service { access: reply.str("registration_access_token") } }
}

impl Itself {
    async fn call(&self, app: &App, method: Method, body: Option<Value>) -> Reply {
        self.token.call(app, method, &format!("{REGISTERED}/{}", self.id), body).await
    }
}

/// An administrator, and a client with a secret that they registered.
async fn filed(app: &App, n: usize) -> (Service, String) {
    let desk = app.operator("admin:clients").await;
    let path = format!("/v1/admin/clients/printer-{n}");
    desk.call(app, Method::PUT, &path, Some(printer(n))).await.expect(201);
    (desk, path)
}

fn printer(n: usize) -> Value {
    json!({"client_id": format!("printer-{n}"), "client_name": "Printer", "grant_types": ["authorization_code"],
        "redirect_uris": ["https://printer.example/back"], "token_endpoint_auth_method": "client_secret_basic"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registered() {
    let prepare = async |app: &App, _: usize| app.operator("clients:register").await;
    let act = async |app: &App, desk: &Service| desk.call(app, Method::POST, REGISTERED, Some(calendar())).await;
    sweep("POST /oauth2/register", prepare, act, async |app, _, seen| {
        let reply = seen.last().clone().expect(201);
        let itself =
            Itself { id: reply.str("client_id"), token: Service { access: reply.str("registration_access_token") } };
        itself.call(app, Method::GET, None).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn managed() {
    let act = async |app: &App, itself: &Itself| itself.call(app, Method::GET, None).await;
    sweep_last("GET /oauth2/register/{client_id}", itself, act, async |_, _, seen| {
        seen.last().clone().expect(200);
    })
    .await;
    let act = async |app: &App, itself: &Itself| {
        let mut body = calendar();
        body["client_id"] = json!(itself.id);
        body["client_name"] = json!("Another Calendar");
        itself.call(app, Method::PUT, Some(body)).await
    };
    sweep_last("PUT /oauth2/register/{client_id}", itself, act, async |app, itself, seen| {
        seen.last().clone().expect(200);
        let now = itself.call(app, Method::GET, None).await.expect(200);
        assert_eq!(now["client_name"], "Another Calendar");
    })
    .await;
    let act = async |app: &App, itself: &Itself| itself.call(app, Method::DELETE, None).await;
    sweep_last("DELETE /oauth2/register/{client_id}", itself, act, async |app, itself, seen| {
        // Whose answer was lost is gone all the same, and nobody any more.
        let status = seen.last().status;
        assert!(status == 204 || seen.again.is_some() && status == 401, "{status}");
        itself.call(app, Method::GET, None).await.oauth(401, "invalid_token");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administered() {
    let prepare = async |app: &App, n: usize| (app.operator("admin:clients").await, n);
    let act = async |app: &App, (desk, n): &(Service, usize)| {
        desk.call(app, Method::PUT, &format!("/v1/admin/clients/printer-{n}"), Some(printer(*n))).await
    };
    sweep("PUT /v1/admin/clients/{id}", prepare, act, async |app, (desk, n), seen| {
        // Whose first answer was lost changes what is there, to the same.
        let status = seen.last().status;
        assert!(status == 201 || seen.again.is_some() && status == 200, "{status}");
        let now = desk.get(app, &format!("/v1/admin/clients/printer-{n}")).await.expect(200);
        assert_eq!(now["secrets"].as_array().unwrap().len(), 1);
    })
    .await;
    type Filed = (Service, String);
    let act = async |app: &App, (desk, path): &Filed| desk.get(app, path).await;
    sweep_last("GET /v1/admin/clients/{id}", filed, act, async |_, _, seen| {
        seen.last().clone().expect(200);
    })
    .await;
    let act = async |app: &App, (desk, _): &Filed| desk.get(app, "/v1/admin/clients").await;
    sweep_last("GET /v1/admin/clients", filed, act, async |_, _, seen| {
        seen.last().clone().expect(200);
    })
    .await;
    let act = async |app: &App, (desk, path): &Filed| desk.call(app, Method::DELETE, path, None).await;
    sweep_last("DELETE /v1/admin/clients/{id}", filed, act, async |app, (desk, path), seen| {
        let status = seen.last().status;
        assert!(status == 204 || seen.again.is_some() && status == 404, "{status}");
        desk.get(app, path).await.problem(404, "not-found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets() {
    type Filed = (Service, String);
    let act =
        async |app: &App, (desk, path): &Filed| desk.call(app, Method::POST, &format!("{path}/secrets"), None).await;
    sweep_last("POST /v1/admin/clients/{id}/secrets", filed, act, async |app, (desk, path), seen| {
        seen.last().clone().expect(201);
        let now = desk.get(app, path).await.expect(200);
        // A secret that nobody was told is there to be removed.
        let most = if seen.again.is_some() { 3 } else { 2 };
        assert!((2..=most).contains(&now["secrets"].as_array().unwrap().len()), "{}", now.text);
    })
    .await;
    let prepare = async |app: &App, n: usize| {
        let (desk, path) = filed(app, n).await;
        let first = desk.get(app, &path).await.expect(200)["secrets"][0]["id"].as_str().unwrap().to_owned();
        desk.call(app, Method::POST, &format!("{path}/secrets"), None).await.expect(201);
        (desk, format!("{path}/secrets/{first}"), path)
    };
    type Two = (Service, String, String);
    let act = async |app: &App, (desk, first, _): &Two| desk.call(app, Method::DELETE, first, None).await;
    sweep_last("DELETE /v1/admin/clients/{id}/secrets/{secret}", prepare, act, async |app, (desk, _, path), seen| {
        let status = seen.last().status;
        assert!(status == 204 || seen.again.is_some() && status == 404, "{status}");
        assert_eq!(desk.get(app, path).await.expect(200)["secrets"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brands() {
    type Written = (Service, String);
    let brand = |path: &str, name: &str| json!({"key": path.rsplit('/').next().unwrap(), "name": name});
    let prepare =
        async |app: &App, n: usize| (app.operator("admin:brands").await, format!("/v1/admin/brands/stand-{n}"));
    let act = async |app: &App, (desk, path): &Written| {
        desk.call(app, Method::PUT, path, Some(brand(path, "The Stand"))).await
    };
    sweep("PUT /v1/admin/brands/{key}", prepare, act, async |app, (desk, path), seen| {
        let status = seen.last().status;
        assert!(status == 201 || seen.again.is_some() && status == 200, "{status}");
        assert_eq!(desk.get(app, path).await.expect(200)["brand"]["name"], "The Stand");
    })
    .await;
    let written = async |app: &App, n: usize| {
        let (desk, path) = prepare(app, n).await;
        desk.call(app, Method::PUT, &path, Some(brand(&path, "The Stand"))).await;
        (desk, path)
    };
    let act = async |app: &App, (desk, path): &Written| desk.get(app, path).await;
    sweep_last("GET /v1/admin/brands/{key}", written, act, async |_, _, seen| {
        seen.last().clone().expect(200);
    })
    .await;
    let act = async |app: &App, (desk, _): &Written| desk.get(app, "/v1/admin/brands").await;
    sweep_last("GET /v1/admin/brands", written, act, async |_, _, seen| {
        seen.last().clone().expect(200);
    })
    .await;
    let act = async |app: &App, (desk, path): &Written| desk.call(app, Method::DELETE, path, None).await;
    sweep_last("DELETE /v1/admin/brands/{key}", written, act, async |app, (desk, path), seen| {
        let status = seen.last().status;
        assert!(status == 204 || seen.again.is_some() && status == 404, "{status}");
        desk.get(app, path).await.problem(404, "not-found");
    })
    .await;
}

/// A client that describes itself, and sends a browser. Leading on is the success.
async fn sent(app: &App, at: &Documents) -> Reply {
    let (id, challenge) = (at.at("client.json"), challenge());
    let query = [
        ("client_id", &*id),
        ("response_type", "code"),
        ("redirect_uri", Documents::BACK),
        ("scope", "openid"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let reply = app.send(app.request(Method::GET, "/oauth2/authorize").query(&query)).await;
    if reply.status == 303 { Reply { status: 200, ..reply } } else { reply }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn described() {
    let new = async |_: &App, _: usize| {
        let at = Documents::start().await;
        at.keep("client.json", &json!({}));
        at
    };
    sweep("GET /oauth2/authorize of a client that describes itself", new, sent, async |app, at, seen| {
        assert!(seen.last().clone().expect(200).header("location").starts_with("/oauth2/continue?transaction="));
        at.fail("client.json", 500);
        sent(app, at).await.expect(200);
    })
    .await;
    let gone = async |app: &App, n: usize| {
        let at = new(app, n).await;
        sent(app, &at).await.expect(200);
        app.advance(domain::SignedDuration::from_mins(5));
        at.fail("client.json", 404);
        at
    };
    // What is refused is refused: whatever failed on the way, it is forgotten in the end. While nothing can be fetched,
    // what was known is believed.
    let refused = async |app: &App, at: &Documents| {
        let reply = sent(app, at).await;
        if reply.status == 400 { Reply { status: 200, ..reply } } else { reply }
    };
    sweep_last("GET /oauth2/authorize of a client that is gone", gone, refused, async |app, at, seen| {
        if !seen.last().clone().expect(200).header("location").is_empty() {
            app.advance(domain::SignedDuration::from_mins(1));
            sent(app, at).await.expect(400);
        }
        at.fail("client.json", 500);
        sent(app, at).await.expect(400);
    })
    .await;
}

/// A browser that is asked about it loses nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn described_while_its_host_and_what_fetches_are_down() {
    let app = App::with(super::setup()).await;
    let at = Documents::start().await;
    let id = at.keep("client.json", &json!({}));
    let down = || app.system.faults().down(local::aws::Service::Lambda);
    down();
    sent(&app, &at).await.expect(503);
    app.system.faults().clear();
    sent(&app, &at).await.expect(200);
    app.advance(domain::SignedDuration::from_mins(5));
    down();
    sent(&app, &at).await.expect(200);
    let mut browser = Browser::default();
    let asked = [("client_id", &*id), ("redirect_uri", Documents::BACK)];
    browser.authorize(&app, &asked).await.expect(200);
}
