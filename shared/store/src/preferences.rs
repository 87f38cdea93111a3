//! How customers want to be written to.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use domain::{Act, CustomerId, Locale, Preferences};

use crate::client::Store;
use crate::customer::Customer;
use crate::item::{Read as _, act, n, s, sealed};
use crate::{StoreError, keymap};

/// What a customer prefers, as it is stored.
#[derive(Clone, Debug)]
pub struct StoredPreferences {
    /// What they prefer: the least, where they never said.
    pub preferences: Preferences,
    /// Changes with each write; a write names the one that it read. 0 where there was none.
    pub version: u64,
    /// The customer.
    pub customer: Customer,
}

impl Store {
    /// What a customer prefers.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn preferences(&self, id: CustomerId) -> Result<Option<StoredPreferences>, StoreError> {
        let directory = self.tables.directory.as_str();
        let (key, profile, data_key) = (keymap::preferences(id), keymap::profile(id), keymap::data_key(id));
        let [item, profile, wrapped] =
            self.read_all([(directory, &key), (directory, &profile), (self.tables.vault.as_str(), &data_key)]).await?;
        let (Some(profile), Some(wrapped)) = (profile, wrapped) else { return Ok(None) };
        let data_key = self.data_key_open(id, &wrapped).await?;
        let customer = Customer::read(id, &profile, &data_key)?;
        let (preferences, version) = match item {
            Some(item) => (item.unsealed(&data_key.key, &key, "body")?, item.number("version")?),
            None => (Preferences::default(), 0),
        };
        Ok(Some(StoredPreferences { preferences, version, customer }))
    }

    /// Writes what a customer prefers, and the language of their mails with it, if nobody has written
    /// either since they were read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody has; otherwise when DynamoDB fails.
    pub async fn preferences_put(
        &self,
        seen: &StoredPreferences,
        new: &Preferences,
        locale: Locale,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let customer = &seen.customer;
        let key = keymap::preferences(customer.id);
        let mut item = key.item();
        item.extend([
            ("body".to_owned(), sealed(&customer.data_key.key, &key, "body", new, &self.rng)?),
            ("version".to_owned(), n(seen.version + 1)),
            ("act".to_owned(), act(cause)),
        ]);
        let put = Put::builder().table_name(&self.tables.directory).set_item(Some(item));
        let put = match seen.version {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            version => put.condition_expression("version = :seen").expression_attribute_values(":seen", n(version)),
        };
        let put = put.build().map_err(|_| StoreError::Corrupt("put"))?;
        let profile = if locale == customer.locale {
            self.must_exist(&keymap::profile(customer.id))?
        } else {
            self.locale_put(customer, locale)?
        };
        match self.transact(vec![TransactWriteItem::builder().put(put).build(), profile]).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict),
        }
    }

    fn locale_put(&self, customer: &Customer, locale: Locale) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::profile(customer.id).item()))
            .update_expression("SET locale = :locale, version = :next")
            .condition_expression("version = :seen")
            .expression_attribute_values(":locale", s(locale.tag()))
            .expression_attribute_values(":seen", n(customer.version))
            .expression_attribute_values(":next", n(customer.version + 1));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }
}
