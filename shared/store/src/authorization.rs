//! What the authorization endpoint keeps of requests: those that a client has pushed, and those that wait for their
//! customer. A pushed request may be opened as often as a browser does before its code is issued.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::oidc::AuthorizationRequest;
use domain::{Act, Handle, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::Store;
use crate::item::{act, at};
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::session::SignInOf;
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

    /// A pushed request is spent with its code, though its time to be opened be over by then.
    pub(crate) fn pushed_use(
        &self,
        digest: &str,
        now: Timestamp,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(digest).item()))
            .update_expression("SET used_at = :now, act = :act REMOVE body")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(used_at)")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }
}
