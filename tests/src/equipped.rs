//! Customers with something to prove who they are by, beside a password.

use domain::SignedDuration;
use serde_json::{Value, json};

use crate::{App, Authenticator, Person, TotpApp};

/// A customer, and what it takes to prove one method.
pub struct Equipped {
    /// The customer.
    pub person: Person,
    /// The method, as the API names it.
    pub method: &'static str,
    with: With,
}

/// What it takes.
enum With {
    App(TotpApp),
    Key(Authenticator),
    /// An address or number that receives codes.
    Inbox(String),
    /// What is sent as it is.
    Given(Value),
}

impl App {
    /// A customer who can prove this method beside a password. What stands in for another factor stands
    /// in for an authenticator app.
    pub async fn equipped(&self, email: &str, method: &'static str) -> Equipped {
        let person = self.customer(email).await;
        let with = match method {
            "sms" => {
                let number = number(email);
                person.add_phone(self, &number).await;
                With::Inbox(number)
            }
            "email" => {
                person.add_mailbox(self).await;
                With::Inbox(email.to_owned())
            }
            "passkey" => {
                let mut key = Authenticator::new(&self.issuer().await);
                person.add_passkey(self, &mut key).await;
                With::Key(key)
            }
            _ => self.beside_an_app(&person, method).await,
        };
        Equipped { person, method, with }
    }

    async fn beside_an_app(&self, person: &Person, method: &str) -> With {
        let (totp, _) = person.add_totp(self).await;
        // What it showed is over.
        self.advance(SignedDuration::from_secs(60));
        match method {
            "totp" => With::App(totp),
            "recovery_code" => {
                let made = person.post(self, "/v1/me/factors/recovery-codes", json!({})).await.expect(201);
                With::Given(json!({"code": made["codes"][0]}))
            }
            "delayed_recovery" => {
                let proof = self.recovery(&person.half_way(self).await).await;
                self.advance(SignedDuration::from_hours(72));
                With::Given(proof)
            }
            method => panic!("{method} is no method"),
        }
    }
}

impl Equipped {
    /// What proves it in this transaction: challenged first, where something is to be sent or asked.
    pub async fn proof(&self, app: &App, transaction: &str) -> Value {
        match &self.with {
            With::App(totp) => json!({"code": totp.code(app)}),
            With::Key(key) => {
                let asked = app.challenge(transaction, self.method).await.expect(200);
                json!({"credential": key.clone().get(&asked["public_key"])})
            }
            With::Inbox(address) => {
                // What waits together goes out in any order.
                app.settle().await;
                app.challenge(transaction, self.method).await.expect(200);
                json!({"code": app.code_to(address).await})
            }
            With::Given(proof) => proof.clone(),
        }
    }
}

/// A phone of one's own.
pub fn number(email: &str) -> String {
    let digits = email.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 1_000_000;
    format!("+4915112{digits:06}")
}
