//! What can go wrong between here and DynamoDB.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::KeyPurpose;

/// The store could not do what it was asked. Whose fault: [`StoreError::is_retryable`].
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused, is throttled, or can't be reached.
    #[error("dynamodb {operation}: {code}")]
    Dynamo {
        /// Which call.
        operation: &'static str,
        /// The service's code, or how the connection failed.
        code: String,
    },
    /// KMS did not unwrap a key.
    #[error(transparent)]
    Keys(#[from] keys::KeysError),
    /// A key of the deployment has not been made yet: `rotate` has not run.
    #[error("the key for {0:?} is not in the vault yet")]
    NotReady(KeyPurpose),
    /// This function opened the store without that key.
    #[error("the store was opened without the key for {0:?}")]
    NoKey(KeyPurpose),
    /// The permanent key is not published yet: `rotate` has not run.
    #[error("the permanent key is not in the vault yet")]
    NoPermanentKey,
    /// Somebody else wrote first; the caller may read again and decide anew.
    #[error("somebody else wrote first")]
    Conflict,
    /// An item of a kind that nobody knows: it is neither exported nor erased until somebody says how.
    #[error("an item is of no known kind")]
    UnknownKind,
    /// An item, or one of its attributes, of which nobody has said what an export does with it. The text is
    /// the beginning of its key, or the attribute's name.
    #[error("an item's {0} is in no export and left out of none")]
    Unlisted(String),
    /// An item that can't be read.
    #[error("an item's {0} can't be read")]
    Corrupt(&'static str),
}

impl StoreError {
    /// Whether the world is at fault and a later try may succeed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Dynamo { code, .. } => !matches!(code.as_str(), "ValidationException" | "AccessDeniedException"),
            Self::Keys(_) | Self::NotReady(_) | Self::NoPermanentKey | Self::Conflict => true,
            Self::NoKey(_) | Self::UnknownKind | Self::Corrupt(_) | Self::Unlisted(_) => false,
        }
    }

    /// Whether DynamoDB refused for want of capacity.
    pub fn is_throttled(&self) -> bool {
        matches!(self, Self::Dynamo { code, .. }
            if matches!(code.as_str(), "ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded"))
    }

    /// What went wrong in `operation`, without anything that was sent or stored.
    pub(crate) fn dynamo<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> Self {
        let code = match error {
            SdkError::ServiceError(e) => e.err().code().unwrap_or("unknown"),
            SdkError::TimeoutError(_) => "timeout",
            SdkError::DispatchFailure(_) => "no connection",
            SdkError::ResponseError(_) => "unreadable answer",
            _ => "not sent",
        };
        Self::Dynamo { operation, code: code.to_owned() }
    }
}
