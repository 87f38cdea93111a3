//! Services and administrators, by the scope of their tokens.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{App, Reply, Setup};

impl Setup {
    /// With a service `operator`, whose secret is `secret` and which may have every scope, and an app `console` by
    /// which people administer.
    #[must_use]
    pub fn operated(self) -> Self {
        let digest: String = domain::digest(b"secret").iter().map(|byte| format!("{byte:02x}")).collect();
        let scopes: Vec<_> = domain::scope::SCOPES.iter().map(|(scope, _)| *scope).collect();
        let clients = json!([{"client_id": "operator", "client_name": "Operator",
            "grant_types": ["client_credentials"], "scopes": scopes, "introspect": true, "secret_sha256": [digest]},
            {"client_id": "console", "client_name": "Console", "grant_types": ["refresh_token"], "direct": true, "administration": true},
            {"client_id": "shop", "client_name": "Shop", "grant_types": ["refresh_token"], "direct": true, "audience": ["https://shop.example"]}]);
        self.setting("CLIENTS", &clients.to_string())
    }
}

/// A service with an access token of its own.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its access token.
    pub access: String,
}

impl App {
    /// The service of [`Setup::operated`], with a token for this scope.
    pub async fn operator(&self, scope: &str) -> Service {
        let request = self.request(Method::POST, "/oauth2/token").basic_auth("operator", Some("secret"));
        let request = request.form(&[("grant_type", "client_credentials"), ("scope", scope)]);
        Service { access: self.send(request).await.expect(200).str("access_token") }
    }
}

impl Service {
    /// A request as this service.
    pub async fn call(&self, app: &App, method: Method, path: &str, body: Option<Value>) -> Reply {
        let request = app.request(method, path).bearer_auth(&self.access);
        app.send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// `GET` as this service.
    pub async fn get(&self, app: &App, path: &str) -> Reply {
        self.call(app, Method::GET, path, None).await
    }
}
