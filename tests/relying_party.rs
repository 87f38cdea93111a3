//! A relying party that we did not write: the `openidconnect` crate, with nothing but the issuer's address, a
//! `client_id` and a secret.

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};
use tests::{App, Browser, Setup};

const HOME: &str = "https://partner.example/back";

/// The digest of "secret".
const CLIENT: &str = r#"[{"client_id": "partner", "client_name": "The Partner", "third_party": true,
    "grant_types": ["authorization_code", "refresh_token"], "redirect_uris": ["https://partner.example/back"],
    "subject_type": "pairwise", "signing_alg": "RS256",
    "secret_sha256": ["2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"]}]"#;

/// Asks over the same wire as everybody else. Redirects are not followed.
async fn ask(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let (parts, body) = request.into_parts();
    let request = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    let reply = request.send().await?;
    let mut response = openidconnect::http::Response::builder().status(reply.status());
    for (name, value) in reply.headers() {
        response = response.header(name, value);
    }
    let body = reply.bytes().await?.to_vec();
    Ok(response.body(body).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certified_library_signs_a_customer_in() {
    let app = App::with(Setup::default().setting("CLIENTS", CLIENT)).await;
    let ada = app.customer("ada@example.com").await;

    // Its five lines of configuration.
    let issuer = IssuerUrl::new(app.system.gateway_url()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &ask).await.unwrap();
    let secret = ClientSecret::new("secret".to_owned());
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new("partner".to_owned()), Some(secret))
        .set_redirect_uri(RedirectUrl::new(HOME.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("offline_access".to_owned()))
        .set_pkce_challenge(challenge)
        .url();

    // The customer signs in, and allows it.
    let mut browser = Browser::default();
    let path = format!("{}?{}", url.path(), url.query().unwrap());
    let page = browser.open(&app, &path).await.expect(200);
    let asked = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert!(asked.headline().contains("The Partner") && asked.has("allow"), "{}", asked.text);
    let back = browser.submit(&app, &asked, "consent", &[("decision", "allow")]).await.expect(303).back_at(HOME);
    assert_eq!((&back["state"], &back["iss"]), (state.secret(), &app.system.gateway_url()));

    let tokens = client.exchange_code(AuthorizationCode::new(back["code"].clone())).unwrap();
    let tokens = tokens.set_pkce_verifier(verifier).request_async(&ask).await.unwrap();
    let keys = client.id_token_verifier();
    let id_token = tokens.id_token().unwrap();
    let claims = id_token.claims(&keys, &nonce).unwrap();
    assert!(claims.subject().starts_with("pws_"), "a partner learns nothing that another could compare");
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&keys).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));
    assert!(id_token.claims(&keys, &Nonce::new("another".to_owned())).is_err());

    let userinfo = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone())).unwrap();
    let userinfo: CoreUserInfoClaims = userinfo.request_async(&ask).await.unwrap();
    assert_eq!(userinfo.email().map(|email| email.as_str()), Some("ada@example.com"));
    assert_eq!(userinfo.email_verified(), Some(true));
    assert!(userinfo.name().is_none(), "the profile was not asked for");

    let refreshed = client.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap();
    let refreshed = refreshed.request_async(&ask).await.unwrap();
    assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
    // The same token a second time, when its successor was used: somebody copied it, and both are out.
    let next = client.exchange_refresh_token(refreshed.refresh_token().unwrap()).unwrap();
    next.request_async(&ask).await.unwrap();
    let stolen = client.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap();
    stolen.request_async(&ask).await.unwrap_err();
    let ended = client.exchange_refresh_token(refreshed.refresh_token().unwrap()).unwrap();
    ended.request_async(&ask).await.unwrap_err();

    // It is asked for nothing a second time.
    let again = browser.open(&app, &path).await.expect(303).back_at(HOME);
    assert_ne!(again["code"], back["code"]);
}
