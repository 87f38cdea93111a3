//! Reading the audit log: one customer's acts, or everybody's, the newest first.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Act, ActId, AuditRoot, ChainHead, CustomerId, Timestamp};

use crate::client::Store;
use crate::item::{Item, Read as _, n, s};
use crate::{Chain, StoreError, keymap};

/// A sealed act, as it is read.
#[derive(Clone, Debug)]
pub struct StoredAct {
    /// In which chain it is sealed.
    pub chain: u8,
    /// Which entry of it is.
    pub seq: u64,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// What.
    pub act: Act,
}

impl StoredAct {
    fn read(item: &Item) -> Result<Self, StoreError> {
        let chain = item.text("chain")?.strip_prefix("CHAIN#").and_then(|number| number.parse().ok());
        Ok(Self {
            chain: chain.ok_or(StoreError::Corrupt("chain"))?,
            seq: item.number("seq")?,
            sealed_at: item.moment("sealed_at")?,
            act: item.json("body")?,
        })
    }
}

/// A stretch of time, both ends in it; an end that is not said is open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Between {
    /// From when.
    pub from: Option<Timestamp>,
    /// Until when.
    pub to: Option<Timestamp>,
}

impl Between {
    /// Whether a moment is in it.
    pub fn holds(&self, moment: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= moment) && self.to.is_none_or(|to| moment <= to)
    }
}

/// The first and the last id that an act of this millisecond can have.
fn ids_of(moment: Timestamp) -> (ActId, ActId) {
    let millis = u64::try_from(moment.as_millisecond()).unwrap_or_default().to_be_bytes();
    let of = |rest: u8| {
        let mut id = [rest; 16];
        // A ULID begins with its time in 48 bits.
        id.iter_mut().zip(millis.iter().skip(2)).for_each(|(to, from)| *to = *from);
        ActId::from_bytes(id)
    };
    (of(0), of(0xff))
}

impl Store {
    /// Acts on a customer, the newest first: those before the act `before`, at most `most`.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn acts_of(
        &self,
        customer: CustomerId,
        between: Between,
        before: Option<ActId>,
        most: usize,
    ) -> Result<Vec<StoredAct>, StoreError> {
        let low = between.from.map_or_else(|| "act_".to_owned(), |from| ids_of(from).0.to_string());
        let high = between.to.map_or_else(|| "act_~".to_owned(), |to| ids_of(to).1.to_string());
        let high = before.map(|before| before.to_string()).map_or(high.clone(), |before| before.min(high));
        if high < low {
            return Ok(Vec::new());
        }
        let values = HashMap::from([
            (":pk".to_owned(), s(keymap::customer(customer))),
            (":low".to_owned(), s(low)),
            (":high".to_owned(), s(high)),
        ]);
        // `before` itself may come along.
        let items = self.audit_query(None, "pk = :pk AND sk BETWEEN :low AND :high", values, most + 1).await?;
        let mut acts = items.iter().map(StoredAct::read).collect::<Result<Vec<_>, _>>()?;
        acts.retain(|stored| Some(stored.act.id) != before);
        acts.truncate(most);
        Ok(acts)
    }

    /// Entries of a chain, the newest first: those with a number below `below`, at most `most`.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn chain_back(&self, chain: Chain, below: u64, most: usize) -> Result<Vec<StoredAct>, StoreError> {
        let values =
            HashMap::from([(":chain".to_owned(), s(keymap::chain_name(chain.0))), (":below".to_owned(), n(below))]);
        let items = self.audit_query(Some("chain"), "chain = :chain AND seq < :below", values, most).await?;
        items.iter().map(StoredAct::read).collect()
    }

    /// Where the chains ended in the first root that was signed at this moment or later: a way to find an
    /// hour in a log of years. None if there is no such root yet.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn heads_after(&self, moment: Timestamp) -> Result<Option<Vec<ChainHead>>, StoreError> {
        let hour = domain::Hour::of(moment).to_string();
        let answer = self
            .dynamo
            .query()
            .table_name(&self.tables.audit)
            .key_condition_expression("pk = :pk AND sk BETWEEN :hour AND :last")
            .expression_attribute_values(":pk", s(keymap::ROOTS))
            .expression_attribute_values(":hour", s(hour))
            .expression_attribute_values(":last", s("9999"))
            // The root of this very hour may have been signed before the moment.
            .limit(2)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        for item in answer.items() {
            let root: AuditRoot = crate::audit_root::claims(item.text("jws")?)?;
            if root.iat >= moment.as_second() {
                return Ok(Some(root.heads));
            }
        }
        Ok(None)
    }

    async fn audit_query(
        &self,
        index: Option<&str>,
        condition: &str,
        values: HashMap<String, AttributeValue>,
        most: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.tables.audit)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .scan_index_forward(false)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        Ok(answer.items.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_of_a_millisecond_lies_between_its_ids() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let rng = domain::Rng::seeded([5; 32]);
        let (first, last) = ids_of(at(1_800_000_000_123));
        for _ in 0..20 {
            let id = ActId::generate(at(1_800_000_000_123), &rng).to_string();
            assert!(first.to_string() <= id && id <= last.to_string());
        }
        assert!(ActId::generate(at(1_800_000_000_122), &rng) < first);
        assert!(ActId::generate(at(1_800_000_000_124), &rng) > last);
    }
}
