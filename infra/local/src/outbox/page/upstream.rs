//! What another AWS sent: ministack's own addresses for mail and text messages.

use domain::Timestamp;
use serde_json::Value;

use crate::{
    aws::Upstream,
    outbox::{Channel, Mail},
};

/// Everything sent from this system's account, the newest last. Text messages carry no time there:
/// they come after the mails, as of now.
pub(super) async fn mails(upstream: &Upstream, now: Timestamp) -> Result<Vec<Mail>, String> {
    let account = upstream.account();
    let read = async |path: String| upstream.get(&path).await.map_err(|error| error.to_string());
    let emails = read(format!("/_ministack/ses/messages?account={account}")).await?;
    let texts = read(format!("/_ministack/sns/sms-messages?account={account}")).await?;
    let mut mails: Vec<Mail> = listed(&emails, "messages").flat_map(emails_of).collect();
    mails.sort_by_key(|mail| mail.at);
    mails.extend(listed(&texts, "sms_messages").map(|message| sms_of(message, now)));
    Ok(mails)
}

/// The messages of `{"messages": {"account": [...]}}`.
fn listed<'v>(answer: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    let groups = answer.get(name).and_then(Value::as_object).into_iter().flatten();
    groups.filter_map(|(_, group)| group.as_array()).flatten()
}

fn emails_of(message: &Value) -> Vec<Mail> {
    let at = message.get("Timestamp").and_then(Value::as_f64).unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    let at = Timestamp::from_millisecond((at * 1000.0) as i64).unwrap_or_default();
    let to = message.get("To").and_then(Value::as_array).into_iter().flatten();
    to.filter_map(Value::as_str)
        .map(|to| {
            let mail = Mail::new(field(message, "MessageId"), Channel::Email, to.to_owned(), at);
            Mail { from: field(message, "Source"), ..mail }.with(
                &field(message, "Subject"),
                &field(message, "BodyText"),
                &field(message, "BodyHtml"),
            )
        })
        .collect()
}

fn sms_of(message: &Value, now: Timestamp) -> Mail {
    let mail = Mail::new(field(message, "MessageId"), Channel::Sms, field(message, "PhoneNumber"), now);
    mail.with("", &field(message, "Message"), "")
}

fn field(message: &Value, name: &str) -> String {
    message.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
