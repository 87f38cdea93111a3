//! The vault: the deployment's wrapped keys, and each customer's data key.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{Act, CustomerId, Key32, KeyPurpose, open, seal};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::client::Store;
use crate::customer::DataKey;
use crate::item::{Item, Read as _, act, b, s};
use crate::{StoreError, keymap};

/// The deployment's keys in the clear.
pub(crate) struct Ring(Vec<(KeyPurpose, Key32)>);

/// How many keys are unwrapped at once. Each needs a connection, whose handshake costs a small
/// function as long as the call takes; one after the other would wait for all the calls.
const AT_ONCE: usize = 2;

impl Store {
    /// The deployment's key for a purpose. The first call of an instance unwraps all of its keys.
    ///
    /// # Errors
    /// When the vault or KMS fails, or the store was opened without that key.
    pub async fn key(&self, purpose: KeyPurpose) -> Result<&Key32, StoreError> {
        let ring = self.ring.get_or_try_init(|| self.unwrap_ring()).await?;
        ring.0.iter().find(|(known, _)| *known == purpose).map(|(_, key)| key).ok_or(StoreError::NoKey(purpose))
    }

    async fn unwrap_ring(&self) -> Result<Ring, StoreError> {
        let first = self.purposes.first().copied().ok_or(StoreError::NoKey(KeyPurpose::Index))?;
        let keys = self.keys.as_ref().ok_or(StoreError::NoKey(first))?;
        let places: Vec<_> = self.purposes.iter().map(|purpose| keymap::wrapped_key(*purpose)).collect();
        let wanted: Vec<_> = places.iter().map(|key| (self.tables.vault.as_str(), key)).collect();
        let found = self.read_many(&wanted).await?;
        let unwrap = |(purpose, item): (KeyPurpose, Option<Item>)| async move {
            let item = item.ok_or(StoreError::NotReady(purpose))?;
            Ok::<_, StoreError>((purpose, keys.unwrap(purpose, item.bytes("wrapped")?).await?))
        };
        let unwrapping = stream::iter(self.purposes.iter().copied().zip(found).map(unwrap));
        Ok(Ring(unwrapping.buffered(AT_ONCE).try_collect().await?))
    }

    /// Puts a new wrapped key into the vault, unless there is one. True if it was put.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn wrapped_key_put(&self, purpose: KeyPurpose, wrapped: &[u8], cause: &Act) -> Result<bool, StoreError> {
        let mut item = keymap::wrapped_key(purpose).item();
        item.insert("wrapped".to_owned(), b(wrapped));
        let failed = self.transact(vec![self.put_new(&self.tables.vault, item)?, self.system_act(cause)?]).await?;
        Ok(failed.is_none())
    }

    /// The purposes whose key is in the vault.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn wrapped_keys_present(&self) -> Result<Vec<KeyPurpose>, StoreError> {
        let keys = KeyPurpose::WRAPPED.map(keymap::wrapped_key);
        let vault = self.tables.vault.as_str();
        let found = self.read_all(keys.each_ref().map(|key| (vault, key))).await?;
        Ok(KeyPurpose::WRAPPED.into_iter().zip(found).filter_map(|(p, item)| item.map(|_| p)).collect())
    }

    /// A new data key for a new customer, and the vault's item that holds it.
    pub(crate) async fn data_key_new(&self, id: CustomerId) -> Result<(DataKey, Item), StoreError> {
        let branch = self.key(KeyPurpose::Branch).await?;
        let key = keymap::data_key(id);
        let plain = Key32::new(self.rng.bytes());
        let mut item = key.item();
        item.insert("wrapped".to_owned(), b(seal(branch, &key.place("wrapped"), plain.bytes(), &self.rng)));
        Ok((DataKey::new(plain), item))
    }

    /// The data key in the vault's item.
    pub(crate) async fn data_key_open(&self, id: CustomerId, item: &Item) -> Result<DataKey, StoreError> {
        let branch = self.key(KeyPurpose::Branch).await?;
        let plain = open(branch, &keymap::data_key(id).place("wrapped"), item.bytes("wrapped")?)
            .map_err(|_| StoreError::Corrupt("wrapped"))?;
        let bytes = plain.as_slice().try_into().map_err(|_| StoreError::Corrupt("wrapped"))?;
        Ok(DataKey::new(Key32::new(bytes)))
    }

    /// A put that fails where the item exists.
    pub(crate) fn put_new(&self, table: &str, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put =
            Put::builder().table_name(table).set_item(Some(item)).condition_expression("attribute_not_exists(pk)");
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// The act of the deployment itself, as an item that a stream carries.
    pub(crate) fn system_act(&self, cause: &Act) -> Result<TransactWriteItem, StoreError> {
        let mut item = keymap::system_act(cause.id).item();
        item.insert("act".to_owned(), act(cause));
        item.insert("kind".to_owned(), s("system"));
        self.put_new(&self.tables.directory, item)
    }
}
