//! Stream records, as Lambda brings them.

use domain::Act;
use serde_json::Value;

/// A record, as far as it matters here.
#[derive(Debug)]
pub(crate) enum Record {
    /// An act that is to be sealed, with the text that it was written as.
    Act { sequence_number: String, act: Box<Act>, body: String },
    /// An act is to be sealed, and cannot be read.
    Unreadable { sequence_number: String },
    /// There is nothing to be sealed. Deployed, the mapping's filter leaves such records out.
    Nothing,
}

/// The records of an event, in their order.
pub(crate) fn records(event: &Value) -> impl Iterator<Item = Record> {
    let records = event.get("Records").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    records.iter().map(read)
}

fn read(record: &Value) -> Record {
    let found = |pointer: &str| record.pointer(pointer);
    if found("/dynamodb/NewImage/act/M/seal/BOOL").and_then(Value::as_bool) != Some(true) {
        return Record::Nothing;
    }
    let text = |pointer: &str| found(pointer).and_then(Value::as_str);
    // Without a number Lambda delivers the whole batch again.
    let sequence_number = text("/dynamodb/SequenceNumber").unwrap_or_default().to_owned();
    let body = text("/dynamodb/NewImage/act/M/body/S").unwrap_or_default();
    match serde_json::from_str(body) {
        Ok(act) => Record::Act { sequence_number, act: Box::new(act), body: body.to_owned() },
        Err(_) => Record::Unreadable { sequence_number },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(act: Value) -> Value {
        json!({"Records": [{"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "7", "NewImage": {"act": act}}}]})
    }

    fn one(event: &Value) -> Record {
        records(event).next().unwrap()
    }

    #[test]
    fn an_act_is_read_as_it_was_written() {
        let body = r#"{"id":"act_01ktsn3ywq5m8e1f2g3h4j5k7a","at":"2026-11-24T10:15:30.123Z","kind":"key.rotated","actor":"system","request_id":"r"}"#;
        let Record::Act { sequence_number, act, body: kept } =
            one(&event(json!({"M": {"seal": {"BOOL": true}, "body": {"S": body}}})))
        else {
            panic!("an act")
        };
        assert_eq!((sequence_number.as_str(), kept.as_str()), ("7", body));
        assert_eq!(act.id.to_string(), "act_01ktsn3ywq5m8e1f2g3h4j5k7a");
    }

    #[test]
    fn what_cannot_be_read_is_told_from_what_is_not_there() {
        for act in [json!({"M": {"seal": {"BOOL": false}}}), json!({"M": {}}), json!(null)] {
            assert!(matches!(one(&event(act)), Record::Nothing));
        }
        for body in [json!({"S": "{}"}), json!({"N": "1"}), json!(null)] {
            let event = event(json!({"M": {"seal": {"BOOL": true}, "body": body}}));
            assert!(matches!(one(&event), Record::Unreadable { sequence_number } if sequence_number == "7"));
        }
        assert_eq!(records(&json!({"portico": "rotate"})).count(), 0);
    }
}
