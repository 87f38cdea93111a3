//! `functions/wellknown`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tests::{App, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_public_says_where_everything_is_and_may_be_kept() {
    let app = App::start().await;
    let issuer = app.system.gateway_url();
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let metadata = app.get(path).await.expect(200);
        assert_eq!(metadata["issuer"], issuer);
        for (name, path) in [
            ("jwks_uri", "/.well-known/jwks.json"),
            ("token_endpoint", "/oauth2/token"),
            ("revocation_endpoint", "/oauth2/revoke"),
            ("introspection_endpoint", "/oauth2/introspect"),
        ] {
            assert_eq!(metadata[name], format!("{issuer}{path}"), "{name}");
        }
        assert!(metadata.header("cache-control").contains("max-age"));
    }
    let keys = app.get("/.well-known/jwks.json").await.expect(200);
    let algs: Vec<_> =
        keys["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap().to_owned()).collect();
    assert!(algs.contains(&"ES256".to_owned()) && algs.contains(&"RS256".to_owned()));
    for key in keys["keys"].as_array().unwrap() {
        let bits = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap().len() * 8;
        match key["alg"].as_str().unwrap() {
            "ES256" => assert_eq!((key["crv"].as_str(), bits("x"), bits("y")), (Some("P-256"), 256, 256)),
            "RS256" => assert_eq!((bits("n"), key["e"].as_str()), (2048, Some("AQAB"))),
            other => panic!("{other}"),
        }
        assert!(key["d"].is_null() && key["use"] == "sig");
    }
    let etag = keys.header("etag").to_owned();
    let request = app.request(reqwest::Method::GET, "/.well-known/jwks.json").header("if-none-match", &etag);
    app.send(request).await.expect(304);
    let permanent = app.get("/.well-known/permanent-keys.json").await.expect(200);
    let kid = permanent["keys"][0]["kid"].as_str().unwrap();
    assert!(permanent["keys"][0]["alg"] == "ES256" && !keys.text.contains(kid), "it signs no token");
    let api = app.get("/openapi.json").await.expect(200);
    assert!(api.str("openapi").starts_with("3.1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn related_origins_are_listed_where_there_are_any() {
    let app = App::start().await;
    app.get("/.well-known/webauthn").await.expect(404);
    let origins = "https://shop.example, https://app.example";
    let app = App::with(Setup::default().setting("WEBAUTHN_ORIGINS", origins)).await;
    let related = app.get("/.well-known/webauthn").await.expect(200);
    assert_eq!(related["origins"], serde_json::json!(["https://shop.example", "https://app.example"]));
    assert!(related.header("cache-control").contains("max-age"));
}
