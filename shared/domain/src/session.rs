//! How long a session lives.

use serde::{Deserialize, Serialize};

use crate::{ConfigError, Settings, SignedDuration, Timestamp};

/// What a sign-in ends in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A session of one app, which has its tokens.
    #[default]
    App,
    /// A session of a browser, by which it is known to all apps.
    Browser,
}

/// How long sessions live in this deployment.
#[derive(Clone, Copy, Debug)]
pub struct SessionTimes {
    /// `SESSION_IDLE_SECONDS`: without use (14 days).
    pub idle: SignedDuration,
    /// `SESSION_ABSOLUTE_SECONDS`: at most (90 days).
    pub absolute: SignedDuration,
    /// `SESSION_LIMIT`: how many a customer may have at once; the oldest ends (0: no limit).
    pub limit: u64,
}

impl SessionTimes {
    /// How often "last seen" is written at most.
    pub const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);
    /// How old an authentication may be for a sensitive act.
    pub const FRESH_FOR: SignedDuration = SignedDuration::from_mins(10);

    /// Reads the settings.
    ///
    /// # Errors
    /// When one is no number, or the idle lifetime is longer than the absolute one.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let seconds = |name, default| {
            let n = settings.number(name, default)?;
            match i64::try_from(n) {
                Ok(n) if (60..=10 * 366 * 86_400).contains(&n) => Ok(SignedDuration::from_secs(n)),
                _ => Err(ConfigError::new(name, "is not between a minute and ten years")),
            }
        };
        let times = Self {
            idle: seconds("SESSION_IDLE_SECONDS", 14 * 86_400)?,
            absolute: seconds("SESSION_ABSOLUTE_SECONDS", 90 * 86_400)?,
            limit: settings.number("SESSION_LIMIT", 0)?,
        };
        if times.idle > times.absolute {
            return Err(ConfigError::new("SESSION_IDLE_SECONDS", "is longer than SESSION_ABSOLUTE_SECONDS"));
        }
        Ok(times)
    }
}

/// When a session began, was seen, and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    /// When the customer proved who they are.
    pub auth_time: Timestamp,
    /// When it was last seen, to five minutes.
    pub last_seen: Timestamp,
    /// When it ends if it is not used.
    pub idle_until: Timestamp,
    /// When it ends in any case.
    pub absolute_until: Timestamp,
}

impl SessionState {
    /// A session that begins now.
    pub fn begin(now: Timestamp, times: &SessionTimes) -> Self {
        let absolute_until = now + times.absolute;
        Self { auth_time: now, last_seen: now, idle_until: now + times.idle, absolute_until }
    }

    /// Whether it can be used at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.idle_until && now < self.absolute_until
    }

    /// The state after a use at `now`.
    #[must_use]
    pub fn seen(self, now: Timestamp, times: &SessionTimes) -> Self {
        Self { last_seen: now, idle_until: (now + times.idle).min(self.absolute_until), ..self }
    }

    /// Whether the customer proved who they are recently enough for a sensitive act.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.auth_time) <= SessionTimes::FRESH_FOR
    }

    /// When nothing needs to be kept any more.
    pub fn ends_at(&self) -> Timestamp {
        self.idle_until.min(self.absolute_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_fourteen_days_unused_and_ninety_at_most() {
        let times = SessionTimes::read(&Settings::default()).unwrap();
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        assert_eq!((times.idle, times.absolute, times.limit), (days(14), days(90), 0));
        let begin = Timestamp::UNIX_EPOCH;
        let second = SignedDuration::from_secs(1);
        let mut state = SessionState::begin(begin, &times);
        assert!(state.is_alive(begin + days(14) - second) && !state.is_alive(begin + days(14)));
        for week in 1..13 {
            state = state.seen(begin + days(7 * week), &times);
        }
        assert!(state.is_alive(begin + days(90) - second) && !state.is_alive(begin + days(90)));
        assert!(state.is_fresh(begin + SignedDuration::from_mins(10)));
        assert!(!state.is_fresh(begin + SignedDuration::from_mins(10) + second), "use makes it no fresher");
    }
}
