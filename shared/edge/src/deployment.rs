//! What a function is given: settings, clock, randomness, log, and where AWS is.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::{behavior_version::BehaviorVersion, http::SharedHttpClient};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{
    SdkConfig,
    region::Region,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};
use domain::{ConfigError, Rng, Settings, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

use crate::{Level, Log};

/// Everything that a function takes from the outside, as one value.
#[derive(Clone)]
pub struct Deployment {
    /// The configuration.
    pub settings: Settings,
    /// The clock, read once per request.
    pub clock: Clock,
    /// The source of randomness.
    pub rng: Rng,
    /// Where lines go.
    pub log: Log,
    /// Where AWS is, who we are there, and how long we wait for it.
    pub sdk: SdkConfig,
    /// How long a request may take: what has no answer by then is refused, for the time being.
    pub deadline: Duration,
}

impl Deployment {
    /// The deadline of a deployed function: before Lambda ends it, whose caller would be told
    /// nothing. `Timeout` of the template's `Globals` is longer.
    pub const DEADLINE: Duration = Duration::from_secs(8);

    /// The deployment that this process runs in: environment, system clock, system randomness.
    ///
    /// # Errors
    /// When a setting is missing or unusable.
    pub fn from_process() -> Result<Self, ConfigError> {
        // The one place where the environment is read.
        let settings = Settings::new(std::env::vars_os().filter_map(|(name, value)| {
            // A value that is no text is no setting of ours.
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));
        let log = Log::stdout().at_least(Level::from_settings(&settings)?);
        let sdk = Self::sdk(&settings, SdkTuning::default())?;
        Ok(Self { settings, clock: Clock::System, rng: seeded_by_the_system()?, log, sdk, deadline: Self::DEADLINE })
    }

    /// The SDK's configuration, made from the settings that Lambda gives: `AWS_REGION`, the
    /// function's credentials, and `AWS_ENDPOINT_URL[_SERVICE]` where AWS is elsewhere. By hand,
    /// because loading it (profiles, IMDS, STS) costs a cold start more than everything else.
    ///
    /// # Errors
    /// When region or credentials are missing.
    pub fn sdk(settings: &Settings, tuning: SdkTuning) -> Result<SdkConfig, ConfigError> {
        // Lambda's credentials outlive the instance, so they are never read again.
        let credentials = Credentials::new(
            settings.required("AWS_ACCESS_KEY_ID")?,
            settings.required("AWS_SECRET_ACCESS_KEY")?,
            settings.text("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "lambda",
        );
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(tuning.attempt_timeout.min(Duration::from_secs(1)))
            .operation_attempt_timeout(tuning.attempt_timeout)
            .operation_timeout(tuning.operation_timeout())
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(tuning.max_attempts)
            .with_initial_backoff(tuning.initial_backoff)
            .with_max_backoff(SdkTuning::MAX_BACKOFF);
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(settings.required("AWS_REGION")?.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .timeout_config(timeouts)
            .retry_config(retries)
            .sleep_impl(TokioSleep::new())
            .http_client(http_client())
            .service_config(Endpoints(settings.clone()));
        builder.set_endpoint_url(settings.text("AWS_ENDPOINT_URL").map(str::to_owned));
        Ok(builder.build())
    }
}

/// How patient we are with AWS.
#[derive(Clone, Copy, Debug)]
pub struct SdkTuning {
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// The wait before the second attempt; it doubles from there, with jitter.
    pub initial_backoff: Duration,
    /// Attempts in all.
    pub max_attempts: u32,
}

impl SdkTuning {
    const MAX_BACKOFF: Duration = Duration::from_secs(1);

    fn operation_timeout(self) -> Duration {
        (self.attempt_timeout + Self::MAX_BACKOFF).saturating_mul(self.max_attempts.max(1))
    }
}

impl Default for SdkTuning {
    fn default() -> Self {
        Self { attempt_timeout: Duration::from_secs(2), initial_backoff: Duration::from_millis(50), max_attempts: 3 }
    }
}

/// One pool of connections and one TLS configuration per process, however many deployments (a
/// test makes its own) live in it. On ring: the first TLS connection on aws-lc costs a small
/// function a quarter of a second.
fn http_client() -> SharedHttpClient {
    static CLIENT: OnceLock<SharedHttpClient> = OnceLock::new();
    let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    CLIENT.get_or_init(|| Builder::new().tls_provider(ring).build_https()).clone()
}

/// `AWS_ENDPOINT_URL_DYNAMODB` and the like, which the SDKs ask for by service.
struct Endpoints(Settings);

impl std::fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Endpoints")
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_ascii_uppercase().replace(' ', "_");
        self.0.text(&format!("{}_{service}", key.env())).map(str::to_owned)
    }
}

/// The clock.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// One that somebody else moves: milliseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The time, to the millisecond.
    pub fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
        let ms = match self {
            Self::System => Timestamp::now().as_millisecond(),
            Self::Manual(ms) => ms.load(Ordering::SeqCst),
        };
        Timestamp::from_millisecond(ms).unwrap_or_default()
    }
}

/// A generator that nobody can foretell: each instance of a function has its own seed.
fn seeded_by_the_system() -> Result<Rng, ConfigError> {
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| ConfigError::new("randomness", "the system gives none"))?;
    Ok(Rng::seeded(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new([("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s")])
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Deployment::sdk(&Settings::default(), SdkTuning::default()).unwrap_err();
        assert_eq!(error.to_string(), "setting AWS_ACCESS_KEY_ID: is not set");
    }

    #[test]
    fn no_two_instances_have_the_same_randomness() {
        let one = seeded_by_the_system().unwrap().bytes::<32>();
        assert_ne!(one, seeded_by_the_system().unwrap().bytes::<32>());
        assert_ne!(one, Rng::seeded([0; 32]).bytes::<32>());
    }

    #[test]
    fn each_service_may_have_an_endpoint_of_its_own() {
        let endpoints = Endpoints(settings().with([("AWS_ENDPOINT_URL_DYNAMODB", "http://localhost:8000")]));
        let key = |service| {
            ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("p").build().unwrap()
        };
        assert_eq!(endpoints.load_config(key("DynamoDB")).as_deref(), Some("http://localhost:8000"));
        assert_eq!(endpoints.load_config(key("KMS")), None);
    }

    #[test]
    fn an_operation_lasts_as_long_as_its_attempts() {
        let sdk = Deployment::sdk(&settings(), SdkTuning::default()).unwrap();
        let timeouts = sdk.timeout_config().unwrap();
        assert_eq!(timeouts.operation_attempt_timeout(), Some(Duration::from_secs(2)));
        assert_eq!(timeouts.operation_timeout(), Some(Duration::from_secs(9)));
        assert_eq!(sdk.endpoint_url(), None);
    }

    #[test]
    fn a_manual_clock_stands_still_until_it_is_moved() {
        let ms = Arc::new(AtomicI64::new(1_000));
        let clock = Clock::Manual(ms.clone());
        assert_eq!(clock.now(), Timestamp::from_millisecond(1_000).unwrap());
        ms.fetch_add(500, Ordering::SeqCst);
        assert_eq!(clock.now(), Timestamp::from_millisecond(1_500).unwrap());
    }
}
