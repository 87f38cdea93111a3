//! `fapi2-security-profile-final-test-plan`: requests that are pushed, and PKCE.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::json;
use tests::VERIFIER;

use super::NONCE;
use super::fapi_plan::{Fapi, ONE, PAR, TWO, assert_nowhere};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPAREnsureServerAcceptsReusedRequestUriBeforeAuthenticationCompletion() {
    let mut plan = Fapi::start().await;
    let pushed = plan.push(&[]).await.expect(201);
    let first = plan.open(&pushed).await.expect(200);
    assert!(first.has("sign_in"));
    let second = plan.open(&pushed).await.expect(200);
    let back = plan.back(second).await;
    plan.exchange(&back).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPARAttemptReuseRequestUri() {
    let mut plan = Fapi::start().await;
    let pushed = plan.push(&[]).await.expect(201);
    let reply = plan.open(&pushed).await;
    let back = plan.back(reply).await;
    plan.exchange(&back).await.expect(200);
    assert_nowhere(plan.open(&pushed).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPARAttemptToUseExpiredRequestUri() {
    let mut plan = Fapi::start().await;
    let pushed = plan.push(&[]).await.expect(201);
    let lives = pushed["expires_in"].as_i64().unwrap();
    assert!((5..600).contains(&lives), "{lives}");
    plan.app.advance(SignedDuration::from_secs(lives));
    assert_nowhere(plan.open(&pushed).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPAREnsureRequestUriIsBoundToClient() {
    let mut plan = Fapi::start().await;
    let pushed = plan.push(&[]).await.expect(201);
    plan.acts = TWO;
    assert_nowhere(plan.open(&pushed).await);
    plan.acts = ONE;
    plan.open(&pushed).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPARRejectRequestUriInParAuthorizationFormParams() {
    let plan = Fapi::start().await;
    let uri = plan.push(&[]).await.expect(201).str("request_uri");
    plan.push(&[("request_uri", &uri)]).await.oauth(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPARRejectInvalidHttpVerb() {
    let plan = Fapi::start().await;
    let mut fields = plan.request(&[]);
    fields.insert("client_assertion", plan.assertion(&json!({})));
    fields.insert("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned());
    for method in [Method::PUT, Method::GET, Method::PATCH, Method::DELETE] {
        let refused = plan.app.send(plan.app.request(method.clone(), "/oauth2/par").form(&fields)).await;
        assert!((400..500).contains(&refused.status) && refused["request_uri"].is_null(), "{method}: {}", refused.text);
    }
    // The assertion was good all the time.
    plan.post_by(&fields["client_assertion"], PAR, &plan.request(&[]), None).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPAREnsurePKCERequired() {
    let plan = Fapi::start().await;
    plan.push(&[("code_challenge", ""), ("code_challenge_method", "")]).await.oauth(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPAREnsurePKCECodeVerifierRequired() {
    let mut plan = Fapi::start().await;
    let back = plan.go(&[]).await;
    let mut fields = plan.code_grant(&back);
    fields.remove("code_verifier");
    plan.grant(&fields).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPARIncorrectPKCECodeVerifierRejected() {
    let mut plan = Fapi::start().await;
    let back = plan.go(&[]).await;
    let mut fields = plan.code_grant(&back);
    fields.insert("code_verifier", format!("{VERIFIER}x"));
    plan.grant(&fields).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalPAREnsurePlainPKCERejected() {
    let plan = Fapi::start().await;
    // Which is what a method that is left out means (RFC 7636 §4.3).
    for method in ["plain", ""] {
        let asked = [("code_challenge", VERIFIER), ("code_challenge_method", method)];
        plan.push(&asked).await.oauth(400, "invalid_request");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalParWithoutDuplicateParameters() {
    // The address has `client_id` and `request_uri`, and nothing that was pushed.
    let mut plan = Fapi::start().await;
    let tokens = plan.tokens(&[]).await;
    assert_eq!(plan.verified(&tokens).await["nonce"], NONCE);
    // With all of it again, it is what was pushed that counts.
    let pushed = plan.push(&[("state", "pushed")]).await.expect(201);
    let again = "&response_type=code&scope=openid&state=again&redirect_uri=https%3A%2F%2Fevil.example%2Fback";
    let reply = plan.open_with(&pushed, again).await;
    assert_eq!(plan.back(reply).await["state"], "pushed");
}
