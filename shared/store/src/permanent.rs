//! The permanent key: signs what has to hold for years (receipts of consent, certificates of erasure,
//! roots of the audit log). Its private half never leaves KMS and it never rotates; a deployment that
//! gets another one publishes both.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Act, AttestationType, Jwk, SigningAlg, Timestamp, jws};
use serde::Serialize;

use crate::client::Store;
use crate::item::{Item, Read as _, at, s};
use crate::{StoreError, keymap};

/// A permanent key: its public half, and where KMS has the private one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermanentKey {
    /// The public half.
    pub jwk: Jwk,
    /// The key's ARN in KMS.
    pub arn: String,
    /// Since when it signs.
    pub since: Timestamp,
}

impl PermanentKey {
    /// ES256: every library verifies it.
    pub const ALG: SigningAlg = SigningAlg::Es256;

    fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self { jwk: item.json("jwk")?, arn: item.text("kms_key")?.to_owned(), since: item.moment("since")? })
    }
}

impl Store {
    /// Every permanent key that there ever was, the one that signs last.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn permanent_keys(&self) -> Result<Vec<PermanentKey>, StoreError> {
        let items = self.read_prefix(&self.tables.vault, keymap::PERMANENT.to_owned(), "").await?;
        let mut keys = items.iter().map(PermanentKey::read).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|key| key.since);
        Ok(keys)
    }

    /// Puts a permanent key's public half into the vault, unless it is there. True if it was put.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn permanent_key_put(&self, key: &PermanentKey, cause: &Act) -> Result<bool, StoreError> {
        let mut item = keymap::permanent_key(&key.jwk.kid).item();
        let jwk = serde_json::to_string(&key.jwk).map_err(|_| StoreError::Corrupt("jwk"))?;
        item.extend([
            ("jwk".to_owned(), s(jwk)),
            ("kms_key".to_owned(), s(&key.arn)),
            ("since".to_owned(), at(key.since)),
        ]);
        let writes: Vec<TransactWriteItem> = vec![self.put_new(&self.tables.vault, item)?, self.system_act(cause)?];
        Ok(self.transact(writes).await?.is_none())
    }

    /// A JWS over these claims by the permanent key, for anybody to verify, years later.
    ///
    /// # Errors
    /// When `rotate` has not published the key yet, or DynamoDB or KMS fails.
    pub async fn attest<C: Serialize>(&self, what: AttestationType, claims: &C) -> Result<String, StoreError> {
        let key = self
            .permanent
            .get_or_try_init(|| async { self.permanent_keys().await?.pop().ok_or(StoreError::NoPermanentKey) })
            .await?;
        let keys = self.keys.as_ref().ok_or(StoreError::NoPermanentKey)?;
        let input = jws::input(PermanentKey::ALG, &key.jwk.kid, what.as_str(), claims);
        let input = input.map_err(|_| StoreError::Corrupt("claims"))?;
        let signature = keys.sign(&key.arn, PermanentKey::ALG, input.as_bytes()).await?;
        Ok(jws::compact(&input, &signature))
    }
}
