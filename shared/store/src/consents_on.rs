//! Who had consented to what when a day ended: a walk through every decision, page by page.
//!
//! A customer's decisions lie side by side, so that the last one before the day's end is known once the
//! walk has left their partition. Where a page ends within one, its customer is read to the end, and
//! the next page leaves them out.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{CustomerId, DecisionId, KeyPurpose, Outcome, Source, Timestamp, open, seal};
use serde::{Deserialize, Serialize};

use crate::client::Store;
use crate::item::{Item, Read as _, at, s};
use crate::{StoreError, keymap};

/// Somebody's consent, as it was when the day ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentedOn {
    /// Whose.
    pub customer: CustomerId,
    /// To which purpose.
    pub purpose: String,
    /// To which version of it.
    pub version: u32,
    /// Since which decision.
    pub decision: DecisionId,
    /// When that was made.
    pub at: Timestamp,
    /// How it was made known.
    pub source: Source,
    outcome: Outcome,
    seq: u64,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct ConsentsOn {
    /// Who had consented, in no order that means anything.
    pub consents: Vec<ConsentedOn>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pk: String,
    sk: String,
    /// Whether the customer in whose partition it is was on the page before.
    is_done: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    /// Only this purpose.
    purpose: Option<&'a str>,
    /// Decisions before this moment.
    before: Timestamp,
    /// About so many customers.
    most: usize,
}

type Found = BTreeMap<CustomerId, BTreeMap<String, ConsentedOn>>;

impl ConsentedOn {
    fn read(item: &Item) -> Result<Self, StoreError> {
        let customer = item.text("pk")?.strip_prefix("CUS#").and_then(CustomerId::parse);
        let decision = item.text("sk")?.strip_prefix(keymap::DECISION_PREFIX).and_then(DecisionId::parse);
        Ok(Self {
            customer: customer.ok_or(StoreError::Corrupt("pk"))?,
            purpose: item.text("purpose")?.to_owned(),
            version: item.number("version")?,
            decision: decision.ok_or(StoreError::Corrupt("sk"))?,
            at: item.moment("at")?,
            source: Source::parse(item.text("source")?).ok_or(StoreError::Corrupt("source"))?,
            outcome: Outcome::parse(item.text("outcome")?).ok_or(StoreError::Corrupt("outcome"))?,
            seq: item.number("seq")?,
        })
    }
}

/// Keeps the later one of two decisions on the same purpose.
fn keep(found: &mut Found, one: ConsentedOn) {
    let of_customer = found.entry(one.customer).or_default();
    if of_customer.get(&one.purpose).is_none_or(|known| known.seq < one.seq) {
        of_customer.insert(one.purpose.clone(), one);
    }
}

impl Store {
    /// How many calls one page makes at most.
    const CALLS: usize = 6;
    /// How many items a customer has, about: a call looks at so many for each that is wanted.
    const ITEMS: usize = 8;

    /// A page of those who had consented before a moment.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn consents_on(
        &self,
        purpose: Option<&str>,
        before: Timestamp,
        most: usize,
        from: Option<&Cursor>,
    ) -> Result<ConsentsOn, StoreError> {
        let asked = Asked { purpose, before, most };
        let mut found = Found::new();
        let mut start = from.map(Cursor::item);
        let done = from.filter(|from| from.is_done).map(|from| from.pk.as_str());
        for call in 1..=Self::CALLS {
            let (items, next) = self.decisions_scan(asked, start.take()).await?;
            for item in items.iter().filter(|item| item.text("pk").ok() != done) {
                keep(&mut found, ConsentedOn::read(item)?);
            }
            start = next;
            if start.is_none() || found.len() >= most || call == Self::CALLS {
                break;
            }
        }
        let next = match &start {
            None => None,
            Some(at) => Some(self.complete(asked, at, done, &mut found).await?),
        };
        let granted = |one: &ConsentedOn| one.outcome == Outcome::Granted;
        Ok(ConsentsOn { consents: found.into_values().flat_map(BTreeMap::into_values).filter(granted).collect(), next })
    }

    async fn decisions_scan(
        &self,
        asked: Asked<'_>,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let only = if asked.purpose.is_some() { " AND #purpose = :purpose" } else { "" };
        let mut scan = self
            .dynamo
            .scan()
            .table_name(&self.tables.directory)
            .filter_expression(format!("begins_with(sk, :prefix) AND #at < :before{only}"))
            .projection_expression("pk, sk, #purpose, #version, #outcome, #source, #at, #seq")
            .expression_attribute_values(":prefix", s(keymap::DECISION_PREFIX))
            .expression_attribute_values(":before", at(asked.before))
            .set_exclusive_start_key(start)
            .limit(i32::try_from(asked.most.saturating_mul(Self::ITEMS)).unwrap_or(i32::MAX));
        for name in ["purpose", "version", "outcome", "source", "at", "seq"] {
            scan = scan.expression_attribute_names(format!("#{name}"), name);
        }
        if let Some(purpose) = asked.purpose {
            scan = scan.expression_attribute_values(":purpose", s(purpose));
        }
        let answer = scan.send().await.map_err(|e| StoreError::dynamo("Scan", &e))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }

    /// Reads the customer to the end in whose partition a page ends, and says where the next begins.
    async fn complete(
        &self,
        asked: Asked<'_>,
        at: &Item,
        done: Option<&str>,
        found: &mut Found,
    ) -> Result<Cursor, StoreError> {
        let (pk, sk) = (at.text("pk")?.to_owned(), at.text("sk")?.to_owned());
        let customer = pk.strip_prefix("CUS#").and_then(CustomerId::parse);
        let mut is_done = done == Some(pk.as_str());
        if customer.is_some_and(|customer| found.contains_key(&customer)) {
            for item in self.read_prefix(&self.tables.directory, pk.clone(), keymap::DECISION_PREFIX).await? {
                let one = ConsentedOn::read(&item)?;
                if one.at < asked.before && asked.purpose.is_none_or(|purpose| purpose == one.purpose) {
                    keep(found, one);
                }
            }
            is_done = true;
        }
        Ok(Cursor { pk, sk, is_done })
    }

    /// A cursor for the outside: sealed, for it holds a key, and good for this question alone.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn cursor_seal(&self, question: &str, cursor: &Cursor) -> Result<String, StoreError> {
        let key = self.key(KeyPurpose::Mac).await?.derive("cursor");
        let json = serde_json::to_vec(cursor).map_err(|_| StoreError::Corrupt("cursor"))?;
        Ok(URL_SAFE_NO_PAD.encode(seal(&key, question.as_bytes(), &json, &self.rng)))
    }

    /// The cursor that this text is, if it is one of ours for this question.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn cursor_open(&self, question: &str, text: &str) -> Result<Option<Cursor>, StoreError> {
        let key = self.key(KeyPurpose::Mac).await?.derive("cursor");
        let opened = URL_SAFE_NO_PAD.decode(text).ok().and_then(|s| open(&key, question.as_bytes(), &s).ok());
        Ok(opened.and_then(|json| serde_json::from_slice(&json).ok()))
    }
}

impl Cursor {
    fn item(&self) -> Item {
        Item::from([("pk".to_owned(), s(&self.pk)), ("sk".to_owned(), s(&self.sk))])
    }
}
