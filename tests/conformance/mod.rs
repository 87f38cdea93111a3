//! The OpenID Foundation's test modules, each as one black-box test of its name: what its name and the
//! specification say, asked over HTTP by a client that knows the metadata, its secret, and the forms of the pages.
//!
//! Which there are, and which do not apply, stands in `docs/oidc.md`.
#![expect(non_snake_case, reason = "the foundation's names")]

mod assertion;
mod backchannel;
mod basic;
mod config;
mod dpop;
mod fapi;
mod fapi_plan;
mod logout;
mod par;
mod request_object;

use std::collections::BTreeMap;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, Person, Reply, Setup};

pub(crate) const HOME: &str = "https://suite.example/callback";
pub(crate) const AFTER: &str = "https://suite.example/after";
const SECOND: &str = "https://second.example/callback";
/// SHA-256 of `secret`.
const SECRET: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
const NONCE: &str = "the-nonce-of-the-suite";

/// A client of the suite's. The plans send no PKCE, so that it is registered without.
pub(crate) fn client(id: &str, home: &str, method: &str) -> Value {
    json!({"client_id": id, "client_name": "The Suite", "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [home], "post_logout_redirect_uris": [AFTER], "secret_sha256": [SECRET],
        "require_pkce": false, "token_endpoint_auth_method": method, "signing_alg": "RS256"})
}

/// The claims of a token of the deployment's for a client, whose signature, issuer, audience and times are as they
/// must be.
pub(crate) async fn signed(app: &App, token: &str, alg: Algorithm, audience: &str) -> Value {
    let keys = app.get("/.well-known/jwks.json").await.expect(200);
    let keys: JwkSet = serde_json::from_value(keys.body).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(alg);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[app.system.gateway_url()]);
    // The deployment's clock is the test's own.
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims;
    let (iat, exp, now) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap(), app.now());
    assert!(iat <= now && now < exp, "{claims}");
    claims
}

/// A deployment with the suite's two clients and its one customer, and the suite's browser.
pub(crate) struct Plan {
    pub(crate) app: App,
    pub(crate) ada: Person,
    pub(crate) browser: Browser,
}

impl Plan {
    pub(crate) async fn start() -> Self {
        Self::with("client_secret_basic").await
    }

    /// Its clients authenticate in this way.
    pub(crate) async fn with(method: &str) -> Self {
        Self::of(&[client("suite", HOME, method), client("second", SECOND, method)]).await
    }

    /// With these clients.
    pub(crate) async fn of(clients: &[Value]) -> Self {
        let app = App::with(Setup::default().setting("CLIENTS", &json!(clients).to_string())).await;
        let ada = app.customer("ada@example.com").await;
        Self { app, ada, browser: Browser::default() }
    }

    /// Is sent to the authorization endpoint; a parameter that is empty is left out.
    pub(crate) async fn ask(&mut self, more: &[(&str, &str)]) -> Reply {
        let usual = [
            ("client_id", "suite"),
            ("redirect_uri", HOME),
            ("scope", "openid"),
            ("state", "the-state"),
            ("nonce", NONCE),
            ("code_challenge", ""),
            ("code_challenge_method", ""),
        ];
        let kept = usual.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        let all: Vec<_> = kept.chain(more.iter().copied()).collect();
        self.browser.authorize(&self.app, &all).await
    }

    /// Signs in on the page.
    pub(crate) async fn sign_in(&mut self, page: &Reply) -> Reply {
        assert!(page.has("sign_in"), "no page to sign in on: {} {}", page.status, page.text);
        self.browser.sign_in(&self.app, page, &self.ada.email, &self.ada.password).await
    }

    /// The whole way to the client, by way of signing in where that is asked for.
    pub(crate) async fn go(&mut self, more: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut reply = self.ask(more).await;
        if reply.status == 200 {
            reply = self.sign_in(&reply).await;
        }
        let back = reply.expect(303).back_at(HOME);
        assert_eq!(back["iss"], self.app.system.gateway_url());
        back
    }

    /// Exchanges a code, as the suite's client does by default.
    pub(crate) async fn exchange(&self, back: &BTreeMap<String, String>) -> Reply {
        let fields = [("grant_type", "authorization_code"), ("code", &*back["code"]), ("redirect_uri", HOME)];
        let request = self.app.request(Method::POST, "/oauth2/token").basic_auth("suite", Some("secret"));
        self.app.send(request.form(&fields)).await
    }

    /// The whole way to tokens.
    pub(crate) async fn tokens(&mut self, more: &[(&str, &str)]) -> Reply {
        let back = self.go(more).await;
        assert_eq!(back["state"], "the-state");
        self.exchange(&back).await.expect(200)
    }

    /// The claims of an ID token, whose signature, issuer, audience, times and subject are as they must be.
    pub(crate) async fn verified(&self, tokens: &Reply) -> Value {
        let claims = signed(&self.app, &tokens.str("id_token"), Algorithm::RS256, "suite").await;
        assert_eq!(claims["sub"], self.ada.sub);
        claims
    }

    pub(crate) async fn userinfo(&self, tokens: &Reply) -> Value {
        let request = self.app.request(Method::GET, "/oauth2/userinfo").bearer_auth(tokens.str("access_token"));
        let told = self.app.send(request).await.expect(200);
        assert!(told.header("content-type").starts_with("application/json"));
        assert_eq!(told["sub"], self.ada.sub);
        told.body
    }
}
