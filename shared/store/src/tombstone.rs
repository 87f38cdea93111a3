//! What is left of somebody who was erased, and whose turn it is to be.

use std::collections::BTreeMap;

use domain::{CustomerId, ErasureBy, ErasureId, OutboxId, Timestamp, equal};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::erasure::Receipt;
use crate::inventory::ItemKind;
use crate::item::{Item, Read as _};

/// That somebody was erased, or is being: what is left when everything else is gone. No personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Who they were.
    pub customer: CustomerId,
    /// The erasure.
    pub id: ErasureId,
    /// Who asked for it.
    pub by: ErasureBy,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it began.
    pub begun_at: Timestamp,
    /// What there was to erase.
    pub counts: Counts,
    /// What came of it, once it is done.
    pub done: Option<Done>,
    /// The last mail.
    pub(crate) mail: Option<OutboxId>,
    receipt: Vec<u8>,
}

/// What came of an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// When the data key was destroyed.
    pub done_at: Timestamp,
    /// When no backup has it any more.
    pub final_at: Timestamp,
    /// The certificate.
    pub certificate: String,
}

/// How many items there are of each kind, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    pub(crate) fn add(&mut self, kind: ItemKind) {
        *self.0.entry(kind.name()).or_default() += 1;
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

impl Tombstone {
    pub(crate) fn read(item: &Item) -> Result<Self, StoreError> {
        let customer = item.text("pk")?.strip_prefix("CUS#").and_then(CustomerId::parse);
        let done = match item.has("done_at") {
            true => Some(Done {
                done_at: item.moment("done_at")?,
                final_at: item.moment("final_at")?,
                certificate: item.text("certificate")?.to_owned(),
            }),
            false => None,
        };
        Ok(Self {
            customer: customer.ok_or(StoreError::Corrupt("pk"))?,
            id: ErasureId::parse(item.text("id")?).ok_or(StoreError::Corrupt("id"))?,
            by: item.json("by")?,
            requested_at: item.moment("requested_at")?,
            begun_at: item.moment("begun_at")?,
            counts: item.json("counts")?,
            done,
            mail: if item.has("mail") { OutboxId::parse(item.text("mail")?) } else { None },
            receipt: item.bytes("receipt")?.to_vec(),
        })
    }

    /// Whether this is the receipt that was given for it.
    pub fn is_of(&self, receipt: &Receipt) -> bool {
        equal(&self.receipt, &receipt.digest())
    }
}

/// An entry of what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DueErasure {
    /// Who is to be looked at.
    pub customer: CustomerId,
    /// Since when.
    pub at: Timestamp,
}

impl DueErasure {
    pub(crate) fn read(item: &Item) -> Result<Self, StoreError> {
        let read = || {
            let (ms, customer) = item.text("sk").ok()?.split_once('#')?;
            let at = Timestamp::from_millisecond(ms.parse().ok()?).ok()?;
            Some(Self { at, customer: CustomerId::parse(customer)? })
        };
        read().ok_or(StoreError::Corrupt("sk"))
    }
}
