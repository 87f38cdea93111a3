//! The way to apps: by `dispatch`, which alone calls addresses that somebody else chose.

use std::time::Duration;

use domain::{ConfigError, Permit, RelyingParty, Settings};
use serde::Deserialize;
use serde_json::json;
use wire::{CallError, Invoked, Wire};

/// How much longer it takes than a service of AWS: what an app is given, and a cold start.
const LONGER: Duration = Duration::from_secs(4);

/// Word did not get through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DispatchError {
    /// Lambda failed, or did not let us.
    #[error(transparent)]
    Invoke(#[from] CallError),
    /// It answered what it never does: it ended before its time.
    #[error("dispatch gave no answer")]
    NoAnswer,
    /// The address may not be called. It will not work later.
    #[error("the app's address may not be called")]
    NotAllowed,
    /// The app can't be reached, by one of `dispatch`'s words.
    #[error("the app was not reached: {0}")]
    NotReached(String),
    /// The app did not take it.
    #[error("the app answered {0}")]
    Answered(u16),
}

/// `dispatch`, as a function that is invoked.
#[derive(Clone, Debug)]
pub(crate) struct Dispatch(Invoked);

/// What it answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Status { status: u16 },
    Error { error: String },
}

impl Dispatch {
    /// Reads `DISPATCH_FUNCTION`: its name.
    pub(crate) fn new(wire: Option<Wire>, settings: &Settings) -> Result<Self, ConfigError> {
        let name = settings.required("DISPATCH_FUNCTION")?;
        let wire = wire.ok_or_else(|| ConfigError::new("DISPATCH_FUNCTION", "can't be reached"))?;
        let invoked = Invoked::new(wire.once(LONGER), name);
        invoked.map(Self).ok_or_else(|| ConfigError::new("DISPATCH_FUNCTION", "is no function's name"))
    }

    /// Posts a logout token to an app (OpenID Connect Back-Channel Logout §2.5). Only 200 says that it was taken
    /// (§2.8); a 204 can mean nothing else.
    pub(crate) async fn send(
        &self,
        _permit: Permit<RelyingParty>,
        url: &str,
        logout_token: &str,
    ) -> Result<(), DispatchError> {
        let content_type = "application/x-www-form-urlencoded";
        // A compact JWS has no letter that a form would encode.
        let call = json!({"url": url, "body": format!("logout_token={logout_token}"), "content_type": content_type});
        read(&self.0.invoke(call.to_string().into_bytes()).await?)
    }
}

fn read(body: &[u8]) -> Result<(), DispatchError> {
    match serde_json::from_slice(body).map_err(|_| DispatchError::NoAnswer)? {
        Answer::Status { status: 200 | 204 } => Ok(()),
        Answer::Status { status } => Err(DispatchError::Answered(status)),
        Answer::Error { error } if error == "not_allowed" => Err(DispatchError::NotAllowed),
        Answer::Error { error } => Err(DispatchError::NotReached(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_taken_was_told() {
        assert_eq!(read(br#"{"status": 200}"#), Ok(()));
        assert_eq!(read(br#"{"status": 204}"#), Ok(()));
        for status in [201, 302, 400, 404, 501, 503] {
            assert_eq!(read(json!({"status": status}).to_string().as_bytes()), Err(DispatchError::Answered(status)));
        }
        assert_eq!(read(br#"{"error": "not_allowed"}"#), Err(DispatchError::NotAllowed));
        assert_eq!(read(br#"{"error": "timeout"}"#), Err(DispatchError::NotReached("timeout".to_owned())));
        for lost in ["", "null", r#"{"errorType": "Unhandled", "errorMessage": "timed out"}"#] {
            assert_eq!(read(lost.as_bytes()), Err(DispatchError::NoAnswer), "{lost}");
        }
    }
}
