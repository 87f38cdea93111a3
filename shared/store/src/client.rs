//! The store itself: its client, tables and keys.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder};
use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use aws_types::SdkConfig;
use domain::{ConfigError, KeyPurpose, Rng, Settings, SignedDuration};
use keys::Keys;
use tokio::sync::{OnceCell, RwLock};

use crate::StoreError;
use crate::activity::Activity;
use crate::brands::KeptBrands;
use crate::clients::KeptClients;
use crate::item::{Item, s};
use crate::keymap::Key;
use crate::permanent::PermanentKey;
use crate::purposes::LoadedRegistry;
use crate::retry::{Conflicts, failed_conditions};
use crate::signing_keys::LoadedSchedule;
use crate::vault::Ring;

/// The deployment's tables. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) dynamo: Client,
    pub(crate) tables: Arc<Tables>,
    pub(crate) rng: Rng,
    pub(crate) keys: Option<Keys>,
    pub(crate) purposes: Arc<[KeyPurpose]>,
    pub(crate) ring: Arc<OnceCell<Ring>>,
    pub(crate) schedule: Arc<RwLock<Option<LoadedSchedule>>>,
    pub(crate) permanent: Arc<OnceCell<PermanentKey>>,
    pub(crate) registry: Arc<RwLock<Option<LoadedRegistry>>>,
    pub(crate) clients: Arc<RwLock<KeptClients>>,
    pub(crate) brands: Arc<RwLock<KeptBrands>>,
    /// How long a session's item is kept when it is over.
    pub(crate) session_kept: SignedDuration,
}

/// The tables' names.
pub(crate) struct Tables {
    /// `TABLE_DIRECTORY`
    pub(crate) directory: String,
    /// `TABLE_TRANSIENT`
    pub(crate) transient: String,
    /// `TABLE_OUTBOX`
    pub(crate) outbox: String,
    /// `TABLE_AUDIT`
    pub(crate) audit: String,
    /// `TABLE_VAULT`
    pub(crate) vault: String,
    /// `TABLE_ERASED`
    pub(crate) erased: String,
}

/// What a conditional update did.
pub(crate) enum Updated {
    /// It was done; the item as it is now.
    Done(Item),
    /// Its condition failed; the item as it was, if there was one.
    Refused(Option<Item>),
}

impl Store {
    /// Opens the tables named by `TABLE_*`, without any key: nothing sealed can be read.
    ///
    /// # Errors
    /// When a name is missing, or `INACTIVE_DAYS` is no number.
    pub fn open(sdk: &SdkConfig, settings: &Settings, rng: &Rng) -> Result<Self, ConfigError> {
        let table = |name| settings.required(name).map(str::to_owned);
        let tables = Tables {
            directory: table("TABLE_DIRECTORY")?,
            transient: table("TABLE_TRANSIENT")?,
            outbox: table("TABLE_OUTBOX")?,
            audit: table("TABLE_AUDIT")?,
            vault: table("TABLE_VAULT")?,
            erased: table("TABLE_ERASED")?,
        };
        // Where somebody may be erased because nobody saw them, a session stays to be seen: it may have been
        // shorter than the walk through all customers takes.
        let session_kept = match settings.number("INACTIVE_DAYS", 0)? {
            0 => SignedDuration::ZERO,
            _ => Activity::NOTED_EVERY,
        };
        let config = aws_sdk_dynamodb::config::Builder::from(sdk)
            .retry_classifier(Conflicts)
            // A budget for retries of its own: one process may run several functions, and one that
            // meets failures must not use up the others'.
            .retry_partition(RetryPartition::custom("store").build())
            .build();
        Ok(Self {
            dynamo: Client::from_conf(config),
            tables: Arc::new(tables),
            rng: rng.clone(),
            keys: None,
            purposes: Arc::new([]),
            ring: Arc::default(),
            schedule: Arc::default(),
            permanent: Arc::default(),
            registry: Arc::default(),
            clients: Arc::default(),
            brands: Arc::default(),
            session_kept,
        })
    }

    /// The same store, able to unwrap the keys for these purposes. They are unwrapped together,
    /// when the first is needed, and kept as long as the instance lives.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys, purposes: &[KeyPurpose]) -> Self {
        self.keys = Some(keys);
        self.purposes = purposes.into();
        self
    }

    /// The item, strongly consistent.
    pub(crate) async fn read(&self, table: &str, key: &Key) -> Result<Option<Item>, StoreError> {
        let answer = self
            .dynamo
            .get_item()
            .table_name(table)
            .set_key(Some(key.item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("GetItem", &e))?;
        Ok(answer.item)
    }

    /// Several items of several tables at once, strongly consistent, in the order asked for.
    pub(crate) async fn read_all<const N: usize>(
        &self,
        wanted: [(&str, &Key); N],
    ) -> Result<[Option<Item>; N], StoreError> {
        let found = self.read_many(&wanted).await?;
        found.try_into().map_err(|_| StoreError::Corrupt("keys"))
    }

    /// As [`Store::read_all`], for a number that only the call knows.
    pub(crate) async fn read_many(&self, wanted: &[(&str, &Key)]) -> Result<Vec<Option<Item>>, StoreError> {
        let mut request: HashMap<String, Vec<Item>> = HashMap::new();
        for (table, key) in wanted {
            request.entry((*table).to_owned()).or_default().push(key.item());
        }
        let mut pending: HashMap<String, KeysAndAttributes> = HashMap::new();
        for (table, keys) in request {
            let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            pending.insert(table, keys.map_err(|_| StoreError::Corrupt("keys"))?);
        }
        let mut found: Vec<(String, Item)> = Vec::new();
        // What DynamoDB left out for want of capacity is asked for again, a few times.
        for _ in 0..3 {
            let answer = self
                .dynamo
                .batch_get_item()
                .set_request_items(Some(std::mem::take(&mut pending)))
                .send()
                .await
                .map_err(|e| StoreError::dynamo("BatchGetItem", &e))?;
            for (table, items) in answer.responses.unwrap_or_default() {
                found.extend(items.into_iter().map(|item| (table.clone(), item)));
            }
            pending = answer.unprocessed_keys.unwrap_or_default();
            if pending.is_empty() {
                break;
            }
        }
        if !pending.is_empty() {
            let code = "ProvisionedThroughputExceededException".to_owned();
            return Err(StoreError::Dynamo { operation: "BatchGetItem", code });
        }
        let take = |(table, key): &(&str, &Key)| {
            let wanted = key.item();
            let is_it = |(t, item): &(String, Item)| t == table && wanted.iter().all(|(k, v)| item.get(k) == Some(v));
            found.iter().position(is_it).map(|at| found.swap_remove(at).1)
        };
        Ok(wanted.iter().map(take).collect())
    }

    /// Every item of a partition whose sort key begins so, strongly consistent, in their order.
    pub(crate) async fn read_prefix(&self, table: &str, pk: String, prefix: &str) -> Result<Vec<Item>, StoreError> {
        // DynamoDB refuses a key's empty text, in a condition too.
        let (condition, prefix) = match prefix {
            "" => ("pk = :pk", None),
            prefix => ("pk = :pk AND begins_with(sk, :prefix)", Some(prefix)),
        };
        let values = [(":pk".to_owned(), s(pk))].into_iter();
        let values = values.chain(prefix.map(|prefix| (":prefix".to_owned(), s(prefix)))).collect();
        let pages = self
            .dynamo
            .query()
            .table_name(table)
            .key_condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        pages.collect::<Result<Vec<_>, _>>().await.map_err(|e| StoreError::dynamo("Query", &e))
    }

    /// An update whose failed condition is an answer.
    pub(crate) async fn update(&self, update: UpdateItemFluentBuilder) -> Result<Updated, StoreError> {
        let sent = update
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent {
            Ok(UpdateItemOutput { attributes, .. }) => Ok(Updated::Done(attributes.unwrap_or_default())),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                let UpdateItemError::ConditionalCheckFailedException(failed) = e.into_err() else {
                    return Err(StoreError::Conflict);
                };
                Ok(Updated::Refused(failed.item))
            }
            Err(e) => Err(StoreError::dynamo("UpdateItem", &e)),
        }
    }

    /// As [`Store::transact`]; a single put without a condition is a plain one, at half the price.
    pub(crate) async fn write_all(&self, mut writes: Vec<TransactWriteItem>) -> Result<Option<Vec<bool>>, StoreError> {
        let put = match writes.as_mut_slice() {
            [only] => only.put.take_if(|put| put.condition_expression.is_none()),
            _ => None,
        };
        let Some(put) = put else { return self.transact(writes).await };
        let sent = self.dynamo.put_item().table_name(put.table_name).set_item(Some(put.item)).send().await;
        sent.map_err(|e| StoreError::dynamo("PutItem", &e))?;
        Ok(None)
    }

    /// All of these writes or none. `Ok(Some(failed))` says whose conditions failed, in the order
    /// of the writes. The SDK's tries share one idempotency token, so that a lost answer is no
    /// second write.
    pub(crate) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Option<Vec<bool>>, StoreError> {
        let token = domain::Secret::new(self.rng.bytes::<16>());
        let token: String = token.reveal().iter().map(|byte| format!("{byte:02x}")).collect();
        let sent = self
            .dynamo
            .transact_write_items()
            .set_transact_items(Some(writes))
            .client_request_token(token)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(None),
            Err(error) => match failed_conditions(&error) {
                Some(failed) => Ok(Some(failed)),
                None => Err(StoreError::dynamo("TransactWriteItems", &error)),
            },
        }
    }
}
