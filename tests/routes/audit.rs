//! `functions/audit`: acts, sealed.

use local::aws::faults::{Failure, Fault};
use serde_json::{Value, json};
use store::SealedAct;
use tests::App;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_of_note_is_sealed_once_into_a_chain_that_holds() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    ada.again(&app).await;
    ada.call(&app, reqwest::Method::POST, "/v1/logout", None).await.expect(204);
    app.settle().await;

    let items = app.system.dump("Audit").await.unwrap();
    let mut kinds: Vec<String> = Vec::new();
    let mut chains: std::collections::BTreeMap<String, Vec<Value>> = Default::default();
    for item in items.iter().filter(|item| !item["chain"].is_null()) {
        chains.entry(item["chain"]["S"].as_str().unwrap().to_owned()).or_default().push(item.clone());
        if item["pk"]["S"] == format!("CUS#{}", ada.sub) {
            let act: Value = serde_json::from_str(item["body"]["S"].as_str().unwrap()).unwrap();
            kinds.push(act["kind"].as_str().unwrap().to_owned());
        }
    }
    kinds.sort();
    assert_eq!(kinds, ["customer.created", "session.ended", "session.started"]);
    for entries in chains.values_mut() {
        entries.sort_by_key(|item| item["seq"]["N"].as_str().unwrap().parse::<u64>().unwrap());
        let (mut seq, mut previous) = (0, String::new());
        for item in entries {
            let entry = SealedAct::after(seq + 1, &previous, item["body"]["S"].as_str().unwrap());
            assert_eq!(item["hash"]["S"], entry.hash.as_str());
            (seq, previous) = (entry.seq, entry.hash);
        }
    }
    let text = format!("{items:?}");
    assert!(!text.contains("ada@") && !text.contains("127.0.0.1"));

    // The same records once more change nothing.
    let directory = app.system.dump("Directory").await.unwrap();
    let record = |item: &Value| {
        serde_json::json!({
            "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb",
            "dynamodb": {"SequenceNumber": "1", "NewImage": item, "Keys": {"pk": item["pk"], "sk": item["sk"]}}
        })
    };
    let records: Vec<_> = directory.iter().filter(|item| !item["act"]["M"]["seal"].is_null()).map(record).collect();
    assert!(!records.is_empty());
    app.system.invoke("audit", serde_json::json!({"Records": records})).await.unwrap();
    assert_eq!(app.system.dump("Audit").await.unwrap().len(), items.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_sealed_comes_again_and_is_logged_by_its_number() {
    let app = App::start().await;
    app.customer("ada@example.com").await;
    let directory = app.system.dump("Directory").await.unwrap();
    let item = directory.iter().find(|item| !item["act"]["M"]["seal"].is_null()).unwrap();
    let event = json!({"Records": [{
        "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb",
        "dynamodb": {"SequenceNumber": "4711", "NewImage": item, "Keys": {"pk": item["pk"], "sk": item["sk"]}}
    }]});
    app.system.faults().inject(Fault::new(Failure::FailBefore).function("audit"));
    let answer = app.system.invoke("audit", event.clone()).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "4711"}]}));
    let logged = app.log().into_iter().find(|line| line.contains("acts not sealed")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&logged).unwrap()["sequence_numbers"], json!(["4711"]));
    app.system.faults().clear();
    let answer = app.system.invoke("audit", event).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
}
