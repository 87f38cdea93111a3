//! `fapi2-security-profile-final-test-plan`: the way to tokens, and what is refused on it.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::fapi_plan::{Fapi, Fields, ONE, STATE, TOKEN, TWO, assert_nowhere};
use super::{HOME, NONCE};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalHappyFlow() {
    let mut plan = Fapi::start().await;
    for client in [ONE, TWO] {
        plan.acts = client;
        let back = plan.go(&[]).await;
        assert!(back["state"] == STATE && back["code"].len() >= 22, "{back:?}");
        let tokens = plan.exchange(&back).await.expect(200);
        assert_eq!((&tokens["token_type"], tokens.header("cache-control")), (&json!("DPoP"), "no-store"));
        assert!(tokens["expires_in"].as_i64().is_some_and(|seconds| seconds > 0), "{}", tokens.text);
        assert_eq!(plan.verified(&tokens).await["nonce"], NONCE);
        assert_eq!(plan.userinfo(&tokens).await.expect(200)["sub"], plan.ada.sub);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalUserRejectsAuthentication() {
    let (mut plan, state) = (Fapi::start().await, "s".repeat(128));
    for client in [ONE, TWO] {
        plan.acts = client;
        let pushed = plan.push(&[("state", &state)]).await.expect(201);
        let page = plan.open(&pushed).await.expect(200);
        let refused = plan.browser.submit(&plan.app, &page, "leave", &[]).await;
        let back = plan.back(refused).await;
        assert_eq!((&*back["error"], &back["state"]), ("access_denied", &state));
        assert!(!back.contains_key("code"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureAuthorizationRequestWithoutStateSuccess() {
    let mut plan = Fapi::start().await;
    let back = plan.go(&[("state", "")]).await;
    assert!(!back.contains_key("state"), "{back:?}");
    plan.exchange(&back).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureAuthorizationRequestWithoutNonceSuccess() {
    let mut plan = Fapi::start().await;
    let tokens = plan.tokens(&[("nonce", "")]).await;
    assert!(plan.verified(&tokens).await["nonce"].is_null());
}

/// A nonce of this length comes back whole.
async fn nonce_of(length: usize) {
    let nonce: String = "nonce-0123456789".chars().cycle().take(length).collect();
    let mut plan = Fapi::start().await;
    let tokens = plan.tokens(&[("nonce", &nonce)]).await;
    assert_eq!(plan.verified(&tokens).await["nonce"], nonce);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureAuthorizationRequestWith64CharNonceSuccess() {
    nonce_of(64).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureAuthorizationRequestWithLongNonce() {
    nonce_of(384).await;
    // One that is longer than can be kept is refused, and never cut.
    let plan = Fapi::start().await;
    plan.push(&[("nonce", &"n".repeat(10_000))]).await.oauth(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureAuthorizationRequestWithLongState() {
    let state: String = "state-0123456789".chars().cycle().take(1000).collect();
    let mut plan = Fapi::start().await;
    let back = plan.go(&[("state", &state)]).await;
    assert_eq!(back["state"], state);
    plan.exchange(&back).await.expect(200);
    plan.push(&[("state", &"s".repeat(10_000))]).await.oauth(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureOtherScopeOrderSucceeds() {
    let mut plan = Fapi::start().await;
    let tokens = plan.tokens(&[("scope", "email openid")]).await;
    plan.verified(&tokens).await;
    assert_eq!(plan.userinfo(&tokens).await.expect(200)["email"], "ada@example.com");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalTestClaimsParameterIdentityClaims() {
    let mut plan = Fapi::start().await;
    let metadata = plan.app.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(metadata["claims_parameter_supported"], true);
    let profile = json!({"profile": {"given_name": "Ada", "family_name": "Lovelace"}});
    plan.ada.call(&plan.app, Method::PATCH, "/v1/me", Some(profile)).await.expect(200);
    let wanted = ["name", "given_name", "family_name", "email", "email_verified", "locale"];
    assert!(wanted.iter().all(|claim| metadata["claims_supported"].as_array().unwrap().contains(&json!(claim))));
    // By every way of asking there is, and beside what nobody knows.
    let ways = [json!(null), json!({"essential": true}), json!({"essential": false})];
    let mut asked: Value = wanted.iter().zip(ways.iter().cycle()).map(|(name, way)| (*name, way.clone())).collect();
    asked["https://suite.example/random"] = json!({"value": "x", "values": ["x", "y"]});
    let asked = json!({"id_token": asked, "userinfo": asked, "elsewhere": asked}).to_string();
    let tokens = plan.tokens(&[("claims", &asked)]).await;
    let (id_token, userinfo) = (plan.verified(&tokens).await, plan.userinfo(&tokens).await.expect(200).body);
    for told in [&id_token, &userinfo] {
        assert!(wanted.iter().all(|claim| !told[claim].is_null()), "{told}");
        assert_eq!((&told["name"], &told["email"]), (&json!("Ada Lovelace"), &json!("ada@example.com")));
        assert!(told["https://suite.example/random"].is_null() && told["elsewhere"].is_null());
    }
    assert_eq!(id_token["sub"], userinfo["sub"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureRegisteredRedirectUri() {
    let plan = Fapi::start().await;
    for other in [&*format!("{HOME}/x"), &*format!("{HOME}?x=y"), "https://second.example/callback", "HTTPS://suite"] {
        let refused = plan.push(&[("redirect_uri", other)]).await.oauth(400, "invalid_request");
        assert!(refused["request_uri"].is_null());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalTolerateUnregisteredRedirectUri() {
    // It may be tolerated of a client that has shown who it is (RFC 9126 §2.4), and is not.
    let mut plan = Fapi::start().await;
    let home = format!("{HOME}/of-this-request-alone");
    plan.push(&[("redirect_uri", &home)]).await.oauth(400, "invalid_request");
    // The same client is none the worse for it.
    plan.tokens(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureUnsignedAuthorizationRequestWithoutUsingParFails() {
    let mut plan = Fapi::start().await;
    let mut request = plan.request(&[]);
    request.insert("client_id", plan.client().id.to_owned());
    let opened = plan.browser.request(&plan.app, Method::GET, "/oauth2/authorize").query(&request);
    assert_nowhere(plan.browser.send(&plan.app, opened).await);
    assert_nowhere(plan.app.send(plan.app.request(Method::POST, "/oauth2/authorize").form(&request)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureRedirectUriInAuthorizationRequest() {
    Fapi::start().await.push(&[("redirect_uri", "")]).await.oauth(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureResponseTypeCodeIdTokenFails() {
    Fapi::start().await.push(&[("response_type", "code id_token")]).await.oauth(400, "unsupported_response_type");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureResponseTypeTokenFails() {
    Fapi::start().await.push(&[("response_type", "token")]).await.oauth(400, "unsupported_response_type");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureClientIdInTokenEndpoint() {
    let mut plan = Fapi::start().await;
    let back = plan.go(&[]).await;
    let mut fields = plan.code_grant(&back);
    // The second client's name, by the first one's key.
    plan.acts = TWO;
    let forged = plan.clients[ONE].key.sign(&json!({"alg": "ES256"}), &plan.assertion_claims(&json!({})));
    let proof = || plan.proof(TOKEN, None, &json!({}));
    fields.insert("client_id", "second".to_owned());
    plan.post_by(&forged, TOKEN, &fields, Some(&proof())).await.oauth(401, "invalid_client");
    plan.acts = ONE;
    plan.grant(&fields).await.oauth(401, "invalid_client");
    plan.exchange(&back).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureHolderOfKeyRequired() {
    let mut plan = Fapi::start().await;
    let back = plan.go(&[]).await;
    plan.post(TOKEN, &plan.code_grant(&back), None).await.oauth(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureAuthorizationCodeIsBoundToClient() {
    let mut plan = Fapi::start().await;
    let back = plan.go(&[]).await;
    let fields = plan.code_grant(&back);
    plan.acts = TWO;
    plan.grant(&fields).await.oauth(400, "invalid_grant");
    // And nothing was spent by it.
    plan.acts = ONE;
    plan.grant(&fields).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalAttemptReuseAuthorizationCodeAfterOneSecond() {
    let mut plan = Fapi::start().await;
    let back = plan.go(&[]).await;
    let tokens = plan.exchange(&back).await.expect(200);
    plan.userinfo(&tokens).await.expect(200);
    plan.app.advance(SignedDuration::from_secs(1));
    plan.exchange(&back).await.oauth(400, "invalid_grant");
    plan.userinfo(&tokens).await.oauth(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalAttemptToUseExpiredAuthCode() {
    let mut plan = Fapi::start().await;
    let back = plan.go(&[]).await;
    plan.app.advance(SignedDuration::from_secs(61));
    plan.exchange(&back).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalRefreshToken() {
    let mut plan = Fapi::start().await;
    let metadata = plan.app.get("/.well-known/openid-configuration").await.expect(200);
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!("refresh_token")));
    let first = plan.tokens(&[]).await;
    let (before, token) = (plan.verified(&first).await, first.str("refresh_token"));
    let next: Fields = [("grant_type", "refresh_token".to_owned()), ("refresh_token", token.clone())].into();
    for _ in 0..2 {
        plan.app.advance(SignedDuration::from_secs(30));
        let renewed = plan.grant(&next).await.expect(200);
        // It is good with a key alone, so that it stays as it is.
        assert_eq!(renewed.str("refresh_token"), token);
        let after = plan.verified(&renewed).await;
        assert!(["iss", "sub", "aud", "auth_time"].iter().all(|same| before[same] == after[same]), "{before} {after}");
        plan.userinfo(&renewed).await.expect(200);
    }
    plan.post(TOKEN, &next, None).await.oauth(400, "invalid_request");
    plan.acts = TWO;
    plan.grant(&next).await.oauth(400, "invalid_grant");
}
