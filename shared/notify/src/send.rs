//! SES and SNS: the only calls to them.

use aws_sdk_sesv2::config::retry::RetryPartition;
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use aws_sdk_sns::types::MessageAttributeValue;
use aws_smithy_types::error::operation::BuildError;
use aws_types::SdkConfig;
use domain::{Brand, ConfigError, Email, OutboxId, Permit, Ses, Settings, Sns};

use crate::perhaps::Perhaps;
use crate::{Mail, SendError, Sms};

/// The sender of everything.
#[derive(Clone, Debug)]
pub struct Notify {
    ses: aws_sdk_sesv2::Client,
    sns: aws_sdk_sns::Client,
    brand: Brand,
    from: String,
    reply_to: Option<String>,
    configuration_set: Option<String>,
}

/// The provider's id of what it took, as its bounces and complaints name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProviderMessageId(pub String);

/// In every mail: no out-of-office note answers a machine (RFC 3834, and Exchange's own word for it).
const HEADERS: [(&str, &str); 2] = [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")];

impl Notify {
    /// A sender as the settings say: `SENDER` (the From address, a bare one), `REPLY_TO` (optional),
    /// `SES_CONFIGURATION_SET` (optional), and the [`Brand`]'s.
    ///
    /// # Errors
    /// When a setting is missing or malformed.
    pub fn new(sdk: &SdkConfig, settings: &Settings) -> Result<Self, ConfigError> {
        let brand = Brand::new(settings)?;
        let sender = address("SENDER", settings.required("SENDER")?)?;
        let reply_to = settings.text("REPLY_TO").map(|text| address("REPLY_TO", text)).transpose()?;
        Ok(Self {
            ses: ses(sdk),
            sns: sns(sdk),
            from: format!("{} <{sender}>", display_name(brand.name())),
            reply_to,
            configuration_set: settings.text("SES_CONFIGURATION_SET").map(str::to_owned),
            brand,
        })
    }

    /// The brand to render with.
    pub fn brand(&self) -> &Brand {
        &self.brand
    }

    /// Sends a mail. SES knows no idempotency, so a second call sends a second mail; both carry the
    /// outbox item's id, as the tag `portico-outbox` (bounces and complaints bring it back) and as
    /// `X-Entity-Ref-ID` (mail programs don't fold one code into the thread of another). It takes the
    /// permit that the table of transfers gave for it, and nobody else can make one.
    ///
    /// # Errors
    /// [`SendError`] says whether to try again.
    pub async fn send(
        &self,
        _permit: Permit<Ses>,
        mail: &Mail,
        idempotency: &OutboxId,
    ) -> Result<ProviderMessageId, SendError> {
        let outbox = idempotency.to_string();
        let sent = self
            .ses
            .send_email()
            .from_email_address(&self.from)
            .set_reply_to_addresses(self.reply_to.clone().map(|address| vec![address]))
            .set_configuration_set_name(self.configuration_set.clone())
            .destination(Destination::builder().to_addresses(mail.to.reveal()).build())
            .content(EmailContent::builder().simple(message(mail, &outbox).map_err(incomplete)?).build())
            .email_tags(tag("portico-kind", mail.kind).map_err(incomplete)?)
            .email_tags(tag("portico-outbox", &outbox).map_err(incomplete)?)
            .send()
            .await
            .map_err(|error| classify(&error))?;
        Ok(ProviderMessageId(sent.message_id.unwrap_or_default()))
    }

    /// Sends an SMS, as a transactional one. SNS knows no idempotency for SMS either.
    ///
    /// # Errors
    /// [`SendError`] says whether to try again.
    pub async fn send_sms(&self, _permit: Permit<Sns>, sms: &Sms) -> Result<ProviderMessageId, SendError> {
        let transactional = MessageAttributeValue::builder().data_type("String").string_value("Transactional");
        let sent = self
            .sns
            .publish()
            .phone_number(sms.to.reveal())
            .message(&sms.text)
            .message_attributes("AWS.SNS.SMS.SMSType", transactional.build().map_err(incomplete)?)
            .send()
            .await
            .map_err(|error| classify(&error))?;
        Ok(ProviderMessageId(sent.message_id.unwrap_or_default()))
    }
}

fn ses(sdk: &SdkConfig) -> aws_sdk_sesv2::Client {
    let config = aws_sdk_sesv2::config::Builder::from(sdk).retry_classifier(Perhaps).retry_partition(budget());
    aws_sdk_sesv2::Client::from_conf(config.build())
}

fn sns(sdk: &SdkConfig) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::config::Builder::from(sdk).retry_classifier(Perhaps).retry_partition(budget());
    aws_sdk_sns::Client::from_conf(config.build())
}

/// A budget for retries of its own, as each function's process has it.
fn budget() -> RetryPartition {
    RetryPartition::custom("notify").build()
}

fn message(mail: &Mail, outbox: &str) -> Result<Message, BuildError> {
    let body = Body::builder().text(utf8(&mail.text)?).html(utf8(&mail.html)?).build();
    let headers = HEADERS
        .into_iter()
        .chain([("X-Entity-Ref-ID", outbox)])
        .map(|(name, value)| MessageHeader::builder().name(name).value(value).build())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Message::builder().subject(utf8(&mail.subject)?).body(body).set_headers(Some(headers)).build())
}

fn utf8(text: &str) -> Result<Content, BuildError> {
    Content::builder().data(text).charset("UTF-8").build()
}

fn tag(name: &str, value: &str) -> Result<MessageTag, BuildError> {
    MessageTag::builder().name(name).value(value).build()
}

fn incomplete(_: BuildError) -> SendError {
    SendError::rejected("incomplete")
}

fn address(setting: &str, text: &str) -> Result<String, ConfigError> {
    Email::parse(text).map(|email| email.reveal()).map_err(|error| ConfigError::new(setting, error))
}

/// A name as a header may carry it: a quoted string (RFC 5322) where it is ASCII, else encoded words
/// (RFC 2047), each at most 75 characters and of whole characters.
fn display_name(name: &str) -> String {
    if name.is_ascii() {
        return format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    }
    let mut words = vec![String::new()];
    for character in name.chars() {
        let encoded = quoted_printable(character);
        match words.last_mut() {
            Some(word) if word.len() + encoded.len() <= 63 => word.push_str(&encoded),
            _ => words.push(encoded),
        }
    }
    words.iter().map(|word| format!("=?UTF-8?Q?{word}?=")).collect::<Vec<_>>().join(" ")
}

fn quoted_printable(character: char) -> String {
    if character.is_ascii_alphanumeric() {
        return character.to_string();
    }
    character.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("={byte:02X}")).collect()
}

/// What to do about a failed call. The status decides, except for the codes that say otherwise.
fn classify<E: ProvideErrorMetadata, R: Status>(error: &SdkError<E, R>) -> SendError {
    let SdkError::ServiceError(service) = error else {
        return SendError::retry(match error {
            SdkError::TimeoutError(_) => "timeout",
            SdkError::DispatchFailure(_) => "connection",
            _ => "unknown",
        });
    };
    let code = service.err().code().unwrap_or("unknown");
    let message = service.err().message().unwrap_or_default().to_ascii_lowercase();
    match code {
        "MessageRejected" | "InvalidParameter" | "InvalidParameterException" | "EndpointDisabled"
            if ["suppress", "blacklist", "opted out"].iter().any(|word| message.contains(word)) =>
        {
            SendError::Suppressed
        }
        // The deployment's state, not the message's fault: whoever runs it can mend it meanwhile.
        "SendingPausedException"
        | "AccountSuspendedException"
        | "MailFromDomainNotVerifiedException"
        | "LimitExceededException"
        | "TooManyRequestsException"
        | "NotFoundException"
        | "NotFound"
        | "Throttling"
        | "ThrottlingException"
        | "Throttled"
        | "ThrottledException"
        | "RequestTimeout"
        | "RequestExpired" => SendError::retry(code),
        _ => match service.raw().status() {
            400 | 404..=407 | 409..=428 | 430..=499 => SendError::rejected(code),
            _ => SendError::retry(code),
        },
    }
}

/// An answer's HTTP status.
trait Status {
    fn status(&self) -> u16;
}

impl Status for aws_sdk_sesv2::config::http::HttpResponse {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }
}

#[cfg(test)]
mod tests;
