//! `functions/token`.

use domain::SignedDuration;
use serde_json::json;
use tests::{App, Setup, claims};

/// SHA-256 of `secret`.
const SECRET: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

fn with_service() -> Setup {
    let clients = json!([
        {"client_id": "billing", "client_name": "Billing", "grant_types": ["client_credentials"],
         "scopes": ["orders:read", "orders:write"], "introspect": true, "signing_alg": "RS256",
         "audience": ["https://orders.example"], "secret_sha256": [SECRET]},
        {"client_id": "app", "client_name": "App", "grant_types": ["refresh_token"], "direct": true}
    ]);
    Setup::default().setting("CLIENTS", &clients.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_is_exchanged_once_and_retried_safely() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;

    let first = app.refresh(&ada.refresh).await.expect(200);
    assert_eq!((first.header("cache-control"), first.header("pragma")), ("no-store", "no-cache"));
    assert_eq!(claims(&first.str("access_token"))["sid"], claims(&ada.access)["sid"]);
    app.advance(SignedDuration::from_secs(9));
    let retry = app.refresh(&ada.refresh).await.expect(200);
    assert_eq!(retry.str("refresh_token"), first.str("refresh_token"));

    let second = app.refresh(&first.str("refresh_token")).await.expect(200);
    assert_ne!(second.str("refresh_token"), first.str("refresh_token"));
    // The first has been followed by one that was used: now it is a stolen one.
    app.refresh(&ada.refresh).await.oauth(400, "invalid_grant");
    app.refresh(&second.str("refresh_token")).await.oauth(400, "invalid_grant");
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
    let told = app.mail_to("ada@example.com").await;
    assert!(told.code.is_none(), "{}", told.text);
    assert_eq!(app.mails().await.iter().filter(|mail| mail.to == "ada@example.com").count(), 2);
    ada.again(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_retry_is_a_reuse_and_forgeries_end_nothing() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let mut forged = ada.refresh.clone().into_bytes();
    let last = forged.len() - 1;
    forged[last - 3] = if forged[last - 3] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    for wrong in ["", "prt_", "nonsense", &forged, &ada.access] {
        let reply = app.refresh(wrong).await;
        assert!(reply.status == 400 && ["invalid_grant", "invalid_request"].contains(&&*reply.str("error")), "{wrong}");
    }
    let fields = [("grant_type", "refresh_token"), ("refresh_token", ada.refresh.as_str()), ("client_id", "nobody")];
    app.form("/oauth2/token", &fields).await.oauth(401, "invalid_client");
    let next = app.refresh(&ada.refresh).await.expect(200);
    app.advance(SignedDuration::from_secs(11));
    app.refresh(&ada.refresh).await.oauth(400, "invalid_grant");
    app.refresh(&next.str("refresh_token")).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_when_idle_and_in_any_case() {
    let setup = Setup::default().setting("SESSION_IDLE_SECONDS", "3600").setting("SESSION_ABSOLUTE_SECONDS", "7200");
    let app = App::with(setup).await;
    let ada = app.customer("ada@example.com").await;
    let idle = ada.again(&app).await;
    let mut token = ada.refresh.clone();
    for _ in 0..3 {
        app.advance(SignedDuration::from_mins(35));
        token = app.refresh(&token).await.expect(200).str("refresh_token");
    }
    app.refresh(&idle.refresh).await.oauth(400, "invalid_grant");
    app.advance(SignedDuration::from_mins(20));
    app.refresh(&token).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_get_tokens_of_their_own_and_may_ask_about_others() {
    let app = App::with(with_service()).await;
    let ada = app.customer("ada@example.com").await;
    let token = async |fields: &[(&str, &str)], secret: &str| {
        let request = app.request(reqwest::Method::POST, "/oauth2/token").basic_auth("billing", Some(secret));
        app.send(request.form(fields)).await
    };
    let granted = token(&[("grant_type", "client_credentials"), ("scope", "orders:read")], "secret").await.expect(200);
    let said = claims(&granted.str("access_token"));
    assert_eq!((said["sub"].clone(), said["scope"].clone()), (json!("billing"), json!("orders:read")));
    assert_eq!(said["aud"], json!([app.system.gateway_url(), "https://orders.example"]));
    assert!(granted["refresh_token"].is_null() && granted["id_token"].is_null());
    token(&[("grant_type", "client_credentials")], "wrong").await.oauth(401, "invalid_client");
    // One that asks for nothing in particular gets all that it may have.
    let all = token(&[("grant_type", "client_credentials")], "secret").await.expect(200);
    assert_eq!(
        (&all["scope"], &claims(&all.str("access_token"))["scope"]),
        (&json!("orders:read orders:write"), &json!("orders:read orders:write"))
    );
    for (asked, named) in
        [("orders:read admin", "The scope admin is more"), ("orders:read <b>", "The scope is malformed, or more")]
    {
        let refused = token(&[("grant_type", "client_credentials"), ("scope", asked)], "secret").await;
        let refused = refused.oauth(400, "invalid_scope").str("error_description");
        assert_eq!(refused, format!("{named} than there is to have."));
    }
    token(&[("grant_type", "password")], "secret").await.oauth(400, "unsupported_grant_type");
    token(&[("grant_type", "refresh_token"), ("refresh_token", &ada.refresh)], "secret")
        .await
        .oauth(400, "unauthorized_client");
    token(&[("scope", "orders:read")], "secret").await.oauth(400, "invalid_request");

    let ask = async |token: &str| {
        let request = app.request(reqwest::Method::POST, "/oauth2/introspect").basic_auth("billing", Some("secret"));
        app.send(request.form(&[("token", token)])).await.expect(200)
    };
    let live = ask(&ada.access).await;
    assert_eq!((live["active"].clone(), live["sub"].clone()), (json!(true), json!(ada.sub)));
    assert_eq!(ask(&ada.refresh).await["active"], true);
    assert_eq!(ask("nonsense").await.body, json!({"active": false}));
    app.form("/oauth2/introspect", &[("token", &ada.access), ("client_id", "portico")])
        .await
        .oauth(401, "invalid_client");

    app.form("/oauth2/revoke", &[("token", &ada.refresh), ("client_id", "app")]).await;
    assert_eq!(ask(&ada.access).await["active"], true, "another client's token stays");
    app.form("/oauth2/revoke", &[("token", &ada.refresh), ("client_id", "portico")]).await.expect(200);
    app.form("/oauth2/revoke", &[("token", "nonsense"), ("client_id", "portico")]).await.expect(200);
    assert_eq!(ask(&ada.access).await.body, json!({"active": false}));
    app.refresh(&ada.refresh).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_nothing_can_be_signed_nobody_looks_like_a_thief() {
    let app = App::with(Setup::default().parameter("SigningMode", "kms")).await;
    let ada = app.customer("ada@example.com").await;
    app.system.faults().down(local::aws::Service::Kms);
    for _ in 0..3 {
        let refused = app.refresh(&ada.refresh).await.oauth(503, "temporarily_unavailable");
        assert!(!refused.header("retry-after").is_empty());
        app.advance(SignedDuration::from_mins(1));
    }
    app.system.faults().up(local::aws::Service::Kms);
    app.refresh(&ada.refresh).await.expect(200);
}
