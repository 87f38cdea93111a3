//! A customer's factors: one sealed item, and the claim of each WebAuthn credential.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use domain::{Act, CustomerId, FactorKind, Factors, KeyPurpose, RecoveryCode, RecoveryHandle, SessionId, Timestamp};

use crate::client::Store;
use crate::customer::{DataKey, Security, SignInFacts};
use crate::item::{Item, Read as _, act, n, s, sealed, texts};
use crate::notice::NewNotice;
use crate::one_time::{OneTime, Spent};
use crate::{StoreError, keymap};

/// A customer's factors as they were read.
#[derive(Clone, Debug, Default)]
pub struct StoredFactors {
    /// The factors.
    pub factors: Factors,
    /// Changes with each write; a write names the one that it read. 0: there is no item yet.
    pub(crate) version: u64,
}

/// A change of a customer's factors, and all that goes with it.
pub struct FactorsChange<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// Their data key.
    pub data_key: &'a DataKey,
    /// Their standing that was read: whatever ended every session since refuses the change.
    pub security: &'a Security,
    /// The factors that were read.
    pub seen: &'a StoredFactors,
    /// The factors as they are to be.
    pub factors: &'a Factors,
    /// The one-time thing that it is bought with.
    pub spend: Option<&'a OneTime>,
    /// What the customer is told.
    pub notice: Option<&'a NewNotice>,
    /// Ends every session but this one.
    pub end_others: Option<SessionId>,
}

impl SignInFacts {
    /// A change of these factors, and nothing else.
    pub fn change<'a>(&'a self, factors: &'a Factors) -> FactorsChange<'a> {
        FactorsChange {
            customer: self.customer,
            data_key: &self.data_key,
            security: &self.security,
            seen: &self.factors,
            factors,
            spend: None,
            notice: None,
            end_others: None,
        }
    }
}

impl StoredFactors {
    pub(crate) fn exists(&self) -> bool {
        self.version > 0
    }

    pub(crate) fn read(item: Option<&Item>, customer: CustomerId, data_key: &DataKey) -> Result<Self, StoreError> {
        let Some(item) = item else { return Ok(Self::default()) };
        let factors = item.unsealed(&data_key.key, &keymap::factors(customer), "body")?;
        Ok(Self { factors, version: item.number("version")? })
    }
}

impl Store {
    /// A customer's factors, and their data key.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn factors(&self, id: CustomerId) -> Result<Option<(StoredFactors, DataKey)>, StoreError> {
        let (factors, data_key) = (keymap::factors(id), keymap::data_key(id));
        let [item, wrapped] = self
            .read_all([(self.tables.directory.as_str(), &factors), (self.tables.vault.as_str(), &data_key)])
            .await?;
        let Some(wrapped) = wrapped else { return Ok(None) };
        let data_key = self.data_key_open(id, &wrapped).await?;
        Ok(Some((StoredFactors::read(item.as_ref(), id, &data_key)?, data_key)))
    }

    /// Writes changed factors with all that goes with them, all or nothing. [`Spent::Taken`] if
    /// a credential is another customer's, [`Spent::Changed`] if somebody has written since they were
    /// read, or every session was ended.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn factors_change(
        &self,
        change: &FactorsChange<'_>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let mut writes = Vec::new();
        if let Some(thing) = change.spend {
            writes.push(self.one_time_use(thing, now, cause)?);
        }
        let first_claim = writes.len();
        writes.extend(self.factors_puts(change.customer, change.data_key, (change.seen, change.factors), cause).await?);
        let factors_put = writes.len() - 1;
        if let Some(notice) = change.notice {
            writes.extend(self.notice_puts(notice, now, cause).await?);
        }
        match change.end_others {
            Some(keep) => {
                writes.push(self.epoch_bump(change.customer, change.security.epoch, cause)?);
                writes.push(self.session_carry(change.customer, keep, change.security.epoch)?);
            }
            None => writes.push(self.standing_check(change.customer, change.security)?),
        }
        let Some(failed) = self.transact(writes).await? else { return Ok(Spent::Done) };
        let has_failed = |at: usize| failed.get(at) == Some(&true);
        Ok(if change.spend.is_some() && has_failed(0) {
            Spent::Gone
        } else if (first_claim..factors_put).any(has_failed) {
            Spent::Taken
        } else {
            Spent::Changed
        })
    }

    /// The MAC by which a recovery code of this customer is known.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn recovery_code_mac(&self, customer: CustomerId, code: &RecoveryCode) -> Result<[u8; 32], StoreError> {
        let key = self.key(KeyPurpose::Mac).await?.derive("recovery code");
        Ok(key.mac(&[&customer.to_bytes(), code.reveal().as_bytes()]))
    }

    /// The handle of the recovery that is begun with this transaction: the same whenever it is asked for,
    /// so that a lost answer loses nothing, and nobody's who holds another transaction.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn recovery_handle(&self, customer: CustomerId, with: &OneTime) -> Result<RecoveryHandle, StoreError> {
        let key = self.key(KeyPurpose::Mac).await?.derive("delayed recovery");
        Ok(RecoveryHandle::new(key.mac(&[&customer.to_bytes(), with.digest.as_bytes()])))
    }

    /// The writes of changed factors: their item, and the claims of credentials that are new or gone.
    pub(crate) async fn factors_puts(
        &self,
        customer: CustomerId,
        data_key: &DataKey,
        (seen, factors): (&StoredFactors, &Factors),
        cause: &Act,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut writes = self.credential_claims(customer, &seen.factors, factors).await?;
        writes.push(self.factors_put(customer, data_key, seen, factors, cause).await?);
        Ok(writes)
    }

    /// The write of changed factors, if nobody has written since they were read.
    async fn factors_put(
        &self,
        customer: CustomerId,
        data_key: &DataKey,
        seen: &StoredFactors,
        factors: &Factors,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = keymap::factors(customer);
        let mut item = key.item();
        item.extend([
            ("body".to_owned(), sealed(&data_key.key, &key, "body", factors, &self.rng)?),
            ("version".to_owned(), n(seen.version + 1)),
            ("act".to_owned(), act(cause)),
        ]);
        // Beside what is sealed: an erasure frees the claims without opening anything.
        let mut claims = Vec::new();
        for id in credential_ids(factors) {
            claims.push(self.blind("credential", &id).await?.0);
        }
        item.insert("claims".to_owned(), texts(&claims));
        let put = Put::builder().table_name(&self.tables.directory).set_item(Some(item));
        let put = match seen.version {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            version => put.condition_expression("version = :seen").expression_attribute_values(":seen", n(version)),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// Claims the credentials that are new, and frees those that are gone.
    async fn credential_claims(
        &self,
        customer: CustomerId,
        old: &Factors,
        new: &Factors,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let (old, new) = (credential_ids(old), credential_ids(new));
        let build = |_| StoreError::Corrupt("claim");
        let mut writes = Vec::new();
        for id in new.iter().filter(|id| !old.contains(id)) {
            let mut item = keymap::credential_claim(self.blind("credential", id).await?.as_str()).item();
            item.extend([("customer".to_owned(), s(customer.to_string())), ("index_version".to_owned(), n(1))]);
            writes.push(self.put_new(&self.tables.directory, item)?);
        }
        for id in old.iter().filter(|id| !new.contains(id)) {
            let free = Delete::builder()
                .table_name(&self.tables.directory)
                .set_key(Some(keymap::credential_claim(self.blind("credential", id).await?.as_str()).item()))
                .condition_expression("attribute_not_exists(pk) OR customer = :me")
                .expression_attribute_values(":me", s(customer.to_string()));
            writes.push(TransactWriteItem::builder().delete(free.build().map_err(build)?).build());
        }
        Ok(writes)
    }
}

/// The ids of the WebAuthn credentials among these factors.
fn credential_ids(factors: &Factors) -> Vec<String> {
    let id = |kind: &FactorKind| match kind {
        FactorKind::Passkey { credential_id, .. } => Some(credential_id.clone()),
        FactorKind::Totp { .. } | FactorKind::Sms { .. } | FactorKind::Email {} => None,
    };
    factors.all().filter_map(|factor| id(&factor.kind)).collect()
}
