//! Roots of the audit log: each hour one hash over the heads of all chains, signed by the permanent key.
//!
//! Each names the one before it, and `ROOT/HEAD` the last, so that they are a chain of their own: two
//! runs at once make one. A root is also where verification may begin: what was sealed before it may
//! have reached the end of its lifetime and gone, and the hashes go on from the heads that it signed.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{AttestationType, AuditRoot, ChainHead, Hour, PreviousRoot, Timestamp, digest, merkle_root};

use crate::client::{Store, Updated};
use crate::item::{Item, Read as _, n, s};
use crate::{StoreError, keymap};

/// The last root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootHead {
    /// Its number.
    pub number: u64,
    /// Its hour.
    pub hour: Hour,
    /// The SHA-256 of its JWS, in base64url.
    pub digest: String,
    /// The number of the last root that stands where the operator can't rewrite it.
    pub copied: u64,
}

impl RootHead {
    fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            number: item.number("number")?,
            hour: Hour::parse(item.text("hour")?).ok_or(StoreError::Corrupt("hour"))?,
            digest: item.text("digest")?.to_owned(),
            copied: item.number("copied")?,
        })
    }
}

/// A root as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRoot {
    /// Its number.
    pub number: u64,
    /// Its hour.
    pub hour: Hour,
    /// The SHA-256 of its JWS, in base64url.
    pub digest: String,
    /// What the permanent key signed.
    pub jws: String,
}

impl StoredRoot {
    fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            number: item.number("number")?,
            hour: Hour::parse(item.text("sk")?).ok_or(StoreError::Corrupt("sk"))?,
            digest: item.text("digest")?.to_owned(),
            jws: item.text("jws")?.to_owned(),
        })
    }
}

impl Store {
    /// Where each chain ends and which root is the last, read together, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn heads(&self) -> Result<(Vec<ChainHead>, Option<RootHead>), StoreError> {
        // The root first: heads that are read after it can't lie before those that it names.
        let last = self.read(&self.tables.audit, &keymap::audit_root_head()).await?;
        Ok((self.chain_heads().await?, last.as_ref().map(RootHead::read).transpose()?))
    }

    /// Signs the root of this hour over these heads and stores it after `last`. None if somebody else
    /// stored one after `last` first.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn root_put(
        &self,
        heads: Vec<ChainHead>,
        last: Option<&RootHead>,
        retention_days: u32,
        now: Timestamp,
    ) -> Result<Option<StoredRoot>, StoreError> {
        let hour = Hour::of(now);
        let root = AuditRoot {
            number: last.map_or(0, |last| last.number) + 1,
            hour,
            iat: now.as_second(),
            root: URL_SAFE_NO_PAD.encode(merkle_root(&heads)),
            heads,
            previous: last.map(|last| PreviousRoot { hour: last.hour, digest: last.digest.clone() }),
            retention_days,
        };
        let jws = self.attest(AttestationType::AuditRoot, &root).await?;
        let stored =
            StoredRoot { number: root.number, hour, digest: URL_SAFE_NO_PAD.encode(digest(jws.as_bytes())), jws };
        let mut item = keymap::audit_root(hour).item();
        item.extend([
            ("number".to_owned(), n(stored.number)),
            ("digest".to_owned(), s(&stored.digest)),
            ("jws".to_owned(), s(&stored.jws)),
        ]);
        let writes = vec![self.put_new(&self.tables.audit, item)?, self.root_head_move(&stored, last)?];
        Ok(self.transact(writes).await?.is_none().then_some(stored))
    }

    fn root_head_move(&self, root: &StoredRoot, last: Option<&RootHead>) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.audit)
            .set_key(Some(keymap::audit_root_head().item()))
            .update_expression(
                "SET #number = :next, #hour = :hour, digest = :digest, copied = if_not_exists(copied, :none)",
            )
            .expression_attribute_names("#number", "number")
            .expression_attribute_names("#hour", "hour")
            .expression_attribute_values(":next", n(root.number))
            .expression_attribute_values(":hour", s(root.hour.to_string()))
            .expression_attribute_values(":digest", s(&root.digest))
            .expression_attribute_values(":none", n(0));
        let update = match last {
            None => update.condition_expression("attribute_not_exists(pk)"),
            Some(last) => update
                .condition_expression("#number = :number AND digest = :seen")
                .expression_attribute_values(":number", n(last.number))
                .expression_attribute_values(":seen", s(&last.digest)),
        };
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }

    /// The oldest roots that are not copied yet, at most `most`.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn roots_to_copy(&self, most: usize) -> Result<Vec<StoredRoot>, StoreError> {
        let Some(head) = self.read(&self.tables.audit, &keymap::audit_root_head()).await? else {
            return Ok(Vec::new());
        };
        let (head, after) = (RootHead::read(&head)?, head.text("copied_hour").unwrap_or("0").to_owned());
        if head.copied >= head.number {
            return Ok(Vec::new());
        }
        let answer = self
            .dynamo
            .query()
            .table_name(&self.tables.audit)
            .key_condition_expression("pk = :pk AND sk BETWEEN :after AND :last")
            .expression_attribute_values(":pk", s(keymap::ROOTS))
            .expression_attribute_values(":after", s(after))
            .expression_attribute_values(":last", s(head.hour.to_string()))
            .consistent_read(true)
            .limit(i32::try_from(most.saturating_add(1)).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        let mut roots = answer.items().iter().map(StoredRoot::read).collect::<Result<Vec<_>, _>>()?;
        roots.retain(|root| root.number > head.copied);
        roots.truncate(most);
        Ok(roots)
    }

    /// Notes that a root and all before it are copied.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn root_copied(&self, root: &StoredRoot) -> Result<(), StoreError> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.audit)
            .set_key(Some(keymap::audit_root_head().item()))
            .update_expression("SET copied = :number, copied_hour = :hour")
            .condition_expression("copied < :number")
            .expression_attribute_values(":number", n(root.number))
            .expression_attribute_values(":hour", s(root.hour.to_string()));
        match self.update(update).await? {
            Updated::Done(_) | Updated::Refused(_) => Ok(()),
        }
    }
}

/// What a root says. Who reads the deployment's own table takes it for granted; `verify-audit` does not.
pub(crate) fn claims(jws: &str) -> Result<AuditRoot, StoreError> {
    let body = jws.split('.').nth(1).and_then(|body| URL_SAFE_NO_PAD.decode(body).ok());
    body.and_then(|body| serde_json::from_slice(&body).ok()).ok_or(StoreError::Corrupt("jws"))
}
