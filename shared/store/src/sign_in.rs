//! Sign-ins: what waits for another proof, and the one write with which each step ends.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{
    Act, Code, CustomerId, DeviceId, Factors, Handle, KeyPurpose, Method, PhoneNumber, Proof, Secret, SessionId,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Store;
use crate::customer::{BlindIndex, DataKey};
use crate::device::NewTrust;
use crate::factors::StoredFactors;
use crate::item::{act, at};
use crate::notice::NewNotice;
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::outbox::Send;
use crate::session::NewSession;
use crate::{StoreError, keymap};

/// Somebody who has proved something, and lacks something else. Sealed under their handle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingSignIn {
    /// Who they are, if they can prove it.
    pub customer: CustomerId,
    /// Their epoch then: what ends every session ends this too.
    pub epoch: u64,
    /// The app.
    pub client_id: String,
    /// What they have proved.
    pub proofs: Vec<Proof>,
    /// One of these is missing.
    pub methods: Vec<Method>,
    /// Whether it is a factor that they have to enrol first.
    pub enrolling: bool,
    /// The device that they are known by.
    pub device: Option<DeviceId>,
    /// The account, as device tokens know it.
    pub account: BlindIndex,
    /// The session that is to go on with more proof, if it is no sign-in.
    pub session: Option<SessionId>,
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
    },
    /// The verified address, that was sent a code.
    Email {},
}

/// Somebody who signs in by their mailbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmailSignIn {
    /// The blind index of the address, which was not looked up.
    pub account: BlindIndex,
    /// The app.
    pub client_id: String,
    /// The device that they are known by.
    pub device: Option<DeviceId>,
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
}

/// One step of a sign-in, and all that goes with it.
pub struct SignInWrite<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// Their data key.
    pub data_key: &'a DataKey,
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
    /// write.
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
        }
        if let Some((seen, factors)) = write.factors {
            writes.extend(self.credential_claims(write.customer, &seen.factors, factors).await?);
            writes.push(self.factors_put(write.customer, write.data_key, seen, factors, cause)?);
        }
        if let Some(session) = write.replaces {
            writes.push(self.session_replace(write.customer, session, now, cause)?);
        }
        for notice in write.notices {
            writes.extend(self.notice_puts(notice, now, cause).await?);
        }
        match self.write_all(writes).await?.as_deref() {
            None => Ok(Spent::Done),
            Some([true, ..]) if write.spend.is_some() => Ok(Spent::Gone),
            Some(_) => Ok(Spent::Changed),
        }
    }

    pub(crate) async fn sign_in_pend(
        &self,
        handle: &Handle,
        pending: &PendingSignIn,
        now: Timestamp,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let new = NewOneTime {
            handle,
            kind: OneTimeKind::SignIn,
            code: None,
            link: None,
            state: None,
            expires_at: now + OneTime::LIFETIME,
            body: pending,
        };
        self.one_time_new(&new, cause).await
    }

    fn session_replace(
        &self,
        customer: CustomerId,
        session: SessionId,
        now: Timestamp,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(customer, session).item()))
            .update_expression("SET ended_at = :now, act = :act")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(ended_at)")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
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

    /// Keeps something that waits for an answer under its handle, and queues what is sent about it:
    /// all or nothing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn waiting_start<T: Serialize>(
        &self,
        waiting: &Waiting<'_, T>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let new = NewOneTime {
            handle: waiting.handle,
            kind: waiting.kind,
            code: waiting.code,
            link: waiting.link,
            state: waiting.state,
            expires_at: now + OneTime::LIFETIME,
            body: waiting.body,
        };
        let mut writes = vec![self.one_time_new(&new, cause).await?];
        if let Some(send) = waiting.send {
            writes.push(self.outbox_put(send, now).await?);
        }
        match self.write_all(writes).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict),
        }
    }

    /// Seals the state of a WebAuthn ceremony, or opens it: it stays here, and only its challenge goes
    /// out.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn ceremony_state(&self, thing: &OneTime) -> Result<Value, StoreError> {
        use crate::item::Read as _;
        thing.item.unsealed(self.key(KeyPurpose::Outbox).await?, &keymap::one_time(&thing.digest), "state")
    }
}

/// Something that is to wait for an answer.
pub struct Waiting<'a, T> {
    /// Under this handle.
    pub handle: &'a Handle,
    /// What it is for.
    pub kind: OneTimeKind,
    /// The code that answers it.
    pub code: Option<&'a Code>,
    /// The link that answers it.
    pub link: Option<&'a crate::one_time::Link>,
    /// The state of a WebAuthn ceremony.
    pub state: Option<&'a Value>,
    /// What is remembered.
    pub body: &'a T,
    /// What is sent about it.
    pub send: Option<&'a Send>,
}
