//! Registered clients: those that do not stand in the deployment's file.
//!
//! A client that was removed leaves its id behind, so that nobody else ever gets it: what customers allowed it, and
//! sessions that it began, name it.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use domain::{Act, Client, Clients, SignedDuration, Timestamp, digest, equal};
use serde::{Deserialize, Serialize};

use crate::client::Store;
use crate::item::{Item, Read as _, act, at, n, s};
use crate::{StoreError, keymap};

/// Who registered a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientOrigin {
    /// An administrator.
    Administrator,
    /// It did, with an initial access token (RFC 7591).
    Registration,
}

/// A secret of a client, of which a digest is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// What it is called.
    pub id: String,
    /// SHA-256, in lower-case hex.
    pub sha256: String,
    /// When it was made.
    pub made_at: Timestamp,
}

/// A registered client.
#[derive(Clone, Debug)]
pub struct StoredClient {
    /// What it may do; the digests of its secrets stand in `secrets`.
    pub client: Client,
    /// Who registered it.
    pub origin: ClientOrigin,
    /// Its secrets, the oldest first.
    pub secrets: Vec<ClientSecret>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// The digest of the token by which it manages itself (RFC 7592).
    pub token: Option<String>,
    /// Changes with each write; a write names the one that it read.
    pub version: u64,
}

/// A page of registered clients.
#[derive(Clone, Debug)]
pub struct ClientsPage {
    /// By their ids.
    pub clients: Vec<StoredClient>,
    /// After which the next page begins, if there is one.
    pub next: Option<String>,
}

/// Clients that were read a short while ago.
#[derive(Default)]
pub(crate) struct KeptClients(HashMap<String, (Arc<Client>, Timestamp)>);

impl KeptClients {
    /// So many clients are kept at most: what anybody can have read must not fill the memory.
    const MOST: usize = 500;

    pub(crate) fn get(&self, id: &str, now: Timestamp) -> Option<Arc<Client>> {
        let (client, read_at) = self.0.get(id)?;
        is_fresh(*read_at, now).then(|| client.clone())
    }

    pub(crate) fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }

    pub(crate) fn keep(&mut self, client: Arc<Client>, now: Timestamp) {
        if self.0.len() >= Self::MOST {
            self.0.retain(|_, (_, read_at)| is_fresh(*read_at, now));
        }
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        self.0.insert(client.client_id.clone(), (client, now));
    }
}

fn is_fresh(read_at: Timestamp, now: Timestamp) -> bool {
    now >= read_at && now.duration_since(read_at) < Store::CLIENT_FOR
}

/// SHA-256 in lower-case hex.
fn hex(text: &str) -> String {
    digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl ClientSecret {
    /// What is kept of a secret.
    pub fn of(id: String, secret: &str, now: Timestamp) -> Self {
        Self { id, sha256: hex(secret), made_at: now }
    }
}

impl StoredClient {
    /// A client that is new.
    pub fn new(client: Client, origin: ClientOrigin, now: Timestamp) -> Self {
        Self { client, origin, secrets: Vec::new(), registered_at: now, token: None, version: 0 }
    }

    /// Has it manage itself with this token, and no other.
    #[must_use]
    pub fn managed_by(mut self, token: &str) -> Self {
        self.token = Some(hex(token));
        self
    }

    /// Whether this is the token by which it manages itself. Takes as long for every answer.
    pub fn is_managed_by(&self, token: &str) -> bool {
        self.token.as_ref().is_some_and(|known| equal(known.as_bytes(), hex(token).as_bytes()))
    }

    /// The client, with the digests of its secrets.
    pub fn whole(&self) -> Client {
        let secret_sha256 = self.secrets.iter().map(|secret| secret.sha256.clone()).collect();
        Client { secret_sha256, ..self.client.clone() }
    }

    fn read(item: &Item) -> Result<Option<Self>, StoreError> {
        if item.has("removed_at") {
            return Ok(None);
        }
        let token = if item.has("token") { Some(item.text("token")?.to_owned()) } else { None };
        Ok(Some(Self {
            client: item.json("client")?,
            origin: item.json("origin")?,
            secrets: item.json("secrets")?,
            registered_at: item.moment("registered_at")?,
            token,
            version: item.number("version")?,
        }))
    }

    fn item(&self, cause: &Act) -> Result<Item, StoreError> {
        let mut item = keymap::client(&self.client.client_id).item();
        let client = Client { secret_sha256: Vec::new(), ..self.client.clone() };
        let json = |text: serde_json::Result<String>| text.map(s).map_err(|_| StoreError::Corrupt("client"));
        item.extend([
            ("client".to_owned(), json(serde_json::to_string(&client))?),
            ("origin".to_owned(), json(serde_json::to_string(&self.origin))?),
            ("secrets".to_owned(), json(serde_json::to_string(&self.secrets))?),
            ("registered_at".to_owned(), at(self.registered_at)),
            ("version".to_owned(), n(self.version + 1)),
            ("act".to_owned(), act(cause)),
        ]);
        item.extend(self.token.iter().map(|token| ("token".to_owned(), s(token))));
        Ok(item)
    }
}

impl Store {
    /// How long an instance keeps a registered client: for as long one that is removed may still be known.
    pub const CLIENT_FOR: SignedDuration = SignedDuration::from_mins(1);

    /// The registered client with this id; nobody, if it has been changed to what no registered client may be.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client(&self, id: &str, now: Timestamp) -> Result<Option<Arc<Client>>, StoreError> {
        if !Client::is_id(id) {
            return Ok(None);
        }
        if let Some(client) = self.clients.read().await.get(id, now) {
            return Ok(Some(client));
        }
        let Some(stored) = self.client_stored(id).await? else { return Ok(None) };
        let client = Arc::new(stored.whole());
        if client.client_id != id || Clients::check_stored(&client).is_err() {
            return Ok(None);
        }
        self.clients.write().await.keep(client.clone(), now);
        Ok(Some(client))
    }

    /// The same, as it is now and with all that is kept of it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client_stored(&self, id: &str) -> Result<Option<StoredClient>, StoreError> {
        if !Client::is_id(id) {
            return Ok(None);
        }
        let item = self.read(&self.tables.directory, &keymap::client(id)).await?;
        item.as_ref().map_or(Ok(None), StoredClient::read)
    }

    /// Registers a client. False if its id is taken, or was.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client_add(&self, new: &StoredClient, cause: &Act) -> Result<bool, StoreError> {
        let writes = vec![
            self.put_new(&self.tables.directory, new.item(cause)?)?,
            self.put_new(&self.tables.directory, keymap::client_listed(&new.client.client_id).item())?,
        ];
        Ok(self.transact(writes).await?.is_none())
    }

    /// Changes a client. False if it is another than the one that was read.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client_change(&self, changed: &StoredClient, cause: &Act) -> Result<bool, StoreError> {
        let put = self.client_put(changed.item(cause)?, changed.version)?;
        Ok(self.transact(vec![put]).await?.is_none())
    }

    /// Removes a client; its id is nobody's any more. False if it is another than the one that was read.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client_remove(&self, seen: &StoredClient, now: Timestamp, cause: &Act) -> Result<bool, StoreError> {
        let id = &seen.client.client_id;
        let mut item = keymap::client(id).item();
        item.extend([
            ("removed_at".to_owned(), at(now)),
            ("version".to_owned(), n(seen.version + 1)),
            ("act".to_owned(), act(cause)),
        ]);
        let delete =
            Delete::builder().table_name(&self.tables.directory).set_key(Some(keymap::client_listed(id).item()));
        let delete = delete.build().map_err(|_| StoreError::Corrupt("delete"))?;
        let writes = vec![self.client_put(item, seen.version)?, TransactWriteItem::builder().delete(delete).build()];
        Ok(self.transact(writes).await?.is_none())
    }

    /// A page of the registered clients, by their ids.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn clients_page(&self, after: Option<&str>, most: i32) -> Result<ClientsPage, StoreError> {
        let after = after.map(|id| keymap::client_listed(id).item());
        let answer = self
            .dynamo
            .query()
            .table_name(&self.tables.directory)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(keymap::CLIENTS))
            .set_exclusive_start_key(after)
            .limit(most)
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| StoreError::dynamo("Query", &e))?;
        let id = |item: &Item| {
            let id = item.text("sk")?.strip_prefix(keymap::CLIENT_PREFIX).map(str::to_owned);
            id.ok_or(StoreError::Corrupt("sk"))
        };
        let ids = answer.items.unwrap_or_default().iter().map(id).collect::<Result<Vec<_>, _>>()?;
        let next = answer.last_evaluated_key.as_ref().map(id).transpose()?;
        let keys: Vec<_> = ids.iter().map(|id| keymap::client(id)).collect();
        let wanted: Vec<_> = keys.iter().map(|key| (self.tables.directory.as_str(), key)).collect();
        if wanted.is_empty() {
            return Ok(ClientsPage { clients: Vec::new(), next });
        }
        let items = self.read_many(&wanted).await?;
        let mut clients = Vec::with_capacity(items.len());
        for item in items.iter().flatten() {
            clients.extend(StoredClient::read(item)?);
        }
        Ok(ClientsPage { clients, next })
    }

    fn client_put(&self, item: Item, seen: u64) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.tables.directory)
            .set_item(Some(item))
            .condition_expression("version = :seen AND attribute_not_exists(removed_at)")
            .expression_attribute_values(":seen", n(seen));
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }
}
