//! Erasing somebody, once it is due: each step can be done twice, by two runs at once, and after one
//! that was killed anywhere.
//!
//! ```text
//! pending ──begin──▶ erasing ──forget──▶ forgotten ──destroy──▶ unreadable ──certify──▶ done ──close──▶ gone
//! ```
//!
//! - *begin*: one transaction takes the status that lets nobody withdraw any more, writes the tombstone
//!   (outside of what is ever restored) and queues the last mail. From here on there is no way back.
//! - *forget*: claims, the index's entries of open requests, what waits to be sent, sessions, devices, then all else in
//!   the customer's
//!   partitions but the two items that later steps need; those that name claims go last.
//! - *destroy*: when the last mail is gone, one way or another: the data key. Whatever copies there are
//!   is unreadable from here on.
//! - *certify*: the tombstone says when it was done and when it will be final, and has the certificate.
//! - *close*: the security item says that it is done, so that its stream brings the act; then it, the
//!   other item and the entry among what is due go, in one transaction.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use domain::{Act, CustomerId, FactorKind, OutboxId, Recipient, SignedDuration, Status, Timestamp};

use crate::client::{Store, Updated};
use crate::customer::{Customer, DataKey};
use crate::deleting::kind_of;
use crate::erasure::{ErasureRequest, ErasureStanding, json};
use crate::factors::StoredFactors;
use crate::inventory::ItemKind;
use crate::item::{Item, Read as _, act, at, n, s, texts};
use crate::keymap::Key;
use crate::outbox::Send;
use crate::tombstone::{Counts, Done, DueErasure, Tombstone};
use crate::{StoreError, keymap};

/// What the steps need to know of somebody who is to be erased.
#[derive(Clone, Debug)]
pub struct Erasing {
    /// Their profile, if it can still be read.
    pub profile: Option<Customer>,
    /// Their data key, as long as there is one.
    pub data_key: Option<DataKey>,
    /// Where mail or SMS to them goes, as the outbox's index knows it.
    recipients: Vec<String>,
    email_claims: Vec<String>,
    credential_claims: Vec<String>,
    /// Where their open requests stand in the index of all.
    open_requests: Vec<Key>,
}

impl Store {
    /// How many partitions there are of what is due.
    pub const DUE_SHARDS: u8 = keymap::DUE_SHARDS;
    /// How long the last mail has to be sent before what waits of it is dropped.
    pub const LAST_MAIL_FOR: SignedDuration = SignedDuration::from_hours(24);

    /// The next of what is due, the oldest of its shard first; `after` is where the last page ended.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn erasures_due(
        &self,
        shard: u8,
        after: Option<DueErasure>,
        now: Timestamp,
        most: i32,
    ) -> Result<Vec<DueErasure>, StoreError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.tables.directory)
            .key_condition_expression("pk = :pk AND sk < :until")
            .expression_attribute_values(":pk", s(keymap::due_shard(shard)))
            .expression_attribute_values(":until", s(keymap::due_until(now)))
            .set_exclusive_start_key(after.map(|last| keymap::due(last.at, last.customer).item()))
            .limit(most)
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        answer.items().iter().map(DueErasure::read).collect()
    }

    /// Takes an entry away that leads to nothing, if it still does.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn erasure_due_drop(&self, entry: DueErasure) -> Result<(), StoreError> {
        let check = aws_sdk_dynamodb::types::ConditionCheck::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::erasure(entry.customer).item()))
            .condition_expression("attribute_not_exists(pk) OR queued_at <> :at")
            .expression_attribute_values(":at", at(entry.at));
        let check = check.build().map_err(|_| StoreError::Corrupt("check"))?;
        let writes = vec![
            TransactWriteItem::builder().condition_check(check).build(),
            self.due_delete(entry.at, entry.customer)?,
        ];
        self.transact(writes).await.map(drop)
    }

    /// That somebody was erased, if they were.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn tombstone(&self, customer: CustomerId) -> Result<Option<Tombstone>, StoreError> {
        let item = self.read(&self.tables.erased, &keymap::erased(customer)).await?;
        item.as_ref().map(Tombstone::read).transpose()
    }

    /// What the steps need to know.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn erasing(&self, customer: CustomerId, erasure: Option<&ErasureRequest>) -> Result<Erasing, StoreError> {
        let directory = self.tables.directory.as_str();
        let [profile, factors, data_key] =
            [keymap::profile(customer), keymap::factors(customer), keymap::data_key(customer)];
        let wanted = [(directory, &profile), (directory, &factors), (self.tables.vault.as_str(), &data_key)];
        let [profile, factors, data_key] = self.read_all(wanted).await?;
        let mut email_claims = Vec::new();
        if let Some(item) = &profile {
            email_claims = item.texts("formers")?;
            email_claims.push(item.text("email_index")?.to_owned());
        }
        let credential_claims = factors.as_ref().map_or(Ok(Vec::new()), |item| item.texts("claims"))?;
        let data_key = match &data_key {
            Some(item) => Some(self.data_key_open(customer, item).await?),
            None => None,
        };
        let open_requests = self.dsars_open_of(customer).await?;
        let recipients = erasure.map_or(Ok(Vec::new()), |erasure| erasure.item.texts("recipients"))?;
        let mut erasing =
            Erasing { profile: None, data_key, recipients, email_claims, credential_claims, open_requests };
        let (Some(data_key), Some(profile)) = (&erasing.data_key, &profile) else { return Ok(erasing) };
        let profile = Customer::read(customer, profile, data_key)?;
        if erasing.recipients.is_empty() {
            let factors = StoredFactors::read(factors.as_ref(), customer, data_key)?;
            let phones = factors.factors.all().filter_map(|factor| match &factor.kind {
                FactorKind::Sms { number, .. } => Some(Recipient::Phone(number.clone())),
                FactorKind::Passkey { .. } | FactorKind::Totp { .. } | FactorKind::Email {} => None,
            });
            for to in phones.chain([profile.data.email.clone().into()]) {
                erasing.recipients.push(self.recipient(&to).await?);
            }
        }
        erasing.profile = Some(profile);
        Ok(erasing)
    }

    /// How many items of each kind a customer has, to the last: an item of a kind that nobody knows is
    /// an error, before anything is deleted.
    ///
    /// # Errors
    /// [`StoreError::UnknownKind`]; otherwise when DynamoDB fails.
    pub async fn erasing_counts(&self, customer: CustomerId, erasing: &Erasing) -> Result<Counts, StoreError> {
        let mut counts = Counts::default();
        for table in [&self.tables.directory, &self.tables.transient] {
            let mut after = None;
            loop {
                let (keys, next) = self.keys_page(table, customer, after).await?;
                for key in &keys {
                    counts.add(kind_of(key)?);
                }
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        erasing.email_claims.iter().for_each(|_| counts.add(ItemKind::EmailClaim));
        erasing.credential_claims.iter().for_each(|_| counts.add(ItemKind::CredentialClaim));
        erasing.open_requests.iter().for_each(|_| counts.add(ItemKind::OpenRequest));
        if erasing.data_key.is_some() {
            counts.add(ItemKind::DataKey);
        }
        Ok(counts)
    }

    /// Begins, if nothing has changed since it was read and no hold lasts. False if something has: then
    /// the next run looks again.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    #[expect(clippy::too_many_arguments, reason = "each is another kind of thing, and all are needed once")]
    pub async fn erasing_begin(
        &self,
        erasure: &ErasureRequest,
        standing: &ErasureStanding,
        erasing: &Erasing,
        counts: &Counts,
        last: Option<&Send>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let (customer, directory) = (erasure.customer, &self.tables.directory);
        let build = |_| StoreError::Corrupt("begin");
        let security = Update::builder()
            .table_name(directory)
            .set_key(Some(keymap::security(customer).item()))
            .update_expression("SET #status = :erasing, epoch = :next, act = :act")
            .condition_expression(
                "#status = :seen AND epoch = :epoch AND (attribute_not_exists(held_until) OR held_until <= :now)",
            )
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":erasing", json(&Status::Erasing))
            .expression_attribute_values(":seen", json(&standing.security.status))
            .expression_attribute_values(":epoch", n(standing.security.epoch))
            .expression_attribute_values(":next", n(standing.security.epoch + 1))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        let own = Update::builder()
            .table_name(directory)
            .set_key(Some(keymap::erasure(customer).item()))
            .update_expression("SET recipients = :recipients")
            .condition_expression("id = :id AND queued_at = :queued")
            .expression_attribute_values(":id", s(erasure.id.to_string()))
            .expression_attribute_values(":queued", at(erasure.queued_at))
            .expression_attribute_values(":recipients", texts(&erasing.recipients));
        let mut tombstone = keymap::erased(customer).item();
        tombstone.extend([
            ("id".to_owned(), s(erasure.id.to_string())),
            ("by".to_owned(), json(&erasure.by)),
            ("requested_at".to_owned(), at(erasure.requested_at)),
            ("begun_at".to_owned(), at(now)),
            ("counts".to_owned(), json(counts)),
        ]);
        tombstone.extend(erasure.item.get("receipt").map(|receipt| ("receipt".to_owned(), receipt.clone())));
        tombstone.extend(last.map(|last| ("mail".to_owned(), s(last.id.to_string()))));
        let tombstone = Put::builder()
            .table_name(&self.tables.erased)
            .set_item(Some(tombstone))
            .condition_expression("attribute_not_exists(pk)");
        let mut writes = vec![
            TransactWriteItem::builder().update(security.build().map_err(build)?).build(),
            TransactWriteItem::builder().update(own.build().map_err(build)?).build(),
            TransactWriteItem::builder().put(tombstone.build().map_err(build)?).build(),
        ];
        if let Some(last) = last {
            writes.push(self.outbox_put(last, now).await?);
        }
        Ok(self.transact(writes).await?.is_none())
    }

    /// Deletes everything but what later steps need. Says how many items it found.
    ///
    /// # Errors
    /// [`StoreError::UnknownKind`]; otherwise when DynamoDB fails.
    pub async fn erasing_forget(
        &self,
        tombstone: &Tombstone,
        erasing: &Erasing,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let customer = tombstone.customer;
        let claims = erasing.email_claims.iter().map(|index| keymap::email_claim(index));
        let claims = claims.chain(erasing.credential_claims.iter().map(|index| keymap::credential_claim(index)));
        let mut found = 0;
        for claim in claims {
            self.claim_free(customer, claim.item()).await?;
            found += 1;
        }
        found += erasing.open_requests.len() as u64;
        self.delete_all(&self.tables.directory, erasing.open_requests.iter().map(Key::item).collect()).await?;
        found += self.erasing_drop_mail(tombstone.customer, erasing, tombstone.mail, now).await?;
        found += self.partition_delete(&self.tables.transient, customer, &[]).await?;
        let later = [ItemKind::Security, ItemKind::Erasure];
        let last = [ItemKind::Profile, ItemKind::Factors];
        found += self.partition_delete(&self.tables.directory, customer, &[later, last].concat()).await?;
        // They name the claims, so they go when those have gone.
        found += self.partition_delete(&self.tables.directory, customer, &later).await?;
        Ok(found)
    }

    /// Whether the last mail is still to be sent, and has time left.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn erasing_awaits(&self, tombstone: &Tombstone, now: Timestamp) -> Result<bool, StoreError> {
        match tombstone.mail {
            Some(mail) if now < tombstone.begun_at + Self::LAST_MAIL_FOR => self.outbox_is_waiting(mail).await,
            Some(_) | None => Ok(false),
        }
    }

    /// Drops the last mail, if it is still there, and destroys the data key.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn erasing_destroy(
        &self,
        tombstone: &Tombstone,
        erasing: &Erasing,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.erasing_drop_mail(tombstone.customer, erasing, None, now).await?;
        if let Some(mail) = tombstone.mail {
            self.outbox_drop(mail, now).await?;
        }
        self.delete(&self.tables.vault, keymap::data_key(tombstone.customer).item()).await
    }

    /// Notes that it is done, unless that is noted. What the tombstone says then.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn erasing_certify(&self, customer: CustomerId, done: &Done) -> Result<Tombstone, StoreError> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.erased)
            .set_key(Some(keymap::erased(customer).item()))
            .update_expression("SET done_at = :done, final_at = :final, certificate = :certificate REMOVE mail")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(done_at)")
            .expression_attribute_values(":done", at(done.done_at))
            .expression_attribute_values(":final", at(done.final_at))
            .expression_attribute_values(":certificate", s(&done.certificate));
        match self.update(update).await? {
            Updated::Done(item) | Updated::Refused(Some(item)) => Tombstone::read(&item),
            Updated::Refused(None) => Err(StoreError::Corrupt("tombstone")),
        }
    }

    /// Has the act of it be heard, once, and deletes what was left for the last.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn erasing_close(&self, entry: DueErasure, now: Timestamp, cause: &Act) -> Result<(), StoreError> {
        let say = self
            .dynamo
            .update_item()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(entry.customer).item()))
            .update_expression("SET #status = :closed, act = :act")
            .condition_expression("#status = :erasing")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":closed", json(&Status::Closed))
            .expression_attribute_values(":erasing", json(&Status::Erasing))
            .expression_attribute_values(":act", act(cause));
        // A failed condition: it was said before; or, after a restore, there is nothing left to say it.
        let is_said = !matches!(self.update(say).await?, Updated::Refused(None));
        let due = keymap::due(entry.at, entry.customer);
        let due = Delete::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(due.item()))
            .condition_expression("attribute_exists(pk)");
        let mut writes = vec![
            TransactWriteItem::builder().delete(due.build().map_err(|_| StoreError::Corrupt("delete"))?).build(),
            self.delete_plain(&keymap::erasure(entry.customer))?,
            self.delete_plain(&keymap::security(entry.customer))?,
        ];
        if !is_said {
            writes.push(self.passing_act_put(cause, now)?);
        }
        // A failed condition: another run has closed it.
        self.transact(writes).await.map(drop)
    }

    /// Drops what waits to be sent to them or about them, but for what is to be kept.
    async fn erasing_drop_mail(
        &self,
        customer: CustomerId,
        erasing: &Erasing,
        keep: Option<OutboxId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut dropped = 0;
        for id in self.outbox_waiting(customer, &erasing.recipients).await? {
            if keep != Some(id) {
                self.outbox_drop(id, now).await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    async fn outbox_drop(&self, id: OutboxId, now: Timestamp) -> Result<(), StoreError> {
        if self.outbox_has_body(id).await? { self.outbox_done(id, "erased", now).await } else { Ok(()) }
    }

    /// Deletes a claim, if it is this customer's.
    async fn claim_free(&self, customer: CustomerId, claim: Item) -> Result<(), StoreError> {
        let sent = self
            .dynamo
            .delete_item()
            .table_name(&self.tables.directory)
            .set_key(Some(claim))
            .condition_expression("customer = :me")
            .expression_attribute_values(":me", s(customer.to_string()))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            // Somebody else's by now, or nobody's.
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => Ok(()),
            Err(e) => Err(StoreError::dynamo("DeleteItem", &e)),
        }
    }
}
