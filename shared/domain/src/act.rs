//! Acts: who did what, to whom, when. Every write of `store` carries the act that causes it.

use serde::{Deserialize, Serialize};

use crate::{ActId, CustomerId, RequestId, Rng, SessionId, Timestamp};

/// Something that somebody did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Act {
    /// Its id, ordered by time.
    pub id: ActId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: ActKind,
    /// Who.
    pub actor: Actor,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<CustomerId>,
    /// In which session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// By which request.
    pub request_id: RequestId,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Nobody that is known yet.
    Anonymous,
    /// A customer, signed in or by proof of a code.
    Customer(CustomerId),
    /// A registered client of the deployment.
    Client(String),
    /// The deployment itself: a schedule, a stream.
    System,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActKind {
    /// A registration began; no customer exists yet.
    #[serde(rename = "registration.started")]
    RegistrationStarted,
    /// A code was asked for again.
    #[serde(rename = "code.resent")]
    CodeResent,
    /// A code or link was tried.
    #[serde(rename = "code.tried")]
    CodeTried,
    /// An address was verified and a customer created.
    #[serde(rename = "customer.created")]
    CustomerCreated,
    /// A customer signed in.
    #[serde(rename = "session.started")]
    SessionStarted,
    /// A session was continued with its refresh token.
    #[serde(rename = "session.refreshed")]
    SessionRefreshed,
    /// A session was seen.
    #[serde(rename = "session.seen")]
    SessionSeen,
    /// A session was ended.
    #[serde(rename = "session.ended")]
    SessionEnded,
    /// Every session was ended.
    #[serde(rename = "sessions.ended")]
    SessionsEnded,
    /// A refresh token was used after its successor, and its family ended.
    #[serde(rename = "refresh.reused")]
    RefreshReused,
    /// A sign-in waits for another proof.
    #[serde(rename = "sign_in.pending")]
    SignInPending,
    /// A way to sign in without a password, or to recover, was asked for.
    #[serde(rename = "code.requested")]
    CodeRequested,
    /// A challenge was made, or answered.
    #[serde(rename = "challenge.made")]
    ChallengeMade,
    /// A customer proved more, and their session went on as another.
    #[serde(rename = "session.stepped_up")]
    SessionSteppedUp,
    /// A factor was added.
    #[serde(rename = "factor.added")]
    FactorAdded,
    /// A factor was named, or preferred.
    #[serde(rename = "factor.changed")]
    FactorChanged,
    /// A factor was removed.
    #[serde(rename = "factor.removed")]
    FactorRemoved,
    /// A new set of recovery codes was made.
    #[serde(rename = "recovery_codes.made")]
    RecoveryCodesMade,
    /// A device is no longer trusted.
    #[serde(rename = "device.distrusted")]
    DeviceDistrusted,
    /// A second factor was refused so often after a right password that its customer was told.
    #[serde(rename = "second_factor.refused")]
    SecondFactorRefused,
    /// A passkey's counter went back: there may be a copy of it.
    #[serde(rename = "passkey.suspected")]
    PasskeySuspected,
    /// A recovery without any factor was asked for.
    #[serde(rename = "recovery.started")]
    RecoveryStarted,
    /// A recovery without any factor was refused.
    #[serde(rename = "recovery.refused")]
    RecoveryRefused,
    /// What somebody else may have done was undone by its customer.
    #[serde(rename = "account.secured")]
    AccountSecured,
    /// The profile was changed.
    #[serde(rename = "profile.changed")]
    ProfileChanged,
    /// The password was changed or set.
    #[serde(rename = "password.changed")]
    PasswordChanged,
    /// The stored hash was made anew with the present parameters.
    #[serde(rename = "password.rehashed")]
    PasswordRehashed,
    /// Another address was asked for.
    #[serde(rename = "email.change_started")]
    EmailChangeStarted,
    /// The address was changed.
    #[serde(rename = "email.changed")]
    EmailChanged,
    /// The change of the address was undone.
    #[serde(rename = "email.change_undone")]
    EmailChangeUndone,
    /// A mail was sent.
    #[serde(rename = "mail.sent")]
    MailSent,
    /// A mail could not be sent yet, or no longer is to be.
    #[serde(rename = "mail.deferred")]
    MailDeferred,
    /// An address bounced or complained.
    #[serde(rename = "address.suppressed")]
    AddressSuppressed,
    /// A limit was reached.
    #[serde(rename = "limit.reached")]
    LimitReached,
    /// A key was made, published, or retired.
    #[serde(rename = "key.rotated")]
    KeyRotated,
}

impl ActKind {
    /// Whether the audit log keeps it. What happens all the time and says nothing about who
    /// decided what stays in the item that it wrote, so that nobody can run up the bill.
    pub fn is_sealed(self) -> bool {
        !matches!(
            self,
            Self::RegistrationStarted
                | Self::CodeResent
                | Self::CodeTried
                | Self::SignInPending
                | Self::CodeRequested
                | Self::ChallengeMade
                | Self::SessionRefreshed
                | Self::SessionSeen
                | Self::PasswordRehashed
                | Self::MailSent
                | Self::MailDeferred
        )
    }
}

impl Act {
    /// An act of now.
    pub fn new(kind: ActKind, actor: Actor, now: Timestamp, request_id: &RequestId, rng: &Rng) -> Self {
        let subject = match actor {
            Actor::Customer(customer) => Some(customer),
            Actor::Anonymous | Actor::Client(_) | Actor::System => None,
        };
        Self {
            id: ActId::generate(now, rng),
            at: now,
            kind,
            actor,
            subject,
            session: None,
            request_id: request_id.clone(),
        }
    }

    /// The act, done to `customer`.
    #[must_use]
    pub fn to(mut self, customer: CustomerId) -> Self {
        self.subject = Some(customer);
        self
    }

    /// The act, done in `session`.
    #[must_use]
    pub fn in_session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }
}
