//! Sign-ins: what waits for another proof, and the one write with which each step ends.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    Act, Country, CustomerId, Demand, DeviceId, Factors, Handle, Method, PhoneNumber, Proofs, Secret, SessionId,
    SessionKind, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::client::Store;
use crate::customer::{BlindIndex, DataKey, Security};
use crate::device::{KnownDevice, NewTrust};
use crate::erasure::ErasureWithdrawal;
use crate::factors::StoredFactors;
use crate::notice::NewNotice;
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::session::NewSession;

/// Somebody who has proved something, and lacks something else. Sealed under their handle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingSignIn {
    /// Who they are, if they can prove it.
    pub customer: CustomerId,
    /// Their epoch then: what ends every session ends this too.
    pub epoch: u64,
    /// The blind index of their address then: what was proved by one mailbox is worth nothing to who
    /// has another.
    pub account: BlindIndex,
    /// The app.
    pub client_id: String,
    /// What it ends in.
    #[serde(default)]
    pub kind: SessionKind,
    /// What they have proved.
    pub proofs: Proofs,
    /// One of these is missing.
    pub methods: Vec<Method>,
    /// Whether it is a factor that they have to enrol first.
    pub enrolling: bool,
    /// The device that they are known by.
    pub device: Option<DeviceId>,
    /// What is to go on with more proof, if it is no sign-in.
    pub step_up: Option<StepUp>,
}

/// A session that is to go on with more proof, as another.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct StepUp {
    /// The session.
    pub session: SessionId,
    /// What is asked of it.
    pub demand: Demand,
}

/// A factor that somebody is enrolling: active only when they have shown that they have it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enrolment {
    /// Whose.
    pub customer: CustomerId,
    /// The epoch in which it was begun.
    pub epoch: u64,
    /// What it is to be called.
    pub name: Option<String>,
    /// What it is.
    pub what: Enrolling,
}

/// What is being enrolled.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Enrolling {
    /// A passkey; the ceremony's state is the challenge.
    Passkey {},
    /// An authenticator app with this secret.
    Totp {
        /// The secret.
        secret: Secret<Vec<u8>>,
    },
    /// A phone that was sent a code.
    Sms {
        /// Its number.
        number: PhoneNumber,
        /// The country that the number is of.
        country: Country,
    },
    /// The verified address, that was sent a code.
    Email {
        /// Its blind index: the customer may have another by now.
        account: BlindIndex,
    },
}

/// Somebody who signs in by their mailbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmailSignIn {
    /// The blind index of the address, which was not looked up.
    pub account: BlindIndex,
    /// The app.
    pub client_id: String,
    /// The device whose token came along, which was not looked up either.
    pub device: Option<KnownDevice>,
}

/// Somebody who has forgotten their password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasswordReset {
    /// The address, which was not looked up.
    pub email: domain::Email,
}

/// Somebody who signs in with a passkey, whoever they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeySignIn {
    /// The app.
    pub client_id: String,
}

/// What a sign-in goes on with.
pub enum Step<'a> {
    /// It is complete: the session.
    Session(&'a NewSession),
    /// Something is missing: the handle, and what is to be remembered.
    Pending(&'a Handle, &'a PendingSignIn),
    /// They are to be erased, and can withdraw it: the handle, and what it withdraws.
    Withdrawal(&'a Handle, &'a ErasureWithdrawal),
}

/// One step of a sign-in, and all that goes with it.
pub struct SignInWrite<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// Their data key.
    pub data_key: &'a DataKey,
    /// Their standing that was read.
    pub security: &'a Security,
    /// What comes next.
    pub step: Step<'a>,
    /// The one-time thing that was proved with.
    pub spend: Option<&'a OneTime>,
    /// The factors that were read, and as they are to be.
    pub factors: Option<(&'a StoredFactors, &'a Factors)>,
    /// A device that is trusted from now on.
    pub trust: Option<&'a NewTrust>,
    /// The session that goes on as the new one.
    pub replaces: Option<SessionId>,
    /// What the customer is told.
    pub notices: &'a [NewNotice],
}

impl Store {
    /// Writes a step of a sign-in: all or nothing. A session alone, or what waits alone, is one plain
    /// write. Sessions and trusted devices carry their epoch; factors that come or go do not, so that
    /// these are refused when every session was ended since the customer was read.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn sign_in_step(
        &self,
        write: &SignInWrite<'_>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let mut writes = Vec::new();
        if let Some(thing) = write.spend {
            writes.push(self.one_time_use(thing, now, cause)?);
        }
        match &write.step {
            Step::Session(session) => {
                writes.push(self.session_put(session, write.data_key, Some(cause))?);
                if let Some(trust) = write.trust {
                    writes.push(self.trust_put(write.customer, session.epoch, trust, write.data_key, now)?);
                }
            }
            Step::Pending(handle, pending) => {
                writes.push(self.sign_in_pend(handle, pending, now, cause).await?);
            }
            Step::Withdrawal(handle, withdrawal) => {
                let new = NewOneTime::new(handle, OneTimeKind::ErasureWithdrawal, *withdrawal);
                writes.push(self.one_time_new(&new, now + OneTime::LIFETIME, cause).await?);
            }
        }
        if let Some((seen, factors)) = write.factors {
            writes.extend(self.factors_puts(write.customer, write.data_key, (seen, factors), cause).await?);
            if !factors.are_those_of(&seen.factors) {
                writes.push(self.standing_check(write.customer, write.security)?);
            }
        }
        if let Some(session) = write.replaces {
            writes.push(self.session_end_put(write.customer, session, now, cause)?);
        }
        for notice in write.notices {
            writes.extend(self.notice_puts(notice, now, cause).await?);
        }
        Ok(Spent::of_change(write.spend, self.write_all(writes).await?))
    }

    pub(crate) async fn sign_in_pend(
        &self,
        handle: &Handle,
        pending: &PendingSignIn,
        now: Timestamp,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let new = NewOneTime::new(handle, OneTimeKind::SignIn, pending);
        self.one_time_new(&new, now + OneTime::LIFETIME, cause).await
    }

    /// What waits for another proof.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn pending_sign_in(&self, thing: &OneTime) -> Result<PendingSignIn, StoreError> {
        self.one_time_body(thing).await
    }

    /// What is being enrolled.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn enrolment(&self, thing: &OneTime) -> Result<Enrolment, StoreError> {
        self.one_time_body(thing).await
    }

    /// Who signs in by their mailbox.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn email_sign_in(&self, thing: &OneTime) -> Result<EmailSignIn, StoreError> {
        self.one_time_body(thing).await
    }

    /// Who has forgotten their password.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn password_reset(&self, thing: &OneTime) -> Result<PasswordReset, StoreError> {
        self.one_time_body(thing).await
    }

    /// Who signs in with a passkey.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn passkey_sign_in(&self, thing: &OneTime) -> Result<PasskeySignIn, StoreError> {
        self.one_time_body(thing).await
    }
}
