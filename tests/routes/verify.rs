//! `functions/verify`.

use domain::SignedDuration;
use serde_json::json;
use tests::{App, Person, claims};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_makes_a_customer_who_is_signed_in() {
    let app = App::start().await;
    let body = json!({
        "email": "Ada.Lovelace@Example.com", "password": "a rather long sentence", "locale": "de-AT",
        "profile": {"given_name": "Ada"}, "consents": {"newsletter": true}
    });
    let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
    let mail = app.mail_to("Ada.Lovelace@example.com").await;
    assert!(mail.html.contains("lang=\"de\""), "{}", mail.html);

    let code = mail.code.unwrap();
    let typed = format!("{} {}", &code[..3], &code[3..]);
    let reply = app.post("/v1/verify", json!({"transaction": transaction, "code": typed})).await.expect(200);
    let ada = Person::signed_in("ada.lovelace@example.com", "a rather long sentence", &reply);
    assert_eq!(claims(&ada.access)["amr"], json!(["otp"]));
    let me = ada.get(&app, "/v1/me").await.expect(200);
    assert_eq!((me["email"].clone(), me["locale"].clone()), (json!("Ada.Lovelace@example.com"), json!("de")));
    assert_eq!((me["profile"].clone(), me["missing"].clone()), (json!({"given_name": "Ada"}), json!(["family_name"])));
    ada.again(&app).await;

    app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.problem(410, "transaction-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_has_five_tries_ten_minutes_and_one_use() {
    let app = App::start().await;
    let wrong = |code: &str| if code == "000000" { "000001" } else { "000000" };
    let verify = async |transaction: &str, code: &str| {
        app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await
    };

    let transaction = app.register("ada@example.com").await;
    let code = app.code_to("ada@example.com").await;
    for _ in 0..5 {
        verify(&transaction, wrong(&code)).await.problem(422, "invalid-code");
    }
    verify(&transaction, &code).await.problem(410, "transaction-expired");

    let transaction = app.register("bob@example.com").await;
    let code = app.code_to("bob@example.com").await;
    app.advance(SignedDuration::from_mins(10));
    verify(&transaction, &code).await.problem(410, "transaction-expired");

    let other = app.register("carol@example.com").await;
    let code = app.code_to("carol@example.com").await;
    let another = app.register("carol@example.com").await;
    let another_code = app.code_to("carol@example.com").await;
    if another_code != code {
        verify(&another, &code).await.problem(422, "invalid-code");
    }
    verify(&other, &code).await.expect(200);
    verify(&another, &another_code).await.problem(409, "address-taken");

    for transaction in ["", "txn_", "txn_nonsense", &format!("txn_{}", "A".repeat(32))] {
        let status = verify(transaction, "123456").await.status;
        assert!([410, 422].contains(&status), "{transaction} {status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_can_be_sent_again_a_few_times_and_the_old_one_ends() {
    let app = App::start().await;
    let transaction = app.register("ada@example.com").await;
    let first = app.code_to("ada@example.com").await;
    app.advance(SignedDuration::from_mins(9));
    for _ in 0..3 {
        app.post("/v1/verify/resend", json!({"transaction": transaction})).await.expect(202);
        app.settle().await;
    }
    let refused = app.post("/v1/verify/resend", json!({"transaction": transaction})).await;
    assert!([410, 429].contains(&refused.status), "{}", refused.text);
    app.advance(SignedDuration::from_mins(9));
    let last = app.code_to("ada@example.com").await;
    if first != last {
        app.post("/v1/verify", json!({"transaction": transaction, "code": first})).await.problem(422, "invalid-code");
    }
    app.post("/v1/verify", json!({"transaction": transaction, "code": last})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_opened_elsewhere_sets_up_nothing_that_the_stranger_typed() {
    let app = App::start().await;
    // Eve registers Ada's address with a password and a name of Eve's choice.
    let body = json!({"email": "ada@example.com", "password": "eve knows this one", "profile": {"given_name": "Eve"}});
    let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
    let token = app.link_token_to("ada@example.com").await;

    for _ in 0..3 {
        let page = app.get(&format!("/verify?token={token}")).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(page.header("referrer-policy"), "no-referrer");
    }
    let weak = app.form("/verify", &[("token", &token), ("password", "12345678")]).await;
    assert_eq!(weak.status, 422, "{}", weak.text);
    app.form("/verify", &[("token", &token), ("password", "a sentence of Ada's")]).await.expect(200);

    app.login("ada@example.com", "eve knows this one").await.problem(401, "invalid-credentials");
    let reply = app.login("ada@example.com", "a sentence of Ada's").await.expect(200);
    let ada = Person::signed_in("ada@example.com", "a sentence of Ada's", &reply);
    assert_eq!(ada.get(&app, "/v1/me").await.expect(200)["profile"], json!({}));

    app.form("/verify", &[("token", &token), ("password", "a sentence of Eve's")]).await.expect(410);
    let code = json!({"transaction": transaction, "code": "123456"});
    app.post("/v1/verify", code).await.problem(410, "transaction-expired");
    for nonsense in ["", "x", "a.b", &"A".repeat(5000)] {
        let page = app.get(&format!("/verify?token={nonsense}")).await;
        assert!(
            (400..500).contains(&page.status) && page.header("content-type").starts_with("text/html"),
            "{}",
            page.text
        );
    }
}
