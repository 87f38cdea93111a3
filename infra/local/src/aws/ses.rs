//! SES v2: mail that is kept instead of sent, the suppression list, and the
//! mailbox simulator's bounces and complaints.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Timestamp;
use serde_json::{Value, json};

use super::{
    Service,
    ask::Ask,
    reply::{AwsError, Reply},
};
use crate::{
    outbox::{Channel, Mail, Outbox, mime},
    random,
};

/// The mail service.
#[derive(Clone)]
pub(crate) struct Ses {
    outbox: Outbox,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Suppressed addresses with reason and time.
    suppressed: BTreeMap<String, (String, Timestamp)>,
    /// What SNS has yet to deliver.
    notices: Vec<Value>,
}

type Answer = Result<Value, AwsError>;

impl Ses {
    pub(crate) fn new(outbox: Outbox) -> Ses {
        Ses { outbox, state: Arc::default() }
    }

    pub(crate) fn act(&self, ask: &Ask, now: Timestamp) -> Reply {
        let answer = match ask.action.as_str() {
            "SendEmail" => self.send(ask, now),
            "PutSuppressedDestination" => self.suppress(ask, now),
            "GetSuppressedDestination" => self.suppressed(ask),
            "DeleteSuppressedDestination" => self.release(ask),
            "ListSuppressedDestinations" => Ok(self.list()),
            "GetAccount" => Ok(json!({
                "ProductionAccessEnabled": true,
                "SendingEnabled": true,
                "EnforcementStatus": "HEALTHY",
            })),
            other => Err(AwsError::caller("BadRequestException", other)),
        };
        match answer {
            Ok(body) => Reply::json(Service::Ses, 200, &body),
            Err(error) => error.reply(Service::Ses),
        }
    }

    /// The notifications that wait for delivery; none remain.
    pub(crate) fn take_notices(&self) -> Vec<Value> {
        std::mem::take(&mut self.lock().notices)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, ask: &Ask, now: Timestamp) -> Answer {
        let to = recipients(&ask.input);
        if to.is_empty() {
            return Err(AwsError::caller("BadRequestException", "Missing final recipient"));
        }
        let (subject, text, html) = content(ask)?;
        let id = message_id();
        for address in to {
            if self.lock().suppressed.contains_key(&address) {
                continue;
            }
            let mail = Mail::new(id.clone(), Channel::Email, address, now);
            let from = ask.text("/FromEmailAddress").unwrap_or_default().to_owned();
            let mail = Mail { from, ..mail }.with(&subject, &text, &html);
            self.outbox.push(mail).map_err(|error| AwsError::new(500, "InternalFailure", &error.to_string()))?;
        }
        self.observe(&ask.input, &id, now);
        Ok(json!({ "MessageId": id }))
    }

    /// Makes the bounces and complaints that a message's recipients cause.
    pub(crate) fn observe(&self, input: &Value, id: &str, now: Timestamp) {
        let mut state = self.lock();
        for address in recipients(input) {
            let local = address.strip_suffix("@simulator.amazonses.com").unwrap_or_default();
            let local = local.split('+').next().unwrap_or_default();
            let outcome = match (local, state.suppressed.contains_key(&address)) {
                (_, true) => Some(bounce(&address, "OnAccountSuppressionList", now)),
                ("bounce", _) => Some(bounce(&address, "General", now)),
                ("suppressionlist", _) => Some(bounce(&address, "Suppressed", now)),
                ("complaint", _) => Some(complaint(&address, now)),
                _ => None,
            };
            state.notices.extend(outcome.map(|outcome| notice(input, id, &address, outcome, now)));
        }
    }

    fn suppress(&self, ask: &Ask, now: Timestamp) -> Answer {
        let reason = ask.text("/Reason").unwrap_or("BOUNCE").to_owned();
        self.lock().suppressed.insert(named(ask), (reason, now));
        Ok(json!({}))
    }

    fn suppressed(&self, ask: &Ask) -> Answer {
        let address = named(ask);
        let (reason, at) = self.lock().suppressed.get(&address).cloned().ok_or_else(|| missing(&address))?;
        Ok(json!({ "SuppressedDestination": {
            "EmailAddress": address, "Reason": reason, "LastUpdateTime": at.as_second(),
        } }))
    }

    fn release(&self, ask: &Ask) -> Answer {
        let address = named(ask);
        self.lock().suppressed.remove(&address).ok_or_else(|| missing(&address))?;
        Ok(json!({}))
    }

    fn list(&self) -> Value {
        let state = self.lock();
        let summaries = state.suppressed.iter().map(|(address, (reason, at))| {
            json!({ "EmailAddress": address, "Reason": reason, "LastUpdateTime": at.as_second() })
        });
        json!({ "SuppressedDestinationSummaries": summaries.collect::<Vec<_>>() })
    }
}

fn named(ask: &Ask) -> String {
    ask.text("/EmailAddress").unwrap_or_default().to_lowercase()
}

fn missing(address: &str) -> AwsError {
    AwsError::new(
        404,
        "NotFoundException",
        &format!("Email address {address} does not exist on your suppression list."),
    )
}

fn recipients(input: &Value) -> Vec<String> {
    ["ToAddresses", "CcAddresses", "BccAddresses"]
        .iter()
        .filter_map(|kind| input.get("Destination")?.get(kind)?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .map(super::checks::address)
        .collect()
}

fn content(ask: &Ask) -> Result<(String, String, String), AwsError> {
    let part = |path: &str| ask.text(&format!("/Content/Simple/{path}/Data")).unwrap_or_default().to_owned();
    if ask.input.pointer("/Content/Simple").is_some() {
        return Ok((part("Subject"), part("Body/Text"), part("Body/Html")));
    }
    let raw = ask.text("/Content/Raw/Data").and_then(|raw| STANDARD.decode(raw).ok());
    let raw = raw.ok_or_else(|| AwsError::caller("BadRequestException", "Content is neither Simple nor Raw"))?;
    let parts = mime::read(&String::from_utf8_lossy(&raw));
    Ok((parts.subject, parts.text, parts.html))
}

fn message_id() -> String {
    let hex: String = random::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("010f{hex}-000000")
}

fn bounce(address: &str, kind: &str, now: Timestamp) -> Value {
    json!({ "Bounce": {
        "feedbackId": message_id(),
        "bounceType": "Permanent",
        "bounceSubType": kind,
        "bouncedRecipients": [{
            "emailAddress": address,
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }],
        "timestamp": now.to_string(),
        "reportingMTA": "dns; a8-1.smtp-out.amazonses.com",
    } })
}

fn complaint(address: &str, now: Timestamp) -> Value {
    json!({ "Complaint": {
        "feedbackId": message_id(),
        "complaintSubType": null,
        "complainedRecipients": [{ "emailAddress": address }],
        "complaintFeedbackType": "abuse",
        "timestamp": now.to_string(),
        "arrivalDate": now.to_string(),
    } })
}

/// The notification as SES publishes it: event publishing's form with a
/// configuration set, feedback notifications' form without.
fn notice(input: &Value, id: &str, address: &str, outcome: Value, now: Timestamp) -> Value {
    let set = input.get("ConfigurationSetName").and_then(Value::as_str);
    let kind = outcome.get("Bounce").map_or("Complaint", |_| "Bounce");
    let from = input.get("FromEmailAddress").cloned().unwrap_or_default();
    let mut mail = json!({
        "timestamp": now.to_string(),
        "source": from,
        "sendingAccountId": "000000000000",
        "messageId": id,
        "destination": [address],
        "headersTruncated": false,
        "headers": [],
        "commonHeaders": {
            "from": [from],
            "to": [address],
            "messageId": id,
            "subject": input.pointer("/Content/Simple/Subject/Data"),
        },
    });
    if let (Some(set), Some(mail)) = (set, mail.as_object_mut()) {
        mail.insert("tags".to_owned(), json!({ "ses:configuration-set": [set] }));
    }
    let named = if set.is_some() { "eventType" } else { "notificationType" };
    let body = outcome.get(kind).cloned().unwrap_or_default();
    json!({ named: kind, kind.to_lowercase(): body, "mail": mail })
}
