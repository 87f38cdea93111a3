//! Factors: what a customer has, beside a password, to prove who they are.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Country, FactorId, PhoneNumber, Proof, RecoveryHandle, Secret, SignedDuration, Timestamp, equal, is_multi_factor,
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
    /// When it was last used: to the day, where its use changes nothing else.
    pub used_at: Option<Timestamp>,
    /// What it is.
    pub kind: FactorKind,
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

    /// Those that were there before this.
    #[must_use]
    pub fn before(&self, moment: Timestamp) -> Self {
        let list = self.list.iter().filter(|factor| factor.added_at < moment).cloned().collect();
        Self { list, ..self.clone() }
    }

    /// Whether none has come or gone since these: they may have been used, named or preferred.
    pub fn are_those_of(&self, before: &Self) -> bool {
        let ids = |factors: &Self| factors.list.iter().map(|factor| factor.id).collect::<Vec<_>>();
        ids(self) == ids(before)
    }

    /// The factor with this id.
    pub fn find(&self, id: FactorId) -> Option<&Factor> {
        self.list.iter().find(|factor| factor.id == id)
    }

    /// The factors of this kind.
    pub fn of(&self, method: Method) -> impl Iterator<Item = &Factor> {
        self.list.iter().filter(move |factor| factor.method() == method)
    }

    /// The factor of a WebAuthn credential.
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

    /// What these are once somebody has signed in by these proofs, if that ends an open recovery: whoever
    /// has proved a second factor has not lost them all.
    pub fn without_recovery(&self, proofs: &[Proof], now: Timestamp) -> Option<Self> {
        let is_open = self.delayed.as_ref().is_some_and(|delayed| delayed.is_open(now));
        let has_proved = is_multi_factor(proofs) && !proofs.contains(&Proof::DelayedRecovery);
        (is_open && has_proved).then(|| Self { delayed: None, ..self.clone() })
    }

    /// Takes a factor away. Recovery codes stand in for other factors, so they go with the last.
    pub fn remove(&mut self, id: FactorId) -> Option<Factor> {
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
