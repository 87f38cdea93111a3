//! Everything that is stored on a customer, as they may read it.
//!
//! Reading goes over the customer's partitions, whatever stands in them, and asks the inventory what
//! each item is: one that it does not know is an error, and so is an attribute that
//! [`mod@shape`] does not list. Nothing that is stored can be forgotten, and nothing gets out that was
//! not looked at.

mod record;
mod shape;

use std::collections::BTreeMap;

use domain::CustomerId;

pub use record::Record;
pub use shape::{ExportColumn, LEFT_OUT, export_columns};

use crate::client::Store;
use crate::customer::DataKey;
use crate::inventory::{Export, ItemKind};
use crate::item::{Item, Read as _, s};
use crate::{StoreError, keymap};

/// A table in which customers have a partition. (The vault has one item of each: their data key.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    Directory,
    Transient,
    Audit,
}

impl Room {
    const ALL: [Self; 3] = [Self::Directory, Self::Transient, Self::Audit];
}

/// What a customer has of one kind, in one table.
#[derive(Clone, Debug)]
pub struct Part {
    room: Room,
    kind: ItemKind,
    /// How many records.
    pub count: u64,
    /// The records themselves, of a kind of which there is one item: they can have any columns, and
    /// everything that shows them shows the same.
    kept: Vec<Record>,
}

/// What a customer has, all of it seen once.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Who.
    pub customer: CustomerId,
    /// By the name of the set.
    sets: BTreeMap<&'static str, Vec<Part>>,
}

/// Where a page ended.
#[derive(Clone, Debug)]
pub struct Resume(Item);

/// Some records of a part, and where the next ones begin.
#[derive(Debug)]
pub struct Page {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page begins, if there is one.
    pub next: Option<Resume>,
}

impl Survey {
    /// The names of the sets that every export has, in the order in which they are shown.
    pub fn sets() -> Vec<&'static str> {
        let mut names: Vec<&'static str> = vec!["account", "profile"];
        for kind in ItemKind::ALL {
            if let Export::In(set) = kind.export()
                && !names.contains(&set)
            {
                names.push(set);
            }
        }
        names
    }

    /// What is in a set.
    pub fn parts(&self, set: &str) -> &[Part] {
        self.sets.get(set).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many records a set has.
    pub fn count(&self, set: &str) -> u64 {
        self.parts(set).iter().map(|part| part.count).sum()
    }

    /// Says what holds where the one item of its kind says nothing.
    pub fn say_default(&mut self, set: &str, column: &str, holds: &str) {
        let kept = self.sets.get_mut(set).into_iter().flatten().flat_map(|part| &mut part.kept);
        for (name, value) in kept.flat_map(|record| &mut record.0) {
            if name == column && value.is_null() {
                *value = holds.into();
            }
        }
    }

    /// The columns of a set, in their order, flattened: what is within another value stands behind a dot.
    pub fn columns(&self, set: &str) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        let mut add = |column: String| {
            if !columns.contains(&column) {
                columns.push(column);
            }
        };
        for part in self.parts(set) {
            shape::columns(part.kind).into_iter().for_each(&mut add);
            part.kept.iter().flat_map(Record::columns).for_each(&mut add);
        }
        columns
    }
}

/// How many items are read at once; DynamoDB ends a page at 1 MB by itself.
const PAGE: i32 = 300;

impl Store {
    /// Looks at all that a customer has.
    ///
    /// # Errors
    /// [`StoreError::Unlisted`] if there is something of which nobody has said whether it is shown;
    /// otherwise when DynamoDB fails or something can't be read.
    pub async fn export_survey(&self, customer: CustomerId, data_key: &DataKey) -> Result<Survey, StoreError> {
        let mut parts: BTreeMap<(Room, ItemKind), Part> = BTreeMap::new();
        for room in Room::ALL {
            let mut from = None;
            loop {
                let (items, next) = self.export_items(room, customer, "", from).await?;
                for item in items {
                    let kind = kind_of(&item)?;
                    let part = parts.entry((room, kind)).or_insert(Part { room, kind, count: 0, kept: Vec::new() });
                    if matches!(kind.export(), Export::In(_)) {
                        let records = record::read(kind, customer, &item, data_key)?;
                        part.count += u64::try_from(records.len()).unwrap_or_default();
                        if kind.is_single() {
                            part.kept.extend(records);
                        }
                    }
                }
                match next {
                    Some(cursor) => from = Some(cursor),
                    None => break,
                }
            }
        }
        let mut sets: BTreeMap<&'static str, Vec<Part>> = BTreeMap::new();
        for (_, part) in parts {
            if let Export::In(set) = part.kind.export() {
                sets.entry(set).or_default().push(part);
            }
        }
        Ok(Survey { customer, sets })
    }

    /// Some of what is in a part.
    ///
    /// # Errors
    /// As [`Store::export_survey`].
    pub async fn export_page(
        &self,
        customer: CustomerId,
        part: &Part,
        data_key: &DataKey,
        from: Option<Resume>,
    ) -> Result<Page, StoreError> {
        if part.kind.is_single() {
            return Ok(Page { records: part.kept.clone(), next: None });
        }
        let (items, next) = self.export_items(part.room, customer, part.kind.prefixes().1, from).await?;
        let mut records = Vec::with_capacity(items.len());
        for item in items {
            // A kind whose keys begin like this one's is another part.
            if kind_of(&item)? == part.kind {
                records.extend(record::read(part.kind, customer, &item, data_key)?);
            }
        }
        Ok(Page { records, next })
    }

    async fn export_items(
        &self,
        room: Room,
        customer: CustomerId,
        prefix: &str,
        from: Option<Resume>,
    ) -> Result<(Vec<Item>, Option<Resume>), StoreError> {
        let table = match room {
            Room::Directory => &self.tables.directory,
            Room::Transient => &self.tables.transient,
            Room::Audit => &self.tables.audit,
        };
        let query = self
            .dynamo
            .query()
            .table_name(table)
            .expression_attribute_values(":pk", s(keymap::customer(customer)))
            .consistent_read(true)
            .limit(PAGE)
            .set_exclusive_start_key(from.map(|cursor| cursor.0));
        let query = match prefix {
            // DynamoDB takes no empty prefix.
            "" => query.key_condition_expression("pk = :pk"),
            prefix => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", s(prefix)),
        };
        let answer = query.send().await.map_err(|e| StoreError::dynamo("Query", &e))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key.map(Resume)))
    }
}

/// What an item is. Of one that is unknown, the error names the beginning of its key, which names nobody.
fn kind_of(item: &Item) -> Result<ItemKind, StoreError> {
    let (pk, sk) = (item.text("pk")?, item.text("sk")?);
    let unlisted = || StoreError::Unlisted(sk.split(['#', '_']).next().unwrap_or_default().to_owned());
    ItemKind::of(pk, sk).ok_or_else(unlisted)
}
