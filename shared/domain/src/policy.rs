//! What a deployment asks of its customers at a sign-in, and what one of them still lacks.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Acr, ConfigError, Country, Factor, FactorId, FactorKind, Factors, Method, PhoneNumber, Proof, Proofs, Settings,
    SignedDuration, Timestamp, assurance, is_multi_factor,
};

/// When a second factor is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaPolicy {
    /// Never.
    Off,
    /// Where the customer has one.
    Optional,
    /// Always: who has none enrols one before going on.
    Required,
    /// As `Required`, from so many days after the registration.
    RequiredAfter(u16),
}

impl MfaPolicy {
    /// `off`, `optional`, `required`, or `required_after:DAYS`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "off" => Some(Self::Off),
            None if text == "optional" => Some(Self::Optional),
            None if text == "required" => Some(Self::Required),
            Some(("required_after", days)) => days.parse().ok().map(Self::RequiredAfter),
            _ => None,
        }
    }

    /// Whether whoever has met this one has met the other: what it asks for is asked for by this, too.
    pub fn covers(self, other: Self) -> bool {
        match (self, other) {
            (_, Self::Off) | (Self::Required, _) => true,
            (Self::Off, _) | (_, Self::Required) => false,
            (Self::RequiredAfter(own), Self::RequiredAfter(days)) => own <= days,
            (Self::RequiredAfter(_) | Self::Optional, Self::Optional) => true,
            (Self::Optional, Self::RequiredAfter(_)) => false,
        }
    }
}

impl<'de> Deserialize<'de> for MfaPolicy {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("is not off, optional, required, or required_after:DAYS"))
    }
}

impl fmt::Display for MfaPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Optional => f.write_str("optional"),
            Self::Required => f.write_str("required"),
            Self::RequiredAfter(days) => write!(f, "required_after:{days}"),
        }
    }
}

impl Serialize for MfaPolicy {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// What a deployment allows and asks for.
#[derive(Clone, Debug)]
pub struct SignInPolicy {
    /// `MFA_POLICY` (`optional`).
    pub mfa: MfaPolicy,
    /// `EMAIL_SIGN_IN` (`off`): whether codes and links by mail sign anybody in, alone or as a
    /// second factor.
    pub email: bool,
    /// `SMS_COUNTRIES` (none): where SMS may go, as ISO 3166 codes. None: no SMS at all.
    pub sms_countries: Vec<Country>,
    /// `TRUSTED_DEVICE_DAYS` (30; 0: never): how long a device that its owner trusts is not asked
    /// for a second factor.
    pub trust_for: SignedDuration,
    /// `RECOVERY_DELAY_HOURS` (72; 0: never, but for suspended factors): how long somebody without any
    /// factor waits.
    pub recovery_delay: Option<SignedDuration>,
    /// `NEW_DEVICE_NOTICE` (`on`): whether customers are told of sign-ins on devices that are not known.
    pub new_device_notice: bool,
}

impl SignInPolicy {
    /// Reads the settings.
    ///
    /// # Errors
    /// When one can't be used.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let mfa = settings.text("MFA_POLICY").unwrap_or("optional");
        let wrong = || ConfigError::new("MFA_POLICY", "is not off, optional, required, or required_after:DAYS");
        let small = |name, default, most| match settings.number(name, default)? {
            n if n <= most => Ok(i64::try_from(n).unwrap_or_default()),
            _ => Err(ConfigError::new(name, format!("is more than {most}"))),
        };
        let switch = |name, default| match settings.text(name).unwrap_or(default) {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(ConfigError::new(name, "is neither on nor off")),
        };
        let countries = settings.text("SMS_COUNTRIES").unwrap_or_default();
        let named = countries.split(',').map(str::trim).filter(|code| !code.is_empty());
        let no_list = || ConfigError::new("SMS_COUNTRIES", "is no list of ISO 3166 codes such as DE,AT,CH");
        let sms_countries = named.map(|code| Country::parse(code).ok_or_else(no_list)).collect::<Result<_, _>>()?;
        let delay = small("RECOVERY_DELAY_HOURS", 72, 24 * 30)?;
        Ok(Self {
            mfa: MfaPolicy::parse(mfa).ok_or_else(wrong)?,
            email: switch("EMAIL_SIGN_IN", "off")?,
            new_device_notice: switch("NEW_DEVICE_NOTICE", "on")?,
            sms_countries,
            trust_for: SignedDuration::from_hours(24 * small("TRUSTED_DEVICE_DAYS", 30, 365)?),
            recovery_delay: (delay > 0).then(|| SignedDuration::from_hours(delay)),
        })
    }

    /// Whether this way of proving who one is exists here at all.
    pub fn allows(&self, method: Method) -> bool {
        match method {
            Method::Email => self.email,
            Method::Sms => !self.sms_countries.is_empty(),
            Method::DelayedRecovery => self.recovery_delay.is_some(),
            Method::Passkey | Method::Totp | Method::RecoveryCode | Method::Password => true,
        }
    }

    /// Whether this factor is one here: its method exists, and an SMS may go to its number.
    pub fn counts(&self, factor: &Factor) -> bool {
        let is_reached = match &factor.kind {
            FactorKind::Sms { country, .. } => self.sms_countries.contains(country),
            FactorKind::Passkey { .. } | FactorKind::Totp { .. } | FactorKind::Email {} => true,
        };
        is_reached && self.allows(factor.method())
    }

    /// The phone that codes may go to.
    pub fn phone<'a>(&self, factors: &'a Factors) -> Option<&'a PhoneNumber> {
        factors.list.iter().filter(|factor| self.counts(factor)).find_map(number)
    }

    /// The phone that is told of what concerns everything, beside the mailbox: one that is suspended too, for
    /// it may be the only one that somebody else does not read.
    pub fn told_phone<'a>(&self, factors: &'a Factors) -> Option<&'a PhoneNumber> {
        factors.all().filter(|factor| self.counts(factor)).find_map(number)
    }

    /// How long somebody who is offered these waits to get in without any factor. Whose factors are all
    /// suspended is offered nothing else, and waits 72 hours where there is no such way for anybody else.
    pub fn delay(&self, offered: &[Method]) -> Option<SignedDuration> {
        const SUSPENDED: SignedDuration = SignedDuration::from_hours(72);
        self.recovery_delay.or_else(|| (offered == [Method::DelayedRecovery]).then_some(SUSPENDED))
    }

    /// What can be enrolled by somebody who must have a second factor.
    pub fn enrollable(&self) -> Vec<Method> {
        [Method::Passkey, Method::Totp, Method::Email].into_iter().filter(|method| self.allows(*method)).collect()
    }
}

/// The number of a factor that has one.
fn number(factor: &Factor) -> Option<&PhoneNumber> {
    match &factor.kind {
        FactorKind::Sms { number, .. } => Some(number),
        FactorKind::Passkey { .. } | FactorKind::Totp { .. } | FactorKind::Email {} => None,
    }
}

/// Somebody on their way in.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// What they have.
    pub factors: &'a Factors,
    /// What they have proved.
    pub proofs: &'a [Proof],
    /// Whether they have a password.
    pub has_password: bool,
    /// Whether they come from a device that they trust.
    pub is_trusted: bool,
    /// Since when they are a customer.
    pub since: Timestamp,
    /// The client's own policy.
    pub client: Option<MfaPolicy>,
}

/// What somebody on their way in still lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nothing.
    Nothing,
    /// One of these, the preferred one first.
    Proof(Vec<Method>),
    /// A second factor, which they have to enrol: one of these.
    Factor(Vec<Method>),
}

/// What somebody lacks to be signed in.
pub fn missing(policy: &SignInPolicy, who: &Arrival<'_>, now: Timestamp) -> Missing {
    let mfa = who.client.unwrap_or(policy.mfa);
    if mfa == MfaPolicy::Off || is_multi_factor(who.proofs) || who.proofs.contains(&Proof::DelayedRecovery) {
        return Missing::Nothing;
    }
    let offers = offers(policy, who, now);
    // A customer whose only factors a deployment no longer allows, or are the mailbox that they came by,
    // is one without.
    if !offers.is_empty() {
        return if who.is_trusted { Missing::Nothing } else { Missing::Proof(offers) };
    }
    let is_due = match mfa {
        MfaPolicy::Off | MfaPolicy::Optional => false,
        MfaPolicy::Required => true,
        MfaPolicy::RequiredAfter(days) => who.since + SignedDuration::from_hours(24 * i64::from(days)) <= now,
    };
    if !is_due {
        return Missing::Nothing;
    }
    let mut enrollable = policy.enrollable();
    // The mailbox is no second factor to whoever came by it.
    enrollable.retain(|method| *method != Method::Email || !who.proofs.contains(&Proof::Email));
    Missing::Factor(enrollable)
}

/// What somebody lacks to be signed in for a request that can't do without a level (OpenID Connect Core §5.5.1.1).
/// A device that is trusted proves nothing: what is missing is asked for there too. What can't be reached by anything
/// that they have is not asked for.
pub fn missing_for(policy: &SignInPolicy, who: &Arrival<'_>, acr: Option<Acr>, now: Timestamp) -> Missing {
    let lacks = missing(policy, who, now);
    let is_all = lacks == Missing::Nothing && !who.proofs.contains(&Proof::DelayedRecovery);
    let Some(acr) = acr.filter(|_| is_all) else { return lacks };
    match step_up(policy, who, &Demand { acr, since: None }, now) {
        Missing::Proof(mut methods) => {
            methods.retain(|method| *method != Method::DelayedRecovery);
            if methods.is_empty() { lacks } else { Missing::Proof(methods) }
        }
        Missing::Nothing | Missing::Factor(_) => lacks,
    }
}

/// What is asked of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// The level that it is to have.
    pub acr: Acr,
    /// Since when its customer is to have proved who they are, by all that they have; at any time, if
    /// this is none.
    pub since: Option<Timestamp>,
}

impl Demand {
    /// Those of a session's proofs that count.
    pub fn counted(&self, proofs: &Proofs) -> Vec<Proof> {
        self.since.map_or_else(|| proofs.all(), |begin| proofs.since(begin))
    }

    /// Whether it is met by somebody with these proofs that count.
    fn is_met(&self, policy: &SignInPolicy, who: &Arrival<'_>, now: Timestamp) -> bool {
        assurance(who.proofs) >= self.acr && (self.since.is_none() || is_by_all(policy, who, now))
    }
}

/// Whether somebody has proved who they are by all that they have: by two factors, where there is a
/// second one that this deployment could ask them for. The one answer to that question, at a sign-in and
/// before what is sensitive.
pub fn is_by_all(policy: &SignInPolicy, who: &Arrival<'_>, now: Timestamp) -> bool {
    let begun = who.proofs.iter().any(|proof| proof.begins());
    begun && (is_multi_factor(who.proofs) || offers(policy, who, now).is_empty())
}

/// What somebody who is signed in lacks of what is asked of their session: `who` has the proofs that
/// count. Offered is each method that belongs to a smallest set that would do, so that nothing is asked
/// for in vain, and after one method the rest of its set is. No method: it can't be done.
pub fn step_up(policy: &SignInPolicy, who: &Arrival<'_>, demand: &Demand, now: Timestamp) -> Missing {
    if demand.is_met(policy, who, now) {
        return Missing::Nothing;
    }
    let mut methods = offers(policy, who, now);
    // Their session was not asked for what is suspended, and is never fresh as long as it is.
    if methods == [Method::DelayedRecovery] {
        return Missing::Proof(methods);
    }
    methods.retain(|method| *method != Method::DelayedRecovery);
    if who.has_password {
        methods.push(Method::Password);
    } else if policy.email && !methods.contains(&Method::Email) {
        methods.push(Method::Email);
    }
    let is_in = |set: u32, at: usize| set >> at & 1 == 1;
    let would_do = |set: u32| {
        let more =
            methods.iter().enumerate().filter(|(at, _)| is_in(set, *at)).filter_map(|(_, method)| method.proof());
        let proofs: Vec<_> = who.proofs.iter().copied().chain(more).collect();
        demand.is_met(policy, &Arrival { proofs: &proofs, ..*who }, now)
    };
    let is_smallest = |set: u32| (0..methods.len()).all(|at| !is_in(set, at) || !would_do(set & !(1 << at)));
    let sets = (1..1 << methods.len()).filter(|set| would_do(*set) && is_smallest(*set));
    let useful = sets.fold(0, |all, set| all | set);
    let methods = methods.iter().enumerate().filter(|(at, _)| is_in(useful, *at)).map(|(_, method)| *method);
    Missing::Proof(methods.collect())
}

/// The second factors that this customer can use now, the preferred one first.
fn offers(policy: &SignInPolicy, who: &Arrival<'_>, now: Timestamp) -> Vec<Method> {
    let Factors { list, suspended, recovery_codes, preferred, delayed } = who.factors;
    let first = |id: &FactorId| list.iter().find(|factor| factor.id == *id).map(Factor::method);
    let preferred = preferred.as_ref().and_then(first);
    let mut methods: Vec<_> = list.iter().filter(|factor| policy.counts(factor)).map(Factor::method).collect();
    methods.sort_unstable_by_key(|method| (Some(*method) != preferred, *method));
    methods.dedup();
    // One that is suspended is asked for no more, and nobody gets around it.
    let is_held = suspended.iter().any(|held| policy.counts(&held.factor));
    // Whoever came by mail has the mailbox already.
    let by_mail = who.proofs.contains(&Proof::Email);
    let has_others = methods.len() > 1 || !recovery_codes.is_empty() || is_held;
    let perhaps_by_mail = who.proofs.contains(&Proof::MailedPassword) && has_others;
    methods.retain(|method| *method != Method::Email || !(by_mail || perhaps_by_mail));
    if !list.is_empty() && !recovery_codes.is_empty() {
        methods.push(Method::RecoveryCode);
    }
    if methods.is_empty() && is_held {
        return vec![Method::DelayedRecovery];
    }
    // A recovery stands in for what is asked for: alone, it would ask everybody else for what only who
    // began it has. Alone it is offered to those who have nothing else, to be begun.
    let is_ready = delayed.as_ref().is_some_and(|delayed| delayed.is_ready(now));
    if is_ready && !methods.is_empty() && policy.allows(Method::DelayedRecovery) {
        methods.push(Method::DelayedRecovery);
    }
    methods
}

#[cfg(test)]
mod tests;
