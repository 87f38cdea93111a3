//! Addresses, names and passwords: odd ones that are legal work from end to end, others are refused.

use domain::SignedDuration;
use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_but_legal_addresses_are_addresses() {
    let field = Field::start().await;
    let long = format!("{}@{}.example.com", "a".repeat(64), "b".repeat(63));
    for (typed, reached) in [
        ("a@example.com", "a@example.com"),
        ("ada+shop@example.com", "ada+shop@example.com"),
        ("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"),
        ("\"ada lovelace\"@example.com", "\"ada lovelace\"@example.com"),
        ("\"a@b\"@example.com", "\"a@b\"@example.com"),
        ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
        ("ada@EXAMPLE.museum", "ada@example.museum"),
        ("  spaced@example.com ", "spaced@example.com"),
        ("1@1.example", "1@1.example"),
        (&long, &long),
    ] {
        let begun = field.app.post("/v1/register", json!({"email": typed, "password": "a rather long sentence"})).await;
        let transaction = begun.expect(202).str("transaction");
        let code = field.app.code_to(reached).await;
        field.app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
        field.app.login(typed, "a rather long sentence").await.expect(200);
        field.app.login(&reached.to_uppercase(), "a rather long sentence").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_address_is_refused_wherever_one_is_read() {
    let field = Field::start().await;
    let long = format!("{}@example.com", "a".repeat(65));
    let longer = format!("a@{}.example", "b.".repeat(130));
    let refused = [
        "",
        "a",
        "@",
        "a@",
        "@example.com",
        "a@b",
        "a@@example.com",
        "a b@example.com",
        "a@exa mple.com",
        "a@example..com",
        "a@.example",
        "a@-.example",
        "a@[192.0.2.1]",
        "a@192.0.2.1",
        "a@localhost",
        "Ada <a@example.com>",
        "a@example.com\r\nBcc: b@example.com",
        "a\u{0}@example.com",
        "a,b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        "ädä@example.com",
        "mailto:a@example.com",
        "a@example.com,b@example.com",
        "a@exa\u{202e}mple.com",
        &long,
        &longer,
    ];
    for email in refused {
        for (method, path, body) in [
            (Method::POST, "/v1/register", json!({"email": email})),
            (Method::POST, "/v1/login", json!({"email": email, "password": "a rather long sentence"})),
            (Method::POST, "/v1/recover", json!({"email": email})),
            (Method::POST, "/v1/passwordless", json!({"email": email, "method": "code"})),
            (Method::PUT, "/v1/me/email", json!({"email": email, "current_password": field.ada.password})),
        ] {
            let reply = field.ada.call(&field.app, method, path, Some(body)).await;
            let at = format!("{path} {email:?}: {}", reply.text);
            assert_eq!(reply.status, 422, "{at}");
            assert_eq!(reply.fields(), [("/email".to_owned(), "email".to_owned())], "{at}");
            assert!(email.len() < 8 || !reply.text.contains(email), "{at}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_whatever_people_are_called() {
    let field = Field::start().await;
    let names = [
        "Ada".to_owned(),
        "José".into(),
        "Jose\u{301}".into(),
        "李小龍".into(),
        "محمد بن سلمان".into(),
        "שרה".into(),
        "Nguyễn Thị Minh Khai".into(),
        "👩‍👩‍👧‍👦🏳️‍🌈".into(),
        "O'Brien-Smith, Jr.".into(),
        "<b>Bobby</b>; DROP TABLE--".into(),
        "\u{202e}ada\u{202c}".into(),
        "Z\u{310}\u{30d}\u{342}a".into(),
        "ß".repeat(200),
        "🦀".repeat(200),
        "\u{1f1e9}\u{1f1ea}".into(),
        "ﷺ".into(),
        "\u{0}".into(),
        "\\\"\n\t".into(),
        "𝔄𝔡𝔞".into(),
        "x".into(),
    ];
    for (n, name) in names.iter().enumerate() {
        let email = format!("person{n}@example.com");
        let body = json!({"email": email, "password": "a rather long sentence", "profile": {"given_name": name}});
        let transaction = field.app.post("/v1/register", body).await.expect(202).str("transaction");
        let code = field.app.code_to(&email).await;
        let reply = field.app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
        let person = Person::signed_in(&email, "a rather long sentence", &reply);
        assert_eq!(person.get(&field.app, "/v1/me").await.expect(200)["profile"]["given_name"], *name);
        let body = json!({"profile": {"family_name": name}});
        let changed = person.call(&field.app, Method::PATCH, "/v1/me", Some(body)).await.expect(200);
        assert_eq!(changed["profile"]["family_name"], *name);
    }
    for name in [String::new(), "ß".repeat(201), "🦀".repeat(201), "x".repeat(50_000)] {
        let body = json!({"email": "b@example.com", "profile": {"given_name": name}});
        let reply = field.app.post("/v1/register", body).await.problem(422, "invalid-fields");
        assert!(reply.fields()[0].0.starts_with("/profile") && reply.text.len() < 1_000, "{}", reply.text);
        let body = json!({"profile": {"given_name": name}});
        field.ada.call(&field.app, Method::PATCH, "/v1/me", Some(body)).await.problem(422, "invalid-fields");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_as_long_as_it_may_be() {
    let mut field = Field::start().await;
    // Past ten minutes the current password is looked at.
    field.app.advance(SignedDuration::from_mins(11));
    field.ada.access = field.app.refresh(&field.ada.refresh).await.expect(200).str("access_token");
    let password = |length: usize| "pässwörd🦀 ".chars().cycle().take(length).collect::<String>();
    for (length, code) in [(0, "password_too_short"), (7, "password_too_short"), (1_025, "password_too_long")] {
        let body = json!({"current_password": field.ada.password, "new_password": password(length)});
        let reply = field.ada.call(&field.app, Method::PUT, "/v1/me/password", Some(body)).await;
        assert_eq!(
            reply.problem(422, "invalid-fields").fields(),
            [("/new_password".to_owned(), code.to_owned())],
            "{length}"
        );
        // Where one is only compared, it is wrong like any other.
        field.app.login(&field.ada.email, &password(length)).await.problem(401, "invalid-credentials");
        let body = json!({"current_password": password(length), "new_password": "another long sentence"});
        let reply = field.ada.call(&field.app, Method::PUT, "/v1/me/password", Some(body)).await;
        assert!(reply.status == 401 || reply.status == 422, "{}", reply.text);
    }
    let body = json!({"current_password": field.ada.password, "new_password": "x".repeat(100_000)});
    field.ada.call(&field.app, Method::PUT, "/v1/me/password", Some(body)).await.problem(413, "payload-too-large");
    field.app.login(&field.ada.email, &"x".repeat(100_000)).await.problem(413, "payload-too-large");
    let mut current = field.ada.password.clone();
    for length in [8, 1_024] {
        let body = json!({"current_password": current, "new_password": password(length)});
        let reply = field.ada.call(&field.app, Method::PUT, "/v1/me/password", Some(body)).await;
        assert!(reply.status < 300, "{length}: {}", reply.text);
        field.app.login(&field.ada.email, &current).await.problem(401, "invalid-credentials");
        current = password(length);
        field.app.login(&field.ada.email, &current).await.expect(200);
    }
    // The same characters, composed otherwise, are the same password: keyboards differ.
    use_decomposed(&field, &current).await;
}

async fn use_decomposed(field: &Field, composed: &str) {
    let decomposed = composed.replace('ä', "a\u{308}").replace('ö', "o\u{308}");
    assert_ne!(composed, decomposed);
    field.app.login(&field.ada.email, &decomposed).await.expect(200);
}
