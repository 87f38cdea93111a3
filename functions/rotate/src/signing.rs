//! The signing keys: when the next one comes, and in which of the two modes it is kept.
//!
//! The schedule decides what signs, never the mode: after the mode was changed, the old mode's key
//! signs until the new mode's first key has been published long enough.

use domain::{
    ActKind, Actor, ConfigError, Jwk, KeySchedule, PrivateHalf, Settings, SignedDuration, SigningAlg, SigningKey,
    Timestamp,
};
use edge::Ctx;
use keys::SigningMode;
use serde::Serialize;

use crate::{Done, Powers, RotateError};

const DAY: i64 = 24 * 60 * 60;

/// A key that was put into the schedule.
#[derive(Serialize)]
pub(crate) struct Scheduled {
    kid: String,
    alg: SigningAlg,
    sign_from: Timestamp,
}

/// `KEY_ROTATION_SECONDS`: how long a key of mode `kms-wrapped` signs before the next one does.
pub(crate) fn period(settings: &Settings) -> Result<SignedDuration, ConfigError> {
    const NAME: &str = "KEY_ROTATION_SECONDS";
    let seconds = settings.number(NAME, (30 * DAY).unsigned_abs())?;
    match i64::try_from(seconds) {
        // A shorter life would fill the key set faster than others read it.
        Ok(seconds) if (DAY..=3650 * DAY).contains(&seconds) => Ok(SignedDuration::from_secs(seconds)),
        _ => Err(ConfigError::new(NAME, "is not between a day and ten years")),
    }
}

/// Puts the keys that are due into the schedule.
pub(crate) async fn schedule(powers: &Powers, ctx: &Ctx, done: &mut Done) {
    match powers.keys.mode() {
        SigningMode::KmsWrapped => {
            for alg in SigningAlg::ALL {
                match pair(powers, ctx, alg).await {
                    Ok(scheduled) => done.signing.extend(scheduled),
                    Err(error) => done.failures.push(error),
                }
            }
        }
        SigningMode::Kms => {
            if let Err(error) = slots(powers, ctx, done).await {
                done.failures.push(error);
            }
        }
    }
}

/// Wipes the private halves of keys that left the set. Nobody signs with them any more.
pub(crate) async fn wipe_retired(powers: &Powers, ctx: &Ctx, done: &mut Done) {
    let schedule = match powers.store.signing_keys().await {
        Ok(schedule) => schedule,
        Err(error) => return done.failures.push(error.into()),
    };
    let is_kept = |key: &&SigningKey| matches!(&key.private, PrivateHalf::Wrapped(bytes) if !bytes.is_empty());
    for key in schedule.retired(ctx.now).filter(is_kept) {
        match powers.store.signing_key_wipe(key).await {
            Ok(()) => done.wiped.push(key.jwk.kid.clone()),
            Err(error) => done.failures.push(error.into()),
        }
    }
}

/// `kms-wrapped`: a new pair, if one is due.
async fn pair(powers: &Powers, ctx: &Ctx, alg: SigningAlg) -> Result<Option<Scheduled>, RotateError> {
    let (place, schedule) = look(powers, alg).await?;
    if !is_pair_due(&schedule, alg, powers.period, ctx.now) {
        return Ok(None);
    }
    let pair = powers.keys.new_key_pair(alg).await?;
    put(powers, ctx, place, &schedule, pair.jwk, PrivateHalf::Wrapped(pair.wrapped)).await
}

fn is_pair_due(schedule: &KeySchedule, alg: SigningAlg, period: SignedDuration, now: Timestamp) -> bool {
    match schedule.newest(alg) {
        None => true,
        Some(SigningKey { private: PrivateHalf::Kms(_), .. }) => true,
        Some(newest) => now.duration_since(newest.sign_from) >= period,
    }
}

/// `kms`: every slot that the schedule does not know; then, where the newest key is none of the
/// slots (the mode or the slots were changed back), the last slot once more.
async fn slots(powers: &Powers, ctx: &Ctx, done: &mut Done) -> Result<(), RotateError> {
    let slots = powers.keys.slots();
    let schedule = powers.store.signing_keys().await?;
    if slots.iter().all(|arn| schedule.has_slot(arn)) && SigningAlg::ALL.iter().all(|alg| leads(&schedule, *alg, slots))
    {
        return Ok(());
    }
    let mut known: Vec<(&String, Jwk)> = Vec::new();
    for arn in slots {
        match powers.keys.public_key(arn).await {
            Ok(jwk) => known.push((arn, jwk)),
            Err(error) => done.failures.push(error.into()),
        }
    }
    for (arn, jwk) in &known {
        let (place, schedule) = look(powers, jwk.alg).await?;
        if !schedule.has_slot(arn) {
            let private = PrivateHalf::Kms((*arn).clone());
            done.signing.extend(put(powers, ctx, place, &schedule, jwk.clone(), private).await?);
        }
    }
    for alg in SigningAlg::ALL {
        let (place, schedule) = look(powers, alg).await?;
        if leads(&schedule, alg, slots) {
            continue;
        }
        match known.iter().rev().find(|(_, jwk)| jwk.alg == alg) {
            Some((arn, jwk)) => {
                let private = PrivateHalf::Kms((*arn).clone());
                done.signing.extend(put(powers, ctx, place, &schedule, jwk.clone(), private).await?);
            }
            None => done.failures.push(RotateError::NoSlot(alg.as_str())),
        }
    }
    Ok(())
}

/// Whether the newest key is one of these slots.
fn leads(schedule: &KeySchedule, alg: SigningAlg, slots: &[String]) -> bool {
    matches!(schedule.newest(alg), Some(SigningKey { private: PrivateHalf::Kms(arn), .. }) if slots.contains(arn))
}

/// The next key's place, and the schedule. In this order: whoever adds a key between the two takes
/// the place.
async fn look(powers: &Powers, alg: SigningAlg) -> Result<(u32, KeySchedule), RotateError> {
    let last = powers.store.signing_key_last(alg).await?;
    Ok((last.saturating_add(1), powers.store.signing_keys().await?))
}

/// Puts a key into its place; none if another run was faster. The first key of all signs at once,
/// for there is nobody who could know an older set.
async fn put(
    powers: &Powers,
    ctx: &Ctx,
    place: u32,
    schedule: &KeySchedule,
    jwk: Jwk,
    private: PrivateHalf,
) -> Result<Option<Scheduled>, RotateError> {
    let lead = if schedule.newest(jwk.alg).is_some() { KeySchedule::LEAD } else { SignedDuration::ZERO };
    let key = SigningKey { jwk, publish_at: ctx.now, sign_from: ctx.now + lead, private };
    let cause = ctx.act(ActKind::KeyRotated, Actor::System);
    let put = powers.store.signing_key_put(place, &key, &cause).await?;
    Ok(put.then_some(Scheduled { kid: key.jwk.kid, alg: key.jwk.alg, sign_from: key.sign_from }))
}

#[cfg(test)]
mod tests {
    use domain::JwkNumbers;

    use super::*;

    const ALG: SigningAlg = SigningAlg::Es256;
    const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

    fn key(sign_from: Timestamp, private: PrivateHalf) -> SigningKey {
        let numbers = JwkNumbers::Ec { crv: "P-256".to_owned(), x: "x".to_owned(), y: "y".to_owned() };
        let jwk = Jwk { kid: "k".to_owned(), alg: ALG, usage: "sig".to_owned(), numbers };
        SigningKey { jwk, publish_at: sign_from, sign_from, private }
    }

    #[test]
    fn a_pair_is_due_at_first_after_its_time_and_after_the_mode_changed() {
        let start = Timestamp::UNIX_EPOCH;
        let of = |private| KeySchedule::new(vec![key(start, private)]);
        let is_due = |schedule: &KeySchedule, at| is_pair_due(schedule, ALG, MONTH, at);
        assert!(is_due(&KeySchedule::default(), start));
        let wrapped = of(PrivateHalf::Wrapped(vec![1]));
        assert!(!is_due(&wrapped, start + MONTH - SignedDuration::from_secs(1)));
        assert!(is_due(&wrapped, start + MONTH));
        assert!(is_pair_due(&wrapped, SigningAlg::Rs256, MONTH, start));
        assert!(is_due(&of(PrivateHalf::Kms("arn".to_owned())), start));
    }

    #[test]
    fn a_slot_leads_only_while_it_is_one() {
        let schedule = KeySchedule::new(vec![key(Timestamp::UNIX_EPOCH, PrivateHalf::Kms("a".to_owned()))]);
        assert!(leads(&schedule, ALG, &["a".to_owned(), "b".to_owned()]));
        assert!(!leads(&schedule, ALG, &["b".to_owned()]));
        assert!(!leads(&KeySchedule::default(), ALG, &["a".to_owned()]));
    }

    #[test]
    fn a_period_is_a_day_at_least() {
        let read = |text: &str| period(&Settings::new([("KEY_ROTATION_SECONDS", text)]));
        assert_eq!(read("").unwrap(), MONTH);
        assert_eq!(read("86400").unwrap(), SignedDuration::from_hours(24));
        for wrong in ["86399", "0", "-1", "99999999999", "18446744073709551615"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
