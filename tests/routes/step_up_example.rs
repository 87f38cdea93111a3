//! What `docs/step-up.md` shows: a resource server outside Portico that asks for two factors.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::Deserialize;
use serde_json::json;
use step_up::Demand;
use tests::{App, Person, Setup};
use tower::ServiceExt as _;

/// What the service reads of an access token.
#[derive(Deserialize)]
struct Token {
    sub: String,
    acr: Option<String>,
    auth_time: Option<i64>,
}

/// A service of somebody else's.
struct Payments {
    jwks: JwkSet,
    issuer: String,
    now: i64,
}

async fn pay(State(service): State<Arc<Payments>>, headers: HeaderMap) -> Response {
    let Some(token) = service.token(&headers) else {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer".to_owned())]).into_response();
    };
    let demand = Demand { acr: Some("aal2"), max_age: Some(600) };
    match demand.check(token.acr.as_deref(), token.auth_time, service.now) {
        Ok(()) => format!("paid by {}", token.sub).into_response(),
        Err(challenge) => {
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge.to_string())]).into_response()
        }
    }
}

impl Payments {
    fn token(&self, headers: &HeaderMap) -> Option<Token> {
        let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        let head = decode_header(token).ok()?;
        let key = DecodingKey::from_jwk(self.jwks.find(&head.kid?)?).ok()?;
        let mut rules = Validation::new(head.alg);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.issuer]);
        // The test's clock is not the world's.
        rules.validate_exp = false;
        decode::<Token>(token, &key, &rules).ok().map(|decoded| decoded.claims)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_server_asks_for_two_factors_and_gets_them() {
    let app = App::with(Setup::default().strict()).await;
    let (ada, phone) = app.customer_with_totp("ada@example.com").await;
    app.system.update(&[], &[("MFA_POLICY".to_owned(), "off".to_owned())]).await.unwrap();
    let once = ada.again(&app).await;

    let jwks = serde_json::from_value(app.get("/.well-known/jwks.json").await.expect(200).body).unwrap();
    let service = Arc::new(Payments { jwks, issuer: app.system.gateway_url(), now: app.now() });
    let router = Router::new().route("/payments", post(pay)).with_state(service);
    let pay = async |person: &Person| {
        let request = Request::post("/payments").header(header::AUTHORIZATION, format!("Bearer {}", person.access));
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let challenge = response.headers().get(header::WWW_AUTHENTICATE).cloned();
        (response.status().as_u16(), challenge.map(|value| value.to_str().unwrap().to_owned()))
    };

    let challenge = r#"Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="600""#;
    assert_eq!(pay(&once).await, (401, Some(challenge.to_owned())));
    let wanted = json!({"acr_values": "aal2", "max_age": 600});
    let asked = once.step_up(&app, wanted).await.expect(200);
    let reply = app.mfa(&asked.str("transaction"), "totp", json!({"code": phone.next_code(&app)})).await.expect(200);
    let up = Person::signed_in(&ada.email, &ada.password, &reply);
    assert_eq!(pay(&up).await, (200, None));
}
