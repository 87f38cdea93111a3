//! Many customers at once: one real customer's items, copied under other keys.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::CustomerId;
use local::aws::Service;
use serde_json::{Value, json};

use crate::{
    Outcome,
    machine::{Machine, text},
};

/// DynamoDB takes so many items at once.
const BATCH: usize = 25;

/// Adds customers until there are about so many.
pub(crate) async fn grow(machine: &Machine, customers: usize) -> Outcome<()> {
    let model = Model::read(machine).await?;
    let rng = &machine.rng;
    let mut puts: Vec<(&str, Vec<Value>)> = model.tables.iter().map(|(table, _)| (*table, Vec::new())).collect();
    for _ in 0..customers {
        let (customer, index) = (CustomerId::from_bytes(rng.bytes()), URL_SAFE_NO_PAD.encode(rng.bytes::<32>()));
        for ((table, items), (_, waiting)) in model.tables.iter().zip(&mut puts) {
            for item in items {
                let item = item.replace(&model.customer, &customer.to_string()).replace(&model.index, &index);
                waiting.push(json!({"PutRequest": {"Item": serde_json::from_str::<Value>(&item)?}}));
            }
            while waiting.len() >= BATCH {
                put(machine, table, waiting.drain(..BATCH).collect()).await?;
            }
        }
    }
    for (table, rest) in puts {
        if !rest.is_empty() {
            put(machine, table, rest).await?;
        }
    }
    Ok(())
}

async fn put(machine: &Machine, table: &str, items: Vec<Value>) -> Outcome<()> {
    let mut tables = serde_json::Map::new();
    tables.insert(machine.system.table(table), items.into());
    let answer = machine.system.operate(Service::DynamoDb, "BatchWriteItem", json!({"RequestItems": tables})).await?;
    match answer.get("UnprocessedItems").and_then(Value::as_object).is_none_or(serde_json::Map::is_empty) {
        true => Ok(()),
        false => Err("a batch was not written whole".into()),
    }
}

/// The items of one customer, as text, and what in them is theirs.
struct Model {
    tables: Vec<(&'static str, Vec<String>)>,
    customer: String,
    index: String,
}

impl Model {
    async fn read(machine: &Machine) -> Outcome<Self> {
        let customer = machine.resident().await?.customer.to_string();
        let pk = format!("CUS#{customer}");
        let index = text(&machine.item("Directory", &pk, "PROFILE").await?, "/email_index/S")?;
        let mut directory = partition(machine, "Directory", &pk).await?;
        directory.push(machine.item("Directory", &format!("CLAIM#email#{index}"), "CLAIM").await?);
        let mut sessions = partition(machine, "Transient", &pk).await?;
        sessions.truncate(1);
        let vault = partition(machine, "Vault", &pk).await?;
        let tables = [("Directory", directory), ("Transient", sessions), ("Vault", vault)].map(|(table, mut items)| {
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                // or the streams would bring every copy to the audit function
                item.remove("act");
            }
            (table, items.iter().map(Value::to_string).collect())
        });
        Ok(Self { tables: tables.into(), customer, index })
    }
}

async fn partition(machine: &Machine, table: &str, pk: &str) -> Outcome<Vec<Value>> {
    let input = json!({
        "TableName": machine.system.table(table),
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
    });
    let mut answer = machine.system.operate(Service::DynamoDb, "Query", input).await?;
    Ok(answer.get_mut("Items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default())
}
