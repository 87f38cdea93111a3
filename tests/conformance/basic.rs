//! `oidcc-basic-certification-test-plan`: code flow, a client with a secret, no PKCE.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, VERIFIER};

use super::{HOME, NONCE, Plan, SECOND};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCServerTest() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    assert_eq!((&tokens["token_type"], tokens.header("cache-control")), (&json!("Bearer"), "no-store"));
    let claims = plan.verified(&tokens).await;
    assert_eq!(claims["nonce"], NONCE);
    plan.userinfo(&tokens).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCResponseTypeMissing() {
    let mut plan = Plan::start().await;
    // An empty parameter is as good as none (RFC 6749 §3.1).
    let back = plan.ask(&[("response_type", "")]).await.expect(303).back_at(HOME);
    assert_eq!((&*back["error"], &*back["state"]), ("invalid_request", "the-state"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCIdTokenSignature() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    let header = jsonwebtoken::decode_header(tokens.str("id_token")).unwrap();
    assert!(header.kid.is_some() && header.alg == jsonwebtoken::Algorithm::RS256);
    plan.verified(&tokens).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCUserInfoGet() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    plan.userinfo(&tokens).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCUserInfoPostHeader() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    let request = plan.app.request(Method::POST, "/oauth2/userinfo").bearer_auth(tokens.str("access_token"));
    assert_eq!(plan.app.send(request).await.expect(200)["sub"], plan.ada.sub);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCUserInfoPostBody() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    let told = plan.app.form("/oauth2/userinfo", &[("access_token", &tokens.str("access_token"))]).await;
    assert_eq!(told.expect(200)["sub"], plan.ada.sub);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCEnsureRequestWithoutNonceSucceedsForCodeFlow() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[("nonce", "")]).await;
    assert!(plan.verified(&tokens).await["nonce"].is_null());
}

/// What userinfo tells for these scopes, of a customer with a profile.
async fn told(scope: &str) -> Value {
    let mut plan = Plan::start().await;
    let profile = json!({"profile": {"given_name": "Ada", "family_name": "Lovelace"}});
    plan.ada.call(&plan.app, Method::PATCH, "/v1/me", Some(profile)).await.expect(200);
    let tokens = plan.tokens(&[("scope", scope)]).await;
    assert_eq!(tokens["scope"], scope);
    assert_eq!(plan.verified(&tokens).await["nonce"], NONCE);
    plan.userinfo(&tokens).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCScopeProfile() {
    let told = told("openid profile").await;
    assert_eq!((&told["given_name"], &told["family_name"]), (&json!("Ada"), &json!("Lovelace")));
    assert_eq!(told["name"], "Ada Lovelace");
    assert!(told["email"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCScopeEmail() {
    let told = told("openid email").await;
    assert_eq!((&told["email"], &told["email_verified"]), (&json!("ada@example.com"), &json!(true)));
    assert!(told["given_name"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCScopeAddress() {
    let told = told("openid address").await;
    assert!(told["email"].is_null() && told["given_name"].is_null(), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCScopePhone() {
    let told = told("openid phone").await;
    assert!(told["email"].is_null() && told["given_name"].is_null(), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCScopeAll() {
    let told = told("openid profile email address phone").await;
    assert_eq!((&told["given_name"], &told["email"]), (&json!("Ada"), &json!("ada@example.com")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCAlternateHappyFlow() {
    // Another client of the same issuer, at its own redirect URI, in the browser that is signed in.
    let mut plan = Plan::start().await;
    plan.tokens(&[]).await;
    let asked = [("client_id", "second"), ("redirect_uri", SECOND)];
    let back = plan.ask(&asked).await.expect(303).back_at(SECOND);
    let fields = [("grant_type", "authorization_code"), ("code", &*back["code"]), ("redirect_uri", SECOND)];
    let request = plan.app.request(Method::POST, "/oauth2/token").basic_auth("second", Some("secret"));
    plan.app.send(request.form(&fields)).await.expect(200).str("id_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCDisplayPage() {
    Plan::start().await.tokens(&[("display", "page")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCDisplayPopup() {
    Plan::start().await.tokens(&[("display", "popup")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCPromptLogin() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    let first = plan.verified(&tokens).await;
    plan.app.advance(SignedDuration::from_secs(2));
    let page = plan.ask(&[("prompt", "login")]).await.expect(200);
    let back = plan.sign_in(&page).await.expect(303).back_at(HOME);
    let tokens = plan.exchange(&back).await.expect(200);
    let second = plan.verified(&tokens).await;
    assert_eq!(first["sub"], second["sub"]);
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "{first} {second}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCPromptNoneNotLoggedIn() {
    let mut plan = Plan::start().await;
    let back = plan.ask(&[("prompt", "none")]).await.expect(303).back_at(HOME);
    assert_eq!((&*back["error"], &*back["state"]), ("login_required", "the-state"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCPromptNoneLoggedIn() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    let first = plan.verified(&tokens).await;
    plan.app.advance(SignedDuration::from_secs(2));
    let back = plan.ask(&[("prompt", "none")]).await.expect(303).back_at(HOME);
    let tokens = plan.exchange(&back).await.expect(200);
    let second = plan.verified(&tokens).await;
    assert_eq!((&first["sub"], &first["auth_time"]), (&second["sub"], &second["auth_time"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCMaxAge1() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    let first = plan.verified(&tokens).await;
    plan.app.advance(SignedDuration::from_secs(2));
    let page = plan.ask(&[("max_age", "1")]).await.expect(200);
    let back = plan.sign_in(&page).await.expect(303).back_at(HOME);
    let tokens = plan.exchange(&back).await.expect(200);
    let second = plan.verified(&tokens).await;
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "{first} {second}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCMaxAge10000() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    let first = plan.verified(&tokens).await;
    plan.app.advance(SignedDuration::from_secs(2));
    let back = plan.ask(&[("max_age", "10000")]).await.expect(303).back_at(HOME);
    let tokens = plan.exchange(&back).await.expect(200);
    assert_eq!(plan.verified(&tokens).await["auth_time"], first["auth_time"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCEnsureRequestWithUnknownParameterSucceeds() {
    Plan::start().await.tokens(&[("extra", "foobar")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCIdTokenHint() {
    let mut plan = Plan::start().await;
    let first = plan.tokens(&[]).await;
    let hint = first.str("id_token");
    let back = plan.ask(&[("prompt", "none"), ("id_token_hint", &hint)]).await.expect(303).back_at(HOME);
    let tokens = plan.exchange(&back).await.expect(200);
    assert_eq!(plan.verified(&tokens).await["sub"], plan.verified(&first).await["sub"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCLoginHint() {
    let mut plan = Plan::start().await;
    let page = plan.ask(&[("login_hint", "ada@example.com")]).await.expect(200);
    assert_eq!(page.filled("sign_in", "email"), "ada@example.com");
    let back = plan.sign_in(&page).await.expect(303).back_at(HOME);
    plan.exchange(&back).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCUiLocales() {
    let mut plan = Plan::start().await;
    let page = plan.ask(&[("ui_locales", "xx fr en")]).await.expect(200);
    assert_eq!(page.header("content-language"), "fr");
    let back = plan.sign_in(&page).await.expect(303).back_at(HOME);
    plan.exchange(&back).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCClaimsLocales() {
    Plan::start().await.tokens(&[("claims_locales", "se")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCEnsureRequestWithAcrValuesSucceeds() {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[("acr_values", "urn:example:unknown aal1")]).await;
    assert_eq!(plan.verified(&tokens).await["acr"], "aal1");
}

/// A code comes twice, so much later.
async fn reuse(later: SignedDuration) {
    let mut plan = Plan::start().await;
    let back = plan.go(&[]).await;
    let tokens = plan.exchange(&back).await.expect(200);
    plan.userinfo(&tokens).await;
    plan.app.advance(later);
    plan.exchange(&back).await.oauth(400, "invalid_grant");
    let request = plan.app.request(Method::GET, "/oauth2/userinfo").bearer_auth(tokens.str("access_token"));
    plan.app.send(request).await.oauth(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCAuthCodeReuse() {
    reuse(SignedDuration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCAuthCodeReuseAfter30Seconds() {
    reuse(SignedDuration::from_secs(30)).await;
}

/// A page says that it does not work, and nobody is sent anywhere.
#[track_caller]
fn assert_nowhere(reply: Reply) {
    let page = reply.expect(400);
    assert!(page.header("location").is_empty() && page.header("content-type").starts_with("text/html"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCEnsureRegisteredRedirectUri() {
    let mut plan = Plan::start().await;
    for other in [&*format!("{HOME}/x"), &*format!("{HOME}?x=y"), "https://evil.example/callback", "", SECOND] {
        assert_nowhere(plan.ask(&[("redirect_uri", other)]).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCEnsurePostRequestSucceeds() {
    let mut plan = Plan::start().await;
    let fields = [
        ("client_id", "suite"),
        ("redirect_uri", HOME),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "the-state"),
        ("nonce", NONCE),
    ];
    // A form of the client's own site: without cookies.
    let kept = plan.app.form("/oauth2/authorize", &fields).await.expect(303);
    let page = plan.browser.open(&plan.app, kept.header("location")).await.expect(200);
    let back = plan.sign_in(&page).await.expect(303).back_at(HOME);
    let tokens = plan.exchange(&back).await.expect(200);
    assert_eq!(plan.verified(&tokens).await["nonce"], NONCE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCServerTestClientSecretPost() {
    let mut plan = Plan::with("client_secret_post").await;
    let back = plan.go(&[]).await;
    plan.exchange(&back).await.oauth(401, "invalid_client");
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*back["code"]),
        ("redirect_uri", HOME),
        ("client_id", "suite"),
        ("client_secret", "secret"),
    ];
    let tokens = plan.app.form("/oauth2/token", &fields).await.expect(200);
    assert_eq!(plan.verified(&tokens).await["nonce"], NONCE);
}

fn unsigned_object() -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"iss": "suite", "aud": "https://op.example", "client_id": "suite", "response_type": "code",
        "redirect_uri": HOME, "scope": "openid", "state": "inside", "nonce": NONCE});
    format!("{}.{}.", part(json!({"alg": "none"})), part(claims))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRequestUriUnsignedSupportedCorrectlyOrRejectedAsUnsupported() {
    // Nothing is fetched from a client's addresses: the metadata says so, and the request ends here.
    let mut plan = Plan::start().await;
    let metadata = plan.app.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(metadata["request_uri_parameter_supported"], false);
    assert_nowhere(plan.ask(&[("request_uri", "https://suite.example/object.jwt")]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCUnsignedRequestObjectSupportedCorrectlyOrRejectedAsUnsupported() {
    let mut plan = Plan::start().await;
    let metadata = plan.app.get("/.well-known/openid-configuration").await.expect(200);
    let algs = metadata["request_object_signing_alg_values_supported"].as_array().unwrap();
    assert!(!algs.contains(&json!("none")));
    assert_nowhere(plan.ask(&[("request", &unsigned_object())]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCEnsureRequestObjectWithRedirectUri() {
    // One that is unsigned leads nowhere, wherever it wants to.
    let mut plan = Plan::start().await;
    assert_nowhere(plan.ask(&[("redirect_uri", ""), ("request", &unsigned_object())]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCClaimsEssential() {
    let mut plan = Plan::start().await;
    let profile = json!({"profile": {"given_name": "Ada"}});
    plan.ada.call(&plan.app, Method::PATCH, "/v1/me", Some(profile)).await.expect(200);
    let tokens = plan.tokens(&[("claims", r#"{"userinfo": {"name": {"essential": true}}}"#)]).await;
    assert_eq!(plan.userinfo(&tokens).await["name"], "Ada");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRefreshToken() {
    let mut plan = Plan::start().await;
    let first = plan.tokens(&[("scope", "openid offline_access")]).await;
    let before = plan.verified(&first).await;
    plan.app.advance(SignedDuration::from_secs(2));
    let ask = async |client: &str, token: &str| {
        let request = plan.app.request(Method::POST, "/oauth2/token").basic_auth(client, Some("secret"));
        plan.app.send(request.form(&[("grant_type", "refresh_token"), ("refresh_token", token)])).await
    };
    let second = ask("suite", &first.str("refresh_token")).await.expect(200);
    let after = plan.verified(&second).await;
    for same in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert!(after["iat"].as_i64() > before["iat"].as_i64() && after["nonce"].is_null(), "{after}");
    assert_ne!(first.str("access_token"), second.str("access_token"));
    plan.userinfo(&second).await;
    // Another client can't use it.
    ask("second", &second.str("refresh_token")).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCEnsureRequestWithValidPkceSucceeds() {
    let mut plan = Plan::start().await;
    let challenge = tests::challenge();
    let back = plan.go(&[("code_challenge", &challenge), ("code_challenge_method", "S256")]).await;
    plan.exchange(&back).await.oauth(400, "invalid_grant");
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*back["code"]),
        ("redirect_uri", HOME),
        ("code_verifier", VERIFIER),
    ];
    let request = plan.app.request(Method::POST, "/oauth2/token").basic_auth("suite", Some("secret"));
    plan.app.send(request.form(&fields)).await.expect(200);
}
