//! What wakes the mailer.

use domain::OutboxId;
use serde_json::Value;
use store::Store;

/// An event, read.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    /// New items of the outbox, from its stream.
    Queued(Vec<OutboxId>),
    /// Send what is due.
    Retry,
    /// Send what was given up.
    ResendParked,
    /// SES's notices, as SNS carries them: each a text of JSON.
    Feedback(Vec<String>),
    /// None of them.
    Unknown,
}

/// Reads an event.
pub(crate) fn read(event: &Value) -> Event {
    match event.get("portico").and_then(Value::as_str) {
        Some("retry") => return Event::Retry,
        Some("resend_parked") => return Event::ResendParked,
        _ => {}
    }
    let Some(records) = event.get("Records").and_then(Value::as_array) else { return Event::Unknown };
    // Every record of an event has the same source; DynamoDB and SNS spell its name differently.
    match records.first().and_then(|record| record.get("eventSource").or(record.get("EventSource"))?.as_str()) {
        Some("aws:dynamodb") => Event::Queued(records.iter().filter_map(queued).collect()),
        Some("aws:sns") => {
            let message = |record: &Value| record.pointer("/Sns/Message")?.as_str().map(str::to_owned);
            Event::Feedback(records.iter().filter_map(message).collect())
        }
        _ => Event::Unknown,
    }
}

fn queued(record: &Value) -> Option<OutboxId> {
    let is_new = record.get("eventName").and_then(Value::as_str) == Some("INSERT");
    Store::outbox_id(record.pointer("/dynamodb/Keys/pk/S")?.as_str()?).filter(|_| is_new)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_told_apart() {
        let stream = |name: &str, pk: &str| json!({"Records": [{"eventSource": "aws:dynamodb", "eventName": name, "dynamodb": {"Keys": {"pk": {"S": pk}}}}]});
        let pk = "OUT#out_01ktsn3ywq5m8e1f2g3h4j5k6m";
        assert_eq!(read(&stream("INSERT", pk)), Event::Queued(Store::outbox_id(pk).into_iter().collect()));
        assert_eq!(read(&stream("MODIFY", pk)), Event::Queued(vec![]));
        assert_eq!(read(&stream("INSERT", "OUT#else")), Event::Queued(vec![]));
        let topic = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "{}"}}]});
        assert_eq!(read(&topic), Event::Feedback(vec!["{}".to_owned()]));
        assert_eq!(read(&json!({"portico": "retry"})), Event::Retry);
        assert_eq!(read(&json!({"portico": "resend_parked"})), Event::ResendParked);
        for unknown in [json!({}), json!(null), json!({"portico": 1}), json!({"Records": []}), json!({"Records": [7]})]
        {
            assert_eq!(read(&unknown), Event::Unknown, "{unknown}");
        }
    }
}
