//! What is asked of whom, as tables that read like sentences.

use serde_json::Value;

use super::super::*;
use crate::{DelayedRecovery, Rng, Secret, SuspendedFactor};

/// When everybody became a customer.
const SINCE: Timestamp = Timestamp::UNIX_EPOCH;

fn sms(country: &str) -> FactorKind {
    let number = PhoneNumber::parse("+4915112345678").unwrap();
    FactorKind::Sms { number, country: Country::parse(country).unwrap() }
}

/// What they have: `passkey`, `totp`, `sms`, `email`, a `french` phone, each with a `!` if it is preferred or a `-`
/// before it if it is suspended, `codes`, and a recovery that is `asked` for or `ready`.
fn factors(has: &str, now: Timestamp) -> Factors {
    let mut all = Factors::default();
    let rng = Rng::seeded([7; 32]);
    for word in has.split_whitespace() {
        let kind = match word.trim_end_matches('!').trim_start_matches('-') {
            "passkey" => {
                FactorKind::Passkey { credential_id: "AQID".to_owned(), credential: Value::Null, synced: true }
            }
            "totp" => FactorKind::Totp { secret: Secret::new(vec![0; 20]), last_step: 0 },
            "sms" => sms("DE"),
            "french" => sms("FR"),
            "email" => FactorKind::Email {},
            "codes" => {
                all.recovery_codes = vec![[0; 32]; Factors::RECOVERY_CODES];
                continue;
            }
            word @ ("asked" | "ready") => {
                let ready_at = if word == "ready" { now } else { now + SignedDuration::from_secs(1) };
                all.delayed = Some(DelayedRecovery { handle: [0; 32], ready_at });
                continue;
            }
            word => panic!("{word}"),
        };
        let id = FactorId::generate(SINCE, &rng);
        let factor = Factor {
            id,
            name: word.to_owned(),
            added_at: SINCE,
            added_in: None,
            used_at: None,
            suspect_since: None,
            kind,
        };
        match word.strip_prefix('-') {
            Some(_) => all.suspended.push(SuspendedFactor { since: SINCE, factor }),
            None => all.list.push(factor),
        }
        if word.ends_with('!') {
            all.preferred = Some(id);
        }
    }
    all
}

fn proofs(proved: &str) -> Vec<Proof> {
    let proof = |word| match word {
        "password" => Proof::Password,
        "mailed_password" => Proof::MailedPassword,
        "email" => Proof::Email,
        "sms" => Proof::Sms,
        "totp" => Proof::Totp,
        "code" => Proof::RecoveryCode,
        "passkey" => Proof::Passkey { verified: true, synced: true },
        "touch" => Proof::Passkey { verified: false, synced: false },
        "waited" => Proof::DelayedRecovery,
        word => panic!("{word}"),
    };
    proved.split_whitespace().map(proof).collect()
}

/// A deployment that offers everything, and asks so.
fn open(mfa: &str) -> SignInPolicy {
    let settings = [("MFA_POLICY", mfa), ("EMAIL_SIGN_IN", "on"), ("SMS_COUNTRIES", "DE,AT")];
    SignInPolicy::read(&Settings::new(settings)).unwrap()
}

/// One that offers no more than it must.
fn closed(mfa: &str) -> SignInPolicy {
    SignInPolicy::read(&Settings::new([("MFA_POLICY", mfa), ("RECOVERY_DELAY_HOURS", "0")])).unwrap()
}

fn names(methods: &[Method]) -> String {
    methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(" ")
}

struct Who {
    has: &'static str,
    proved: &'static str,
    /// After how many hours, and whether on a trusted device.
    hours: i64,
    trusted: bool,
    client: Option<&'static str>,
}

/// Somebody with these factors who has proved this, at once, on a device like any other, in an app like
/// any other.
const fn who(has: &'static str, proved: &'static str) -> Who {
    Who { has, proved, hours: 0, trusted: false, client: None }
}

impl Who {
    const fn after(self, hours: i64) -> Self {
        Self { hours, ..self }
    }

    const fn trusted(self) -> Self {
        Self { trusted: true, ..self }
    }

    const fn at(self, client: &'static str) -> Self {
        Self { client: Some(client), ..self }
    }

    fn lacks(&self, policy: &SignInPolicy) -> String {
        let now = SINCE + SignedDuration::from_hours(self.hours);
        let (factors, proofs) = (factors(self.has, now), proofs(self.proved));
        let arrival = Arrival {
            factors: &factors,
            proofs: &proofs,
            has_password: true,
            is_trusted: self.trusted,
            since: SINCE,
            client: self.client.map(|text| MfaPolicy::parse(text).unwrap()),
        };
        match missing(policy, &arrival, now) {
            Missing::Nothing => "nothing".to_owned(),
            Missing::Proof(methods) => format!("prove {}", names(&methods)),
            Missing::Factor(methods) => format!("enrol {}", names(&methods)),
        }
    }
}

#[test]
fn what_is_missing_where_everything_is_offered() {
    for (policy, who, lacks) in [
        // Off is off, whatever somebody has.
        ("off", who("", "password"), "nothing"),
        ("off", who("totp codes", "password"), "nothing"),
        ("off", who("totp", "email"), "nothing"),
        // Optional: who has a second factor is asked for it.
        ("optional", who("", "password"), "nothing"),
        ("optional", who("", "email"), "nothing"),
        ("optional", who("totp", "password"), "prove totp"),
        ("optional", who("totp", "email"), "prove totp"),
        ("optional", who("totp", "password totp"), "nothing"),
        ("optional", who("sms", "password sms"), "nothing"),
        ("optional", who("email", "password email"), "nothing"),
        ("optional", who("totp", "password code"), "nothing"),
        ("optional", who("passkey totp", "passkey"), "nothing"),
        ("optional", who("passkey", "password touch"), "nothing"),
        ("optional", who("passkey", "touch"), "prove passkey"),
        ("optional", who("totp", "password mailed_password"), "prove totp"),
        // The strongest first, or the preferred one; each once; codes only where they stand in for something.
        ("optional", who("email sms totp passkey", "password"), "prove passkey totp sms email"),
        ("optional", who("email sms! totp passkey", "password"), "prove sms passkey totp email"),
        ("optional", who("totp totp totp", "password"), "prove totp"),
        ("optional", who("totp codes", "password"), "prove totp recovery_code"),
        ("optional", who("totp! codes passkey", "password"), "prove totp passkey recovery_code"),
        ("optional", who("codes", "password"), "nothing"),
        // Who came by the mailbox has it already.
        ("optional", who("email totp", "email"), "prove totp"),
        ("optional", who("email", "email"), "nothing"),
        ("required", who("email", "email"), "enrol passkey totp"),
        // Whoever has the mailbox may have set the password, where there is another way to say no.
        ("optional", who("email totp", "mailed_password"), "prove totp"),
        ("optional", who("email codes", "mailed_password"), "prove recovery_code"),
        ("optional", who("email", "mailed_password"), "prove email"),
        ("optional", who("email", "mailed_password email"), "nothing"),
        ("optional", who("totp", "mailed_password totp"), "nothing"),
        ("optional", who("totp", "email mailed_password"), "prove totp"),
        // A trusted device spares the second factor, and no enrolment.
        ("optional", who("totp", "password").trusted(), "nothing"),
        ("required", who("totp codes", "password").trusted(), "nothing"),
        ("required", who("", "password").trusted(), "enrol passkey totp email"),
        // Required: who has none enrols one.
        ("required", who("", "password"), "enrol passkey totp email"),
        ("required", who("", "mailed_password"), "enrol passkey totp email"),
        ("required", who("", "email"), "enrol passkey totp"),
        ("required", who("", "passkey"), "nothing"),
        ("required", who("totp", "password"), "prove totp"),
        ("required", who("totp", "password totp"), "nothing"),
        ("required", who("codes", "password"), "enrol passkey totp email"),
        // From a day on: to the hour, and who has a factor is asked at any time.
        ("required_after:7", who("", "password"), "nothing"),
        ("required_after:7", who("", "password").after(7 * 24 - 1), "nothing"),
        ("required_after:7", who("", "password").after(7 * 24), "enrol passkey totp email"),
        ("required_after:7", who("totp", "password"), "prove totp"),
        ("required_after:7", who("totp", "password").after(7 * 24), "prove totp"),
        ("required_after:0", who("", "password"), "enrol passkey totp email"),
        // A client's own word counts, either way.
        ("optional", who("", "password").at("required"), "enrol passkey totp email"),
        ("off", who("totp", "password").at("optional"), "prove totp"),
        ("required", who("", "password").at("optional"), "nothing"),
        ("required", who("totp", "password").at("off"), "nothing"),
        ("optional", who("", "password").at("required_after:1").after(23), "nothing"),
        ("optional", who("", "password").at("required_after:1").after(24), "enrol passkey totp email"),
        // A number that no SMS may go to is no factor.
        ("optional", who("french", "password"), "nothing"),
        ("required", who("french", "password"), "enrol passkey totp email"),
        ("optional", who("french totp", "password"), "prove totp"),
        // A recovery is offered once it is ready, last, beside a factor; who waited it out goes on.
        ("optional", who("totp asked", "password").after(72), "prove totp"),
        ("optional", who("totp ready", "password").after(72), "prove totp delayed_recovery"),
        ("optional", who("totp codes ready", "email").after(72), "prove totp recovery_code delayed_recovery"),
        ("required", who("", "password waited").after(72), "nothing"),
        // What is suspended is not asked for, and nobody gets around it: another factor, or a recovery.
        ("off", who("-totp", "password"), "nothing"),
        ("optional", who("-totp", "password"), "prove delayed_recovery"),
        ("required", who("-totp", "mailed_password"), "prove delayed_recovery"),
        ("optional", who("-passkey", "email"), "prove delayed_recovery"),
        ("optional", who("-totp passkey codes", "password"), "prove passkey recovery_code"),
        ("optional", who("-totp passkey ready", "password").after(72), "prove passkey delayed_recovery"),
        ("optional", who("-totp ready", "password").after(72), "prove delayed_recovery"),
        // The mailbox that took it away is none of these.
        ("optional", who("-totp email", "mailed_password"), "prove delayed_recovery"),
        ("optional", who("-totp email", "email"), "prove delayed_recovery"),
        ("optional", who("-totp email", "password"), "prove email"),
    ] {
        assert_eq!(who.lacks(&open(policy)), lacks, "{policy}: {:?} has {:?}", who.proved, who.has);
    }
}

#[test]
fn what_is_missing_where_a_method_is_not_offered() {
    for (policy, who, lacks) in [
        // Nobody is kept out by a factor that the deployment no longer allows.
        ("optional", who("sms email", "password"), "nothing"),
        ("required", who("sms email", "password"), "enrol passkey totp"),
        ("optional", who("sms totp", "password"), "prove totp"),
        ("optional", who("sms codes", "password"), "prove recovery_code"),
        ("required", who("", "password"), "enrol passkey totp"),
        // A recovery that was asked for before it was switched off.
        ("optional", who("totp ready", "password").after(72), "prove totp"),
        ("optional", who("sms ready", "password").after(72), "nothing"),
        // Whose factors are all suspended has this way in even so, and no other.
        ("optional", who("-totp", "password"), "prove delayed_recovery"),
        ("optional", who("-totp passkey ready", "password").after(72), "prove passkey"),
        ("optional", who("-sms", "password"), "nothing"),
    ] {
        assert_eq!(who.lacks(&closed(policy)), lacks, "{policy}: {:?} has {:?}", who.proved, who.has);
    }
}

/// What a step-up asks of somebody with these proofs that count: `nothing`, or methods.
fn asked(policy: &SignInPolicy, has: &str, has_password: bool, proved: &str, demand: &Demand) -> String {
    let now = SINCE + SignedDuration::from_hours(72);
    let (factors, proofs) = (factors(has, now), proofs(proved));
    let arrival =
        Arrival { factors: &factors, proofs: &proofs, has_password, is_trusted: false, since: SINCE, client: None };
    match step_up(policy, &arrival, demand, now) {
        Missing::Nothing => "nothing".to_owned(),
        Missing::Proof(methods) | Missing::Factor(methods) => names(&methods),
    }
}

#[test]
fn what_a_step_up_to_two_factors_asks_for() {
    for (has, has_password, proved, methods) in [
        // One was proved: the other.
        ("totp", true, "password", "totp"),
        ("totp codes sms", true, "password", "totp sms recovery_code"),
        ("passkey! totp", true, "password", "passkey totp"),
        ("totp", true, "mailed_password", "totp"),
        ("totp", true, "password totp", "nothing"),
        // A mailbox never reaches it, nor a recovery that would take every factor away, nor a phone that
        // no SMS may go to.
        ("email", true, "password", ""),
        ("email totp", true, "password", "totp"),
        ("totp ready", true, "password", "totp"),
        ("french", true, "password", ""),
        // Nothing known was proved: a passkey is two at once; of others, one and the password.
        ("passkey totp", true, "email", "passkey totp password"),
        ("passkey totp", false, "email totp", "passkey"),
        ("totp", true, "email", "totp password"),
        ("totp", true, "email totp", "password"),
        ("totp", false, "email totp", ""),
        // What is suspended can't be stepped around, nor up by.
        ("-totp", true, "password", "delayed_recovery"),
        ("-totp passkey", true, "password", "passkey"),
        // Who has no second factor can't reach it.
        ("", true, "password", ""),
        ("", false, "email", ""),
    ] {
        let demand = Demand { acr: Acr::Aal2, since: None };
        assert_eq!(asked(&open("optional"), has, has_password, proved, &demand), methods, "{proved:?} has {has:?}");
    }
}

#[test]
fn what_a_step_up_to_a_proof_of_now_asks_for() {
    use Acr::{Aal1, Aal2};
    for (has, has_password, proved_since, acr, methods) in [
        // By all that there is: what was proved before that is proved again.
        ("totp", true, "", Aal1, "totp password"),
        ("totp", true, "totp", Aal1, "password"),
        ("totp", true, "password", Aal1, "totp"),
        ("totp codes", true, "password", Aal1, "totp recovery_code"),
        ("totp", true, "password totp", Aal1, "nothing"),
        ("totp sms", true, "totp", Aal1, "password"),
        ("passkey totp", true, "", Aal1, "passkey totp password"),
        ("passkey", true, "passkey", Aal2, "nothing"),
        ("passkey", true, "touch", Aal2, "passkey password"),
        ("passkey", false, "", Aal2, "passkey"),
        ("email", true, "password", Aal1, "email"),
        ("email", true, "password", Aal2, ""),
        ("email totp", true, "password", Aal2, "totp"),
        ("-totp", true, "password", Aal1, "delayed_recovery"),
        // Who has no second factor, or none that counts, has no more than the first.
        ("", true, "", Aal1, "password"),
        ("french", true, "", Aal1, "password"),
        ("", true, "password", Aal1, "nothing"),
        ("", false, "", Aal1, "email"),
        ("totp", false, "", Aal1, "totp email"),
    ] {
        let demand = Demand { acr, since: Some(SINCE) };
        let found = asked(&open("optional"), has, has_password, proved_since, &demand);
        assert_eq!(found, methods, "{acr:?}: {proved_since:?} has {has:?}");
    }
    // Where the mailbox signs nobody in, it is not asked for either, nor is a factor that is switched off.
    let demand = Demand { acr: Aal1, since: Some(SINCE) };
    assert_eq!(asked(&closed("optional"), "", false, "", &demand), "");
    assert_eq!(asked(&closed("optional"), "sms email", true, "", &demand), "password");
    assert_eq!(asked(&closed("optional"), "sms email", true, "password", &demand), "nothing");
}
