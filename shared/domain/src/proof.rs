//! Proofs: by what customers showed who they are, and how sure that makes us.

use serde::{Deserialize, Serialize};

use crate::{AuthenticationMethod, Timestamp};

/// Something by which a customer proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Their password.
    Password,
    /// A password that was set by a mail, and not by its owner in a session since: whoever has the
    /// mailbox may have set it.
    MailedPassword,
    /// A code or link that was mailed to them.
    Email,
    /// A code that was sent to their phone.
    Sms,
    /// A code of their authenticator app (RFC 6238).
    Totp,
    /// One of their recovery codes.
    RecoveryCode,
    /// A passkey or security key (WebAuthn).
    Passkey {
        /// Whether the authenticator verified its user: then it is two factors in one.
        verified: bool,
        /// Whether the key is kept in more than one place.
        synced: bool,
    },
    /// They waited out a delayed recovery that nobody refused.
    DelayedRecovery,
}

/// How surely somebody is who they say: NIST SP 800-63B's levels, as the `acr` of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acr {
    /// Less than two of the right kinds: one factor, or two that are not something known beside
    /// something had, such as a mailed code and an authenticator app.
    Aal1,
    /// Two: a password and something that the customer has, or a passkey with user verification.
    Aal2,
}

impl Acr {
    /// The `acr` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aal1 => "aal1",
            Self::Aal2 => "aal2",
        }
    }

    /// The level that this `acr` value names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Aal1, Self::Aal2].into_iter().find(|acr| acr.as_str() == text)
    }
}

/// What somebody has proved, each with the time at which they proved it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proofs(Vec<Proved>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Proved {
    proof: Proof,
    at: Timestamp,
}

impl Proofs {
    /// The first.
    pub fn of(proof: Proof, at: Timestamp) -> Self {
        Self(vec![Proved { proof, at }])
    }

    /// These, and one that came just now: again, or for the first time.
    #[must_use]
    pub fn and(&self, proof: Proof, at: Timestamp) -> Self {
        let mut all = self.0.clone();
        match all.iter_mut().find(|known| known.proof == proof) {
            Some(known) => known.at = at,
            None => all.push(Proved { proof, at }),
        }
        Self(all)
    }

    /// All of them, however old.
    pub fn all(&self) -> Vec<Proof> {
        self.0.iter().map(|proved| proved.proof).collect()
    }

    /// Those that came at this time or later.
    pub fn since(&self, begin: Timestamp) -> Vec<Proof> {
        self.0.iter().filter(|proved| proved.at >= begin).map(|proved| proved.proof).collect()
    }
}

impl Proof {
    /// Whether a sign-in can begin with it: what only stands beside another proof is none by itself.
    pub(crate) fn begins(self) -> bool {
        self.is_known() || matches!(self, Self::Email | Self::Passkey { verified: true, .. })
    }

    /// Whether it is something that the customer knows.
    pub fn is_known(self) -> bool {
        matches!(self, Self::Password | Self::MailedPassword)
    }

    /// Whether it is something that the customer has, and no more than that. Mail is not: a mailbox
    /// is opened from anywhere (SP 800-63B §3.1.3.1).
    fn is_had(self) -> bool {
        matches!(self, Self::Sms | Self::Totp | Self::RecoveryCode | Self::Passkey { .. })
    }

    /// Whether it is the kind of thing that whoever reads the customer's mail has too.
    fn is_mailed(self) -> bool {
        matches!(self, Self::Email | Self::MailedPassword)
    }
}

/// The level that these proofs reach together.
pub fn assurance(proofs: &[Proof]) -> Acr {
    let verified = proofs.iter().any(|proof| matches!(proof, Proof::Passkey { verified: true, .. }));
    let both = proofs.iter().any(|proof| proof.is_known()) && proofs.iter().any(|proof| proof.is_had());
    if verified || both { Acr::Aal2 } else { Acr::Aal1 }
}

/// Whether these proofs are two factors, of whatever strength: enough for a customer who has a
/// second one.
pub fn is_multi_factor(proofs: &[Proof]) -> bool {
    let beyond_the_first = |first: Proof| {
        proofs.iter().any(|proof| {
            *proof != first
                && *proof != Proof::DelayedRecovery
                && !(proof.is_known() && first.is_known())
                && !(proof.is_mailed() && first == Proof::Email)
        })
    };
    assurance(proofs) == Acr::Aal2 || proofs.first().copied().is_some_and(beyond_the_first)
}

/// The `amr` of these proofs (RFC 8176).
pub fn methods(proofs: &[Proof]) -> Vec<AuthenticationMethod> {
    use AuthenticationMethod::{Hwk, Mfa, Otp, Pwd, Sms, Swk, User};
    let mut amr = Vec::new();
    for proof in proofs {
        let of_proof: &[AuthenticationMethod] = match proof {
            Proof::Password | Proof::MailedPassword => &[Pwd],
            Proof::Email | Proof::Totp | Proof::RecoveryCode => &[Otp],
            Proof::Sms => &[Sms, Otp],
            Proof::Passkey { synced: true, .. } => &[Swk, User],
            Proof::Passkey { synced: false, .. } => &[Hwk, User],
            Proof::DelayedRecovery => &[],
        };
        amr.extend(of_proof);
    }
    if is_multi_factor(proofs) {
        amr.push(Mfa);
    }
    let mut once = Vec::new();
    for method in amr {
        if !once.contains(&method) {
            once.push(method);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSKEY: Proof = Proof::Passkey { verified: true, synced: true };
    const TOUCH: Proof = Proof::Passkey { verified: false, synced: false };

    #[test]
    fn what_counts_as_two() {
        for (proofs, acr, multi, amr) in [
            (&[Proof::Password][..], Acr::Aal1, false, "pwd"),
            (&[Proof::Email], Acr::Aal1, false, "otp"),
            (&[PASSKEY], Acr::Aal2, true, "swk user mfa"),
            (&[TOUCH], Acr::Aal1, false, "hwk user"),
            (&[Proof::Password, Proof::Totp], Acr::Aal2, true, "pwd otp mfa"),
            (&[Proof::Password, TOUCH], Acr::Aal2, true, "pwd hwk user mfa"),
            (&[Proof::Password, Proof::Sms], Acr::Aal2, true, "pwd sms otp mfa"),
            (&[Proof::Password, Proof::RecoveryCode], Acr::Aal2, true, "pwd otp mfa"),
            (&[Proof::Password, Proof::Email], Acr::Aal1, true, "pwd otp mfa"),
            (&[Proof::Email, Proof::Totp], Acr::Aal1, true, "otp mfa"),
            (&[Proof::Email, Proof::Email], Acr::Aal1, false, "otp"),
            (&[Proof::Password, Proof::DelayedRecovery], Acr::Aal1, false, "pwd"),
            (&[Proof::Password, Proof::Password], Acr::Aal1, false, "pwd"),
            (&[Proof::Email, Proof::MailedPassword], Acr::Aal1, false, "otp pwd"),
        ] {
            let said: Vec<_> = methods(proofs).into_iter().map(|m| serde_json::to_value(m).unwrap()).collect();
            let said: Vec<_> = said.iter().filter_map(|value| value.as_str()).collect();
            assert_eq!((assurance(proofs), is_multi_factor(proofs), said.join(" ").as_str()), (acr, multi, amr));
        }
    }
}
