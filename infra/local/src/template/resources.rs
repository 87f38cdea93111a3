//! The template's tables and keys at a place.

use serde_json::{Map, Value, json};

use super::{Place, Statement, Template, TemplateError, intrinsics::Evaluator};

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSpec {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in DynamoDB.
    pub name: String,
    /// The name of its hash key.
    pub hash: String,
    /// Its indexes.
    pub indexes: Vec<IndexSpec>,
    /// The attribute by which items expire.
    pub ttl: Option<String>,
    /// The `CreateTable` request that makes it.
    pub create: Value,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexSpec {
    /// Its name.
    pub name: String,
    /// The name of its hash key.
    pub hash: String,
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeySpec {
    /// Its name in the template.
    pub logical_id: String,
    /// The `CreateKey` request that makes it.
    pub create: Value,
    /// What its own policy denies to everybody.
    pub denials: Vec<Statement>,
}

pub(super) type Resolved<T> = Result<T, TemplateError>;

impl Template {
    /// The tables.
    ///
    /// # Errors
    ///
    /// When the template is not understood.
    pub fn tables(&self, place: &Place) -> Resolved<Vec<TableSpec>> {
        let evaluator = Evaluator::new(self, place);
        let wanted = [
            "KeySchema",
            "AttributeDefinitions",
            "GlobalSecondaryIndexes",
            "StreamSpecification",
            "TimeToLiveSpecification",
        ];
        self.of_type(&evaluator, "AWS::DynamoDB::Table", &wanted, |id, properties| table(&evaluator, id, properties))
    }

    /// The KMS keys.
    ///
    /// # Errors
    ///
    /// When the template is not understood.
    pub fn keys(&self, place: &Place) -> Resolved<Vec<KeySpec>> {
        let evaluator = Evaluator::new(self, place);
        let wanted = ["KeySpec", "KeyUsage", "Description", "KeyPolicy"];
        self.of_type(&evaluator, "AWS::KMS::Key", &wanted, |id, properties| {
            let text =
                |name: &str, default: &str| properties.get(name).and_then(Value::as_str).unwrap_or(default).to_owned();
            Ok(KeySpec {
                logical_id: id.to_owned(),
                create: json!({
                    "KeySpec": text("KeySpec", "SYMMETRIC_DEFAULT"),
                    "KeyUsage": text("KeyUsage", "ENCRYPT_DECRYPT"),
                    "Description": text("Description", id),
                }),
                denials: items(properties, "/KeyPolicy/Statement")
                    .filter(|statement| text_of(statement, "/Effect") == "Deny")
                    .map(|statement| Statement::read(id, statement))
                    .collect::<Resolved<_>>()?,
            })
        })
    }

    pub(super) fn of_type<T>(
        &self,
        evaluator: &Evaluator<'_>,
        kind: &str,
        wanted: &[&str],
        make: impl Fn(&str, &Value) -> Resolved<T>,
    ) -> Resolved<Vec<T>> {
        let mut found = Vec::new();
        for (id, resource) in self.section("Resources") {
            if resource.get("Type").and_then(Value::as_str) == Some(kind) && evaluator.exists(resource)? {
                let properties = resource.get("Properties").and_then(Value::as_object);
                // the others may name what only SAM would have made, such as roles
                let wanted: Map<String, Value> = properties
                    .into_iter()
                    .flatten()
                    .filter(|(name, _)| wanted.contains(&name.as_str()))
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
                found.push(make(id, &evaluator.value(&Value::Object(wanted))?)?);
            }
        }
        Ok(found)
    }
}

fn table(evaluator: &Evaluator<'_>, id: &str, properties: &Value) -> Resolved<TableSpec> {
    let name = evaluator.table_name(id)?;
    let part = |name: &str| properties.get(name).cloned();
    let indexes: Vec<IndexSpec> = items(properties, "/GlobalSecondaryIndexes")
        .map(|index| IndexSpec { name: text_of(index, "/IndexName"), hash: hash_key(index).unwrap_or_default() })
        .collect();
    let mut create = json!({
        "TableName": name,
        "KeySchema": part("KeySchema"),
        "AttributeDefinitions": part("AttributeDefinitions"),
        "BillingMode": "PAY_PER_REQUEST",
    });
    if let (Some(create), false) = (create.as_object_mut(), indexes.is_empty()) {
        create.insert("GlobalSecondaryIndexes".into(), json!(part("GlobalSecondaryIndexes")));
    }
    if let (Some(create), Some(view)) =
        (create.as_object_mut(), properties.pointer("/StreamSpecification/StreamViewType"))
    {
        create.insert("StreamSpecification".into(), json!({ "StreamEnabled": true, "StreamViewType": view }));
    }
    Ok(TableSpec {
        logical_id: id.to_owned(),
        name,
        hash: hash_key(properties).ok_or_else(|| TemplateError::unsupported(id, "has no hash key"))?,
        indexes,
        ttl: properties.pointer("/TimeToLiveSpecification/AttributeName").and_then(Value::as_str).map(str::to_owned),
        create,
    })
}

fn hash_key(keyed: &Value) -> Option<String> {
    items(keyed, "/KeySchema").find(|key| text_of(key, "/KeyType") == "HASH").map(|key| text_of(key, "/AttributeName"))
}

pub(super) fn text_of(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(super::intrinsics::scalar).unwrap_or_default()
}

pub(super) fn items<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    one_or_many(value.pointer(pointer))
}

pub(super) fn one_or_many(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Some(Value::Array(items)) => (Some(items), None),
        other => (None, other),
    };
    many.into_iter().flatten().chain(one)
}
