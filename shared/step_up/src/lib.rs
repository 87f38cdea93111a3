//! For resource servers: whether the customer of an access token has proved who they are surely enough,
//! and recently enough, for what they want; and RFC 9470's challenge if not.
//!
//! What lives here: one question to a token's `acr` and `auth_time`, which somebody has verified before.
//! What may not: anything of Portico's insides, so that a service elsewhere can depend on it.
//! `docs/step-up.md` says what the app does with the challenge.

use std::fmt;

/// What a resource asks for.
///
/// ```
/// let demand = step_up::Demand { acr: Some("aal2"), max_age: Some(600) };
/// assert_eq!(demand.check(Some("aal2"), Some(1_000), 1_300), Ok(()));
/// let challenge = demand.check(Some("aal1"), Some(1_000), 1_300).unwrap_err();
/// assert_eq!(
///     challenge.to_string(),
///     r#"Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="600""#
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// The level, `aal1` or `aal2`: at least this.
    pub acr: Option<&'static str>,
    /// How many seconds ago the customer may have proved who they are.
    pub max_age: Option<i64>,
}

/// The levels, the weakest first. What is none of them is weaker than all.
const LEVELS: [&str; 2] = ["aal1", "aal2"];

impl Demand {
    /// Whether a token with this `acr` and `auth_time` is enough at `now`, both in seconds since 1970.
    ///
    /// # Errors
    /// What to answer with, beside the status 401.
    pub fn check(&self, acr: Option<&str>, auth_time: Option<i64>, now: i64) -> Result<(), Challenge> {
        let level = |acr: Option<&str>| LEVELS.iter().position(|level| Some(*level) == acr);
        // A level that nobody knows is reached by nobody.
        let is_sure = self.acr.is_none() || level(self.acr).is_some_and(|wanted| level(acr) >= Some(wanted));
        let is_recent = |most: i64| auth_time.is_some_and(|at| now.saturating_sub(at) <= most);
        if is_sure && self.max_age.is_none_or(is_recent) { Ok(()) } else { Err(Challenge(*self)) }
    }
}

/// A `WWW-Authenticate` header's value (RFC 9470 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(Demand);

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"Bearer error="insufficient_user_authentication""#)?;
        if let Some(acr) = self.0.acr {
            write!(f, r#", acr_values="{acr}""#)?;
        }
        if let Some(max_age) = self.0.max_age {
            write!(f, r#", max_age="{max_age}""#)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_and_an_age() {
        let sure = Demand { acr: Some("aal2"), max_age: None };
        let recent = Demand { acr: None, max_age: Some(60) };
        for (demand, acr, auth_time, is_enough) in [
            (Demand::default(), None, None, true),
            (sure, Some("aal2"), None, true),
            (sure, Some("aal1"), None, false),
            (sure, Some("aal3"), None, false),
            (sure, None, None, false),
            (Demand { acr: Some("aal1"), max_age: None }, Some("aal2"), None, true),
            (Demand { acr: Some("aal9"), max_age: None }, Some("aal2"), None, false),
            (recent, None, Some(940), true),
            (recent, None, Some(939), false),
            (recent, None, None, false),
        ] {
            assert_eq!(demand.check(acr, auth_time, 1_000).is_ok(), is_enough, "{demand:?} {acr:?} {auth_time:?}");
        }
    }

    #[test]
    fn the_challenge_names_what_is_asked_for() {
        let recent = Demand { acr: None, max_age: Some(60) };
        let challenge = recent.check(None, None, 0).unwrap_err().to_string();
        assert_eq!(challenge, r#"Bearer error="insufficient_user_authentication", max_age="60""#);
    }
}
