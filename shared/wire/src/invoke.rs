//! A function that another one invokes, and waits for.

use std::time::Duration;

use crate::{CallError, Wire};

/// A function of ours.
#[derive(Clone, Debug)]
pub struct Invoked {
    wire: Wire,
    path: String,
}

impl Invoked {
    /// The function of this name, each time once, which takes so much longer than a service of AWS. None if that is
    /// no function's name.
    pub fn new(lambda: Wire, name: &str, longer: Duration) -> Option<Self> {
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        is_name.then(|| Self { wire: lambda.once(longer), path: format!("/2015-03-31/functions/{name}/invocations") })
    }

    /// Sends it an event, as JSON: what it answers, or how it has failed, as JSON too.
    ///
    /// # Errors
    /// When Lambda fails or refuses.
    pub async fn invoke(&self, event: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.wire.post("Invoke", &self.path, event).await.map(|answer| answer.0)
    }
}
