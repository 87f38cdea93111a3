//! Clients that describe themselves: what was fetched of each document, for as long as it is believed.
//!
//! They stand in `transient`, and not among the registered ones: nobody has registered them, who fetches for whomever
//! asks must have no right to write a registered client, and what nobody signs in to any more goes by itself.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Act, Client, Clients, SignedDuration, Timestamp, digest};

use crate::client::Store;
use crate::item::{Item, Read as _, act, at, n, s, ttl};
use crate::{StoreError, keymap};

/// A client, as its document says it is.
#[derive(Clone, Debug)]
pub struct ClientDocument {
    /// What it may do.
    pub client: Client,
    /// When its document was fetched last.
    pub fetched_at: Timestamp,
    /// When it is to be fetched again.
    pub due_at: Timestamp,
    /// Until when it is believed if that does not succeed.
    pub good_until: Timestamp,
    /// Changes with each write; a write names the one that it read. 0 is none yet.
    version: u64,
}

impl ClientDocument {
    /// How long a document is believed that is due and can't be fetched: as long as a host may be down.
    const GRACE: SignedDuration = SignedDuration::from_hours(24);

    /// What was fetched just now, in the place of what was known; it is fetched again after `fresh_for`.
    pub fn fetched(client: Client, known: Option<&Self>, fresh_for: SignedDuration, now: Timestamp) -> Self {
        let due_at = now + fresh_for;
        Self { client, fetched_at: now, due_at, good_until: due_at + Self::GRACE, version: version(known) }
    }

    /// The same, to be fetched a little later: it could not be just now.
    #[must_use]
    pub fn postponed(&self, by: SignedDuration, now: Timestamp) -> Self {
        Self { due_at: now + by, ..self.clone() }
    }

    /// Whether it need not be fetched.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.due_at
    }

    /// Whether it is believed though it can't be fetched.
    pub fn is_good(&self, now: Timestamp) -> bool {
        now < self.good_until
    }

    /// Whether the document says this.
    pub fn says(&self, client: &Client) -> bool {
        // Read and written by the same code: what is equal is written alike.
        matches!((serde_json::to_value(&self.client), serde_json::to_value(client)), (Ok(known), Ok(now)) if known == now)
    }

    fn read(item: &Item, id: &str, now: Timestamp) -> Result<Option<Self>, StoreError> {
        if item.has("removed_at") {
            return Ok(None);
        }
        let (client, fetched_at): (Client, _) = (item.json("client")?, item.moment("fetched_at")?);
        // The table sweeps when it likes.
        let is_over = now >= fetched_at + Store::DOCUMENT_FOR;
        if is_over || client.client_id != id || Clients::check_document(&client).is_err() {
            return Ok(None);
        }
        let [due_at, good_until] = [item.moment("due_at")?, item.moment("good_until")?];
        Ok(Some(Self { client, fetched_at, due_at, good_until, version: item.number("version")? }))
    }
}

fn version(known: Option<&ClientDocument>) -> u64 {
    known.map_or(0, |known| known.version)
}

/// What a document's id is called where an address can't stand.
pub fn document_name(id: &str) -> String {
    format!("doc_{}", URL_SAFE_NO_PAD.encode(digest(id.as_bytes())))
}

impl Store {
    /// How long a client is known whose document nobody has fetched again: as long as a session of its may live by
    /// refresh tokens alone. Whoever signs in to it has it fetched.
    pub const DOCUMENT_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

    /// The client of the document at this address, if it was fetched.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client_described(&self, id: &str, now: Timestamp) -> Result<Option<Arc<Client>>, StoreError> {
        if let Some(client) = self.clients.read().await.get(id, now) {
            return Ok(Some(client));
        }
        let found = self.client_document(id, now).await?;
        Ok(found.map(|found| Arc::new(found.client)))
    }

    /// The same, as it is now and with all that is known of the document.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client_document(&self, id: &str, now: Timestamp) -> Result<Option<ClientDocument>, StoreError> {
        let item = self.read(&self.tables.transient, &keymap::client_document(&document_name(id))).await?;
        let found = item.map_or(Ok(None), |item| ClientDocument::read(&item, id, now))?;
        if let Some(found) = &found {
            self.clients.write().await.keep(Arc::new(found.client.clone()), now);
        }
        Ok(found)
    }

    /// Keeps what was fetched. False if somebody else has written since it was read, who has fetched it too.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client_document_keep(
        &self,
        document: &ClientDocument,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let client = serde_json::to_string(&document.client).map_err(|_| StoreError::Corrupt("client"))?;
        let more = [
            ("client", s(client)),
            ("fetched_at", at(document.fetched_at)),
            ("due_at", at(document.due_at)),
            ("good_until", at(document.good_until)),
            ("ttl", ttl(document.fetched_at + Self::DOCUMENT_FOR)),
        ];
        let is_kept = self.document_put(document, more, cause).await?;
        self.clients.write().await.keep(Arc::new(document.client.clone()), now);
        Ok(is_kept)
    }

    /// Forgets a client whose document is gone, or says otherwise.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client_document_forget(
        &self,
        known: &ClientDocument,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        // For as long as the stream may need to take the act from it.
        let more = [("removed_at", at(now)), ("ttl", ttl(now + SignedDuration::from_hours(7 * 24)))];
        self.document_put(known, more, cause).await?;
        self.clients.write().await.forget(&known.client.client_id);
        Ok(())
    }

    async fn document_put<const N: usize>(
        &self,
        of: &ClientDocument,
        more: [(&str, aws_sdk_dynamodb::types::AttributeValue); N],
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let mut item = keymap::client_document(&document_name(&of.client.client_id)).item();
        item.extend(more.map(|(name, value)| (name.to_owned(), value)));
        item.extend([("version".to_owned(), n(of.version + 1)), ("act".to_owned(), act(cause))]);
        // Of none that was read there may be what was forgotten, what is over, and what may be no client any more: but
        // nothing that somebody else has fetched at this moment.
        let condition = match of.version {
            0 => "attribute_not_exists(pk) OR attribute_exists(removed_at) OR fetched_at < :before",
            _ => "version = :seen",
        };
        let put =
            Put::builder().table_name(&self.tables.transient).set_item(Some(item)).condition_expression(condition);
        let put = match of.version {
            0 => put.expression_attribute_values(":before", at(cause.at - SignedDuration::from_mins(1))),
            seen => put.expression_attribute_values(":seen", n(seen)),
        };
        let put = put.build().map_err(|_| StoreError::Corrupt("put"))?;
        Ok(self.transact(vec![TransactWriteItem::builder().put(put).build()]).await?.is_none())
    }
}
