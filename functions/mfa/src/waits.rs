//! What waits for a proof, with everything that is known of whose it is.

use std::sync::Arc;

use domain::{Client, Handle, Missing, Secret, SessionKind, missing};
use edge::Ctx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Challenge, OneTime, OneTimeKind, PendingSignIn, SignInFacts, StoreError};

use crate::{Mfa, MfaError};

/// Somebody on their way in.
pub(crate) struct Waits {
    pub(crate) thing: OneTime,
    pub(crate) pending: PendingSignIn,
    pub(crate) facts: SignInFacts,
    pub(crate) client: Arc<Client>,
}

/// What an answer is compared with, sealed beside what waits.
#[derive(Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub(crate) enum Asked {
    /// A passkey is asked for, or enrolled: the state of its ceremony.
    Passkey { ceremony: Value },
    /// An authenticator app is enrolled: its secret.
    Totp { secret: Secret<Vec<u8>> },
}

impl Mfa {
    /// What an app waits with behind this handle, to be challenged. No try is counted.
    pub(crate) async fn find(&self, ctx: &Ctx, transaction: &str) -> Result<Waits, MfaError> {
        let handle = Handle::parse(transaction).ok_or(MfaError::Gone)?;
        self.look(ctx, &handle, SessionKind::App).await
    }

    /// The same for what is to end so. What waits on the pages is no app's, and the other way round.
    pub(crate) async fn look(&self, ctx: &Ctx, handle: &Handle, kind: SessionKind) -> Result<Waits, MfaError> {
        let thing = self.store.one_time(handle, ctx.now).await?.ok_or(MfaError::Gone)?;
        self.open(ctx, thing, kind).await
    }

    /// Opens what was found: what ends so, of the customer's present epoch and address, and of an account
    /// whose customer may prove who they are.
    pub(crate) async fn open(&self, ctx: &Ctx, thing: OneTime, kind: SessionKind) -> Result<Waits, MfaError> {
        if thing.kind != OneTimeKind::SignIn {
            return Err(MfaError::Gone);
        }
        let pending = self.store.pending_sign_in(&thing).await?;
        if pending.kind != kind {
            return Err(MfaError::Gone);
        }
        let client = match kind {
            SessionKind::App => self.clients.direct(Some(&pending.client_id)).cloned(),
            SessionKind::Browser => self.clients.find(ctx, &pending.client_id).await?.map(Into::into),
        };
        let client = client.ok_or(MfaError::UnknownClient)?;
        ctx.client(&client.client_id);
        let facts = self.store.sign_in_facts(Some(pending.customer), None, ctx.now).await?.ok_or(MfaError::Gone)?;
        let is_same = facts.security.epoch == pending.epoch && facts.profile.index == pending.account;
        let is_usable = facts.security.status.provable(ctx.now).is_ok() && is_same;
        let waits = Waits { thing, pending, facts, client };
        // Who has a factor to prove by now proves it: another one can't be enrolled with what was proved before.
        let is_enrolled = waits.pending.enrolling && !self.lacks_factor(ctx, &waits);
        if is_usable && !is_enrolled { Ok(waits) } else { Err(MfaError::Gone) }
    }

    /// Whether a factor is still what is missing: there is none that could be asked for.
    fn lacks_factor(&self, ctx: &Ctx, Waits { pending, facts, client, .. }: &Waits) -> bool {
        let proofs = pending.proofs.all();
        let who = facts.arrival(&proofs, client.mfa);
        matches!(missing(self.signin.policy(), &who, ctx.now), Missing::Factor(_))
    }

    /// What an answer is compared with, if anything was asked.
    pub(crate) async fn asked(&self, waits: &Waits) -> Result<Option<Asked>, MfaError> {
        Ok(self.store.ceremony_state(&waits.thing).await?)
    }

    /// Keeps what an answer will be compared with.
    pub(crate) async fn ask(&self, ctx: &Ctx, waits: &Waits, asked: &Asked) -> Result<(), MfaError> {
        let state = serde_json::to_value(asked).map_err(|_| StoreError::Corrupt("state"))?;
        self.challenge(ctx, waits, &Challenge::Ceremony(&state)).await
    }

    /// Challenges what waits.
    pub(crate) async fn challenge(&self, ctx: &Ctx, waits: &Waits, challenge: &Challenge<'_>) -> Result<(), MfaError> {
        let kind = match challenge {
            Challenge::Code(..) => domain::ActKind::CodeRequested,
            Challenge::Ceremony(_) => domain::ActKind::ChallengeMade,
        };
        let cause = ctx.act(kind, domain::Actor::Anonymous).to(waits.facts.customer);
        let is_set = self.store.challenge_set(&waits.thing, challenge, ctx.now, &cause).await?;
        if is_set { Ok(()) } else { Err(MfaError::ChallengedOften) }
    }
}
