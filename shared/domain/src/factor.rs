//! Factors: what a customer has, beside a password, to prove who they are.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Country, FactorId, PhoneNumber, Proof, RecoveryHandle, Secret, SessionId, SignedDuration, Timestamp, equal,
    is_multi_factor,
};

/// A way to prove who one is, as `methods` of an answer name it, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A passkey or security key.
    Passkey,
    /// A code of an authenticator app.
    Totp,
    /// A code sent to a phone.
    Sms,
    /// A code sent to the verified address.
    Email,
    /// One of the customer's recovery codes.
    RecoveryCode,
    /// The password.
    Password,
    /// A delayed recovery whose time has come.
    DelayedRecovery,
}

impl Method {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::RecoveryCode => "recovery_code",
            Self::Password => "password",
            Self::DelayedRecovery => "delayed_recovery",
        }
    }

    /// What it proves at best.
    pub(crate) fn proof(self) -> Option<Proof> {
        match self {
            Self::Passkey => Some(Proof::Passkey { verified: true, synced: true }),
            Self::Totp => Some(Proof::Totp),
            Self::Sms => Some(Proof::Sms),
            Self::Email => Some(Proof::Email),
            Self::RecoveryCode => Some(Proof::RecoveryCode),
            Self::Password => Some(Proof::Password),
            Self::DelayedRecovery => None,
        }
    }
}

/// All of a customer's factors: one item, sealed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Factors {
    /// Those that are active, in the order in which they were added.
    pub list: Vec<Factor>,
    /// Those that prove nothing any more, and that nobody gets around either.
    #[serde(default)]
    pub suspended: Vec<SuspendedFactor>,
    /// MACs of the recovery codes that are left.
    pub recovery_codes: Vec<[u8; 32]>,
    /// The factor that is offered first.
    pub preferred: Option<FactorId>,
    /// A delayed recovery that somebody asked for.
    pub delayed: Option<DelayedRecovery>,
}

/// One factor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Factor {
    /// Its id.
    pub id: FactorId,
    /// What its owner calls it.
    pub name: String,
    /// Since when.
    pub added_at: Timestamp,
    /// The session in which it was added: none, if that was at a sign-in.
    #[serde(default)]
    pub added_in: Option<SessionId>,
    /// When it was last used: to the day, where its use changes nothing else.
    pub used_at: Option<Timestamp>,
    /// Since when there may be a copy of it: a passkey's counter had gone back.
    #[serde(default)]
    pub suspect_since: Option<Timestamp>,
    /// What it is.
    pub kind: FactorKind,
}

/// A factor that whoever reads the mail has taken away, and that was all that kept the mailbox alone from
/// being enough. It opens nothing, whoever has it; its place is kept until its owner removes it, or a
/// delayed recovery is waited out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SuspendedFactor {
    /// Since when.
    pub since: Timestamp,
    /// What it was.
    pub factor: Factor,
}

/// What a factor is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum FactorKind {
    /// A passkey or security key.
    Passkey {
        /// The credential's id, base64url.
        credential_id: String,
        /// The credential, as the WebAuthn library keeps it.
        credential: Value,
        /// Whether it is kept in more than one place (backup state).
        synced: bool,
    },
    /// An authenticator app.
    Totp {
        /// The shared secret.
        secret: Secret<Vec<u8>>,
        /// The last step whose code was accepted: no older or equal one ever is again.
        last_step: u64,
    },
    /// A phone that receives SMS.
    Sms {
        /// Its number.
        number: PhoneNumber,
        /// The country that the number is of: where SMS may go, the deployment says.
        country: Country,
    },
    /// The verified address.
    Email {},
}

/// A recovery without any factor, which begins to work after a time in which it can be refused. It is
/// theirs who began it, and nobody else's who knows the password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DelayedRecovery {
    /// The digest of the handle that whoever began it was given.
    pub handle: [u8; 32],
    /// From when it works.
    pub ready_at: Timestamp,
}

impl DelayedRecovery {
    /// How long it works once it is ready.
    pub const READY_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// Whether it works at `now`.
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.ready_at <= now && now < self.ready_at + Self::READY_FOR
    }

    /// Whether it waits or works at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.ready_at + Self::READY_FOR
    }

    /// Whether whoever holds this handle began it.
    pub fn is_of(&self, handle: &RecoveryHandle) -> bool {
        equal(&self.handle, &handle.digest())
    }
}

impl Factor {
    /// How it is used.
    pub fn method(&self) -> Method {
        match self.kind {
            FactorKind::Passkey { .. } => Method::Passkey,
            FactorKind::Totp { .. } => Method::Totp,
            FactorKind::Sms { .. } => Method::Sms,
            FactorKind::Email {} => Method::Email,
        }
    }
}

impl Factors {
    /// How many factors of any kind one customer may have.
    pub const MOST: usize = 20;
    /// How many recovery codes a set has.
    pub const RECOVERY_CODES: usize = 10;

    /// These without those that were added in this session.
    #[must_use]
    pub fn added_elsewhere(&self, session: SessionId) -> Self {
        let list = self.list.iter().filter(|factor| factor.added_in != Some(session)).cloned().collect();
        Self { list, ..self.clone() }
    }

    /// Every factor: those that are active, then those that are suspended.
    pub fn all(&self) -> impl Iterator<Item = &Factor> {
        self.list.iter().chain(self.suspended.iter().map(|suspended| &suspended.factor))
    }

    /// Since when the factor with this id is suspended, if it is.
    pub fn suspended_since(&self, id: FactorId) -> Option<Timestamp> {
        self.suspended.iter().find(|suspended| suspended.factor.id == id).map(|suspended| suspended.since)
    }

    /// Whether none has come or gone since these: they may have been used, named or preferred.
    pub fn are_those_of(&self, before: &Self) -> bool {
        let ids = |factors: &Self| factors.list.iter().map(|factor| factor.id).collect::<Vec<_>>();
        let suspended = |factors: &Self| factors.suspended.iter().map(|one| one.factor.id).collect::<Vec<_>>();
        ids(self) == ids(before) && suspended(self) == suspended(before)
    }

    /// The active factor with this id.
    pub fn find(&self, id: FactorId) -> Option<&Factor> {
        self.list.iter().find(|factor| factor.id == id)
    }

    /// The active factors of this kind.
    pub fn of(&self, method: Method) -> impl Iterator<Item = &Factor> {
        self.list.iter().filter(move |factor| factor.method() == method)
    }

    /// The active factor of a WebAuthn credential.
    pub fn passkey(&self, id: &str) -> Option<&Factor> {
        self.list
            .iter()
            .find(|factor| matches!(&factor.kind, FactorKind::Passkey { credential_id, .. } if credential_id == id))
    }

    /// Notes that a factor was used.
    pub fn used(&mut self, id: FactorId, now: Timestamp) {
        for factor in self.list.iter_mut().filter(|factor| factor.id == id) {
            factor.used_at = Some(now);
        }
    }

    /// Notes that a factor was used, to the day: whether that is anything new.
    pub fn used_today(&mut self, id: FactorId, now: Timestamp) -> bool {
        const DAY: SignedDuration = SignedDuration::from_hours(24);
        let is_noted = |factor: &Factor| factor.used_at.is_some_and(|at| now.duration_since(at) < DAY);
        let is_new = self.find(id).is_some_and(|factor| !is_noted(factor));
        if is_new {
            self.used(id, now);
        }
        is_new
    }

    /// Keeps a passkey as it is after an answer.
    pub fn asserted(&mut self, id: FactorId, after: Value, is_synced: bool) {
        for factor in self.list.iter_mut().filter(|factor| factor.id == id) {
            if let FactorKind::Passkey { credential, synced, .. } = &mut factor.kind {
                credential.clone_from(&after);
                *synced = is_synced;
            }
        }
    }

    /// Notes that there may be a copy of a factor, if it is not known yet: whether there is such a factor.
    pub fn suspect(&mut self, id: FactorId, now: Timestamp) -> bool {
        let found = self.list.iter_mut().find(|factor| factor.id == id);
        found.map(|factor| factor.suspect_since.get_or_insert(now)).is_some()
    }

    /// What is left once whoever reads the mail has said that somebody else was there, and doubts some
    /// factors. A passkey that may have been copied is doubted by everybody.
    ///
    /// No recovery is left, and no recovery code: somebody else may have begun or made them, or copied
    /// them. A doubted factor goes, if it never signed anybody in, if it is the mailbox itself, or if
    /// another one is left that whoever reads the mail can't do without: a passkey or an app, which every
    /// deployment asks for, and which was used, so that the next mail's button does not simply remove it.
    /// Else it is suspended. Were it removed, the mailbox could set a password and be in; were it kept, so
    /// would be whoever has it, if they are not its owner.
    #[must_use]
    pub fn secured(&self, is_doubted: impl Fn(&Factor) -> bool, now: Timestamp) -> Self {
        let (doubted, list): (Vec<_>, Vec<_>) =
            self.list.iter().cloned().partition(|factor| factor.suspect_since.is_some() || is_doubted(factor));
        let is_guard =
            |factor: &Factor| factor.used_at.is_some() && matches!(factor.method(), Method::Passkey | Method::Totp);
        let is_guarded = list.iter().any(is_guard);
        let guards = |factor: &Factor| !is_guarded && factor.used_at.is_some() && factor.method() != Method::Email;
        let mut suspended = self.suspended.clone();
        let doubted = doubted.into_iter().filter(guards);
        suspended.extend(doubted.map(|factor| SuspendedFactor { since: now, factor }));
        let preferred = self.preferred.filter(|id| list.iter().any(|factor| factor.id == *id));
        Self { list, suspended, recovery_codes: Vec::new(), preferred, delayed: None }
    }

    /// What these are once somebody has signed in by these proofs, if that ends an open recovery: whoever
    /// has proved a second factor has not lost them all.
    pub fn without_recovery(&self, proofs: &[Proof], now: Timestamp) -> Option<Self> {
        let is_open = self.delayed.as_ref().is_some_and(|delayed| delayed.is_open(now));
        let has_proved = is_multi_factor(proofs) && !proofs.contains(&Proof::DelayedRecovery);
        (is_open && has_proved).then(|| Self { delayed: None, ..self.clone() })
    }

    /// Takes a factor away, active or suspended. Recovery codes stand in for other factors, so they go with
    /// the last that is active.
    pub fn remove(&mut self, id: FactorId) -> Option<Factor> {
        if let Some(at) = self.suspended.iter().position(|suspended| suspended.factor.id == id) {
            return Some(self.suspended.remove(at).factor);
        }
        let at = self.list.iter().position(|factor| factor.id == id)?;
        let removed = self.list.remove(at);
        if self.preferred == Some(id) {
            self.preferred = None;
        }
        if self.list.is_empty() {
            self.recovery_codes.clear();
        }
        Some(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    const ADDED: Timestamp = Timestamp::UNIX_EPOCH;
    const NOW: Timestamp = Timestamp::MAX;

    /// What somebody has, by words: `+` has been used, `?` is doubted, `!` may have been copied.
    fn factors(has: &str) -> Factors {
        let rng = Rng::seeded([7; 32]);
        let factor = |word: &str| Factor {
            id: FactorId::generate(ADDED, &rng),
            name: word.to_owned(),
            added_at: ADDED,
            added_in: None,
            used_at: word.contains('+').then_some(ADDED),
            suspect_since: word.contains('!').then_some(ADDED),
            kind: match word.trim_end_matches(['+', '?', '!']) {
                "passkey" => {
                    FactorKind::Passkey { credential_id: word.to_owned(), credential: Value::Null, synced: true }
                }
                "app" => FactorKind::Totp { secret: Secret::new(vec![0; 20]), last_step: 0 },
                "phone" => FactorKind::Sms {
                    number: PhoneNumber::parse("+4915112345678").unwrap(),
                    country: Country::parse("DE").unwrap(),
                },
                "mailbox" => FactorKind::Email {},
                word => panic!("{word}"),
            },
        };
        let list: Vec<_> = has.split_whitespace().map(factor).collect();
        let delayed = Some(DelayedRecovery { handle: [0; 32], ready_at: ADDED });
        let preferred = list.first().map(|factor| factor.id);
        Factors { list, suspended: vec![], recovery_codes: vec![[0; 32]], preferred, delayed }
    }

    #[test]
    fn what_is_left_of_what_whoever_reads_the_mail_doubts() {
        for (has, kept, suspended) in [
            ("app+", "app+", ""),
            // It never signed anybody in: the account is what it was before.
            ("app?", "", ""),
            // The only one is no way around itself, and none in any more.
            ("app+?", "", "app+?"),
            ("passkey+?", "", "passkey+?"),
            ("passkey+!", "", "passkey+!"),
            // Another keeps the mailbox from being enough.
            ("passkey+? app+", "app+", ""),
            // One that was never used does not: the next button would remove it.
            ("passkey+? app", "app", "passkey+?"),
            ("app+? passkey+!", "", "app+? passkey+!"),
            ("app+? app+?", "", "app+? app+?"),
            // A mailbox is none to who reads it, and a phone may be none where the deployment sends no SMS.
            ("app+? mailbox+", "mailbox+", "app+?"),
            ("app+? phone+", "phone+", "app+?"),
            ("mailbox+?", "", ""),
            ("phone+?", "", "phone+?"),
        ] {
            let before = factors(has);
            let left = before.secured(|factor| factor.name.contains('?'), NOW);
            let names = |all: Vec<&Factor>| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>().join(" ");
            assert_eq!(names(left.list.iter().collect()), kept, "{has}");
            assert_eq!(names(left.suspended.iter().map(|one| &one.factor).collect()), suspended, "{has}");
            assert!(left.suspended.iter().all(|one| one.since == NOW));
            assert!(left.recovery_codes.is_empty() && left.delayed.is_none(), "{has}");
            assert!(left.preferred.is_none_or(|id| left.find(id).is_some()), "{has}");
            // Once more takes nothing back, and loses none that is suspended.
            let again = left.secured(|_| true, NOW);
            assert!(again.suspended.len() >= left.suspended.len(), "{has}");
            assert!(left.list.is_empty() || suspended.is_empty() || again.all().next().is_some(), "{has}");
        }
    }
}
