//! Authorization codes: issued in the transaction that spends what waited; exchanged in the transaction that begins
//! the session which they buy, and kept, with the name of that session, until they would have expired: who brings one a
//! second time ends what it bought.

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem, Update};
use domain::{Act, CustomerId, Handle, Proofs, SessionId, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::allowed_apps::{AllowedApp, Allows, TAKEN_BACK};
use crate::client::Store;
use crate::customer::{DataKey, Security};
use crate::item::{Read as _, act, at, n, s};
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::session::{Grant, NewSession, Session, SessionAbout};
use crate::{StoreError, keymap};

/// What a code buys, sealed under it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The client that it was issued to.
    pub client_id: String,
    /// Where it was sent.
    pub redirect_uri: String,
    /// The challenge whose verifier has to come with it (RFC 7636).
    pub code_challenge: Option<String>,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// Who.
    pub customer: CustomerId,
    /// Their epoch then.
    pub epoch: u64,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// By what.
    pub proofs: Proofs,
    /// Where the session came from.
    pub about: SessionAbout,
    /// What the client is given.
    pub grant: Grant,
}

/// A code that is to be issued.
pub struct NewCode<'a> {
    /// The code.
    pub handle: &'a Handle,
    /// What it buys.
    pub code: &'a AuthorizationCode,
    /// How long it lives.
    pub lives: SignedDuration,
    /// The request that waited, if it did.
    pub interaction: Option<&'a OneTime>,
    /// The digest of the pushed request's handle, if it was pushed.
    pub pushed: Option<&'a str>,
    /// What the customer has just allowed the app.
    pub allows: Option<&'a Allows>,
}

/// What came of looking a code up.
#[derive(Clone, Debug)]
pub enum CodeFound {
    /// It can be exchanged.
    Good(Box<(OneTime, AuthorizationCode)>),
    /// It was exchanged before, for this session, by the client that it was issued to.
    Used(CustomerId, SessionId, String),
    /// There is none, or no longer.
    Gone,
}

/// What a code is weighed by when it comes.
#[derive(Clone, Debug)]
pub struct CodeFacts {
    /// The browser's session that it came from.
    pub parent: Session,
    /// Its customer's standing.
    pub security: Security,
    /// Their data key.
    pub data_key: DataKey,
    /// What they allow the app now, where it is somebody else's.
    pub allowed: Option<AllowedApp>,
}

impl Store {
    /// Issues a code, with all that it uses up and what the customer allows: all or nothing.
    /// [`Spent::Gone`] where what waited has ended; [`Spent::Taken`] where the pushed request was spent by another;
    /// [`Spent::Changed`] where what the customer allows the app has changed since it was read.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_issue(&self, new: &NewCode<'_>, now: Timestamp, cause: &Act) -> Result<Spent, StoreError> {
        let mut writes = Vec::new();
        if let Some(interaction) = new.interaction {
            writes.push(self.one_time_use(interaction, now, cause)?);
        }
        if let Some(digest) = new.pushed {
            writes.push(self.pushed_use(digest, now, cause)?);
        }
        let thing = NewOneTime::new(new.handle, OneTimeKind::AuthorizationCode, new.code);
        writes.push(self.one_time_new(&thing, now + new.lives, cause).await?);
        if let Some(allows) = new.allows {
            writes.push(self.allowed_put(new.code.customer, allows, cause)?);
        }
        Ok(Spent::of(self.write_all(writes).await?))
    }

    /// What a code is good for.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_look(&self, handle: &Handle, now: Timestamp) -> Result<CodeFound, StoreError> {
        let digest = handle.digest();
        let Some(item) = self.read(&self.tables.transient, &keymap::one_time(&digest)).await? else {
            return Ok(CodeFound::Gone);
        };
        let bought = if item.has("bought") { Some(item.json("bought")?) } else { None };
        let thing = OneTime::read(digest, item, self.handle_key(handle).await?)?;
        if thing.kind != OneTimeKind::AuthorizationCode || now >= thing.expires_at {
            return Ok(CodeFound::Gone);
        }
        if let Some((customer, session, client_id)) = bought {
            return Ok(CodeFound::Used(customer, session, client_id));
        }
        if !thing.is_alive(now) {
            return Ok(CodeFound::Gone);
        }
        let code = self.one_time_body(&thing).await?;
        Ok(CodeFound::Good(Box::new((thing, code))))
    }

    /// What a code is weighed by when it comes, in one call. None if any of it is gone.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_facts(
        &self,
        code: &AuthorizationCode,
        is_of_others: bool,
    ) -> Result<Option<CodeFacts>, StoreError> {
        let (directory, transient) = (self.tables.directory.as_str(), self.tables.transient.as_str());
        let session = keymap::session(code.customer, code.grant.parent);
        let (security, data_key) = (keymap::security(code.customer), keymap::data_key(code.customer));
        let app = keymap::app(code.customer, &code.client_id);
        let mut wanted = vec![(transient, &session), (directory, &security), (self.tables.vault.as_str(), &data_key)];
        if is_of_others {
            wanted.push((directory, &app));
        }
        let mut found = self.read_many(&wanted).await?.into_iter();
        let (session, security, wrapped) = (found.next().flatten(), found.next().flatten(), found.next().flatten());
        let (Some(session), Some(security), Some(wrapped)) = (session, security, wrapped) else { return Ok(None) };
        let allowed = found.next().flatten().as_ref().map(AllowedApp::read).transpose()?.flatten();
        let data_key = self.data_key_open(code.customer, &wrapped).await?;
        let (parent, security) = (Session::read(session)?, Security::read(&security)?);
        Ok(Some(CodeFacts { parent, security, data_key, allowed }))
    }

    /// Exchanges a code, or a device's, for the session that it buys, while the browser's session is as it was weighed,
    /// and while its customer allows the app, where that is somebody else's: all or nothing.
    /// [`Spent::Gone`] if somebody has done it, or its time is over; [`Spent::Changed`] if the browser's session
    /// has ended or its customer has signed in again, or the app was put out.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_redeem(
        &self,
        thing: &OneTime,
        (session, is_of_others): (&NewSession, bool),
        facts: &CodeFacts,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let bought = serde_json::to_string(&(session.customer, session.id, &session.client_id)).unwrap_or_default();
        let spend = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&thing.digest).item()))
            .update_expression("SET used_at = :now, bought = :bought, act = :act REMOVE body")
            .condition_expression("attribute_not_exists(used_at) AND expires_at > :now")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":bought", s(bought))
            .expression_attribute_values(":act", act(cause))
            .build()
            .map_err(|_| StoreError::Corrupt("update"))?;
        let mut writes = vec![TransactWriteItem::builder().update(spend).build()];
        writes.push(self.session_put(session, &facts.data_key, Some(cause))?);
        let parent = ConditionCheck::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(session.customer, facts.parent.id).item()))
            .condition_expression("epoch = :epoch AND generation = :generation AND attribute_not_exists(ended_at)")
            .expression_attribute_values(":epoch", n(session.epoch))
            .expression_attribute_values(":generation", n(facts.parent.generation()?))
            .build()
            .map_err(|_| StoreError::Corrupt("check"))?;
        writes.push(TransactWriteItem::builder().condition_check(parent).build());
        if is_of_others {
            let allowed = ConditionCheck::builder()
                .table_name(&self.tables.directory)
                .set_key(Some(keymap::app(session.customer, &session.client_id).item()))
                .condition_expression("attribute_exists(pk) AND #scope <> :none")
                .expression_attribute_names("#scope", "scope")
                .expression_attribute_values(":none", s(TAKEN_BACK))
                .build()
                .map_err(|_| StoreError::Corrupt("check"))?;
            writes.push(TransactWriteItem::builder().condition_check(allowed).build());
        }
        Ok(match self.transact(writes).await?.as_deref() {
            None => Spent::Done,
            Some([true, ..]) => Spent::Gone,
            Some(_) => Spent::Changed,
        })
    }
}
