//! What is mailed, or sent to a phone. Only facts; the words are `notify`'s.

use serde::{Deserialize, Serialize};

use crate::{Code, DsarId, DsarKind, Email, Jurisdiction, Locale, Method, PhoneNumber, Secret, Timestamp};

/// A mail that is to be sent: what an outbox item holds, encrypted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// Whom it goes to.
    pub to: Recipient,
    /// In which language.
    pub locale: Locale,
    /// The deployment's address: what every link starts with.
    pub issuer: String,
    /// Whose law protects its reader, which decides whether it may be sent; the deployment's default
    /// where its flow doesn't know them.
    #[serde(default)]
    pub jurisdiction: Option<Jurisdiction>,
    /// What it says.
    pub message: Message,
}

/// Where something goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A mailbox.
    Email(Email),
    /// A phone.
    Phone(PhoneNumber),
}

impl From<Email> for Recipient {
    fn from(email: Email) -> Self {
        Self::Email(email)
    }
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
    /// Somebody signs in with this address and no password: a code. Where the address has no
    /// account, the mailer sends [`Message::NoAccount`] instead.
    SignInCode {
        /// The six digits.
        code: Code,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// Somebody signs in with this address and no password: a link to the app that asked, which
    /// works in the browser that asked. As [`Message::SignInCode`] otherwise.
    SignInLink {
        /// The link.
        link: Secret<String>,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// A customer proves once more who they are, or that a number is theirs: a code, by mail or SMS.
    FactorCode {
        /// The six digits.
        code: Code,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// Somebody has forgotten the password of the account with this address: the code, and a link for
    /// another device. Where the address has no account, the mailer sends [`Message::NoAccount`] instead.
    PasswordReset {
        /// The six digits.
        code: Code,
        /// The link, whose page asks for a new password.
        link: Secret<String>,
        /// When both end.
        expires_at: Timestamp,
    },
    /// Somebody tried to sign in to an account that this address does not have.
    NoAccount {},
    /// A customer agreed to be written to: the link whose button confirms it.
    ConsentOptIn {
        /// What they agreed to: the purpose's title, in their language.
        title: String,
        /// The link.
        link: Secret<String>,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// The password was changed, and every other session ended.
    PasswordChanged {
        /// When.
        at: Timestamp,
        /// From which device, in words.
        device: String,
        /// Roughly where, in words, where that is known.
        place: Option<String>,
        /// The link, whose page has a button that ends every session.
        link: Secret<String>,
        /// Until when it works.
        until: Timestamp,
    },
    /// Something that concerns the safety of an account has happened, and can be undone.
    Notice {
        /// What.
        what: Notice,
        /// When.
        at: Timestamp,
        /// From which device, in words.
        device: String,
        /// Roughly where, in words, where that is known.
        place: Option<String>,
        /// The link, whose page has a button that undoes it or ends every session.
        link: Secret<String>,
        /// Until when it works.
        until: Timestamp,
    },
    /// A customer is to be erased, and can still change their mind.
    ErasureRequested {
        /// When it was asked for.
        at: Timestamp,
        /// From when it is done.
        due_at: Timestamp,
        /// Until when a legal hold puts that off of which they may be told.
        on_hold_until: Option<Timestamp>,
        /// Who asked for it.
        by: ErasureBy,
        /// The link, whose page has a button that withdraws it; none where there is no time to.
        link: Option<Secret<String>>,
    },
    /// A legal hold was placed of which a customer may be told who is to be erased: it puts that off.
    ErasureOnHold {
        /// Until when.
        until: Timestamp,
    },
    /// An erasure was withdrawn: everything stays as it is.
    ErasureWithdrawn {
        /// When.
        at: Timestamp,
    },
    /// The last mail: a customer is being erased now.
    Erased {
        /// Where the certificate will be.
        link: Secret<String>,
    },
    /// A customer has not been seen for long, and will be erased.
    Inactive {
        /// From when, unless they sign in before.
        until: Timestamp,
        /// Until when a legal hold puts that off of which they may be told.
        on_hold_until: Option<Timestamp>,
    },
    /// A session was ended for the customer's safety.
    SessionsEnded {
        /// When.
        at: Timestamp,
        /// Why.
        reason: EndReason,
    },
    /// To whoever answers for data protection: a data subject's request is due soon, or overdue.
    RequestDue {
        /// Which.
        request: DsarId,
        /// What is asked for.
        asked: DsarKind,
        /// By when.
        due_at: Timestamp,
        /// Whether that is past.
        is_overdue: bool,
    },
}

/// Who asked for an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureBy {
    /// The customer.
    Customer,
    /// An administrator, on the customer's behalf.
    Administrator,
    /// Nobody: the customer has not been seen for long.
    Inactivity,
}

/// What a customer is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Notice {
    /// There is a new factor. The button takes it away (it is removed or suspended) and ends every session.
    FactorAdded {
        /// Of this kind.
        method: Method,
        /// By this name.
        name: String,
    },
    /// A factor was removed. The button ends every session.
    FactorRemoved {
        /// Of this kind.
        method: Method,
        /// By this name.
        name: String,
    },
    /// Somebody signed in on a device that was not known. The button ends every session.
    NewDevice {},
    /// A recovery code was used. The button ends every session.
    RecoveryCodeUsed {
        /// So many are left.
        left: usize,
    },
    /// There is a new set of recovery codes. The button ends every session.
    RecoveryCodesMade {},
    /// A passkey's counter went backwards: it may have been copied. The button takes it away (it is removed or
    /// suspended) and ends every session.
    PasskeyCopied {
        /// Its name.
        name: String,
    },
    /// A second factor was refused again and again after the right password. The button takes the password
    /// away and ends every session.
    SecondFactorRefused {},
    /// Somebody who has lost every factor wants to get in without one. The button refuses it.
    RecoveryStarted {
        /// From when it works.
        ready_at: Timestamp,
    },
    /// Somebody signed in with a factor, so that the recovery is over. The button ends every session.
    RecoveryEnded {},
    /// That recovery was used: every factor is gone. The button ends every session.
    Recovered {},
    /// A copy of all that is held on the customer was asked for in a session of theirs. The button ends
    /// every session, and with them the copy's address.
    ExportRequested {},
    /// The same by an administrator, for a request that is on record.
    ExportMade {},
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
            Self::SignInCode { .. } => "sign_in_code",
            Self::SignInLink { .. } => "sign_in_link",
            Self::FactorCode { .. } => "factor_code",
            Self::PasswordReset { .. } => "password_reset",
            Self::NoAccount {} => "no_account",
            Self::ConsentOptIn { .. } => "consent_opt_in",
            Self::PasswordChanged { .. } => "password_changed",
            Self::Notice { what, .. } => match what {
                Notice::FactorAdded { .. } => "factor_added",
                Notice::FactorRemoved { .. } => "factor_removed",
                Notice::NewDevice {} => "new_device",
                Notice::RecoveryCodeUsed { .. } => "recovery_code_used",
                Notice::RecoveryCodesMade {} => "recovery_codes_made",
                Notice::PasskeyCopied { .. } => "passkey_copied",
                Notice::SecondFactorRefused {} => "second_factor_refused",
                Notice::RecoveryStarted { .. } => "recovery_started",
                Notice::RecoveryEnded {} => "recovery_ended",
                Notice::Recovered {} => "recovered",
                Notice::ExportRequested {} => "export_requested",
                Notice::ExportMade {} => "export_made",
            },
            Self::ErasureRequested { .. } => "erasure_requested",
            Self::ErasureOnHold { .. } => "erasure_on_hold",
            Self::ErasureWithdrawn { .. } => "erasure_withdrawn",
            Self::Erased { .. } => "erased",
            Self::Inactive { .. } => "inactive",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::RequestDue { .. } => "request_due",
        }
    }
}
