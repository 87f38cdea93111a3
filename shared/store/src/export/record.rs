//! An item becomes records.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Act, Actor, CustomerId, Factor, FactorKind, Factors, SuspendedFactor, Timestamp};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

use super::shape::{ACT, As, Shape, shape};
use crate::StoreError;
use crate::customer::DataKey;
use crate::inventory::ItemKind;
use crate::item::{Item, Read as _};
use crate::keymap::Key;

/// What is shown of an item: names and values, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Record(pub Vec<(String, Value)>);

impl Record {
    /// The columns that hold all of it, one level deep: what is within an object stands behind a dot.
    pub(super) fn columns(&self) -> Vec<String> {
        let of = |(name, value): &(String, Value)| match value {
            Value::Object(members) if !members.is_empty() => {
                members.keys().map(|member| format!("{name}.{member}")).collect()
            }
            _ => vec![name.clone()],
        };
        self.0.iter().flat_map(of).collect()
    }

    /// What stands in a column.
    pub fn cell(&self, column: &str) -> Option<&Value> {
        let find = |wanted: &str| self.0.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        find(column).or_else(|| {
            let (name, member) = column.split_once('.')?;
            find(name)?.get(member)
        })
    }

    fn say(&mut self, name: &str, value: Value) {
        self.0.push((name.to_owned(), value));
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The records of an item. Every attribute is in one of them, or is said to be left out.
pub(super) fn read(
    kind: ItemKind,
    customer: CustomerId,
    item: &Item,
    data_key: &DataKey,
) -> Result<Vec<Record>, StoreError> {
    let Some(Shape { record, id, attributes }) = shape(kind) else { return Ok(Vec::new()) };
    let (pk, sk) = (item.text("pk")?, item.text("sk")?);
    let known: HashSet<&str> = attributes.iter().map(|(name, _)| *name).chain(["pk", "sk"]).collect();
    if let Some(name) = item.keys().find(|name| !known.contains(name.as_str())) {
        return Err(StoreError::Unlisted(format!("{record}'s attribute {name}")));
    }
    let key = Key { kind, pk: pk.to_owned(), sk: sk.to_owned() };
    let mut main = Record(vec![("record".to_owned(), record.into())]);
    if let Some(id) = id {
        // An act's id is all of its key.
        let prefix = kind.prefixes().1;
        let text = if prefix.ends_with('#') { sk.strip_prefix(prefix).unwrap_or(sk) } else { sk };
        main.say(id, text.into());
    }
    let mut others = Vec::new();
    for (name, how) in attributes {
        let there = item.has(name);
        match how {
            As::Left(_) => {}
            As::Text(column) => main.say(column, if there { item.text(name)?.into() } else { Value::Null }),
            As::Number(column) => {
                main.say(column, if there { item.number::<i64>(name)?.into() } else { Value::Null });
            }
            As::Flag(column) => main.say(column, (item.get(*name) == Some(&AttributeValue::Bool(true))).into()),
            As::Moment(column) => main.say(column, if there { moment(item.moment(name)?) } else { Value::Null }),
            As::Moments(column) => main.say(column, item.moments(name)?.into_iter().map(moment).collect()),
            As::Second(column) => main.say(column, if there { second(item.number(name)?, name)? } else { Value::Null }),
            As::Json(column) => main.say(column, if there { item.json(name)? } else { Value::Null }),
            As::Act(column) => main.say(column, last_act(item, name, customer)?),
            As::SealedAct => {
                // Of some the customer may not be told.
                let Some(act) = act(item.text(name)?, customer)? else { return Ok(Vec::new()) };
                ACT.iter().for_each(|member| main.say(member, act.get(*member).cloned().unwrap_or_default()));
            }
            As::Sealed(members) | As::SealedBut(members, _) => {
                let mut body: Map<String, Value> = item.unsealed(&data_key.key, &key, name)?;
                if let As::SealedBut(_, left) = how {
                    left.iter().for_each(|member| drop(body.remove(*member)));
                }
                members.iter().for_each(|member| main.say(member, body.remove(*member).unwrap_or_default()));
                if let Some(member) = body.keys().next() {
                    return Err(StoreError::Unlisted(format!("{record}'s member {member}")));
                }
            }
            As::Factors => others = factors(&item.unsealed(&data_key.key, &key, name)?)?,
        }
    }
    others.insert(0, main);
    Ok(others)
}

fn moment(at: Timestamp) -> Value {
    at.to_string().into()
}

fn second(seconds: i64, name: &'static str) -> Result<Value, StoreError> {
    Timestamp::from_second(seconds).map(moment).map_err(|_| StoreError::Corrupt(name))
}

/// The act in an item, as the stream brings it.
fn last_act(item: &Item, name: &'static str, customer: CustomerId) -> Result<Value, StoreError> {
    // Always all of its members: the columns of a table don't come and go.
    let none = || ["id"].iter().chain(&ACT).map(|member| ((*member).to_owned(), Value::Null)).collect::<Map<_, _>>();
    match item.get(name) {
        None => Ok(Value::Object(none())),
        Some(AttributeValue::M(map)) => Ok(Value::Object(act(map.text("body")?, customer)?.unwrap_or_else(none))),
        Some(_) => Err(StoreError::Corrupt(name)),
    }
}

/// An act as its customer reads it. Who else had a hand in it is said by what they are: their id is their
/// own. Nothing, if they may not be told of it.
fn act(body: &str, customer: CustomerId) -> Result<Option<Map<String, Value>>, StoreError> {
    let act: Act = serde_json::from_str(body).map_err(|_| StoreError::Corrupt("act"))?;
    if !act.kind.is_told() {
        return Ok(None);
    }
    let actor = match &act.actor {
        Actor::Customer(id) if *id == customer => "you".to_owned(),
        Actor::Customer(_) => "administrator".to_owned(),
        Actor::Client(client) => format!("service {client}"),
        Actor::System => "system".to_owned(),
        Actor::Anonymous => "anonymous".to_owned(),
    };
    let members = json!({
        "id": act.id, "kind": act.kind, "at": moment(act.at), "actor": actor, "session": act.session,
        "request_id": act.request_id.0,
    });
    match members {
        Value::Object(members) => Ok(Some(members)),
        _ => Err(StoreError::Corrupt("act")),
    }
}

/// Their factors, a record each. Secrets stay. Each name stands in `shape::FACTOR` or `shape::RECOVERY`, too.
fn factors(factors: &Factors) -> Result<Vec<Record>, StoreError> {
    // Taken apart whole, so that a new member does not compile until it is said what becomes of it.
    let Factors { list, suspended, recovery_codes, preferred, delayed } = factors;
    let mut records = Vec::new();
    let active = list.iter().map(|factor| (factor, None));
    let suspended = suspended.iter().map(|SuspendedFactor { factor, since }| (factor, Some(*since)));
    for (factor, suspended_since) in active.chain(suspended) {
        let Factor { id, name, added_at, added_in, used_at, suspect_since, kind } = factor;
        let mut record = Record(vec![("record".to_owned(), "factor".into())]);
        record.say("id", id.to_string().into());
        let (method, details) = match kind {
            FactorKind::Passkey { credential_id, credential, synced } => {
                ("passkey", json!({"credential_id": credential_id, "synced": synced, "credential": credential}))
            }
            FactorKind::Totp { secret: _, last_step } => ("totp", json!({"last_step": last_step})),
            FactorKind::Sms { number, country } => ("sms", json!({"number": number, "country": country})),
            FactorKind::Email {} => ("email", json!({})),
        };
        record.say("method", method.into());
        record.say("name", name.as_str().into());
        record.say("added_at", moment(*added_at));
        record.say("added_in", added_in.map(|id| id.to_string().into()).unwrap_or_default());
        record.say("last_used_at", used_at.map(moment).unwrap_or_default());
        record.say("suspect_since", suspect_since.map(moment).unwrap_or_default());
        record.say("suspended_since", suspended_since.map(moment).unwrap_or_default());
        record.say("preferred", (*preferred == Some(*id)).into());
        for member in ["credential_id", "synced", "number", "country", "last_step", "credential"] {
            record.say(member, details.get(member).cloned().unwrap_or_default());
        }
        records.push(record);
    }
    let mut rest = Record(vec![("record".to_owned(), "recovery".into())]);
    rest.say("recovery_codes_left", recovery_codes.len().into());
    rest.say("recovery_ready_at", delayed.as_ref().map(|delayed| moment(delayed.ready_at)).unwrap_or_default());
    records.push(rest);
    Ok(records)
}
