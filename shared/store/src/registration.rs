//! Registrations that wait for their code, and the customer that one becomes.

use domain::{
    Act, Code, CustomerId, Email, Handle, Jurisdiction, Locale, Outcome, PasswordHash, Secret, Shown, Source, Status,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Store;
use crate::consent::NewDecision;
use crate::customer::{BlindIndex, CustomerProfile};
use crate::item::{act, at, n, s, sealed};
use crate::keymap::Key;
use crate::link::Link;
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::outbox::Send;
use crate::session::NewSession;
use crate::sign_in::PendingSignIn;
use crate::{StoreError, keymap};

/// A registration as it waits, sealed. No customer yet: no claim, no data key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingRegistration {
    /// The address that the code was sent to.
    pub email: Email,
    /// The hash of the password that came with it.
    pub password: Option<Secret<String>>,
    /// Profile fields that came with it.
    pub profile: Map<String, Value>,
    /// Decisions on purposes that came with it.
    #[serde(default)]
    pub decisions: Vec<WantedDecision>,
    /// The customer's language.
    pub locale: Locale,
    /// Whose law will protect them.
    #[serde(default)]
    pub jurisdiction: Option<Jurisdiction>,
    /// The app.
    pub client_id: String,
}

/// A decision on a purpose that comes with a registration: what was shown then counts, whatever the
/// registry says when the address is proved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WantedDecision {
    /// What it comes to.
    pub outcome: Outcome,
    /// How it was made known.
    pub source: Source,
    /// What was shown.
    pub shown: Shown,
}

/// A customer that is to be.
pub struct NewCustomer<'a> {
    /// Their id.
    pub id: CustomerId,
    /// Their address, and its index.
    pub email: &'a Email,
    /// The index of the address.
    pub index: &'a BlindIndex,
    /// Their password, if they have one.
    pub password: Option<&'a PasswordHash>,
    /// Profile fields.
    pub profile: Map<String, Value>,
    /// Decisions on purposes.
    pub decisions: Vec<NewDecision>,
    /// Their language.
    pub locale: Locale,
    /// Whose law protects them.
    pub jurisdiction: Option<Jurisdiction>,
    /// The session that they start with, where the code came back to the app that asked for it.
    pub session: Option<NewSession>,
    /// What they lack to have one.
    pub pending: Option<(Handle, PendingSignIn)>,
}

impl Store {
    /// How many decisions can come with a registration: with a mail and a link for each, they and the
    /// customer are one transaction of a hundred items at most.
    pub const MOST_DECISIONS: usize = 22;

    /// The epoch in which a customer begins.
    pub const FIRST_EPOCH: u64 = 1;

    /// Keeps a registration under its handle and queues its mail: all or nothing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    #[expect(clippy::too_many_arguments, reason = "each is another kind of thing, and all are needed once")]
    pub async fn registration_start(
        &self,
        handle: &Handle,
        code: &Code,
        link: &Link,
        pending: &PendingRegistration,
        send: &Send,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let new = NewOneTime {
            code: Some(code),
            link: Some(link),
            ..NewOneTime::new(handle, OneTimeKind::Registration, pending)
        };
        self.one_time_start(&new, Some(send), now, cause).await
    }

    /// The registration in a one-time thing.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn registration(&self, thing: &OneTime) -> Result<PendingRegistration, StoreError> {
        self.one_time_body(thing).await
    }

    /// Spends the registration for a customer, their claim, their data key and their first session:
    /// all or nothing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn customer_create(
        &self,
        thing: &OneTime,
        new: NewCustomer<'_>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let (data_key, vault) = self.data_key_new(new.id).await?;
        let directory = self.tables.directory.as_str();
        let mut security = keymap::security(new.id).item();
        security.extend([
            ("status".to_owned(), s(serde_json::to_string(&Status::Active).unwrap_or_default())),
            ("epoch".to_owned(), n(Self::FIRST_EPOCH)),
            ("act".to_owned(), act(cause)),
        ]);
        let key: Key = keymap::profile(new.id);
        let data = CustomerProfile { email: new.email.clone(), email_verified_at: now, profile: new.profile };
        let mut profile = key.item();
        profile.extend([
            ("body".to_owned(), sealed(&data_key.key, &key, "body", &data, &self.rng)?),
            ("locale".to_owned(), s(new.locale.tag())),
            ("created_at".to_owned(), at(now)),
            ("version".to_owned(), n(1)),
            ("email_index".to_owned(), s(new.index.as_str())),
        ]);
        profile.extend(new.jurisdiction.map(|of| ("jurisdiction".to_owned(), s(of.as_str()))));
        let mut writes = vec![
            self.one_time_use(thing, now, cause)?,
            self.claim_take(new.index, new.id, now)?,
            self.put_new(directory, security)?,
            self.put_new(directory, profile)?,
            self.put_new(&self.tables.vault, vault)?,
        ];
        if let Some(hash) = new.password {
            writes.push(self.password_put(new.id, &data_key, hash, false, now)?);
        }
        for decision in &new.decisions {
            writes.extend(self.decision_puts(new.id, decision, None, now).await?);
        }
        if let Some(session) = &new.session {
            writes.push(self.session_put(session, &data_key, None)?);
        }
        if let Some((handle, pending)) = &new.pending {
            writes.push(self.sign_in_pend(handle, pending, now, cause).await?);
        }
        Ok(Spent::of(self.transact(writes).await?))
    }
}
