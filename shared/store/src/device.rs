//! Devices that their owner trusts: on them a sign-in is not asked for a second factor for a time.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{Act, CustomerId, DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::{Store, Updated};
use crate::customer::{DataKey, Security};
use crate::item::{Item, Read as _, act, at, n, sealed, ttl};
use crate::session::SessionAbout;
use crate::{StoreError, keymap};

/// A device that signed in before, as its token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownDevice {
    /// The device.
    pub id: DeviceId,
    /// The customer's epoch when it did.
    pub epoch: u64,
}

impl KnownDevice {
    /// The device, if a customer in this standing still knows it: what ends every session makes every
    /// device a stranger.
    pub fn known(self, security: &Security) -> Option<DeviceId> {
        (self.epoch == security.epoch).then_some(self.id)
    }
}

/// A device that is to be trusted.
#[derive(Clone, Debug)]
pub struct NewTrust {
    /// The device: its token says so.
    pub device: DeviceId,
    /// Until when.
    pub until: Timestamp,
    /// What it is, in words.
    pub about: SessionAbout,
}

/// A device that is trusted.
#[derive(Clone, Debug)]
pub struct TrustedDevice {
    /// The device.
    pub id: DeviceId,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    epoch: u64,
    item: Item,
}

impl TrustedDevice {
    pub(crate) fn read(item: Item) -> Result<Self, StoreError> {
        let id = item.text("sk")?.strip_prefix(keymap::DEVICE_PREFIX).and_then(DeviceId::parse);
        Ok(Self {
            id: id.ok_or(StoreError::Corrupt("sk"))?,
            since: item.moment("since")?,
            until: item.moment("until")?,
            epoch: item.number("epoch")?,
            item,
        })
    }

    /// Whether it is trusted at `now` by a customer in this standing: what ends every session ends
    /// the trust in every device too.
    pub fn is_alive(&self, security: &Security, now: Timestamp) -> bool {
        self.epoch == security.epoch && now < self.until
    }

    /// What it is.
    ///
    /// # Errors
    /// When it was sealed under another key.
    pub fn about(&self, customer: CustomerId, data_key: &DataKey) -> Result<SessionAbout, StoreError> {
        self.item.unsealed(&data_key.key, &keymap::device(customer, self.id), "about")
    }
}

impl Store {
    pub(crate) fn trust_put(
        &self,
        customer: CustomerId,
        epoch: u64,
        trust: &NewTrust,
        data_key: &DataKey,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = keymap::device(customer, trust.device);
        let mut item = key.item();
        item.extend([
            ("epoch".to_owned(), n(epoch)),
            ("since".to_owned(), at(now)),
            ("until".to_owned(), at(trust.until)),
            ("ttl".to_owned(), ttl(trust.until)),
            ("about".to_owned(), sealed(&data_key.key, &key, "about", &trust.about, &self.rng)?),
        ]);
        let put = Put::builder().table_name(&self.tables.transient).set_item(Some(item));
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// Every device that is stored as trusted, alive or not.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn trusted_devices(&self, customer: CustomerId) -> Result<Vec<TrustedDevice>, StoreError> {
        let items = self.read_prefix(&self.tables.transient, keymap::customer(customer), keymap::DEVICE_PREFIX).await?;
        items.into_iter().map(TrustedDevice::read).collect()
    }

    /// Trusts a device no longer. False if it was not trusted.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn device_distrust(
        &self,
        customer: CustomerId,
        device: DeviceId,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::device(customer, device).item()))
            .update_expression("SET #until = :now, act = :act")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        Ok(matches!(self.update(update).await?, Updated::Done(_)))
    }
}
