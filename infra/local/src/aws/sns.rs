//! SNS's `Publish` to a phone, and STS's `GetCallerIdentity`: the query protocol.

use domain::Timestamp;

use super::{
    Service,
    ask::Ask,
    reply::{AwsError, Reply},
};
use crate::{
    outbox::{Channel, Mail, Outbox},
    random,
};

/// Keeps a text message instead of sending it.
pub(super) fn act(outbox: &Outbox, ask: &Ask, now: Timestamp) -> Reply {
    let refused = |code: &str, why: &str| AwsError::caller(code, why).reply(Service::Sns);
    if ask.action != "Publish" {
        return refused("InvalidAction", &ask.action);
    }
    let (Some(to), Some(text)) = (ask.text("/PhoneNumber"), ask.text("/Message")) else {
        return refused("InvalidParameter", "PhoneNumber and Message are needed here");
    };
    let digits = to.strip_prefix('+').unwrap_or_default();
    if !(4..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return refused("InvalidParameter", "PhoneNumber is not valid to publish to");
    }
    let id: String = random::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    let mail = Mail::new(id.clone(), Channel::Sms, to.to_owned(), now).with("", text, "");
    if let Err(error) = outbox.push(mail) {
        return AwsError::new(500, "InternalError", &error.to_string()).reply(Service::Sns);
    }
    Reply::xml(
        200,
        None,
        &format!(
            "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
             <MessageId>{id}</MessageId></PublishResult><ResponseMetadata><RequestId>{id}\
             </RequestId></ResponseMetadata></PublishResponse>"
        ),
    )
}

/// Who the caller is.
pub(super) fn identity(ask: &Ask) -> Reply {
    let arn = match ask.caller.function() {
        Some(flow) => format!("arn:aws:sts::000000000000:assumed-role/portico-{flow}/{flow}"),
        None => "arn:aws:iam::000000000000:root".to_owned(),
    };
    Reply::xml(
        200,
        None,
        &format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>{arn}</Arn><UserId>local</UserId>\
             <Account>000000000000</Account></GetCallerIdentityResult><ResponseMetadata>\
             <RequestId>local</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        ),
    )
}
