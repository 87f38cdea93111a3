//! Data subjects' requests: each sealed in its customer's partition, and in one index by due date for
//! as long as it is open.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use domain::{Act, CustomerId, Dsar, DsarId, DsarKind, HandedOver, Law, Status, Timestamp, Urgency};

use crate::client::{Store, Updated};
use crate::customer::DataKey;
use crate::erasure::json;
use crate::item::{Item, Read as _, act, at, n, s, sealed};
use crate::keymap::Key;
use crate::outbox::Send;
use crate::{StoreError, keymap};

/// A request as it was read.
#[derive(Clone, Debug)]
pub struct StoredDsar {
    /// Its id.
    pub id: DsarId,
    /// The request.
    pub dsar: Dsar,
    /// Changes with each write; a write names the one that it read.
    version: u64,
    data_key: DataKey,
}

/// An open request, as the index has it.
#[derive(Clone, Debug)]
pub struct OpenDsar {
    /// Its id.
    pub id: DsarId,
    /// What is asked for.
    pub kind: DsarKind,
    /// By which law.
    pub law: Law,
    /// By when.
    pub due_at: Timestamp,
    /// Of which urgency somebody was told.
    reminded: u8,
}

impl StoredDsar {
    fn read(item: &Item, data_key: &DataKey) -> Result<Self, StoreError> {
        let id = item.text("sk")?.strip_prefix(keymap::REQUEST_PREFIX).and_then(DsarId::parse);
        let id = id.ok_or(StoreError::Corrupt("sk"))?;
        let dsar = item.unsealed(&data_key.key, &keymap::request(id), "body")?;
        Ok(Self { id, dsar, version: item.number("version")?, data_key: data_key.clone() })
    }
}

impl OpenDsar {
    fn read(item: &Item) -> Result<Self, StoreError> {
        let id = item.text("sk")?.rsplit('#').next().and_then(DsarId::parse);
        Ok(Self {
            id: id.ok_or(StoreError::Corrupt("sk"))?,
            kind: item.json("kind")?,
            law: item.json("law")?,
            due_at: item.moment("due_at")?,
            reminded: item.number("reminded")?,
        })
    }

    /// Of which urgency somebody is to be told now, if of any.
    pub fn reminder(&self, now: Timestamp) -> Option<Urgency> {
        let urgency = Urgency::of(self.due_at, now);
        (urgency.number() > self.reminded).then_some(urgency)
    }

    fn key(&self) -> Key {
        keymap::open_request(self.id, self.due_at)
    }
}

impl Store {
    /// Puts a request on record. False if there is no such customer, or they are being erased.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn dsar_record(&self, id: DsarId, dsar: &Dsar, cause: &Act) -> Result<bool, StoreError> {
        let Some(data_key) = self.data_key(id.customer).await? else { return Ok(false) };
        let writes = vec![
            self.customer_stays(id.customer)?,
            self.put_new(&self.tables.directory, self.dsar_item(id, dsar, 1, &data_key, cause)?)?,
            self.put_new(&self.tables.directory, open_item(id, dsar)?)?,
        ];
        Ok(self.transact(writes).await?.is_none())
    }

    /// A condition: there is such a customer, and nothing of them is being deleted. What an erasure has
    /// gone by already would stay for good.
    fn customer_stays(&self, id: CustomerId) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(id).item()))
            .condition_expression("attribute_exists(pk) AND #status <> :erasing")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":erasing", json(&Status::Erasing));
        let check = check.build().map_err(|_| StoreError::Corrupt("check"))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Where the entries of a customer's open requests stand in the index, for an erasure.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub(crate) async fn dsars_open_of(&self, customer: CustomerId) -> Result<Vec<Key>, StoreError> {
        let pk = keymap::customer(customer);
        let items = self.read_prefix(&self.tables.directory, pk, keymap::REQUEST_PREFIX).await?;
        let key = |item: &Item| {
            let id = item.text("sk")?.strip_prefix(keymap::REQUEST_PREFIX).and_then(DsarId::parse);
            Ok(keymap::open_request(id.ok_or(StoreError::Corrupt("sk"))?, item.moment("due_at")?))
        };
        let is_open = |item: &&Item| item.get("open") == Some(&AttributeValue::Bool(true));
        items.iter().filter(is_open).map(key).collect()
    }

    /// A request, if it is on record.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn dsar(&self, id: DsarId) -> Result<Option<StoredDsar>, StoreError> {
        let (request, data_key) = (keymap::request(id), keymap::data_key(id.customer));
        let wanted = [(self.tables.directory.as_str(), &request), (self.tables.vault.as_str(), &data_key)];
        let [item, wrapped] = self.read_all(wanted).await?;
        let (Some(item), Some(wrapped)) = (item, wrapped) else { return Ok(None) };
        let data_key = self.data_key_open(id.customer, &wrapped).await?;
        StoredDsar::read(&item, &data_key).map(Some)
    }

    /// Every request of a customer that is on record, oldest first.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn dsars_of(&self, customer: CustomerId) -> Result<Vec<StoredDsar>, StoreError> {
        let Some(data_key) = self.data_key(customer).await? else { return Ok(Vec::new()) };
        let pk = keymap::customer(customer);
        let items = self.read_prefix(&self.tables.directory, pk, keymap::REQUEST_PREFIX).await?;
        items.iter().map(|item| StoredDsar::read(item, &data_key)).collect()
    }

    /// Open requests, those first that are due first: at most `most` that are due by `until`, after the one
    /// that a page ended with.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn dsars_open(
        &self,
        until: Timestamp,
        after: Option<(DsarId, Timestamp)>,
        most: i32,
    ) -> Result<Vec<OpenDsar>, StoreError> {
        // `~` is behind every character of a key.
        let until = format!("{}~", keymap::open_requests_until(until));
        let start = after.map(|(id, due_at)| keymap::open_request(id, due_at).item());
        let answer = self
            .dynamo
            .query()
            .table_name(&self.tables.directory)
            .key_condition_expression("pk = :pk AND sk <= :until")
            .expression_attribute_values(":pk", s(keymap::OPEN_REQUESTS))
            .expression_attribute_values(":until", s(until))
            .consistent_read(true)
            .set_exclusive_start_key(start)
            .limit(most)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        answer.items().iter().map(OpenDsar::read).collect()
    }

    /// Writes a changed request back, and moves it in the index, if nobody has since it was read, and its
    /// customer is not being erased.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if one of them is so; otherwise when DynamoDB fails.
    pub async fn dsar_update(&self, seen: &StoredDsar, dsar: &Dsar, cause: &Act) -> Result<(), StoreError> {
        let mut writes = self.dsar_change(seen, dsar, cause)?;
        writes.push(self.customer_stays(seen.id.customer)?);
        match self.transact(writes).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict),
        }
    }

    /// The writes that change a request, if nobody has since it was read, and move it in the index.
    pub(crate) fn dsar_change(
        &self,
        seen: &StoredDsar,
        dsar: &Dsar,
        cause: &Act,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let directory = self.tables.directory.as_str();
        let item = self.dsar_item(seen.id, dsar, seen.version + 1, &seen.data_key, cause)?;
        let put = Put::builder()
            .table_name(directory)
            .set_item(Some(item))
            .condition_expression("version = :seen")
            .expression_attribute_values(":seen", n(seen.version))
            .build()
            .map_err(|_| StoreError::Corrupt("put"))?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        let (was, is) = (open_key(seen.id, &seen.dsar), open_key(seen.id, dsar));
        if was != is {
            if let Some(was) = was {
                let delete = Delete::builder().table_name(directory).set_key(Some(was.item()));
                let delete = delete.build().map_err(|_| StoreError::Corrupt("delete"))?;
                writes.push(TransactWriteItem::builder().delete(delete).build());
            }
            if is.is_some() {
                writes.push(self.put_new(directory, open_item(seen.id, dsar)?)?);
            }
        }
        Ok(writes)
    }

    /// Notes a copy that was fetched for a request, whoever else writes to it. False if it is gone.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn dsar_handed_over(&self, id: DsarId, copy: &HandedOver, cause: &Act) -> Result<bool, StoreError> {
        for _ in 0..5 {
            let Some(seen) = self.dsar(id).await? else { return Ok(false) };
            let mut dsar = seen.dsar.clone();
            dsar.handed_over.push(copy.clone());
            match self.dsar_update(&seen, &dsar, cause).await {
                Err(StoreError::Conflict) => {}
                done => return done.map(|()| true),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Notes that somebody was told how urgent a request is, and queues the mail that tells them: all or
    /// nothing, and once for each urgency. False if it was done before, or the request was closed.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn dsar_remind(
        &self,
        open: &OpenDsar,
        urgency: Urgency,
        send: &Send,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(open.key().item()))
            .update_expression("SET reminded = :urgency, act = :act")
            .condition_expression("reminded < :urgency")
            .expression_attribute_values(":urgency", n(urgency.number()))
            .expression_attribute_values(":act", act(cause))
            .build()
            .map_err(|_| StoreError::Corrupt("update"))?;
        let writes = vec![TransactWriteItem::builder().update(update).build(), self.outbox_put(send, now).await?];
        Ok(self.transact(writes).await?.is_none())
    }

    /// Whether a request is on record still, and its customer: nobody is reminded of one that was erased.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn dsar_is_there(&self, open: &OpenDsar) -> Result<bool, StoreError> {
        Ok(self.read(&self.tables.directory, &keymap::request(open.id)).await?.is_some())
    }

    /// Takes a request out of the index whose customer was erased.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn dsar_forget(&self, open: &OpenDsar, cause: &Act) -> Result<(), StoreError> {
        // The act first: a stream carries no deletion's.
        let note = self
            .dynamo
            .update_item()
            .table_name(&self.tables.directory)
            .set_key(Some(open.key().item()))
            .update_expression("SET act = :act")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":act", act(cause));
        let Updated::Done(_) = self.update(note).await? else { return Ok(()) };
        let delete = self.dynamo.delete_item().table_name(&self.tables.directory).set_key(Some(open.key().item()));
        delete.send().await.map_err(|e| StoreError::dynamo("DeleteItem", &e)).map(drop)
    }

    /// Finds a customer by their address, and leaves behind that an administrator did.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn customer_look_up(
        &self,
        email: &domain::Email,
        cause: impl FnOnce(CustomerId) -> Act,
    ) -> Result<Option<CustomerId>, StoreError> {
        let index = self.email_index(email).await?;
        let Some(customer) = self.customer_by_email(&index).await? else { return Ok(None) };
        // The act alone is written, for the stream to carry it to the audit log.
        let note = self
            .dynamo
            .update_item()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(customer).item()))
            .update_expression("SET act = :act")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":act", act(&cause(customer)));
        match self.update(note).await? {
            Updated::Done(_) => Ok(Some(customer)),
            // Erased since.
            Updated::Refused(_) => Ok(None),
        }
    }

    fn dsar_item(
        &self,
        id: DsarId,
        dsar: &Dsar,
        version: u64,
        data_key: &DataKey,
        cause: &Act,
    ) -> Result<Item, StoreError> {
        let key = keymap::request(id);
        let mut item = key.item();
        item.extend([
            ("body".to_owned(), sealed(&data_key.key, &key, "body", dsar, &self.rng)?),
            ("due_at".to_owned(), at(dsar.due_at())),
            ("open".to_owned(), AttributeValue::Bool(dsar.is_open())),
            ("version".to_owned(), n(version)),
            ("act".to_owned(), act(cause)),
        ]);
        Ok(item)
    }
}

/// Where a request stands in the index, while it is open.
fn open_key(id: DsarId, dsar: &Dsar) -> Option<Key> {
    dsar.is_open().then(|| keymap::open_request(id, dsar.due_at()))
}

fn open_item(id: DsarId, dsar: &Dsar) -> Result<Item, StoreError> {
    let word = |value: Result<String, serde_json::Error>| value.map(s).map_err(|_| StoreError::Corrupt("request"));
    let mut item = keymap::open_request(id, dsar.due_at()).item();
    item.extend([
        ("kind".to_owned(), word(serde_json::to_string(&dsar.kind))?),
        ("law".to_owned(), word(serde_json::to_string(&dsar.law))?),
        ("due_at".to_owned(), at(dsar.due_at())),
        ("reminded".to_owned(), n(0)),
    ]);
    Ok(item)
}
