//! `functions/roots`: what vouches for the audit log.

use domain::SignedDuration;
use local::aws::Service;
use serde_json::{Value, json};
use tests::{App, audited};

async fn roots(app: &App) -> Value {
    app.system.invoke("roots", json!({"portico": "roots"})).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hour_has_a_root_and_an_hour_without_one_shows() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    app.settle().await;
    assert_eq!(roots(&app).await, json!({"signed": 1, "missed": 0, "copied": 0}));
    app.advance(SignedDuration::from_mins(15));
    assert_eq!(roots(&app).await["signed"], Value::Null, "once an hour, whoever runs it");
    app.advance(SignedDuration::from_mins(45));
    ada.again(&app).await;
    app.settle().await;
    assert_eq!(roots(&app).await["signed"], 2);
    let report = audited(&app, None).await;
    assert_eq!((report.findings, report.warnings), (vec![], vec![]));
    assert!(report.entries > 3 && report.roots == 2, "{}", report.entries);

    app.advance(SignedDuration::from_hours(3));
    assert_eq!(roots(&app).await, json!({"signed": 3, "missed": 2, "copied": 0}));
    let report = audited(&app, None).await;
    assert_eq!(report.findings, []);
    let said: Vec<_> = report.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["root 2027-01-15T12: the 2 hours before it have no root"]);
    assert!(app.log().iter().any(|line| line.contains("hours without a root")));

    app.advance(SignedDuration::from_hours(3));
    let report = audited(&app, None).await;
    assert!(report.warnings.iter().any(|warning| warning.what.contains("no root was signed since")));
    assert_eq!(app.system.invoke("roots", json!({"portico": "rotate"})).await, Ok(Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_says_what_it_covers_and_is_the_permanent_keys() {
    let app = App::start().await;
    app.customer("ada@example.com").await;
    app.settle().await;
    roots(&app).await;
    let items = app.system.dump("Audit").await.unwrap();
    let root = items.iter().find(|item| item["sk"]["S"] == "2027-01-15T08").unwrap();
    let jws = root["jws"]["S"].as_str().unwrap();
    let keys = app.get("/.well-known/permanent-keys.json").await.expect(200);
    let key = jsonwebtoken::DecodingKey::from_ec_components(
        keys["keys"][0]["x"].as_str().unwrap(),
        keys["keys"][0]["y"].as_str().unwrap(),
    );
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_aud) = (false, false);
    let read = jsonwebtoken::decode::<Value>(jws, &key.unwrap(), &rules).unwrap();
    assert_eq!(read.header.typ.as_deref(), Some("audit-root+jwt"));
    let heads = read.claims["heads"].as_array().unwrap();
    assert_eq!(heads.len(), 8);
    let sealed: u64 = heads.iter().map(|head| head["last"].as_u64().unwrap()).sum();
    assert_eq!(sealed, items.iter().filter(|item| !item["chain"].is_null()).count() as u64);
    assert_eq!((&read.claims["number"], &read.claims["hour"]), (&json!(1), &json!("2027-01-15T08")));
    assert_eq!((&read.claims["previous"], &read.claims["retention_days"]), (&Value::Null, &json!(2557)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roots_are_copied_in_their_order_once_there_is_a_bucket_that_takes_them() {
    let app = App::start().await;
    for _ in 0..3 {
        app.customer(&format!("guest{}@example.com", app.now())).await;
        app.settle().await;
        roots(&app).await;
        app.advance(SignedDuration::from_hours(1));
    }
    let cheap = [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    app.system.update(&[("AuditBucket".to_owned(), "own-bucket".to_owned())], &cheap).await.unwrap();
    app.system.faults().down(Service::S3);
    let error = app.system.invoke("roots", json!({"portico": "roots"})).await.unwrap_err();
    assert!(error.contains("s3: ServiceUnavailable"), "{error}");
    app.system.faults().clear();
    assert_eq!(roots(&app).await, json!({"signed": null, "missed": 0, "copied": 4}), "it was signed all the same");
    let report = audited(&app, Some("own-bucket")).await;
    assert_eq!((report.findings, report.warnings), (vec![], vec![]));
    assert_eq!((report.roots, report.copies), (4, 4));
    assert_eq!(roots(&app).await["copied"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_may_begin_after_its_roots() {
    let app = App::start().await;
    assert_eq!(roots(&app).await["signed"], 1, "nothing is sealed yet");
    assert!(audited(&app, None).await.findings.is_empty());
    for hour in 2..=9 {
        app.advance(SignedDuration::from_hours(1));
        app.customer(&format!("guest{hour}@example.com")).await;
        app.settle().await;
        assert_eq!(roots(&app).await["signed"], hour);
    }
    let report = audited(&app, None).await;
    assert_eq!((report.findings, report.warnings), (vec![], vec![]));
    assert!(report.entries > 8, "{}", report.entries);
}
