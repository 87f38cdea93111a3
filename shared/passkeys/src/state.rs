//! What waits for an answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs_core::proto::{AuthenticationState, RegistrationState};

use crate::{Broken, CeremonyError};

/// A ceremony that has begun. Kept as JSON by whoever began it, away from the client.
#[derive(Serialize, Deserialize)]
#[serde(tag = "ceremony", rename_all = "snake_case")]
pub(crate) enum Begun {
    /// [`crate::Party::register`].
    Register {
        /// Ids of the credentials that the customer has.
        known: Vec<String>,
        /// The library's.
        state: RegistrationState,
    },
    /// [`crate::Party::discover`].
    Discover {
        /// The library's.
        state: AuthenticationState,
    },
    /// [`crate::Party::ask`].
    Ask {
        /// The library's.
        state: AuthenticationState,
    },
}

impl Begun {
    pub(crate) fn keep(&self) -> Result<Value, Broken> {
        serde_json::to_value(self).map_err(|error| Broken::new("a ceremony can't be kept")(error.into()))
    }

    pub(crate) fn read(state: &Value) -> Result<Self, CeremonyError> {
        let read = Self::deserialize(state);
        Ok(read.map_err(|error| Broken::new("the state of a ceremony can't be read")(error.into()))?)
    }
}
