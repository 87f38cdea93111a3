//! Looking into tables and keys, past the functions.

use serde_json::{Value, json};

use super::System;
use crate::aws::Service;

impl System {
    /// Performs an action of DynamoDB or KMS as the operator, whom nothing is denied and no
    /// fault concerns.
    ///
    /// # Errors
    ///
    /// The service's error, as JSON text.
    pub async fn operate(&self, service: Service, action: &str, input: Value) -> Result<Value, String> {
        self.front.operate(service, action, input).await
    }

    /// A table's physical name, from its name in the template.
    #[must_use]
    pub fn table(&self, logical: &str) -> String {
        self.place().id(logical)
    }

    /// A key's ARN, from its name in the template.
    #[must_use]
    pub fn key(&self, logical: &str) -> String {
        let place = self.place();
        place.arn("kms", &format!("key/{}", place.id(logical)))
    }

    /// All items of a table, by its name in the template, in DynamoDB's JSON.
    ///
    /// # Errors
    ///
    /// When it can't be read.
    pub async fn dump(&self, table: &str) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut scan = json!({ "TableName": self.table(table), "ConsistentRead": true });
            if let (Some(scan), false) = (scan.as_object_mut(), start.is_null()) {
                scan.insert("ExclusiveStartKey".to_owned(), start);
            }
            let page = self.front.operate(Service::DynamoDb, "Scan", scan).await?;
            items.extend(page.get("Items").and_then(Value::as_array).into_iter().flatten().cloned());
            match page.get("LastEvaluatedKey") {
                Some(key) if !key.is_null() => start = key.clone(),
                _ => return Ok(items),
            }
        }
    }
}
