//! `fapi2-security-profile-final-test-plan`, where requests are signed (RFC 9101) and pushed: what stands around the
//! object counts for nothing.

use serde_json::{Value, json};
use tests::Reply;

use super::fapi_plan::{Fapi, Fields, PAR, STATE, with};
use super::{HOME, NONCE};

/// Pushes the usual request, signed, with these parameters in the place of its own and others around it.
async fn push(plan: &Fapi, inside: &[(&'static str, &str)], outside: &[(&'static str, &str)]) -> Reply {
    let (client, now) = (plan.client(), plan.app.now());
    let asked: Value = plan.request(inside).into_iter().collect();
    let claims = json!({"client_id": client.id, "iss": client.id, "aud": plan.app.system.gateway_url(),
        "nbf": now, "exp": now + 60});
    let object = client.key.sign(&json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"}), &with(claims, &asked));
    let mut fields: Fields = outside.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    fields.insert("request", object);
    plan.post(PAR, &fields, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureDifferentNonceInsideAndOutsideRequestObject() {
    let mut plan = Fapi::start().await;
    let pushed = push(&plan, &[], &[("nonce", "outside")]).await.expect(201);
    let reply = plan.open_with(&pushed, "&nonce=outside").await;
    let back = plan.back(reply).await;
    let tokens = plan.exchange(&back).await.expect(200);
    assert_eq!(plan.verified(&tokens).await["nonce"], NONCE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureDifferentStateInsideAndOutsideRequestObject() {
    let mut plan = Fapi::start().await;
    let pushed = push(&plan, &[], &[("state", "outside")]).await.expect(201);
    let reply = plan.open_with(&pushed, "&state=outside").await;
    let back = plan.back(reply).await;
    assert_eq!(back["state"], STATE);
    plan.exchange(&back).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalStateOnlyOutsideRequestObjectNotUsed() {
    let mut plan = Fapi::start().await;
    let pushed = push(&plan, &[("state", "")], &[("state", "outside")]).await.expect(201);
    let reply = plan.open_with(&pushed, "&state=outside").await;
    let back = plan.back(reply).await;
    assert!(!back.contains_key("state"), "{back:?}");
    let tokens = plan.exchange(&back).await.expect(200);
    assert!(plan.verified(&tokens).await["s_hash"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureRequestObjectWithoutRedirectUriFails() {
    let plan = Fapi::start().await;
    push(&plan, &[("redirect_uri", "")], &[("redirect_uri", HOME)]).await.oauth(400, "invalid_request");
}
