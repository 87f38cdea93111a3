//! Brands of the hosted pages that do not stand in the deployment's file.
//!
//! One partition holds them all: they are few, and each is read once a minute by an instance whose pages show it.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{Act, PageBrand, SignedDuration, Timestamp};

use crate::client::Store;
use crate::item::{Item, Read as _, act, at, n, s};
use crate::{StoreError, keymap};

/// What is kept of a brand.
#[derive(Clone, Debug)]
pub struct StoredBrand {
    /// What clients name it by.
    pub key: String,
    /// The brand; none if it was removed, or can't be shown by today's rules.
    pub brand: Option<Arc<PageBrand>>,
    /// Changes with each write; a write names the one that it read.
    pub version: u64,
}

/// Brands that were read a short while ago.
pub(crate) type KeptBrands = HashMap<String, (Arc<PageBrand>, Timestamp)>;

impl StoredBrand {
    fn read(item: &Item) -> Result<Self, StoreError> {
        let key = item.text("sk")?.strip_prefix(keymap::BRAND_PREFIX).ok_or(StoreError::Corrupt("sk"))?;
        let brand = if item.has("removed_at") { None } else { serde_json::from_str(item.text("brand")?).ok() };
        Ok(Self { key: key.to_owned(), brand: brand.map(Arc::new), version: item.number("version")? })
    }
}

impl Store {
    /// How long an instance keeps a brand.
    pub const BRAND_FOR: SignedDuration = SignedDuration::from_mins(1);

    /// The brand with this key, if one was written.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn brand(&self, key: &str, now: Timestamp) -> Result<Option<Arc<PageBrand>>, StoreError> {
        if let Some((brand, read_at)) = self.brands.read().await.get(key)
            && now >= *read_at
            && now.duration_since(*read_at) < Self::BRAND_FOR
        {
            return Ok(Some(brand.clone()));
        }
        let stored = self.brand_stored(key).await?;
        let Some(brand) = stored.and_then(|stored| stored.brand) else { return Ok(None) };
        self.brands.write().await.insert(key.to_owned(), (brand.clone(), now));
        Ok(Some(brand))
    }

    /// What is kept of the brand with this key, as it is now; also of one that was removed.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn brand_stored(&self, key: &str) -> Result<Option<StoredBrand>, StoreError> {
        if !PageBrand::is_key(key) {
            return Ok(None);
        }
        let item = self.read(&self.tables.directory, &keymap::brand(key)).await?;
        item.as_ref().map(StoredBrand::read).transpose()
    }

    /// The brands that were written, by their keys.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn brands_stored(&self) -> Result<Vec<StoredBrand>, StoreError> {
        let items = self.read_prefix(&self.tables.directory, keymap::BRANDS.to_owned(), keymap::BRAND_PREFIX).await?;
        let stored = items.iter().map(StoredBrand::read).collect::<Result<Vec<_>, _>>()?;
        Ok(stored.into_iter().filter(|stored| stored.brand.is_some()).collect())
    }

    /// Writes a brand over what was seen of it. False if it is another by now.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn brand_write(
        &self,
        brand: &PageBrand,
        seen: Option<&StoredBrand>,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let json = serde_json::to_string(brand).map_err(|_| StoreError::Corrupt("brand"))?;
        self.brand_put(brand.key(), ("brand", s(json)), seen, cause).await
    }

    /// Removes a brand. False if it is another than the one that was seen.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn brand_remove(&self, seen: &StoredBrand, now: Timestamp, cause: &Act) -> Result<bool, StoreError> {
        self.brand_put(&seen.key, ("removed_at", at(now)), Some(seen), cause).await
    }

    async fn brand_put(
        &self,
        key: &str,
        (name, value): (&str, aws_sdk_dynamodb::types::AttributeValue),
        seen: Option<&StoredBrand>,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let mut item = keymap::brand(key).item();
        let version = seen.map_or(0, |seen| seen.version);
        item.extend([(name.to_owned(), value), ("version".to_owned(), n(version + 1)), ("act".to_owned(), act(cause))]);
        let put = Put::builder().table_name(&self.tables.directory).set_item(Some(item));
        let put = match seen {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(_) => put.condition_expression("version = :seen").expression_attribute_values(":seen", n(version)),
        };
        let put = put.build().map_err(|_| StoreError::Corrupt("put"))?;
        Ok(self.transact(vec![TransactWriteItem::builder().put(put).build()]).await?.is_none())
    }
}
