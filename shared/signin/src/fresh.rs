//! What sensitive changes ask for: proof of a little while ago, by all that the customer has.

use domain::{Arrival, Proofs, SessionTimes, SignInPolicy, is_by_all};
use edge::{Caller, Ctx};
use store::{SignInFacts, Store, StoreError};

/// The customer proved who they are within the last ten minutes, by all that they have.
pub struct FreshAuthentication(());

impl FreshAuthentication {
    /// What the caller's session shows by itself, with all that is known of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of_session(
        policy: &SignInPolicy,
        ctx: &Ctx,
        store: &Store,
        caller: &Caller,
    ) -> Result<Option<(SignInFacts, Self)>, StoreError> {
        if !caller.is_fresh(ctx) {
            return Ok(None);
        }
        let facts = store.sign_in_facts(Some(caller.customer), None, ctx.now).await?;
        Ok(facts.and_then(|facts| {
            Self::by(policy, ctx, (caller, &facts), &caller.session.proofs).map(|fresh| (facts, fresh))
        }))
    }

    /// Whether an operator may do what a stolen token must not: a person by what their session shows, a service
    /// by its secret, of which each of its tokens is minutes old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of_operator(
        policy: &SignInPolicy,
        ctx: &Ctx,
        store: &Store,
        person: Option<&Caller>,
    ) -> Result<bool, StoreError> {
        match person {
            Some(person) => Ok(Self::of_session(policy, ctx, store, person).await?.is_some()),
            None => Ok(true),
        }
    }

    /// Whether these proofs (those of the caller's session, with one that came along or without) show
    /// it. A factor that was added in this very session is not asked for while it is fresh: whoever adds
    /// their first one goes on. Of every other session it is, however young both are: one of them may be
    /// a stranger's who has the password.
    pub fn by(
        policy: &SignInPolicy,
        ctx: &Ctx,
        (caller, facts): (&Caller, &SignInFacts),
        proofs: &Proofs,
    ) -> Option<Self> {
        let factors = &facts.factors.factors;
        let factors = if caller.is_fresh(ctx) { factors.added_elsewhere(caller.session.id) } else { factors.clone() };
        let proofs = proofs.since(ctx.now - SessionTimes::FRESH_FOR);
        let who = Arrival { factors: &factors, ..facts.arrival(&proofs, None) };
        is_by_all(policy, &who, ctx.now).then_some(Self(()))
    }
}
