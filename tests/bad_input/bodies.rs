//! Bodies that are none.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_json_is_refused() {
    let field = Field::start().await;
    let (deep, deeper) = ("[".repeat(33) + &"]".repeat(33), "[".repeat(60_000));
    let bodies: [&[u8]; 22] = [
        b"",
        b" ",
        b"{",
        b"}",
        b"nul",
        b"'",
        b"{\"email\":}",
        b"{email:1}",
        b"{\"a\":1,}",
        b"{} {}",
        b"[1",
        b"{}x",
        b"// no\n{}",
        "\u{feff}{}".as_bytes(),
        b"{\"email\":\"\xff\"}",
        b"{\"email\":\"\xed\xa0\x80\"}",
        b"{\"email\":\"\\ud800\"}",
        b"{\"email\":\"a\0b\"}",
        b"\0",
        b"{\"a\":1e999}",
        deep.as_bytes(),
        deeper.as_bytes(),
    ];
    for operation in json_operations() {
        for body in bodies {
            let reply = field.send(&operation, JSON, body).await;
            let why = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert_refused(&operation, &reply, &why);
            reply.problem(400, "invalid-request");
        }
        for body in ["[]", "1", "\"x\"", "null", "true", "[{\"email\":\"a@example.com\"}]"] {
            let reply = field.send(&operation, JSON, body).await.problem(422, "invalid-fields");
            assert_eq!(reply.fields(), [(String::new(), "type".to_owned())], "{} {body}", name(&operation));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_occurs_twice_is_refused() {
    let field = Field::start().await;
    for operation in json_operations() {
        let example = operation.example();
        let member = example.as_object().unwrap().keys().next().unwrap().clone();
        for body in [
            format!("{{\"{member}\":{0},\"{member}\":{0}}}", example[&member]),
            format!("{{\"{member}\":{},\"\\u{:04x}{}\":1}}", example[&member], member.as_bytes()[0], &member[1..]),
            format!("{{\"{member}\":{{\"{CANARY}\":1,\"{CANARY}\":2}}}}"),
        ] {
            let reply = field.send(&operation, JSON, body).await;
            assert_refused(&operation, &reply, "twice");
            reply.problem(400, "invalid-request");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_media_type_that_is_named_is_read() {
    let field = Field::start().await;
    let others = [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/*",
        "json",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "*/*",
    ];
    for operation in json_operations() {
        let body = operation.example().to_string();
        for media_type in others.into_iter().chain([FORM, ""]) {
            let reply = field.send(&operation, media_type, body.clone()).await;
            assert_refused(&operation, &reply, media_type);
            reply.problem(415, "unsupported-media-type");
        }
        let untyped = field.app.send(field.request(&operation).body(body.clone())).await;
        untyped.problem(415, "unsupported-media-type");
        let twice = field.request(&operation).header(CONTENT_TYPE, JSON).header(CONTENT_TYPE, "text/plain");
        field.app.send(twice.body(body.clone())).await.problem(415, "unsupported-media-type");
    }
    for media_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
    ] {
        let login = operations().into_iter().find(|one| one.path == "/v1/login").unwrap();
        field.send(&login, media_type, login.example().to_string()).await.problem(401, "invalid-credentials");
    }
    for operation in form_operations() {
        for media_type in others.into_iter().chain([JSON, ""]) {
            let reply = field.send(&operation, media_type, "token=x").await;
            assert_refused(&operation, &reply, media_type);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_is_refused_by_whoever_meets_it_first() {
    let field = Field::start().await;
    let padded = |size: usize| {
        let start = "{\"email\":\"";
        format!("{start}{}\"}}", "x".repeat(size - start.len() - 2))
    };
    for operation in json_operations().into_iter().chain(form_operations()) {
        let media_type = operation.reads()[0].clone();
        let reply = field.send(&operation, &media_type, padded(64 * 1024)).await;
        assert_refused(&operation, &reply, "64 KiB");
        assert_ne!(reply.status, 413, "{}", name(&operation));
        let reply = field.send(&operation, &media_type, padded(64 * 1024 + 1)).await;
        assert_refused(&operation, &reply, "64 KiB and one");
        if !operation.is_page() {
            reply.problem(413, "payload-too-large");
        }
    }
    // Above 6 MB an event is too large for Lambda, above 10 MB a body for the gateway: it says so itself.
    let register = json_operations().into_iter().find(|one| one.path == "/v1/register").unwrap();
    for size in [6 * 1024 * 1024, 10 * 1024 * 1024 + 1] {
        let reply = field.send(&register, JSON, padded(size)).await.expect(413);
        assert_eq!(reply["message"], "Request Entity Too Large");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_are_read_strictly() {
    let field = Field::start().await;
    let bodies: [&[u8]; 12] = [
        b"",
        b"&&&",
        b"=",
        b"token=%",
        b"token=%zz",
        b"token=%ff",
        b"token=\xff",
        b"token=a&token=b",
        b"token=a&tok%65n=a",
        b"grant_type=refresh_token&grant_type=refresh_token",
        b"token=%00",
        b"{\"token\":\"a\"}",
    ];
    for operation in form_operations() {
        for body in bodies {
            let reply = field.send(&operation, FORM, body).await;
            let why = String::from_utf8_lossy(body).into_owned();
            // RFC 7009 §2.2: a token that is none is as good as revoked.
            let revoked = operation.path == "/oauth2/revoke" && body == b"token=%00";
            if !revoked {
                assert_refused(&operation, &reply, &why);
            }
            assert_clear(&operation, &reply, &why);
        }
        let reply = field.send(&operation, FORM, format!("token={CANARY}&{CANARY}={CANARY}&client_id={CANARY}")).await;
        assert_refused(&operation, &reply, "unknown everything");
    }
}
