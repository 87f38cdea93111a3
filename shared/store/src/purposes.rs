//! Purposes that were written, beside those of the deployment's file; and the registry of both, which
//! every instance keeps for a while.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{Act, Purpose, Registry, SignedDuration, Standing, Timestamp};

use crate::client::Store;
use crate::item::{Item, Read as _, act, at, n, s};
use crate::{StoreError, keymap};

/// A registry, and when it was read.
pub(crate) struct LoadedRegistry {
    registry: Arc<Registry>,
    read_at: Timestamp,
}

/// The current versions that were written.
struct Written {
    standings: BTreeMap<String, Standing>,
    seq: u64,
}

impl Written {
    fn read(item: Option<&Item>) -> Result<Self, StoreError> {
        let Some(item) = item else { return Ok(Self { standings: BTreeMap::new(), seq: 0 }) };
        Ok(Self { standings: item.json("standings")?, seq: item.number("seq")? })
    }
}

impl Store {
    /// How long an instance keeps the registry.
    pub const REGISTRY_FOR: SignedDuration = SignedDuration::from_mins(1);

    /// The registry: the deployment's file, and what was written since. The only way to read it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn registry(&self, file: &Registry, now: Timestamp) -> Result<Arc<Registry>, StoreError> {
        if let Some(registry) = self.registry_kept(now).await {
            return Ok(registry);
        }
        let item = self.read(&self.tables.directory, &keymap::purposes()).await?;
        self.registry_keep(file, item.as_ref(), now).await
    }

    /// The registry, if it was read a short while ago.
    pub(crate) async fn registry_kept(&self, now: Timestamp) -> Option<Arc<Registry>> {
        let kept = self.registry.read().await;
        let kept = kept.as_ref()?;
        let is_fresh = now >= kept.read_at && now.duration_since(kept.read_at) < Self::REGISTRY_FOR;
        is_fresh.then(|| kept.registry.clone())
    }

    /// Keeps the registry that this item makes of the file.
    pub(crate) async fn registry_keep(
        &self,
        file: &Registry,
        item: Option<&Item>,
        now: Timestamp,
    ) -> Result<Arc<Registry>, StoreError> {
        let registry = Arc::new(file.with(&Written::read(item)?.standings));
        *self.registry.write().await = Some(LoadedRegistry { registry: registry.clone(), read_at: now });
        Ok(registry)
    }

    /// Every version of a purpose that was written or stands in the file, in order.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn purpose_versions(&self, file: &Registry, key: &str) -> Result<Vec<Purpose>, StoreError> {
        let written = self.read_prefix(&self.tables.directory, keymap::purpose(key), "V#").await?;
        let filed = file.filed(key).map(|purpose| (purpose.version, purpose.clone()));
        let mut versions: BTreeMap<u32, Purpose> = filed.collect();
        for item in &written {
            let purpose: Purpose = item.json("purpose")?;
            versions.insert(purpose.version, purpose);
        }
        Ok(versions.into_values().collect())
    }

    /// Writes the next version of a purpose, and keeps the one before it for good, where only the file
    /// had it. None if this is not the next version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else wrote first; otherwise when DynamoDB fails.
    pub async fn purpose_put(
        &self,
        file: &Registry,
        next: Purpose,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Option<Standing>, StoreError> {
        let item = self.read(&self.tables.directory, &keymap::purposes()).await?;
        let Written { mut standings, seq } = Written::read(item.as_ref())?;
        let registry = file.with(&standings);
        let current = registry.find(&next.key);
        let (last, standing) = match current {
            Some(current) => (current.purpose.version, current.followed_by(next.clone())),
            None => (0, Standing::first(next.clone())),
        };
        let is_full = current.is_none() && registry.all().count() >= Registry::MOST;
        if last.checked_add(1) != Some(next.version) || is_full {
            return Ok(None);
        }
        let mut writes = vec![self.version_put(&next, now, Some(cause))?];
        let is_written = standings.get(&next.key).is_some_and(|known| known.purpose.version == last);
        if let Some(current) = current.filter(|_| !is_written) {
            writes.push(self.version_put(&current.purpose, now, None)?);
        }
        standings.insert(next.key.clone(), standing.clone());
        writes.push(self.standings_put(&standings, seq)?);
        if self.transact(writes).await?.is_some() {
            return Err(StoreError::Conflict);
        }
        // Who wrote it reads it at once; the other instances, when theirs is a minute old.
        *self.registry.write().await = None;
        Ok(Some(standing))
    }

    fn version_put(
        &self,
        purpose: &Purpose,
        now: Timestamp,
        cause: Option<&Act>,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut item = keymap::purpose_version(&purpose.key, purpose.version).item();
        let json = serde_json::to_string(purpose).map_err(|_| StoreError::Corrupt("purpose"))?;
        item.extend([("purpose".to_owned(), s(json)), ("written_at".to_owned(), at(now))]);
        item.extend(cause.map(|cause| ("act".to_owned(), act(cause))));
        self.put_new(&self.tables.directory, item)
    }

    fn standings_put(
        &self,
        standings: &BTreeMap<String, Standing>,
        seen: u64,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut item = keymap::purposes().item();
        let json = serde_json::to_string(standings).map_err(|_| StoreError::Corrupt("standings"))?;
        item.extend([("standings".to_owned(), s(json)), ("seq".to_owned(), n(seen + 1))]);
        let put = Put::builder()
            .table_name(&self.tables.directory)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR seq = :seen")
            .expression_attribute_values(":seen", n(seen));
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }
}
