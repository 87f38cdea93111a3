//! What a deployment asks of its customers at a sign-in, and what one of them still lacks.

use serde::{Deserialize, Deserializer};

use crate::{
    Acr, ConfigError, FactorId, Factors, Method, Proof, Settings, SignedDuration, Timestamp, assurance, is_multi_factor,
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
}

impl<'de> Deserialize<'de> for MfaPolicy {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("is not off, optional, required, or required_after:DAYS"))
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
    pub sms_countries: Vec<String>,
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
        let sms_countries: Vec<_> =
            countries.split(',').map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect();
        if sms_countries.iter().any(|c| c.len() != 2 || !c.bytes().all(|b| b.is_ascii_uppercase())) {
            return Err(ConfigError::new("SMS_COUNTRIES", "is no list of ISO 3166 codes such as DE,AT,CH"));
        }
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
    if who.factors.has_second() {
        let offers = offers(policy, who, now);
        // A customer whose only factors a deployment no longer allows, or are the mailbox that they came
        // by, is one without.
        if !offers.is_empty() {
            return if who.is_trusted { Missing::Nothing } else { Missing::Proof(offers) };
        }
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

/// What somebody who is signed in lacks to reach a level: exactly that. Nothing at all can be
/// offered to somebody who has no second factor.
pub fn step_up(policy: &SignInPolicy, who: &Arrival<'_>, wanted: Acr, now: Timestamp) -> Vec<Method> {
    let knows = who.proofs.iter().any(|proof| proof.is_known());
    let mut offers = offers(policy, who, now);
    // Their session was not asked for what is suspended, and never will be fresh as long as it is.
    if offers == [Method::DelayedRecovery] {
        return offers;
    }
    offers.retain(|method| *method != Method::DelayedRecovery);
    match (wanted, assurance(who.proofs)) {
        (Acr::Aal2, Acr::Aal1) => {
            if !knows {
                // Whatever they have needs a password beside it, but for a passkey that verifies.
                offers.retain(|method| *method == Method::Passkey);
                if who.has_password && is_multi_factor(who.proofs) {
                    offers.push(Method::Password);
                }
            }
            offers.retain(|method| *method != Method::Email);
            offers
        }
        // The level is reached, and only its age is not: by a factor of that level where there is one.
        (_, Acr::Aal2) if who.factors.has_second() => {
            offers.retain(|method| *method != Method::Email);
            if offers.is_empty() && who.has_password { vec![Method::Password] } else { offers }
        }
        _ if who.factors.has_second() && !offers.is_empty() => offers,
        _ if who.has_password => vec![Method::Password],
        _ if policy.email => vec![Method::Email],
        _ => vec![],
    }
}

/// The second factors that this customer can use now, the preferred one first.
fn offers(policy: &SignInPolicy, who: &Arrival<'_>, now: Timestamp) -> Vec<Method> {
    let Factors { list, suspended, recovery_codes, preferred, delayed } = who.factors;
    let first = |id: &FactorId| list.iter().find(|factor| factor.id == *id).map(super::Factor::method);
    let preferred = preferred.as_ref().and_then(first);
    let mut methods: Vec<_> = list.iter().map(super::Factor::method).collect();
    methods.sort_unstable_by_key(|method| (Some(*method) != preferred, *method));
    methods.dedup();
    methods.retain(|method| policy.allows(*method));
    // One that is suspended is asked for no more, and nobody gets around it.
    let is_held = suspended.iter().any(|held| policy.allows(held.factor.method()));
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
