//! One-time things: a handle that somebody holds, a code or a link that was sent to somebody.
//!
//! How they are answered stands in `challenge` (codes and ceremonies) and `link`. What a thing buys is
//! written in the transaction that marks it used, so that it is never spent for nothing and never
//! spent twice.
//!
//! What a thing remembers is sealed under a key that is made of the deployment's and of the handle
//! itself, which is not stored. So whoever has neither the handle nor the link can't read it, with all
//! the keys of the deployment: what somebody left behind in it needs no erasing.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{Act, Code, Handle, Key32, KeyPurpose, SignedDuration, Timestamp, open, seal};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::client::Store;
use crate::item::{Item, Read as _, act, at, b, n, s, sealed, ttl};
use crate::link::Link;
use crate::outbox::Send;
use crate::{StoreError, keymap};

/// What a one-time thing is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OneTimeKind {
    /// A registration that waits for its code.
    Registration,
    /// A change of address that waits for its code.
    EmailChange,
    /// A change of address that can be undone.
    EmailUndo,
    /// A sign-in that waits for another proof.
    SignIn,
    /// A sign-in with a passkey.
    PasskeySignIn,
    /// A sign-in by mail.
    EmailSignIn,
    /// A factor that is being enrolled.
    Enrolment,
    /// A forgotten password.
    PasswordReset,
    /// Something that happened to an account and can be undone.
    AccountUndo,
    /// Consent that waits for the button behind its link.
    ConsentOptIn,
    /// An erasure that can be withdrawn.
    ErasureWithdrawal,
    /// A copy of all that is held on a customer, to be fetched.
    ExportTicket,
    /// A request that a client has pushed.
    PushedRequest,
    /// A request of an app that waits for its customer.
    Interaction,
    /// An authorization code.
    AuthorizationCode,
    /// A device that waits for its customer (RFC 8628).
    DeviceCode,
    /// A device that was allowed.
    DeviceAllowed,
    /// A device that was refused.
    DeviceRefused,
    /// What a customer types for a device.
    UserCode,
}

impl OneTimeKind {
    const ALL: [Self; 19] = [
        Self::Registration,
        Self::EmailChange,
        Self::EmailUndo,
        Self::SignIn,
        Self::PasskeySignIn,
        Self::EmailSignIn,
        Self::Enrolment,
        Self::PasswordReset,
        Self::AccountUndo,
        Self::ConsentOptIn,
        Self::ErasureWithdrawal,
        Self::ExportTicket,
        Self::PushedRequest,
        Self::Interaction,
        Self::AuthorizationCode,
        Self::DeviceCode,
        Self::DeviceAllowed,
        Self::DeviceRefused,
        Self::UserCode,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::EmailChange => "email_change",
            Self::EmailUndo => "email_undo",
            Self::SignIn => "sign_in",
            Self::PasskeySignIn => "passkey_sign_in",
            Self::EmailSignIn => "email_sign_in",
            Self::Enrolment => "enrolment",
            Self::PasswordReset => "password_reset",
            Self::AccountUndo => "account_undo",
            Self::ConsentOptIn => "consent_opt_in",
            Self::ErasureWithdrawal => "erasure_withdrawal",
            Self::ExportTicket => "export_ticket",
            Self::PushedRequest => "pushed_request",
            Self::Interaction => "interaction",
            Self::AuthorizationCode => "authorization_code",
            Self::DeviceCode => "device_code",
            Self::DeviceAllowed => "device_allowed",
            Self::DeviceRefused => "device_refused",
            Self::UserCode => "user_code",
        }
    }
}

/// A one-time thing that was found alive.
#[derive(Clone, Debug)]
pub struct OneTime {
    /// The digest of its handle.
    pub(crate) digest: String,
    /// What it is for.
    pub kind: OneTimeKind,
    /// When it ends.
    pub expires_at: Timestamp,
    pub(crate) item: Item,
    /// What it is sealed under.
    pub(crate) key: Key32,
}

/// What came of spending a one-time thing together with what it buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// Everything was written.
    Done,
    /// It had been spent, or had ended: nothing was written.
    Gone,
    /// What is claimed along with it (an address, a credential) belongs to somebody: nothing was written.
    Taken,
    /// Something else has changed since it was read: nothing was written.
    Changed,
}

impl Spent {
    /// Reads a transaction whose first write spends the thing and whose second takes a claim.
    pub(crate) fn of(failed: Option<Vec<bool>>) -> Self {
        match failed.as_deref() {
            None => Self::Done,
            Some([true, ..]) => Self::Gone,
            Some([_, true, ..]) => Self::Taken,
            Some(_) => Self::Changed,
        }
    }

    /// Reads a transaction whose first write spends this thing, where there is one to spend.
    pub(crate) fn of_change(spend: Option<&OneTime>, failed: Option<Vec<bool>>) -> Self {
        match failed.as_deref() {
            None => Self::Done,
            Some([true, ..]) if spend.is_some() => Self::Gone,
            Some(_) => Self::Changed,
        }
    }
}

/// A one-time thing that is to be.
pub struct NewOneTime<'a, T> {
    /// Its handle.
    pub handle: &'a Handle,
    /// What it is for.
    pub kind: OneTimeKind,
    /// What is remembered, sealed.
    pub body: &'a T,
    /// The code that answers it.
    pub code: Option<&'a Code>,
    /// The link that answers it.
    pub link: Option<&'a Link>,
    /// The state of the WebAuthn ceremony that answers it, sealed.
    pub state: Option<&'a Value>,
    /// How long its item is kept after its end: for what waits on it.
    pub lingers: SignedDuration,
}

impl<'a, T> NewOneTime<'a, T> {
    /// One that nothing answers yet.
    pub fn new(handle: &'a Handle, kind: OneTimeKind, body: &'a T) -> Self {
        Self { handle, kind, body, code: None, link: None, state: None, lingers: SignedDuration::ZERO }
    }

    /// The same, kept so long after its end.
    #[must_use]
    pub fn lingering(self, lingers: SignedDuration) -> Self {
        Self { lingers, ..self }
    }
}

impl OneTime {
    /// Tries that a code allows.
    pub const TRIES: u32 = 5;
    /// How long a code lives.
    pub const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
    /// How often a code can be sent again.
    pub const RESENDS: u32 = 3;
    /// How often something that waits can be challenged anew.
    pub const CHALLENGES: u32 = 8;

    pub(crate) fn read(digest: String, item: Item, key: Key32) -> Result<Self, StoreError> {
        let kind = item.text("kind")?;
        let kind =
            OneTimeKind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or(StoreError::Corrupt("kind"))?;
        let expires_at = item.moment("expires_at")?;
        Ok(Self { digest, kind, expires_at, item, key })
    }

    pub(crate) fn is_alive(&self, now: Timestamp) -> bool {
        !self.item.has("used_at") && now < self.expires_at
    }
}

impl Store {
    /// The thing behind a handle, if it is alive.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn one_time(&self, handle: &Handle, now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        let digest = handle.digest();
        let Some(item) = self.read(&self.tables.transient, &keymap::one_time(&digest)).await? else { return Ok(None) };
        let thing = OneTime::read(digest, item, self.handle_key(handle).await?)?;
        Ok(thing.is_alive(now).then_some(thing))
    }

    /// Keeps a new thing under its handle, for as long as a code lives, and queues what is sent about
    /// it: all or nothing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn one_time_start<T: Serialize>(
        &self,
        new: &NewOneTime<'_, T>,
        send: Option<&Send>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        let mut writes = vec![self.one_time_new(new, now + OneTime::LIFETIME, cause).await?];
        if let Some(send) = send {
            writes.push(self.outbox_put(send, now).await?);
        }
        match self.write_all(writes).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict),
        }
    }

    /// Keeps a new thing about which nothing is sent.
    pub(crate) async fn one_time_begin<T: Serialize>(
        &self,
        new: &NewOneTime<'_, T>,
        expires_at: Timestamp,
        cause: &Act,
    ) -> Result<(), StoreError> {
        match self.write_all(vec![self.one_time_new(new, expires_at, cause).await?]).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict),
        }
    }

    /// The item of a new one-time thing.
    pub(crate) async fn one_time_new<T: Serialize>(
        &self,
        new: &NewOneTime<'_, T>,
        expires_at: Timestamp,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let digest = new.handle.digest();
        let key = keymap::one_time(&digest);
        let own = self.handle_key(new.handle).await?;
        let mut item = key.item();
        item.extend([
            ("kind".to_owned(), s(new.kind.as_str())),
            ("tries".to_owned(), n(0)),
            ("resends".to_owned(), n(0)),
            ("expires_at".to_owned(), at(expires_at)),
            ("ttl".to_owned(), ttl(expires_at + new.lingers)),
            ("body".to_owned(), sealed(&own, &key, "body", new.body, &self.rng)?),
            ("act".to_owned(), act(cause)),
        ]);
        if let Some(code) = new.code {
            item.insert("code".to_owned(), b(self.code_mac(&digest, code.reveal().as_bytes()).await?));
        }
        if let Some(state) = new.state {
            item.insert("state".to_owned(), sealed(&own, &key, "state", state, &self.rng)?);
        }
        if let Some(link) = new.link {
            item.insert("link".to_owned(), b(self.link_mac(&digest, link).await?));
            item.insert("link_key".to_owned(), b(self.link_key_seal(link, &own).await?));
        }
        self.put_new(&self.tables.transient, item)
    }

    /// What was sealed in a one-time thing.
    pub(crate) async fn one_time_body<T: DeserializeOwned>(&self, thing: &OneTime) -> Result<T, StoreError> {
        thing.item.unsealed(&thing.key, &keymap::one_time(&thing.digest), "body")
    }

    /// What is sealed in the thing behind a handle is sealed under this: nobody has it who has not the
    /// handle, or a link that was made with it.
    pub(crate) async fn handle_key(&self, handle: &Handle) -> Result<Key32, StoreError> {
        let outbox = self.key(KeyPurpose::Outbox).await?.derive("handle");
        Ok(Key32::new(outbox.mac(&[handle.reveal().as_bytes()])))
    }

    /// The thing's key, sealed for whoever has its link.
    pub(crate) async fn link_key_seal(&self, link: &Link, own: &Key32) -> Result<Vec<u8>, StoreError> {
        let place = keymap::one_time(link.digest()).place("link_key");
        Ok(seal(&self.link_key(link).await?, &place, own.bytes(), &self.rng))
    }

    /// The key of the thing behind a link.
    pub(crate) async fn link_key_open(&self, link: &Link, item: &Item) -> Result<Key32, StoreError> {
        let place = keymap::one_time(link.digest()).place("link_key");
        let own = open(&self.link_key(link).await?, &place, item.bytes("link_key")?);
        let own = own.map_err(|_| StoreError::Corrupt("link_key"))?;
        own.as_slice().try_into().map(Key32::new).map_err(|_| StoreError::Corrupt("link_key"))
    }

    async fn link_key(&self, link: &Link) -> Result<Key32, StoreError> {
        let outbox = self.key(KeyPurpose::Outbox).await?.derive("link");
        Ok(Key32::new(outbox.mac(&[link.digest().as_bytes(), link.secret()])))
    }

    /// Marks a thing as used: the write that goes along with what it buys. Fails if it was used,
    /// renewed or has ended since it was tried.
    pub(crate) fn one_time_use(
        &self,
        thing: &OneTime,
        now: Timestamp,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&thing.digest).item()))
            .update_expression("SET used_at = :now, act = :act REMOVE body, code, link, link_key, #state")
            .expression_attribute_names("#state", "state")
            .condition_expression("attribute_not_exists(used_at) AND expires_at > :now AND expires_at = :seen")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":seen", at(thing.expires_at))
            .expression_attribute_values(":act", act(cause));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }

    pub(crate) async fn code_mac(&self, digest: &str, secret: &[u8]) -> Result<[u8; 32], StoreError> {
        let key: Key32 = self.key(KeyPurpose::Mac).await?.derive("one-time");
        Ok(key.mac(&[digest.as_bytes(), secret]))
    }
}
