//! Deleting what a customer has, page by page.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use domain::CustomerId;

use crate::client::Store;
use crate::inventory::ItemKind;
use crate::item::{Item, Read as _, s};
use crate::{StoreError, keymap};

/// How many items one request deletes, at most.
const AT_ONCE: usize = 25;

impl Store {
    pub(crate) async fn delete(&self, table: &str, key: Item) -> Result<(), StoreError> {
        let delete = self.dynamo.delete_item().table_name(table).set_key(Some(key));
        delete.send().await.map(drop).map_err(|e| StoreError::dynamo("DeleteItem", &e))
    }

    /// Deletes a customer's partition of a table, page by page, but for these kinds. Says how many items
    /// it was.
    pub(crate) async fn partition_delete(
        &self,
        table: &str,
        customer: CustomerId,
        but: &[ItemKind],
    ) -> Result<u64, StoreError> {
        let (mut after, mut found) = (None, 0);
        loop {
            let (keys, next) = self.keys_page(table, customer, after).await?;
            let mut doomed = Vec::with_capacity(keys.len());
            for key in keys {
                if !but.contains(&kind_of(&key)?) {
                    doomed.push(key);
                }
            }
            found += doomed.len() as u64;
            self.delete_all(table, doomed).await?;
            match next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Deletes these items.
    pub(crate) async fn delete_all(&self, table: &str, keys: Vec<Item>) -> Result<(), StoreError> {
        for some in keys.chunks(AT_ONCE) {
            let request = |key: &Item| {
                let delete = DeleteRequest::builder().set_key(Some(key.clone())).build();
                let delete = delete.map_err(|_| StoreError::Corrupt("delete"))?;
                Ok::<_, StoreError>(WriteRequest::builder().delete_request(delete).build())
            };
            let mut pending = some.iter().map(request).collect::<Result<Vec<_>, _>>()?;
            // What DynamoDB left out for want of capacity is sent again, a few times.
            for _ in 0..3 {
                let write = self.dynamo.batch_write_item().request_items(table, pending);
                let answer = write.send().await.map_err(|e| StoreError::dynamo("BatchWriteItem", &e))?;
                pending = answer.unprocessed_items.and_then(|mut left| left.remove(table)).unwrap_or_default();
                if pending.is_empty() {
                    break;
                }
            }
            if !pending.is_empty() {
                let code = "ProvisionedThroughputExceededException".to_owned();
                return Err(StoreError::Dynamo { operation: "BatchWriteItem", code });
            }
        }
        Ok(())
    }

    /// A page of the keys of a customer's partition, and where the next begins.
    pub(crate) async fn keys_page(
        &self,
        table: &str,
        customer: CustomerId,
        after: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let answer = self
            .dynamo
            .query()
            .table_name(table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(keymap::customer(customer)))
            .projection_expression("pk, sk")
            .set_exclusive_start_key(after)
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}

/// The kind of an item, by its key.
pub(crate) fn kind_of(key: &Item) -> Result<ItemKind, StoreError> {
    ItemKind::of(key.text("pk")?, key.text("sk")?).ok_or(StoreError::UnknownKind)
}
