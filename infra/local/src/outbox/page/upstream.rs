//! What another AWS sent: ministack's own addresses for mail and text messages.

use domain::Timestamp;
use serde_json::Value;

use crate::{
    aws::Upstream,
    outbox::{Channel, Mail, mime},
};

pub(super) async fn mails(upstream: &Upstream) -> Result<Vec<Mail>, String> {
    let read = async |path: &str| upstream.get(path).await.map_err(|error| error.to_string());
    let emails = read("/_ministack/ses/messages").await?;
    let texts = read("/_ministack/sns/sms-messages").await?;
    let mut mails: Vec<Mail> = list(&emails).flat_map(emails_of).collect();
    mails.extend(list(&texts).map(sms_of));
    mails.sort_by_key(|mail| mail.at);
    Ok(mails)
}

fn list(answer: &Value) -> impl Iterator<Item = &Value> {
    let wrapped = ["messages", "Messages", "sms_messages"].iter().find_map(|name| answer.get(name));
    wrapped.unwrap_or(answer).as_array().into_iter().flatten()
}

fn emails_of(message: &Value) -> Vec<Mail> {
    let to = ["to", "To", "destinations", "ToAddresses"].iter().find_map(|name| message.get(name));
    let to = to.or_else(|| message.pointer("/Destination/ToAddresses"));
    let to: Vec<&str> = match to {
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => Vec::new(),
    };
    let raw = field(message, &["raw", "RawMessage"]);
    let parts = mime::read(&raw);
    let or = |text: String, raw: String| if text.is_empty() { raw } else { text };
    let subject = or(field(message, &["subject", "Subject"]), parts.subject);
    let text = or(field(message, &["body_text", "text", "BodyText"]), parts.text);
    let html = or(field(message, &["body_html", "html", "BodyHtml"]), parts.html);
    let id = field(message, &["message_id", "MessageId", "id"]);
    let from = field(message, &["from", "source", "Source", "From"]);
    to.into_iter()
        .map(|to| {
            let mail = Mail::new(id.clone(), Channel::Email, to.to_owned(), at(message));
            Mail { from: from.clone(), ..mail }.with(&subject, &text, &html)
        })
        .collect()
}

fn sms_of(message: &Value) -> Mail {
    let id = field(message, &["message_id", "MessageId", "id"]);
    let to = field(message, &["phone_number", "PhoneNumber", "to"]);
    let text = field(message, &["message", "Message", "body"]);
    Mail::new(id, Channel::Sms, to, at(message)).with("", &text, "")
}

fn field(message: &Value, names: &[&str]) -> String {
    let value = names.iter().find_map(|name| message.get(name)?.as_str());
    value.unwrap_or_default().to_owned()
}

fn at(message: &Value) -> Timestamp {
    let value = ["timestamp", "Timestamp", "sent_at"].iter().find_map(|name| message.get(name));
    let seconds = value.and_then(Value::as_f64);
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    let spoken = seconds.map(|seconds| (seconds * 1000.0) as i64);
    let written = value.and_then(Value::as_str).and_then(|text| text.parse().ok());
    written
        .or_else(|| Timestamp::from_millisecond(spoken?).ok())
        .unwrap_or_default()
}
