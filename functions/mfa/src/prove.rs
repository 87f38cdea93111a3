//! Whether what came proves anything, and what that changes.

use domain::{
    Code, Factor, FactorId, FactorKind, Factors, Notice, Password, Proof, Recipient, RecoveryCode, RecoveryHandle,
    Totp, equal,
};
use edge::{Ctx, Level};
use passkeys::{Asserted, CeremonyError};
use serde_json::{Value, json};
use signin::notices;
use store::NewNotice;

use crate::answer::Given;
use crate::waits::{Asked, Waits};
use crate::{Mfa, MfaError};

/// What was shown.
pub(crate) struct Shown {
    pub(crate) proof: Proof,
    /// The customer's factors, if it changed them.
    pub(crate) factors: Option<Factors>,
    pub(crate) notices: Vec<NewNotice>,
}

impl Shown {
    fn plain(proof: Proof, factors: Option<Factors>) -> Self {
        Self { proof, factors, notices: Vec::new() }
    }
}

/// What this shows; nothing if it is wrong.
pub(crate) async fn prove(flow: &Mfa, ctx: &Ctx, waits: &Waits, given: Given) -> Result<Option<Shown>, MfaError> {
    let enrolling = waits.pending.enrolling;
    match given {
        Given::Passkey(credential) if enrolling => enrolled_passkey(flow, ctx, waits, &credential).await,
        Given::Passkey(credential) => passkey(flow, ctx, waits, &credential).await,
        Given::Totp(code) if enrolling => enrolled_totp(flow, ctx, waits, &code).await,
        Given::Totp(code) => Ok(totp(ctx, waits, &code)),
        Given::Email(code) if enrolling => {
            let is_right = flow.store.code_is_to(&waits.thing, &code, &mailbox(waits)).await?;
            Ok(is_right.then(|| enrolled(flow, ctx, waits, FactorKind::Email {}, Proof::Email)))
        }
        Given::Email(code) => sent(flow, ctx, waits, &code, Proof::Email).await,
        Given::Sms(code) => sent(flow, ctx, waits, &code, Proof::Sms).await,
        Given::RecoveryCode(code) => recovery_code(flow, ctx, waits, &code).await,
        Given::Password(password) => known(flow, waits, &password).await,
        Given::DelayedRecovery(handle) => recovered(flow, ctx, waits, &handle).await,
    }
}

fn totp(ctx: &Ctx, waits: &Waits, code: &Code) -> Option<Shown> {
    let mut factors = waits.facts.factors.factors.clone();
    let accepted = factors.list.iter_mut().find_map(|factor| match &mut factor.kind {
        FactorKind::Totp { secret, last_step } => {
            *last_step = Totp::accept(secret, code, *last_step, ctx.now)?;
            Some(factor.id)
        }
        FactorKind::Passkey { .. } | FactorKind::Sms { .. } | FactorKind::Email {} => None,
    })?;
    factors.used(accepted, ctx.now);
    Some(Shown::plain(Proof::Totp, Some(factors)))
}

/// A code that was sent to where the customer still is.
async fn sent(flow: &Mfa, ctx: &Ctx, waits: &Waits, code: &Code, proof: Proof) -> Result<Option<Shown>, MfaError> {
    for (factor, to) in reached(flow, waits, proof) {
        if flow.store.code_is_to(&waits.thing, code, &to).await? {
            let mut factors = waits.facts.factors.factors.clone();
            let is_noted = factor.is_some_and(|id| factors.used_today(id, ctx.now));
            return Ok(Some(Shown::plain(proof, is_noted.then_some(factors))));
        }
    }
    Ok(None)
}

/// Where a code may have been sent to and still prove something: a factor that was removed since, or
/// is another number by now, or may not be sent to any longer, proves nothing any more.
fn reached(flow: &Mfa, waits: &Waits, proof: Proof) -> Vec<(Option<FactorId>, Recipient)> {
    let factors = waits.facts.factors.factors.list.iter().filter(|factor| flow.signin.policy().counts(factor));
    let to = |factor: &Factor| match (&factor.kind, proof) {
        (FactorKind::Sms { number, .. }, Proof::Sms) => Some((Some(factor.id), Recipient::Phone(number.clone()))),
        (FactorKind::Email {}, Proof::Email) => Some((Some(factor.id), mailbox(waits))),
        _ => None,
    };
    let mut reached: Vec<_> = factors.filter_map(to).collect();
    // Who has no password steps up by the mailbox by which they sign in, be it a factor or not.
    if proof == Proof::Email && waits.pending.step_up.is_some() && reached.is_empty() {
        reached.push((None, mailbox(waits)));
    }
    reached
}

/// The customer's mailbox, as it is now.
fn mailbox(waits: &Waits) -> Recipient {
    waits.facts.profile.data.email.clone().into()
}

async fn recovery_code(flow: &Mfa, ctx: &Ctx, waits: &Waits, code: &RecoveryCode) -> Result<Option<Shown>, MfaError> {
    let mac = flow.store.recovery_code_mac(waits.facts.customer, code).await?;
    let mut factors = waits.facts.factors.factors.clone();
    let before = factors.recovery_codes.len();
    factors.recovery_codes.retain(|known| !equal(known, &mac));
    if factors.recovery_codes.len() == before {
        return Ok(None);
    }
    let what = Notice::RecoveryCodeUsed { left: factors.recovery_codes.len() };
    let notices = vec![notices::security(ctx, &flow.store, &waits.facts.profile, what, None)];
    Ok(Some(Shown { proof: Proof::RecoveryCode, factors: Some(factors), notices }))
}

async fn known(flow: &Mfa, waits: &Waits, password: &Password) -> Result<Option<Shown>, MfaError> {
    let is_right = flow.passwords.verify(password, waits.facts.password.as_ref()).await?;
    Ok(is_right.then(|| Shown::plain(waits.facts.password_proof(), None)))
}

/// Nobody has refused the recovery, its time has come, and so has whoever began it: every factor is gone.
async fn recovered(flow: &Mfa, ctx: &Ctx, waits: &Waits, handle: &RecoveryHandle) -> Result<Option<Shown>, MfaError> {
    let delayed = waits.facts.factors.factors.delayed.as_ref().filter(|delayed| delayed.is_open(ctx.now));
    let delayed = delayed.ok_or(MfaError::RecoveryOver)?;
    // Before its time it is worth what any other handle is.
    if !(delayed.is_ready(ctx.now) && delayed.is_of(handle)) {
        return Ok(None);
    }
    let notice = notices::security(ctx, &flow.store, &waits.facts.profile, Notice::Recovered {}, None);
    let phone = (&flow.limits.sms, flow.signin.policy().told_phone(&waits.facts.factors.factors));
    let notices = vec![notices::also_to(notice, ctx, &flow.store, phone).await];
    Ok(Some(Shown { proof: Proof::DelayedRecovery, factors: Some(Factors::default()), notices }))
}

async fn passkey(flow: &Mfa, ctx: &Ctx, waits: &Waits, credential: &Value) -> Result<Option<Shown>, MfaError> {
    let Some(Asked::Passkey { ceremony }) = flow.asked(waits).await? else { return Err(MfaError::Gone) };
    let factors = &waits.facts.factors.factors;
    let found = passkeys::credential_id(credential).and_then(|id| factors.passkey(&id));
    let Some(factor) = found else { return Ok(None) };
    let FactorKind::Passkey { credential: stored, .. } = &factor.kind else { return Ok(None) };
    let party = flow.ceremonies.at(&ctx.issuer)?;
    let asserted = match party.answered(waits.facts.customer, &ceremony, credential, stored) {
        Ok(asserted) => asserted,
        Err(error) => return refused(ctx, error),
    };
    if asserted.went_backwards {
        notices::tell_of_copy(ctx, &flow.store, &waits.facts, factor, Some(&waits.thing)).await?;
        return Ok(None);
    }
    let proof = Proof::Passkey { verified: asserted.verified, synced: asserted.synced };
    Ok(Some(Shown::plain(proof, noted(ctx, factors, factor.id, asserted))))
}

/// The factors once this passkey was used, if that is anything new.
fn noted(ctx: &Ctx, factors: &Factors, id: FactorId, asserted: Asserted) -> Option<Factors> {
    let mut factors = factors.clone();
    let is_noted = factors.used_today(id, ctx.now);
    factors.asserted(id, asserted.credential, asserted.synced);
    (is_noted || asserted.changed).then_some(factors)
}

fn refused<T>(ctx: &Ctx, error: CeremonyError) -> Result<Option<T>, MfaError> {
    match error {
        CeremonyError::Broken(error) => Err(error.into()),
        CeremonyError::Refused(why) => {
            ctx.log(Level::Warn, "passkey refused", json!({"why": why.as_str()}));
            Ok(None)
        }
    }
}

async fn enrolled_totp(flow: &Mfa, ctx: &Ctx, waits: &Waits, code: &Code) -> Result<Option<Shown>, MfaError> {
    let Some(Asked::Totp { secret }) = flow.asked(waits).await? else { return Err(MfaError::Gone) };
    let Some(last_step) = Totp::accept(&secret, code, 0, ctx.now) else { return Ok(None) };
    Ok(Some(enrolled(flow, ctx, waits, FactorKind::Totp { secret, last_step }, Proof::Totp)))
}

async fn enrolled_passkey(flow: &Mfa, ctx: &Ctx, waits: &Waits, credential: &Value) -> Result<Option<Shown>, MfaError> {
    let Some(Asked::Passkey { ceremony }) = flow.asked(waits).await? else { return Err(MfaError::Gone) };
    let new = match flow.ceremonies.at(&ctx.issuer)?.registered(&ceremony, credential) {
        Ok(new) => new,
        Err(error) => return refused(ctx, error),
    };
    let proof = Proof::Passkey { verified: new.verified, synced: new.synced };
    let kind = FactorKind::Passkey { credential_id: new.credential_id, credential: new.credential, synced: new.synced };
    Ok(Some(enrolled(flow, ctx, waits, kind, proof)))
}

/// The customer's factors with the one that was just enrolled and proved. It is called by the device
/// that it was enrolled on: another name can be given to it later.
fn enrolled(flow: &Mfa, ctx: &Ctx, waits: &Waits, kind: FactorKind, proof: Proof) -> Shown {
    let id = FactorId::generate(ctx.now, &ctx.rng);
    let factor = Factor {
        id,
        name: ctx.device.clone(),
        added_at: ctx.now,
        added_in: None,
        used_at: Some(ctx.now),
        suspect_since: None,
        kind,
    };
    let what = Notice::FactorAdded { method: factor.method(), name: factor.name.clone() };
    let mut factors = waits.facts.factors.factors.clone();
    factors.list.push(factor);
    let notices = vec![notices::security(ctx, &flow.store, &waits.facts.profile, what, Some(id))];
    Shown { proof, factors: Some(factors), notices }
}
