//! Legal holds: as long as one lasts, its customer is not erased.
//!
//! Until when stands in the security item too, where the write that begins an erasure has it as its
//! condition: a hold that was placed in time always counts. The act of it stands in no item that its customer
//! is shown: they may not be told of each.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem, Update};
use domain::{Act, CustomerId, HoldId, Status, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::Store;
use crate::customer::DataKey;
use crate::erasure::{ErasureStanding, Held, json};
use crate::item::{Item, Read as _, at, sealed};
use crate::one_time::Spent;
use crate::outbox::Send;
use crate::{StoreError, keymap};

/// What is sealed of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldAbout {
    /// Why.
    pub reason: String,
    /// Who placed it: an administrator's id, or a service's.
    pub by: String,
}

/// A legal hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// Whether its customer may be told of it.
    pub is_told: bool,
    /// What is sealed of it.
    pub about: HoldAbout,
}

impl Hold {
    fn read(customer: CustomerId, data_key: &DataKey, item: &Item) -> Result<Self, StoreError> {
        let id = item.text("sk")?.strip_prefix(keymap::HOLD_PREFIX).and_then(HoldId::parse);
        let id = id.ok_or(StoreError::Corrupt("sk"))?;
        Ok(Self {
            id,
            placed_at: item.moment("placed_at")?,
            until: item.moment("until")?,
            is_told: item.has("told"),
            about: item.unsealed(&data_key.key, &keymap::hold(customer, id), "body")?,
        })
    }
}

/// What these holds come to.
fn held<'a>(holds: impl Iterator<Item = &'a Hold> + Clone) -> Held {
    let last = |holds: &mut dyn Iterator<Item = &'a Hold>| holds.map(|hold| hold.until).max();
    Held { until: last(&mut holds.clone()), told: last(&mut holds.filter(|hold| hold.is_told)) }
}

impl Store {
    /// A customer's holds, the first placed first, ended ones too.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn holds(&self, customer: CustomerId, data_key: &DataKey) -> Result<Vec<Hold>, StoreError> {
        let items = self.read_prefix(&self.tables.directory, keymap::customer(customer), keymap::HOLD_PREFIX).await?;
        items.iter().map(|item| Hold::read(customer, data_key, item)).collect()
    }

    /// Places a hold beside `others`, and sends the mail that tells of it where there is one: all or nothing.
    /// [`Spent::Changed`] if the customer's status or holds have changed since they were read, or it is too late.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn hold_place(
        &self,
        customer: CustomerId,
        data_key: &DataKey,
        (standing, others): (&ErasureStanding, &[Hold]),
        (hold, send): (&Hold, Option<&Send>),
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let key = keymap::hold(customer, hold.id);
        let mut item = key.item();
        item.extend([
            ("placed_at".to_owned(), at(hold.placed_at)),
            ("until".to_owned(), at(hold.until)),
            ("body".to_owned(), sealed(&data_key.key, &key, "body", &hold.about, &self.rng)?),
        ]);
        if hold.is_told {
            item.insert("told".to_owned(), aws_sdk_dynamodb::types::AttributeValue::Bool(true));
        }
        let held = held(others.iter().chain([hold]));
        let mut writes = vec![
            self.held_put(customer, standing, held)?,
            self.put_new(&self.tables.directory, item)?,
            self.passing_act_put(cause, now)?,
        ];
        if let Some(send) = send {
            writes.push(self.outbox_put(send, now).await?);
        }
        Ok(Spent::of_change(None, self.transact(writes).await?))
    }

    /// Lifts a hold of which `others` are left; an erasure that waited for it alone is looked at again.
    /// As [`Store::hold_place`] otherwise.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn hold_lift(
        &self,
        customer: CustomerId,
        (standing, others): (&ErasureStanding, &[Hold]),
        id: HoldId,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::hold(customer, id).item()))
            .condition_expression("attribute_exists(pk)");
        let delete = delete.build().map_err(|_| StoreError::Corrupt("delete"))?;
        let held = held(others.iter());
        let mut writes = vec![
            self.held_put(customer, standing, held)?,
            TransactWriteItem::builder().delete(delete).build(),
            self.passing_act_put(cause, now)?,
        ];
        if let Some(erasure) = &standing.erasure {
            let when = held.until.map_or(erasure.due_at, |until| until.max(erasure.due_at));
            if when < erasure.queued_at {
                writes.extend(self.erasure_move(erasure, when)?);
            }
        }
        Ok(Spent::of_change(None, self.transact(writes).await?))
    }

    /// Writes what the holds come to, if that and the status are as they were read, and nobody is being erased:
    /// whoever asks for an erasure meanwhile is told of a hold by the one or the other.
    fn held_put(
        &self,
        customer: CustomerId,
        seen: &ErasureStanding,
        held: Held,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(customer).item()))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":status", json(&seen.security.status))
            .expression_attribute_values(":erasing", json(&Status::Erasing));
        let mut condition = "#status = :status AND #status <> :erasing".to_owned();
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let moments = [
            ("held_until", ":until", ":seen", held.until, seen.held.until),
            ("told_until", ":told", ":seen_told", held.told, seen.held.told),
        ];
        for (name, value, known, next, seen) in moments {
            match seen {
                Some(moment) => {
                    condition.push_str(&format!(" AND {name} = {known}"));
                    update = update.expression_attribute_values(known, at(moment));
                }
                None => condition.push_str(&format!(" AND attribute_not_exists({name})")),
            }
            match next {
                Some(moment) => {
                    set.push(format!("{name} = {value}"));
                    update = update.expression_attribute_values(value, at(moment));
                }
                None => remove.push(name),
            }
        }
        // One of the two at least: each hold's end is set, or nothing is left of it.
        let set = (!set.is_empty()).then(|| format!("SET {}", set.join(", ")));
        let remove = (!remove.is_empty()).then(|| format!("REMOVE {}", remove.join(", ")));
        let changes = set.into_iter().chain(remove).collect::<Vec<_>>().join(" ");
        let update = update.update_expression(changes).condition_expression(condition);
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }
}
