//! Sessions, each with its refresh family in the same item.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use domain::oidc::ClaimsRequest;
use domain::{
    Act, Clients, CustomerId, Key32, KeyPurpose, MfaPolicy, Proofs, RefreshToken, SessionId, SessionState,
    SessionTimes, Timestamp, is_multi_factor,
};
use serde::{Deserialize, Serialize};

use crate::client::{Store, Updated};
use crate::customer::{DataKey, Security};
use crate::item::{Item, Read as _, act, at, b, n, s, sealed, ttl};
use crate::outbox::Tell;
use crate::{StoreError, keymap};

/// Where a session came from, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionAbout {
    /// The device, in words.
    pub device: String,
    /// Roughly where, in words, where that is known.
    pub place: Option<String>,
}

/// What an app was given at the authorization endpoint. A session without one was begun by the app itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The browser's session that it came from.
    pub parent: SessionId,
    /// What it may do.
    pub scope: Vec<String>,
    /// For which resources (RFC 8707); none: for the issuer and the client's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// The claims that it asked for by name (OpenID Connect Core §5.5).
    #[serde(default)]
    pub claims: ClaimsRequest,
    /// The key that its tokens are bound to (RFC 9449 §6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
}

impl Grant {
    /// Whether it has a scope.
    pub fn has(&self, scope: &str) -> bool {
        self.scope.iter().any(|own| own == scope)
    }
}

/// A sign-in in a browser: which session, and how often its customer had signed in again by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInOf {
    /// The session.
    pub session: SessionId,
    /// The generation of its secret.
    pub generation: u32,
}

/// A session that is to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub customer: CustomerId,
    /// The customer's epoch.
    pub epoch: u64,
    /// The app.
    pub client_id: String,
    /// Its times.
    pub state: SessionState,
    /// By what the customer proved who they are.
    pub proofs: Proofs,
    /// Where it came from.
    pub about: SessionAbout,
    /// The first token of its family.
    pub refresh: RefreshToken,
    /// What the app was given, if it came by the authorization endpoint.
    pub grant: Option<Grant>,
    /// When a second factor was asked for, as it began: of a browser's session, which is good for no app that asks
    /// for more.
    pub asked: Option<MfaPolicy>,
    /// The generation of the browser's session that goes on as this one: it is that session, with another secret.
    pub goes_on: Option<u32>,
}

/// A session as it is stored.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub customer: CustomerId,
    /// The customer's epoch when it began.
    pub epoch: u64,
    /// The app.
    pub client_id: String,
    /// Its times.
    pub state: SessionState,
    /// By what the customer proved who they are.
    pub proofs: Proofs,
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
    /// What the app was given, if it came by the authorization endpoint.
    pub grant: Option<Grant>,
    /// When a second factor was asked for, as a browser's session began.
    pub asked: Option<MfaPolicy>,
    pub(crate) item: Item,
}

impl Session {
    pub(crate) fn read(item: Item) -> Result<Self, StoreError> {
        let customer = item.text("pk")?.strip_prefix("CUS#").and_then(CustomerId::parse);
        let id = item.text("sk")?.strip_prefix(keymap::SESSION_PREFIX).and_then(SessionId::parse);
        Ok(Self {
            id: id.ok_or(StoreError::Corrupt("sk"))?,
            customer: customer.ok_or(StoreError::Corrupt("pk"))?,
            epoch: item.number("epoch")?,
            client_id: item.text("client")?.to_owned(),
            state: SessionState {
                auth_time: item.moment("auth_time")?,
                last_seen: item.moment("seen")?,
                idle_until: item.moment("idle_until")?,
                absolute_until: item.moment("abs_until")?,
            },
            proofs: item.json("proofs")?,
            ended_at: if item.has("ended_at") { Some(item.moment("ended_at")?) } else { None },
            grant: if item.has("grant") { Some(item.json("grant")?) } else { None },
            asked: if item.has("asked") { MfaPolicy::parse(item.text("asked")?) } else { None },
            item,
        })
    }

    /// Whether it can be used at `now` by a customer in this standing.
    pub fn is_alive(&self, security: &Security, now: Timestamp) -> bool {
        self.ended_at.is_none()
            && self.epoch == security.epoch
            && self.state.is_alive(now)
            && security.status.usable(now).is_ok()
    }

    /// How often its secret was exchanged for another.
    ///
    /// # Errors
    /// When the item can't be read.
    pub fn generation(&self) -> Result<u32, StoreError> {
        self.item.number("generation")
    }

    /// The last sign-in in a browser's session: each has a secret of its own.
    ///
    /// # Errors
    /// When the item can't be read.
    pub fn last_sign_in(&self) -> Result<SignInOf, StoreError> {
        Ok(SignInOf { session: self.id, generation: self.generation()? })
    }

    /// Whether a second factor was asked for at least as often, as it began, as an app with this policy has it asked
    /// for; or was shown. Nobody comes in by the app that asks for the least.
    pub fn is_enough_for(&self, policy: MfaPolicy) -> bool {
        is_multi_factor(&self.proofs.all()) || self.asked.is_some_and(|asked| asked.covers(policy))
    }

    /// Whether it is a browser's, by which the customer is known to all apps.
    pub fn is_browser(&self) -> bool {
        self.client_id == Clients::BROWSER
    }

    /// Whether it was begun for this app on the pages here.
    pub fn is_granted_to(&self, client_id: &str) -> bool {
        self.client_id == client_id && self.grant.is_some()
    }

    /// Where it came from.
    ///
    /// # Errors
    /// When it was sealed under another key.
    pub fn about(&self, data_key: &DataKey) -> Result<SessionAbout, StoreError> {
        self.item.unsealed(&data_key.key, &keymap::session(self.customer, self.id), "about")
    }
}

impl Store {
    /// The write that begins a session; or goes on with one whose secret nobody has exchanged since it was read, and
    /// which has not ended.
    pub(crate) fn session_put(
        &self,
        new: &NewSession,
        data_key: &DataKey,
        cause: Option<&Act>,
    ) -> Result<TransactWriteItem, StoreError> {
        let item = self.session_item(new, data_key, cause)?;
        let mut put = Put::builder().table_name(&self.tables.transient).set_item(Some(item));
        if let Some(generation) = new.goes_on {
            put = put
                .condition_expression("generation = :generation AND epoch = :epoch AND attribute_not_exists(ended_at)")
                .expression_attribute_values(":generation", n(generation))
                .expression_attribute_values(":epoch", n(new.epoch));
        }
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// When the item of a session goes that is over then.
    pub(crate) fn session_ttl(&self, ends_at: Timestamp) -> AttributeValue {
        ttl(ends_at + self.session_kept)
    }

    fn session_item(&self, new: &NewSession, data_key: &DataKey, cause: Option<&Act>) -> Result<Item, StoreError> {
        let key = keymap::session(new.customer, new.id);
        let mut item = key.item();
        item.extend([
            ("epoch".to_owned(), n(new.epoch)),
            ("client".to_owned(), s(&new.client_id)),
            ("auth_time".to_owned(), at(new.state.auth_time)),
            ("seen".to_owned(), at(new.state.last_seen)),
            ("idle_until".to_owned(), at(new.state.idle_until)),
            ("abs_until".to_owned(), at(new.state.absolute_until)),
            ("ttl".to_owned(), self.session_ttl(new.state.ends_at())),
            ("proofs".to_owned(), s(serde_json::to_string(&new.proofs).unwrap_or_default())),
            ("generation".to_owned(), n(new.refresh.generation)),
            ("current".to_owned(), b(new.refresh.digest())),
            ("about".to_owned(), sealed(&data_key.key, &key, "about", &new.about, &self.rng)?),
        ]);
        if let Some(grant) = &new.grant {
            item.insert("grant".to_owned(), s(serde_json::to_string(grant).unwrap_or_default()));
        }
        if let Some(asked) = new.asked {
            item.insert("asked".to_owned(), s(asked.to_string()));
        }
        if let Some(cause) = cause {
            item.insert("act".to_owned(), act(cause));
        }
        Ok(item)
    }

    /// A session and its customer's standing, in one call.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn session(
        &self,
        customer: CustomerId,
        id: SessionId,
    ) -> Result<Option<(Session, Security)>, StoreError> {
        let (session, security) = (keymap::session(customer, id), keymap::security(customer));
        let wanted = [(self.tables.transient.as_str(), &session), (self.tables.directory.as_str(), &security)];
        let [session, security] = self.read_all(wanted).await?;
        let (Some(session), Some(security)) = (session, security) else { return Ok(None) };
        Ok(Some((Session::read(session)?, Security::read(&security)?)))
    }

    /// A customer's standing.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn security(&self, customer: CustomerId) -> Result<Option<Security>, StoreError> {
        let item = self.read(&self.tables.directory, &keymap::security(customer)).await?;
        item.as_ref().map(Security::read).transpose()
    }

    /// Every session that is stored for a customer, alive or not, oldest first.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn sessions(&self, customer: CustomerId) -> Result<Vec<Session>, StoreError> {
        let items =
            self.read_prefix(&self.tables.transient, keymap::customer(customer), keymap::SESSION_PREFIX).await?;
        items.into_iter().map(Session::read).collect()
    }

    /// A customer's data key alone.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn data_key(&self, customer: CustomerId) -> Result<Option<DataKey>, StoreError> {
        match self.read(&self.tables.vault, &keymap::data_key(customer)).await? {
            Some(item) => self.data_key_open(customer, &item).await.map(Some),
            None => Ok(None),
        }
    }

    /// What pairwise subjects are made of, and opened with (OpenID Connect Core §8.1).
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn subject_key(&self) -> Result<Key32, StoreError> {
        Ok(self.key(KeyPurpose::Mac).await?.derive("subject"))
    }

    /// Ends one session, if it has not ended already. False if there is none.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn session_end(
        &self,
        customer: CustomerId,
        id: SessionId,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(customer, id).item()))
            .update_expression("SET ended_at = :now, act = :act")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(ended_at)")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        Ok(match self.update(update).await? {
            Updated::Done(_) | Updated::Refused(Some(_)) => true,
            Updated::Refused(None) => false,
        })
    }

    /// The write that ends a session that has not ended already.
    pub(crate) fn session_end_put(
        &self,
        customer: CustomerId,
        id: SessionId,
        now: Timestamp,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(customer, id).item()))
            .update_expression("SET ended_at = :now, act = :act")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(ended_at)")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }

    /// Ends every session of the epoch that was read, but for `keep`, and queues what apps are told of it: all or
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the epoch has changed; otherwise when DynamoDB fails.
    pub async fn sessions_end_all(
        &self,
        customer: CustomerId,
        epoch: u64,
        keep: Option<SessionId>,
        tells: &[Tell],
        (now, cause): (Timestamp, &Act),
    ) -> Result<(), StoreError> {
        let mut writes = vec![self.epoch_bump(customer, epoch, cause)?];
        if let Some(session) = keep {
            writes.push(self.session_carry(customer, session, epoch)?);
        }
        // DynamoDB takes a hundred writes, and nobody is signed in to as many apps.
        for tell in tells.iter().take(90) {
            writes.push(self.outbox_tell(tell, now).await?);
        }
        match self.transact(writes).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict),
        }
    }

    /// Takes a session of the old epoch along into the next.
    pub(crate) fn session_carry(
        &self,
        customer: CustomerId,
        session: SessionId,
        epoch: u64,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(customer, session).item()))
            .update_expression("SET epoch = :next")
            .condition_expression("epoch = :seen AND attribute_not_exists(ended_at)")
            .expression_attribute_values(":seen", n(epoch))
            .expression_attribute_values(":next", n(epoch + 1));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }

    /// Notes that a session was used, at most every five minutes.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn session_seen(
        &self,
        session: &Session,
        times: &SessionTimes,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        if now.duration_since(session.state.last_seen) < SessionTimes::SEEN_EVERY {
            return Ok(());
        }
        let state = session.state.seen(now, times);
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(session.customer, session.id).item()))
            .update_expression("SET seen = :seen, idle_until = :idle, #ttl = :ttl, act = :act")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(ended_at) AND seen < :seen")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":seen", at(state.last_seen))
            .expression_attribute_values(":idle", at(state.idle_until))
            .expression_attribute_values(":ttl", self.session_ttl(state.ends_at()))
            .expression_attribute_values(":act", act(cause));
        self.update(update).await.map(drop)
    }
}
