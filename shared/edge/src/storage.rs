//! Failures of the store, as callers see them.

use store::StoreError;

use crate::{Kind, OAuthError, Problem};

/// When a caller may try again, in seconds.
pub(crate) const RETRY_AFTER: u64 = 1;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::new(Kind::Conflict),
            error if error.is_retryable() => Self::unavailable(RETRY_AFTER, &error),
            error => Self::internal(&error),
        }
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        if error.is_retryable() { Self::unavailable(RETRY_AFTER, &error) } else { Self::internal(&error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OAuthCode;

    #[test]
    fn what_may_pass_is_worth_a_retry_and_what_is_broken_is_ours() {
        let dynamo = |code: &str| StoreError::Dynamo { operation: "GetItem", code: code.to_owned() };
        assert_eq!(Problem::from(dynamo("timeout")).kind(), Kind::Unavailable);
        assert_eq!(Problem::from(dynamo("AccessDeniedException")).kind(), Kind::Internal);
        assert_eq!(OAuthError::from(StoreError::Conflict).code(), OAuthCode::TemporarilyUnavailable);
        assert_eq!(OAuthError::from(StoreError::Corrupt("epoch")).code(), OAuthCode::ServerError);
    }
}
