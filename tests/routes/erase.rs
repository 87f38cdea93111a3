//! `functions/erase`.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Reply, Setup, World};

const NEW: &str = "seven lean cows, seven fat ones";
const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn reset(app: &App, email: &str) -> Reply {
    let transaction = app.forgotten(email).await;
    let code = app.code_to(email).await;
    app.post("/v1/recover/verify", json!({"transaction": transaction, "code": code, "password": NEW})).await
}

fn erasure(customer: &str) -> String {
    format!("/v1/admin/customers/{customer}/erasure")
}

fn holds(customer: &str) -> String {
    format!("/v1/admin/customers/{customer}/holds")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_is_out_at_once_and_can_change_their_mind() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let phone = ada.again(&app).await;
    let terms = ada.get(&app, "/v1/me/erasure").await.expect(200);
    assert_eq!(terms.body, json!({"grace_days": 14}));
    // Mails that wait together go out in any order.
    app.settle().await;
    let asked = ada.leave(&app).await.expect(202);
    assert!(asked.str("id").starts_with("era_") && asked["on_hold_until"].is_null());
    assert_eq!(asked.str("due_at"), "2027-01-29T08:00:00Z");
    let url = asked.str("certificate_url");
    assert_eq!(url, format!("{}/v1/erasure/certificate?receipt={}", app.system.gateway_url(), asked.str("receipt")));
    for person in [&ada, &phone] {
        person.get(&app, "/v1/me").await.problem(401, "invalid-token");
        app.refresh(&person.refresh).await.oauth(400, "invalid_grant");
    }
    let told = app.mail_to(&ada.email).await;
    assert!(told.link.as_ref().unwrap().contains("/erasure/withdraw?token=") && told.code.is_none());
    assert!(told.text.contains("29 January 2027"), "{}", told.text);

    // Without the proof it is an account like any other.
    app.login(&ada.email, "another long sentence").await.problem(401, "invalid-credentials");
    let door = app.login(&ada.email, &ada.password).await.expect(200);
    let said: Vec<_> = door.body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(said, ["due_at", "expires_in", "status", "transaction"]);
    assert_eq!((door["status"].clone(), door["expires_in"].clone()), (json!("erasure_pending"), json!(600)));
    assert_eq!(door["due_at"], asked["due_at"]);
    assert_eq!(World::of(&app).await.live_sessions(&ada.sub), 0);

    app.stay(&door.str("transaction")).await.expect(204);
    app.stay(&door.str("transaction")).await.problem(410, "transaction-expired");
    let back = ada.again(&app).await;
    assert_eq!(back.sub, ada.sub);
    back.get(&app, "/v1/me").await.expect(200);
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
    assert!(app.mails().await.iter().any(|mail| mail.to == ada.email && mail.text.contains("stays")));
    // The run has nothing to do.
    app.erase_due().await;
    ada.again(&app).await;
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!((world.sealed("erasure.requested"), world.sealed("erasure.withdrawn")), (1, 1));
    assert!(world.erased.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_in_leads_to_the_same_door_and_only_after_the_whole_proof() {
    let app = App::with(Setup::default().setting("EMAIL_SIGN_IN", "on")).await;
    let ada = app.customer("ada@example.com").await;
    let (totp, _) = ada.add_totp(&app).await;
    let mut key = Authenticator::new(&app.system.gateway_url());
    ada.add_passkey(&app, &mut key).await;
    ada.leave(&app).await.expect(202);

    // A password alone is half the way, as ever.
    let half = ada.half_way(&app).await;
    app.stay(&half).await.problem(410, "transaction-expired");
    app.mfa(&half, "totp", json!({"code": "000000"})).await.problem(422, "invalid-code");
    let door = app.mfa(&half, "totp", json!({"code": totp.next_code(&app)})).await.expect(200);
    assert_eq!(door["status"], "erasure_pending");
    // What proved it proves nothing twice.
    let replayed = ada.half_way(&app).await;
    app.mfa(&replayed, "totp", json!({"code": totp.code(&app)})).await.problem(422, "invalid-code");

    let asked = app.post("/v1/passkey/options", json!({})).await.expect(200);
    let credential = key.get(&asked["public_key"]);
    let body = json!({"transaction": asked.str("transaction"), "credential": credential});
    let by_key = app.post("/v1/passkey", body).await.expect(200);
    assert_eq!(by_key["status"], "erasure_pending");

    let begun = app.passwordless(&ada.email, "code").await;
    let body = json!({"transaction": begun, "code": app.code_to(&ada.email).await});
    let by_mail = app.post("/v1/passwordless/verify", body).await.expect(200);
    assert_eq!(by_mail["status"], "mfa_required");
    let more = json!({"code": totp.next_code(&app)});
    let by_mail = app.mfa(&by_mail.str("transaction"), "totp", more).await.expect(200);
    assert_eq!(by_mail["status"], "erasure_pending");

    // What opens this door opens no other.
    let transaction = door.str("transaction");
    let code = json!({"transaction": transaction, "code": "123456"});
    app.post("/v1/verify", code.clone()).await.problem(422, "invalid-code");
    app.post("/v1/passwordless/verify", code).await.problem(422, "invalid-code");
    app.mfa(&transaction, "password", json!({"password": ada.password})).await.problem(410, "transaction-expired");
    app.post("/v1/mfa/enroll", json!({"transaction": transaction, "method": "totp"}))
        .await
        .problem(410, "transaction-expired");
    app.post("/v1/mfa/recovery", json!({"transaction": transaction})).await.problem(410, "transaction-expired");

    app.stay(&by_key.str("transaction")).await.expect(204);
    for other in [&door, &by_mail] {
        app.stay(&other.str("transaction")).await.problem(410, "transaction-expired");
    }
    ada.half_way(&app).await;
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_else_can_be_done_with_an_account_that_is_to_go() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    ada.add_totp(&app).await;
    // What was begun before ends with the sessions.
    let change = json!({"email": "ada@new.example.com"});
    let started = ada.call(&app, Method::PUT, "/v1/me/email", Some(change)).await.expect(202).str("transaction");
    let code = app.code_to("ada@new.example.com").await;
    let before = ada.half_way(&app).await;
    ada.leave(&app).await.expect(202);
    app.post("/v1/verify", json!({"transaction": started, "code": code})).await.problem(410, "transaction-expired");
    app.challenge(&before, "email").await.problem(410, "transaction-expired");

    reset(&app, &ada.email).await.problem(410, "transaction-expired");
    let half = ada.half_way(&app).await;
    app.post("/v1/mfa/recovery", json!({"transaction": half})).await.problem(403, "method-not-available");
    // Nobody else gets the address meanwhile, and whoever tries learns nothing.
    app.register(&ada.email).await;
    let mail = app.mail_to(&ada.email).await;
    assert!(mail.code.is_none() && mail.text.contains("already"), "{}", mail.text);
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_button_in_the_mail_keeps_the_account_and_looking_at_its_page_does_nothing() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    ada.leave(&app).await.expect(202);
    let token = app.token_of("/erasure/withdraw", &ada.email).await;
    let before = World::of(&app).await;
    for _ in 0..3 {
        let page = app.get(&format!("/erasure/withdraw?token={token}&utm_source=mail")).await.expect(200);
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "no-store"));
    }
    assert_eq!(before.directory, World::of(&app).await.directory);
    ada.at_the_door(&app).await;

    app.advance(DAY * 13);
    let done = app.request(Method::POST, "/erasure/withdraw").header("accept-language", "de");
    let done = app.send(done.form(&[("token", token.as_str())])).await.expect(200);
    assert_eq!((done.header("content-language"), done.header("set-cookie")), ("de", ""));
    ada.again(&app).await;
    app.form("/erasure/withdraw", &[("token", &token)]).await.expect(410);
    app.get(&format!("/erasure/withdraw?token={token}")).await.expect(410);

    // Nor does it withdraw what is asked for later.
    let again = ada.again(&app).await;
    again.leave(&app).await.expect(202);
    app.form("/erasure/withdraw", &[("token", &token)]).await.expect(410);
    ada.at_the_door(&app).await;
    for broken in ["", "x", "a.b", &token[1..], &"A".repeat(5000)] {
        app.get(&format!("/erasure/withdraw?token={broken}")).await.expect(400);
        app.form("/erasure/withdraw", &[("token", broken)]).await.expect(400);
    }
    // Another flow's link is none of this one's, and the other way round.
    let mine = app.token_of("/erasure/withdraw", &ada.email).await;
    app.form("/recover/undo", &[("token", &mine)]).await.expect(410);
    let notice = app.token_of("/recover/undo", &ada.email).await;
    app.form("/erasure/withdraw", &[("token", &notice)]).await.expect(410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_closes_when_the_run_begins_and_a_transaction_withdraws_only_what_it_was_given_for() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    ada.leave(&app).await.expect(202);
    let first = ada.at_the_door(&app).await;
    let second = ada.at_the_door(&app).await;
    app.stay(&first).await.expect(204);
    ada.again(&app).await.leave(&app).await.expect(202);
    app.stay(&second).await.problem(410, "transaction-expired");
    app.stay("txn_nonsense").await.problem(410, "transaction-expired");

    // Due, and not yet begun: it is not too late.
    app.settle().await;
    app.advance(DAY * 14);
    let last = ada.at_the_door(&app).await;
    app.erase().await.unwrap();
    app.stay(&last).await.problem(409, "erasure-under-way");
    let token = app.token_of("/erasure/withdraw", &ada.email).await;
    app.form("/erasure/withdraw", &[("token", &token)]).await.expect(410);
    app.login(&ada.email, &ada.password).await.problem(401, "invalid-credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_takes_a_fresh_authentication() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    app.advance(SignedDuration::from_mins(10) + SignedDuration::from_secs(1));
    let refreshed = app.refresh(&ada.refresh).await.expect(200);
    let ada = Person { access: refreshed.str("access_token"), ..ada };
    let stale = ada.leave(&app).await.problem(401, "reauthentication-required");
    assert!(stale.header("www-authenticate").contains("max_age=\"600\""));
    ada.get(&app, "/v1/me").await.expect(200);
    ada.again(&app).await.leave(&app).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_grace_period_there_is_nothing_to_press() {
    let app = App::with(Setup::default().parameter("ErasureGraceDays", "0")).await;
    let ada = app.customer("ada@example.com").await;
    ada.leave(&app).await.expect(202);
    let told = app.mails().await.into_iter().rfind(|mail| mail.to == ada.email).unwrap();
    assert!(told.link.is_none(), "{:?}", told.link);
    app.erase().await.unwrap();
    app.settle().await;
    app.erase().await.unwrap();
    assert!(World::of(&app).await.customers().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_whose_account_was_taken_over_takes_its_erasure_back_too() {
    let app = App::start().await;
    // Eve got in, changed the address, and wants it all to go.
    let ada = app.customer("ada@example.com").await;
    let body = json!({"email": "eve@example.com"});
    let started = ada.call(&app, Method::PUT, "/v1/me/email", Some(body)).await.expect(202).str("transaction");
    let code = app.code_to("eve@example.com").await;
    app.post("/v1/verify", json!({"transaction": started, "code": code})).await.expect(200);
    ada.leave(&app).await.expect(202);
    let undo = app.token_of("/verify/undo", "ada@example.com").await;
    app.form("/verify/undo", &[("token", &undo), ("password", NEW)]).await.expect(200);
    app.login("ada@example.com", NEW).await.expect(200).str("access_token");

    // Mallory got in with Bob's password, on a device that Bob was told of.
    let bob = app.customer("bob@example.com").await;
    bob.again(&app).await.leave(&app).await.expect(202);
    let notice = app.token_of("/recover/undo", "bob@example.com").await;
    app.form("/recover/undo", &[("token", &notice)]).await.expect(200);
    reset(&app, &bob.email).await.expect(204);
    app.login(&bob.email, NEW).await.expect(200).str("access_token");

    app.erase_due().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!((world.customers().len(), world.erased.len()), (2, 0));
    // It is on record that it was taken back, and its owner is told, at the address that is theirs.
    let sealed = ["erasure.withdrawn", "account.secured", "email.change_undone"].map(|kind| world.sealed(kind));
    assert_eq!(sealed, [2, 1, 1]);
    let told: Vec<_> = app.mails().await.into_iter().filter(|mail| mail.subject.contains("stays")).collect();
    let mut told: Vec<_> = told.iter().map(|mail| mail.to.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["ada@example.com", "bob@example.com"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_ends_at_the_door_as_anywhere_and_takes_no_factor_away_there() {
    let app = App::with(Setup::default().strict()).await;
    let open = SignedDuration::from_hours(72);
    let lost = async |person: &Person| {
        let waits = person.half_way(&app).await;
        app.post("/v1/mfa/recovery", json!({"transaction": waits})).await.expect(202).str("recovery")
    };
    let (ada, totp) = app.customer_with_totp("ada@example.com").await;
    lost(&ada).await;
    ada.leave(&app).await.expect(202);
    let half = ada.half_way(&app).await;
    let before = app.mails().await.len();
    let door = app.mfa(&half, "totp", json!({"code": totp.next_code(&app)})).await.expect(200);
    assert_eq!((door["status"].clone(), app.mails().await.len()), (json!("erasure_pending"), before + 1));
    app.stay(&door.str("transaction")).await.expect(204);
    app.advance(open);
    let asked = app.login(&ada.email, &ada.password).await.expect(200);
    assert_eq!(asked["methods"], json!([{"method": "totp"}]), "who has the factor has not lost it");

    let (bob, _) = app.customer_with_totp("bob@example.com").await;
    let recovery = json!({"recovery": lost(&bob).await});
    bob.leave(&app).await.expect(202);
    app.advance(open);
    let factors = async || World::of(&app).await.of_customer(&bob.sub, "FACTORS").cloned();
    let (before, mails) = (factors().await, app.mails().await.len());
    let half = bob.half_way(&app).await;
    let door = app.mfa(&half, "delayed_recovery", recovery.clone()).await.expect(200);
    assert_eq!(door["status"], "erasure_pending");
    assert_eq!((factors().await, app.mails().await.len()), (before, mails), "nothing is taken away yet");
    app.stay(&door.str("transaction")).await.expect(204);
    let half = bob.half_way(&app).await;
    app.mfa(&half, "delayed_recovery", recovery).await.expect(200);
    app.settle().await;
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_asks_for_somebody_and_sees_how_far_it_is() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:erasure").await;
    let path = erasure(&ada.sub);
    assert_eq!(desk.get(&app, &path).await.expect(200).body, json!({"status": "none"}));
    let order = json!({"reason": "Asked by letter.", "request_id": "DSR-118"});
    for body in [json!({"reason": " "}), json!({"reason": "x".repeat(501)}), json!({"reason": "a\u{0}b"})] {
        desk.call(&app, Method::POST, &path, Some(body)).await.problem(422, "invalid-fields");
    }
    let asked = desk.call(&app, Method::POST, &path, Some(order.clone())).await.expect(202);
    assert_eq!((asked["status"].clone(), asked["by"].clone()), (json!("pending"), json!("administrator")));
    assert_eq!((asked["reason"].clone(), asked["request_id"].clone()), (json!("Asked by letter."), json!("DSR-118")));
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
    assert!(app.mail_to(&ada.email).await.text.contains("on your behalf"));
    // Once is enough: it stays the one that waits.
    let again = desk.call(&app, Method::POST, &path, Some(json!({"reason": "Again."}))).await.expect(202);
    assert_eq!(again.body, asked.body);
    // The words are sealed.
    let world = World::of(&app).await;
    assert!(tests::plain(&["Asked by letter.", "DSR-118"], &world.directory).is_empty());

    desk.call(&app, Method::DELETE, &path, None).await.expect(204);
    desk.call(&app, Method::DELETE, &path, None).await.problem(404, "not-found");
    ada.again(&app).await;
    desk.call(&app, Method::POST, &path, Some(order)).await.expect(202);
    app.erase_due().await;
    let desk = app.operator("admin:erasure").await;
    let done = desk.get(&app, &path).await.expect(200);
    assert_eq!((done["status"].clone(), done["by"].clone()), (json!("erased"), json!("administrator")));
    assert_eq!(done["certificate"]["certificate"].as_str().unwrap().split('.').count(), 3);
    desk.call(&app, Method::DELETE, &path, None).await.problem(404, "not-found");
    for unknown in ["cus_01hf7yat00e9j8b5v2m3n4p6q7", "nobody", "%00"] {
        for method in [Method::GET, Method::DELETE] {
            desk.call(&app, method, &erasure(unknown), None).await.problem(404, "not-found");
        }
        let order = json!({"reason": "Asked by letter."});
        desk.call(&app, Method::POST, &erasure(unknown), Some(order)).await.problem(404, "not-found");
    }
    let bob = app.customer("bob@example.com").await;
    let office = app.operator("admin:requests").await;
    let record = async |of: &Person, asked: &str| {
        let body = json!({"type": asked, "law": "gdpr", "customer": of.sub, "identified_by": "Passport"});
        office.call(&app, Method::POST, "/v1/admin/requests", Some(body)).await.expect(201).str("id")
    };
    let eve = app.customer("eve@example.com").await;
    let (request, access, eves) =
        (record(&bob, "erasure").await, record(&bob, "access").await, record(&eve, "erasure").await);
    let order = |id: &str| Some(json!({"reason": "Asked by letter.", "request_id": id}));
    let gone = format!("{}{}", &request[..30], &access[30..].replace('0', "1"));
    for wrong in [&access, &eves, &gone] {
        let refused = desk.call(&app, Method::POST, &erasure(&bob.sub), order(wrong)).await;
        assert_eq!(refused.problem(422, "invalid-fields").fields()[0].0, "/request_id", "{wrong}");
    }
    bob.get(&app, "/v1/me").await.expect(200);
    let asked = desk.call(&app, Method::POST, &erasure(&bob.sub), order(&request)).await.expect(202);
    assert_eq!(asked.str("request_id"), request);
    let shown = office.get(&app, &format!("/v1/admin/requests/{request}")).await.expect(200);
    assert_eq!((shown.str("status"), shown["closing"]["outcome"].clone()), ("closed".into(), json!("fulfilled")));
    let listed = office.get(&app, "/v1/admin/requests").await.expect(200);
    assert!(!listed.text.contains(&request) && listed.text.contains(&access), "{}", listed.text);
    // What is closed is fulfilled once.
    desk.call(&app, Method::DELETE, &erasure(&bob.sub), None).await.expect(204);
    desk.call(&app, Method::POST, &erasure(&bob.sub), order(&request)).await.problem(422, "invalid-fields");
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.sealed("request.closed"), 1);
    let other = app.operator("admin:audit").await;
    other.get(&app, &path).await.problem(403, "insufficient-scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_long_as_a_hold_lasts_nobody_is_erased() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:erasure").await;
    let path = holds(&ada.sub);
    let place = async |body: Value| desk.call(&app, Method::POST, &path, Some(body)).await;
    for until in ["2027-01-15T08:00:00Z", "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z", "tomorrow", ""] {
        place(json!({"reason": "Claim 4711.", "until": until})).await.problem(422, "invalid-fields");
    }
    let told = place(json!({"reason": "Claim 4711.", "until": "2027-03-01T00:00:00Z"})).await.expect(201);
    let secret = json!({"reason": "Investigation.", "until": "2027-04-01T00:00:00Z", "tell": false});
    let secret = place(secret).await.expect(201);
    let listed = desk.get(&app, &path).await.expect(200);
    assert_eq!(listed["holds"], json!([told.body, secret.body]));
    assert_eq!((told["placed_by"].clone(), told["tell"].clone()), (json!("operator"), json!(true)));
    assert!(tests::plain(&["Claim 4711.", "Investigation."], &World::of(&app).await.directory).is_empty());
    // Of the other nothing shows: neither that it was placed, nor that there is something to see.
    app.settle().await;
    let own = ada.get(&app, "/v1/me/audit").await.expect(200);
    assert_eq!((own.text.matches("hold.").count(), own.text.matches("hold.placed\"").count()), (1, 1), "{}", own.text);
    let auditor = app.operator("admin:audit").await;
    let found = auditor.get(&app, "/v1/admin/audit?kind=hold.placed_untold").await.expect(200);
    assert_eq!(found["acts"].as_array().unwrap().len(), 1, "{}", found.text);

    // The customer hears of the one of which they may.
    assert_eq!(ada.get(&app, "/v1/me/erasure").await["on_hold_until"], "2027-03-01T00:00:00Z");
    let asked = ada.leave(&app).await.expect(202);
    assert_eq!(asked["on_hold_until"], "2027-03-01T00:00:00Z");
    assert_eq!(desk.get(&app, &erasure(&ada.sub)).await["on_hold_until"], "2027-04-01T00:00:00Z");

    let run = async || app.erase().await.unwrap();
    app.advance(DAY * 14);
    assert_eq!(run().await["held"], 1);
    assert_eq!(run().await["held"], 0, "it is looked at again when the hold ends");
    ada.at_the_door(&app).await;
    // Past the first, within the second.
    app.advance(DAY * 40);
    assert_eq!((run().await["held"].clone(), World::of(&app).await.customers().len()), (json!(0), 1));
    // Lifted: it goes on at once.
    let lift = async |id: &str| {
        app.operator("admin:erasure").await.call(&app, Method::DELETE, &format!("{path}/{id}"), None).await
    };
    lift("hld_01hf7yat00e9j8b5v2m3n4p6q7").await.problem(404, "not-found");
    lift(&secret.str("id")).await.expect(204);
    lift(&secret.str("id")).await.problem(404, "not-found");
    World::of(&app).await.assert_sound();
    assert_eq!(run().await["awaits"], 1);
    // Too late to hold it up.
    let desk = app.operator("admin:erasure").await;
    let late = json!({"reason": "Too late.", "until": "2028-03-01T00:00:00Z"});
    desk.call(&app, Method::POST, &path, Some(late)).await.problem(409, "erasure-under-way");
    lift(&told.str("id")).await.problem(409, "erasure-under-way");
    app.settle().await;
    assert_eq!(run().await["erased"], 1);
    desk.get(&app, &path).await.problem(404, "not-found");
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    let sealed =
        ["placed", "lifted", "placed_untold", "lifted_untold"].map(|what| world.sealed(&format!("hold.{what}")));
    assert_eq!(sealed, [1, 0, 1, 1]);
}

/// All that somebody who is to be erased hears of it: what signing in answers, the newest mail, and the page by
/// its link and after signing in.
async fn heard(app: &App, person: &Person) -> (Reply, [String; 3]) {
    let mail = app.mail_to(&person.email).await;
    let token = app.token_of("/erasure/withdraw", &person.email).await;
    let door = app.login(&person.email, &person.password).await.expect(200);
    let by_link = app.get(&format!("/erasure/withdraw?token={token}")).await.expect(200);
    let cookie = format!("__Host-portico-sign-in={}", door.str("transaction"));
    let signed_in = app.send(app.request(Method::GET, "/erasure/withdraw").header("cookie", cookie)).await.expect(200);
    (door, [mail.text, by_link.text, signed_in.text])
}

#[track_caller]
fn assert_silent((door, said): &(Reply, [String; 3])) {
    let answered: Vec<_> = door.body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(answered, ["due_at", "expires_in", "status", "transaction"]);
    for text in said {
        let is_silent =
            ["legal reasons", "On hold", "March", "April", "20 January"].iter().all(|it| !text.contains(it));
        assert!(is_silent, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_told_wherever_an_erasure_is_and_one_that_may_not_be_nowhere() {
    let app = App::with(Setup::default().operated()).await;
    let desk = app.operator("admin:erasure").await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let (cyd, dan) = (app.customer("cyd@example.com").await, app.customer("dan@example.com").await);
    let place = async |person: &Person, until: &str, tell: bool| {
        let body = json!({"reason": "Claim 4711.", "until": until, "tell": tell});
        let id = desk.call(&app, Method::POST, &holds(&person.sub), Some(body)).await.expect(201).str("id");
        json!({"id": id, "until": until, "tell": tell})
    };
    let (march, april) = ("2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z");
    let (told, untold) = (place(&ada, march, true).await, place(&ada, april, false).await);
    let (bobs, dans) = (place(&bob, april, false).await, place(&dan, march, true).await);
    // It ends before the erasure would be done, and stands against nothing.
    place(&cyd, "2027-01-20T00:00:00Z", true).await;
    app.settle().await;
    assert_eq!(cyd.get(&app, "/v1/me/erasure").await.expect(200).body, json!({"grace_days": 14}));
    assert_eq!(ada.leave(&app).await.expect(202)["on_hold_until"], march);
    for person in [&bob, &cyd] {
        assert!(person.leave(&app).await.expect(202)["on_hold_until"].is_null());
    }
    // Whom support asks for has no other answer than the mail; support sees all, and of what it may speak.
    let order = json!({"reason": "Asked by letter."});
    let asked = desk.call(&app, Method::POST, &erasure(&dan.sub), Some(order)).await.expect(202);
    assert_eq!((asked["on_hold_until"].clone(), asked["holds"].clone()), (json!(march), json!([dans])));
    for (person, all) in [(&ada, json!([told, untold])), (&bob, json!([bobs]))] {
        let seen = desk.get(&app, &erasure(&person.sub)).await.expect(200);
        assert_eq!((seen["on_hold_until"].clone(), seen["holds"].clone()), (json!(april), all));
    }

    for person in [&ada, &dan] {
        let (door, said) = heard(&app, person).await;
        assert_eq!(door["on_hold_until"], march);
        for text in &said {
            assert!(text.contains("legal reasons") && text.contains("1 March 2027, 00:00 UTC"), "{text}");
            assert!(!text.contains("April") && !text.contains("4711"), "{text}");
        }
        assert!(said[0].contains("On hold until: 1 March 2027, 00:00 UTC\n"), "{}", said[0]);
    }
    for person in [&bob, &cyd] {
        assert_silent(&heard(&app, person).await);
    }
    // Lifted, nothing is said of it any more; nobody is mailed for that.
    let mails = app.mails().await.len();
    let path = format!("{}/{}", holds(&ada.sub), told["id"].as_str().unwrap());
    desk.call(&app, Method::DELETE, &path, None).await.expect(204);
    let (door, [_, by_link, signed_in]) = heard(&app, &ada).await;
    assert_silent(&(door, [String::new(), by_link, signed_in]));
    assert_eq!(app.mails().await.len(), mails);
    // Nor when it is over, though another one lasts of which nothing is said.
    place(&dan, april, false).await;
    app.advance(DAY * 45);
    let door = app.login(&dan.email, &dan.password).await.expect(200);
    assert!(door["status"] == "erasure_pending" && door["on_hold_until"].is_null(), "{}", door.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_is_placed_while_an_erasure_waits_is_told_by_mail_and_once() {
    let app = App::with(Setup::default().operated()).await;
    let desk = app.operator("admin:erasure").await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    ada.call(&app, Method::PATCH, "/v1/me", Some(json!({"locale": "de"}))).await.expect(200);
    app.settle().await;
    ada.leave(&app).await.expect(202);
    app.settle().await;
    // How many mails it sends.
    let place = async |person: &Person, until: &str, tell: bool| {
        let before = app.mails().await.len();
        let body = json!({"reason": "Claim 4711.", "until": until, "tell": tell});
        desk.call(&app, Method::POST, &holds(&person.sub), Some(body)).await.expect(201);
        app.mails().await.len() - before
    };
    assert_eq!(place(&ada, "2027-04-01T00:00:00Z", false).await, 0, "it may not be told");
    assert_eq!(place(&ada, "2027-01-29T08:00:00Z", true).await, 0, "it puts nothing off");
    assert_eq!(place(&bob, "2027-03-01T00:00:00Z", true).await, 0, "nothing waits that it could put off");
    assert_eq!(place(&ada, "2027-03-01T00:00:00Z", true).await, 1);
    let told = app.mail_to(&ada.email).await;
    assert!(told.subject.contains("muss warten") && told.link.is_none(), "{}: {:?}", told.subject, told.link);
    assert!(told.text.contains("Zurückgestellt bis: 1. März 2027, 00:00 Uhr (UTC)\n"), "{}", told.text);
    assert!(!told.text.contains("April") && !told.text.contains("4711"), "{}", told.text);
    let door = app.login(&ada.email, &ada.password).await.expect(200);
    assert_eq!(door["on_hold_until"], "2027-03-01T00:00:00Z");
    assert_eq!(place(&ada, "2027-02-15T00:00:00Z", true).await, 0, "it is no news");
    assert_eq!(place(&ada, "2027-05-01T00:00:00Z", true).await, 1, "it lasts for longer");
    // They stay, as the mail says.
    app.stay(&door.str("transaction")).await.expect(204);
    ada.again(&app).await;
    assert_eq!(place(&ada, "2027-06-01T00:00:00Z", true).await, 0);
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(world.queued("erasure_on_hold"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_ends_lets_what_waited_go_on_by_itself() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:erasure").await;
    ada.leave(&app).await.expect(202);
    let body = json!({"reason": "Claim 4711.", "until": "2027-03-01T00:00:00Z"});
    desk.call(&app, Method::POST, &holds(&ada.sub), Some(body)).await.expect(201);
    app.erase_due().await;
    assert_eq!(World::of(&app).await.customers().len(), 1);
    // They can still change their mind while it lasts.
    ada.at_the_door(&app).await;
    app.advance(DAY * 40);
    for _ in 0..2 {
        app.erase().await.unwrap();
        app.settle().await;
    }
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.customers().len(), world.erased.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_erases_and_holds_for_others_is_fresh() {
    let setup = Setup::default().operated();
    let app = App::with(setup.clone()).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let (totp, _) = bob.add_totp(&app).await;
    app.redeploy(setup.setting("ADMINISTRATORS", &format!("{}=admin:erasure", bob.sub))).await;
    let desk = app.operator("admin:erasure").await;
    let order = || Some(json!({"reason": "Asked by letter."}));
    let hold = || Some(json!({"reason": "Claim 4711.", "until": "2027-03-01T00:00:00Z"}));
    let placed = desk.call(&app, Method::POST, &holds(&ada.sub), hold()).await.expect(201).str("id");
    let one = format!("{}/{placed}", holds(&ada.sub));

    // A token that was stolen from a session of yesterday sees, and does nothing.
    let bob = bob.proven_at(&app, &totp, "console").await;
    app.advance(DAY);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &bob.refresh), ("client_id", "console")];
    let access = app.form("/oauth2/token", &fields).await.expect(200).str("access_token");
    let stale = Person { access, ..bob.clone() };
    let acts = [
        (Method::POST, erasure(&ada.sub), order()),
        (Method::DELETE, erasure(&ada.sub), None),
        (Method::POST, holds(&ada.sub), hold()),
        (Method::DELETE, one.clone(), None),
    ];
    for (method, path, body) in acts {
        let refused = stale.call(&app, method, &path, body).await.problem(401, "reauthentication-required");
        assert!(refused.header("www-authenticate").contains("max_age=\"600\""), "{path}");
    }
    assert_eq!(stale.get(&app, &erasure(&ada.sub)).await.expect(200)["status"], "none");
    assert_eq!(stale.get(&app, &holds(&ada.sub)).await.expect(200)["holds"].as_array().unwrap().len(), 1);

    // A service has its secret; a person proves it anew.
    let desk = app.operator("admin:erasure").await;
    desk.call(&app, Method::DELETE, &one, None).await.expect(204);
    let fresh = bob.proven_at(&app, &totp, "console").await;
    let placed = fresh.call(&app, Method::POST, &holds(&ada.sub), hold()).await.expect(201).str("id");
    fresh.call(&app, Method::DELETE, &format!("{}/{placed}", holds(&ada.sub)), None).await.expect(204);
    fresh.call(&app, Method::POST, &erasure(&ada.sub), order()).await.expect(202);
    fresh.call(&app, Method::DELETE, &erasure(&ada.sub), None).await.expect(204);
    World::of(&app).await.assert_sound();
}
