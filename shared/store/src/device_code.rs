//! Devices that ask for their customer in a browser elsewhere (RFC 8628).
//!
//! A device holds a code of 192 bits, its customer types one of 34. Both are handles of one-time things: the
//! typed one's is an HMAC of it, so that nobody finds it who has the table alone. What the customer decides is
//! written to the device's thing in the transaction that spends the typed code; what it allows is bought as a code
//! is, once.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::oidc::{AuthorizationRequest, UserCode};
use domain::{Act, Handle, KeyPurpose, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::allowed_apps::Allows;
use crate::authorization_code::AuthorizationCode;
use crate::client::{Store, Updated};
use crate::item::{Read as _, act, at, s, sealed};
use crate::one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
use crate::{StoreError, keymap};

/// What a device asks for, sealed under the code that its customer types.
#[derive(Serialize, Deserialize)]
pub struct DeviceRequest {
    /// What is asked.
    pub request: AuthorizationRequest,
    /// Roughly where the device is, in words, where that is known.
    pub place: Option<String>,
    device_code: String,
}

impl std::fmt::Debug for DeviceRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceRequest").field("request", &self.request).finish_non_exhaustive()
    }
}

/// What a device's code remembers while it waits.
#[derive(Serialize, Deserialize)]
struct Waits {
    client_id: String,
}

/// What a customer decides on: what waits in their browser, and the code that they typed.
pub struct Allowance<'a> {
    /// The request that waits in the browser.
    pub interaction: &'a OneTime,
    /// The code that was typed.
    pub typed: &'a OneTime,
    /// What the device asks for.
    pub request: &'a DeviceRequest,
}

/// What a device is told.
#[derive(Clone, Debug)]
pub enum DevicePolled {
    /// Nobody has decided yet.
    Pending,
    /// The same, and it asks too often.
    TooSoon,
    /// The customer has refused.
    Refused,
    /// Its time is over.
    Expired,
    /// The customer has allowed it.
    Allowed(Box<(OneTime, AuthorizationCode)>),
    /// There is no such code of this client, or it was exchanged before.
    Gone,
}

impl Store {
    /// How long a device waits for its customer.
    pub const DEVICE_FOR: SignedDuration = SignedDuration::from_mins(10);
    /// How long it has to wait between two questions.
    pub const DEVICE_INTERVAL: SignedDuration = SignedDuration::from_secs(5);

    /// The handle of what waits behind a code that people type.
    async fn user_code_handle(&self, code: &UserCode) -> Result<Handle, StoreError> {
        let mac = self.key(KeyPurpose::Mac).await?.derive("user-code").mac(&[code.letters().as_bytes()]);
        let bytes = mac.first_chunk::<24>().ok_or(StoreError::Corrupt("user code"))?;
        Ok(Handle::from_bytes(*bytes))
    }

    /// Keeps what a device asks for. [`StoreError::Conflict`] where the same letters were drawn for another: one in
    /// billions.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn device_start(
        &self,
        (device_code, typed): (&Handle, &UserCode),
        (request, place): (AuthorizationRequest, Option<String>),
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let waits = Waits { client_id: request.client_id.clone() };
        let request = DeviceRequest { request, place, device_code: device_code.reveal().to_owned() };
        let typed = self.user_code_handle(typed).await?;
        let device = NewOneTime::new(device_code, OneTimeKind::DeviceCode, &waits);
        let typed = NewOneTime::new(&typed, OneTimeKind::UserCode, &request);
        let until = now + Self::DEVICE_FOR;
        let writes =
            vec![self.one_time_new(&device, until, cause).await?, self.one_time_new(&typed, until, cause).await?];
        match self.write_all(writes).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict),
        }
    }

    /// What waits behind a code that was typed.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn device_request(
        &self,
        typed: &UserCode,
        now: Timestamp,
    ) -> Result<Option<(OneTime, DeviceRequest)>, StoreError> {
        let handle = self.user_code_handle(typed).await?;
        let thing = self.one_time(&handle, now).await?.filter(|thing| thing.kind == OneTimeKind::UserCode);
        let Some(thing) = thing else { return Ok(None) };
        let request = self.one_time_body(&thing).await?;
        Ok(Some((thing, request)))
    }

    /// Gives a device what its customer allows, and remembers it where the app is somebody else's: all or nothing.
    /// [`Spent::Gone`] or [`Spent::Taken`] where it was decided already, or its time is over; [`Spent::Changed`] where
    /// it was, or what the customer allows the app has changed since it was read.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn device_allow(
        &self,
        on: &Allowance<'_>,
        granted: &AuthorizationCode,
        allows: Option<&Allows>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Spent, StoreError> {
        let handle = Handle::parse(&on.request.device_code).ok_or(StoreError::Corrupt("device code"))?;
        let key = keymap::one_time(&handle.digest());
        let body = sealed(&self.handle_key(&handle).await?, &key, "body", granted, &self.rng)?;
        let decide = self
            .device_update(&handle, OneTimeKind::DeviceAllowed, now, cause)
            .update_expression("SET kind = :kind, body = :body, act = :act")
            .expression_attribute_values(":body", body);
        let mut writes = self.device_decide(on, decide, now, cause)?;
        if let Some(allows) = allows {
            writes.push(self.allowed_put(granted.customer, allows, cause)?);
        }
        Ok(Spent::of(self.write_all(writes).await?))
    }

    /// Refuses a device. Anything but [`Spent::Done`] where it was decided already, or its time is over.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn device_refuse(&self, on: &Allowance<'_>, now: Timestamp, cause: &Act) -> Result<Spent, StoreError> {
        let handle = Handle::parse(&on.request.device_code).ok_or(StoreError::Corrupt("device code"))?;
        let decide = self
            .device_update(&handle, OneTimeKind::DeviceRefused, now, cause)
            .update_expression("SET kind = :kind, act = :act");
        Ok(Spent::of(self.write_all(self.device_decide(on, decide, now, cause)?).await?))
    }

    fn device_update(
        &self,
        handle: &Handle,
        kind: OneTimeKind,
        now: Timestamp,
        cause: &Act,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&handle.digest()).item()))
            .condition_expression("kind = :waits AND attribute_not_exists(used_at) AND expires_at > :now")
            .expression_attribute_values(":waits", s(OneTimeKind::DeviceCode.as_str()))
            .expression_attribute_values(":kind", s(kind.as_str()))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause))
    }

    /// The decision, with what it uses up.
    fn device_decide(
        &self,
        on: &Allowance<'_>,
        decide: aws_sdk_dynamodb::types::builders::UpdateBuilder,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let decide = decide.build().map_err(|_| StoreError::Corrupt("update"))?;
        Ok(vec![
            self.one_time_use(on.interaction, now, cause)?,
            self.one_time_use(on.typed, now, cause)?,
            TransactWriteItem::builder().update(decide).build(),
        ])
    }

    /// What a device is told that asks again. Who asks too often is told so by what was read; who keeps to the
    /// interval costs one write each time, always to the same attribute.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn device_poll(
        &self,
        handle: &Handle,
        client_id: &str,
        now: Timestamp,
    ) -> Result<DevicePolled, StoreError> {
        let digest = handle.digest();
        let Some(item) = self.read(&self.tables.transient, &keymap::one_time(&digest)).await? else {
            return Ok(DevicePolled::Gone);
        };
        let polled = if item.has("polled_at") { Some(item.moment("polled_at")?) } else { None };
        let is_used = item.has("used_at");
        let thing = OneTime::read(digest, item, self.handle_key(handle).await?)?;
        let is_ours = match thing.kind {
            _ if is_used => false,
            OneTimeKind::DeviceCode | OneTimeKind::DeviceRefused => {
                self.one_time_body::<Waits>(&thing).await?.client_id == client_id
            }
            OneTimeKind::DeviceAllowed => self.one_time_body::<AuthorizationCode>(&thing).await?.client_id == client_id,
            _ => false,
        };
        if !is_ours {
            return Ok(DevicePolled::Gone);
        }
        if now >= thing.expires_at {
            return Ok(DevicePolled::Expired);
        }
        match thing.kind {
            OneTimeKind::DeviceRefused => Ok(DevicePolled::Refused),
            OneTimeKind::DeviceAllowed => {
                let granted = self.one_time_body(&thing).await?;
                Ok(DevicePolled::Allowed(Box::new((thing, granted))))
            }
            _ if polled.is_some_and(|last| now.duration_since(last) < Self::DEVICE_INTERVAL) => {
                Ok(DevicePolled::TooSoon)
            }
            _ => self.device_polled(&thing, polled, now).await,
        }
    }

    async fn device_polled(
        &self,
        thing: &OneTime,
        before: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<DevicePolled, StoreError> {
        let seen = if before.is_some() { "polled_at = :seen" } else { "attribute_not_exists(polled_at)" };
        let mut update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&thing.digest).item()))
            .update_expression("SET polled_at = :now")
            .condition_expression(format!("attribute_exists(pk) AND {seen}"))
            .expression_attribute_values(":now", at(now));
        if let Some(before) = before {
            update = update.expression_attribute_values(":seen", at(before));
        }
        // Another question of the same device came in between.
        Ok(match self.update(update).await? {
            Updated::Done(_) => DevicePolled::Pending,
            Updated::Refused(_) => DevicePolled::TooSoon,
        })
    }
}
