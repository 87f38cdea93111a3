//! Which rights a request needs.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{Service, ask::Ask, rights::Check, s3};
use crate::template::{Place, TableSpec};

/// What there is to have rights on.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) place: Place,
    tables: HashMap<String, TableSpec>,
}

impl World {
    pub(crate) fn new(place: Place, tables: Vec<TableSpec>) -> World {
        let tables = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
        World { place, tables }
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &TableSpec> {
        self.tables.values()
    }

    /// The table's name in the template, or the name itself.
    pub(crate) fn logical<'a>(&'a self, name: &'a str) -> &'a str {
        self.tables.get(name).map_or(name, |table| &table.logical_id)
    }

    fn table_arn(&self, name: &str) -> String {
        match name.starts_with("arn:") {
            true => name.to_owned(),
            false => self.place.arn("dynamodb", &format!("table/{name}")),
        }
    }

    fn hash_key(&self, table: &str, index: Option<&str>) -> &str {
        let table = self.tables.get(table);
        let indexes = table.map(|table| table.indexes.as_slice()).unwrap_or_default();
        match index {
            Some(name) => indexes.iter().find(|index| index.name == name).map(|index| &*index.hash),
            None => table.map(|table| table.hash.as_str()),
        }
        .unwrap_or("pk")
    }
}

/// The rights that a request needs, all of them. `key` resolves the KMS key it is about.
pub(crate) fn of(ask: &Ask, world: &World, key: impl Fn() -> Option<String>) -> Vec<Check> {
    let plain = format!("{}:{}", ask.service.prefix(), ask.action);
    match ask.service {
        Service::DynamoDb => dynamodb(ask, world),
        Service::Streams => vec![Check::new(plain, ask.text("/StreamArn").unwrap_or("*"))],
        Service::Kms => kms(ask, key().into_iter().collect()),
        Service::Ses => ses(ask, world),
        Service::Sns => {
            let target = ["/TopicArn", "/TargetArn", "/PhoneNumber"];
            let target = target.into_iter().find_map(|name| ask.text(name)).unwrap_or("*");
            vec![Check::new(plain, target)]
        }
        Service::S3 => s3::checks(ask),
        Service::Lambda => {
            let name = ask.text("/FunctionName").unwrap_or_default();
            let arn = world.place.arn("lambda", &format!("function:{name}"));
            vec![Check::new("lambda:InvokeFunction", arn)]
        }
        // AWS lets everybody ask who they are
        Service::Sts => Vec::new(),
    }
}

/// The names of the tables that a DynamoDB request touches, each once.
pub(crate) fn tables(input: &Value) -> Vec<String> {
    let mut names: Vec<String> = entries(input)
        .iter()
        .filter_map(|(_, body)| body.get("TableName")?.as_str())
        .chain(input.get("TableName").and_then(Value::as_str))
        .map(str::to_owned)
        .collect();
    names.extend(batches(input).map(|(table, _)| table.clone()));
    names.sort();
    names.dedup();
    names
}

fn dynamodb(ask: &Ask, world: &World) -> Vec<Check> {
    let input = &ask.input;
    let table = ask.text("/TableName").unwrap_or("*");
    let plain = format!("dynamodb:{}", ask.action);
    match ask.action.as_str() {
        "TransactWriteItems" | "TransactGetItems" => entries(input)
            .iter()
            .map(|(kind, body)| {
                let action = match *kind {
                    "Get" => "GetItem",
                    "Put" => "PutItem",
                    "Update" => "UpdateItem",
                    "Delete" => "DeleteItem",
                    _ => "ConditionCheckItem",
                };
                single(world, &format!("dynamodb:{action}"), body)
                    .with("dynamodb:EnclosingOperation", vec![ask.action.clone()])
            })
            .collect(),
        "BatchGetItem" | "BatchWriteItem" => batches(input)
            .map(|(table, body)| {
                let hash = world.hash_key(table, None);
                Check::new(&*plain, world.table_arn(table)).with("dynamodb:LeadingKeys", leading_of_batch(body, hash))
            })
            .collect(),
        "Query" | "Scan" => {
            let index = ask.text("/IndexName");
            let arn = world.table_arn(table);
            let arn = index.map_or(arn.clone(), |index| format!("{arn}/index/{index}"));
            let check = Check::new(plain, arn);
            match queried(input, world.hash_key(table, index)) {
                Some(key) => vec![check.with("dynamodb:LeadingKeys", vec![key])],
                None => vec![check],
            }
        }
        _ => vec![single(world, &plain, input)],
    }
}

fn single(world: &World, action: &str, body: &Value) -> Check {
    let table = body.get("TableName").and_then(Value::as_str).unwrap_or("*");
    let check = Check::new(action, world.table_arn(table));
    let hash = world.hash_key(table, None);
    let key = body.get("Key").or_else(|| body.get("Item")).and_then(|item| key_text(item, hash));
    match key {
        Some(key) => check.with("dynamodb:LeadingKeys", vec![key]),
        None => check,
    }
}

/// The entries of a transaction: what each does, and to what.
fn entries(input: &Value) -> Vec<(&str, &Value)> {
    let items = input.get("TransactItems").and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(kind, body)| (kind.as_str(), body))
        .collect()
}

fn batches(input: &Value) -> impl Iterator<Item = (&String, &Value)> {
    input.get("RequestItems").and_then(Value::as_object).into_iter().flatten()
}

fn leading_of_batch(body: &Value, hash: &str) -> Vec<String> {
    let keys = body.get("Keys").and_then(Value::as_array).into_iter().flatten();
    let writes = body
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|write| write.pointer("/PutRequest/Item").or_else(|| write.pointer("/DeleteRequest/Key")));
    keys.chain(writes).filter_map(|item| key_text(item, hash)).collect()
}

fn key_text(item: &Value, hash: &str) -> Option<String> {
    let value = item.get(hash)?.as_object()?.values().next()?.as_str()?;
    Some(value.to_owned())
}

/// The hash key's value in a query's `#pk = :pk AND …`.
fn queried(input: &Value, hash: &str) -> Option<String> {
    let expression = input.get("KeyConditionExpression")?.as_str()?;
    let spaced = expression.replace('=', " = ").replace(['(', ')'], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.windows(3).find_map(|window| {
        let [name, "=", value] = window else { return None };
        let alias = input.pointer("/ExpressionAttributeNames").and_then(|names| names.get(name));
        let name = alias.and_then(Value::as_str).unwrap_or(name);
        let value = input.get("ExpressionAttributeValues")?.get(value)?;
        (name == hash).then(|| value.as_object()?.values().next()?.as_str().map(str::to_owned))?
    })
}

fn kms(ask: &Ask, key: Vec<String>) -> Vec<Check> {
    let check = |action: &str, context: &str| {
        let mut check = Check { action: format!("kms:{action}"), resources: key.clone(), ..Check::default() };
        check.context = encryption_context(&ask.input, context);
        for name in ["SigningAlgorithm", "MessageType", "EncryptionAlgorithm"] {
            if let Some(value) = ask.text(&format!("/{name}")) {
                check = check.with(&format!("kms:{name}"), vec![value.to_owned()]);
            }
        }
        match ask.text("/KeyPairSpec") {
            Some(spec) => check.with("kms:DataKeyPairSpec", vec![spec.to_owned()]),
            None => check,
        }
    };
    match ask.action.as_str() {
        "ReEncrypt" => vec![
            check("ReEncryptFrom", "SourceEncryptionContext"),
            Check {
                resources: ask.text("/DestinationKeyId").into_iter().map(str::to_owned).collect(),
                ..check("ReEncryptTo", "DestinationEncryptionContext")
            },
        ],
        action => vec![check(action, "EncryptionContext")],
    }
}

fn encryption_context(input: &Value, name: &str) -> BTreeMap<String, Vec<String>> {
    let pairs = input.get(name).and_then(Value::as_object).into_iter().flatten();
    let mut context: BTreeMap<String, Vec<String>> = pairs
        .clone()
        .filter_map(|(key, value)| {
            let key = format!("kms:EncryptionContext:{key}").to_lowercase();
            Some((key, vec![value.as_str()?.to_owned()]))
        })
        .collect();
    let keys: Vec<String> = pairs.map(|(key, _)| key.clone()).collect();
    if !keys.is_empty() {
        context.insert("kms:encryptioncontextkeys".to_owned(), keys);
    }
    context
}

/// Sending needs the right to the sender's identity, an address or its domain,
/// and to the configuration set.
fn ses(ask: &Ask, world: &World) -> Vec<Check> {
    let arn = |resource: &str| world.place.arn("ses", resource);
    if ask.action != "SendEmail" {
        return vec![Check::new(format!("ses:{}", ask.action), "*")];
    }
    let raw = ask.input.pointer("/Content/Raw").is_some();
    let action = if raw { "ses:SendRawEmail" } else { "ses:SendEmail" };
    let from = address(ask.text("/FromEmailAddress").unwrap_or_default());
    let domain = from.rsplit('@').next().unwrap_or_default();
    let identity = Check {
        action: action.to_owned(),
        resources: [&from, domain].iter().map(|id| arn(&format!("identity/{id}"))).collect(),
        ..Check::default()
    };
    let set = ask.text("/ConfigurationSetName");
    let set = set.map(|set| Check::new(action, arn(&format!("configuration-set/{set}"))));
    [identity].into_iter().chain(set).map(|check| check.with("ses:FromAddress", vec![from.clone()])).collect()
}

/// The bare address of `Name <address>`.
pub(crate) fn address(from: &str) -> String {
    match from.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end().trim_end_matches('>').to_owned(),
        None => from.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_transaction_needs_the_right_to_every_entry() {
        let input = json!({ "TransactItems": [
            { "Put": { "TableName": "T", "Item": { "pk": { "S": "a" } } } },
            { "ConditionCheck": { "TableName": "U", "Key": { "pk": { "S": "b" } } } },
        ] });
        assert_eq!(tables(&input), ["T", "U"]);
        let kinds: Vec<&str> = entries(&input).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["Put", "ConditionCheck"]);
    }

    #[test]
    fn a_query_names_its_leading_key() {
        let input = json!({
            "KeyConditionExpression": "#a=:a AND begins_with(sk, :b)",
            "ExpressionAttributeNames": { "#a": "pk" },
            "ExpressionAttributeValues": { ":a": { "S": "CUS#1" }, ":b": { "S": "x" } },
        });
        assert_eq!(queried(&input, "pk").as_deref(), Some("CUS#1"));
        assert_eq!(queried(&input, "due"), None);
    }

    #[test]
    fn a_sender_is_its_address() {
        assert_eq!(address("Portico <no-reply@portico.example>"), "no-reply@portico.example");
        assert_eq!(address("a@b.example"), "a@b.example");
    }
}
