use std::net::{IpAddr, Ipv4Addr};

use axum::routing::{get, post};
use http::{HeaderMap, Request as HttpRequest};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
use serde_json::{Value, json};

use super::*;
use crate::{
    Json,
    tests::{answer, deployment, json, wrapped},
};

fn router() -> Router {
    let seen = |ctx: Ctx| async move {
        ctx.client("app");
        ctx.count("Things", 3);
        Json(json!({
            "addr": ctx.client_addr.reveal(), "issuer": ctx.issuer, "id": ctx.request_id, "locale": ctx.locale,
            "device": ctx.device, "place": ctx.place,
        }))
    };
    Router::new()
        .route("/ctx/{id}", get(seen))
        .route("/body", post(|body: String| async move { body.len().to_string() }).put(|| async { "put" }))
        .route("/broken", get(|| async { Problem::internal(&std::fmt::Error) }))
        .route("/cached", get(|| async { ([(CACHE_CONTROL, "max-age=60"), (http::header::VARY, "Accept")], "x") }))
}

fn gateway() -> RequestContext {
    let context: ApiGatewayV2httpRequestContext = serde_json::from_value(json!({
        "requestId": "req-1", "domainName": "api.example", "timeEpoch": 0,
        "http": {"method": "GET", "sourceIp": "2001:db8:1:2:3:4:5:6"},
    }))
    .unwrap();
    RequestContext::ApiGatewayV2(context)
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> HttpRequest<Body> {
    let mut request = HttpRequest::builder().method(method).uri(path).extension(gateway());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

async fn get_ctx(settings: &[(&str, &str)], headers: &[(&str, &str)]) -> Value {
    let router = wrapped(router(), &deployment(settings).0);
    json(answer(&router, request("GET", "/ctx/7", headers, "")).await).await
}

#[tokio::test]
async fn the_context_comes_from_the_gateway_and_not_from_the_client() {
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-for", "192.0.2.9"),
        ("cloudfront-viewer-address", "192.0.2.9:1"),
        ("cloudfront-viewer-city", "Nowhere"),
        ("x-origin-secret", ""),
        ("accept-language", "de-AT"),
        ("user-agent", "curl/8.0"),
    ];
    let seen = json!({"addr": "2001:db8:1:2::/64", "issuer": "https://api.example", "id": "req-1", "locale": "de",
        "device": "curl", "place": null});
    assert_eq!(get_ctx(&[], &headers).await, seen);
    assert_eq!(get_ctx(&[("ISSUER", "https://id.example")], &headers).await["issuer"], "https://id.example");
}

#[tokio::test]
async fn with_a_secret_of_the_origin_only_cloudfront_is_answered_and_believed() {
    let with = |secret| {
        [
            ("x-origin-secret", secret),
            ("cloudfront-viewer-address", "198.51.100.7:4711"),
            ("cloudfront-viewer-city", "M%C3%BCnchen"),
            ("cloudfront-viewer-country-name", "Germany"),
        ]
    };
    let seen = get_ctx(&[("ORIGIN_SECRET", "s3cret")], &with("s3cret")).await;
    assert_eq!((&seen["addr"], &seen["place"]), (&json!("198.51.100.7"), &json!("M\u{fc}nchen, Germany")));
    let seen = get_ctx(&[], &with("s3cret")).await;
    assert_eq!((&seen["addr"], &seen["place"]), (&json!("2001:db8:1:2::/64"), &Value::Null));

    let router = wrapped(router(), &deployment(&[("ORIGIN_SECRET", "s3cret"), ("CORS_ORIGINS", "https://x")]).0);
    let ways = [("GET", "/ctx/7"), ("POST", "/body"), ("GET", "/nowhere"), ("OPTIONS", "/body")];
    for secret in [&[("x-origin-secret", "s3creT")][..], &[("x-origin-secret", "")], &[]] {
        for (method, path) in ways {
            let asked = [("origin", "https://x"), ("access-control-request-method", "POST")];
            let headers: Vec<_> = secret.iter().copied().chain(asked).collect();
            let response = answer(&router, request(method, path, &headers, "")).await;
            assert_eq!(response.status(), 403, "{secret:?} {method} {path}");
            let problem = json(response).await;
            assert_eq!(
                (&problem["type"], &problem["request_id"]),
                (&json!("urn:portico:problem:direct-access"), &json!("req-1"))
            );
        }
    }
}

#[tokio::test]
async fn without_a_gateway_nobodys_address_is_known() {
    let unspecified: IpAddr = Ipv4Addr::UNSPECIFIED.into();
    let bare = HttpRequest::get("/ctx/7").body(Body::empty()).unwrap();
    let seen = json(answer(&wrapped(router(), &deployment(&[]).0), bare).await).await;
    assert_eq!(seen["addr"], unspecified.to_string());
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let router = wrapped(router(), &deployment(&[]).0);
    for (size, status) in [(0, 200), (BODY_LIMIT, 200), (BODY_LIMIT + 1, 413), (1_000_000, 413)] {
        let response = answer(&router, request("POST", "/body", &[], "x".repeat(size))).await;
        assert_eq!(response.status(), status, "{size}");
    }
    let claimed = request("POST", "/body", &[("content-length", "99999999")], "x");
    let problem = json(answer(&router, claimed).await).await;
    assert_eq!((&problem["status"], &problem["request_id"]), (&json!(413), &json!("req-1")));
}

#[tokio::test]
async fn what_takes_too_long_is_not_available_for_now() {
    let stalled = || get(std::future::pending::<()>);
    let router = Router::new().route("/stalled", stalled()).route("/oauth2/token", stalled());
    let (mut deployment, lines) = deployment(&[]);
    deployment.deadline = Duration::from_millis(5);
    let router = wrapped(router, &deployment);

    let response = answer(&router, request("GET", "/stalled", &[], "")).await;
    let status = (response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap().to_owned());
    assert_eq!(status, (503, "1".to_owned()));
    let problem = json(response).await;
    assert_eq!(
        (&problem["type"], &problem["request_id"]),
        (&json!("urn:portico:problem:unavailable"), &json!("req-1"))
    );

    let response = answer(&router, request("GET", "/oauth2/token", &[], "")).await;
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &HeaderValue::from(1)));
    assert_eq!(json(response).await["error"], "temporarily_unavailable");
    for line in lines.lock().unwrap().iter() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["level"], &line["cause"]), (&json!("error"), &json!("no answer within 5ms")));
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let router = wrapped(router(), &deployment(&[]).0);
    let response = answer(&router, request("GET", "/nowhere", &[], "")).await;
    assert_eq!(response.status(), 404);
    assert_eq!(json(response).await["type"], "urn:portico:problem:not-found");
    for method in ["GET", "DELETE", "OPTIONS", "BREW"] {
        let response = answer(&router, request(method, "/body", &[], "")).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["allow"]),
            (405, &HeaderValue::from_static("POST,PUT"))
        );
        assert_eq!(json(response).await["request_id"], "req-1", "{method}");
    }
}

#[tokio::test]
async fn every_answer_has_its_headers_and_handlers_may_know_better() {
    let router = wrapped(router(), &deployment(&[("CORS_ORIGINS", "https://shop.example")]).0);
    for path in ["/ctx/7", "/nowhere", "/broken"] {
        let response = answer(&router, request("GET", path, &[], "")).await;
        let headers = response.headers();
        assert_eq!(headers["x-request-id"], "req-1");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["vary"], "Origin");
        assert!(
            headers.contains_key("strict-transport-security") && !headers.contains_key("access-control-allow-origin")
        );
    }
    let response = answer(&router, request("GET", "/cached", &[], "")).await;
    let headers = response.headers();
    assert_eq!(
        (&headers["cache-control"], &headers["vary"]),
        (&HeaderValue::from_static("max-age=60"), &HeaderValue::from_static("Accept, Origin"))
    );
}

#[tokio::test]
async fn origins_are_compared_exactly() {
    let router = wrapped(router(), &deployment(&[("CORS_ORIGINS", "https://shop.example, http://localhost:5173")]).0);
    let ask = async |method: &str, origin: &str| -> (u16, HeaderMap) {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        let response = answer(&router, request(method, "/body", &headers, "")).await;
        (response.status().as_u16(), response.headers().clone())
    };
    let (status, headers) = ask("OPTIONS", "https://shop.example").await;
    assert_eq!((status, headers["access-control-allow-origin"].to_str().unwrap()), (204, "https://shop.example"));
    assert!(headers.contains_key("access-control-allow-headers") && headers.contains_key("access-control-max-age"));
    assert!(!headers.contains_key("access-control-allow-credentials"));
    let (status, headers) = ask("PUT", "http://localhost:5173").await;
    assert_eq!(
        (status, headers["access-control-expose-headers"].to_str().unwrap()),
        (200, "ETag, Retry-After, X-Request-Id, WWW-Authenticate, DPoP-Nonce")
    );
    for origin in ["https://shop.example.evil", "https://SHOP.example", "http://shop.example", "null", "*", ""] {
        let (status, headers) = ask("OPTIONS", origin).await;
        assert_eq!((status, headers.get("access-control-allow-origin")), (405, None), "{origin}");
    }
    for wrong in ["*", "shop.example", "https://shop.example/", "https://*.example"] {
        let (deployment, _) = deployment(&[("CORS_ORIGINS", wrong)]);
        let error = http(Router::new(), &deployment, &Flow { name: "test" }).unwrap_err();
        assert_eq!(error.name, "CORS_ORIGINS", "{wrong}");
    }
}

#[tokio::test]
async fn one_line_says_what_happened_and_nothing_about_whom() {
    let (deployment, lines) = deployment(&[("STACK", "shop")]);
    let router = wrapped(router(), &deployment);
    let headers = [("user-agent", "Agent/7"), ("origin", "https://x"), ("authorization", "Bearer t0ken")];
    for path in ["/ctx/a@b.example?mail=a@b.example", "/broken", "/a@b.example"] {
        answer(&router, request("GET", path, &headers, "a@b.example")).await;
    }
    answer(&router, request("BREW-ANNA", "/body", &headers, "")).await;
    let lines = lines.lock().unwrap().clone();
    for secret in ["a@b.example", "ANNA", "Agent/7", "2001:db8", "t0ken", "192.0.2"] {
        assert!(!lines.concat().contains(secret), "{secret}");
    }
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    let first = &lines[0];
    assert_eq!(first["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["stack", "flow"]]));
    assert_eq!(first["stack"], "shop");
    assert_eq!(first["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().len(), 4);
    assert_eq!((&first["Things"], &first["ColdStarts"], &first["Requests"]), (&json!(3), &json!(1), &json!(1)));
    let brief = |line: &Value| {
        let fields = ["level", "flow", "route", "method", "status", "problem", "cause", "request_id", "client"];
        fields.map(|name| line[name].as_str().map_or_else(|| line[name].to_string(), str::to_owned)).join(" ")
    };
    let cause = std::fmt::Error.to_string();
    assert_eq!(
        lines.iter().map(brief).collect::<Vec<_>>(),
        [
            "info test /ctx/{id} GET 200 null null req-1 app".to_owned(),
            format!("error test /broken GET 500 internal {cause} req-1 null"),
            "warn test - GET 404 not-found null req-1 null".to_owned(),
            "warn test /body - 405 method-not-allowed null req-1 null".to_owned(),
        ]
    );
}
