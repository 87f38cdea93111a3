//! What SES says about mails that it took: bounces and complaints.

use domain::{ActKind, Actor, Email};
use edge::{BoxError, Ctx, Level};
use serde::Deserialize;
use serde_json::{Value, json};
use store::SuppressionReason;

use crate::Mailer;

impl Mailer {
    /// Suppresses the addresses that these notices name. An error brings the event again: nothing
    /// else knows of it, and to suppress an address twice is to suppress it.
    pub(crate) async fn suppress(&self, ctx: &Ctx, notices: &[String]) -> Result<Value, BoxError> {
        let mut suppressed = 0_u64;
        for notice in notices {
            // SES also says, in plain words, that a topic works.
            let Some(addresses) = read(notice) else {
                ctx.log(Level::Warn, "not a notice of SES", json!({}));
                continue;
            };
            for (reason, address) in addresses {
                let index = self.store.email_index(&address).await?;
                let cause = ctx.act(ActKind::AddressSuppressed, Actor::System);
                self.store.suppress(&index, reason, self.clock.now(), &cause).await?;
                ctx.log(Level::Info, "address suppressed", json!({"reason": reason.as_str()}));
                suppressed += 1;
            }
        }
        if suppressed > 0 {
            ctx.count("AddressesSuppressed", suppressed);
        }
        Ok(json!({"suppressed": suppressed}))
    }
}

/// A notice, of an identity (`notificationType`) or of a configuration set (`eventType`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    #[serde(alias = "eventType")]
    notification_type: String,
    #[serde(default)]
    mail: Sent,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
}

/// The mail that it is about, as we sent it.
#[derive(Default, Deserialize)]
struct Sent {
    #[serde(default)]
    destination: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complaint_feedback_type: Option<String>,
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
}

/// The addresses that are to be suppressed; none if the text is no notice. They are those that we
/// wrote to: whom a bounce names is whom the other side says it is about, and could be anybody.
fn read(notice: &str) -> Option<Vec<(SuppressionReason, Email)>> {
    let notice: Notice = serde_json::from_str(notice).ok()?;
    let (reason, recipients) = match (notice.notification_type.as_str(), notice.bounce, notice.complaint) {
        // A full mailbox or a server that is down is mended without us.
        ("Bounce", Some(bounce), _) if bounce.bounce_type == "Permanent" => {
            (SuppressionReason::Bounce, bounce.bounced_recipients)
        }
        // "Not spam" is a report of the opposite (RFC 6430).
        ("Complaint", _, Some(complaint)) if complaint.complaint_feedback_type.as_deref() != Some("not-spam") => {
            (SuppressionReason::Complaint, complaint.complained_recipients)
        }
        _ => return Some(Vec::new()),
    };
    let named: Vec<_> = recipients.into_iter().map(|recipient| recipient.email_address).collect();
    let addresses =
        if notice.mail.destination.is_empty() || named.is_empty() { named } else { notice.mail.destination };
    Some(addresses.iter().filter_map(|text| Some((reason, address(text)?))).collect())
}

/// SES gives the address as the other side wrote it: bare, or in angle brackets behind a name.
fn address(text: &str) -> Option<Email> {
    let bare = text.rsplit_once('<').map_or(text, |(_, rest)| rest.trim_end().trim_end_matches('>'));
    Email::parse(bare).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(notice: &Value) -> Option<Vec<(&'static str, String)>> {
        let found = read(&notice.to_string())?;
        Some(found.iter().map(|(reason, address)| (reason.as_str(), address.reveal())).collect())
    }

    fn bounce(name: &str, kind: &str) -> Value {
        json!({name: "Bounce", "mail": {"messageId": "m", "destination": ["a@example.com"]}, "bounce": {
            "bounceType": kind, "bounceSubType": "General", "feedbackId": "f", "timestamp": "2026-11-24T10:15:30.000Z",
            "bouncedRecipients": [{"emailAddress": "a@example.com", "action": "failed", "status": "5.1.1"}]}})
    }

    fn complaint(kind: Value) -> Value {
        json!({"eventType": "Complaint", "mail": {"messageId": "m"}, "complaint": {"complaintSubType": null,
            "complaintFeedbackType": kind, "complainedRecipients": [{"emailAddress": "A <a@example.com>"}]}})
    }

    #[test]
    fn permanent_bounces_suppress_in_either_form() {
        for name in ["notificationType", "eventType"] {
            let wanted = vec![("bounce", "a@example.com".to_owned())];
            assert_eq!(found(&bounce(name, "Permanent")), Some(wanted));
            assert_eq!(found(&bounce(name, "Transient")), Some(vec![]));
            assert_eq!(found(&bounce(name, "Undetermined")), Some(vec![]));
        }
    }

    #[test]
    fn a_bounce_suppresses_nobody_but_whom_we_wrote_to() {
        let mut forged = bounce("eventType", "Permanent");
        forged["bounce"]["bouncedRecipients"][0]["emailAddress"] = json!("somebody.else@example.org");
        assert_eq!(found(&forged), Some(vec![("bounce", "a@example.com".to_owned())]));
    }

    #[test]
    fn complaints_suppress_unless_they_say_the_opposite() {
        let wanted = Some(vec![("complaint", "a@example.com".to_owned())]);
        assert_eq!(found(&complaint(json!("abuse"))), wanted);
        assert_eq!(found(&complaint(json!(null))), wanted);
        assert_eq!(found(&complaint(json!("not-spam"))), Some(vec![]));
    }

    #[test]
    fn other_notices_and_no_notices() {
        assert_eq!(found(&json!({"eventType": "Delivery", "delivery": {}})), Some(vec![]));
        assert!(read("Successfully validated SNS topic for Amazon SES event publishing.").is_none());
        assert!(read("{}").is_none());
    }
}
