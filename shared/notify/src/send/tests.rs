//! What goes over the wire, and what comes of each answer.

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::region::Region;
use domain::{Carrier, Permit, PhoneNumber, Rng, Timestamp, Transfers};
use serde_json::{Value, json};

use super::*;

/// Keeps what was sent, and gives one answer to everything; status 0 is a dead line.
#[derive(Clone, Debug)]
struct Wire {
    sent: Arc<Mutex<Vec<String>>>,
    status: u16,
    answer: String,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        self.sent.lock().unwrap().push(String::from_utf8(body.to_vec()).unwrap());
        if self.status == 0 {
            return HttpConnectorFuture::ready(Err(ConnectorError::io("refused".into())));
        }
        let mut response = HttpResponse::new(self.status.try_into().unwrap(), SdkBody::from(self.answer.as_str()));
        let code = serde_json::from_str(&self.answer).ok().and_then(|v: Value| Some(v["code"].as_str()?.to_owned()));
        if let Some(code) = code {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn notify(brand: &str, status: u16, answer: &str) -> (Notify, Wire) {
    let wire = Wire { sent: Arc::default(), status, answer: answer.to_owned() };
    let connector = SharedHttpConnector::new(wire.clone());
    let sdk = SdkConfig::builder()
        .behavior_version(aws_sdk_sesv2::config::BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys("AKID", "secret", None)))
        .retry_config(RetryConfig::disabled())
        .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
        .build();
    let settings = Settings::new([
        ("BRAND_NAME", brand),
        ("SENDER", "no-reply@example.com"),
        ("REPLY_TO", "help@example.com"),
        ("SES_CONFIGURATION_SET", "portico"),
    ]);
    (Notify::new(&sdk, &settings).unwrap(), wire)
}

fn mail() -> Mail {
    Mail {
        to: Email::parse("ada@example.org").unwrap(),
        kind: "registration",
        subject: "Bestätigen".into(),
        text: "402917".into(),
        html: "<b>402917</b>".into(),
    }
}

fn permit<R: Carrier>() -> Permit<R> {
    let transfers = Transfers::read(&Settings::new([("AWS_REGION", "eu-central-1")])).unwrap();
    transfers.allow(None, Timestamp::UNIX_EPOCH).unwrap()
}

fn outbox() -> OutboxId {
    OutboxId::generate(Timestamp::UNIX_EPOCH, &Rng::seeded([1; 32]))
}

#[tokio::test]
async fn a_mail_goes_out_whole() {
    let (notify, wire) = notify("Bäcker", 200, r#"{"MessageId":"m-1"}"#);
    assert_eq!(notify.send(permit(), &mail(), &outbox()).await, Ok(ProviderMessageId("m-1".into())));
    let sent: Value = serde_json::from_str(&wire.sent.lock().unwrap()[0]).unwrap();
    let utf8 = |text: &str| json!({"Data": text, "Charset": "UTF-8"});
    assert_eq!(
        sent,
        json!({
            "FromEmailAddress": "=?UTF-8?Q?B=C3=A4cker?= <no-reply@example.com>",
            "Destination": {"ToAddresses": ["ada@example.org"]},
            "ReplyToAddresses": ["help@example.com"],
            "ConfigurationSetName": "portico",
            "Content": {"Simple": {
                "Subject": utf8("Bestätigen"),
                "Body": {"Text": utf8("402917"), "Html": utf8("<b>402917</b>")},
                "Headers": [
                    {"Name": "Auto-Submitted", "Value": "auto-generated"},
                    {"Name": "X-Auto-Response-Suppress", "Value": "All"},
                    {"Name": "X-Entity-Ref-ID", "Value": outbox().to_string()},
                ],
            }},
            "EmailTags": [
                {"Name": "portico-kind", "Value": "registration"},
                {"Name": "portico-outbox", "Value": outbox().to_string()},
            ],
        })
    );
}

#[tokio::test]
async fn each_failure_says_whether_to_try_again() {
    let retry = |code: &str| SendError::retry(code);
    let rejected = |code: &str| SendError::rejected(code);
    let who = "Email address is not verified: ada@example.org";
    for (status, code, message, expected) in [
        (429, "TooManyRequestsException", "slow down", retry("TooManyRequestsException")),
        (400, "SendingPausedException", "", retry("SendingPausedException")),
        (400, "LimitExceededException", "", retry("LimitExceededException")),
        (400, "AccountSuspendedException", "", retry("AccountSuspendedException")),
        (404, "NotFoundException", "no such configuration set", retry("NotFoundException")),
        (403, "AccessDeniedException", "", retry("AccessDeniedException")),
        (500, "InternalFailure", "", retry("InternalFailure")),
        (503, "ServiceUnavailable", "", retry("ServiceUnavailable")),
        (400, "MessageRejected", who, rejected("MessageRejected")),
        (400, "BadRequestException", who, rejected("BadRequestException")),
        (400, "MessageRejected", "Address is on the suppression list", SendError::Suppressed),
        (0, "", "", retry("connection")),
    ] {
        let (notify, _) = notify("Acme", status, &json!({"code": code, "message": message}).to_string());
        let error = notify.send(permit(), &mail(), &outbox()).await.unwrap_err();
        assert_eq!(error, expected, "{code}");
        assert!(!format!("{error:?} {error}").contains("ada"), "{error:?}");
    }
}

#[tokio::test]
async fn an_sms_is_transactional() {
    let answer = "<PublishResponse><PublishResult><MessageId>s-1</MessageId></PublishResult></PublishResponse>";
    let (notify, wire) = notify("Acme", 200, answer);
    let sms = Sms { to: PhoneNumber::parse("+4915112345678").unwrap(), text: "402917 is your code".into() };
    assert_eq!(notify.send_sms(permit(), &sms).await, Ok(ProviderMessageId("s-1".into())));
    let sent = wire.sent.lock().unwrap()[0].clone();
    for part in ["Action=Publish", "PhoneNumber=%2B4915112345678", "Message=402917", "SMSType", "Transactional"] {
        assert!(sent.contains(part), "{part} in {sent}");
    }
}

#[test]
fn a_name_is_written_as_headers_can_carry_it() {
    assert_eq!(display_name("Acme, \"Inc\""), r#""Acme, \"Inc\"""#);
    let long = display_name(&"ä b".repeat(20));
    assert!(long.split(' ').all(|word| word.len() <= 75 && word.starts_with("=?UTF-8?Q?") && word.ends_with("?=")));
    assert!(long.split(' ').all(|word| !word.ends_with("=C3?=")), "{long}");
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let sdk = SdkConfig::builder().build();
    for (name, value) in
        [("SENDER", ""), ("SENDER", "Acme <a@example.com>"), ("REPLY_TO", "nobody"), ("BRAND_NAME", "")]
    {
        let settings = Settings::new([("BRAND_NAME", "Acme"), ("SENDER", "a@example.com")]).with([(name, value)]);
        let Err(error) = Notify::new(&sdk, &settings) else { panic!("{name}={value} was taken") };
        assert_eq!(error.name, name);
    }
}
