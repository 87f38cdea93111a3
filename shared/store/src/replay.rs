//! After a restore: what was erased since the backup is erased from the copy too, before it serves.
//!
//! The tombstones are in a table of their own that has no backups, so that none goes back in time with
//! what is restored. A replay can be done again and again: the last pass, which finds nothing, is its
//! proof.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Act, ActKind, CustomerId, DsarId, Timestamp};

use crate::client::Store;
use crate::inventory::{Erasure, ItemKind};
use crate::item::{Item, Read as _, at};
use crate::{StoreError, keymap};

/// Everybody who was erased, and since when somebody is being whose erasure is not done: they stand among
/// what is due in a copy too, so that the run goes on with them.
pub type ErasedAll = HashMap<CustomerId, Option<Timestamp>>;

/// What a pass over a restored copy found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many items it read.
    pub read: u64,
    /// How many of erased customers it deleted.
    pub deleted: u64,
    /// Customers whose erasure waits in the copy: who withdrew it since the backup is erased when it is
    /// due, unless somebody sees to it.
    pub waiting: BTreeSet<CustomerId>,
    /// Items of a kind that nobody knows: what is theirs can't be told.
    pub unknown: u64,
}

/// Items that a pass reads at once.
const PAGE: i32 = 1000;

impl Store {
    /// Everybody who was erased, or is being.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn erased_all(&self) -> Result<ErasedAll, StoreError> {
        let mut pages = self
            .dynamo
            .scan()
            .table_name(&self.tables.erased)
            .projection_expression("pk, begun_at, done_at")
            .consistent_read(true)
            .into_paginator()
            .send();
        let mut erased = ErasedAll::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| StoreError::dynamo("Scan", &e))?;
            for item in page.items() {
                let id = item.text("pk")?.strip_prefix("CUS#").and_then(CustomerId::parse);
                let unfinished = if item.has("done_at") { None } else { Some(item.moment("begun_at")?) };
                erased.insert(id.ok_or(StoreError::Corrupt("pk"))?, unfinished);
            }
        }
        Ok(erased)
    }

    /// One pass over a restored copy of `directory`: deletes whatever is an erased customer's.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn replay_directory(&self, table: &str, erased: &ErasedAll) -> Result<Replayed, StoreError> {
        self.replay(table, erased, "pk, sk, customer").await
    }

    /// One pass over a restored copy of `vault`: destroys the data keys of erased customers.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn replay_vault(&self, table: &str, erased: &ErasedAll) -> Result<Replayed, StoreError> {
        self.replay(table, erased, "pk, sk").await
    }

    /// One pass that reads these attributes of each item: what belongs to whom stands in the key, or in
    /// `customer`; `wrapped` keys are not even read.
    async fn replay(&self, table: &str, erased: &ErasedAll, attributes: &str) -> Result<Replayed, StoreError> {
        let (mut found, mut after) = (Replayed::default(), None);
        loop {
            let scan = self.dynamo.scan().table_name(table).projection_expression(attributes);
            let scan = scan.consistent_read(true).limit(PAGE).set_exclusive_start_key(after);
            let answer = scan.send().await;
            let answer = answer.map_err(|e| StoreError::dynamo("Scan", &e))?;
            let mut doomed = Vec::new();
            for mut item in answer.items.unwrap_or_default() {
                found.read += 1;
                let Some(kind) = ItemKind::of(item.text("pk")?, item.text("sk")?) else {
                    found.unknown += 1;
                    continue;
                };
                let Some(owner) = owner(kind, &item) else { continue };
                if let Some(unfinished) = erased.get(&owner) {
                    let is_due = |since: &Timestamp| keymap::due(*since, owner).is_of(&item);
                    if unfinished.as_ref().is_some_and(is_due) {
                        continue;
                    }
                    item.retain(|name, _| name == "pk" || name == "sk");
                    doomed.push(item);
                } else if kind == ItemKind::Erasure {
                    found.waiting.insert(owner);
                }
            }
            found.deleted += doomed.len() as u64;
            self.delete_all(table, doomed).await?;
            match answer.last_evaluated_key {
                Some(key) => after = Some(key),
                None => return Ok(found),
            }
        }
    }

    /// Has those whose erasure is not done stand among what is due in a restored copy: the run goes on with
    /// them, and signs their certificates.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn replay_due(&self, table: &str, erased: &ErasedAll) -> Result<(), StoreError> {
        for (customer, since) in erased {
            let Some(since) = since else { continue };
            let put = self.dynamo.put_item().table_name(table);
            let put = put.set_item(Some(keymap::due(*since, *customer).item()));
            put.send().await.map_err(|e| StoreError::dynamo("PutItem", &e))?;
        }
        Ok(())
    }

    /// What was decided since this moment and stands in no copy of before, the first first: holds, withdrawn
    /// consents, erasures that were asked for or withdrawn. Of the audit log, which is not restored with the directory.
    ///
    /// # Errors
    /// When DynamoDB fails, or an entry can't be read.
    pub async fn decided_since(&self, since: Timestamp) -> Result<Vec<Act>, StoreError> {
        let scan = self.dynamo.scan().table_name(&self.tables.audit).projection_expression("pk, sk, body");
        let scan = scan.filter_expression("sealed_at >= :since").expression_attribute_values(":since", at(since));
        let mut pages = scan.consistent_read(true).into_paginator().send();
        let mut acts = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| StoreError::dynamo("Scan", &e))?;
            for item in page.items() {
                if ItemKind::of(item.text("pk")?, item.text("sk")?) == Some(ItemKind::SealedAct) {
                    acts.push(item.json::<Act>("body")?);
                }
            }
        }
        acts.retain(|act| is_decision(act.kind) && act.at >= since);
        acts.sort_by_key(|act| act.id);
        Ok(acts)
    }

    /// Notes in a restored copy that it was replayed, and until when.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn replay_note(&self, table: &str, erased: usize, now: Timestamp) -> Result<(), StoreError> {
        let mut item = keymap::cursor("replayed").item();
        item.extend([
            ("replayed_at".to_owned(), at(now)),
            ("erased".to_owned(), AttributeValue::N(erased.to_string())),
        ]);
        let put = self.dynamo.put_item().table_name(table).set_item(Some(item));
        put.send().await.map(drop).map_err(|e| StoreError::dynamo("PutItem", &e))
    }
}

/// Whether somebody has to see to it by hand that a copy of before learns of it.
fn is_decision(kind: ActKind) -> bool {
    matches!(
        kind,
        ActKind::HoldPlaced
            | ActKind::HoldPlacedUntold
            | ActKind::HoldLifted
            | ActKind::HoldLiftedUntold
            | ActKind::ConsentWithdrawn
            | ActKind::ErasureRequested
            | ActKind::ErasureWithdrawn
    )
}

/// Whose an item is that an erasure deletes.
fn owner(kind: ItemKind, item: &Item) -> Option<CustomerId> {
    match kind.erasure() {
        Erasure::Deleted | Erasure::Destroyed => {}
        Erasure::Expires(_) | Erasure::Stays(_) | Erasure::Nobodys => return None,
    }
    let (pk, sk) = (item.text("pk").ok()?, item.text("sk").ok()?);
    let text = match kind {
        ItemKind::EmailClaim | ItemKind::CredentialClaim => item.text("customer").ok()?,
        ItemKind::Due => sk.split_once('#')?.1,
        ItemKind::OpenRequest => return sk.rsplit('#').next().and_then(DsarId::parse).map(|id| id.customer),
        _ => pk.strip_prefix("CUS#")?,
    };
    CustomerId::parse(text)
}
