//! A customer's standing.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Whether a customer may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As usual.
    Active,
    /// Not before this moment.
    Locked {
        /// When the lock ends.
        until: Timestamp,
    },
    /// They are to be erased from this moment on, unless they change their mind: that is all that
    /// they can do.
    ErasurePending {
        /// When the grace period ends.
        until: Timestamp,
    },
    /// They are being erased: nothing can be done any more.
    Erasing,
    /// No longer.
    Closed,
}

/// The customer may not sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the customer may not sign in")]
pub struct Unusable;

impl Status {
    /// Whether somebody of this standing may be signed in at `now`.
    ///
    /// # Errors
    /// When they may not.
    pub fn usable(self, now: Timestamp) -> Result<(), Unusable> {
        match self {
            Self::Active => Ok(()),
            Self::Locked { until } if until <= now => Ok(()),
            Self::Locked { .. } | Self::ErasurePending { .. } | Self::Erasing | Self::Closed => Err(Unusable),
        }
    }

    /// Whether somebody of this standing may prove who they are at `now`: to be signed in, or to be
    /// asked whether they have changed their mind.
    ///
    /// # Errors
    /// When they may not.
    pub fn provable(self, now: Timestamp) -> Result<(), Unusable> {
        match self {
            Self::ErasurePending { .. } => Ok(()),
            Self::Active | Self::Locked { .. } | Self::Erasing | Self::Closed => self.usable(now),
        }
    }

    /// When the erasure that they have asked for is due, if they can still change their mind.
    pub fn erasure_due(self) -> Option<Timestamp> {
        match self {
            Self::ErasurePending { until } => Some(until),
            Self::Active | Self::Locked { .. } | Self::Erasing | Self::Closed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SignedDuration;

    #[test]
    fn who_is_locked_comes_back_and_who_is_closed_does_not() {
        let now = Timestamp::UNIX_EPOCH;
        let later = now + SignedDuration::from_secs(1);
        assert_eq!(Status::Active.usable(now), Ok(()));
        assert_eq!(Status::Locked { until: later }.usable(now), Err(Unusable));
        assert_eq!(Status::Locked { until: later }.usable(later), Ok(()));
        assert_eq!(Status::Closed.usable(later), Err(Unusable));
    }
}
