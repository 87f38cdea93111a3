//! What a sensitive change asks for: proof that it is the customer, of now or of a little while ago.

use domain::{ConfigError, Password, Proofs, Settings, SignedDuration};
use edge::{Caller, Ctx, limits};
use signin::FreshAuthentication;
use store::{Limit, SignInFacts};

use crate::{Profile, ProfileError};

/// How many sensitive changes may be tried.
pub(crate) struct Limits {
    password: Limit,
    email: Limit,
}

impl Limits {
    /// Reads `LIMIT_PASSWORD_PER_CUSTOMER` (10 tries in a quarter of an hour),
    /// `LIMIT_PASSWORD_PER_CUSTOMER_DAY` (100 of them a day) and `LIMIT_EMAIL_PER_CUSTOMER` (5 new
    /// addresses an hour).
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let quarter = settings.number("LIMIT_PASSWORD_PER_CUSTOMER", 10)?;
        let day = settings.number("LIMIT_PASSWORD_PER_CUSTOMER_DAY", 100)?;
        let email = settings.number("LIMIT_EMAIL_PER_CUSTOMER", 5)?;
        Ok(Self {
            password: Limit::new("password", quarter, SignedDuration::from_mins(15))
                .and(day, SignedDuration::from_hours(24)),
            email: Limit::new("email-change", email, SignedDuration::from_hours(1)),
        })
    }

    /// Tries of sensitive changes, by customer.
    fn tries(&self, caller: &Caller) -> (Limit, String) {
        (self.password, caller.customer.to_string())
    }

    /// New addresses, by customer.
    pub(crate) fn addresses(&self, caller: &Caller) -> (Limit, String) {
        (self.email, caller.customer.to_string())
    }
}

/// Asks for a fresh session or the current password, and for what the customer has beside it. Counted
/// before anything is hashed, so that whoever got hold of a token can't guess the password with it. Where
/// the session is fresh, a password that comes along proves nothing more, and is not looked at.
pub(crate) async fn check_fresh(
    flow: &Profile,
    ctx: &Ctx,
    (caller, facts): (&Caller, &SignInFacts),
    current: Option<&str>,
) -> Result<FreshAuthentication, ProfileError> {
    if !caller.is_fresh(ctx) && current.is_none() {
        return Err(ProfileError::Stale);
    }
    limits::count(ctx, &flow.store, &[flow.limits.tries(caller)]).await.map_err(ProfileError::Limited)?;
    let shown = |proofs: &Proofs| FreshAuthentication::by(&flow.policy, ctx, (caller, facts), proofs);
    let proofs = &caller.session.proofs;
    match (shown(proofs), current) {
        (Some(fresh), _) => Ok(fresh),
        (None, None) => Err(ProfileError::Stale),
        (None, Some(current)) => {
            if !flow.passwords.verify(&Password::new(current), facts.password.as_ref()).await? {
                return Err(ProfileError::WrongPassword);
            }
            shown(&proofs.and(facts.password_proof(), ctx.now)).ok_or(ProfileError::Stale)
        }
    }
}
