//! What a change of factors asks for: proof of a little while ago, by all that the customer has.

use domain::{ConfigError, Settings, SignedDuration};
use edge::{Caller, Ctx, limits};
use signin::FreshAuthentication;
use store::{Limit, SignInFacts};

use crate::{FactorError, FactorsFlow, load};

/// How much may be tried.
pub(crate) struct Limits {
    changes: u64,
    sms: u64,
}

impl Limits {
    /// Reads `LIMIT_FACTORS_PER_CUSTOMER` (30 in a quarter of an hour) and `LIMIT_SMS_PER_CUSTOMER`
    /// (5 an hour).
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            changes: settings.number("LIMIT_FACTORS_PER_CUSTOMER", 30)?,
            sms: settings.number("LIMIT_SMS_PER_CUSTOMER", 5)?,
        })
    }

    /// Changes and tries of codes, by customer.
    fn changes(&self, caller: &Caller) -> (Limit, String) {
        (Limit::new("factors", self.changes, SignedDuration::from_mins(15)), caller.customer.to_string())
    }

    /// SMS to numbers that are to be factors, by customer.
    pub(crate) fn sms(&self, caller: &Caller) -> (Limit, String) {
        (Limit::new("factor-sms", self.sms, SignedDuration::from_hours(1)), caller.customer.to_string())
    }
}

/// Asks for a fresh authentication, and loads what is known of the caller. Counted between the two:
/// whoever got hold of an old token can't use up its owner's tries.
pub(crate) async fn check_fresh(
    flow: &FactorsFlow,
    ctx: &Ctx,
    caller: &Caller,
) -> Result<(SignInFacts, FreshAuthentication), FactorError> {
    if !caller.is_fresh(ctx) {
        return Err(FactorError::Stale);
    }
    count(flow, ctx, &[flow.limits.changes(caller)]).await?;
    let facts = load(flow, ctx, caller).await?;
    let proof = FreshAuthentication::by(&flow.policy, ctx, (caller, &facts), &caller.session.proofs);
    proof.map(|proof| (facts, proof)).ok_or(FactorError::Stale)
}

/// Counts before anything is sent or compared.
pub(crate) async fn count(flow: &FactorsFlow, ctx: &Ctx, limits: &[(Limit, String)]) -> Result<(), FactorError> {
    limits::count(ctx, &flow.store, limits).await.map_err(FactorError::Limited)
}
