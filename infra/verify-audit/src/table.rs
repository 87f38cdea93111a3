//! Reading the table: page by page, and nothing but reading.

use std::collections::HashMap;

use archive::ArchiveError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::Log;

/// The table or the bucket can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// DynamoDB refuses, or can't be reached.
    #[error("the table can't be read: {0}")]
    Dynamo(String),
    /// S3 refuses, or can't be reached.
    #[error("the bucket can't be read: {0}")]
    Archive(#[from] ArchiveError),
}

impl ReadError {
    pub(crate) fn dynamo<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Self {
        Self::Dynamo(match error {
            SdkError::ServiceError(e) => e.err().code().unwrap_or("unknown").to_owned(),
            _ => "no answer".to_owned(),
        })
    }
}

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    match item.get(name) {
        Some(AttributeValue::S(text)) => text,
        _ => "",
    }
}

pub(crate) fn number<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    }
}

pub(crate) fn chain_name(chain: u8) -> String {
    format!("CHAIN#{chain:02}")
}

/// One item, strongly consistent.
pub(crate) async fn item(log: &Log, pk: &str, sk: &str) -> Result<Option<Item>, ReadError> {
    let s = |text: &str| AttributeValue::S(text.to_owned());
    let asked = log.dynamo.get_item().table_name(&log.table).key("pk", s(pk)).key("sk", s(sk));
    let answer = asked.consistent_read(true).send().await.map_err(|error| ReadError::dynamo(&error))?;
    Ok(answer.item)
}

/// A page of a query or a scan, and where the next one begins.
pub(crate) type Page = (Vec<Item>, Option<Item>);

/// Roots in the order of their hours.
pub(crate) async fn roots(log: &Log, start: Option<Item>) -> Result<Page, ReadError> {
    let answer = log
        .dynamo
        .query()
        .table_name(&log.table)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S("ROOT".to_owned()))
        .consistent_read(true)
        .set_exclusive_start_key(start)
        .send()
        .await
        .map_err(|error| ReadError::dynamo(&error))?;
    Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
}

/// Entries of a chain from a number on, in their order.
pub(crate) async fn entries(log: &Log, chain: u8, from: u64, start: Option<Item>) -> Result<Page, ReadError> {
    let answer = log
        .dynamo
        .query()
        .table_name(&log.table)
        .index_name("chain")
        .key_condition_expression("chain = :chain AND seq >= :from")
        .expression_attribute_values(":chain", AttributeValue::S(chain_name(chain)))
        .expression_attribute_values(":from", AttributeValue::N(from.to_string()))
        .set_exclusive_start_key(start)
        .send()
        .await
        .map_err(|error| ReadError::dynamo(&error))?;
    Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
}

/// Everything, in no order.
pub(crate) async fn everything(log: &Log, start: Option<Item>) -> Result<Page, ReadError> {
    let answer = log
        .dynamo
        .scan()
        .table_name(&log.table)
        .consistent_read(true)
        .set_exclusive_start_key(start)
        .send()
        .await
        .map_err(|error| ReadError::dynamo(&error))?;
    Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
}
