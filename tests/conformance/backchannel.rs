//! `oidcc-backchannel-rp-initiated-logout-certification-test-plan`.

use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::json;
use tests::{App, Listener};

use super::{AFTER, HOME, Plan, client, signed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCBackchannelLogoutDiscoveryEndpointVerification() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/openid-configuration").await.expect(200);
    for supported in ["backchannel_logout_supported", "backchannel_logout_session_supported"] {
        assert_eq!(metadata[supported], true, "{supported}");
    }
    assert_eq!(metadata["end_session_endpoint"], format!("{}/oauth2/logout", app.system.gateway_url()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCBackChannelRpInitiatedLogout() {
    let suite = Listener::start().await;
    let mut told = client("suite", HOME, "client_secret_basic");
    told["backchannel_logout_uri"] = suite.at("backchannel_logout").into();
    let mut plan = Plan::of(&[told]).await;
    let tokens = plan.tokens(&[]).await;
    let (hint, was) = (tokens.str("id_token"), plan.verified(&tokens).await);

    let query = [("id_token_hint", &*hint), ("post_logout_redirect_uri", AFTER), ("state", "out")];
    let left = plan.browser.request(&plan.app, Method::GET, "/oauth2/logout").query(&query);
    let left = plan.browser.send(&plan.app, left).await.expect(303);
    assert_eq!(left.header("location"), format!("{AFTER}?state=out"));

    plan.app.settle().await;
    let posted = suite.take("backchannel_logout");
    assert_eq!(posted.len(), 1, "{posted:?}");
    assert_eq!(posted[0].headers["content-type"], "application/x-www-form-urlencoded");
    let token = posted[0].logout_token();
    assert_eq!(jsonwebtoken::decode_header(token).unwrap().typ.as_deref(), Some("logout+jwt"));
    let said = signed(&plan.app, token, Algorithm::RS256, "suite").await;
    assert_eq!((&said["sub"], &said["sid"]), (&was["sub"], &was["sid"]));
    assert_eq!(said["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    assert!(said["sid"].is_string() && said["jti"].is_string() && said["nonce"].is_null(), "{said}");

    let back = plan.ask(&[("prompt", "none")]).await.expect(303).back_at(HOME);
    assert_eq!(back["error"], "login_required");
}
