//! Calls of AWS for which no SDK pays: signed, sent, sent again if need be.
//!
//! What lives here: a request's signature, which is the SDK's own (`aws-sigv4`), and its way, by the SDK's
//! connections, retries and timeouts. What may not: what a service is asked, which is its caller's: `archive`
//! for S3, and whoever invokes a function for what that does.

mod invoke;

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

pub use invoke::Invoked;

/// A service did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service}: {code}")]
pub struct CallError {
    service: &'static str,
    /// The answer's status; 0 where there was none.
    status: u16,
    /// The service's code, or how the connection failed.
    code: String,
}

impl CallError {
    /// Whether it was answered with this status.
    pub fn is(&self, status: u16) -> bool {
        self.status == status
    }

    /// It could not even be sent.
    pub fn unsent(service: &'static str) -> Self {
        Self { service, status: 0, code: "not sent".to_owned() }
    }

    fn answered(service: &'static str, response: &HttpResponse) -> Self {
        let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned();
        let in_xml = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
        let code = in_xml.or_else(|| response.headers().get("x-amzn-errortype"));
        let status = response.status().as_u16();
        // One word, whatever it is that answers there.
        let word = |code: &str| code.chars().take_while(char::is_ascii_alphanumeric).take(64).collect::<String>();
        Self { service, status, code: code.map(word).unwrap_or_else(|| status.to_string()) }
    }
}

/// The body of an answer.
pub struct Answer(pub Vec<u8>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} bytes)", self.0.len())
    }
}

/// How requests to one service are signed and sent.
#[derive(Clone, Debug)]
pub struct Wire {
    sdk: SdkConfig,
    credentials: SharedCredentialsProvider,
    region: Region,
    time: SharedTimeSource,
    service: &'static str,
}

impl Wire {
    /// To the service of this name, in the configuration's region. None if there is no region, nobody to sign
    /// as, or no client.
    pub fn new(sdk: &SdkConfig, service: &'static str) -> Option<Self> {
        sdk.http_client()?;
        Some(Self {
            credentials: sdk.credentials_provider()?,
            region: sdk.region()?.clone(),
            time: sdk.time_source().unwrap_or_default(),
            sdk: sdk.clone(),
            service,
        })
    }

    /// The same, sending each request once, and waiting so much longer for its answer: where the service itself
    /// waits for somebody.
    #[must_use]
    pub fn once(self, longer: Duration) -> Self {
        let patient = self.patient(longer);
        let sdk = patient.sdk.into_builder().retry_config(RetryConfig::disabled()).build();
        Self { sdk, ..patient }
    }

    /// The same, waiting so much longer for an answer, and no longer for that of another attempt.
    #[must_use]
    pub fn patient(mut self, longer: Duration) -> Self {
        let usual = self.sdk.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled);
        let attempt = usual.operation_attempt_timeout().map(|usual| usual + longer);
        let mut timeouts = usual.to_builder();
        timeouts.set_operation_attempt_timeout(attempt).set_operation_timeout(attempt);
        self.sdk = self.sdk.into_builder().timeout_config(timeouts.build()).build();
        self
    }

    /// What addresses of the region's services end with.
    pub fn suffix(&self) -> &'static str {
        if self.region.as_ref().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// The region.
    pub fn region(&self) -> &str {
        self.region.as_ref()
    }

    /// Where AWS is, if it is elsewhere: without a slash at the end.
    pub fn endpoint(&self) -> Option<&str> {
        self.sdk.endpoint_url().map(|endpoint| endpoint.trim_end_matches('/'))
    }

    /// Posts JSON to a path of the service.
    ///
    /// # Errors
    /// When the service fails or refuses.
    pub async fn post(&self, operation: &'static str, path: &str, body: Vec<u8>) -> Result<Answer, CallError> {
        let base = match self.endpoint() {
            Some(endpoint) => endpoint.to_owned(),
            None => format!("https://{}.{}.{}", self.service, self.region, self.suffix()),
        };
        let mut request = HttpRequest::new(SdkBody::from(body));
        let made = request.set_method("POST").is_ok() && request.set_uri(format!("{base}{path}")).is_ok();
        if !made {
            return Err(CallError::unsent(self.service));
        }
        request.headers_mut().insert("content-type", "application/json");
        self.send(operation, request).await
    }

    /// Sends a request to the service.
    ///
    /// # Errors
    /// When the service fails or refuses.
    pub async fn send(&self, operation: &'static str, mut request: HttpRequest) -> Result<Answer, CallError> {
        self.sign(&mut request).await.ok_or_else(|| CallError::unsent(self.service))?;
        send((&self.sdk, self.service), operation, request).await
    }

    /// Signature Version 4 as S3 has it: the path as it is, and a digest of the body. (Other services would
    /// encode the path twice, which is the same for what needs no encoding.)
    async fn sign(&self, request: &mut HttpRequest) -> Option<()> {
        let identity = self.credentials.provide_credentials().await.ok()?.into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let now: SystemTime = self.time.now();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region.as_ref())
            .name(self.service)
            .time(now)
            .settings(settings)
            .build()
            .ok()?
            .into();
        let body = SignableBody::Bytes(request.body().bytes()?);
        let signable = SignableRequest::new(request.method(), request.uri(), request.headers().iter(), body).ok()?;
        let (signed, _) = sign(signable, &params).ok()?.into_parts();
        let (headers, _) = signed.into_parts();
        for header in headers {
            request.headers_mut().try_insert(header.name(), header.value().to_owned()).ok()?;
        }
        Some(())
    }
}

/// Sends a request without a signature.
///
/// # Errors
/// When there is no answer, or none of success.
pub async fn send_unsigned(sdk: &SdkConfig, service: &'static str, request: HttpRequest) -> Result<Answer, CallError> {
    send((sdk, service), "Fetch", request).await
}

async fn send(
    (sdk, service): (&SdkConfig, &'static str),
    operation: &'static str,
    request: HttpRequest,
) -> Result<Answer, CallError> {
    let (Some(client), Some(retries), Some(timeouts), Some(sleep)) =
        (sdk.http_client(), sdk.retry_config(), sdk.timeout_config(), sdk.sleep_impl())
    else {
        return Err(CallError::unsent(service));
    };
    let origin = origin(request.uri()).ok_or_else(|| CallError::unsent(service))?.to_owned();
    let mut builder = Operation::builder();
    if let Some(version) = sdk.behavior_version() {
        builder = builder.behavior_version(version);
    }
    let operation = builder
        .service_name(service)
        .operation_name(operation)
        .http_client(client)
        .endpoint_url(&origin)
        .no_auth()
        .standard_retry(retries)
        .retry_classifier(TransientErrorClassifier::<CallError>::new())
        .retry_classifier(HttpStatusCodeClassifier::new_from_codes(PASSING))
        .timeout_config(timeouts.clone())
        .sleep_impl(sleep)
        .serializer(Parts::into_request)
        .deserializer(move |response: &HttpResponse| match response.status().is_success() {
            true => Ok(Answer(response.body().bytes().unwrap_or_default().to_vec())),
            false => Err(OrchestratorError::operation(CallError::answered(service, response))),
        })
        .build();
    operation.invoke(Parts::of(&request, &origin)).await.map_err(|error| match error {
        SdkError::ServiceError(error) => error.into_err(),
        SdkError::TimeoutError(_) => CallError { service, status: 0, code: "timeout".to_owned() },
        SdkError::DispatchFailure(_) => CallError { service, status: 0, code: "no connection".to_owned() },
        _ => CallError { service, status: 0, code: "unreadable answer".to_owned() },
    })
}

/// Statuses by which a service says that it may work in a moment: Lambda throttles with the first, S3 with the last but
/// one.
const PASSING: &[u16] = &[429, 500, 502, 503, 504];

/// `https://host:port` of an address.
fn origin(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    let host = rest.split('/').next()?;
    uri.get(..scheme.len() + 3 + host.len())
}

/// A request without its origin, which the endpoint adds.
struct Parts {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Parts {
    fn of(request: &HttpRequest, origin: &str) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            method: request.method().to_owned(),
            path: request.uri().get(origin.len()..).unwrap_or_default().to_owned(),
            headers: request.headers().iter().map(own).collect(),
            body: request.body().bytes().unwrap_or_default().to_vec(),
        }
    }

    fn into_request(self) -> Result<HttpRequest, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method(&self.method)?;
        request.set_uri(if self.path.is_empty() { "/".to_owned() } else { self.path })?;
        for (name, value) in self.headers {
            request.headers_mut().try_insert(name, value)?;
        }
        Ok(request)
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}
