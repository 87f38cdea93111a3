//! `oidcc-config-certification-test-plan`, and what the other plans ask of the metadata.

use serde_json::json;
use tests::App;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCDiscoveryEndpointVerification() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/openid-configuration").await.expect(200);
    assert!(metadata.header("content-type").starts_with("application/json"));
    let issuer = app.system.gateway_url();
    assert_eq!(metadata["issuer"], issuer);
    for endpoint in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        assert!(metadata.str(endpoint).starts_with(&issuer), "{endpoint}");
    }
    let has = |name: &str, value: &str| metadata[name].as_array().unwrap().contains(&json!(value));
    for (name, value) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("scopes_supported", "openid"),
        ("claims_supported", "sub"),
        ("grant_types_supported", "authorization_code"),
        ("token_endpoint_auth_methods_supported", "client_secret_basic"),
        ("claim_types_supported", "normal"),
    ] {
        assert!(has(name, value), "{name} without {value}");
    }
    assert!(!has("id_token_signing_alg_values_supported", "none"));
    assert_eq!(metadata["claims_parameter_supported"], true);
    let keys = app.get("/.well-known/jwks.json").await.expect(200);
    for key in keys["keys"].as_array().unwrap() {
        assert!(key["kid"].is_string() && key["use"] == "sig", "{key}");
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key[private].is_null(), "{private}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn FAPI2SPFinalDiscoveryEndpointVerification() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/openid-configuration").await.expect(200);
    let has = |name: &str, value: &str| metadata[name].as_array().unwrap().contains(&json!(value));
    assert!(metadata.str("pushed_authorization_request_endpoint").ends_with("/oauth2/par"));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    for (name, value) in [
        ("code_challenge_methods_supported", "S256"),
        ("token_endpoint_auth_methods_supported", "private_key_jwt"),
        ("token_endpoint_auth_signing_alg_values_supported", "PS256"),
        ("token_endpoint_auth_signing_alg_values_supported", "ES256"),
        ("dpop_signing_alg_values_supported", "ES256"),
        ("id_token_signing_alg_values_supported", "ES256"),
    ] {
        assert!(has(name, value), "{name} without {value}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutDiscoveryEndpointVerification() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(metadata["end_session_endpoint"], format!("{}/oauth2/logout", app.system.gateway_url()));
}
