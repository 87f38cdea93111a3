//! The signing keys in the vault, and the schedule that every instance keeps for a while.

use std::sync::Arc;

use domain::{Act, Jwk, KeySchedule, PrivateHalf, SignedDuration, SigningAlg, SigningKey, Timestamp};

use crate::client::Store;
use crate::item::{Item, Read as _, at, b, s};
use crate::{StoreError, keymap};

/// A schedule, and when it was read.
pub(crate) struct LoadedSchedule {
    schedule: Arc<KeySchedule>,
    read_at: Timestamp,
}

impl Store {
    /// The schedule, read again when it is fifteen minutes old.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn key_schedule(&self, now: Timestamp) -> Result<Arc<KeySchedule>, StoreError> {
        self.schedule_within(KeySchedule::RELOAD_AFTER, now).await
    }

    /// The schedule, read again when it is half a minute old: for a token by a key that the kept
    /// one does not know.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn key_schedule_fresh(&self, now: Timestamp) -> Result<Arc<KeySchedule>, StoreError> {
        self.schedule_within(SignedDuration::from_secs(30), now).await
    }

    async fn schedule_within(&self, age: SignedDuration, now: Timestamp) -> Result<Arc<KeySchedule>, StoreError> {
        let fresh = |kept: &Option<LoadedSchedule>| {
            let kept = kept.as_ref()?;
            let is_fresh = now >= kept.read_at && now.duration_since(kept.read_at) < age;
            is_fresh.then(|| kept.schedule.clone())
        };
        if let Some(schedule) = fresh(&*self.schedule.read().await) {
            return Ok(schedule);
        }
        // Two tokens are signed side by side: one of them reads, the other waits for it.
        let mut kept = self.schedule.write().await;
        if let Some(schedule) = fresh(&kept) {
            return Ok(schedule);
        }
        let schedule = Arc::new(self.signing_keys().await?);
        *kept = Some(LoadedSchedule { schedule: schedule.clone(), read_at: now });
        Ok(schedule)
    }

    /// The signing keys as they are in the vault now.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn signing_keys(&self) -> Result<KeySchedule, StoreError> {
        let pages = self
            .dynamo
            .query()
            .table_name(&self.tables.vault)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(keymap::SIGNING))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let items = pages.collect::<Result<Vec<_>, _>>().await.map_err(|e| StoreError::dynamo("Query", &e))?;
        Ok(KeySchedule::new(items.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// Puts a signing key into its place in the vault, unless somebody else has. True if it was put.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn signing_key_put(&self, number: u32, key: &SigningKey, cause: &Act) -> Result<bool, StoreError> {
        let mut item = keymap::signing_key(key.jwk.alg, number).item();
        let jwk = serde_json::to_string(&key.jwk).map_err(|_| StoreError::Corrupt("jwk"))?;
        item.extend([
            ("jwk".to_owned(), s(jwk)),
            ("publish_at".to_owned(), at(key.publish_at)),
            ("sign_from".to_owned(), at(key.sign_from)),
        ]);
        match &key.private {
            PrivateHalf::Kms(arn) => item.insert("kms_key".to_owned(), s(arn)),
            PrivateHalf::Wrapped(wrapped) => item.insert("wrapped".to_owned(), b(wrapped.clone())),
        };
        let failed = self.transact(vec![self.put_new(&self.tables.vault, item)?, self.system_act(cause)?]).await?;
        Ok(failed.is_none())
    }

    /// How many signing keys there have been for `alg`: the number of the next is one more.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn signing_key_last(&self, alg: SigningAlg) -> Result<u32, StoreError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.tables.vault)
            .key_condition_expression("pk = :pk AND begins_with(sk, :alg)")
            .expression_attribute_values(":pk", s(keymap::SIGNING))
            .expression_attribute_values(":alg", s(format!("{}#", alg.as_str())))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(1)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        let Some(item) = answer.items().first() else { return Ok(0) };
        let number = item.text("sk")?.rsplit('#').next().and_then(|digits| digits.parse().ok());
        number.ok_or(StoreError::Corrupt("sk"))
    }

    /// Wipes the private half of a key that left the set; its public half stays, as a record.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn signing_key_wipe(&self, key: &SigningKey) -> Result<(), StoreError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.tables.vault)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(keymap::SIGNING))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        for item in answer.items() {
            let found = read(item)?;
            if (&found.jwk.kid, found.sign_from) != (&key.jwk.kid, key.sign_from) || !item.has("wrapped") {
                continue;
            }
            let place =
                Item::from_iter(["pk", "sk"].into_iter().filter_map(|k| Some((k.to_owned(), item.get(k)?.clone()))));
            let update = self
                .dynamo
                .update_item()
                .table_name(&self.tables.vault)
                .set_key(Some(place))
                .update_expression("REMOVE #wrapped")
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_names("#wrapped", "wrapped");
            self.update(update).await?;
        }
        Ok(())
    }
}

fn read(item: &Item) -> Result<SigningKey, StoreError> {
    let jwk: Jwk = item.json("jwk")?;
    let private = if item.has("kms_key") {
        PrivateHalf::Kms(item.text("kms_key")?.to_owned())
    } else {
        PrivateHalf::Wrapped(item.bytes("wrapped").unwrap_or_default().to_vec())
    };
    Ok(SigningKey { jwk, publish_at: item.moment("publish_at")?, sign_from: item.moment("sign_from")?, private })
}
