//! When the SDK must not send again.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

/// Without an answer, or with one of HTTP 500, 502 or 504, a message may have been taken all the
/// same, and a second try is a second message. The outbox tries again later, once: three tries at
/// once would be three mails. What was certainly refused (throttled, unavailable) is tried at once.
#[derive(Debug)]
pub(crate) struct Perhaps;

impl ClassifyRetry for Perhaps {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let is_silent = matches!(context.output_or_error(), Some(Err(error)) if error.is_timeout_error());
        let status = context.response().map(|response| response.status().as_u16());
        if is_silent || matches!(status, Some(500 | 502 | 504)) {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "taken perhaps"
    }
}
