//! What the authorization endpoint keeps: requests that a client has pushed, requests that wait for their
//! customer, codes, and what customers allow apps of others.
//!
//! A pushed request may be opened as often as a browser does before its code is issued; the code is issued in
//! the transaction that spends it, with what waited. A code is exchanged in the transaction that begins the
//! session which it buys, and is kept, with the name of that session, until it would have expired: who brings
//! it a second time ends what it bought.

use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem, Update};
use domain::oidc::AuthorizationRequest;
use domain::{Act, CustomerId, Handle, Proofs, SessionId, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::{Store, Updated};
use crate::customer::{DataKey, Security};
use crate::item::{Item, Read as _, act, at, n, s};
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::session::{Grant, NewSession, Session, SessionAbout, SignInOf};
use crate::{StoreError, keymap};

/// A request that waits for its customer, sealed under its handle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interaction {
    /// What is asked.
    pub request: AuthorizationRequest,
    /// The digest of the browser's own cookie: another browser can't go on with it.
    pub browser: String,
    /// The digest of the pushed request's handle, if it was pushed.
    pub pushed: Option<String>,
    /// When it began.
    pub began: Timestamp,
    /// The last sign-in in the browser then: whoever is signed in by another, and since, has signed in for this
    /// request, as `prompt=login` has it.
    pub before: Option<SignInOf>,
    /// Where it leads.
    #[serde(default)]
    pub purpose: Purpose,
}

/// Where a request that waits for its customer leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Back to the app, with a code.
    #[default]
    App,
    /// To a device that asks for itself, by the code that its customer has typed (RFC 8628).
    Device(String),
}

/// What a code buys, sealed under it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The client that it was issued to.
    pub client_id: String,
    /// Where it was sent.
    pub redirect_uri: String,
    /// The challenge whose verifier has to come with it (RFC 7636).
    pub code_challenge: Option<String>,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// Who.
    pub customer: CustomerId,
    /// Their epoch then.
    pub epoch: u64,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// By what.
    pub proofs: Proofs,
    /// Where the session came from.
    pub about: SessionAbout,
    /// What the client is given.
    pub grant: Grant,
}

/// A request that is kept before its browser opens it, sealed under its handle.
#[derive(Serialize, Deserialize)]
struct Kept {
    request: AuthorizationRequest,
    /// Whether the client pushed it, and proved who it is; a form of its page proves nothing.
    by_client: bool,
    /// The digest of the handle of the pushed request that a form named.
    pushed: Option<String>,
}

/// A request that was pushed, or kept from a form.
#[derive(Clone, Debug)]
pub struct PushedRequest {
    /// What is asked.
    pub request: AuthorizationRequest,
    /// Whether the client pushed it itself.
    pub by_client: bool,
    /// The digest of the handle that is spent with its code.
    pub digest: String,
    /// Until when it can be opened.
    pub expires_at: Timestamp,
}

/// A code that is to be issued.
pub struct NewCode<'a> {
    /// The code.
    pub handle: &'a Handle,
    /// What it buys.
    pub code: &'a AuthorizationCode,
    /// How long it lives.
    pub lives: SignedDuration,
    /// The request that waited, if it did.
    pub interaction: Option<&'a OneTime>,
    /// The digest of the pushed request's handle, if it was pushed.
    pub pushed: Option<&'a str>,
    /// What the customer has just allowed the app.
    pub allows: Option<&'a Allows>,
}

/// What a customer has just allowed an app of somebody else's, in place of what was read.
#[derive(Clone, Debug)]
pub struct Allows {
    /// What was read.
    seen: Option<AllowedApp>,
    /// What it is allowed from now on.
    now: AllowedApp,
}

impl Allows {
    /// These scopes, and what was allowed before, which stays so.
    pub fn more(seen: Option<&AllowedApp>, client_id: &str, scope: &[String], since: Timestamp) -> Self {
        let before = seen.iter().flat_map(|seen| &seen.scope).filter(|known| !scope.contains(known));
        let scope = scope.iter().chain(before).cloned().collect();
        Self { seen: seen.cloned(), now: AllowedApp { client_id: client_id.to_owned(), scope, since } }
    }
}

/// What came of looking a code up.
#[derive(Clone, Debug)]
pub enum CodeFound {
    /// It can be exchanged.
    Good(Box<(OneTime, AuthorizationCode)>),
    /// It was exchanged before, for this session, by the client that it was issued to.
    Used(CustomerId, SessionId, String),
    /// There is none, or no longer.
    Gone,
}

/// What a code is weighed by when it comes.
#[derive(Clone, Debug)]
pub struct CodeFacts {
    /// The browser's session that it came from.
    pub parent: Session,
    /// Its customer's standing.
    pub security: Security,
    /// Their data key.
    pub data_key: DataKey,
    /// What they allow the app now, where it is somebody else's.
    pub allowed: Option<AllowedApp>,
}

/// What a customer allows an app of somebody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedApp {
    /// The client.
    pub client_id: String,
    /// The scopes.
    pub scope: Vec<String>,
    /// Since when.
    pub since: Timestamp,
}

impl AllowedApp {
    pub(crate) fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            client_id: item.text("client")?.to_owned(),
            scope: item.text("scope")?.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            since: item.moment("since")?,
        })
    }

    /// Whether all of these scopes are allowed. Where all was taken back, nothing is, not even to ask for none.
    pub fn covers(&self, scope: &[String]) -> bool {
        !self.scope.is_empty() && scope.iter().all(|asked| self.scope.contains(asked))
    }
}

impl Store {
    /// How long a pushed request waits to be opened, and opened again.
    pub const PUSHED_FOR: SignedDuration = SignedDuration::from_secs(90);
    /// How long a request waits for its customer.
    pub const INTERACTION_FOR: SignedDuration = SignedDuration::from_mins(30);

    /// Keeps a request that a client has pushed (RFC 9126).
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn request_push(
        &self,
        handle: &Handle,
        request: &AuthorizationRequest,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let kept = Kept { request: request.clone(), by_client: true, pushed: None };
        let new = NewOneTime::new(handle, OneTimeKind::PushedRequest, &kept).lingering(Self::INTERACTION_FOR);
        self.one_time_begin(&new, now + Self::PUSHED_FOR, cause).await
    }

    /// Keeps a request that a form has brought, without the browser's cookies, to be opened again with them. It
    /// stands for the pushed request that it names, if it names one.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn request_keep(
        &self,
        handle: &Handle,
        request: &AuthorizationRequest,
        pushed: Option<&PushedRequest>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let by_client = pushed.is_some_and(|pushed| pushed.by_client);
        let kept = Kept { request: request.clone(), by_client, pushed: pushed.map(|pushed| pushed.digest.clone()) };
        let new = NewOneTime::new(handle, OneTimeKind::PushedRequest, &kept).lingering(Self::INTERACTION_FOR);
        let until = now + Self::PUSHED_FOR;
        // What stands for another lives no longer than that would have.
        self.one_time_begin(&new, pushed.map_or(until, |pushed| until.min(pushed.expires_at)), cause).await
    }

    /// The request behind a `request_uri`.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn pushed_request(&self, handle: &Handle, now: Timestamp) -> Result<Option<PushedRequest>, StoreError> {
        let thing = self.one_time(handle, now).await?.filter(|thing| thing.kind == OneTimeKind::PushedRequest);
        let Some(thing) = thing else { return Ok(None) };
        let Kept { request, by_client, pushed } = self.one_time_body(&thing).await?;
        let digest = pushed.unwrap_or(thing.digest);
        Ok(Some(PushedRequest { request, by_client, digest, expires_at: thing.expires_at }))
    }

    /// Keeps a request that waits for its customer.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn interaction_start(
        &self,
        handle: &Handle,
        interaction: &Interaction,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let new = NewOneTime::new(handle, OneTimeKind::Interaction, interaction);
        self.one_time_begin(&new, now + Self::INTERACTION_FOR, cause).await
    }

    /// The request that waits behind a handle.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn interaction(
        &self,
        handle: &Handle,
        now: Timestamp,
    ) -> Result<Option<(OneTime, Interaction)>, StoreError> {
        let thing = self.one_time(handle, now).await?.filter(|thing| thing.kind == OneTimeKind::Interaction);
        let Some(thing) = thing else { return Ok(None) };
        let interaction = self.one_time_body(&thing).await?;
        Ok(Some((thing, interaction)))
    }

    /// Ends a request without a code: it was refused, or can't be met.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn interaction_end(
        &self,
        interaction: &OneTime,
        pushed: Option<&str>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let mut writes = vec![self.one_time_use(interaction, now, cause)?];
        if let Some(digest) = pushed {
            writes.push(self.pushed_use(digest, now, cause)?);
        }
        Ok(Spent::of(self.write_all(writes).await?))
    }

    /// Issues a code, with all that it uses up and what the customer allows: all or nothing.
    /// [`Spent::Gone`] where what waited has ended; [`Spent::Taken`] where the pushed request was spent by another;
    /// [`Spent::Changed`] where what the customer allows the app has changed since it was read.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_issue(&self, new: &NewCode<'_>, now: Timestamp, cause: &Act) -> Result<Spent, StoreError> {
        let mut writes = Vec::new();
        if let Some(interaction) = new.interaction {
            writes.push(self.one_time_use(interaction, now, cause)?);
        }
        if let Some(digest) = new.pushed {
            writes.push(self.pushed_use(digest, now, cause)?);
        }
        let thing = NewOneTime::new(new.handle, OneTimeKind::AuthorizationCode, new.code);
        writes.push(self.one_time_new(&thing, now + new.lives, cause).await?);
        if let Some(allows) = new.allows {
            writes.push(self.allowed_put(new.code.customer, allows, cause)?);
        }
        Ok(Spent::of(self.write_all(writes).await?))
    }

    /// A pushed request is spent with its code, though its time to be opened be over by then.
    fn pushed_use(&self, digest: &str, now: Timestamp, cause: &Act) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(digest).item()))
            .update_expression("SET used_at = :now, act = :act REMOVE body")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(used_at)")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }

    /// What a code is good for.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_look(&self, handle: &Handle, now: Timestamp) -> Result<CodeFound, StoreError> {
        let digest = handle.digest();
        let Some(item) = self.read(&self.tables.transient, &keymap::one_time(&digest)).await? else {
            return Ok(CodeFound::Gone);
        };
        let bought = if item.has("bought") { Some(item.json("bought")?) } else { None };
        let thing = OneTime::read(digest, item, self.handle_key(handle).await?)?;
        if thing.kind != OneTimeKind::AuthorizationCode || now >= thing.expires_at {
            return Ok(CodeFound::Gone);
        }
        if let Some((customer, session, client_id)) = bought {
            return Ok(CodeFound::Used(customer, session, client_id));
        }
        if !thing.is_alive(now) {
            return Ok(CodeFound::Gone);
        }
        let code = self.one_time_body(&thing).await?;
        Ok(CodeFound::Good(Box::new((thing, code))))
    }

    /// What a code is weighed by when it comes, in one call. None if any of it is gone.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_facts(
        &self,
        code: &AuthorizationCode,
        is_of_others: bool,
    ) -> Result<Option<CodeFacts>, StoreError> {
        let (directory, transient) = (self.tables.directory.as_str(), self.tables.transient.as_str());
        let session = keymap::session(code.customer, code.grant.parent);
        let (security, data_key) = (keymap::security(code.customer), keymap::data_key(code.customer));
        let app = keymap::app(code.customer, &code.client_id);
        let mut wanted = vec![(transient, &session), (directory, &security), (self.tables.vault.as_str(), &data_key)];
        if is_of_others {
            wanted.push((directory, &app));
        }
        let mut found = self.read_many(&wanted).await?.into_iter();
        let (session, security, wrapped) = (found.next().flatten(), found.next().flatten(), found.next().flatten());
        let (Some(session), Some(security), Some(wrapped)) = (session, security, wrapped) else { return Ok(None) };
        let allowed = found.next().flatten().as_ref().map(AllowedApp::read).transpose()?;
        let data_key = self.data_key_open(code.customer, &wrapped).await?;
        let (parent, security) = (Session::read(session)?, Security::read(&security)?);
        Ok(Some(CodeFacts { parent, security, data_key, allowed }))
    }

    /// Exchanges a code, or a device's, for the session that it buys, while the browser's session is as it was weighed,
    /// and while its customer allows the app, where that is somebody else's: all or nothing.
    /// [`Spent::Gone`] if somebody has done it, or its time is over; [`Spent::Changed`] if the browser's session
    /// has ended or its customer has signed in again, or the app was put out.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_redeem(
        &self,
        thing: &OneTime,
        (session, is_of_others): (&NewSession, bool),
        facts: &CodeFacts,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let bought = serde_json::to_string(&(session.customer, session.id, &session.client_id)).unwrap_or_default();
        let spend = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&thing.digest).item()))
            .update_expression("SET used_at = :now, bought = :bought, act = :act REMOVE body")
            .condition_expression("attribute_not_exists(used_at) AND expires_at > :now")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":bought", s(bought))
            .expression_attribute_values(":act", act(cause))
            .build()
            .map_err(|_| StoreError::Corrupt("update"))?;
        let mut writes = vec![TransactWriteItem::builder().update(spend).build()];
        writes.push(self.session_put(session, &facts.data_key, Some(cause))?);
        let parent = ConditionCheck::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::session(session.customer, facts.parent.id).item()))
            .condition_expression("epoch = :epoch AND generation = :generation AND attribute_not_exists(ended_at)")
            .expression_attribute_values(":epoch", n(session.epoch))
            .expression_attribute_values(":generation", n(facts.parent.generation()?))
            .build()
            .map_err(|_| StoreError::Corrupt("check"))?;
        writes.push(TransactWriteItem::builder().condition_check(parent).build());
        if is_of_others {
            let allowed = ConditionCheck::builder()
                .table_name(&self.tables.directory)
                .set_key(Some(keymap::app(session.customer, &session.client_id).item()))
                .condition_expression("attribute_exists(pk) AND #scope <> :none")
                .expression_attribute_names("#scope", "scope")
                .expression_attribute_values(":none", s(" "))
                .build()
                .map_err(|_| StoreError::Corrupt("check"))?;
            writes.push(TransactWriteItem::builder().condition_check(allowed).build());
        }
        Ok(match self.transact(writes).await?.as_deref() {
            None => Spent::Done,
            Some([true, ..]) => Spent::Gone,
            Some(_) => Spent::Changed,
        })
    }

    /// Every app of somebody else's that a customer allows something.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn allowed_apps(&self, customer: CustomerId) -> Result<Vec<AllowedApp>, StoreError> {
        let items = self.read_prefix(&self.tables.directory, keymap::customer(customer), keymap::APP_PREFIX).await?;
        let apps = items.iter().map(AllowedApp::read).collect::<Result<Vec<_>, _>>()?;
        Ok(apps.into_iter().filter(|app| !app.scope.is_empty()).collect())
    }

    /// The clients that a customer allows something, or did before they took all of it back.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn apps_once_allowed(&self, customer: CustomerId) -> Result<Vec<String>, StoreError> {
        let items = self.read_prefix(&self.tables.directory, keymap::customer(customer), keymap::APP_PREFIX).await?;
        items.iter().map(|item| item.text("client").map(str::to_owned)).collect()
    }

    /// The write by which a customer allows an app more: over what was read, so that of two at once none is lost.
    pub(crate) fn allowed_put(
        &self,
        customer: CustomerId,
        allows: &Allows,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let AllowedApp { client_id, scope, since } = &allows.now;
        let mut item = keymap::app(customer, client_id).item();
        item.extend([
            ("client".to_owned(), s(client_id)),
            ("scope".to_owned(), s(scope.join(" "))),
            ("since".to_owned(), at(*since)),
            ("act".to_owned(), act(cause)),
        ]);
        let put = Put::builder().table_name(&self.tables.directory).set_item(Some(item));
        let put = match &allows.seen {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => put
                // What was taken back is a blank.
                .condition_expression("#scope = :seen OR (:seen = :nothing AND #scope = :none)")
                .expression_attribute_names("#scope", "scope")
                .expression_attribute_values(":seen", s(seen.scope.join(" ")))
                .expression_attribute_values(":nothing", s(""))
                .expression_attribute_values(":none", s(" ")),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// Takes back what a customer allows an app. True again for who has done so before; false if they have never
    /// allowed it anything.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn allowed_app_delete(
        &self,
        customer: CustomerId,
        client_id: &str,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::app(customer, client_id).item()))
            .update_expression("SET #scope = :none, act = :act")
            .condition_expression("attribute_exists(pk) AND #scope <> :none")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_values(":none", s(" "))
            .expression_attribute_values(":act", act(cause));
        Ok(!matches!(self.update(update).await?, Updated::Refused(None)))
    }
}
