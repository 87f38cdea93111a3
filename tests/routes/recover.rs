//! `functions/recover`.

use domain::{
    Act, ActKind, Actor, CustomerId, DelayedRecovery, Factor, FactorId, FactorKind, Factors, Handle, PasswordHash,
    RequestId, Rng, Secret, SignedDuration, Timestamp,
};
use reqwest::Method;
use serde_json::json;
use store::{AccountUndo, Customer, FactorsChange, NewNotice, NewPassword, Spent, Store};
use tests::{App, Person, Reply, Setup, World, claims};

const NEW: &str = "seven lean cows, seven fat ones";

async fn reset(app: &App, transaction: &str, code: &str, password: &str) -> Reply {
    app.post("/v1/recover/verify", json!({"transaction": transaction, "code": code, "password": password})).await
}

/// A code that is not this one.
fn another(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_is_set_with_a_code_and_everything_ends() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let phone = ada.again(&app).await;
    let started = app.post("/v1/recover", json!({"email": "ADA@example.com"})).await.expect(202);
    assert_eq!((started["expires_in"].clone(), started["delivery"]["channel"].clone()), (json!(600), json!("email")));
    let transaction = started.str("transaction");
    let code = app.code_to(&ada.email).await;
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let reply = reset(&app, &transaction, &spaced, NEW).await.expect(204);
    assert_eq!((reply.text.as_str(), reply.header("set-cookie")), ("", ""));

    for person in [&ada, &phone] {
        person.get(&app, "/v1/me").await.problem(401, "invalid-token");
        app.refresh(&person.refresh).await.oauth(400, "invalid_grant");
    }
    app.login(&ada.email, &ada.password).await.problem(401, "invalid-credentials");
    let told = app.mail_to(&ada.email).await;
    assert!(told.code.is_none() && told.link.unwrap().contains("/recover/undo?token="));
    let again = Person::signed_in(&ada.email, NEW, &app.login(&ada.email, NEW).await.expect(200));
    assert_eq!((again.sub, claims(&again.access)["amr"].clone()), (ada.sub.clone(), json!(["pwd"])));

    reset(&app, &transaction, &code, "another long sentence").await.problem(410, "transaction-expired");
    app.login(&ada.email, NEW).await.expect(200);
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.epoch(&ada.sub), world.spent("password_reset"), world.sealed("password.changed")), (2, 1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_the_link_sets_one_and_looking_at_it_does_nothing() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let transaction = app.forgotten(&ada.email).await;
    let mail = app.mail_to(&ada.email).await;
    let token = app.token_of("/recover", &ada.email).await;
    let before = World::of(&app).await;
    for _ in 0..3 {
        let page = app.get(&format!("/recover?token={token}&utm_source=mail")).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "no-store"));
        assert!(page.text.contains("a•••@example.com") && page.text.contains("autocomplete=\"new-password\""));
    }
    assert_eq!(before.transient, World::of(&app).await.transient);
    ada.get(&app, "/v1/me").await.expect(200);

    for weak in ["", "short", "12345678", "ada@example.com"] {
        let page = app.form("/recover", &[("token", &token), ("password", weak)]).await.expect(422);
        assert!(page.text.contains("password-error") && (weak.is_empty() || !page.text.contains(&format!("{weak}\""))));
    }
    let german = app.request(Method::POST, "/recover").header("accept-language", "de");
    let done = app.send(german.form(&[("token", token.as_str()), ("password", NEW)])).await.expect(200);
    assert_eq!((done.header("content-language"), done.header("set-cookie")), ("de", ""));
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.login(&ada.email, NEW).await.expect(200);

    // Neither the link nor the code that came with it is good any more.
    app.form("/recover", &[("token", &token), ("password", "another long sentence")]).await.expect(410);
    app.get(&format!("/recover?token={token}")).await.expect(410);
    reset(&app, &transaction, &mail.code.unwrap(), "another long sentence").await.problem(410, "transaction-expired");
    for broken in ["", "x", "a.b", &token[1..], &"A".repeat(5000)] {
        app.get(&format!("/recover?token={broken}")).await.expect(400);
        app.form("/recover", &[("token", broken), ("password", NEW)]).await.expect(400);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_has_five_tries_and_ten_minutes_and_a_bad_password_costs_none() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let transaction = app.forgotten(&ada.email).await;
    let code = app.code_to(&ada.email).await;
    for _ in 0..6 {
        let refused = reset(&app, &transaction, &code, "ada@example.com").await.problem(422, "invalid-fields");
        assert_eq!(refused.fields()[0].0, "/password");
    }
    for left in ["4 tries are left.", "3 tries are left.", "2 tries are left.", "1 try is left."] {
        let wrong = reset(&app, &transaction, another(&code), NEW).await.problem(422, "invalid-code");
        assert_eq!(wrong["detail"], left);
    }
    reset(&app, &transaction, another(&code), NEW).await.problem(422, "invalid-code");
    reset(&app, &transaction, &code, NEW).await.problem(410, "transaction-expired");
    // Guesses at the code close no link.
    let token = app.token_of("/recover", &ada.email).await;
    app.form("/recover", &[("token", &token), ("password", NEW)]).await.expect(200);

    let transaction = app.forgotten(&ada.email).await;
    let (code, token) = (app.code_to(&ada.email).await, app.token_of("/recover", &ada.email).await);
    app.advance(SignedDuration::from_mins(10));
    reset(&app, &transaction, &code, "another long sentence").await.problem(410, "transaction-expired");
    app.form("/recover", &[("token", &token), ("password", "another long sentence")]).await.expect(410);
    app.login(&ada.email, NEW).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_account_is_told_by_mail_and_never_by_the_answer() {
    let app = App::start().await;
    for email in ["nobody@example.com", "pending@example.com"] {
        if email.starts_with("pending") {
            app.register(email).await;
            // Mails that wait together go out in any order.
            app.settle().await;
        }
        let transaction = app.forgotten(email).await;
        let mail = app.mail_to(email).await;
        assert!(mail.code.is_none() && !mail.text.contains("/recover"), "{}", mail.text);
        reset(&app, &transaction, "123456", NEW).await.problem(422, "invalid-code");
    }
    assert_eq!(World::of(&app).await.customers().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_without_a_password_sets_their_first_one() {
    let app = App::start().await;
    let started = app.post("/v1/register", json!({"email": "ada@example.com"})).await.expect(202).str("transaction");
    let code = app.code_to("ada@example.com").await;
    app.post("/v1/verify", json!({"transaction": started, "code": code})).await.expect(200);
    let transaction = app.forgotten("ada@example.com").await;
    let code = app.code_to("ada@example.com").await;
    reset(&app, &transaction, &code, NEW).await.expect(204);
    app.login("ada@example.com", NEW).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_transaction_resets_and_no_reset_is_another_transaction() {
    let setup = Setup::default().setting("EMAIL_SIGN_IN", "on").setting("LIMIT_REGISTER_PER_ADDRESS", "100");
    let app = App::with(setup).await;
    let ada = app.customer("ada@example.com").await;

    // What is no reset.
    let registration = app.register("bob@example.com").await;
    let bob = app.mail_to("bob@example.com").await;
    let sign_in = app.passwordless(&ada.email, "code").await;
    let code = app.code_to(&ada.email).await;
    for (transaction, code) in [(&registration, bob.code.unwrap()), (&sign_in, code)] {
        reset(&app, transaction, &code, NEW).await.problem(410, "transaction-expired");
    }
    let link = bob.link.unwrap().split_once("token=").unwrap().1.to_owned();
    app.get(&format!("/recover?token={link}")).await.expect(410);
    app.form("/recover", &[("token", &link), ("password", NEW)]).await.expect(410);
    app.form("/recover/undo", &[("token", &link)]).await.expect(410);
    app.form("/verify", &[("token", &link), ("password", NEW)]).await.expect(200);

    // A reset.
    let transaction = app.forgotten(&ada.email).await;
    let (code, link) = (app.code_to(&ada.email).await, app.token_of("/recover", &ada.email).await);
    let body = json!({"transaction": transaction, "code": code});
    app.post("/v1/verify", body.clone()).await.problem(410, "transaction-expired");
    app.post("/v1/passwordless/verify", body).await.problem(410, "transaction-expired");
    app.post("/v1/verify/resend", json!({"transaction": transaction})).await.problem(410, "transaction-expired");
    let token = json!({"transaction": transaction, "token": link});
    app.post("/v1/passwordless/verify", token).await.problem(410, "transaction-expired");
    for page in ["/verify", "/verify/undo", "/recover/undo"] {
        app.get(&format!("{page}?token={link}")).await.expect(410);
        app.form(page, &[("token", &link)]).await.expect(410);
    }
    ada.get(&app, "/v1/me").await.expect(200);
    reset(&app, &transaction, &code, NEW).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_signs_nobody_in_and_leaves_what_is_asked_beside_the_password() {
    let app = App::with(Setup::default().setting("MFA_POLICY", "required")).await;
    app.register("ada@example.com").await;
    let token = app.token_of("/verify", "ada@example.com").await;
    app.form("/verify", &[("token", &token), ("password", "a rather long sentence")]).await.expect(200);
    let transaction = app.forgotten("ada@example.com").await;
    let code = app.code_to("ada@example.com").await;
    reset(&app, &transaction, &code, NEW).await.expect(204);
    assert_eq!(World::of(&app).await.one_time("sign_in").len(), 0);
    let answer = app.login("ada@example.com", NEW).await.expect(200);
    assert_eq!((&answer["status"], &answer["access_token"]), (&json!("enrollment_required"), &json!(null)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_mailbox_of_a_changed_address_resets_nothing() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let before = app.forgotten(&ada.email).await;
    let code = app.code_to(&ada.email).await;
    let change = Some(json!({"email": "ada@new.example.com"}));
    let started = ada.call(&app, Method::PUT, "/v1/me/email", change).await.expect(202).str("transaction");
    let new = app.code_to("ada@new.example.com").await;
    app.post("/v1/verify", json!({"transaction": started, "code": new})).await.expect(200);
    reset(&app, &before, &code, NEW).await.problem(410, "transaction-expired");
    app.forgotten(&ada.email).await;
    assert!(app.mail_to(&ada.email).await.code.is_none());

    let transaction = app.forgotten("ada@new.example.com").await;
    let code = app.code_to("ada@new.example.com").await;
    reset(&app, &transaction, &code, NEW).await.expect(204);
    app.login("ada@new.example.com", NEW).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_is_sent_five_codes_an_hour_whatever_they_are_for() {
    let app = App::with(Setup::default().setting("EMAIL_SIGN_IN", "on")).await;
    let ada = app.customer("ada@example.com").await;
    app.forgotten(&ada.email).await;
    app.passwordless(&ada.email, "code").await;
    app.forgotten(&ada.email).await;
    app.register(&ada.email).await;
    for (path, body) in [
        ("/v1/recover", json!({"email": ada.email})),
        ("/v1/passwordless", json!({"email": ada.email, "method": "code"})),
        ("/v1/register", json!({"email": ada.email})),
    ] {
        app.post(path, body).await.problem(429, "too-many-requests");
    }
    app.advance(SignedDuration::from_hours(1));
    app.forgotten(&ada.email).await;

    let app = App::with(Setup::default().setting("LIMIT_RECOVER_PER_CLIENT", "3")).await;
    let ada = app.customer("ada@example.com").await;
    let transaction = app.forgotten(&ada.email).await;
    reset(&app, &transaction, "123456", NEW).await;
    app.form("/recover/undo", &[("token", &format!("{}.{}", "A".repeat(43), "A".repeat(22)))]).await.expect(410);
    reset(&app, &transaction, "123456", NEW).await.problem(429, "too-many-requests");
    let page = app.form("/recover", &[("token", &format!("{}.{}", "A".repeat(43), "A".repeat(22)))]).await.expect(429);
    assert!(page.header("content-type").starts_with("text/html"));
    app.post_from("203.0.113.66", "/v1/recover", json!({"email": ada.email})).await.expect(202);
}

/// Ada, somebody else in her account, and the link of the mail that told her.
async fn intruded(app: &App) -> (Person, Person, String) {
    let ada = app.customer("ada@example.com").await;
    let eve = ada.again(app).await;
    let token = app.token_of("/recover/undo", &ada.email).await;
    (ada, eve, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_was_not_me_ends_everything_and_the_mailbox_sets_it_right() {
    let app = App::start().await;
    let (ada, eve, token) = intruded(&app).await;
    let before = World::of(&app).await;
    for _ in 0..3 {
        let page = app.get(&format!("/recover/undo?token={token}")).await.expect(200);
        assert!(!page.text.contains("type=\"password\"") && page.text.contains("<button"));
        assert_eq!(page.header("referrer-policy"), "no-referrer");
    }
    assert_eq!(before.transient, World::of(&app).await.transient);
    eve.get(&app, "/v1/me").await.expect(200);

    let mails = app.mails().await.len();
    app.form("/recover/undo", &[("token", &token)]).await.expect(200);
    for person in [&ada, &eve] {
        person.get(&app, "/v1/me").await.problem(401, "invalid-token");
        app.refresh(&person.refresh).await.oauth(400, "invalid_grant");
    }
    app.login(&ada.email, &ada.password).await.problem(401, "invalid-credentials");
    assert_eq!(app.mails().await.len(), mails, "it is her own act");
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.epoch(&ada.sub), world.sealed("account.secured")), (2, 1));
    assert!(world.of_customer(&ada.sub, "PASSWORD").is_none());

    let transaction = app.forgotten(&ada.email).await;
    let code = app.code_to(&ada.email).await;
    reset(&app, &transaction, &code, NEW).await.expect(204);
    let again = Person::signed_in(&ada.email, NEW, &app.login(&ada.email, NEW).await.expect(200));
    // A second press of the first button changes nothing any more.
    app.form("/recover/undo", &[("token", &token)]).await.expect(410);
    app.get(&format!("/recover/undo?token={token}")).await.expect(410);
    again.get(&app, "/v1/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_can_be_acted_on_for_a_week_and_only_by_its_own_link() {
    let app = App::start().await;
    let (ada, eve, token) = intruded(&app).await;
    for (broken, status) in [("", 400), ("x", 400), (&token[1..], 400)] {
        app.get(&format!("/recover/undo?token={broken}")).await.expect(status);
        app.form("/recover/undo", &[("token", broken)]).await.expect(status);
    }
    let secret = token.split_once('.').unwrap().1;
    let (first, rest) = secret.split_at(1);
    let forged = token.replace(secret, &format!("{}{rest}", if first == "A" { "B" } else { "A" }));
    app.form("/recover/undo", &[("token", &forged)]).await.expect(410);
    app.form("/recover/undo", &[("token", &token), ("password", NEW)]).await.expect(422);
    app.form("/recover", &[("token", &token), ("password", NEW)]).await.expect(410);
    app.form("/verify/undo", &[("token", &token), ("password", NEW)]).await.expect(410);
    eve.get(&app, "/v1/me").await.expect(200);

    app.advance(SignedDuration::from_hours(7 * 24));
    app.form("/recover/undo", &[("token", &token)]).await.expect(410);
    app.login(&ada.email, &ada.password).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_by_whoever_reads_the_mailbox_is_told_and_can_be_undone() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let transaction = app.forgotten(&ada.email).await;
    let code = app.code_to(&ada.email).await;
    reset(&app, &transaction, &code, "a sentence of Eve's").await.expect(204);
    let token = app.token_of("/recover/undo", &ada.email).await;
    let eve = Person::signed_in(&ada.email, "", &app.login(&ada.email, "a sentence of Eve's").await.expect(200));
    app.form("/recover/undo", &[("token", &token)]).await.expect(200);
    eve.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.login(&ada.email, "a sentence of Eve's").await.problem(401, "invalid-credentials");
}

/// A notice that nobody is sent.
fn notice(store: &Store, of: &Customer, remove: Option<FactorId>, now: Timestamp, rng: &Rng) -> NewNotice {
    let handle = Handle::generate(rng);
    NewNotice { link: store.link_new(&handle), handle, undo: AccountUndo::of(of, remove, now), send: vec![] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_that_meets_a_change_of_address_sets_nothing() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let (store, now, rng) = (app.store("recover"), Timestamp::from_second(app.now()).unwrap(), Rng::seeded([45; 32]));
    let customer = CustomerId::parse(&ada.sub).unwrap();
    let before = store.customer(customer).await.unwrap().unwrap();
    let data_key = store.sign_in_facts(Some(customer), None, now).await.unwrap().unwrap().data_key;
    let change = Some(json!({"email": "ada@new.example.com"}));
    let started = ada.call(&app, Method::PUT, "/v1/me/email", change).await.expect(202).str("transaction");
    let code = app.code_to("ada@new.example.com").await;
    app.post("/v1/verify", json!({"transaction": started, "code": code})).await.expect(200);
    // It had read whose address it is, and writes now.
    let after = store.customer(customer).await.unwrap().unwrap();
    let cause = Act::new(ActKind::PasswordChanged, Actor::Customer(customer), now, &RequestId("t".to_owned()), &rng);
    let write = async |of: &Customer| {
        let hash = PasswordHash::stored("$argon2id$".to_owned());
        let new = NewPassword {
            customer,
            data_key: &data_key,
            hash: &hash,
            epoch: 1,
            keep: None,
            mailed_to: Some(&of.index),
        };
        store.password_change(&new, None, &notice(&store, of, None, now, &rng), now, &cause).await.unwrap()
    };
    assert_eq!(write(&before).await, Spent::Changed);
    app.login("ada@new.example.com", &ada.password).await.expect(200);
    assert_eq!(write(&after).await, Spent::Done);
}

/// Gives somebody two authenticator apps, a set of recovery codes, and a delayed recovery that waits;
/// the token of the notice about the second app.
async fn with_factors(app: &App, person: &Person) -> String {
    let (store, now, rng) = (app.store("factors"), Timestamp::from_second(app.now()).unwrap(), Rng::seeded([44; 32]));
    let customer = CustomerId::parse(&person.sub).unwrap();
    let facts = store.sign_in_facts(Some(customer), None, now).await.unwrap().unwrap();
    let totp = |name: &str| Factor {
        id: FactorId::generate(now, &rng),
        name: name.to_owned(),
        added_at: now,
        added_in: None,
        used_at: None,
        suspect_since: None,
        kind: FactorKind::Totp { secret: Secret::new(vec![7; 20]), last_step: 0 },
    };
    let (phone, eves) = (totp("Phone"), totp("Eve's"));
    let remove = Some(eves.id);
    let ready_at = now + SignedDuration::from_hours(72);
    let delayed = Some(DelayedRecovery { handle: [0; 32], ready_at });
    let list = vec![phone, eves];
    let factors = Factors { list, recovery_codes: vec![[1; 32]], preferred: remove, delayed, ..Factors::default() };
    let notice = notice(&store, &store.customer(customer).await.unwrap().unwrap(), remove, now, &rng);
    let token = notice.link.reveal();
    let cause = Act::new(ActKind::FactorAdded, Actor::Customer(customer), now, &RequestId("test".to_owned()), &rng);
    let change = FactorsChange { notice: Some(&notice), ..facts.change(&factors) };
    assert_eq!(store.factors_change(&change, now, &cause).await.unwrap(), Spent::Done);
    token
}

/// The names of somebody's factors, how many recovery codes they have, and whether a recovery waits.
async fn factors(app: &App, person: &Person) -> (Vec<String>, usize, bool) {
    let customer = CustomerId::parse(&person.sub).unwrap();
    let (stored, _) = app.store("recover").factors(customer).await.unwrap().unwrap();
    let Factors { list, recovery_codes, delayed, .. } = stored.factors;
    (list.into_iter().map(|factor| factor.name).collect(), recovery_codes.len(), delayed.is_some())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_is_no_way_around_a_second_factor() {
    let app = App::with(Setup::default().setting("EMAIL_SIGN_IN", "on")).await;
    let ada = app.customer("ada@example.com").await;
    with_factors(&app, &ada).await;
    let had = factors(&app, &ada).await;
    let assert_asked = |reply: Reply| {
        assert_eq!(
            (&reply["status"], &reply["access_token"]),
            (&json!("mfa_required"), &json!(null)),
            "{}",
            reply.text
        );
        let methods = reply["methods"].as_array().unwrap().iter().map(|one| one["method"].as_str().unwrap().to_owned());
        assert_eq!(methods.collect::<Vec<_>>(), ["totp", "recovery_code"]);
    };
    // By code, by link, and by a sign-in without a password: who has the mailbox has the mailbox.
    let transaction = app.forgotten(&ada.email).await;
    let code = app.code_to(&ada.email).await;
    reset(&app, &transaction, &code, NEW).await.expect(204);
    assert_asked(app.login(&ada.email, NEW).await.expect(200));
    app.forgotten(&ada.email).await;
    let token = app.token_of("/recover", &ada.email).await;
    app.form("/recover", &[("token", &token), ("password", "another long sentence")]).await.expect(200);
    assert_asked(app.login(&ada.email, "another long sentence").await.expect(200));
    let transaction = app.passwordless(&ada.email, "code").await;
    let body = json!({"transaction": transaction, "code": app.code_to(&ada.email).await});
    assert_asked(app.post("/v1/passwordless/verify", body).await.expect(200));
    // Nor has anything of it changed.
    assert_eq!(factors(&app, &ada).await, had);
    assert_eq!(World::of(&app).await.live_sessions(&ada.sub), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_was_not_me_takes_back_what_the_mail_was_about_and_a_recovery_that_waits() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let token = with_factors(&app, &ada).await;
    assert_eq!(factors(&app, &ada).await, (vec!["Phone".to_owned(), "Eve's".to_owned()], 1, true));
    app.get(&format!("/recover/undo?token={token}")).await.expect(200);
    assert!(factors(&app, &ada).await.2);
    app.form("/recover/undo", &[("token", &token)]).await.expect(200);
    assert_eq!(factors(&app, &ada).await, (vec!["Phone".to_owned()], 0, false));
    ada.get(&app, "/v1/me").await.problem(401, "invalid-token");
    app.settle().await;
    World::of(&app).await.assert_sound();
}
