//! Customers: who claims an address, and what is kept of them.

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem, Update};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Act, Arrival, CustomerId, DeviceId, Email, Jurisdiction, Key32, KeyPurpose, Locale, MfaPolicy, PasswordHash,
    PhoneNumber, Proof, Status, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::{Store, Updated};
use crate::device::{KnownDevice, TrustedDevice};
use crate::factors::StoredFactors;
use crate::item::{Item, Read as _, act, n, s, sealed};
use crate::{StoreError, keymap};

/// An address as the tables know it: an HMAC under the index key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlindIndex(pub(crate) String);

impl BlindIndex {
    /// The index as text; it tells nothing about the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A customer's data key in the clear, for this request only.
#[derive(Clone, Debug)]
pub struct DataKey {
    pub(crate) key: Key32,
}

impl DataKey {
    pub(crate) fn new(key: Key32) -> Self {
        Self { key }
    }
}

/// A customer's security item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Security {
    /// Whether they may sign in.
    pub status: Status,
    /// Sessions of an older epoch are dead.
    pub epoch: u64,
}

impl Security {
    pub(crate) fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self { status: item.json("status")?, epoch: item.number("epoch")? })
    }
}

/// What sign-in needs to know of a customer.
#[derive(Clone, Debug)]
pub struct SignInFacts {
    /// Who.
    pub customer: CustomerId,
    /// Whether they may, and in which epoch.
    pub security: Security,
    /// Their password, if they have one.
    pub password: Option<PasswordHash>,
    /// The same as it is stored.
    pub(crate) sealed_password: Vec<u8>,
    /// Whether the password was set by a mail, and not in a session since.
    pub is_mailed: bool,
    /// Their factors.
    pub factors: StoredFactors,
    /// The device whose token came along, if they still know it.
    pub known: Option<DeviceId>,
    /// Whether they trust it.
    pub is_trusted: bool,
    /// Their profile.
    pub profile: Customer,
    /// Their data key.
    pub data_key: DataKey,
}

impl SignInFacts {
    /// What their password proves.
    pub fn password_proof(&self) -> Proof {
        if self.is_mailed { Proof::MailedPassword } else { Proof::Password }
    }

    /// Them, with these proofs, in an app of this policy, from a device that they do not trust.
    pub fn arrival<'a>(&'a self, proofs: &'a [Proof], client: Option<MfaPolicy>) -> Arrival<'a> {
        Arrival {
            factors: &self.factors.factors,
            proofs,
            has_password: self.password.is_some(),
            is_trusted: false,
            since: self.customer.made_at(),
            client,
        }
    }
}

/// What a customer is told of themselves, and what is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomerProfile {
    /// The verified address.
    pub email: Email,
    /// When it was verified.
    pub email_verified_at: Timestamp,
    /// The deployment's fields.
    pub profile: Map<String, Value>,
}

/// A customer's profile item.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Who.
    pub id: CustomerId,
    /// The sealed part, opened.
    pub data: CustomerProfile,
    /// The language of their mails.
    pub locale: Locale,
    /// Whose law protects them; the deployment's default where nothing was said.
    pub jurisdiction: Option<Jurisdiction>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changes with each write; a write names the one that it read.
    pub version: u64,
    /// The claim of the address.
    pub index: BlindIndex,
    /// The changes of address of the last two weeks that were not undone, oldest first.
    pub(crate) changes: Vec<Timestamp>,
    /// The claims of addresses that were theirs before: an erasure frees them all.
    pub(crate) formers: Vec<String>,
    /// Their data key.
    pub data_key: DataKey,
}

impl Customer {
    pub(crate) fn read(id: CustomerId, item: &Item, data_key: &DataKey) -> Result<Self, StoreError> {
        Ok(Self {
            id,
            data: item.unsealed(&data_key.key, &keymap::profile(id), "body")?,
            locale: Locale::parse(item.text("locale")?).unwrap_or_default(),
            jurisdiction: match item.text("jurisdiction") {
                Ok(text) => Some(Jurisdiction::parse(text).ok_or(StoreError::Corrupt("jurisdiction"))?),
                Err(_) => None,
            },
            created_at: item.moment("created_at")?,
            version: item.number("version")?,
            index: BlindIndex(item.text("email_index")?.to_owned()),
            changes: item.moments("changes")?,
            formers: item.texts("formers")?,
            data_key: data_key.clone(),
        })
    }
}

impl Store {
    /// The blind index of an address.
    ///
    /// # Errors
    /// When the index key can't be unwrapped.
    pub async fn email_index(&self, email: &Email) -> Result<BlindIndex, StoreError> {
        self.blind("email", &email.index_form()).await
    }

    /// The blind index of a phone's number.
    ///
    /// # Errors
    /// When the index key can't be unwrapped.
    pub async fn phone_index(&self, number: &PhoneNumber) -> Result<BlindIndex, StoreError> {
        self.blind("phone", number.reveal()).await
    }

    /// The blind index of anything else that must not stand in a key: a client's address, say.
    ///
    /// # Errors
    /// When the index key can't be unwrapped.
    pub async fn blind(&self, kind: &str, value: &str) -> Result<BlindIndex, StoreError> {
        let key = self.key(KeyPurpose::Index).await?;
        Ok(BlindIndex(URL_SAFE_NO_PAD.encode(key.mac(&[kind.as_bytes(), value.as_bytes()]))))
    }

    /// Whose address this is now.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn customer_by_email(&self, index: &BlindIndex) -> Result<Option<CustomerId>, StoreError> {
        let claim = self.read(&self.tables.directory, &keymap::email_claim(&index.0)).await?;
        claim.as_ref().map(claimant).transpose().map(Option::flatten)
    }

    /// What sign-in needs to know. For nobody it reads as much as for somebody. `device` is the one
    /// whose token came along.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn sign_in_facts(
        &self,
        id: Option<CustomerId>,
        device: Option<KnownDevice>,
        now: Timestamp,
    ) -> Result<Option<SignInFacts>, StoreError> {
        let customer = id.unwrap_or(CustomerId::from_bytes([0; 16]));
        let directory = self.tables.directory.as_str();
        let [security, password, factors, profile] = [
            keymap::security(customer),
            keymap::password(customer),
            keymap::factors(customer),
            keymap::profile(customer),
        ];
        let data_key = keymap::data_key(customer);
        let trust = device.map(|device| keymap::device(customer, device.id));
        let mut wanted = vec![
            (directory, &security),
            (directory, &password),
            (directory, &factors),
            (directory, &profile),
            (self.tables.vault.as_str(), &data_key),
        ];
        wanted.extend(trust.as_ref().map(|trust| (self.tables.transient.as_str(), trust)));
        let mut found = self.read_many(&wanted).await?.into_iter();
        let mut next = || found.next().flatten();
        let (security, password, factors, profile, data_key, trust) = (next(), next(), next(), next(), next(), next());
        let (Some(security), Some(profile), Some(data_key), Some(customer)) = (security, profile, data_key, id) else {
            return Ok(None);
        };
        let data_key = self.data_key_open(customer, &data_key).await?;
        let security = Security::read(&security)?;
        let is_mailed = password.as_ref().is_some_and(|item| item.has("mailed"));
        let sealed_password = match &password {
            Some(item) => item.bytes("hash")?.to_vec(),
            None => Vec::new(),
        };
        let place = keymap::password(customer);
        let password = password.map(|item| item.unsealed::<String>(&data_key.key, &place, "hash")).transpose()?;
        let password = password.map(PasswordHash::stored);
        let trust = trust.map(TrustedDevice::read).transpose()?;
        Ok(Some(SignInFacts {
            customer,
            security,
            password,
            sealed_password,
            is_mailed,
            factors: StoredFactors::read(factors.as_ref(), customer, &data_key)?,
            known: device.and_then(|device| device.known(&security)),
            is_trusted: trust.is_some_and(|device| device.is_alive(&security, now)),
            profile: Customer::read(customer, &profile, &data_key)?,
            data_key,
        }))
    }

    /// A customer's profile, opened.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn customer(&self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let (profile, data_key) = (keymap::profile(id), keymap::data_key(id));
        let [item, wrapped] = self
            .read_all([(self.tables.directory.as_str(), &profile), (self.tables.vault.as_str(), &data_key)])
            .await?;
        let (Some(item), Some(wrapped)) = (item, wrapped) else { return Ok(None) };
        let data_key = self.data_key_open(id, &wrapped).await?;
        Customer::read(id, &item, &data_key).map(Some)
    }

    /// Writes profile and locale back, if nobody has since it was read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody has; otherwise when DynamoDB fails.
    pub async fn customer_update(&self, customer: &Customer, cause: &Act) -> Result<(), StoreError> {
        let key = keymap::profile(customer.id);
        let body = sealed(&customer.data_key.key, &key, "body", &customer.data, &self.rng)?;
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.directory)
            .set_key(Some(key.item()))
            .update_expression("SET body = :body, locale = :locale, version = :next, act = :act")
            .condition_expression("version = :seen")
            .expression_attribute_values(":body", body)
            .expression_attribute_values(":locale", s(customer.locale.tag()))
            .expression_attribute_values(":seen", n(customer.version))
            .expression_attribute_values(":next", n(customer.version + 1))
            .expression_attribute_values(":act", act(cause));
        match self.update(update).await? {
            Updated::Done(_) => Ok(()),
            Updated::Refused(Some(item)) if self.is_mine(&item, cause) => Ok(()),
            Updated::Refused(_) => Err(StoreError::Conflict),
        }
    }

    /// Says whose law protects a customer. False if there is no such customer.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn customer_jurisdiction(
        &self,
        id: CustomerId,
        jurisdiction: &Jurisdiction,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::profile(id).item()))
            .update_expression("SET jurisdiction = :jurisdiction, act = :act ADD version :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":jurisdiction", s(jurisdiction.as_str()))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":act", act(cause));
        Ok(matches!(self.update(update).await?, Updated::Done(_)))
    }

    /// Ends every session of the epoch that was read: one write.
    pub(crate) fn epoch_bump(&self, id: CustomerId, epoch: u64, cause: &Act) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(id).item()))
            .update_expression("SET epoch = :next, act = :act")
            .condition_expression("epoch = :seen")
            .expression_attribute_values(":seen", n(epoch))
            .expression_attribute_values(":next", n(epoch + 1))
            .expression_attribute_values(":act", act(cause));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }

    /// Whether a customer's standing is still the one that was read, checked in the transaction that it
    /// stands in: what was decided under it must not be written after a button ended it.
    pub(crate) fn standing_check(&self, id: CustomerId, seen: &Security) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(id).item()))
            .condition_expression("epoch = :epoch AND #status = :status")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":epoch", n(seen.epoch))
            .expression_attribute_values(":status", s(serde_json::to_string(&seen.status).unwrap_or_default()))
            .build();
        Ok(TransactWriteItem::builder().condition_check(check.map_err(|_| StoreError::Corrupt("check"))?).build())
    }

    /// Whether the item was last written by this very act: the SDK sent a write twice, and the
    /// first had arrived.
    pub(crate) fn is_mine(&self, item: &Item, cause: &Act) -> bool {
        item.get("act") == Some(&act(cause))
    }
}

/// Whom a claim belongs to now; nobody, while its last holder can still take it back.
pub(crate) fn claimant(claim: &Item) -> Result<Option<CustomerId>, StoreError> {
    if claim.has("former_until") {
        return Ok(None);
    }
    CustomerId::parse(claim.text("customer")?).map(Some).ok_or(StoreError::Corrupt("customer"))
}
