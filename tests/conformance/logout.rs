//! `oidcc-rp-initiated-logout-certification-test-plan`.

use tests::Reply;

use super::{AFTER, Plan};

/// Signed in, with the ID token.
async fn signed_in() -> (Plan, String) {
    let mut plan = Plan::start().await;
    let tokens = plan.tokens(&[]).await;
    (plan, tokens.str("id_token"))
}

async fn leave(plan: &mut Plan, query: &[(&str, &str)]) -> Reply {
    let request = plan.browser.request(&plan.app, reqwest::Method::GET, "/oauth2/logout").query(query);
    plan.browser.send(&plan.app, request).await
}

async fn assert_out(plan: &mut Plan) {
    let back = plan.ask(&[("prompt", "none")]).await.expect(303).back_at(super::HOME);
    assert_eq!(back["error"], "login_required");
}

/// The customer is asked, and nobody is sent to the client before.
#[track_caller]
fn assert_asks(reply: Reply) {
    assert!(reply.header("location").is_empty() && [200, 400].contains(&reply.status), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogout() {
    let (mut plan, hint) = signed_in().await;
    let query = [("id_token_hint", &*hint), ("post_logout_redirect_uri", AFTER), ("state", "out")];
    let done = leave(&mut plan, &query).await.expect(303);
    assert_eq!(done.header("location"), format!("{AFTER}?state=out"));
    assert_out(&mut plan).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutNoState() {
    let (mut plan, hint) = signed_in().await;
    let query = [("id_token_hint", &*hint), ("post_logout_redirect_uri", AFTER)];
    let done = leave(&mut plan, &query).await.expect(303);
    assert_eq!(done.header("location"), AFTER);
    assert_out(&mut plan).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutBadLogoutRedirectUri() {
    let (mut plan, hint) = signed_in().await;
    let query = [("id_token_hint", &*hint), ("post_logout_redirect_uri", "https://evil.example/"), ("state", "out")];
    assert_asks(leave(&mut plan, &query).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutQueryAddedToLogoutRedirectUri() {
    let (mut plan, hint) = signed_in().await;
    let added = format!("{AFTER}?foo=bar");
    let query = [("id_token_hint", &*hint), ("post_logout_redirect_uri", &*added), ("state", "out")];
    assert_asks(leave(&mut plan, &query).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutModifiedIdTokenHint() {
    let (mut plan, hint) = signed_in().await;
    let (head, signature) = hint.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let modified = format!("{head}.{flipped}{}", &signature[1..]);
    let query = [("id_token_hint", &*modified), ("post_logout_redirect_uri", AFTER), ("state", "out")];
    assert_asks(leave(&mut plan, &query).await);
    let back = plan.ask(&[("prompt", "none")]).await.expect(303).back_at(super::HOME);
    assert!(back.contains_key("code"), "{back:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutBadIdTokenHint() {
    let (mut plan, _) = signed_in().await;
    let query = [("id_token_hint", "not a token"), ("post_logout_redirect_uri", AFTER), ("state", "out")];
    assert_asks(leave(&mut plan, &query).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutNoIdTokenHint() {
    let (mut plan, _) = signed_in().await;
    assert_asks(leave(&mut plan, &[("post_logout_redirect_uri", AFTER), ("state", "out")]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutNoParams() {
    let (mut plan, _) = signed_in().await;
    assert_asks(leave(&mut plan, &[]).await.expect(200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutOnlyState() {
    let (mut plan, _) = signed_in().await;
    assert_asks(leave(&mut plan, &[("state", "out")]).await.expect(200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn OIDCCRpInitiatedLogoutNoPostLogoutRedirectUri() {
    let (mut plan, hint) = signed_in().await;
    assert_asks(leave(&mut plan, &[("id_token_hint", &*hint)]).await.expect(200));
    assert_out(&mut plan).await;
}
