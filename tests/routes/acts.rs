//! `functions/acts`: the audit log, read.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Reply, Setup, World};

fn kinds(reply: &Reply) -> Vec<String> {
    let acts = reply["acts"].as_array().unwrap();
    acts.iter().map(|act| act["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_see_what_was_done_to_their_account_and_by_whom() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let bob = app.customer("bob@example.com").await;
    app.advance(SignedDuration::from_secs(5));
    let phone = ada.again(&app).await;
    app.advance(SignedDuration::from_secs(5));
    ada.call(&app, Method::PATCH, "/v1/me", Some(json!({"locale": "de"}))).await.expect(200);
    app.settle().await;
    app.advance(SignedDuration::from_secs(5));
    let desk = app.operator("admin:audit").await;
    desk.get(&app, &format!("/v1/admin/audit?customer={}", ada.sub)).await.expect(200);
    app.settle().await;

    let seen = ada.get(&app, "/v1/me/audit").await.expect(200);
    assert_eq!(kinds(&seen), ["audit.searched", "profile.changed", "session.started", "customer.created"]);
    let by: Vec<_> = seen["acts"].as_array().unwrap().iter().map(|act| act["by"].as_str().unwrap()).collect();
    assert_eq!(by, ["app", "you", "you", "you"]);
    let started = &seen["acts"][2];
    assert_eq!(started["session"], tests::claims(&phone.access)["sid"]);
    assert!(started["device"].is_string(), "the session is kept, so that its device is known: {started}");
    assert!(!seen.text.contains("operator") && !seen.text.contains(&bob.sub) && !seen.text.contains("request_id"));
    assert!(seen["cursor"].is_null());
    // Another customer's page begins where it likes, and is their own all the same.
    let cursor = seen["acts"][0]["id"].as_str().unwrap();
    let other = bob.get(&app, &format!("/v1/me/audit?cursor={cursor}")).await.expect(200);
    assert_eq!(kinds(&other), ["customer.created"]);
    ada.get(&app, "/v1/me/audit?cursor=act_x").await.problem(400, "invalid-request");
    ada.get(&app, "/v1/me/audit?customer=x").await.problem(400, "invalid-request");

    // Once the sessions are over, the acts stay and where they were begun is gone.
    app.advance(SignedDuration::from_hours(24 * 100));
    let ada = ada.again(&app).await;
    for item in
        World::of(&app).await.transient.iter().filter(|item| item["sk"]["S"].as_str().unwrap().starts_with("SES#"))
    {
        if item["ttl"]["N"].as_str().unwrap().parse::<i64>().unwrap() < app.now() {
            let input =
                json!({"TableName": app.system.table("Transient"), "Key": {"pk": item["pk"], "sk": item["sk"]}});
            app.system.operate(local::aws::Service::DynamoDb, "DeleteItem", input).await.unwrap();
        }
    }
    app.settle().await;
    let later = ada.get(&app, "/v1/me/audit").await.expect(200);
    let old = later["acts"].as_array().unwrap().iter().find(|act| act["id"] == started["id"]).unwrap();
    assert_eq!((&old["session"], &old["device"]), (&started["session"], &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_history_is_read_in_pages_without_a_gap() {
    let app = App::with(Setup::default().operated().setting("LIMIT_LOGIN_PER_ADDRESS", "1000")).await;
    let mut ada = app.customer("ada@example.com").await;
    for n in 0..60 {
        app.advance(SignedDuration::from_secs(1));
        if n % 10 == 0 {
            ada = ada.again(&app).await;
        }
        ada.call(&app, Method::PATCH, "/v1/me", Some(json!({"locale": if n % 2 == 0 { "de" } else { "fr" }})))
            .await
            .expect(200);
    }
    app.settle().await;
    let first = ada.get(&app, "/v1/me/audit").await.expect(200);
    let second = ada.get(&app, &format!("/v1/me/audit?cursor={}", first.str("cursor"))).await.expect(200);
    assert_eq!((kinds(&first).len(), kinds(&second).len()), (50, 17));
    assert!(second["cursor"].is_null());
    let ids = |reply: &Reply| {
        reply["acts"].as_array().unwrap().iter().map(|act| act["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all: Vec<String> = ids(&first).into_iter().chain(ids(&second)).collect();
    assert!(all.windows(2).all(|two| two[0] > two[1]), "newest first");

    // The same for an administrator, by customer and for all, whatever is asked for.
    let desk = app.operator("admin:audit").await;
    for query in [format!("customer={}&kind=profile.changed", ada.sub), "kind=profile.changed".to_owned()] {
        let (mut found, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
        loop {
            let next = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = desk.get(&app, &format!("/v1/admin/audit?{query}{next}")).await.expect(200);
            found.extend(ids(&page));
            pages += 1;
            match page["cursor"].as_str() {
                Some(text) => cursor = Some(text.to_owned()),
                None => break,
            }
        }
        assert_eq!((found.len(), pages), (60, 2), "{query}");
        assert!(found.windows(2).all(|two| two[0] > two[1]), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_find_acts_by_kind_actor_and_time_and_are_recorded() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    app.settle().await;
    let hour = async |n: i64| {
        app.advance(SignedDuration::from_hours(n));
        app.system.invoke("roots", json!({"portico": "roots"})).await.unwrap();
    };
    hour(1).await;
    let bob = app.customer("bob@example.com").await;
    app.settle().await;
    hour(2).await;
    ada.again(&app).await;
    app.settle().await;
    hour(3).await;
    let desk = app.operator("admin:audit").await;
    let found = async |query: &str| desk.get(&app, &format!("/v1/admin/audit?{query}")).await.expect(200);

    assert_eq!(kinds(&found("kind=customer.created").await).len(), 2);
    let of_bob = found("kind=customer.created&from=2027-01-15T08:30:00Z&to=2027-01-15T09:30:00Z").await;
    assert_eq!(
        (kinds(&of_bob), &of_bob["acts"][0]["customer"]),
        (vec!["customer.created".to_owned()], &json!(bob.sub))
    );
    assert_eq!(kinds(&found("from=2027-01-15T10:30:00Z&kind=session.started").await), ["session.started"]);
    assert!(kinds(&found("kind=session.started&to=2027-01-15T10:30:00Z").await).is_empty());
    assert_eq!(kinds(&found(&format!("actor={}", bob.sub)).await), ["customer.created"]);
    assert!(kinds(&found("actor=system").await).iter().all(|kind| kind == "key.rotated"));
    let by_customer = found(&format!("customer={}&from=2027-01-15T10:00:00Z", ada.sub)).await;
    assert_eq!(kinds(&by_customer), ["session.started"]);
    let act = &by_customer["acts"][0];
    assert_eq!(act["actor"], json!({"type": "customer", "id": ada.sub}));
    assert!(act["seq"].as_u64() > Some(0) && act["chain"].as_u64() < Some(8) && act["request_id"].is_string());

    for wrong in ["kind=session.begun", "from=yesterday", "to=1", "customer=x", "cursor=x", "where=1=1"] {
        desk.get(&app, &format!("/v1/admin/audit?{wrong}")).await.problem(400, "invalid-request");
    }
    let unknown = desk.get(&app, "/v1/admin/audit?kind=session.begun").await.problem(400, "invalid-request");
    let said = unknown["detail"].as_str().unwrap().to_owned();
    assert!(said.starts_with("The query parameter \"kind\" must be one of \"registration.started\", "), "{said}");
    assert!(said.contains("\"session.started\"") && !said.contains("session.begun"), "{said}");
    app.settle().await;
    let searched = found("kind=audit.searched").await;
    assert_eq!(kinds(&searched).len(), 7, "each of them, and none that was refused");
    assert_eq!(searched["acts"][0]["actor"], json!({"type": "client", "id": "operator"}));
    let of_ada = searched["acts"].as_array().unwrap().iter().filter(|act| act["customer"] == ada.sub.as_str());
    assert_eq!(of_ada.count(), 1, "who searched for Ada is in Ada's own list");
    // To ask what Bob did is to ask about Bob, and he sees it; so do both, where both are asked about.
    let seen = async |person: &Person| {
        let seen = person.again(&app).await.get(&app, "/v1/me/audit").await.expect(200);
        kinds(&seen).iter().filter(|kind| *kind == "audit.searched").count()
    };
    assert_eq!((seen(&ada).await, seen(&bob).await), (1, 1));
    found(&format!("customer={}&actor={}", ada.sub, bob.sub)).await;
    found(&format!("customer={}&actor={}", ada.sub, ada.sub)).await;
    app.settle().await;
    assert_eq!((seen(&ada).await, seen(&bob).await), (3, 2));
    // What can't be recorded is not answered.
    use local::aws::faults::{Failure, Fault};
    app.system.faults().inject(Fault::new(Failure::FailBefore).function("acts").action("PutItem"));
    desk.get(&app, "/v1/admin/audit").await.problem(503, "unavailable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_about_ones_data_says_in_which_session() {
    let app = App::with(Setup::default().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let phone = ada.again(&app).await;
    let agree = json!({"granted": true, "version": 1});
    phone.call(&app, Method::PUT, "/v1/me/consents/product_improvement", Some(agree)).await.expect(200);
    phone
        .call(&app, Method::PUT, "/v1/me/consents/product_improvement", Some(json!({"granted": false})))
        .await
        .expect(200);
    let read = |audit: &[Value]| -> Vec<Value> {
        audit.iter().filter_map(|item| serde_json::from_str(item["body"]["S"].as_str()?).ok()).collect()
    };
    ada.export(&app).await;
    app.settle().await;
    let started = read(&World::of(&app).await.audit);
    let mut sessions: Vec<_> =
        started.iter().filter(|act| act["kind"] == "session.started").map(|act| act["session"].clone()).collect();
    sessions.dedup();
    ada.leave(&app).await.expect(202);
    app.settle().await;
    let acts = read(&World::of(&app).await.audit);
    let of = |kind: &str| {
        let act = acts.iter().find(|act| act["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        act["session"].as_str().unwrap_or_else(|| panic!("{kind} says no session")).to_owned()
    };
    // What was done on the phone was done in its session.
    assert_eq!(of("consent.granted"), of("consent.withdrawn"));
    assert_eq!(of("export.requested"), of("erasure.requested"));
    assert_ne!(of("consent.granted"), of("export.requested"));
    assert!(sessions.contains(&json!(of("consent.granted"))), "{sessions:?}");
}
