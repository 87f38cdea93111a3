//! One-time things: a handle that somebody holds, a code or a link that was sent to somebody.
//!
//! A code's tries are counted before it is compared; a link's 128 random bits need no count, so that
//! guessing codes closes no link. What a thing buys is written in the transaction that marks it used,
//! so that it is never spent for nothing and never spent twice.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Act, Channel, Code, Handle, Key32, KeyPurpose, Recipient, SignedDuration, Timestamp, equal};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::client::{Store, Updated};
use crate::item::{Item, Read as _, act, at, b, n, s, sealed, ttl};
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
}

impl OneTimeKind {
    const ALL: [Self; 9] = [
        Self::Registration,
        Self::EmailChange,
        Self::EmailUndo,
        Self::SignIn,
        Self::PasskeySignIn,
        Self::EmailSignIn,
        Self::Enrolment,
        Self::PasswordReset,
        Self::AccountUndo,
    ];

    fn as_str(self) -> &'static str {
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
}

/// What came of a try.
#[derive(Clone, Debug)]
pub enum TryOutcome {
    /// The code is right, and not yet spent.
    Right(OneTime),
    /// It is wrong; so many tries are left.
    Wrong {
        /// Tries left.
        left: u32,
    },
    /// There is no such thing, or it has ended, was spent, or has no tries left.
    Gone,
}

/// What came of spending a one-time thing together with what it buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// Everything was written.
    Done,
    /// It had been spent, or had ended: nothing was written.
    Gone,
    /// The address belongs to somebody: nothing was written.
    AddressTaken,
    /// Something else has changed since it was read: nothing was written.
    Changed,
}

impl Spent {
    /// Reads a transaction whose first write spends the thing and whose second takes a claim.
    pub(crate) fn of(failed: Option<Vec<bool>>) -> Self {
        match failed.as_deref() {
            None => Self::Done,
            Some([true, ..]) => Self::Gone,
            Some([_, true, ..]) => Self::AddressTaken,
            Some(_) => Self::Changed,
        }
    }
}

/// What something that waits is asked.
pub enum Challenge<'a> {
    /// A code, and the message that brings it.
    Code(&'a Code, &'a Send),
    /// A WebAuthn ceremony: its state.
    Ceremony(&'a Value),
}

/// A new one-time thing.
pub(crate) struct NewOneTime<'a, T> {
    pub(crate) handle: &'a Handle,
    pub(crate) kind: OneTimeKind,
    pub(crate) code: Option<&'a Code>,
    pub(crate) link: Option<&'a Link>,
    pub(crate) state: Option<&'a Value>,
    pub(crate) expires_at: Timestamp,
    pub(crate) body: &'a T,
}

/// The token of a mailed link: which thing it opens, and 128 random bits that nobody else knows.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    digest: String,
    secret: [u8; 16],
}

impl Link {
    /// The link that this text is, if it has a link's form.
    pub fn parse(text: &str) -> Option<Self> {
        let (digest, secret) = text.split_once('.')?;
        let is_digest = URL_SAFE_NO_PAD.decode(digest).is_ok_and(|bytes| bytes.len() == 32);
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        is_digest.then(|| Self { digest: digest.to_owned(), secret })
    }

    /// What is put into a mail.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.digest, URL_SAFE_NO_PAD.encode(self.secret))
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(***)")
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

    fn read(digest: String, item: Item) -> Result<Self, StoreError> {
        let kind = item.text("kind")?;
        let kind =
            OneTimeKind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or(StoreError::Corrupt("kind"))?;
        let expires_at = item.moment("expires_at")?;
        Ok(Self { digest, kind, expires_at, item })
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        !self.item.has("used_at") && now < self.expires_at
    }
}

impl Store {
    /// Counts a try of whatever answers the thing, before it is compared. The thing, and how many tries
    /// are left; nothing if it is over.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn one_time_try(
        &self,
        handle: &Handle,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Option<(OneTime, u32)>, StoreError> {
        let digest = handle.digest();
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&digest).item()))
            .update_expression("ADD tries :one SET act = :act")
            .condition_expression(
                "tries < :most AND expires_at > :now AND attribute_not_exists(used_at) AND act <> :act",
            )
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":most", n(OneTime::TRIES))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        let item = match self.update(update).await? {
            Updated::Done(item) => item,
            // This very try was counted and its answer lost: it must not cost a second one.
            Updated::Refused(Some(item)) if self.is_mine(&item, cause) => item,
            Updated::Refused(_) => return Ok(None),
        };
        let left = OneTime::TRIES.saturating_sub(item.number("tries")?);
        Ok(Some((OneTime::read(digest, item)?, left)))
    }

    /// Spends the challenge of a WebAuthn ceremony before its answer is looked at, whatever that is
    /// worth. Nothing if there is none, or it was spent.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn challenge_take(
        &self,
        handle: &Handle,
        now: Timestamp,
        cause: &Act,
    ) -> Result<Option<OneTime>, StoreError> {
        let digest = handle.digest();
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&digest).item()))
            .update_expression("ADD tries :one SET answered_by = :this, act = :act")
            .condition_expression(
                "attribute_exists(#state) AND attribute_not_exists(answered_by) AND tries < :most \
                 AND expires_at > :now AND attribute_not_exists(used_at)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":most", n(OneTime::TRIES))
            .expression_attribute_values(":this", s(cause.id.to_string()))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":act", act(cause));
        match self.update(update).await? {
            Updated::Done(item) => OneTime::read(digest, item).map(Some),
            // This very answer spent it, and what DynamoDB said was lost.
            Updated::Refused(Some(item)) if item.text("answered_by").ok() == Some(cause.id.to_string().as_str()) => {
                OneTime::read(digest, item).map(Some)
            }
            Updated::Refused(_) => Ok(None),
        }
    }

    /// Gives a thing that waits a new challenge (a code, or a WebAuthn ceremony) and queues what is sent
    /// about it: all or nothing. Tries stay counted. False if it was challenged often enough, was spent
    /// or has ended.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn challenge_set(
        &self,
        thing: &OneTime,
        challenge: &Challenge<'_>,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let key = keymap::one_time(&thing.digest);
        let mut update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(key.item()))
            .condition_expression("resends < :most AND expires_at > :now AND attribute_not_exists(used_at)")
            .expression_attribute_values(":most", n(OneTime::CHALLENGES))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":act", act(cause));
        let mut writes = Vec::new();
        update = match challenge {
            Challenge::Code(code, send) => {
                writes.push(self.outbox_put(send, now).await?);
                let code = self.code_mac(&thing.digest, code.reveal().as_bytes()).await?;
                update
                    .update_expression("SET code = :code, channel = :channel, act = :act ADD resends :one")
                    .expression_attribute_values(":code", b(code))
                    .expression_attribute_values(":channel", s(channel(&send.delivery.to)))
            }
            Challenge::Ceremony(state) => {
                let outbox = self.key(KeyPurpose::Outbox).await?;
                update
                    .update_expression("SET #state = :state, act = :act REMOVE answered_by ADD resends :one")
                    .expression_attribute_names("#state", "state")
                    .expression_attribute_values(":state", sealed(outbox, &key, "state", state, &self.rng)?)
            }
        };
        let update = update.build().map_err(|_| StoreError::Corrupt("update"))?;
        writes.insert(0, TransactWriteItem::builder().update(update).build());
        Ok(self.transact(writes).await?.is_none())
    }

    /// Whether this is the thing's code.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn code_is(&self, thing: &OneTime, code: &Code) -> Result<bool, StoreError> {
        let mac = self.code_mac(&thing.digest, code.reveal().as_bytes()).await?;
        Ok(thing.item.bytes("code").is_ok_and(|known| equal(known, &mac)))
    }

    /// Whether this is the code with which the thing was challenged by this channel: what one brought
    /// proves nothing about the other.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn code_is_by(&self, thing: &OneTime, code: &Code, by: Channel) -> Result<bool, StoreError> {
        let is_by = thing.item.text("channel").is_ok_and(|known| known == name(by));
        Ok(self.code_is(thing, code).await? && is_by)
    }

    /// Whether this is the thing's link.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn link_is(&self, thing: &OneTime, link: &Link) -> Result<bool, StoreError> {
        let mac = self.code_mac(&link.digest, &link.secret).await?;
        Ok(link.digest == thing.digest && thing.item.bytes("link").is_ok_and(|known| equal(known, &mac)))
    }

    /// Counts a try, then compares the code.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_try(
        &self,
        handle: &Handle,
        code: &Code,
        now: Timestamp,
        cause: &Act,
    ) -> Result<TryOutcome, StoreError> {
        let Some((thing, left)) = self.one_time_try(handle, now, cause).await? else { return Ok(TryOutcome::Gone) };
        let right = self.code_is(&thing, code).await?;
        Ok(if right { TryOutcome::Right(thing) } else { TryOutcome::Wrong { left } })
    }

    /// The thing behind a mailed link, if it is alive. Changes nothing: for the page behind the link,
    /// and for its button before it spends the thing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn link_look(&self, link: &Link, now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        let mac = self.code_mac(&link.digest, &link.secret).await?;
        let key = keymap::one_time(&link.digest);
        let Some(item) = self.read(&self.tables.transient, &key).await? else { return Ok(None) };
        let thing = OneTime::read(link.digest.clone(), item)?;
        let known = thing.item.bytes("link").unwrap_or_default();
        Ok((thing.is_alive(now) && equal(known, &mac)).then_some(thing))
    }

    /// The thing behind a handle, if it is alive.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn one_time(&self, handle: &Handle, now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        let digest = handle.digest();
        let Some(item) = self.read(&self.tables.transient, &keymap::one_time(&digest)).await? else { return Ok(None) };
        let thing = OneTime::read(digest, item)?;
        Ok(thing.is_alive(now).then_some(thing))
    }

    /// Gives a thing a new code (and link), with new tries and a new end, and queues its mail: all
    /// or nothing. False if it has been sent often enough, was spent or has ended.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn code_renew(
        &self,
        thing: &OneTime,
        code: &Code,
        link: Option<&Link>,
        send: &Send,
        now: Timestamp,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let code = self.code_mac(&thing.digest, code.reveal().as_bytes()).await?;
        let expires_at = now + OneTime::LIFETIME;
        let mut update = Update::builder()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::one_time(&thing.digest).item()))
            .condition_expression("resends < :most AND expires_at > :now AND attribute_not_exists(used_at)")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":code", b(code))
            .expression_attribute_values(":most", n(OneTime::RESENDS))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":end", at(expires_at))
            .expression_attribute_values(":ttl", ttl(expires_at))
            .expression_attribute_values(":none", n(0))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":act", act(cause));
        let mut set = "SET code = :code, tries = :none, expires_at = :end, #ttl = :ttl, act = :act".to_owned();
        if let Some(link) = link {
            let link = self.code_mac(&thing.digest, &link.secret).await?;
            update = update.expression_attribute_values(":link", b(link));
            set.push_str(", link = :link");
        }
        let update = update.update_expression(format!("{set} ADD resends :one"));
        let update = update.build().map_err(|_| StoreError::Corrupt("update"))?;
        let writes = vec![TransactWriteItem::builder().update(update).build(), self.outbox_put(send, now).await?];
        Ok(self.transact(writes).await?.is_none())
    }

    /// A new link to the thing that will be behind a handle.
    pub fn link_new(&self, handle: &Handle) -> Link {
        Link { digest: handle.digest(), secret: self.rng.bytes() }
    }

    /// The item of a new one-time thing.
    pub(crate) async fn one_time_new<T: Serialize>(
        &self,
        new: &NewOneTime<'_, T>,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let digest = new.handle.digest();
        let key = keymap::one_time(&digest);
        let mut item = key.item();
        item.extend([
            ("kind".to_owned(), s(new.kind.as_str())),
            ("tries".to_owned(), n(0)),
            ("resends".to_owned(), n(0)),
            ("expires_at".to_owned(), at(new.expires_at)),
            ("ttl".to_owned(), ttl(new.expires_at)),
            ("body".to_owned(), sealed(self.key(KeyPurpose::Outbox).await?, &key, "body", new.body, &self.rng)?),
            ("act".to_owned(), act(cause)),
        ]);
        if let Some(code) = new.code {
            item.insert("code".to_owned(), b(self.code_mac(&digest, code.reveal().as_bytes()).await?));
        }
        if let Some(state) = new.state {
            let outbox = self.key(KeyPurpose::Outbox).await?;
            item.insert("state".to_owned(), sealed(outbox, &key, "state", state, &self.rng)?);
        }
        if let Some(link) = new.link {
            item.insert("link".to_owned(), b(self.code_mac(&digest, &link.secret).await?));
        }
        self.put_new(&self.tables.transient, item)
    }

    /// What was sealed in a one-time thing.
    pub(crate) async fn one_time_body<T: DeserializeOwned>(&self, thing: &OneTime) -> Result<T, StoreError> {
        thing.item.unsealed(self.key(KeyPurpose::Outbox).await?, &keymap::one_time(&thing.digest), "body")
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
            .update_expression("SET used_at = :now, act = :act REMOVE body, code, link, #state")
            .expression_attribute_names("#state", "state")
            .condition_expression("attribute_not_exists(used_at) AND expires_at > :now AND expires_at = :seen")
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":seen", at(thing.expires_at))
            .expression_attribute_values(":act", act(cause));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| StoreError::Corrupt("update"))?).build())
    }

    async fn code_mac(&self, digest: &str, secret: &[u8]) -> Result<[u8; 32], StoreError> {
        let key: Key32 = self.key(KeyPurpose::Mac).await?.derive("one-time");
        Ok(key.mac(&[digest.as_bytes(), secret]))
    }
}

fn channel(to: &Recipient) -> &'static str {
    name(match to {
        Recipient::Email(_) => Channel::Email,
        Recipient::Phone(_) => Channel::Sms,
    })
}

fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}

#[cfg(test)]
mod tests {
    use domain::Rng;

    use super::*;

    #[test]
    fn a_link_survives_the_mail_and_prints_as_nothing() {
        let rng = Rng::seeded([1; 32]);
        let link = Link { digest: Handle::generate(&rng).digest(), secret: rng.bytes() };
        let text = link.reveal();
        assert_eq!(Link::parse(&text), Some(link.clone()));
        assert_eq!(format!("{link:?}"), "Link(***)");
        for wrong in ["", ".", &text[1..], &text[..text.len() - 1], &format!("{text}A"), &text.replace('.', "")] {
            assert_eq!(Link::parse(wrong), None, "{wrong}");
        }
    }
}
