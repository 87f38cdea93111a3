//! `fapi2-security-profile-final-test-plan`: proofs of possession (RFC 9449).

use serde_json::{Value, json};
use tests::{ClientKey, claims};

use super::fapi_plan::{Fapi, PAR, TOKEN, with};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalAccessTokenTypeHeaderCaseSensitivity() {
    let mut plan = Fapi::start().await;
    let access = plan.tokens(&[]).await.str("access_token");
    for scheme in ["DPoP", "dpOp", "dpop", "DPOP"] {
        let told = plan.ask(&format!("{scheme} {access}"), &[&plan.userinfo_proof(&access, &json!({}))]).await;
        assert_eq!(told.expect(200)["sub"], plan.ada.sub, "{scheme}");
    }
}

/// The whole way with proofs that say this too, at every endpoint that takes them.
async fn proofs_that_say(more: impl Fn(i64) -> Value) -> (Fapi, String) {
    let mut plan = Fapi::start().await;
    let more = more(plan.app.now());
    let pushed = plan.post(PAR, &plan.request(&[]), Some(&plan.proof(PAR, None, &more))).await.expect(201);
    let reply = plan.open(&pushed).await;
    let back = plan.back(reply).await;
    let proof = plan.proof(TOKEN, None, &more);
    let tokens = plan.post(TOKEN, &plan.code_grant(&back), Some(&proof)).await.expect(200);
    let access = tokens.str("access_token");
    plan.ask(&format!("DPoP {access}"), &[&plan.userinfo_proof(&access, &more)]).await.expect(200);
    (plan, access)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalCheckDpopProofNbfExp() {
    let (plan, access) = proofs_that_say(|now| json!({"nbf": now, "exp": now + 300})).await;
    // And it is held to them (RFC 7519 §4.1.4 and §4.1.5).
    for over in [json!({"exp": plan.app.now() - 1}), json!({"nbf": plan.app.now() + 300})] {
        let refused = plan.ask(&format!("DPoP {access}"), &[&plan.userinfo_proof(&access, &over)]).await;
        refused.oauth(401, "invalid_token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureDpopProofWithIat10SecondsBeforeSucceeds() {
    proofs_that_say(|now| json!({"iat": now - 10})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureDpopProofWithIat10SecondsAfterSucceeds() {
    proofs_that_say(|now| json!({"iat": now + 10})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureMismatchedDpopJktFails() {
    let plan = Fapi::start().await;
    let request = plan.request(&[("dpop_jkt", &ClientKey::generate().thumbprint())]);
    let proof = plan.proof(PAR, None, &json!({}));
    plan.post(PAR, &request, Some(&proof)).await.oauth(400, "invalid_dpop_proof");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureTokenEndpointFailsWithMismatchedDpopProofJkt() {
    let mut plan = Fapi::start().await;
    let proof = plan.proof(PAR, None, &json!({}));
    let pushed = plan.post(PAR, &plan.request(&[]), Some(&proof)).await.expect(201);
    let reply = plan.open(&pushed).await;
    let back = plan.back(reply).await;
    let first = std::mem::replace(&mut plan.dpop, ClientKey::generate());
    plan.exchange(&back).await.oauth(400, "invalid_grant");
    plan.dpop = first;
    plan.exchange(&back).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureTokenEndpointFailsWithMismatchedDpopJkt() {
    let mut plan = Fapi::start().await;
    let back = plan.go(&[("dpop_jkt", &ClientKey::generate().thumbprint())]).await;
    plan.exchange(&back).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureDpopProofAtParEndpointBindingSuccess() {
    let (plan, access) = proofs_that_say(|_| json!({})).await;
    assert_eq!(claims(&access)["cnf"], json!({"jkt": plan.dpop.thumbprint()}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalEnsureDpopAuthCodeBindingSuccess() {
    let mut plan = Fapi::start().await;
    let jkt = plan.dpop.thumbprint();
    let tokens = plan.tokens(&[("dpop_jkt", &jkt)]).await;
    assert_eq!(claims(&tokens.str("access_token"))["cnf"], json!({"jkt": jkt}));
    plan.userinfo(&tokens).await.expect(200);
    // With a proof beside, which says the same.
    let proof = plan.proof(PAR, None, &json!({}));
    plan.post(PAR, &plan.request(&[("dpop_jkt", &jkt)]), Some(&proof)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalDpopNegativeTests() {
    let mut plan = Fapi::start().await;
    // An RSA key can sign by an algorithm that FAPI does not allow.
    plan.dpop = ClientKey::rsa();
    let access = plan.tokens(&[]).await.str("access_token");
    let (shown, now) = (format!("DPoP {access}"), plan.app.now());
    let proof = |changes: Value| plan.userinfo_proof(&access, &changes);
    let headed = |changes: Value| {
        let said = claims(&proof(json!({})));
        plan.dpop.sign(&with(plan.dpop.proof_header(), &changes), &said)
    };
    let here = format!("{}/oauth2/userinfo", plan.app.system.gateway_url());
    let private = with(plan.dpop.jwk.clone(), &json!({"d": "AAAA"}));
    let (one, two) = (proof(json!({})), proof(json!({})));
    let mixed = format!("{}.{}", one.rsplit_once('.').unwrap().0, two.rsplit_once('.').unwrap().1);
    let unsigned = format!("{}.", headed(json!({"alg": "none"})).rsplit_once('.').unwrap().0);
    let foreign = {
        let key = ClientKey::rsa();
        key.sign(&key.proof_header(), &claims(&proof(json!({}))))
    };
    for (why, wrong) in [
        ("no JWT", "a.b".to_owned()),
        ("no typ", headed(json!({"typ": null}))),
        ("another typ", headed(json!({"typ": "JWT"}))),
        ("no alg", headed(json!({"alg": null}))),
        ("RS256", headed(json!({"alg": "RS256"}))),
        ("unsigned", unsigned),
        ("another signature", mixed),
        ("no jwk", headed(json!({"jwk": null}))),
        ("a private jwk", headed(json!({"jwk": private}))),
        ("no jti", proof(json!({"jti": null}))),
        ("no htm", proof(json!({"htm": null}))),
        ("another htm", proof(json!({"htm": "PUT"}))),
        ("no htu", proof(json!({"htu": null}))),
        ("another htu", proof(json!({"htu": format!("{here}/x")}))),
        ("no iat", proof(json!({"iat": null}))),
        ("an hour ago", proof(json!({"iat": now - 3600}))),
        ("in an hour", proof(json!({"iat": now + 3600}))),
        ("no ath", proof(json!({"ath": null}))),
        ("another ath", proof(json!({"ath": "x"}))),
        ("another key", foreign),
    ] {
        let reply = plan.ask(&shown, &[&wrong]).await;
        assert_eq!((reply.status, reply["error"].as_str()), (401, Some("invalid_token")), "{why}: {}", reply.text);
    }
    let (one, two) = (proof(json!({})), proof(json!({})));
    plan.ask(&shown, &[&one, &two]).await.oauth(401, "invalid_token");
    plan.ask(&shown, &[]).await.oauth(401, "invalid_token");
    plan.ask(&format!("Bearer {access}"), &[]).await.oauth(401, "invalid_token");

    // What is only written otherwise, or says more, is as good, and each is good once.
    for (why, right) in [
        ("a query and a fragment", proof(json!({"htu": format!("{here}?a=b#c")}))),
        ("capitals", proof(json!({"htu": here.replacen("http", "HTTP", 1)}))),
        ("another claim", proof(json!({"extra": {"a": ["b"]}}))),
        ("another header", headed(json!({"extra": "x"}))),
        ("nothing", proof(json!({}))),
    ] {
        assert_eq!(plan.ask(&shown, &[&right]).await.status, 200, "{why}");
        plan.ask(&shown, &[&right]).await.oauth(401, "invalid_token");
    }
}
