//! `fapi2-security-profile-final-test-plan`: how a client shows who it is (`private_key_jwt`).

use serde_json::{Value, json};
use tests::{ClientKey, Reply};

use super::fapi_plan::{Fapi, Fields, PAR, TOKEN};

/// A client with a code, and what it exchanges it by.
async fn with_code(mut plan: Fapi) -> (Fapi, Fields) {
    let back = plan.go(&[]).await;
    let fields = plan.code_grant(&back);
    (plan, fields)
}

/// The token endpoint does not know who comes with this assertion; the code is good for the one that comes as it
/// should.
async fn refused_for_a_code(plan: &Fapi, fields: &Fields, assertion: &str) {
    let proof = plan.proof(TOKEN, None, &json!({}));
    plan.post_by(assertion, TOKEN, fields, Some(&proof)).await.oauth(401, "invalid_client");
    plan.grant(fields).await.expect(200);
}

/// Pushes by an assertion that says this.
async fn push(plan: &Fapi, changes: Value) -> Reply {
    plan.post_by(&plan.assertion(&changes), PAR, &plan.request(&[]), None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureSignedClientAssertionWithRS256Fails() {
    let (plan, fields) = with_code(Fapi::with(ClientKey::rsa()).await).await;
    let said = plan.assertion_claims(&json!({}));
    let assertion = plan.client().key.sign(&json!({"alg": "RS256", "typ": "JWT"}), &said);
    refused_for_a_code(&plan, &fields, &assertion).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureClientAssertionInTokenEndpoint() {
    let (plan, mut fields) = with_code(Fapi::start().await).await;
    fields.insert("client_id", plan.client().id.to_owned());
    let request = plan.app.request(reqwest::Method::POST, "/oauth2/token").form(&fields);
    plan.app.send(request.header("dpop", plan.proof(TOKEN, None, &json!({})))).await.oauth(401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureClientAssertionWithExpIs5MinutesInPastFails() {
    let (plan, fields) = with_code(Fapi::start().await).await;
    let now = plan.app.now();
    let assertion = plan.assertion(&json!({"iat": now - 360, "exp": now - 300}));
    refused_for_a_code(&plan, &fields, &assertion).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureClientAssertionWithWrongAudFails() {
    let (plan, fields) = with_code(Fapi::start().await).await;
    let assertion = plan.assertion(&json!({"aud": "https://other.example"}));
    refused_for_a_code(&plan, &fields, &assertion).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureClientAssertionWithNoSubFails() {
    // A signed request would be an assertion, if it were believed without.
    let (plan, fields) = with_code(Fapi::start().await).await;
    let assertion = plan.assertion(&json!({"sub": null}));
    let mut named = fields.clone();
    named.insert("client_id", plan.client().id.to_owned());
    let proof = plan.proof(TOKEN, None, &json!({}));
    plan.post_by(&assertion, TOKEN, &named, Some(&proof)).await.oauth(401, "invalid_client");
    refused_for_a_code(&plan, &fields, &assertion).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPAREnsureJWTClientAssertionWithIatNbf8SecondsInTheFutureIsAccepted() {
    let plan = Fapi::start().await;
    let soon = plan.app.now() + 8;
    push(&plan, json!({"iat": soon, "nbf": soon})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPAREnsureJWTClientAssertionWithIatNbfOver60SecondsInTheFutureFails() {
    let plan = Fapi::start().await;
    let (now, late) = (plan.app.now(), plan.app.now() + 61);
    for early in [json!({"iat": late, "nbf": late}), json!({"iat": late}), json!({"iat": now, "nbf": late})] {
        let exp = json!({"exp": now + 300});
        push(&plan, super::fapi_plan::with(exp, &early)).await.oauth(401, "invalid_client");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPAREndpointAsArrayAudienceFails() {
    let plan = Fapi::start().await;
    let issuer = plan.app.system.gateway_url();
    for many in [json!([issuer, "https://other.example"]), json!([issuer])] {
        push(&plan, json!({"aud": many})).await.oauth(401, "invalid_client");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPAREndpointAsAudienceFails() {
    let plan = Fapi::start().await;
    let here = format!("{}/oauth2/par", plan.app.system.gateway_url());
    push(&plan, json!({"aud": here})).await.oauth(401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPARTokenEndpointAsAudienceFails() {
    let plan = Fapi::start().await;
    let metadata = plan.app.get("/.well-known/openid-configuration").await.expect(200);
    push(&plan, json!({"aud": metadata.str("token_endpoint")})).await.oauth(401, "invalid_client");
}
