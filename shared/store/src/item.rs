//! Items: attributes in and out.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Act, Key32, Rng, Timestamp, open, seal};
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;
use crate::keymap::Key;

/// An item's attributes.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn b(bytes: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// A moment, to the millisecond.
pub(crate) fn at(moment: Timestamp) -> AttributeValue {
    n(moment.as_millisecond())
}

/// Moments, in their order.
pub(crate) fn moments(moments: &[Timestamp]) -> AttributeValue {
    AttributeValue::L(moments.iter().copied().map(at).collect())
}

/// Texts, in their order.
pub(crate) fn texts(texts: &[String]) -> AttributeValue {
    AttributeValue::L(texts.iter().map(s).collect())
}

/// When DynamoDB may sweep an item: whole seconds, rounded up.
pub(crate) fn ttl(moment: Timestamp) -> AttributeValue {
    n(moment.as_second().saturating_add(1))
}

/// The act, as the audit function reads it from a stream: `seal` marks those that it keeps.
pub(crate) fn act(act: &Act) -> AttributeValue {
    let json = serde_json::to_string(act).unwrap_or_default();
    let mut map = Item::from([("body".to_owned(), s(json))]);
    if act.kind.is_sealed() {
        map.insert("seal".to_owned(), AttributeValue::Bool(true));
    }
    AttributeValue::M(map)
}

/// A value, sealed for its place.
pub(crate) fn sealed<T: Serialize>(
    key: &Key32,
    place: &Key,
    attribute: &'static str,
    value: &T,
    rng: &Rng,
) -> Result<AttributeValue, StoreError> {
    let json = serde_json::to_vec(value).map_err(|_| StoreError::Corrupt(attribute))?;
    Ok(b(seal(key, &place.place(attribute), &json, rng)))
}

/// Reading an item's attributes.
pub(crate) trait Read {
    fn text(&self, name: &'static str) -> Result<&str, StoreError>;
    fn bytes(&self, name: &'static str) -> Result<&[u8], StoreError>;
    fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, StoreError>;
    fn has(&self, name: &str) -> bool;

    fn moment(&self, name: &'static str) -> Result<Timestamp, StoreError> {
        Timestamp::from_millisecond(self.number(name)?).map_err(|_| StoreError::Corrupt(name))
    }

    fn moments(&self, name: &'static str) -> Result<Vec<Timestamp>, StoreError>;

    fn texts(&self, name: &'static str) -> Result<Vec<String>, StoreError>;

    fn json<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(self.text(name)?).map_err(|_| StoreError::Corrupt(name))
    }

    fn unsealed<T: DeserializeOwned>(&self, key: &Key32, place: &Key, name: &'static str) -> Result<T, StoreError> {
        let plain = open(key, &place.place(name), self.bytes(name)?).map_err(|_| StoreError::Corrupt(name))?;
        serde_json::from_slice(&plain).map_err(|_| StoreError::Corrupt(name))
    }
}

impl Read for Item {
    fn text(&self, name: &'static str) -> Result<&str, StoreError> {
        match self.get(name) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => Err(StoreError::Corrupt(name)),
        }
    }

    fn bytes(&self, name: &'static str) -> Result<&[u8], StoreError> {
        match self.get(name) {
            Some(AttributeValue::B(bytes)) => Ok(bytes.as_ref()),
            _ => Err(StoreError::Corrupt(name)),
        }
    }

    fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, StoreError> {
        match self.get(name) {
            Some(AttributeValue::N(number)) => number.parse().map_err(|_| StoreError::Corrupt(name)),
            _ => Err(StoreError::Corrupt(name)),
        }
    }

    fn moments(&self, name: &'static str) -> Result<Vec<Timestamp>, StoreError> {
        let read = |moment: &AttributeValue| {
            let ms = moment.as_n().ok()?.parse().ok()?;
            Timestamp::from_millisecond(ms).ok()
        };
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(AttributeValue::L(list)) => {
                list.iter().map(read).collect::<Option<_>>().ok_or(StoreError::Corrupt(name))
            }
            Some(_) => Err(StoreError::Corrupt(name)),
        }
    }

    fn texts(&self, name: &'static str) -> Result<Vec<String>, StoreError> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(AttributeValue::L(list)) => {
                let text = |text: &AttributeValue| text.as_s().ok().cloned();
                list.iter().map(text).collect::<Option<_>>().ok_or(StoreError::Corrupt(name))
            }
            Some(_) => Err(StoreError::Corrupt(name)),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.contains_key(name)
    }
}
