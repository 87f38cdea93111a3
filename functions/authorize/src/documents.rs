//! Clients that describe themselves (draft-ietf-oauth-client-id-metadata-document): their documents are fetched here,
//! where they ask for a customer, and nowhere else. All other flows read what was kept.

use domain::oidc::client_document::{self, SHORTEST, fresh_for};
use domain::oidc::{DocumentHosts, DocumentRefused, document_host};
use domain::{Act, ActKind, Actor, Client, ConfigError, Settings, SignedDuration};
use edge::{Ctx, Deployment, Level, OAuthCode, OAuthError, Problem, limits};
use serde_json::json;
use signin::KnownClients;
use store::{ClientDocument, Limit, Store, StoreError, document_name};
use wire::Wire;

use crate::AuthorizeError;
use crate::fetch::{Document, Fetcher, NotFetched};

/// What it takes to know such clients.
pub(crate) struct Documents {
    store: Store,
    /// None where no document is believed.
    fetcher: Option<Fetcher>,
    per_client: Limit,
    per_document: Limit,
    per_host: Limit,
}

/// Why a client that describes itself is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    /// Its document says so.
    #[error("the document at client_id is refused: {0}")]
    Refused(#[from] DocumentRefused),
    /// There is none.
    #[error("there is no document at client_id")]
    Gone,
    /// It can't be had at the moment, or may not. Why, the log says: what is reached from here is nobody's to learn.
    #[error("the document at client_id can't be fetched, or is no JSON of 5 KB at most")]
    NotFetched,
    /// It was not even asked for.
    #[error(transparent)]
    Unavailable(NotFetched),
    /// It was asked for too often.
    #[error("limited")]
    Limited(u64),
    /// It can't be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// When it is worth asking again that what fetches did not answer, in seconds.
const RETRY_AFTER: u64 = 1;
/// How soon a document is fetched again that could not be, while what was known of it is believed.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

impl Documents {
    /// Reads `LIMIT_DOCUMENTS_PER_CLIENT` (20), `LIMIT_DOCUMENTS_PER_DOCUMENT` (10) and `LIMIT_DOCUMENTS_PER_HOST`
    /// (100), in a quarter of an hour.
    pub(crate) fn read(deployment: &Deployment, store: &Store) -> Result<Self, ConfigError> {
        let settings = &deployment.settings;
        let fetcher = match DocumentHosts::read(settings)?.is_on() {
            true => Some(Fetcher::read(Wire::new(&deployment.sdk, "lambda"), settings)?),
            false => None,
        };
        Ok(Self {
            store: store.clone(),
            fetcher,
            per_client: limit(settings, "LIMIT_DOCUMENTS_PER_CLIENT", "documents-client", 20)?,
            per_document: limit(settings, "LIMIT_DOCUMENTS_PER_DOCUMENT", "documents-document", 10)?,
            per_host: limit(settings, "LIMIT_DOCUMENTS_PER_HOST", "documents-host", 100)?,
        })
    }

    /// Has the document of the client with this id fetched, if it is one that describes itself, and it is time. What
    /// is known of it afterwards, [`KnownClients::find`] tells.
    pub(crate) async fn renew(&self, ctx: &Ctx, clients: &KnownClients, id: &str) -> Result<(), DocumentError> {
        let Some(fetcher) = self.fetcher.as_ref().filter(|_| clients.describes_itself(id)) else { return Ok(()) };
        let known = self.store.client_document(id, ctx.now).await?;
        if known.as_ref().is_some_and(|known| known.is_fresh(ctx.now)) {
            return Ok(());
        }
        let good = known.as_ref().filter(|known| known.is_good(ctx.now));
        match self.count(ctx, id, known.is_some()).await {
            Err(DocumentError::Limited(_)) if good.is_some() => return Ok(()),
            counted => counted?,
        }
        let fetched = fetcher.fetch(id).await.inspect_err(|why| tell(ctx, why));
        match (fetched, good) {
            (Ok(document), _) => self.take(ctx, id, known.as_ref(), document).await,
            (Err(why), _) if why.is_gone() => self.forget(ctx, known.as_ref(), DocumentError::Gone).await,
            (Err(_), Some(good)) => self.postpone(ctx, good).await,
            (Err(why), None) if why.is_ours() => Err(DocumentError::Unavailable(why)),
            (Err(_), None) => Err(DocumentError::NotFetched),
        }
    }

    /// The caller's own first: whoever is refused by theirs uses up nobody else's. What is known is fetched when it is
    /// due, however many addresses of its host somebody makes up.
    async fn count(&self, ctx: &Ctx, id: &str, is_known: bool) -> Result<(), DocumentError> {
        let addr = limits::client_addr(ctx, &self.store).await?;
        let host = document_host(id).unwrap_or_default();
        let mut counts = vec![(self.per_client, addr.as_str().to_owned()), (self.per_document, document_name(id))];
        if !is_known {
            counts.push((self.per_host, document_name(&host)));
        }
        limits::tally(ctx, &self.store, &counts).await?.map_or(Ok(()), |wait| Err(DocumentError::Limited(wait)))
    }

    /// Believes what the document says, whatever was known.
    async fn take(
        &self,
        ctx: &Ctx,
        id: &str,
        known: Option<&ClientDocument>,
        document: Document,
    ) -> Result<(), DocumentError> {
        let client = match client_document::read(id, document.metadata) {
            Ok(client) => client,
            Err(refused) => return self.forget(ctx, known, refused.into()).await,
        };
        let cause = match known {
            None => by_itself(ctx, ActKind::ClientRegistered, &client),
            Some(known) if !known.says(&client) => by_itself(ctx, ActKind::ClientChanged, &client),
            Some(_) => asked(ctx),
        };
        let said = fresh_for(document.cache_control.as_deref());
        // What has just changed is looked at again soon: it may be a mistake, or somebody else's doing.
        let is_same = known.is_none_or(|known| known.says(&client));
        let fresh_for = if is_same { said } else { said.min(SHORTEST) };
        let document = ClientDocument::fetched(client, known, fresh_for, ctx.now);
        if self.store.client_document_keep(&document, ctx.now, &cause).await? && known.is_none() {
            ctx.count("ClientsRegistered", 1);
        }
        Ok(())
    }

    /// It is known no longer, whatever was known: whoever keeps the document says so.
    async fn forget(&self, ctx: &Ctx, known: Option<&ClientDocument>, why: DocumentError) -> Result<(), DocumentError> {
        if let Some(known) = known {
            let cause = by_itself(ctx, ActKind::ClientRemoved, &known.client);
            self.store.client_document_forget(known, ctx.now, &cause).await?;
        }
        Err(why)
    }

    /// What was known is believed for a while. Who asks in the next moments does not wait for a host that is down.
    async fn postpone(&self, ctx: &Ctx, known: &ClientDocument) -> Result<(), DocumentError> {
        let later = known.postponed(AGAIN_AFTER, ctx.now);
        self.store.client_document_keep(&later, ctx.now, &asked(ctx)).await?;
        Ok(())
    }
}

fn limit(settings: &Settings, setting: &str, name: &'static str, most: u64) -> Result<Limit, ConfigError> {
    Ok(Limit::new(name, settings.number(setting, most)?, SignedDuration::from_mins(15)))
}

/// Why there is no document. Its address is whoever's it is.
fn tell(ctx: &Ctx, why: &NotFetched) {
    ctx.log(Level::Warn, "no document", json!({"reason": why.to_string()}));
    ctx.count("DocumentsNotFetched", 1);
}

/// A client says what it is: by its document.
fn by_itself(ctx: &Ctx, kind: ActKind, client: &Client) -> Act {
    ctx.act(kind, Actor::Client(client.client_id.clone()))
}

/// Nothing has changed, and somebody has asked.
fn asked(ctx: &Ctx) -> Act {
    ctx.act(ActKind::AuthorizationRequested, Actor::Anonymous)
}

impl From<DocumentError> for AuthorizeError {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Limited(wait) => Self::Limited(Problem::too_many_requests(wait)),
            DocumentError::Unavailable(why) => Self::Unfetched(Problem::unavailable(RETRY_AFTER, &why)),
            DocumentError::Store(error) => Self::Store(error),
            refused @ (DocumentError::Refused(_) | DocumentError::Gone | DocumentError::NotFetched) => {
                Self::Document(refused)
            }
        }
    }
}

impl From<DocumentError> for OAuthError {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Refused(_) | DocumentError::Gone | DocumentError::NotFetched => {
                Self::new(OAuthCode::InvalidClient, format!("The client is unknown: {error}."))
            }
            DocumentError::Unavailable(why) => Self::unavailable(RETRY_AFTER, &why),
            DocumentError::Limited(wait) => Self::too_many_requests(wait),
            DocumentError::Store(error) => error.into(),
        }
    }
}
