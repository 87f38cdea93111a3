//! `functions/audit`: acts, sealed.

use serde_json::Value;
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
    for item in items.iter().filter(|item| item["sk"]["S"] != "HEAD") {
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
