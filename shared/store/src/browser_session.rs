//! Sessions of browsers, by which customers are known to all apps; they end with those of the apps.

use domain::{Act, CustomerId, SessionId, Timestamp};

use crate::authorization::AllowedApp;
use crate::client::Store;
use crate::customer::Security;
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

/// How many sessions end in one transaction: DynamoDB takes a hundred writes.
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
        let allowed = found.next().flatten().as_ref().map(AllowedApp::read).transpose()?;
        Ok(Some(BrowserSession { session: Session::read(session)?, security: Security::read(&security)?, allowed }))
    }

    /// Ends a browser's session, and those of the apps that it was signed in to, but for those that may go on
    /// without it (`offline_access`). The apps' end first, so that whatever fails on the way is ended the next time.
    /// Answers the apps' sessions that have ended with it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn browser_session_end(
        &self,
        customer: CustomerId,
        id: SessionId,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Vec<Session>, StoreError> {
        let mut ended = self.sessions(customer).await?;
        ended.retain(|session| {
            let is_of = |grant: &crate::Grant| grant.parent == id && !grant.has("offline_access");
            session.ended_at.is_none() && session.grant.as_ref().is_some_and(is_of)
        });
        for some in ended.chunks(AT_ONCE) {
            let puts = some.iter().map(|session| self.session_end_put(customer, session.id, now, cause));
            // A failed condition: one of them has just ended by itself. Each by itself, then.
            if self.transact(puts.collect::<Result<_, _>>()?).await?.is_some() {
                for session in some {
                    self.session_end(customer, session.id, now, cause).await?;
                }
            }
        }
        self.session_end(customer, id, now, cause).await?;
        Ok(ended)
    }
}
