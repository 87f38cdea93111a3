//! Customers.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{App, Reply};

/// A signed-in customer.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Their id.
    pub sub: String,
    /// Their access token.
    pub access: String,
    /// Their ID token.
    pub id: String,
    /// Their refresh token.
    pub refresh: String,
    /// Their device token.
    pub device: String,
}

/// The password of everybody who does not choose one.
const PASSWORD: &str = "a rather long sentence";

impl App {
    /// Begins a registration with a password; its transaction.
    pub async fn register(&self, email: &str) -> String {
        let body = json!({"email": email, "password": PASSWORD});
        self.post("/v1/register", body).await.expect(202).str("transaction")
    }

    /// Somebody who has registered, verified, and is signed in.
    pub async fn customer(&self, email: &str) -> Person {
        let transaction = self.register(email).await;
        let code = self.code_to(email).await;
        let reply = self.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
        Person::signed_in(email, PASSWORD, &reply)
    }

    /// Signs in with address and password.
    pub async fn login(&self, email: &str, password: &str) -> Reply {
        self.post("/v1/login", json!({"email": email, "password": password})).await
    }

    /// Says that the password is forgotten; the transaction.
    pub async fn forgotten(&self, email: &str) -> String {
        self.post("/v1/recover", json!({"email": email})).await.expect(202).str("transaction")
    }

    /// Begins a sign-in by mail; the transaction.
    pub async fn passwordless(&self, email: &str, method: &str) -> String {
        let body = json!({"email": email, "method": method});
        self.post("/v1/passwordless", body).await.expect(202).str("transaction")
    }

    /// Exchanges a refresh token of the built-in client.
    pub async fn refresh(&self, token: &str) -> Reply {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "portico")];
        self.form("/oauth2/token", &fields).await
    }
}

impl Person {
    /// Reads the signed-in answer.
    #[track_caller]
    pub fn signed_in(email: &str, password: &str, reply: &Reply) -> Self {
        assert_eq!(reply["status"], "complete", "{}", reply.text);
        let access = reply.str("access_token");
        Self {
            email: email.to_owned(),
            password: password.to_owned(),
            sub: claims(&access)["sub"].as_str().unwrap().to_owned(),
            id: reply.str("id_token"),
            refresh: reply.str("refresh_token"),
            device: reply["device_token"].as_str().unwrap_or_default().to_owned(),
            access,
        }
    }

    /// Signs in once more: another session of the same person.
    pub async fn again(&self, app: &App) -> Self {
        Self::signed_in(&self.email, &self.password, &app.login(&self.email, &self.password).await.expect(200))
    }

    /// A request as this person.
    pub async fn call(&self, app: &App, method: Method, path: &str, body: Option<Value>) -> Reply {
        let request = app.request(method, path).bearer_auth(&self.access);
        app.send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// `GET` as this person.
    pub async fn get(&self, app: &App, path: &str) -> Reply {
        self.call(app, Method::GET, path, None).await
    }
}

/// The claims of a token, unverified.
pub fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
