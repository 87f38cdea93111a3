//! `functions/dsar_export`.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::json;
use tests::{App, Person, Setup, World};

const EXPORT: &str = "/v1/me/export";

async fn ask(app: &App, person: &Person) -> tests::Reply {
    person.call(app, Method::POST, EXPORT, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_asked_for_freshly_and_its_owner_is_told() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let reply = ask(&app, &ada).await.expect(201);
    assert_eq!((reply["expires_in"].clone(), reply.header("cache-control")), (json!(300), "no-store"));
    let (address, ticket) =
        reply.str("download").split_once("?ticket=").map(|(a, t)| (a.to_owned(), t.to_owned())).unwrap();
    assert!(address.ends_with("/DsarDownload/") && ticket.starts_with("txn_"), "{address}");
    let mail = app.mail_to("ada@example.com").await;
    assert!(mail.subject.contains("copy of the data") && mail.text.contains("Device:"), "{}", mail.text);
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!((world.sealed("export.requested"), world.one_time("export_ticket").len()), (1, 1));
    assert!(!app.log().join("\n").contains(&ticket), "a ticket in a log");
    assert!(!format!("{world:?}").contains(&ticket), "a ticket in a table");

    app.advance(SignedDuration::from_mins(11));
    let fresh = app.refresh(&ada.refresh).await.expect(200).str("access_token");
    let stale = ask(&app, &Person { access: fresh, ..ada.clone() }).await;
    let challenge = stale.problem(401, "reauthentication-required").header("www-authenticate").to_owned();
    assert!(challenge.contains("max_age=\"600\""), "{challenge}");
    ask(&app, &ada.again(&app).await).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_spared_a_factor_is_not_fresh() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let (totp, _) = ada.add_totp(&app).await;
    let waits = ada.half_way(&app).await;
    let proof = json!({"code": totp.next_code(&app), "remember_device": true});
    let device = app.mfa(&waits, "totp", proof).await.expect(200).str("device_token");
    let body = json!({"email": ada.email, "password": ada.password, "device_token": device});
    let spared = Person::signed_in(&ada.email, &ada.password, &app.post("/v1/login", body).await.expect(200));
    ask(&app, &spared).await.problem(401, "reauthentication-required");
    assert_eq!(World::of(&app).await.one_time("export_ticket").len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_so_many_a_day() {
    let app = App::start().await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    for _ in 0..3 {
        ask(&app, &ada).await.expect(201);
    }
    let refused = ask(&app, &ada).await.problem(429, "too-many-requests");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 3600);
    ask(&app, &bob).await.expect(201);
    app.advance(SignedDuration::from_hours(24));
    ask(&app, &ada.again(&app).await).await.expect(201);

    let strict = App::with(Setup::default().setting("LIMIT_EXPORT_PER_CUSTOMER", "1")).await;
    let eve = strict.customer("eve@example.com").await;
    ask(&strict, &eve).await.expect(201);
    ask(&strict, &eve).await.problem(429, "too-many-requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_button_of_its_mail_takes_the_copy_back() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let address = ada.export(&app).await;
    let token = app.token_of("/recover/undo", "ada@example.com").await;
    app.form("/recover/undo", &[("token", &token)]).await.expect(200);
    app.fetch(&address).await.reply().problem(410, "transaction-expired");
    ask(&app, &ada).await.problem(401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_makes_a_copy_for_a_request_that_asks_for_one() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:requests").await;
    let record = async |asked: &str| {
        let body = json!({"type": asked, "law": "gdpr", "customer": ada.sub, "identified_by": "Passport"});
        desk.call(&app, Method::POST, "/v1/admin/requests", Some(body)).await.expect(201).str("id")
    };
    let export = async |id: &str| desk.call(&app, Method::POST, &format!("/v1/admin/requests/{id}/export"), None).await;
    let request = record("access").await;
    let copy = export(&request).await.expect(201);
    assert!(copy.str("download").contains("?ticket=txn_"));
    // Where the administrator is concerns nobody.
    let mail = app.mail_to("ada@example.com").await;
    assert!(mail.subject.contains("copy of the data") && !mail.text.contains("Device:"), "{}", mail.text);
    app.fetch(&copy.str("download")).await.zip();

    export(&record("erasure").await).await.problem(409, "conflict");
    let path = format!("/v1/admin/requests/{request}");
    desk.call(&app, Method::PATCH, &path, Some(json!({"outcome": "fulfilled"}))).await.expect(200);
    export(&request).await.problem(409, "conflict");
    let nobody = app.customer("bob@example.com").await.sub.replace("cus_", "");
    for unknown in ["dsr_x", &ada.sub, &format!("dsr_{nobody}{}", &request[30..]), "%00"] {
        export(unknown).await.problem(404, "not-found");
    }
    // A token of theirs without the scope, and a customer, are refused: the sweep of strangers has the rest.
    let other = app.operator("admin:audit").await;
    let reply = other.call(&app, Method::POST, &format!("{path}/export"), None).await;
    reply.problem(403, "insufficient-scope");
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(world.one_time("export_ticket").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_makes_copies_for_others_is_fresh_and_makes_so_many() {
    let limits = Setup::default().setting("LIMIT_EXPORT_PER_OPERATOR", "4").setting("LIMIT_EXPORT_PER_REQUEST", "2");
    let setup = limits.operated();
    let app = App::with(setup.clone()).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let (totp, _) = bob.add_totp(&app).await;
    app.redeploy(setup.setting("ADMINISTRATORS", &format!("{}=admin:requests", bob.sub))).await;
    let desk = app.operator("admin:requests").await;
    let record = async || {
        let body = json!({"type": "access", "law": "gdpr", "customer": ada.sub, "identified_by": "Passport"});
        let request = desk.call(&app, Method::POST, "/v1/admin/requests", Some(body)).await.expect(201).str("id");
        format!("/v1/admin/requests/{request}/export")
    };
    let (first, second, third) = (record().await, record().await, record().await);
    let bob = bob.proven_at(&app, &totp, "console").await;
    let made = async |path: &str| bob.call(&app, Method::POST, path, None).await;
    made(&first).await.expect(201);
    made(&first).await.expect(201);
    // So many for one request, whoever makes them; so many by one operator, whomever for.
    let refused = made(&first).await.problem(429, "too-many-requests");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 3600);
    let service = async |path: &str| desk.call(&app, Method::POST, path, None).await;
    service(&first).await.problem(429, "too-many-requests");
    made(&second).await.expect(201);
    made(&third).await.problem(429, "too-many-requests");
    service(&third).await.expect(201);
    assert_eq!(World::of(&app).await.one_time("export_ticket").len(), 4);

    // A token that was stolen from a session of yesterday makes none.
    app.advance(SignedDuration::from_hours(24));
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &bob.refresh), ("client_id", "console")];
    let access = app.form("/oauth2/token", &fields).await.expect(200).str("access_token");
    let stale = Person { access, ..bob.clone() };
    stale.call(&app, Method::POST, &third, None).await.problem(401, "reauthentication-required");
    let fresh = bob.proven_at(&app, &totp, "console").await;
    fresh.call(&app, Method::POST, &third, None).await.expect(201);
}
