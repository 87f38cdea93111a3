//! Sessions of browsers, by which customers are known to all apps; they end with those of the apps.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Act, CustomerId, SessionId, Timestamp};

use crate::allowed_apps::AllowedApp;
use crate::client::Store;
use crate::customer::Security;
use crate::outbox::Tell;
use crate::session::Session;
use crate::{StoreError, keymap};

/// A browser's session with what is known of its customer.
#[derive(Clone, Debug)]
pub struct BrowserSession {
    /// The session.
    pub session: Session,
    /// The customer's standing.
    pub security: Security,
    /// What they allow the client that asks.
    pub allowed: Option<AllowedApp>,
}

/// An app whose customer logs out.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// The app.
    pub client_id: String,
    /// Its sessions that end: none where all of them may go on (`offline_access`).
    pub sessions: Vec<SessionId>,
    /// What it is told, if it wants to be.
    pub tell: Option<Tell>,
}

/// How many writes there are in one transaction at most, beside one: DynamoDB takes a hundred.
const AT_ONCE: usize = 90;

impl Store {
    /// A browser's session and its customer's standing, in one call; with what they allow the client, where it
    /// is somebody else's.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn browser_session(
        &self,
        customer: CustomerId,
        id: SessionId,
        client_of_others: Option<&str>,
    ) -> Result<Option<BrowserSession>, StoreError> {
        let (session, security) = (keymap::session(customer, id), keymap::security(customer));
        let app = keymap::app(customer, client_of_others.unwrap_or_default());
        let directory = self.tables.directory.as_str();
        let mut wanted = vec![(self.tables.transient.as_str(), &session), (directory, &security)];
        if client_of_others.is_some() {
            wanted.push((directory, &app));
        }
        let mut found = self.read_many(&wanted).await?.into_iter();
        let (Some(Some(session)), Some(Some(security))) = (found.next(), found.next()) else { return Ok(None) };
        let allowed = found.next().flatten().as_ref().map(AllowedApp::read).transpose()?.flatten();
        Ok(Some(BrowserSession { session: Session::read(session)?, security: Security::read(&security)?, allowed }))
    }

    /// The sessions of apps that came from a browser's session and have not ended.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn sessions_of_browser(&self, customer: CustomerId, id: SessionId) -> Result<Vec<Session>, StoreError> {
        let mut all = self.sessions(customer).await?;
        let is_of = |session: &Session| session.grant.as_ref().is_some_and(|grant| grant.parent == id);
        all.retain(|session| session.ended_at.is_none() && is_of(session));
        Ok(all)
    }

    /// Ends a browser's session with those of the apps that leave with it. The apps' end first, so that whatever
    /// fails on the way is ended the next time. Whoever keeps its session (`offline_access`) is told in the
    /// transaction that ends the browser's.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn browser_session_end(
        &self,
        customer: CustomerId,
        id: SessionId,
        leaving: Vec<Leaving>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let (leaving, staying): (Vec<_>, Vec<_>) = leaving.into_iter().partition(|app| !app.sessions.is_empty());
        self.app_sessions_end(customer, leaving, now, cause).await?;
        let mut writes = vec![self.session_end_put(customer, id, now, cause)?];
        for tell in staying.iter().filter_map(|app| app.tell.as_ref()).take(AT_ONCE) {
            writes.push(self.outbox_tell(tell, now).await?);
        }
        // A failed condition: it has ended already, by somebody who has told them.
        self.transact(writes).await.map(drop)
    }

    /// Ends sessions of apps, and queues what each of them is told in the transaction that ends its first one. An
    /// app whose sessions have all ended already is told nothing: whoever ended them did, or it was the app itself.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn app_sessions_end(
        &self,
        customer: CustomerId,
        leaving: Vec<Leaving>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let mut ends: Vec<End> = Vec::new();
        for app in leaving {
            let mut tell = app.tell;
            ends.extend(app.sessions.into_iter().map(|id| End { app: app.client_id.clone(), id, tell: tell.take() }));
        }
        for some in ends.chunks_mut(AT_ONCE / 2) {
            let mut writes = Vec::new();
            for end in some.iter() {
                writes.extend(self.end_writes(customer, end, now, cause).await?);
            }
            if self.transact(writes).await?.is_none() {
                continue;
            }
            // A failed condition: one of them has just ended by itself. Each by itself, then.
            let mut untold: Option<(String, Tell)> = None;
            for end in some.iter_mut() {
                if let Some((app, tell)) = untold.take_if(|(app, _)| *app == end.app) {
                    (end.app, end.tell) = (app, Some(tell));
                }
                let writes = self.end_writes(customer, end, now, cause).await?;
                if self.transact(writes).await?.is_some() {
                    untold = end.tell.take().map(|tell| (end.app.clone(), tell));
                }
            }
        }
        Ok(())
    }

    async fn end_writes(
        &self,
        customer: CustomerId,
        end: &End,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut writes = vec![self.session_end_put(customer, end.id, now, cause)?];
        if let Some(tell) = &end.tell {
            writes.push(self.outbox_tell(tell, now).await?);
        }
        Ok(writes)
    }
}

/// A session of an app that is to end, and what the app is told of it.
struct End {
    app: String,
    id: SessionId,
    tell: Option<Tell>,
}
