//! Every way in ends here: what somebody still lacks is decided, and the next step written.

use domain::{
    ActKind, Actor, Arrival, Client, DeviceId, Email, Factors, Handle, Method, MfaPolicy, Missing, Notice, PhoneNumber,
    Proof, Proofs, SessionKind, SignInPolicy, Timestamp, missing, missing_for,
};
use edge::{Ctx, Kind, Problem};
use serde::Serialize;
use store::{
    ErasureWithdrawal, NewNotice, NewSession, NewTrust, OneTime, PendingSignIn, SessionAbout, SignInFacts, SignInWrite,
    Spent, Step, StepUp, StoreError,
};

use crate::ending::{Ending, InApp};
use crate::{SignError, SignIn, SignedIn, notices};

/// Where somebody got to, whatever a sign-in ends in.
#[derive(Clone, Debug)]
pub enum Advanced<T> {
    /// It was enough.
    Complete(T),
    /// Something is missing.
    Missing(MfaRequired),
    /// They have asked to be erased, and can change their mind.
    ErasurePending(ErasurePending),
}

/// The answer to a proof.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum SignInAnswer {
    /// It was enough.
    Complete(Box<SignedIn>),
    /// Something is missing.
    Missing(MfaRequired),
    /// They have asked to be erased, and can change their mind.
    ErasurePending(ErasurePending),
}

impl From<Advanced<SignedIn>> for SignInAnswer {
    fn from(advanced: Advanced<SignedIn>) -> Self {
        match advanced {
            Advanced::Complete(signed_in) => Self::Complete(Box::new(signed_in)),
            Advanced::Missing(required) => Self::Missing(required),
            Advanced::ErasurePending(pending) => Self::ErasurePending(pending),
        }
    }
}

/// Somebody has proved who they are, and is to be erased. All that they can do is to withdraw that; then
/// they sign in as usual.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ErasurePending {
    /// Always `erasure_pending`.
    pub status: ErasurePendingStatus,
    /// Goes to `/v1/erasure/withdraw`, and nowhere else.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    pub transaction: String,
    /// How long it lives, in seconds.
    #[schema(example = 600)]
    pub expires_in: i64,
    /// From when it is too late.
    #[schema(format = "date-time", example = "2026-12-09T10:15:30Z")]
    pub due_at: String,
    /// Until when a legal hold forbids it: it is done after that, and until then it is not too late.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2027-06-30T00:00:00Z")]
    pub on_hold_until: Option<String>,
}

/// What there is to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasurePendingStatus {
    /// They are to be erased.
    ErasurePending,
}

/// Somebody has to prove more before they are signed in.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct MfaRequired {
    /// `mfa_required`: prove one of these. `enrollment_required`: enrol one of these first.
    pub status: MfaStatus,
    /// Goes with the proof to `/v1/mfa`. Keep it where only this customer can read it.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    pub transaction: String,
    /// How long it lives, in seconds.
    #[schema(example = 600)]
    pub expires_in: i64,
    /// What can be proved or enrolled, the preferred one first.
    pub methods: Vec<MethodOffer>,
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MfaStatus {
    /// Another proof.
    MfaRequired,
    /// A second factor.
    EnrollmentRequired,
}

/// A way to prove who one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MethodOffer {
    /// `passkey`, `totp`, `sms`, `email`, `recovery_code`, `password`, or `delayed_recovery`.
    #[schema(value_type = String, example = "totp")]
    pub method: Method,
    /// Where its code would go, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "a•••@example.com")]
    pub hint: Option<String>,
}

/// Somebody on their way in.
pub struct Arriving<'a> {
    /// Who.
    pub facts: &'a SignInFacts,
    /// The app.
    pub client: &'a Client,
    /// What they have proved, so far and now.
    pub proofs: Proofs,
    /// The device whose token came along, if the customer knows it.
    pub known: Option<DeviceId>,
}

/// What is written along with the next step.
#[derive(Default)]
pub struct Along<'a> {
    /// The one-time thing that was proved with.
    pub spend: Option<&'a OneTime>,
    /// The customer's factors, changed by the proof.
    pub factors: Option<&'a Factors>,
    /// Whether the device is to be trusted.
    pub trust: bool,
    /// What goes on as the new session, if it is no sign-in.
    pub step_up: Option<StepUp>,
    /// What the customer is told.
    pub notices: Vec<NewNotice>,
}

/// Why there was no next step.
#[derive(Debug, thiserror::Error)]
pub enum ProceedError {
    /// What was proved with was used by somebody else, or has ended.
    #[error("gone")]
    Gone,
    /// The account has changed since it was read.
    #[error("changed")]
    Changed,
    /// What was proved does not reach what is asked of the session, and nothing else that they have does.
    #[error("out of reach")]
    OutOfReach,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tokens could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl From<ProceedError> for Problem {
    fn from(error: ProceedError) -> Self {
        match error {
            ProceedError::Gone => Self::new(Kind::TransactionExpired),
            ProceedError::Changed => Self::new(Kind::Conflict),
            ProceedError::OutOfReach => Self::new(Kind::StepUpUnavailable),
            ProceedError::Store(error) => error.into(),
            ProceedError::Sign(error) => error.into(),
        }
    }
}

impl SignIn {
    /// Decides what is missing, and writes the next step with all that goes along: a session, or a
    /// transaction that waits for more. Tokens are signed first, so that a failure of KMS leaves nothing
    /// behind.
    ///
    /// # Errors
    /// When something was used up or has changed; when the store or KMS fails.
    pub async fn proceed(&self, ctx: &Ctx, who: Arriving<'_>, along: Along<'_>) -> Result<SignInAnswer, ProceedError> {
        Ok(self.advance(&InApp, ctx, who, along).await?.into())
    }

    /// The same, for whatever a sign-in ends in.
    ///
    /// # Errors
    /// As [`Self::proceed`].
    pub async fn advance<E: Ending>(
        &self,
        ending: &E,
        ctx: &Ctx,
        who: Arriving<'_>,
        along: Along<'_>,
    ) -> Result<Advanced<E::Done>, ProceedError> {
        let Arriving { facts, client, proofs, known } = who;
        let factors = along.factors.unwrap_or(&facts.factors.factors);
        let counted = along.step_up.map_or_else(|| proofs.all(), |step_up| step_up.demand.counted(&proofs));
        let arrival = Arrival { factors, is_trusted: facts.is_trusted, ..facts.arrival(&counted, client.mfa) };
        let lacks = match &along.step_up {
            Some(step_up) => domain::step_up(&self.policy, &arrival, &step_up.demand, ctx.now),
            None => missing_for(&self.policy, &arrival, ending.acr(), ctx.now),
        };
        // Nobody who is leaving is asked for a factor that they do not have.
        let has_proved = matches!(lacks, Missing::Nothing | Missing::Factor(_));
        let due_at = facts.security.status.erasure_due();
        // A recovery only lets them in: it takes no factor away from an account with which nothing else can
        // be done, and is good for the sign-in after it.
        let along = match due_at {
            Some(_) if proofs.all().contains(&Proof::DelayedRecovery) => {
                Along { factors: None, notices: Vec::new(), ..along }
            }
            _ => along,
        };
        if let Some(due_at) = due_at.filter(|_| has_proved) {
            return self.ask_again(ctx, facts, &proofs, along, due_at).await.map(Advanced::ErasurePending);
        }
        let (methods, enrolling) = match lacks {
            Missing::Nothing => {
                let who = Arriving { facts, client, proofs, known };
                return self.complete(ending, ctx, who, along).await.map(Advanced::Complete);
            }
            Missing::Proof(methods) if methods.is_empty() => return Err(ProceedError::OutOfReach),
            Missing::Proof(methods) => (methods, false),
            Missing::Factor(methods) => (methods, true),
        };
        let handle = Handle::generate(&ctx.rng);
        let pending = PendingSignIn {
            customer: facts.customer,
            epoch: facts.security.epoch,
            account: facts.profile.index.clone(),
            client_id: client.client_id.clone(),
            kind: E::KIND,
            proofs,
            methods,
            enrolling,
            device: known,
            step_up: along.step_up,
        };
        let cause = ctx.act(ActKind::SignInPending, Actor::Customer(facts.customer));
        let step = Step::Pending(&handle, &pending);
        self.write(ctx, facts, step, &along, None, &cause).await?;
        Ok(Advanced::Missing(self.required(&handle, &pending, factors, Some(&facts.profile.data.email))))
    }

    /// Somebody who is to be erased is asked whether they have changed their mind. Every way in ends here
    /// for them, once they have proved all that they have.
    async fn ask_again(
        &self,
        ctx: &Ctx,
        facts: &SignInFacts,
        proofs: &Proofs,
        along: Along<'_>,
        due_at: Timestamp,
    ) -> Result<ErasurePending, ProceedError> {
        let factors = along.factors.unwrap_or(&facts.factors.factors);
        let without_recovery = factors.without_recovery(&proofs.all(), ctx.now);
        let mut along = Along { factors: without_recovery.as_ref().or(along.factors), ..along };
        if without_recovery.is_some() {
            along.notices.push(notices::security(ctx, &self.store, &facts.profile, Notice::RecoveryEnded {}, None));
        }
        let standing = self.store.erasure_standing(facts.customer).await?.ok_or(ProceedError::Changed)?;
        let erasure = standing.erasure.ok_or(ProceedError::Changed)?;
        let handle = Handle::generate(&ctx.rng);
        let withdrawal = ErasureWithdrawal { customer: facts.customer, erasure: erasure.id };
        let cause = ctx.act(ActKind::SignInPending, Actor::Customer(facts.customer));
        self.write(ctx, facts, Step::Withdrawal(&handle, &withdrawal), &along, None, &cause).await?;
        Ok(ErasurePending {
            status: ErasurePendingStatus::ErasurePending,
            transaction: handle.reveal().to_owned(),
            expires_in: OneTime::LIFETIME.as_secs(),
            due_at: due_at.to_string(),
            on_hold_until: standing.held.told(due_at, ctx.now).map(|until| until.to_string()),
        })
    }

    /// Completes a sign-in that lacks nothing, or whose missing proof has just come.
    async fn complete<E: Ending>(
        &self,
        ending: &E,
        ctx: &Ctx,
        who: Arriving<'_>,
        along: Along<'_>,
    ) -> Result<E::Done, ProceedError> {
        let Arriving { facts, client, proofs, known } = who;
        let factors = along.factors.unwrap_or(&facts.factors.factors);
        let without_recovery = factors.without_recovery(&proofs.all(), ctx.now);
        let mut along = Along { factors: without_recovery.as_ref().or(along.factors), ..along };
        if without_recovery.is_some() {
            along.notices.push(notices::security(ctx, &self.store, &facts.profile, Notice::RecoveryEnded {}, None));
        }
        let is_new_device = known.is_none() && along.step_up.is_none();
        let trust = (along.trust && !self.policy.trust_for.is_zero()).then(|| NewTrust {
            // A device of its own: a token that was copied before is worth no more than it was.
            device: DeviceId::generate(ctx.now, &ctx.rng),
            until: ctx.now + self.policy.trust_for,
            about: SessionAbout { device: ctx.device.clone(), place: ctx.place.clone() },
        });
        if is_new_device && self.policy.new_device_notice {
            along.notices.push(notices::security(ctx, &self.store, &facts.profile, Notice::NewDevice {}, None));
        }
        let asked = (E::KIND == SessionKind::Browser).then(|| self.asks(client));
        let device = trust.as_ref().map(|trust| trust.device).or(known);
        let kind = if along.step_up.is_some() { ActKind::SessionSteppedUp } else { ActKind::SessionStarted };
        // A session that goes on may have ended since it was read, or have gone on for the same form sent twice.
        let mut chances = 3;
        let done = loop {
            let begun = self.begin(ctx, facts.customer, facts.security.epoch, E::client_id(client), proofs.clone());
            let new = NewSession { asked, ..begun };
            let before = if chances > 0 { ending.goes_on(self, ctx, facts.customer).await? } else { None };
            let session = match before.filter(|before| before.epoch == new.epoch) {
                Some(before) => self.going_on(ctx, &before, new)?,
                None => new,
            };
            let done = ending.seal(self, ctx, client, (&session, device, &facts.profile.index)).await?;
            let cause = ctx.act(kind, Actor::Customer(facts.customer)).in_session(session.id);
            match self.write(ctx, facts, Step::Session(&session), &along, trust.as_ref(), &cause).await {
                Ok(()) => break done,
                Err(ProceedError::Changed) if session.goes_on.is_some() => chances -= 1,
                Err(error) => return Err(error),
            }
        };
        self.limit_sessions(ctx, facts.customer, facts.security.epoch).await;
        ctx.count("SignedIn", 1);
        Ok(done)
    }

    /// What a customer who lacks something is told; `email` is their address, for a hint.
    pub fn required(
        &self,
        handle: &Handle,
        pending: &PendingSignIn,
        factors: &Factors,
        email: Option<&Email>,
    ) -> MfaRequired {
        let hint = |method: &Method| match method {
            Method::Email => email.map(Email::masked),
            Method::Sms => self.policy.phone(factors).map(PhoneNumber::masked),
            Method::Passkey | Method::Totp | Method::RecoveryCode | Method::Password | Method::DelayedRecovery => None,
        };
        MfaRequired {
            status: if pending.enrolling { MfaStatus::EnrollmentRequired } else { MfaStatus::MfaRequired },
            transaction: handle.reveal().to_owned(),
            expires_in: OneTime::LIFETIME.as_secs(),
            methods: pending.methods.iter().map(|method| MethodOffer { method: *method, hint: hint(method) }).collect(),
        }
    }

    /// When a client's customers are asked for a second factor.
    pub fn asks(&self, client: &Client) -> MfaPolicy {
        client.mfa.unwrap_or(self.policy.mfa)
    }

    async fn write(
        &self,
        ctx: &Ctx,
        facts: &SignInFacts,
        step: Step<'_>,
        along: &Along<'_>,
        trust: Option<&NewTrust>,
        cause: &domain::Act,
    ) -> Result<(), ProceedError> {
        // A session goes on as itself until the one that takes its place begins.
        let replaces = match step {
            Step::Session(_) => along.step_up.map(|step_up| step_up.session),
            Step::Pending(..) | Step::Withdrawal(..) => None,
        };
        let write = SignInWrite {
            customer: facts.customer,
            data_key: &facts.data_key,
            security: &facts.security,
            step,
            spend: along.spend,
            factors: along.factors.map(|changed| (&facts.factors, changed)),
            trust,
            replaces,
            notices: &along.notices,
        };
        match self.store.sign_in_step(&write, ctx.now, cause).await? {
            Spent::Done => Ok(()),
            Spent::Gone => Err(ProceedError::Gone),
            Spent::Taken | Spent::Changed => Err(ProceedError::Changed),
        }
    }
}

/// What somebody who has just registered lacks: nothing, or a factor of their own.
pub fn missing_at_registration(policy: &SignInPolicy, ctx: &Ctx, client: &Client, proofs: &Proofs) -> Missing {
    let arrival = Arrival {
        factors: &Factors::default(),
        proofs: &proofs.all(),
        has_password: false,
        is_trusted: false,
        since: ctx.now,
        client: client.mfa,
    };
    missing(policy, &arrival, ctx.now)
}
