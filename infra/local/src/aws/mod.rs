//! The AWS that Portico calls, on one machine: DynamoDB with its streams, KMS,
//! SES v2, SNS's `Publish`, S3 with Object Lock and Lambda's `Invoke`, behind one endpoint.
//!
//! A request passes five steps, in `front`: who asks (`ask`), may they
//! (`checks`, [`rights`]), does a test want it to fail ([`faults`]), the
//! service itself, and the record of the call ([`calls`]). A service is one
//! file here; to add one, teach `ask` to recognise it, `checks` what it needs
//! the right for, and `front` where to send it.

mod ask;
pub mod calls;
pub(crate) mod checks;
mod connector;
pub(crate) mod dynamodb;
pub mod faults;
pub(crate) mod front;
pub(crate) mod kms;
mod reply;
pub mod rights;
pub(crate) mod s3;
pub(crate) mod ses;
mod sns;
mod upstream;

pub(crate) use ask::decoded;
pub(crate) use connector::{REQUEST, client as in_process_client};
pub(crate) use front::Front;
pub(crate) use reply::escaped;
pub(crate) use upstream::Upstream;

use serde::Serialize;

/// A service of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// DynamoDB Streams.
    Streams,
    /// Key Management Service.
    Kms,
    /// Simple Email Service, v2.
    Ses,
    /// Simple Notification Service.
    Sns,
    /// Simple Storage Service.
    S3,
    /// Lambda.
    Lambda,
    /// Security Token Service.
    Sts,
}

impl Service {
    /// The service's prefix in IAM's actions and ARNs.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Service::DynamoDb | Service::Streams => "dynamodb",
            Service::Kms => "kms",
            Service::Ses => "ses",
            Service::Sns => "sns",
            Service::S3 => "s3",
            Service::Lambda => "lambda",
            Service::Sts => "sts",
        }
    }
}

/// Who signed a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Anyone who is no function: the AWS CLI, a test, this machine itself.
    Operator,
    /// A function, by its flow.
    Function(String),
}

impl Caller {
    pub(crate) fn function(&self) -> Option<&str> {
        match self {
            Caller::Operator => None,
            Caller::Function(flow) => Some(flow),
        }
    }
}

/// The access key id that a flow's function signs with.
#[must_use]
pub fn access_key(flow: &str) -> String {
    format!("{FUNCTION}{}", flow.to_uppercase())
}

const FUNCTION: &str = "FUNCTION";

#[cfg(test)]
mod tests;
