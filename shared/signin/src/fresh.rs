//! What sensitive changes ask for: proof of a little while ago, by all that the customer has.

use domain::{Arrival, Proofs, SessionTimes, SignInPolicy, is_by_all};
use edge::{Caller, Ctx};
use store::SignInFacts;

/// The customer proved who they are within the last ten minutes, by all that they have.
pub struct FreshAuthentication(());

impl FreshAuthentication {
    /// Whether these proofs (those of the caller's session, with one that came along or without) show
    /// it. A factor that was added since the session began is not asked for while it is fresh: whoever
    /// adds their first one goes on.
    pub fn by(
        policy: &SignInPolicy,
        ctx: &Ctx,
        (caller, facts): (&Caller, &SignInFacts),
        proofs: &Proofs,
    ) -> Option<Self> {
        let began = if caller.is_fresh(ctx) { caller.session.state.auth_time } else { ctx.now };
        let factors = facts.factors.factors.before(began);
        let proofs = proofs.since(ctx.now - SessionTimes::FRESH_FOR);
        let who = Arrival { factors: &factors, ..facts.arrival(&proofs, None) };
        is_by_all(policy, &who, ctx.now).then_some(Self(()))
    }
}
