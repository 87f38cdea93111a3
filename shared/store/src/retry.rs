//! Which refusals of DynamoDB the SDK tries again, beyond those that it knows.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

/// Conflicts with another transaction, and transactions cancelled by one or for want of capacity.
/// They changed nothing, and the SDK sends each try with the same idempotency token.
#[derive(Debug)]
pub(crate) struct Conflicts;

impl ClassifyRetry for Conflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let Some(error) = error.as_operation_error() else { return RetryAction::NoActionIndicated };
        if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.downcast_ref() {
            let codes = || cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
            let is_final = |code: &str| {
                matches!(code, "ConditionalCheckFailed" | "ValidationError" | "ItemCollectionSizeLimitExceeded")
            };
            if !codes().any(is_final) && codes().any(|code| code != "None") {
                return RetryAction::transient_error();
            }
        }
        if Self::is_conflict(error) { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "DynamoDB conflicts"
    }
}

impl Conflicts {
    fn is_conflict(error: &aws_smithy_runtime_api::client::interceptors::context::Error) -> bool {
        use aws_sdk_dynamodb::operation::{
            delete_item::DeleteItemError, put_item::PutItemError, update_item::UpdateItemError,
        };
        let code = None
            .or_else(|| error.downcast_ref::<UpdateItemError>().map(|e| e.code()))
            .or_else(|| error.downcast_ref::<PutItemError>().map(|e| e.code()))
            .or_else(|| error.downcast_ref::<DeleteItemError>().map(|e| e.code()))
            .flatten();
        code == Some("TransactionConflictException")
    }
}

/// Why a transaction was cancelled, item by item: true where the item's condition failed.
pub(crate) fn failed_conditions<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<Vec<bool>> {
    let SdkError::ServiceError(service) = error else { return None };
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = service.err() else { return None };
    let failed: Vec<bool> =
        cancelled.cancellation_reasons().iter().map(|reason| reason.code() == Some("ConditionalCheckFailed")).collect();
    failed.contains(&true).then_some(failed)
}
