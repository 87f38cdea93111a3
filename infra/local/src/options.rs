//! What a system is started with, and why it may not start.

use std::{path::PathBuf, time::Duration};

use domain::{ConfigError, Rng};
use edge::{Clock, Deployment, Log, SdkTuning};
use thiserror::Error;

use crate::{functions::FOREVER, random, template::TemplateError};

/// What a system is started with. The default is what tests want: any ports,
/// memory, the system's clock, a log that is dropped.
#[derive(Clone, Debug)]
pub struct Options {
    /// The gateway's port; 0 is any.
    pub port: u16,
    /// The AWS endpoint's port; 0 is any.
    pub aws_port: u16,
    /// Where everything is kept; memory if absent.
    pub data: Option<PathBuf>,
    /// The functions' clock.
    pub clock: Clock,
    /// The functions' randomness.
    pub rng: Rng,
    /// Where the functions' log goes.
    pub log: Log,
    /// Parameters of the template that differ from their defaults, such as `SigningMode`.
    pub parameters: Vec<(String, String)>,
    /// Settings that every function is given on top of the template's environment.
    pub settings: Vec<(String, String)>,
    /// Another AWS to send DynamoDB, KMS, SES and SNS requests on to.
    pub upstream: Option<String>,
    /// Whether a request may say where it comes from ([`crate::SOURCE_IP`]).
    pub trust_source_ip_header: bool,
    /// Whether RSA keys come from a few that the process makes once.
    pub pooled_rsa: bool,
    /// Whether a function is ended when its time is up, and the gateway's too. A test's thousand
    /// requests at once share two cores here, where Lambda would give each an instance.
    pub timeouts: bool,
    /// How long a function itself gives a request.
    pub deadline: Duration,
    /// How patient the functions' SDK clients are.
    pub tuning: SdkTuning,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            aws_port: 0,
            data: None,
            clock: Clock::System,
            rng: Rng::seeded(random()),
            log: Log::capture().0,
            parameters: Vec::new(),
            settings: Vec::new(),
            upstream: None,
            trust_source_ip_header: true,
            pooled_rsa: true,
            timeouts: false,
            deadline: FOREVER,
            tuning: SdkTuning {
                attempt_timeout: Duration::from_millis(500),
                initial_backoff: Duration::from_millis(1),
                max_attempts: 3,
            },
        }
    }
}

impl Options {
    /// What a person wants: the usual ports, lines on standard output, own RSA keys.
    #[must_use]
    pub fn interactive() -> Options {
        Options {
            port: 3000,
            aws_port: 4566,
            log: Log::stdout(),
            trust_source_ip_header: false,
            pooled_rsa: false,
            timeouts: true,
            deadline: Deployment::DEADLINE,
            tuning: SdkTuning::default(),
            ..Options::default()
        }
    }
}

/// Why a system did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Somebody else listens there.
    #[error("port {port} is taken. Choose another with {flag} PORT, or 0 for any")]
    PortTaken {
        /// The port.
        port: u16,
        /// The flag that sets it.
        flag: &'static str,
    },
    /// The port can't be listened on.
    #[error("can't listen on port {port}: {error}")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        error: std::io::Error,
    },
    /// What is kept can't be read or written.
    #[error("can't use {}: {error}", path.display())]
    Data {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        error: String,
    },
    /// The template is not understood.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A setting that nobody reads.
    #[error("{name:?} is no setting: {instead}")]
    UnknownSetting {
        /// Its name.
        name: String,
        /// What may have been meant.
        instead: String,
    },
    /// A setting is missing or unusable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Tables, keys or the first keys in the vault could not be made.
    #[error("can't set up: {0}")]
    SetUp(String),
}
