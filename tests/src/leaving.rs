//! Customers who are to be erased.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::{App, Person, Reply};

impl Person {
    /// Asks to be erased.
    pub async fn leave(&self, app: &App) -> Reply {
        self.call(app, Method::POST, "/v1/me/erasure", None).await
    }

    /// Signs in with the password, and is asked whether they have changed their mind: the transaction.
    pub async fn at_the_door(&self, app: &App) -> String {
        let reply = app.login(&self.email, &self.password).await.expect(200);
        assert_eq!(reply["status"], "erasure_pending", "{}", reply.text);
        reply.str("transaction")
    }
}

impl App {
    /// Withdraws an erasure.
    pub async fn stay(&self, transaction: &str) -> Reply {
        self.post("/v1/erasure/withdraw", json!({"transaction": transaction})).await
    }

    /// Lets the run look once at what is due.
    pub async fn erase(&self) -> Result<serde_json::Value, String> {
        self.system.invoke("eraser", json!({"portico": "erase"})).await
    }

    /// Lets the grace period pass, and the run do all that it can.
    pub async fn erase_due(&self) {
        self.settle().await;
        self.advance(SignedDuration::from_hours(14 * 24));
        for _ in 0..3 {
            self.erase().await.unwrap();
            self.settle().await;
        }
    }
}
