//! Erasures that were asked for, until they begin: asking, withdrawing, and what stands against one.
//!
//! A customer who is to be erased has an item `ERASURE` with all that is known of it, an entry among
//! what is due, and a status that lets them do nothing but change their mind. All three are written and
//! taken back together. What happens once it is due stands in `erasing`.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Act, CustomerId, Dsar, ErasureBy, ErasureId, Handle, Rng, Secret, Status, Timestamp, digest};
use serde::{Deserialize, Serialize};

use crate::client::Store;
use crate::customer::{Customer, DataKey, Security};
use crate::dsar::StoredDsar;
use crate::item::{Item, Read as _, act, at, b, n, s, sealed};
use crate::keymap::Key;
use crate::link::Link;
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::outbox::Send;
use crate::{StoreError, keymap};

/// What somebody who is to be erased keeps: whose certificate it gets, and 128 random bits. They have no
/// account any more by which it could be asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whose.
    pub customer: CustomerId,
    secret: [u8; 16],
}

impl Receipt {
    /// A new one.
    pub fn new(customer: CustomerId, rng: &Rng) -> Self {
        Self { customer, secret: rng.bytes() }
    }

    /// The receipt that this text is, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let (customer, secret) = text.split_once('.')?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        Some(Self { customer: CustomerId::parse(customer)?, secret })
    }

    /// What the customer is given.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.customer, URL_SAFE_NO_PAD.encode(self.secret))
    }

    /// What is kept of it.
    pub(crate) fn digest(&self) -> [u8; 32] {
        digest(&[&self.customer.to_bytes()[..], &self.secret].concat())
    }
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Receipt({}, ***)", self.customer)
    }
}

/// What is sealed of an erasure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErasureAbout {
    /// What the links of its mails begin with.
    pub issuer: String,
    /// The receipt, for the last mail.
    pub receipt: Secret<String>,
    /// Why, in an administrator's words.
    pub reason: Option<String>,
    /// By which number the administrator's own records know it.
    pub reference: Option<String>,
}

/// An erasure that was asked for.
#[derive(Clone, Debug)]
pub struct ErasureRequest {
    /// Whose.
    pub customer: CustomerId,
    /// Its id.
    pub id: ErasureId,
    /// Who asked.
    pub by: ErasureBy,
    /// When.
    pub requested_at: Timestamp,
    /// When the grace period ends.
    pub due_at: Timestamp,
    /// Where its entry stands among what is due: later than `due_at`, where a hold lasts longer.
    pub(crate) queued_at: Timestamp,
    /// The status that it took away.
    before: Status,
    pub(crate) item: Item,
}

impl ErasureRequest {
    /// Whether this entry of what is due is its own.
    pub fn is_queued_as(&self, entry: crate::DueErasure) -> bool {
        self.queued_at == entry.at
    }

    fn read(customer: CustomerId, item: Item) -> Result<Self, StoreError> {
        Ok(Self {
            customer,
            id: ErasureId::parse(item.text("id")?).ok_or(StoreError::Corrupt("id"))?,
            by: item.json("by")?,
            requested_at: item.moment("requested_at")?,
            due_at: item.moment("due_at")?,
            queued_at: item.moment("queued_at")?,
            before: item.json("before")?,
            item,
        })
    }

    /// What is sealed of it.
    ///
    /// # Errors
    /// When it was sealed under another key.
    pub fn about(&self, data_key: &DataKey) -> Result<ErasureAbout, StoreError> {
        self.item.unsealed(&data_key.key, &keymap::erasure(self.customer), "body")
    }
}

/// Until when erasing a customer is forbidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Until the last hold ends.
    pub until: Option<Timestamp>,
    /// Until the last hold ends of which the customer may be told.
    pub told: Option<Timestamp>,
}

impl Held {
    fn read(item: &Item) -> Result<Self, StoreError> {
        let moment = |name| if item.has(name) { item.moment(name).map(Some) } else { Ok(None) };
        Ok(Self { until: moment("held_until")?, told: moment("told_until")? })
    }

    /// Until when at least, seen from `now`.
    pub fn now(self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| now < *until)
    }

    /// Until when an erasure that is due then is put off, as far as the customer may be told.
    pub fn told(self, due_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        self.told.filter(|until| due_at.max(now) < *until)
    }
}

/// All that decides whether a customer can be erased.
#[derive(Clone, Debug)]
pub struct ErasureStanding {
    /// Status and epoch.
    pub security: Security,
    /// The holds.
    pub held: Held,
    /// The erasure that was asked for, if one was.
    pub erasure: Option<ErasureRequest>,
}

/// An erasure that is to be asked for, and all that goes with it.
pub struct NewErasure<'a> {
    /// Its id.
    pub id: ErasureId,
    /// Whose.
    pub customer: &'a Customer,
    /// Their standing, as it was read.
    pub security: &'a Security,
    /// Who asks.
    pub by: ErasureBy,
    /// The holds as they were read: the mail tells of those of which it may.
    pub held: Held,
    /// When the grace period ends.
    pub due_at: Timestamp,
    /// What the customer keeps.
    pub receipt: &'a Receipt,
    /// What is sealed of it.
    pub about: &'a ErasureAbout,
    /// Behind the link by which it is withdrawn; none where there is no time to.
    pub withdrawal: Option<(&'a Handle, &'a Link)>,
    /// The mail that tells of it.
    pub send: &'a Send,
    /// The request on record that it fulfils, as it was read and as it is then, with the act that closes it.
    pub fulfils: Option<(&'a StoredDsar, &'a Dsar, &'a Act)>,
}

/// What is written where securing an account takes an erasure back that waits: somebody else may have
/// asked for it.
pub struct TakenBack {
    /// The mail that tells of it.
    pub send: Send,
    /// The act.
    pub cause: Act,
}

/// What a link or a sign-in that withdraws an erasure is about.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ErasureWithdrawal {
    /// Whose.
    pub customer: CustomerId,
    /// Which: no other that they ask for later.
    pub erasure: ErasureId,
}

impl Store {
    /// All that decides whether a customer can be erased. Nothing if there is no such customer.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn erasure_standing(&self, customer: CustomerId) -> Result<Option<ErasureStanding>, StoreError> {
        let directory = self.tables.directory.as_str();
        let (security, erasure) = (keymap::security(customer), keymap::erasure(customer));
        let [security, erasure] = self.read_all([(directory, &security), (directory, &erasure)]).await?;
        let Some(security) = security else { return Ok(None) };
        Ok(Some(ErasureStanding {
            held: Held::read(&security)?,
            security: Security::read(&security)?,
            erasure: erasure.map(|item| ErasureRequest::read(customer, item)).transpose()?,
        }))
    }

    /// Asks for an erasure: ends every session, lets the customer do nothing but withdraw it, and tells
    /// them, all or nothing. [`Spent::Changed`] if the customer's standing has changed since it was read, or
    /// what they are told of holds.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn erasure_ask(&self, new: &NewErasure<'_>, now: Timestamp, cause: &Act) -> Result<Spent, StoreError> {
        let customer = new.customer.id;
        let key = keymap::erasure(customer);
        let body = sealed(&new.customer.data_key.key, &key, "body", new.about, &self.rng)?;
        let mut item = key.item();
        item.extend([
            ("id".to_owned(), s(new.id.to_string())),
            ("by".to_owned(), json(&new.by)),
            ("requested_at".to_owned(), at(now)),
            ("due_at".to_owned(), at(new.due_at)),
            ("queued_at".to_owned(), at(new.due_at)),
            ("before".to_owned(), json(&new.security.status)),
            ("receipt".to_owned(), b(new.receipt.digest())),
            ("body".to_owned(), body),
            ("act".to_owned(), act(cause)),
        ]);
        let mut writes = vec![
            self.security_close(new, cause)?,
            self.put_new(&self.tables.directory, item)?,
            self.due_put(new.due_at, customer)?,
            self.outbox_put(new.send, now).await?,
        ];
        if let Some((seen, closed, closing)) = new.fulfils {
            writes.extend(self.dsar_change(seen, closed, closing)?);
        }
        if let Some((handle, link)) = new.withdrawal {
            let body = ErasureWithdrawal { customer, erasure: new.id };
            let thing =
                NewOneTime { link: Some(link), ..NewOneTime::new(handle, OneTimeKind::ErasureWithdrawal, &body) };
            writes.push(self.one_time_new(&thing, new.due_at, cause).await?);
        }
        Ok(Spent::of_change(None, self.transact(writes).await?))
    }

    /// What a link or a sign-in withdraws.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn erasure_withdrawal(&self, thing: &OneTime) -> Result<ErasureWithdrawal, StoreError> {
        self.one_time_body(thing).await
    }

    /// Withdraws an erasure that has not begun, and tells the customer: all or nothing. `spend` is the
    /// one-time thing that it is withdrawn with. [`Spent::Changed`] if it has begun, or is another by now.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn erasure_withdraw(
        &self,
        erasure: &ErasureRequest,
        security: &Security,
        spend: Option<&OneTime>,
        send: &Send,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let mut writes = Vec::new();
        if let Some(thing) = spend {
            writes.push(self.one_time_use(thing, now, cause)?);
        }
        writes.push(self.security_move(erasure.customer, security, erasure.before, cause)?);
        writes.extend(self.erasure_deletes(erasure)?);
        writes.push(self.outbox_put(send, now).await?);
        Ok(Spent::of_change(spend, self.transact(writes).await?))
    }

    /// The writes that end every session of the standing that was read; they take an erasure back that
    /// somebody else may have asked for, with its own act and mail. Nothing if it is too late for that.
    pub(crate) async fn end_and_keep(
        &self,
        customer: CustomerId,
        security: &Security,
        taken_back: &TakenBack,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Option<Vec<TransactWriteItem>>, StoreError> {
        match security.status {
            Status::Active | Status::Locked { .. } | Status::Closed => {
                Ok(Some(vec![self.epoch_bump(customer, security.epoch, cause)?]))
            }
            Status::ErasurePending { .. } => {
                let standing = self.erasure_standing(customer).await?;
                let Some(erasure) = standing.and_then(|standing| standing.erasure) else { return Ok(None) };
                // What causes it stands in the link that is spent.
                let mut writes = vec![self.security_move(customer, security, erasure.before, &taken_back.cause)?];
                writes.extend(self.erasure_deletes(&erasure)?);
                writes.push(self.outbox_put(&taken_back.send, now).await?);
                Ok(Some(writes))
            }
            Status::Erasing => Ok(None),
        }
    }

    /// Gives a customer another status and ends every session, if their standing is as it was read.
    pub(crate) fn security_move(
        &self,
        customer: CustomerId,
        seen: &Security,
        status: Status,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        update(self.security_update(customer, seen, status, cause))
    }

    /// [`Self::security_move`] for an erasure, if the holds too are as they were read of which its customer is
    /// told: one that is placed meanwhile is in this mail, or sends its own.
    fn security_close(&self, new: &NewErasure<'_>, cause: &Act) -> Result<TransactWriteItem, StoreError> {
        let pending = Status::ErasurePending { until: new.due_at };
        let moved = self.security_update(new.customer.id, new.security, pending, cause);
        update(match new.held.told {
            Some(until) => moved
                .condition_expression(format!("{AS_READ} AND told_until = :told"))
                .expression_attribute_values(":told", at(until)),
            None => moved.condition_expression(format!("{AS_READ} AND attribute_not_exists(told_until)")),
        })
    }

    fn security_update(&self, customer: CustomerId, seen: &Security, status: Status, cause: &Act) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(customer).item()))
            .update_expression("SET #status = :status, epoch = :next, act = :act")
            .condition_expression(AS_READ)
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":status", json(&status))
            .expression_attribute_values(":seen", json(&seen.status))
            .expression_attribute_values(":epoch", n(seen.epoch))
            .expression_attribute_values(":next", n(seen.epoch + 1))
            .expression_attribute_values(":act", act(cause))
    }

    fn erasure_deletes(&self, erasure: &ErasureRequest) -> Result<[TransactWriteItem; 2], StoreError> {
        let own = Delete::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::erasure(erasure.customer).item()))
            .condition_expression("id = :id AND queued_at = :queued")
            .expression_attribute_values(":id", s(erasure.id.to_string()))
            .expression_attribute_values(":queued", at(erasure.queued_at));
        let own = own.build().map_err(|_| StoreError::Corrupt("delete"))?;
        Ok([TransactWriteItem::builder().delete(own).build(), self.due_delete(erasure.queued_at, erasure.customer)?])
    }

    pub(crate) fn due_put(&self, when: Timestamp, customer: CustomerId) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.tables.directory).set_item(Some(keymap::due(when, customer).item()));
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    pub(crate) fn due_delete(&self, when: Timestamp, customer: CustomerId) -> Result<TransactWriteItem, StoreError> {
        self.delete_plain(&keymap::due(when, customer))
    }

    /// A deletion from `directory` that nothing stands against.
    pub(crate) fn delete_plain(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.tables.directory).set_key(Some(key.item()));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(|_| StoreError::Corrupt("delete"))?).build())
    }

    /// Moves an erasure's entry among what is due, if it stands where it was read.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn erasure_requeue(&self, erasure: &ErasureRequest, when: Timestamp) -> Result<(), StoreError> {
        self.transact(self.erasure_move(erasure, when)?).await.map(drop)
    }

    /// The writes that move an erasure's entry.
    pub(crate) fn erasure_move(
        &self,
        erasure: &ErasureRequest,
        when: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let own = Update::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::erasure(erasure.customer).item()))
            .update_expression("SET queued_at = :when")
            .condition_expression("id = :id AND queued_at = :queued")
            .expression_attribute_values(":id", s(erasure.id.to_string()))
            .expression_attribute_values(":queued", at(erasure.queued_at))
            .expression_attribute_values(":when", at(when));
        let own = own.build().map_err(|_| StoreError::Corrupt("update"))?;
        let mut writes = vec![TransactWriteItem::builder().update(own).build(), self.due_put(when, erasure.customer)?];
        if when != erasure.queued_at {
            writes.push(self.due_delete(erasure.queued_at, erasure.customer)?);
        }
        Ok(writes)
    }
}

/// A standing that is as it was read.
const AS_READ: &str = "#status = :seen AND epoch = :epoch";

fn update(update: UpdateBuilder) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
}

pub(crate) fn json<T: Serialize>(value: &T) -> aws_sdk_dynamodb::types::AttributeValue {
    s(serde_json::to_string(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_survives_the_mail_and_prints_as_nothing() {
        let rng = Rng::seeded([1; 32]);
        let receipt = Receipt::new(CustomerId::generate(Timestamp::UNIX_EPOCH, &rng), &rng);
        let text = receipt.reveal();
        assert_eq!(Receipt::parse(&text), Some(receipt.clone()));
        assert!(!format!("{receipt:?}").contains(text.split_once('.').unwrap().1));
        for wrong in ["", ".", &text[1..], &text[..text.len() - 1], &format!("{text}A"), &text.replace('.', "")] {
            assert_eq!(Receipt::parse(wrong), None, "{wrong}");
        }
    }
}
