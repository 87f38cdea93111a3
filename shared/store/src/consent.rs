//! Decisions on purposes: the last one of each stands in an item that says whether data may be used,
//! and all of them in items that never change.
//!
//! Both are in the clear, so that a service can ask and a data protection officer can list without
//! opening anybody's data key. They hold what was shown, ids and times; nothing that the customer
//! typed.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem};
use domain::{
    Act, Consent, CustomerId, DecisionId, KeyPurpose, Outcome, Receipt, Registry, Shown, Source, Status, Timestamp,
    UnsubscribeToken,
};
use serde::Serialize;

use crate::client::Store;
use crate::customer::{BlindIndex, Customer, Security};
use crate::item::{Item, Read as _, act, at, n, s};
use crate::keymap::Key;
use crate::one_time::{OneTime, Spent};
use crate::opt_in::NewOptIn;
use crate::{StoreError, keymap};

/// A decision that is to be.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// The claims of its receipt, which say all of it.
    pub receipt: Receipt,
    /// The link that confirms it, and its mail, where it waits for that.
    pub opt_in: Option<NewOptIn>,
    /// What becomes of the mark that the address wants no mail for the purpose.
    pub mark: Mark,
    /// The act that causes it.
    pub cause: Act,
}

/// What a decision does to the mark that an address wants no mail for a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    Keep,
    /// It is put on this address.
    Put(BlindIndex),
    /// It is taken from this address.
    Remove(BlindIndex),
}

/// Where a customer stands, and whose address is theirs.
#[derive(Clone, Debug)]
pub struct Account {
    /// Their standing.
    pub security: Security,
    /// Their address.
    pub index: BlindIndex,
}

/// That a consent was confirmed: by which link, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Confirmed<'a> {
    /// The link.
    pub thing: &'a OneTime,
    /// Its customer as they were read, with the address that the link was mailed to.
    pub account: &'a Account,
}

/// A decision as it is stored.
#[derive(Clone, Debug)]
pub struct StoredDecision {
    /// Which of the decisions on its purpose it is, from 1.
    pub seq: u64,
    /// The claims of its receipt.
    pub receipt: Receipt,
}

impl StoredDecision {
    pub(crate) fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self { seq: item.number("seq")?, receipt: item.json("receipt")? })
    }
}

/// Reads where a customer stands.
fn consent(item: &Item) -> Result<Consent, StoreError> {
    Ok(Consent {
        outcome: Outcome::parse(item.text("outcome")?).ok_or(StoreError::Corrupt("outcome"))?,
        decision: DecisionId::parse(item.text("decision")?).ok_or(StoreError::Corrupt("decision"))?,
        seq: item.number("seq")?,
        at: item.moment("at")?,
        source: Source::parse(item.text("source")?).ok_or(StoreError::Corrupt("source"))?,
        shown: item.json("shown")?,
        mailed_at: if item.has("mailed_at") { Some(item.moment("mailed_at")?) } else { None },
    })
}

fn json<T: Serialize>(name: &'static str, value: &T) -> Result<aws_sdk_dynamodb::types::AttributeValue, StoreError> {
    serde_json::to_string(value).map(s).map_err(|_| StoreError::Corrupt(name))
}

impl Store {
    /// Where a customer stands with a purpose.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn consent(&self, id: CustomerId, purpose: &str) -> Result<Option<Consent>, StoreError> {
        let item = self.read(&self.tables.directory, &keymap::consent(id, purpose)).await?;
        item.as_ref().map(consent).transpose()
    }

    /// The same, with the customer.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn consent_and_customer(
        &self,
        id: CustomerId,
        purpose: &str,
    ) -> Result<(Option<Consent>, Option<Customer>), StoreError> {
        let directory = self.tables.directory.as_str();
        let (key, profile, data_key) = (keymap::consent(id, purpose), keymap::profile(id), keymap::data_key(id));
        let [item, profile, wrapped] =
            self.read_all([(directory, &key), (directory, &profile), (self.tables.vault.as_str(), &data_key)]).await?;
        let customer = match (profile, wrapped) {
            (Some(profile), Some(wrapped)) => {
                let data_key = self.data_key_open(id, &wrapped).await?;
                Some(Customer::read(id, &profile, &data_key)?)
            }
            _ => None,
        };
        Ok((item.as_ref().map(consent).transpose()?, customer))
    }

    /// The same, with what of the customer is in the clear.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn consent_and_account(
        &self,
        id: CustomerId,
        purpose: &str,
    ) -> Result<(Option<Consent>, Option<Account>), StoreError> {
        let directory = self.tables.directory.as_str();
        let (key, profile, security) = (keymap::consent(id, purpose), keymap::profile(id), keymap::security(id));
        let [item, profile, security] =
            self.read_all([(directory, &key), (directory, &profile), (directory, &security)]).await?;
        let account = match (profile, security) {
            (Some(profile), Some(security)) => Some(Account {
                security: Security::read(&security)?,
                index: BlindIndex(profile.text("email_index")?.to_owned()),
            }),
            _ => None,
        };
        Ok((item.as_ref().map(consent).transpose()?, account))
    }

    /// Where a customer stands with every purpose that they decided on.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn consents(&self, id: CustomerId) -> Result<Vec<Consent>, StoreError> {
        let pk = keymap::customer(id);
        let items = self.read_prefix(&self.tables.directory, pk, keymap::CONSENT_PREFIX).await?;
        items.iter().map(consent).collect()
    }

    /// All that is needed to say whether data may be used for a purpose, in one call: the registry, the
    /// customer's standing, and their last decision.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn consent_facts(
        &self,
        file: &Registry,
        id: CustomerId,
        purpose: &str,
        now: Timestamp,
    ) -> Result<(Arc<Registry>, Option<Status>, Option<Consent>), StoreError> {
        let directory = self.tables.directory.as_str();
        let (security, key, purposes) = (keymap::security(id), keymap::consent(id, purpose), keymap::purposes());
        let kept = self.registry_kept(now).await;
        let mut wanted: Vec<(&str, &Key)> = vec![(directory, &security), (directory, &key)];
        wanted.extend(kept.is_none().then_some((directory, &purposes)));
        let mut found = self.read_many(&wanted).await?.into_iter();
        let mut next = || found.next().flatten();
        let (security, item, written) = (next(), next(), next());
        let registry = match kept {
            Some(registry) => registry,
            None => self.registry_keep(file, written.as_ref(), now).await?,
        };
        let status = security.as_ref().map(Security::read).transpose()?.map(|security| security.status);
        Ok((registry, status, item.as_ref().map(consent).transpose()?))
    }

    /// A decision of a customer's.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn decision(&self, id: CustomerId, decision: DecisionId) -> Result<Option<StoredDecision>, StoreError> {
        let item = self.read(&self.tables.directory, &keymap::decision(id, decision)).await?;
        item.as_ref().map(StoredDecision::read).transpose()
    }

    /// Decisions of a customer's, the newest first: at most so many, from before this one.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn decisions(
        &self,
        id: CustomerId,
        before: Option<DecisionId>,
        most: i32,
    ) -> Result<Vec<StoredDecision>, StoreError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.tables.directory)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(keymap::customer(id)))
            .expression_attribute_values(":prefix", s(keymap::DECISION_PREFIX))
            .set_exclusive_start_key(before.map(|before| keymap::decision(id, before).item()))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(most)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        answer.items().iter().map(StoredDecision::read).collect()
    }

    /// Writes a decision, unless there was another since `seen`: both items, the mail and the link that
    /// it waits for, the mark of the address, and the use of the link that it comes by, if it was mailed
    /// to who has the address still; all or nothing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn decide(
        &self,
        id: CustomerId,
        new: &NewDecision,
        seen: Option<&Consent>,
        spend: Option<Confirmed<'_>>,
        now: Timestamp,
    ) -> Result<Spent, StoreError> {
        let mut writes = Vec::new();
        if let Some(Confirmed { thing, account }) = spend {
            writes.push(self.one_time_use(thing, now, &new.cause)?);
            writes.push(self.claim_held(&account.index, id)?);
            writes.push(self.standing_check(id, &account.security)?);
        }
        writes.extend(self.decision_puts(id, new, seen, now).await?);
        writes.extend(self.objection_write(&new.mark, &new.receipt.notice.purpose, now)?);
        if seen.is_none() {
            // The first on its purpose is for somebody who is still there.
            writes.push(self.must_exist(&keymap::security(id))?);
        }
        Ok(Spent::of_change(spend.map(|confirmed| confirmed.thing), self.transact(writes).await?))
    }

    /// The writes of a decision.
    pub(crate) async fn decision_puts(
        &self,
        id: CustomerId,
        new: &NewDecision,
        seen: Option<&Consent>,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let receipt = &new.receipt;
        let Shown { purpose, version, language, .. } = &receipt.notice;
        let seq = n(seen.map_or(0, |seen| seen.seq) + 1);
        let both = [
            ("outcome".to_owned(), s(receipt.decision.as_str())),
            ("source".to_owned(), s(receipt.method.as_str())),
            ("at".to_owned(), at(receipt.timestamp)),
            ("seq".to_owned(), seq),
        ];
        let mut decision = keymap::decision(id, receipt.jti).item();
        decision.extend(both.clone());
        decision.extend([
            ("purpose".to_owned(), s(purpose)),
            ("version".to_owned(), n(version)),
            ("language".to_owned(), s(language.tag())),
            ("receipt".to_owned(), json("receipt", receipt)?),
            ("act".to_owned(), act(&new.cause)),
        ]);
        let mut current = keymap::consent(id, purpose).item();
        current.extend(both);
        current.extend([
            ("decision".to_owned(), s(receipt.jti.to_string())),
            ("shown".to_owned(), json("shown", &receipt.notice)?),
        ]);
        let confirmed = seen.and_then(|seen| match receipt.method {
            Source::DoubleOptIn => seen.mailed_at,
            Source::Registration | Source::Account | Source::Unsubscribe | Source::Gpc => seen.confirmed(),
        });
        let mailed =
            if new.opt_in.is_some() { Some(now) } else { confirmed.filter(|_| receipt.decision == Outcome::Granted) };
        current.extend(mailed.map(|mailed| ("mailed_at".to_owned(), at(mailed))));
        let put = Put::builder().table_name(&self.tables.directory).set_item(Some(current));
        let put = match seen {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => put.condition_expression("seq = :seen").expression_attribute_values(":seen", n(seen.seq)),
        };
        let put = put.build().map_err(|_| StoreError::Corrupt("put"))?;
        let mut writes =
            vec![self.put_new(&self.tables.directory, decision)?, TransactWriteItem::builder().put(put).build()];
        if let Some(opt_in) = &new.opt_in {
            writes.extend(self.opt_in_puts((id, purpose, receipt.jti), opt_in, now, &new.cause).await?);
        }
        Ok(writes)
    }

    /// A write that changes nothing, and fails where the item is not there.
    pub(crate) fn must_exist(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(key.item()))
            .condition_expression("attribute_exists(pk)");
        let check = check.build().map_err(|_| StoreError::Corrupt("check"))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// The token of a link to unsubscribe.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn unsubscribe_token(&self, token: &UnsubscribeToken) -> Result<String, StoreError> {
        Ok(token.encode(self.key(KeyPurpose::Mac).await?, &self.rng))
    }

    /// What a link to unsubscribe is for, if it is one of ours.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn unsubscribe_read(&self, text: &str) -> Result<Option<UnsubscribeToken>, StoreError> {
        Ok(UnsubscribeToken::decode(text, self.key(KeyPurpose::Mac).await?))
    }
}
