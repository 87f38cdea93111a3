//! Paths, queries and headers.

use reqwest::header::AUTHORIZATION;
use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_occurs_once_may_not_occur_twice() {
    let field = Field::start().await;
    for operation in operations().iter().filter(|operation| operation.is_secured()) {
        let again = field.request(operation).header(AUTHORIZATION, format!("Bearer {}", field.ada.access));
        let refuse = |reply: Reply| {
            if operation.is_oauth() {
                reply.oauth(400, "invalid_request")
            } else {
                reply.problem(400, "invalid-request")
            }
        };
        refuse(field.app.send(again).await);
        let other = field.request(operation).header(AUTHORIZATION, "Basic YTpi");
        refuse(field.app.send(other).await);
    }
    for query in [
        "keep=current&keep=current",
        "keep=current&keep=x",
        "k%65ep=current&keep=current",
        "keep=%",
        "keep=%ff",
        "keep=%zz",
    ] {
        let path = format!("/v1/me/sessions?{query}");
        field.ada.call(&field.app, Method::DELETE, &path, None).await.problem(400, "invalid-request");
    }
    for query in
        ["keep=", "keep=all", "keep=CURRENT", "other=1", &format!("keep={CANARY}"), "keep[]=current", "keep=current%00"]
    {
        let path = format!("/v1/me/sessions?{query}");
        let reply = field.ada.call(&field.app, Method::DELETE, &path, None).await;
        assert!(!reply.text.contains(CANARY), "{}", reply.text);
        reply.problem(400, "invalid-request");
    }
    // Whoever registers sends JSON, and no client's credentials.
    let by_form = |operation: &&Operation| operation.is_oauth() && !operation.path.starts_with("/oauth2/register");
    for operation in operations().iter().filter(by_form) {
        let path = format!("{}?client_id=portico", operation.path);
        let reply = field.app.form(&path, &[("token", "x"), ("grant_type", "refresh_token")]).await;
        reply.oauth(400, "invalid_request");
        let clients = ["portico:", "portico:x"]
            .map(|pair| format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair)));
        let twice =
            clients.iter().fold(field.request(operation), |request, client| request.header(AUTHORIZATION, client));
        let reply = field.app.send(twice.form(&[("token", "x"), ("grant_type", "refresh_token")])).await;
        assert_refused(operation, &reply, "two clients");
    }
    field.ada.get(&field.app, "/v1/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_that_lead_nowhere_say_so() {
    let field = Field::start().await;
    let long = "x".repeat(4_000);
    for id in [
        "x",
        "%00",
        "%ff",
        "%2e%2e",
        "%2F",
        "a%20b",
        "%F0%9F%A6%80",
        "ses_",
        "ses_01",
        "cus_01hf7yat00e9j8b5v2m3n4p6q7",
        "%",
        "%zz",
        "'",
        &long,
    ] {
        let path = format!("/v1/me/sessions/{id}");
        let reply = field.ada.call(&field.app, Method::DELETE, &path, None).await;
        assert_eq!(reply.status, 404, "{id}: {}", reply.text);
    }
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/v1/ME"),
        ("GET", "/v1/me/"),
        ("POST", "//v1/login"),
        ("GET", "/v1/login"),
        ("TRACE", "/v1/me"),
        ("BREW", "/v1/me"),
    ] {
        let reply = field.app.send(field.app.request(Method::from_bytes(method.as_bytes()).unwrap(), path)).await;
        assert_eq!((reply.status, &reply["message"]), (404, &json!("Not Found")), "{method} {path}");
    }
    let reply = field.app.send(field.app.request(Method::GET, "/v1/me").header("x-large", "x".repeat(11_000))).await;
    assert_eq!(reply.status, 431);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_headers_change_nothing() {
    let field = Field::start().await;
    let odd: [(&str, &[u8]); 16] = [
        ("accept", b"text/html"),
        ("accept", b"nonsense"),
        ("accept-language", b"xx-YY;q=nonsense,,,;"),
        ("accept-language", b"\xff\xfe"),
        ("user-agent", b"\xff"),
        ("user-agent", b""),
        ("x-forwarded-for", b"198.51.100.9, ::1"),
        ("x-forwarded-proto", b"gopher"),
        ("host", b"evil.example"),
        ("forwarded", b"for=\"_x\";host=evil.example"),
        ("cloudfront-viewer-address", b"nonsense"),
        ("cloudfront-viewer-city", b"\xc3\xa9"),
        ("x-origin-secret", b"guess"),
        ("origin", b"null"),
        ("if-none-match", b"\"\xff\""),
        ("cookie", b"=;;a=\"\xff"),
    ];
    for (name, value) in odd {
        let value = reqwest::header::HeaderValue::from_bytes(value).unwrap();
        let me = field.app.request(Method::GET, "/v1/me").bearer_auth(&field.ada.access).header(name, &value);
        field.app.send(me).await.expect(200);
        let keys = field.app.request(Method::GET, "/.well-known/jwks.json").header(name, &value);
        field.app.send(keys).await.expect(200);
        let body = json!({"email": "eve@example.com"});
        let register = field.app.request(Method::POST, "/v1/register").header(name, &value).json(&body);
        field.app.send(register).await.expect(202);
    }
    let link = field.app.mail_to("eve@example.com").await.link.unwrap();
    assert!(link.starts_with(&format!("{}/verify?token=", field.app.system.gateway_url())), "{link}");
    let about = field.app.request(Method::GET, "/.well-known/openid-configuration").header("host", "evil.example");
    assert_eq!(field.app.send(about).await.expect(200)["issuer"], field.app.system.gateway_url());
}
