//! Nobody is ever asked for nothing: every customer under every policy gets in by what they are offered.

mod table;

use serde_json::Value;

use super::*;
use crate::{DelayedRecovery, Secret, SuspendedFactor};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const PASSKEY: Proof = Proof::Passkey { verified: true, synced: true };
const TOUCH: Proof = Proof::Passkey { verified: false, synced: false };

fn germany() -> Country {
    Country::parse("DE").unwrap()
}

/// Every policy: when it asks, and which methods it allows.
fn policies() -> Vec<SignInPolicy> {
    let mfa = [MfaPolicy::Off, MfaPolicy::Optional, MfaPolicy::Required, MfaPolicy::RequiredAfter(30)];
    let day = SignedDuration::from_hours(24);
    let mut all = Vec::new();
    for mfa in mfa {
        for allowed in 0..8 {
            all.push(SignInPolicy {
                mfa,
                email: allowed & 1 > 0,
                sms_countries: if allowed & 2 > 0 { vec![germany()] } else { vec![] },
                trust_for: day,
                recovery_delay: (allowed & 4 > 0).then_some(day),
                new_device_notice: true,
            });
        }
    }
    all
}

/// Every set of factors, with and without recovery codes, a preferred factor, a recovery whose time has
/// come, and one that is suspended.
fn factors() -> Vec<Factors> {
    let passkey = || FactorKind::Passkey { credential_id: "id".to_owned(), credential: Value::Null, synced: true };
    let totp = || FactorKind::Totp { secret: Secret::new(vec![7; 20]), last_step: 0 };
    let sms = || FactorKind::Sms { number: PhoneNumber::parse("+4915112345678").unwrap(), country: germany() };
    let kinds: [&dyn Fn() -> FactorKind; 4] = [&passkey, &totp, &sms, &|| FactorKind::Email {}];
    let factor = |n: usize| Factor {
        id: FactorId::from_bytes([u8::try_from(n).unwrap(); 16]),
        name: String::new(),
        added_at: NOW,
        added_in: None,
        used_at: None,
        suspect_since: None,
        kind: kinds[n % 8](),
    };
    let mut all = Vec::new();
    for set in 0..16 {
        let list: Vec<_> = (0..4).filter(|n| set >> n & 1 > 0).map(factor).collect();
        for (also, held) in (0..8).flat_map(|also| [None, Some(1), Some(2)].map(|held| (also, held))) {
            let suspended = held.map(|n: usize| SuspendedFactor { since: NOW, factor: factor(n + 8) });
            all.push(Factors {
                suspended: suspended.into_iter().collect(),
                recovery_codes: if also & 1 > 0 { vec![[1; 32]] } else { vec![] },
                preferred: list.last().filter(|_| also & 2 > 0).map(|factor| factor.id),
                delayed: (also & 4 > 0).then_some(DelayedRecovery { handle: [0; 32], ready_at: NOW }),
                list: list.clone(),
            });
        }
    }
    all
}

/// By what one proves, and by what one shows that one has just enrolled, the method.
fn proof(method: Method) -> Vec<Proof> {
    match method {
        Method::Passkey => vec![PASSKEY, TOUCH],
        Method::Totp => vec![Proof::Totp],
        Method::Sms => vec![Proof::Sms],
        Method::Email => vec![Proof::Email],
        Method::RecoveryCode => vec![Proof::RecoveryCode],
        Method::Password => vec![Proof::Password],
        Method::DelayedRecovery => vec![Proof::DelayedRecovery],
    }
}

/// Calls `check` with every customer on every way in, under every policy.
fn everybody(mut check: impl FnMut(&SignInPolicy, &Arrival<'_>)) {
    // What each flow begins with, and whether there is a password then.
    let ways = [
        (Proof::Password, &[true][..]),
        (Proof::MailedPassword, &[true]),
        (Proof::Email, &[true, false]),
        (PASSKEY, &[true, false]),
    ];
    let factors = factors();
    for policy in policies() {
        for (first, passwords) in ways {
            // Whoever comes by mail comes where mail signs in; or has just registered, without factors.
            let of_registration = first == Proof::Email && !policy.email;
            for (factors, has_password) in factors.iter().flat_map(|f| passwords.iter().map(move |p| (f, *p))) {
                if of_registration && !factors.list.is_empty() {
                    continue;
                }
                for (is_trusted, client) in [(false, None), (true, None), (false, Some(MfaPolicy::Required))] {
                    let proofs = &[first];
                    check(&policy, &Arrival { factors, proofs, has_password, is_trusted, since: NOW, client });
                }
            }
        }
    }
}

#[test]
fn whoever_lacks_something_gets_in_by_each_thing_that_is_offered() {
    let mut asked = 0;
    everybody(|policy, who| {
        for now in [NOW, NOW + SignedDuration::from_hours(30 * 24)] {
            let lacks = missing(policy, who, now);
            let (Missing::Proof(offers) | Missing::Factor(offers)) = &lacks else { continue };
            asked += 1;
            let case = || format!("{policy:?} {who:?}: {lacks:?}");
            // What only one person can use is nothing to be offered alone, but to those who have nothing else
            // and can begin it.
            if offers == &[Method::DelayedRecovery] {
                assert!(!who.factors.suspended.is_empty() && policy.delay(offers).is_some(), "{}", case());
                let demand = Demand { acr: Acr::Aal1, since: Some(now) };
                assert_eq!(step_up(policy, who, &demand, now), lacks, "{}", case());
            } else {
                assert!(offers.iter().any(|method| *method != Method::DelayedRecovery), "{}", case());
                assert!(offers.iter().all(|method| policy.allows(*method)), "{}", case());
            }
            for proof in offers.iter().flat_map(|method| proof(*method)) {
                let proofs = &[who.proofs, &[proof]].concat();
                assert_eq!(missing(policy, &Arrival { proofs, ..*who }, now), Missing::Nothing, "{proof:?} {}", case());
            }
        }
    });
    assert!(asked > 10_000, "{asked}");
}

#[test]
fn a_mailbox_is_no_second_factor_to_whoever_came_by_it() {
    let mut enrols = 0;
    everybody(|policy, who| {
        let (Missing::Proof(offers) | Missing::Factor(offers)) = missing(policy, who, NOW) else { return };
        if who.proofs == [Proof::Email] {
            assert!(!offers.contains(&Method::Email), "{policy:?} {who:?}");
            // Whose only factor it is has none to be asked for, and enrols another.
            let has_mailbox_alone = matches!(who.factors.list.as_slice(), [only] if only.method() == Method::Email);
            if has_mailbox_alone && who.factors.recovery_codes.is_empty() && who.factors.suspended.is_empty() {
                assert_eq!(offers, [Method::Passkey, Method::Totp]);
                enrols += 1;
            }
        }
    });
    assert!(enrols > 100, "{enrols}");
}

#[test]
fn nobody_signs_in_by_less_than_all_that_they_have_but_by_being_spared() {
    everybody(|policy, who| {
        let lacks = missing(policy, who, NOW);
        let spared = who.is_trusted || who.client.unwrap_or(policy.mfa) == MfaPolicy::Off;
        let by_all = is_by_all(policy, who, NOW);
        assert_eq!(by_all, spared_of(policy, who).is_empty(), "{policy:?} {who:?}");
        assert!(by_all || spared || matches!(lacks, Missing::Proof(_)), "{policy:?} {who:?}: {lacks:?}");
    });
}

/// What they would be asked for where nothing spares them.
fn spared_of(policy: &SignInPolicy, who: &Arrival<'_>) -> Vec<Method> {
    let who = Arrival { is_trusted: false, client: Some(MfaPolicy::Optional), ..*who };
    match missing(policy, &who, NOW) {
        Missing::Proof(methods) => methods,
        Missing::Nothing | Missing::Factor(_) => Vec::new(),
    }
}

#[test]
fn whoever_steps_up_gets_there_by_whatever_is_offered_in_whatever_order() {
    /// Takes every way to its end; how many steps were taken.
    fn go(policy: &SignInPolicy, who: &Arrival<'_>, demand: &Demand) -> usize {
        let lacks = step_up(policy, who, demand, NOW);
        let Missing::Proof(offers) = &lacks else { return 0 };
        if offers == &[Method::DelayedRecovery] {
            // All that they have is suspended: this ends with their factors.
            return 0;
        }
        assert!(!offers.is_empty() && who.proofs.len() < 4, "{demand:?} {policy:?} {who:?}");
        let next = |method: &Method| {
            let proofs: Vec<_> = who.proofs.iter().copied().chain(method.proof()).collect();
            1 + go(policy, &Arrival { proofs: &proofs, ..*who }, demand)
        };
        offers.iter().map(next).sum()
    }
    let (mut steps, mut out_of_reach) = (0, 0);
    everybody(|policy, who| {
        if policy.mfa != MfaPolicy::Optional || who.is_trusted || who.client.is_some() {
            return;
        }
        for (acr, since) in [(Acr::Aal1, Some(NOW)), (Acr::Aal2, None), (Acr::Aal2, Some(NOW))] {
            for proofs in [&[], who.proofs] {
                let (who, demand) = (Arrival { proofs, ..*who }, Demand { acr, since });
                match step_up(policy, &who, &demand, NOW) {
                    Missing::Proof(none) if none.is_empty() => out_of_reach += 1,
                    _ => steps += go(policy, &who, &demand),
                }
            }
        }
    });
    assert!(steps > 10_000 && out_of_reach > 0, "{steps} {out_of_reach}");
}

#[test]
fn a_level_that_can_be_reached_is_asked_for_and_a_trusted_device_is_none() {
    let (mut asked, mut spared) = (0, 0);
    everybody(|policy, who| {
        assert_eq!(missing_for(policy, who, None, NOW), missing(policy, who, NOW), "{policy:?} {who:?}");
        assert_eq!(missing_for(policy, who, Some(Acr::Aal1), NOW), missing(policy, who, NOW), "{policy:?} {who:?}");
        let demand = Demand { acr: Acr::Aal2, since: None };
        match missing_for(policy, who, Some(Acr::Aal2), NOW) {
            // It is reached, or nothing that they have reaches it.
            Missing::Nothing => {
                let more = step_up(policy, who, &demand, NOW);
                let is_over = [Missing::Nothing, Missing::Proof(vec![]), Missing::Proof(vec![Method::DelayedRecovery])];
                assert!(is_over.contains(&more), "{policy:?} {who:?}: {more:?}");
            }
            lacks => {
                let is_spared = missing(policy, who, NOW) == Missing::Nothing;
                asked += 1;
                spared += usize::from(is_spared);
                let is_offer = matches!(&lacks, Missing::Proof(methods) if !methods.is_empty());
                assert!(!is_spared || is_offer, "{policy:?} {who:?}: {lacks:?}");
            }
        }
    });
    assert!(asked > 1_000 && spared > 100, "{asked} {spared}");
}

#[test]
fn nobody_gets_around_what_is_suspended() {
    let mut held = 0;
    everybody(|policy, who| {
        let is_asked = who.client.unwrap_or(policy.mfa) != MfaPolicy::Off && !who.is_trusted;
        let is_held = who.factors.suspended.iter().any(|one| policy.allows(one.factor.method()));
        if !is_asked || !is_held || is_multi_factor(who.proofs) {
            return;
        }
        held += 1;
        let Missing::Proof(offers) = missing(policy, who, NOW) else { panic!("{policy:?} {who:?}") };
        // Only what they have beside it is offered, or the recovery that takes all away.
        let has = |method: &Method| who.factors.of(*method).next().is_some();
        let stands_in = |method: &Method| matches!(method, Method::RecoveryCode | Method::DelayedRecovery);
        assert!(offers.iter().all(|method| has(method) || stands_in(method)), "{policy:?} {who:?}: {offers:?}");
        let by_mail = who.proofs.contains(&Proof::Email) || who.proofs.contains(&Proof::MailedPassword);
        assert!(!by_mail || !offers.contains(&Method::Email), "{policy:?} {who:?}: {offers:?}");
    });
    assert!(held > 1_000, "{held}");
}
