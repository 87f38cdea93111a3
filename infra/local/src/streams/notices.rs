//! What SES has to tell, delivered as SNS delivers it.

use serde_json::{Map, Value, json};

use super::{DeadLetter, Pump, TRIES_AT_ONCE, lock};
use crate::random_id;

impl Pump {
    /// Delivers what SES has to tell, as SNS does.
    pub(super) async fn notices(&self) -> usize {
        let notices = self.front.services().ses.take_notices();
        let listeners = lock(&self.listeners).clone();
        let now = self.front.services().clock.now().to_string();
        for notice in &notices {
            for (flow, topic) in &listeners {
                let event = topic_event(topic, notice, &now);
                let mut last = Ok(Value::Null);
                for _ in 0..TRIES_AT_ONCE {
                    last = self.functions.invoke(flow, event.clone()).await;
                    if last.is_ok() {
                        break;
                    }
                }
                if let Err(error) = last {
                    let function = flow.clone();
                    lock(&self.dead).push(DeadLetter { function, event, error });
                }
            }
        }
        notices.len()
    }
}

fn topic_event(topic: &str, notice: &Value, now: &str) -> Value {
    let id = random_id();
    json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("{topic}:{id}"),
        "Sns": {
            "Type": "Notification",
            "MessageId": id,
            "TopicArn": topic,
            "Subject": "Amazon SES Email Event Notification",
            "Message": notice.to_string(),
            "Timestamp": now,
            "SignatureVersion": "1",
            "Signature": "local",
            "SigningCertUrl": "",
            "UnsubscribeUrl": "",
            "MessageAttributes": Map::new(),
        },
    }] })
}
