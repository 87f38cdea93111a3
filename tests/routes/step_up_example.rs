//! What `docs/step-up.md` shows: a resource server outside Portico that asks for two factors. Copy
//! [`Payments`] and [`pay`]; what comes after them is their test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, jwk::JwkSet};
use serde::Deserialize;
use serde_json::{Value, json};
use step_up::Demand;
use tests::{App, Person, Setup, claims};
use tower::ServiceExt as _;

/// What the service reads of an access token.
#[derive(Deserialize)]
struct Token {
    sub: String,
    exp: i64,
    acr: Option<String>,
    auth_time: Option<i64>,
}

/// A service of somebody else's.
struct Payments {
    /// Portico's `/.well-known/jwks.json`: read again when a `kid` is not in it, and once an hour.
    jwks: JwkSet,
    /// Portico.
    issuer: String,
    /// This service, as `audience` of the client in Portico's registry names it.
    audience: String,
    /// Seconds since 1970. A service has the system's; a test has its own.
    clock: Box<dyn Fn() -> i64 + Send + Sync>,
}

impl Payments {
    /// What this service's tokens are signed with: `signing_alg` of the client. The header of a token does
    /// not choose.
    const ALGORITHM: Algorithm = Algorithm::ES256;

    /// The claims, if this is an access token of Portico's, for this service, that holds now.
    fn token(&self, headers: &HeaderMap) -> Option<Token> {
        let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        let head = decode_header(token).ok()?;
        // An ID token is signed by the same key, for the app (RFC 9068 §4).
        let typ = head.typ?.to_ascii_lowercase();
        if typ.strip_prefix("application/").unwrap_or(&typ) != "at+jwt" {
            return None;
        }
        let key = DecodingKey::from_jwk(self.jwks.find(&head.kid?)?).ok()?;
        let mut rules = Validation::new(Self::ALGORITHM);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["iss", "aud", "exp"]);
        // By the clock below. The library's own would do as well, where that is the system's.
        rules.validate_exp = false;
        let claims = decode::<Token>(token, &key, &rules).ok()?.claims;
        ((self.clock)() < claims.exp).then_some(claims)
    }
}

async fn pay(State(service): State<Arc<Payments>>, headers: HeaderMap) -> Response {
    let Some(token) = service.token(&headers) else {
        let challenge = r#"Bearer error="invalid_token""#.to_owned();
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response();
    };
    let demand = Demand { acr: Some("aal2"), max_age: Some(600) };
    match demand.check(token.acr.as_deref(), token.auth_time, (service.clock)()) {
        Ok(()) => format!("paid by {}", token.sub).into_response(),
        Err(challenge) => {
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge.to_string())]).into_response()
        }
    }
}

/// The service, and how its customers see it.
struct Shop {
    router: Router,
    now: Arc<AtomicI64>,
}

impl Shop {
    const ADDRESS: &str = "https://payments.example";

    async fn of(app: &App, issuer: &str, audience: &str) -> Self {
        let jwks = serde_json::from_value(app.get("/.well-known/jwks.json").await.expect(200).body).unwrap();
        let now = Arc::new(AtomicI64::new(app.now()));
        let clock = now.clone();
        let service = Payments {
            jwks,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            clock: Box::new(move || clock.load(Ordering::SeqCst)),
        };
        Self { router: Router::new().route("/payments", post(pay)).with_state(Arc::new(service)), now }
    }

    /// Status and challenge.
    async fn pay(&self, token: &str) -> (u16, Option<String>) {
        let request = Request::post("/payments").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let challenge = response.headers().get(header::WWW_AUTHENTICATE).cloned();
        (response.status().as_u16(), challenge.map(|value| value.to_str().unwrap().to_owned()))
    }
}

/// A deployment whose app's tokens are for the service too.
fn setup() -> Setup {
    let clients = json!([{"client_id": "portico", "client_name": "Shop", "grant_types": ["refresh_token"],
        "direct": true, "audience": [Shop::ADDRESS]}]);
    Setup::default().strict().setting("CLIENTS", &clients.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_server_asks_for_two_factors_and_gets_them() {
    let app = App::with(setup()).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let clients = setup().settings.into_iter().filter(|(name, _)| name == "CLIENTS");
    let off = [("MFA_POLICY".to_owned(), "off".to_owned())];
    app.system.update(&[], &clients.chain(off).collect::<Vec<_>>()).await.unwrap();
    let once = ada.again(&app).await;
    let shop = Shop::of(&app, &app.system.gateway_url(), Shop::ADDRESS).await;

    let challenge = r#"Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="600""#;
    assert_eq!(shop.pay(&once.access).await, (401, Some(challenge.to_owned())));
    let wanted = json!({"acr_values": "aal2", "max_age": 600});
    let asked = once.step_up(&app, wanted).await.expect(200);
    let reply = app.mfa(&asked.str("transaction"), "totp", json!({"code": phone.next_code(&app)})).await.expect(200);
    let up = Person::signed_in(&ada.email, &ada.password, &reply);
    shop.now.store(app.now(), Ordering::SeqCst);
    assert_eq!(shop.pay(&up.access).await, (200, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_server_takes_access_tokens_for_itself_that_hold_now_and_nothing_else() {
    let app = App::with(setup()).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    let waits = ada.half_way(&app).await;
    let reply = app.mfa(&waits, "totp", json!({"code": phone.next_code(&app)})).await.expect(200);
    let ada = Person::signed_in(&ada.email, &ada.password, &reply);
    let (elsewhere, issuer) = (App::with(setup()).await, app.system.gateway_url());
    let shop = Shop::of(&app, &issuer, Shop::ADDRESS).await;
    let (eve, _) = elsewhere.customer_with_totp("ada@example.com").await;

    let invalid = (401, Some(r#"Bearer error="invalid_token""#.to_owned()));
    let head = decode_header(&ada.access).unwrap();
    let said = claims(&ada.access);
    // What anybody can make who knows the public key.
    let hmac = Header { alg: Algorithm::HS256, ..head.clone() };
    let jwks = app.get("/.well-known/jwks.json").await.expect(200);
    let by_hmac =
        |secret: &str| jsonwebtoken::encode(&hmac, &said, &EncodingKey::from_secret(secret.as_bytes())).unwrap();
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let none = json!({"alg": "none", "typ": "at+jwt", "kid": head.kid});
    let unsigned = format!("{}.{}.", part(none), part(said.clone()));
    for (what, token) in [
        ("nothing", ""),
        ("nonsense", "nonsense"),
        ("an ID token", &ada.id),
        ("a refresh token", &ada.refresh),
        ("another deployment's", &eve.access),
        ("unsigned", &unsigned),
        ("signed with the public key", &by_hmac(&jwks.text)),
        ("cut off", &ada.access[..ada.access.len() - 4]),
    ] {
        assert_eq!(shop.pay(token).await, invalid, "{what}");
    }
    // An ID token has its client's id as `aud`; what is called like that is no app yet.
    for (what, issuer, audience, token) in [
        ("for another service", issuer.as_str(), "https://orders.example", &ada.access),
        ("of another issuer", "https://id.example", Shop::ADDRESS, &ada.access),
        ("an ID token, where its audience is right", issuer.as_str(), "portico", &ada.id),
    ] {
        assert_eq!(Shop::of(&app, issuer, audience).await.pay(token).await, invalid, "{what}");
    }

    app.advance(SignedDuration::from_secs(599));
    shop.now.store(app.now(), Ordering::SeqCst);
    let last = shop.pay(&ada.access).await;
    app.advance(SignedDuration::from_secs(1));
    shop.now.store(app.now(), Ordering::SeqCst);
    assert_eq!((last.0, shop.pay(&ada.access).await), (200, invalid), "until it ends");
}
