//! Passwords: how one is set, and how its hash is made anew.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use domain::{Act, CustomerId, PasswordHash, SessionId, Timestamp};

use crate::client::Store;
use crate::customer::{BlindIndex, DataKey, SignInFacts};
use crate::item::{act, at, b, sealed};
use crate::notice::NewNotice;
use crate::one_time::{OneTime, Spent};
use crate::{StoreError, keymap};

/// A password that is to be stored.
pub struct NewPassword<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// Their data key.
    pub data_key: &'a DataKey,
    /// Its hash.
    pub hash: &'a PasswordHash,
    /// The epoch that was read; every session but `keep` ends.
    pub epoch: u64,
    /// The session that goes on.
    pub keep: Option<SessionId>,
    /// The address whose mailbox was all that it took to set it: it has to be the customer's still.
    pub mailed_to: Option<&'a BlindIndex>,
}

impl Store {
    /// Stores a changed password, ends every other session, and tells the customer: all or nothing.
    /// `spend` is the one-time thing that it was set with, if it was forgotten.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn password_change(
        &self,
        new: &NewPassword<'_>,
        spend: Option<&OneTime>,
        notice: &NewNotice,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let mut writes = Vec::new();
        if let Some(thing) = spend {
            writes.push(self.one_time_use(thing, now, cause)?);
        }
        writes.push(self.password_put(new.customer, new.data_key, new.hash, new.mailed_to.is_some(), now)?);
        if let Some(index) = new.mailed_to {
            writes.push(self.claim_held(index, new.customer)?);
        }
        writes.push(self.epoch_bump(new.customer, new.epoch, cause)?);
        writes.extend(self.notice_puts(notice, now, cause).await?);
        if let Some(session) = new.keep {
            writes.push(self.session_carry(new.customer, session, new.epoch)?);
        }
        Ok(Spent::of_change(spend, self.transact(writes).await?))
    }

    /// Replaces a hash by one of the same password with today's parameters, unless the password
    /// has changed meanwhile.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn password_rehash(
        &self,
        facts: &SignInFacts,
        new: &PasswordHash,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let key = keymap::password(facts.customer);
        let new = sealed(&facts.data_key.key, &key, "hash", &new.reveal(), &self.rng)?;
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.directory)
            .set_key(Some(key.item()))
            .update_expression("SET #hash = :new, act = :act")
            .condition_expression("#hash = :old")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":new", new)
            .expression_attribute_values(":old", b(facts.sealed_password.clone()))
            .expression_attribute_values(":act", act(cause));
        self.update(update).await.map(drop)
    }

    pub(crate) fn password_put(
        &self,
        id: CustomerId,
        data_key: &DataKey,
        hash: &PasswordHash,
        is_mailed: bool,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = keymap::password(id);
        let mut item = key.item();
        let hash = sealed(&data_key.key, &key, "hash", &hash.reveal(), &self.rng)?;
        item.extend([("hash".to_owned(), hash), ("changed_at".to_owned(), at(now))]);
        if is_mailed {
            item.insert("mailed".to_owned(), AttributeValue::Bool(true));
        }
        let put = Put::builder().table_name(&self.tables.directory).set_item(Some(item));
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// Takes the password away: the customer chooses another by their mailbox.
    pub(crate) fn password_forget(&self, id: CustomerId) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.tables.directory).set_key(Some(keymap::password(id).item()));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(|_| StoreError::Corrupt("delete"))?).build())
    }
}
