//! A function that another one invokes, and waits for.

use crate::{CallError, Wire};

/// A function of ours.
#[derive(Clone, Debug)]
pub struct Invoked {
    wire: Wire,
    path: String,
}

impl Invoked {
    /// The function of this name, as patiently as Lambda is called. None if that is no function's name.
    pub fn new(lambda: Wire, name: &str) -> Option<Self> {
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        is_name.then(|| Self { wire: lambda, path: format!("/2015-03-31/functions/{name}/invocations") })
    }

    /// Sends it an event, as JSON: what it answers, or how it has failed, as JSON too.
    ///
    /// # Errors
    /// When Lambda fails or refuses.
    pub async fn invoke(&self, event: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.wire.post("Invoke", &self.path, event).await.map(|answer| answer.0)
    }
}
