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
    /// An authorization code came a second time, and what it had bought ended.
    #[serde(rename = "code.reused")]
    CodeReused,
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
    /// An app's request was pushed, or waits for its customer.
    #[serde(rename = "authorization.requested")]
    AuthorizationRequested,
    /// A customer was signed in to an app.
    #[serde(rename = "authorization.granted")]
    AuthorizationGranted,
    /// An app's request was refused, or could not be met.
    #[serde(rename = "authorization.refused")]
    AuthorizationRefused,
    /// An app is allowed nothing any more.
    #[serde(rename = "app.revoked")]
    AppRevoked,
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
    /// A customer agreed to a purpose.
    #[serde(rename = "consent.granted")]
    ConsentGranted,
    /// A customer agreed to a purpose, and has yet to confirm it by a mailed link.
    #[serde(rename = "consent.pending")]
    ConsentPending,
    /// A customer refused a purpose, or no longer agrees to it.
    #[serde(rename = "consent.withdrawn")]
    ConsentWithdrawn,
    /// A customer changed how they want to be written to.
    #[serde(rename = "preferences.changed")]
    PreferencesChanged,
    /// A purpose got a new version.
    #[serde(rename = "purpose.changed")]
    PurposeChanged,
    /// A client was registered.
    #[serde(rename = "client.registered")]
    ClientRegistered,
    /// A client was changed.
    #[serde(rename = "client.changed")]
    ClientChanged,
    /// A client was removed.
    #[serde(rename = "client.removed")]
    ClientRemoved,
    /// A client got another secret.
    #[serde(rename = "client.secret_added")]
    ClientSecretAdded,
    /// A secret of a client's was removed.
    #[serde(rename = "client.secret_removed")]
    ClientSecretRemoved,
    /// A brand was written.
    #[serde(rename = "brand.changed")]
    BrandChanged,
    /// A brand was removed.
    #[serde(rename = "brand.removed")]
    BrandRemoved,
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
    /// An erasure was asked for.
    #[serde(rename = "erasure.requested")]
    ErasureRequested,
    /// An erasure was withdrawn.
    #[serde(rename = "erasure.withdrawn")]
    ErasureWithdrawn,
    /// An erasure began: it can't be withdrawn any more.
    #[serde(rename = "erasure.begun")]
    ErasureBegun,
    /// A customer was erased.
    #[serde(rename = "erasure.done")]
    ErasureDone,
    /// A legal hold was placed on a customer.
    #[serde(rename = "hold.placed")]
    HoldPlaced,
    /// A legal hold was lifted before its end.
    #[serde(rename = "hold.lifted")]
    HoldLifted,
    /// A legal hold was placed of which its customer may not be told.
    #[serde(rename = "hold.placed_untold")]
    HoldPlacedUntold,
    /// The same was lifted before its end.
    #[serde(rename = "hold.lifted_untold")]
    HoldLiftedUntold,
    /// A customer who has not been seen for long was told that they will be erased.
    #[serde(rename = "customer.inactive")]
    CustomerInactive,
    /// It was noted that a customer was seen.
    #[serde(rename = "customer.seen")]
    CustomerSeen,
    /// A copy of all that is held on a customer was asked for.
    #[serde(rename = "export.requested")]
    ExportRequested,
    /// The copy was begun to be downloaded.
    #[serde(rename = "export.downloaded")]
    ExportDownloaded,
    /// An administrator looked a customer up by their address.
    #[serde(rename = "customer.looked_up")]
    CustomerLookedUp,
    /// A data subject's request was put on record.
    #[serde(rename = "request.recorded")]
    RequestRecorded,
    /// A data subject's request was given more time.
    #[serde(rename = "request.extended")]
    RequestExtended,
    /// A copy was fetched to be handed over for a request.
    #[serde(rename = "request.handed_over")]
    RequestHandedOver,
    /// Whoever answers for a request was reminded of it.
    #[serde(rename = "request.reminded")]
    RequestReminded,
    /// A data subject's request was closed.
    #[serde(rename = "request.closed")]
    RequestClosed,
    /// A key was made, published, or retired.
    #[serde(rename = "key.rotated")]
    KeyRotated,
    /// Something was not sent, for the table of transfers has no ground for it.
    #[serde(rename = "transfer.refused")]
    TransferRefused,
    /// An administrator searched the audit log.
    #[serde(rename = "audit.searched")]
    AuditSearched,
    /// An administrator said whose law protects a customer.
    #[serde(rename = "jurisdiction.changed")]
    JurisdictionChanged,
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
                | Self::AuthorizationRequested
                | Self::AuthorizationRefused
                | Self::ChallengeMade
                | Self::SessionRefreshed
                | Self::SessionSeen
                | Self::CustomerSeen
                | Self::PasswordRehashed
                | Self::MailSent
                | Self::MailDeferred
        )
    }

    /// Whether whoever it was done to may see it: in their list of acts, and in their copy.
    pub fn is_told(self) -> bool {
        !matches!(self, Self::HoldPlacedUntold | Self::HoldLiftedUntold)
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

    /// The act, done to nobody, whoever did it: to a client, a brand, a purpose.
    #[must_use]
    pub fn to_nobody(mut self) -> Self {
        self.subject = None;
        self
    }

    /// The act, done in `session`.
    #[must_use]
    pub fn in_session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }
}
