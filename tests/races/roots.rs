//! Roots of the audit log that many runs sign at once.

use domain::SignedDuration;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{App, Setup};

use super::MANY;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_has_one_root_whoever_signs_it() {
    let app = App::with(Setup::default().parameter("AuditBucket", "make")).await;
    for hour in 1..=3 {
        app.customer(&format!("guest{hour}@example.com")).await;
        app.settle().await;
        let runs = join_all((0..MANY).map(|_| app.system.invoke("roots", json!({"portico": "roots"})))).await;
        let signed: Vec<Value> = runs.into_iter().map(|run| run.unwrap()["signed"].clone()).collect();
        assert_eq!(signed.iter().filter(|number| !number.is_null()).collect::<Vec<_>>(), [&json!(hour)]);
        let report = tests::audited(&app, Some("portico-AuditCopies")).await;
        assert_eq!((report.findings, report.warnings), (vec![], vec![]));
        assert_eq!((report.roots, report.copies), (hour, hour));
        app.advance(SignedDuration::from_hours(1));
    }
}
