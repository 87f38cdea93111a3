//! What the tests of `fapi2-security-profile-final-test-plan` share: two FAPI clients, their keys, and their way.

use std::cell::Cell;
use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, ClientKey, Person, Reply, Setup, VERIFIER};

use super::{HOME, NONCE, signed};

pub(crate) const ONE: usize = 0;
pub(crate) const TWO: usize = 1;
/// The second client's redirect URI has a query of its own, which comes back.
const SECOND: &str = "https://second.example/callback?dummy1=lorem&dummy2=ipsum";
pub(crate) const STATE: &str = "the-state-of-the-suite";
pub(crate) const PAR: &str = "POST /oauth2/par";
pub(crate) const TOKEN: &str = "POST /oauth2/token";
const USERINFO: &str = "GET /oauth2/userinfo";

/// The fields of a form.
pub(crate) type Fields = BTreeMap<&'static str, String>;

/// A client of the suite's.
pub(crate) struct Client {
    pub(crate) id: &'static str,
    pub(crate) home: &'static str,
    /// By which it authenticates, and signs its requests.
    pub(crate) key: ClientKey,
}

/// A deployment with the suite's two clients, its customer and its browser.
pub(crate) struct Fapi {
    pub(crate) app: App,
    pub(crate) ada: Person,
    pub(crate) browser: Browser,
    pub(crate) clients: [Client; 2],
    /// The client that acts.
    pub(crate) acts: usize,
    /// The key that tokens are bound to.
    pub(crate) dpop: ClientKey,
    made: Cell<u32>,
}

/// An object with these members in the place of its own; null is none.
pub(crate) fn with(mut base: Value, changes: &Value) -> Value {
    let members = base.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    base
}

/// A page says that it does not work, and nobody is sent anywhere.
#[track_caller]
pub(crate) fn assert_nowhere(reply: Reply) {
    let page = reply.expect(400);
    assert!(page.header("location").is_empty() && page.header("content-type").starts_with("text/html"));
}

impl Fapi {
    pub(crate) async fn start() -> Self {
        Self::with(ClientKey::generate()).await
    }

    /// The first client's key is this one.
    pub(crate) async fn with(key: ClientKey) -> Self {
        let clients = [
            Client { id: "suite", home: HOME, key },
            Client { id: "second", home: SECOND, key: ClientKey::generate() },
        ];
        let registered = clients.each_ref().map(|client| {
            json!({"client_id": client.id, "client_name": "The Suite", "redirect_uris": [client.home], "fapi2": true,
                "grant_types": ["authorization_code", "refresh_token"], "jwks": {"keys": [client.key.jwk]}})
        });
        let app = App::with(Setup::default().setting("CLIENTS", &json!(registered).to_string())).await;
        let ada = app.customer("ada@example.com").await;
        let (browser, dpop) = (Browser::default(), ClientKey::generate());
        Self { app, ada, browser, clients, acts: ONE, dpop, made: Cell::new(0) }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.clients[self.acts]
    }

    fn jti(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("jti-{}", self.made.get())
    }

    /// What a new assertion of the client that acts says, with these claims in the place of the usual ones.
    pub(crate) fn assertion_claims(&self, changes: &Value) -> Value {
        with(ClientKey::assertion_claims(&self.app, self.client().id, &self.jti()), changes)
    }

    /// A new assertion of the client that acts.
    pub(crate) fn assertion(&self, changes: &Value) -> String {
        let key = &self.client().key;
        key.sign(&json!({"alg": key.alg(), "typ": "JWT"}), &self.assertion_claims(changes))
    }

    /// A new proof for a request, with these claims in the place of the usual ones.
    pub(crate) fn proof(&self, to: &str, token: Option<&str>, changes: &Value) -> String {
        let claims = with(ClientKey::proof_claims(&self.app, to, &self.jti(), token), changes);
        self.dpop.sign(&self.dpop.proof_header(), &claims)
    }

    /// A new proof for userinfo.
    pub(crate) fn userinfo_proof(&self, token: &str, changes: &Value) -> String {
        self.proof(USERINFO, Some(token), changes)
    }

    /// Posts as the client that acts.
    pub(crate) async fn post(&self, to: &str, fields: &Fields, proof: Option<&str>) -> Reply {
        self.post_by(&self.assertion(&json!({})), to, fields, proof).await
    }

    /// Posts with this assertion.
    pub(crate) async fn post_by(&self, assertion: &str, to: &str, fields: &Fields, proof: Option<&str>) -> Reply {
        let mut all = fields.clone();
        all.insert("client_assertion", assertion.to_owned());
        all.insert("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned());
        let request = self.app.request(Method::POST, to.strip_prefix("POST ").unwrap()).form(&all);
        let request = proof.into_iter().fold(request, |request, proof| request.header("dpop", proof));
        self.app.send(request).await
    }

    /// The usual request, with these parameters in the place of its own; an empty one is left out.
    pub(crate) fn request(&self, more: &[(&'static str, &str)]) -> Fields {
        let challenge = URL_SAFE_NO_PAD.encode(domain::digest(VERIFIER.as_bytes()));
        let usual = [
            ("response_type", "code"),
            ("redirect_uri", self.client().home),
            ("scope", "openid"),
            ("state", STATE),
            ("nonce", NONCE),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let all = usual.into_iter().chain(more.iter().copied());
        let mut request: Fields = all.map(|(name, value)| (name, value.to_owned())).collect();
        request.retain(|_, value| !value.is_empty());
        request
    }

    /// Pushes a request.
    pub(crate) async fn push(&self, more: &[(&'static str, &str)]) -> Reply {
        self.post(PAR, &self.request(more), None).await
    }

    /// The browser is sent to what was pushed, with `beside` at the end of the address.
    pub(crate) async fn open_with(&mut self, pushed: &Reply, beside: &str) -> Reply {
        let (client, uri) = (self.client().id, pushed.str("request_uri"));
        let path = format!("/oauth2/authorize?client_id={client}&request_uri={uri}{beside}");
        self.browser.open(&self.app, &path).await
    }

    /// The browser is sent to what was pushed.
    pub(crate) async fn open(&mut self, pushed: &Reply) -> Reply {
        self.open_with(pushed, "").await
    }

    /// Signs in where that is asked for, and is back at the client.
    pub(crate) async fn back(&mut self, mut reply: Reply) -> BTreeMap<String, String> {
        if reply.status == 200 {
            assert!(reply.has("sign_in"), "no page to sign in on: {}", reply.text);
            reply = self.browser.sign_in(&self.app, &reply, &self.ada.email, &self.ada.password).await;
        }
        let (home, own) = self.client().home.split_once('?').unwrap_or((self.client().home, ""));
        let back = reply.expect(303).back_at(home);
        assert_eq!(back["iss"], self.app.system.gateway_url());
        for (name, value) in own.split('&').filter_map(|pair| pair.split_once('=')) {
            assert_eq!(back[name], value);
        }
        back
    }

    /// The whole way to a code.
    pub(crate) async fn go(&mut self, more: &[(&'static str, &str)]) -> BTreeMap<String, String> {
        let pushed = self.push(more).await.expect(201);
        let reply = self.open(&pushed).await;
        self.back(reply).await
    }

    /// What a code is exchanged by.
    pub(crate) fn code_grant(&self, back: &BTreeMap<String, String>) -> Fields {
        [
            ("grant_type", "authorization_code"),
            ("code", &back["code"]),
            ("redirect_uri", self.client().home),
            ("code_verifier", VERIFIER),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
    }

    /// Asks for tokens, with a proof.
    pub(crate) async fn grant(&self, fields: &Fields) -> Reply {
        self.post(TOKEN, fields, Some(&self.proof(TOKEN, None, &json!({})))).await
    }

    pub(crate) async fn exchange(&self, back: &BTreeMap<String, String>) -> Reply {
        self.grant(&self.code_grant(back)).await
    }

    /// The whole way to tokens.
    pub(crate) async fn tokens(&mut self, more: &[(&'static str, &str)]) -> Reply {
        let back = self.go(more).await;
        let tokens = self.exchange(&back).await.expect(200);
        assert_eq!(tokens["token_type"], "DPoP");
        tokens
    }

    /// Asks userinfo, in this way.
    pub(crate) async fn ask(&self, authorization: &str, proofs: &[&str]) -> Reply {
        let request = self.app.request(Method::GET, "/oauth2/userinfo").header("authorization", authorization);
        let request = proofs.iter().fold(request, |request, proof| request.header("dpop", *proof));
        self.app.send(request).await
    }

    /// Asks userinfo as one should.
    pub(crate) async fn userinfo(&self, tokens: &Reply) -> Reply {
        let access = tokens.str("access_token");
        self.ask(&format!("DPoP {access}"), &[&self.userinfo_proof(&access, &json!({}))]).await
    }

    /// The claims of an ID token, which is as it must be.
    pub(crate) async fn verified(&self, tokens: &Reply) -> Value {
        let claims = signed(&self.app, &tokens.str("id_token"), Algorithm::ES256, self.client().id).await;
        assert_eq!(claims["sub"], self.ada.sub);
        claims
    }
}
