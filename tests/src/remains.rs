//! What is left of somebody: in tables, streams and logs, and whether any key opens it.

use std::collections::BTreeSet;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::{Key32, open};
use local::aws::Service;
use serde_json::{Value, json};

use crate::App;

/// What each of the deployment's keys is derived for, beside being used itself.
const DERIVED: [&str; 11] = [
    "one-time",
    "handle",
    "link",
    "recipient",
    "recovery code",
    "delayed recovery",
    "device",
    "refresh tag",
    "refresh successor",
    "unsubscribe",
    "cursor",
];

/// Every key that somebody could still have who has the vault, or a copy of it, and KMS.
pub struct Keyring(Vec<(String, Key32)>);

impl Keyring {
    /// The keys in these items of a vault: the deployment's, and every customer's.
    pub async fn of(app: &App, vault: &[Value]) -> Self {
        let mut keys = Vec::new();
        let mut branch = None;
        for item in vault {
            let Some(purpose) = text(item, "pk").strip_prefix("KEY#") else { continue };
            if text(item, "sk") != "V#1" {
                continue;
            }
            let asked = json!({"KeyId": app.system.key("WrappingKey"), "CiphertextBlob": item["wrapped"]["B"],
                "EncryptionContext": {"portico:purpose": purpose}});
            let answer = app.system.operate(Service::Kms, "Decrypt", asked).await.unwrap();
            let bytes = STANDARD.decode(answer["Plaintext"].as_str().unwrap()).unwrap();
            let key = Key32::new(bytes.as_slice().try_into().unwrap());
            for label in DERIVED {
                keys.push((format!("{purpose}, derived for {label}"), key.derive(label)));
            }
            if purpose == "branch" {
                branch = Some(key.clone());
            }
            keys.push((purpose.to_owned(), key));
        }
        let branch = branch.unwrap();
        for item in vault.iter().filter(|item| text(item, "sk") == "DEK") {
            let place = format!("{}\nDEK\nwrapped", text(item, "pk"));
            let wrapped = STANDARD.decode(item["wrapped"]["B"].as_str().unwrap()).unwrap();
            let plain = open(&branch, place.as_bytes(), &wrapped).unwrap();
            keys.push((text(item, "pk").to_owned(), Key32::new(plain.as_slice().try_into().unwrap())));
        }
        assert!(keys.len() > 40, "{} keys", keys.len());
        Self(keys)
    }

    /// Everything in these items that one of the keys opens, in the clear, with where it stood: each
    /// ciphertext is tried with each key and each place that it could have been made for.
    pub fn opens(&self, items: &[Value]) -> Vec<String> {
        let names: BTreeSet<&str> =
            items.iter().flat_map(|item| item.as_object().unwrap().keys()).map(String::as_str).collect();
        let mut found = Vec::new();
        for item in items {
            let (pk, sk) = (text(item, "pk"), text(item, "sk"));
            for (attribute, sealed) in binaries(item, "") {
                for name in &names {
                    let place = format!("{pk}\n{sk}\n{name}");
                    for (of, key) in &self.0 {
                        if let Ok(plain) = open(key, place.as_bytes(), &sealed) {
                            let plain = String::from_utf8_lossy(&plain);
                            found.push(format!("{pk} {sk} {attribute} by {of}: {plain}"));
                        }
                    }
                }
            }
        }
        found
    }
}

/// Every binary value of an item, however deep, with its path.
fn binaries(value: &Value, path: &str) -> Vec<(String, Vec<u8>)> {
    match value {
        Value::Object(members) => {
            let each = members.iter().flat_map(|(name, member)| match (name.as_str(), member) {
                ("B", Value::String(text)) => vec![(path.to_owned(), STANDARD.decode(text).unwrap_or_default())],
                _ => binaries(member, &format!("{path}/{name}")),
            });
            each.collect()
        }
        Value::Array(values) => values.iter().flat_map(|value| binaries(value, path)).collect(),
        _ => Vec::new(),
    }
}

/// Where one of these values stands in what is stored, as it is or in base64, in plain sight.
pub fn plain(values: &[&str], stored: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for item in stored {
        let mut seen = item.to_string();
        for (_, bytes) in binaries(item, "") {
            seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        for value in values {
            for form in [(*value).to_owned(), STANDARD.encode(value), URL_SAFE_NO_PAD.encode(value)] {
                if seen.contains(&form) {
                    found.push(format!("{value} in {item}"));
                }
            }
        }
    }
    found
}

impl App {
    /// Every record that the streams still hold.
    pub async fn stream_records(&self) -> Vec<Value> {
        let operate = async |service, action, input| self.system.operate(service, action, input).await.unwrap();
        let mut records = Vec::new();
        for table in ["Directory", "Transient", "Outbox"] {
            let name = json!({"TableName": self.system.table(table)});
            let table = operate(Service::DynamoDb, "DescribeTable", name).await;
            let stream = table["Table"]["LatestStreamArn"].clone();
            let described = operate(Service::Streams, "DescribeStream", json!({"StreamArn": stream})).await;
            for shard in described["StreamDescription"]["Shards"].as_array().unwrap() {
                let asked = json!({"StreamArn": stream, "ShardId": shard["ShardId"],
                    "ShardIteratorType": "TRIM_HORIZON"});
                let mut iterator = operate(Service::Streams, "GetShardIterator", asked).await["ShardIterator"].clone();
                while !iterator.is_null() {
                    let page = operate(Service::Streams, "GetRecords", json!({"ShardIterator": iterator})).await;
                    let some = page["Records"].as_array().unwrap();
                    if some.is_empty() {
                        break;
                    }
                    records.extend(some.iter().filter_map(|record| record["dynamodb"].get("NewImage").cloned()));
                    iterator = page["NextShardIterator"].clone();
                }
            }
        }
        records
    }

    /// A new table with these items, as a restore would make it; its name.
    pub async fn restored(&self, name: &str, items: &[Value]) -> String {
        let string = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
        let table = json!({"TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [string("pk"), string("sk")],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]});
        self.system.operate(Service::DynamoDb, "CreateTable", table).await.unwrap();
        for item in items {
            let put = json!({"TableName": name, "Item": item});
            self.system.operate(Service::DynamoDb, "PutItem", put).await.unwrap();
        }
        name.to_owned()
    }

    /// All items of any table.
    pub async fn items(&self, name: &str) -> Vec<Value> {
        let (mut items, mut scan) = (Vec::new(), json!({"TableName": name, "ConsistentRead": true}));
        loop {
            let page = self.system.operate(Service::DynamoDb, "Scan", scan.clone()).await.unwrap();
            items.extend(page["Items"].as_array().unwrap().iter().cloned());
            match page.get("LastEvaluatedKey") {
                Some(key) if !key.is_null() => scan["ExclusiveStartKey"] = key.clone(),
                _ => return items,
            }
        }
    }
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name]["S"].as_str().unwrap_or_default()
}
