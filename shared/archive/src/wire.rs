//! One request: signed, sent, sent again if need be.

use std::fmt;
use std::time::SystemTime;

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
use aws_types::SdkConfig;
use aws_types::region::Region;

/// S3 did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("s3: {code}")]
pub struct ArchiveError {
    /// The answer's status; 0 where there was none.
    status: u16,
    /// S3's code, or how the connection failed.
    code: String,
}

impl ArchiveError {
    pub(crate) fn is(&self, status: u16) -> bool {
        self.status == status
    }

    pub(crate) fn unsent() -> Self {
        Self { status: 0, code: "not sent".to_owned() }
    }

    fn answered(response: &HttpResponse) -> Self {
        let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned();
        let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
        let status = response.status().as_u16();
        // One word, whatever it is that answers there.
        let word = |code: &str| code.chars().take_while(char::is_ascii_alphanumeric).take(64).collect::<String>();
        Self { status, code: code.map(word).unwrap_or_else(|| status.to_string()) }
    }
}

/// The body of an answer.
pub(crate) struct Answer(pub(crate) Vec<u8>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} bytes)", self.0.len())
    }
}

/// How requests are signed and sent.
#[derive(Clone)]
pub(crate) struct Wire {
    sdk: SdkConfig,
    credentials: SharedCredentialsProvider,
    region: Region,
    time: SharedTimeSource,
}

impl Wire {
    pub(crate) fn new(
        sdk: &SdkConfig,
        credentials: SharedCredentialsProvider,
        region: Region,
        time: SharedTimeSource,
    ) -> Option<Self> {
        sdk.http_client()?;
        Some(Self { sdk: sdk.clone(), credentials, region, time })
    }

    pub(crate) async fn send(&self, operation: &'static str, mut request: HttpRequest) -> Result<Answer, ArchiveError> {
        self.sign(&mut request).await.ok_or_else(ArchiveError::unsent)?;
        send(&self.sdk, operation, request).await
    }

    /// Signature Version 4 as S3 has it: the path as it is, and a digest of the body.
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
            .name("s3")
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
pub(crate) async fn send_unsigned(sdk: &SdkConfig, request: HttpRequest) -> Result<Answer, ArchiveError> {
    send(sdk, "Fetch", request).await
}

async fn send(sdk: &SdkConfig, operation: &'static str, request: HttpRequest) -> Result<Answer, ArchiveError> {
    let (Some(client), Some(retries), Some(timeouts), Some(sleep)) =
        (sdk.http_client(), sdk.retry_config(), sdk.timeout_config(), sdk.sleep_impl())
    else {
        return Err(ArchiveError::unsent());
    };
    let origin = origin(request.uri()).ok_or_else(ArchiveError::unsent)?.to_owned();
    let mut builder = Operation::builder();
    if let Some(version) = sdk.behavior_version() {
        builder = builder.behavior_version(version);
    }
    let operation = builder
        .service_name("archive")
        .operation_name(operation)
        .http_client(client)
        .endpoint_url(&origin)
        .no_auth()
        .standard_retry(retries)
        .retry_classifier(TransientErrorClassifier::<ArchiveError>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .timeout_config(timeouts.clone())
        .sleep_impl(sleep)
        .serializer(Parts::into_request)
        .deserializer(|response: &HttpResponse| match response.status().is_success() {
            true => Ok(Answer(response.body().bytes().unwrap_or_default().to_vec())),
            false => Err(OrchestratorError::operation(ArchiveError::answered(response))),
        })
        .build();
    operation.invoke(Parts::of(&request, &origin)).await.map_err(|error| match error {
        SdkError::ServiceError(error) => error.into_err(),
        SdkError::TimeoutError(_) => ArchiveError { status: 0, code: "timeout".to_owned() },
        SdkError::DispatchFailure(_) => ArchiveError { status: 0, code: "no connection".to_owned() },
        _ => ArchiveError { status: 0, code: "unreadable answer".to_owned() },
    })
}

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
