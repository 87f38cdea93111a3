//! The audit log: acts, sealed into a few hash chains.
//!
//! An entry's hash covers its number, the hash before it, and the act as it was written. An act is
//! sealed once, however often its stream record comes.
//!
//! Eight chains: each seals a batch of up to ninety acts in one transaction, and its index takes a
//! thousand entries a second, so that together they carry eight thousand acts a second, and an auditor
//! still has only eight heads to compare. `docs/performance.md` has the figures. There may be more one
//! day: a chain's number is stored, never derived, where it is read.
//!
//! An entry may have a lifetime. DynamoDB removes it some time after; `audit_root` says why the rest
//! can still be verified.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Act, ChainHead, SignedDuration, Timestamp, digest};

use crate::client::Store;
use crate::item::{Read as _, at, n, s, ttl};
use crate::{StoreError, keymap};

/// One of the chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chain(pub u8);

impl Chain {
    /// How many there are.
    pub const COUNT: u8 = 8;
    /// How many acts one transaction seals.
    pub const BATCH: usize = 90;

    /// The chain of an act: every act on one customer is in the same.
    pub fn of(act: &Act) -> Self {
        let [first, ..] = match act.subject {
            Some(customer) => digest(&customer.to_bytes()),
            None => digest(&act.id.to_bytes()),
        };
        Self(first % Self::COUNT)
    }
}

/// An entry of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedAct {
    /// Its number in its chain, from 1.
    pub seq: u64,
    /// The hash before it, in base64url.
    pub previous: String,
    /// Its own hash.
    pub hash: String,
    /// The act as it was written.
    pub body: String,
}

impl SealedAct {
    /// The entry that follows `previous` in a chain.
    pub fn after(seq: u64, previous: &str, body: &str) -> Self {
        let seen = [&seq.to_be_bytes()[..], previous.as_bytes(), b"\n", body.as_bytes()].concat();
        let hash = URL_SAFE_NO_PAD.encode(digest(&seen));
        Self { seq, previous: previous.to_owned(), hash, body: body.to_owned() }
    }
}

impl Store {
    /// Seals acts (as they were written, parsed alongside) into a chain, for as long as `keep` says (for
    /// good, if it says nothing); those already sealed are left out. Returns how many were new.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another instance keeps sealing first; otherwise when DynamoDB
    /// fails. Nothing is half-sealed, and the same acts may come again.
    pub async fn acts_seal(
        &self,
        chain: Chain,
        acts: &[(Act, String)],
        keep: Option<SignedDuration>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut left: Vec<&(Act, String)> = acts.iter().take(Chain::BATCH).collect();
        for _ in 0..10 {
            let head = self.read(&self.tables.audit, &keymap::chain_head(chain.0)).await?;
            let (seq, hash) = match &head {
                Some(item) => (item.number::<u64>("last")?, item.text("hash")?.to_owned()),
                None => (0, String::new()),
            };
            if left.is_empty() {
                return Ok(0);
            }
            let (mut writes, mut last) = (Vec::with_capacity(left.len() + 1), (seq, hash.clone()));
            for (act, body) in &left {
                let entry = SealedAct::after(last.0 + 1, &last.1, body);
                last = (entry.seq, entry.hash.clone());
                writes.push(self.entry_put(chain, act, &entry, (now, keep))?);
            }
            writes.push(self.head_move(chain, seq, &hash, &last)?);
            match self.transact(writes).await? {
                None => return Ok(left.len()),
                Some(failed) => {
                    let mut known = failed.into_iter();
                    left.retain(|_| known.next() != Some(true));
                }
            }
        }
        Err(StoreError::Conflict)
    }

    fn entry_put(
        &self,
        chain: Chain,
        act: &Act,
        entry: &SealedAct,
        (now, keep): (Timestamp, Option<SignedDuration>),
    ) -> Result<TransactWriteItem, StoreError> {
        let mut item = keymap::sealed(act.subject, act.id).item();
        item.extend([
            ("chain".to_owned(), s(keymap::chain_name(chain.0))),
            ("seq".to_owned(), n(entry.seq)),
            ("previous".to_owned(), s(&entry.previous)),
            ("hash".to_owned(), s(&entry.hash)),
            ("body".to_owned(), s(&entry.body)),
            ("sealed_at".to_owned(), at(now)),
        ]);
        item.extend(keep.map(|keep| ("ttl".to_owned(), ttl(now + keep))));
        self.put_new(&self.tables.audit, item)
    }

    fn head_move(
        &self,
        chain: Chain,
        seq: u64,
        hash: &str,
        last: &(u64, String),
    ) -> Result<TransactWriteItem, StoreError> {
        let mut item = keymap::chain_head(chain.0).item();
        item.extend([("last".to_owned(), n(last.0)), ("hash".to_owned(), s(&last.1))]);
        let put = Put::builder()
            .table_name(&self.tables.audit)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR (#last = :seq AND #hash = :hash)")
            .expression_attribute_names("#last", "last")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":seq", n(seq))
            .expression_attribute_values(":hash", s(hash));
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// Where each chain ends, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub(crate) async fn chain_heads(&self) -> Result<Vec<ChainHead>, StoreError> {
        let keys: Vec<_> = (0..Chain::COUNT).map(keymap::chain_head).collect();
        let wanted: Vec<_> = keys.iter().map(|key| (self.tables.audit.as_str(), key)).collect();
        let found = self.read_many(&wanted).await?;
        let read = |(chain, item): (u8, Option<crate::item::Item>)| match item {
            None => Ok(ChainHead { chain, last: 0, hash: String::new() }),
            Some(item) => Ok(ChainHead { chain, last: item.number("last")?, hash: item.text("hash")?.to_owned() }),
        };
        (0..Chain::COUNT).zip(found).map(read).collect()
    }

    /// The entries of a chain, in order: for whoever walks it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn chain(&self, chain: Chain) -> Result<Vec<SealedAct>, StoreError> {
        let pages = self
            .dynamo
            .query()
            .table_name(&self.tables.audit)
            .index_name("chain")
            .key_condition_expression("chain = :chain")
            .expression_attribute_values(":chain", s(keymap::chain_name(chain.0)))
            .into_paginator()
            .items()
            .send();
        let items = pages.collect::<Result<Vec<_>, _>>().await.map_err(|e| StoreError::dynamo("Query", &e))?;
        let read = |item: &crate::item::Item| -> Result<SealedAct, StoreError> {
            Ok(SealedAct {
                seq: item.number("seq")?,
                previous: item.text("previous")?.to_owned(),
                hash: item.text("hash")?.to_owned(),
                body: item.text("body")?.to_owned(),
            })
        };
        items.iter().map(read).collect()
    }
}
