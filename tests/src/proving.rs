//! Customers who have to prove more than a password.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{App, Person, Reply, Setup, TotpApp};

impl Setup {
    /// Where everybody must have a second factor.
    #[must_use]
    pub fn strict(self) -> Self {
        self.setting("MFA_POLICY", "required")
    }
}

impl App {
    /// Somebody who has verified their address where a second factor is required: the transaction.
    pub async fn newcomer(&self, email: &str) -> String {
        let transaction = self.register(email).await;
        let code = self.code_to(email).await;
        let reply = self.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
        assert_eq!(reply["status"], "enrollment_required", "{}", reply.text);
        reply.str("transaction")
    }

    /// Somebody who enrolled an authenticator app at their registration, and is signed in.
    pub async fn customer_with_totp(&self, email: &str) -> (Person, TotpApp) {
        let transaction = self.newcomer(email).await;
        let begun =
            self.post("/v1/mfa/enroll", json!({"transaction": transaction, "method": "totp"})).await.expect(200);
        let phone = TotpApp::new(&begun.str("secret"));
        let reply = self.mfa(&transaction, "totp", json!({"code": phone.code(self)})).await.expect(200);
        (Person::signed_in(email, "a rather long sentence", &reply), phone)
    }

    /// Answers with another proof.
    pub async fn mfa(&self, transaction: &str, method: &str, proof: Value) -> Reply {
        let mut body = proof;
        body["transaction"] = json!(transaction);
        body["method"] = json!(method);
        self.post("/v1/mfa", body).await
    }

    /// Begins to enrol a factor where one is required.
    pub async fn enroll(&self, transaction: &str, method: &str) -> Reply {
        self.post("/v1/mfa/enroll", json!({"transaction": transaction, "method": method})).await
    }

    /// Begins a delayed recovery; what uses it once its time has come.
    pub async fn recovery(&self, transaction: &str) -> Value {
        let begun = self.post("/v1/mfa/recovery", json!({"transaction": transaction})).await.expect(202);
        match begun["recovery"].as_str() {
            Some(handle) => json!({"recovery": handle}),
            None => json!({}),
        }
    }

    /// Asks for a challenge.
    pub async fn challenge(&self, transaction: &str, method: &str) -> Reply {
        self.post("/v1/mfa/challenge", json!({"transaction": transaction, "method": method})).await
    }
}

impl Person {
    /// Gives the password, and is asked for more: the transaction.
    pub async fn half_way(&self, app: &App) -> String {
        let reply = app.login(&self.email, &self.password).await.expect(200);
        assert_eq!(reply["status"], "mfa_required", "{}", reply.text);
        reply.str("transaction")
    }

    /// The same in the app of this client, whatever it answers.
    pub async fn sign_in_at(&self, app: &App, client: &str) -> Reply {
        let body = json!({"email": self.email, "password": self.password, "client_id": client});
        app.post("/v1/login", body).await.expect(200)
    }

    /// The same with a code of their authenticator app: signed in.
    pub async fn proven_at(&self, app: &App, phone: &TotpApp, client: &str) -> Self {
        let waits = self.sign_in_at(app, client).await.str("transaction");
        let reply = app.mfa(&waits, "totp", json!({"code": phone.next_code(app)})).await.expect(200);
        Self::signed_in(&self.email, &self.password, &reply)
    }

    /// Asks what a session lacks.
    pub async fn step_up(&self, app: &App, body: Value) -> Reply {
        self.call(app, Method::POST, "/v1/mfa/step-up", Some(body)).await
    }
}
