//! Why something was not sent. Says what to do about it, and never to whom it was going.

/// A mail or an SMS that did not go out.
///
/// The services name the address in their messages, so neither the message nor the source is kept:
/// `code` is the service's error code, or one of our own words (`timeout`, `connection`, `unknown`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may work later: throttled, paused, unreachable, out of order, or not set up yet.
    #[error("not sent, to be tried again: {code}")]
    Retry {
        /// What went wrong.
        code: String,
    },
    /// The address is on the provider's suppression list. It will not work later.
    #[error("not sent, the address is suppressed")]
    Suppressed,
    /// The service refuses this message or this address. It will not work later.
    #[error("not sent, refused: {code}")]
    Rejected {
        /// What went wrong.
        code: String,
    },
}

impl SendError {
    pub(crate) fn retry(code: &str) -> Self {
        Self::Retry { code: word(code) }
    }

    pub(crate) fn rejected(code: &str) -> Self {
        Self::Rejected { code: word(code) }
    }

    /// True for what may work later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Retry { .. })
    }
}

/// An error code is one word; whatever a service puts there instead is cut down to one.
fn word(code: &str) -> String {
    code.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_one_word_gets_through() {
        let error = SendError::rejected("MessageRejected: alice@example.com");
        assert_eq!(
            format!("{error} {error:?}"),
            "not sent, refused: MessageRejected Rejected { code: \"MessageRejected\" }"
        );
    }
}
