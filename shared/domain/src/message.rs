//! What is mailed. Only facts; the words are `notify`'s.

use serde::{Deserialize, Serialize};

use crate::{Code, Email, Locale, Secret, Timestamp};

/// A mail that is to be sent: what an outbox item holds, encrypted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// Whom it goes to.
    pub to: Email,
    /// In which language.
    pub locale: Locale,
    /// The deployment's address: what every link starts with.
    pub issuer: String,
    /// What it says.
    pub message: Message,
}

/// Everything that can be mailed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// Somebody registers with this address: the code, and a link for another device. Where the
    /// address has an account, the mailer sends [`Message::AlreadyRegistered`] instead.
    Registration {
        /// The six digits.
        code: Code,
        /// The link, whose page has a button that confirms the address.
        link: Secret<String>,
        /// When both end.
        expires_at: Timestamp,
    },
    /// Somebody tried to register with the address of an account.
    AlreadyRegistered {},
    /// A customer wants this address to be theirs: the code.
    EmailChange {
        /// The six digits.
        code: Code,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// To the old address: it is no longer the customer's, and here is how to undo that.
    EmailChanged {
        /// The new address, masked.
        new_masked: String,
        /// The link, whose page has a button that undoes the change.
        undo_link: Secret<String>,
        /// Until when it can be undone.
        undo_until: Timestamp,
        /// When it was changed.
        at: Timestamp,
    },
    /// The password was changed, and every other session ended.
    PasswordChanged {
        /// When.
        at: Timestamp,
        /// From which device, in words.
        device: String,
        /// Roughly where, in words, where that is known.
        place: Option<String>,
    },
    /// A session was ended for the customer's safety.
    SessionsEnded {
        /// When.
        at: Timestamp,
        /// Why.
        reason: EndReason,
    },
}

/// Why sessions were ended without their customer's asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// A refresh token that had been replaced was used again: somebody may have copied it.
    RefreshReuse,
    /// The change of the address was undone by the holder of the old one.
    EmailChangeUndone,
}

impl Message {
    /// The message's name, for logs, metrics and message tags.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Registration { .. } => "registration",
            Self::AlreadyRegistered {} => "already_registered",
            Self::EmailChange { .. } => "email_change",
            Self::EmailChanged { .. } => "email_changed",
            Self::PasswordChanged { .. } => "password_changed",
            Self::SessionsEnded { .. } => "sessions_ended",
        }
    }
}
