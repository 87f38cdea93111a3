//! Entries that have reached the end of their lifetime.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_past_its_lifetime_may_go_and_nothing_else() {
    let app = App::with(Setup::default().parameter("AuditRetentionDays", "30")).await;
    let ada = app.customer("ada@example.com").await;
    let root = async || app.system.invoke("roots", json!({"portico": "roots"})).await.unwrap();
    for _ in 0..3 {
        ada.again(&app).await;
        app.settle().await;
        root().await;
        app.advance(SignedDuration::from_hours(1));
    }
    app.advance(SignedDuration::from_hours(30 * 24 - 2));
    root().await;
    app.advance(SignedDuration::from_hours(1));
    ada.again(&app).await;
    app.settle().await;
    root().await;
    let whole = app.system.dump("Audit").await.unwrap();
    let mine = whole.iter().filter(|item| item["pk"]["S"] == format!("CUS#{}", ada.sub));
    let chain: String = mine.map(|item| text(item, "chain")).next().unwrap();
    let chain: u8 = chain.trim_start_matches("CHAIN#").parse().unwrap();
    let log = Log { app, whole, chain };
    // As the sweep does, at some time after an item's `ttl`, and in no order.
    let now = u64::try_from(log.app.now()).unwrap();
    let due = |item: &&Value| !item["ttl"].is_null() && number(item, "ttl") < now;
    let swept: Vec<_> = log.whole.iter().filter(due).cloned().collect();
    assert!(swept.len() > 5 && swept.len() < log.whole.len(), "{}", swept.len());
    let all: Vec<_> = swept.iter().cloned().map(Op::Delete).collect();
    let some: Vec<_> = all.iter().step_by(2).cloned().collect();
    for ops in [all.clone(), some, vec![]] {
        let report = log.tampered(&ops, None).await;
        assert_eq!(report.findings, [], "{} of {} are gone", ops.len(), swept.len());
        assert_eq!(report.expired, ops.len() as u64);
        let sealed = log.whole.iter().filter(|item| !item["chain"].is_null()).count();
        assert_eq!(report.entries + report.expired, sealed as u64);
    }

    // What is not due is missed, and what is left behind the gap is held to the roots as before.
    let last = log.entry(log.last());
    let mut too_much = all.clone();
    too_much.push(Op::Delete(last.clone()));
    let report = log.tampered(&too_much, None).await;
    assert_eq!(places(&report.findings), [(Kind::Truncated, Some(chain), Some(log.last()), None)]);
    let mut changed = all;
    changed.push(Op::Put(with(&last, "body", &twisted(&last))));
    let report = log.tampered(&changed, None).await;
    assert_eq!(places(&report.findings), [(Kind::Changed, Some(chain), Some(log.last()), None)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lifetime_that_was_shortened_shows() {
    let app = App::with(Setup::default().parameter("AuditRetentionDays", "0")).await;
    app.customer("ada@example.com").await;
    app.settle().await;
    app.system.invoke("roots", json!({"portico": "roots"})).await.unwrap();
    assert!(app.system.dump("Audit").await.unwrap().iter().all(|item| item["ttl"].is_null()), "0 is for good");
    app.advance(SignedDuration::from_hours(1));
    app.system.update(&[("AuditRetentionDays".to_owned(), "7".to_owned())], &[]).await.unwrap();
    app.system.invoke("roots", json!({"portico": "roots"})).await.unwrap();
    let report = audited(&app, None).await;
    let said: Vec<_> = report.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["root 2027-01-15T09: from here on an entry is kept for 7 days only"]);
    // Entries of before are still for good, whatever the deployment says now.
    app.advance(SignedDuration::from_hours(24 * 365));
    let items = app.system.dump("Audit").await.unwrap();
    let old = items.iter().find(|item| item["chain"]["S"].is_string()).unwrap();
    let input = json!({"TableName": app.system.table("Audit"), "Key": {"pk": old["pk"], "sk": old["sk"]}});
    app.system.operate(Service::DynamoDb, "DeleteItem", input).await.unwrap();
    let report = audited(&app, None).await;
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
}
