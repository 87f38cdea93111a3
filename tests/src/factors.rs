//! Factors that customers add.

use domain::{Secret, SignedDuration, Timestamp, Totp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{App, Authenticator, Person, Reply};

/// An authenticator app.
#[derive(Clone, Debug)]
pub struct TotpApp {
    secret: Secret<Vec<u8>>,
}

impl TotpApp {
    /// The app that was given this secret, in base 32.
    pub fn new(secret: &str) -> Self {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let five = |c: char| ALPHABET.find(c).unwrap();
        let bits: Vec<bool> =
            secret.chars().flat_map(|c| (0..5).rev().map(move |bit| five(c) >> bit & 1 == 1)).collect();
        let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        Self { secret: Secret::new(bits.chunks_exact(8).map(byte).collect()) }
    }

    /// The code that it shows now.
    pub fn code(&self, app: &App) -> String {
        Totp::code(&self.secret, Timestamp::from_second(app.now()).unwrap())
    }

    /// What it shows once what it showed last is over.
    pub fn next_code(&self, app: &App) -> String {
        app.advance(SignedDuration::from_secs(30));
        self.code(app)
    }
}

impl App {
    /// Where the browsers of this deployment are.
    pub async fn issuer(&self) -> String {
        self.get("/.well-known/openid-configuration").await.expect(200).str("issuer")
    }
}

impl Person {
    /// `POST` as this person.
    pub async fn post(&self, app: &App, path: &str, body: Value) -> Reply {
        self.call(app, Method::POST, path, Some(body)).await
    }

    /// Adds an authenticator app; the app, and the factor.
    pub async fn add_totp(&self, app: &App) -> (TotpApp, Reply) {
        let started = self.post(app, "/v1/me/factors/totp", json!({})).await.expect(201);
        let totp = TotpApp::new(&started.str("secret"));
        let body = json!({"transaction": started.str("transaction"), "code": totp.code(app)});
        let factor = self.post(app, "/v1/me/factors/totp/activate", body).await.expect(201);
        (totp, factor)
    }

    /// Adds a phone; the factor.
    pub async fn add_phone(&self, app: &App, number: &str) -> Reply {
        let started = self.post(app, "/v1/me/factors/sms", json!({"number": number})).await.expect(202);
        let body = json!({"transaction": started.str("transaction"), "code": app.code_to(number).await});
        self.post(app, "/v1/me/factors/sms/activate", body).await.expect(201)
    }

    /// Adds codes by mail; the factor.
    pub async fn add_mailbox(&self, app: &App) -> Reply {
        let started = self.call(app, Method::POST, "/v1/me/factors/email", None).await.expect(202);
        let body = json!({"transaction": started.str("transaction"), "code": app.code_to(&self.email).await});
        self.post(app, "/v1/me/factors/email/activate", body).await.expect(201)
    }

    /// Asks for options and has the authenticator make a credential: what `/v1/me/factors/passkey` reads.
    pub async fn make_passkey(&self, app: &App, authenticator: &mut Authenticator) -> Value {
        let options = self.post(app, "/v1/me/factors/passkey/options", json!({})).await.expect(200);
        let credential = authenticator.create(&options["public_key"]);
        json!({"transaction": options.str("transaction"), "credential": credential})
    }

    /// Adds a passkey; the factor.
    pub async fn add_passkey(&self, app: &App, authenticator: &mut Authenticator) -> Reply {
        let body = self.make_passkey(app, authenticator).await;
        self.post(app, "/v1/me/factors/passkey", body).await.expect(201)
    }
}
