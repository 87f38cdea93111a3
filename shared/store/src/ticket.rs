//! Tickets: who holds one may fetch, once and soon, a copy of all that is held on a customer.

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem};
use domain::{Act, Actor, CustomerId, DsarId, Handle, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::Store;
use crate::item::n;
use crate::notice::NewNotice;
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::{StoreError, keymap};

/// A copy that can be fetched, sealed under the ticket's handle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportTicket {
    /// On whom.
    pub customer: CustomerId,
    /// Their epoch when it was asked for: what ends every session ends this too.
    pub epoch: u64,
    /// The request that it is handed over for, where an administrator asked.
    pub request: Option<DsarId>,
    /// Who asked.
    pub by: Actor,
    /// Who we are: the address at which the copy is fetched is another.
    pub issuer: String,
}

impl Store {
    /// How long a ticket lives.
    pub const TICKET_FOR: SignedDuration = SignedDuration::from_mins(5);

    /// Keeps a ticket under its handle and tells the customer: all or nothing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn export_start(
        &self,
        handle: &Handle,
        ticket: &ExportTicket,
        notice: &NewNotice,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let new = NewOneTime::new(handle, OneTimeKind::ExportTicket, ticket);
        let mut writes = vec![self.one_time_new(&new, now + Self::TICKET_FOR, cause).await?];
        writes.extend(self.notice_puts(notice, now, cause).await?);
        match self.transact(writes).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict),
        }
    }

    /// The ticket behind a handle, if it is alive.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn export_ticket(
        &self,
        handle: &Handle,
        now: Timestamp,
    ) -> Result<Option<(OneTime, ExportTicket)>, StoreError> {
        let thing = self.one_time(handle, now).await?.filter(|thing| thing.kind == OneTimeKind::ExportTicket);
        let Some(thing) = thing else { return Ok(None) };
        let ticket = self.one_time_body(&thing).await?;
        Ok(Some((thing, ticket)))
    }

    /// Spends a ticket, in the epoch in which it was asked for. [`Spent::Gone`] if that has ended.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn export_spend(
        &self,
        thing: &OneTime,
        ticket: &ExportTicket,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let epoch = ConditionCheck::builder()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::security(ticket.customer).item()))
            .condition_expression("epoch = :epoch")
            .expression_attribute_values(":epoch", n(ticket.epoch))
            .build()
            .map_err(|_| StoreError::Corrupt("check"))?;
        let writes =
            vec![self.one_time_use(thing, now, cause)?, TransactWriteItem::builder().condition_check(epoch).build()];
        Ok(if self.transact(writes).await?.is_none() { Spent::Done } else { Spent::Gone })
    }
}
