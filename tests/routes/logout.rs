//! An app sends a browser to be logged out (`functions/logout`).

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, Person, Reply, Setup, VERIFIER, WEB};

const SESSION: &str = "__Host-portico-session";
const AFTER: &str = "https://shop.example/after?from=portico";

async fn start() -> (App, Person) {
    let mut web: Value = serde_json::from_str(WEB).unwrap();
    web["post_logout_redirect_uris"] = json!([AFTER]);
    let other = json!({"client_id": "other", "client_name": "Other", "grant_types": ["authorization_code"],
        "redirect_uris": ["https://other.example/back"]});
    let app = App::with(Setup::default().setting("CLIENTS", &json!([web, other]).to_string())).await;
    let ada = app.customer("ada@example.com").await;
    (app, ada)
}

/// Signs in to the shop, and brings what its code is worth.
async fn sign_in(app: &App, browser: &mut Browser, ada: &Person, more: &[(&str, &str)]) -> Reply {
    let mut page = browser.authorize(app, more).await;
    if page.status == 200 {
        page = browser.sign_in(app, &page, &ada.email, &ada.password).await;
    }
    let code = page.back_at(Browser::HOME)["code"].clone();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("code", &*code),
        ("redirect_uri", Browser::HOME),
        ("code_verifier", VERIFIER),
    ];
    app.send(app.request(Method::POST, "/oauth2/token").form(&form)).await.expect(200)
}

async fn refresh(app: &App, tokens: &Reply) -> u16 {
    let token = tokens.str("refresh_token");
    let form = [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &*token)];
    app.send(app.request(Method::POST, "/oauth2/token").form(&form)).await.status
}

async fn logout(app: &App, browser: &mut Browser, query: &[(&str, &str)]) -> Reply {
    let request = browser.request(app, Method::GET, "/oauth2/logout").query(query);
    browser.send(app, request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_app_that_signed_in_logs_out_of_all() {
    let (app, ada) = start().await;
    let mut browser = Browser::default();
    let tokens = sign_in(&app, &mut browser, &ada, &[]).await;
    let again = sign_in(&app, &mut browser, &ada, &[]).await;
    let offline = sign_in(&app, &mut browser, &ada, &[("scope", "openid offline_access")]).await;
    let mut elsewhere = Browser::default();
    let kept = sign_in(&app, &mut elsewhere, &ada, &[]).await;

    let hint = tokens.str("id_token");
    let query = [("id_token_hint", &*hint), ("post_logout_redirect_uri", AFTER), ("state", "a b&c")];
    let done = logout(&app, &mut browser, &query).await.expect(303);
    assert_eq!(done.header("location"), "https://shop.example/after?from=portico&state=a+b%26c");
    assert!(browser.cookie(SESSION).is_none());
    assert_eq!((refresh(&app, &tokens).await, refresh(&app, &again).await), (400, 400));
    assert_eq!(refresh(&app, &offline).await, 200, "what was asked for to go on without the browser goes on");
    assert_eq!(refresh(&app, &kept).await, 200, "another browser is another session");
    let page = browser.authorize(&app, &[]).await.expect(200);
    assert!(page.has("sign_in"), "nobody is signed in");
    // Once more does no harm.
    logout(&app, &mut browser, &query).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_proof_of_the_session_the_customer_is_asked() {
    let (app, ada) = start().await;
    let mut elsewhere = Browser::default();
    let foreign = sign_in(&app, &mut elsewhere, &ada, &[]).await.str("id_token");
    for query in [
        &[][..],
        &[("state", "x")],
        &[("client_id", "web"), ("post_logout_redirect_uri", AFTER)],
        &[("id_token_hint", &*foreign)],
        &[("id_token_hint", "no.token.atall")],
    ] {
        let mut browser = Browser::default();
        let tokens = sign_in(&app, &mut browser, &ada, &[]).await;
        let page = logout(&app, &mut browser, query).await.expect(200);
        assert!(page.has("logout") && browser.cookie(SESSION).is_some(), "{query:?} {}", page.text);
        assert_eq!(refresh(&app, &tokens).await, 200);
        let done = browser.submit(&app, &page, "logout", &[]).await;
        match query.iter().any(|(name, _)| *name == "post_logout_redirect_uri") {
            true => assert_eq!(done.expect(303).header("location"), AFTER),
            false => assert_eq!(done.expect(200).headline(), "You are logged out"),
        }
        assert!(browser.cookie(SESSION).is_none());
    }
    // Nobody is signed in: nobody is asked.
    let page = logout(&app, &mut Browser::default(), &[]).await.expect(200);
    assert_eq!(page.headline(), "You are logged out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_sent_where_no_app_is() {
    let (app, ada) = start().await;
    let mut browser = Browser::default();
    let tokens = sign_in(&app, &mut browser, &ada, &[]).await;
    let hint = tokens.str("id_token");
    let evil = "https://evil.example/";
    for query in [
        &[("id_token_hint", &*hint), ("post_logout_redirect_uri", evil)][..],
        &[("id_token_hint", &*hint), ("post_logout_redirect_uri", "https://shop.example/after")],
        &[("id_token_hint", &*hint), ("post_logout_redirect_uri", "https://shop.example/after?from=portico&foo=bar")],
        &[("post_logout_redirect_uri", AFTER)],
        &[("client_id", "other"), ("post_logout_redirect_uri", AFTER)],
        &[("client_id", "other"), ("id_token_hint", &*hint), ("post_logout_redirect_uri", AFTER)],
        &[("client_id", "nobody")],
    ] {
        let page = logout(&app, &mut browser, query).await.expect(400);
        assert!(page.header("location").is_empty() && !page.text.contains("evil"), "{query:?} {}", page.text);
        assert!(browser.cookie(SESSION).is_some(), "{query:?}");
    }
    assert_eq!(refresh(&app, &tokens).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_of_another_site_is_opened_again_with_the_cookies() {
    let (app, ada) = start().await;
    let mut browser = Browser::default();
    let tokens = sign_in(&app, &mut browser, &ada, &[]).await;
    let form = [("id_token_hint", &*tokens.str("id_token")), ("post_logout_redirect_uri", AFTER)];
    // It comes without cookies.
    let led = app.send(app.request(Method::POST, "/oauth2/logout").form(&form)).await.expect(303);
    let next = led.header("location").to_owned();
    assert!(next.starts_with("/oauth2/logout?id_token_hint="), "{next}");
    let done = browser.open(&app, &next).await.expect(303);
    assert_eq!(done.header("location"), AFTER);
    assert_eq!(refresh(&app, &tokens).await, 400);
    // The button of the page that asks does nothing without them either.
    let mut browser = Browser::default();
    let tokens = sign_in(&app, &mut browser, &ada, &[]).await;
    let pressed =
        app.send(app.request(Method::POST, "/oauth2/logout/confirm").form(&[("state", "x")])).await.expect(303);
    assert_eq!((pressed.header("set-cookie"), pressed.header("location")), ("", "/oauth2/logout?state=x"));
    assert_eq!(refresh(&app, &tokens).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_sessions_ends_a_browsers_too() {
    let (app, ada) = start().await;
    let mut browser = Browser::default();
    let tokens = sign_in(&app, &mut browser, &ada, &[]).await;
    let list = app.send(app.request(Method::GET, "/v1/me/sessions").bearer_auth(&ada.access)).await.expect(200);
    let sessions = list["sessions"].as_array().unwrap();
    let own = sessions.iter().find(|one| one["client_id"] == "portico-browser").unwrap();
    let path = format!("/v1/me/sessions/{}", own["id"].as_str().unwrap());
    app.send(app.request(Method::DELETE, &path).bearer_auth(&ada.access)).await.expect(204);
    assert_eq!(refresh(&app, &tokens).await, 400);
    assert!(browser.authorize(&app, &[]).await.expect(200).has("sign_in"));
}
