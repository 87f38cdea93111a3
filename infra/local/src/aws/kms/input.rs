//! What a request holds.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::sign;
use crate::aws::reply::AwsError;

pub(super) fn text<'v>(input: &'v Value, name: &str) -> Result<&'v str, AwsError> {
    let value = input.get(name).and_then(Value::as_str);
    value.ok_or_else(|| invalid(&format!("Value null at '{name}' must not be null")))
}

pub(super) fn bytes(input: &Value, name: &str) -> Result<Vec<u8>, AwsError> {
    STANDARD
        .decode(text(input, name)?)
        .map_err(|_| AwsError::caller("SerializationException", &format!("{name} is not base64")))
}

pub(super) fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The encryption context, in an order that does not depend on the request's.
pub(super) fn context(input: &Value, name: &str) -> Result<BTreeMap<String, String>, AwsError> {
    let none = Map::new();
    let pairs = input.get(name).and_then(Value::as_object).unwrap_or(&none);
    pairs
        .iter()
        .map(|(key, value)| {
            let value = value.as_str().ok_or_else(|| invalid("EncryptionContext holds no text"))?;
            Ok((key.clone(), value.to_owned()))
        })
        .collect()
}

/// The SHA-256 digest that is signed: the message's, or the one that was sent.
pub(super) fn digest(input: &Value) -> Result<[u8; 32], AwsError> {
    let message = bytes(input, "Message")?;
    match input.get("MessageType").and_then(Value::as_str) {
        Some("DIGEST") => {
            message.try_into().map_err(|_| invalid("Digest is invalid length for algorithm with SHA_256."))
        }
        None | Some("RAW") if message.is_empty() || message.len() > 4096 => {
            Err(invalid("'message' must have length between 1 and 4096"))
        }
        None | Some("RAW") => Ok(sign::sha256(&message)),
        Some(_) => Err(invalid("'messageType' must be one of [RAW, DIGEST]")),
    }
}

pub(super) fn invalid(message: &str) -> AwsError {
    AwsError::caller("ValidationException", message)
}
