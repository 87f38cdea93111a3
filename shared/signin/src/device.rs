//! The known-device token: whoever holds it signed in to this account from this device before, and
//! has tries of their own, so that nobody can lock them out from elsewhere.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{DeviceId, Key32, SignedDuration, Timestamp, equal};
use store::{BlindIndex, KnownDevice};

/// A device that signed in to an account. Proves nothing but that; opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceToken {
    /// The device, as its token says: the customer has to know it still.
    pub device: KnownDevice,
    issued_at: i64,
}

impl DeviceToken {
    /// How long it works without a sign-in, each of which answers a new one.
    pub const LIFETIME: SignedDuration = SignedDuration::from_hours(180 * 24);
    const PREFIX: &'static str = "pdt_";
    /// In so many buckets an account's known devices have their tries. Whoever signs in without a
    /// token gets a new one: with tries for each, a thief of a password could gather tokens, and go
    /// on guessing with them, without end, when it was changed.
    const BUCKETS: u8 = 8;

    /// The token of a device that signs in now, in this epoch of its customer.
    pub fn new(id: DeviceId, epoch: u64, now: Timestamp) -> Self {
        Self { device: KnownDevice { id, epoch }, issued_at: now.as_second() }
    }

    /// The bucket whose tries this device has.
    pub fn bucket(self) -> u8 {
        Self::bucket_of(self.device.id)
    }

    /// The bucket whose tries a known device has.
    pub fn bucket_of(device: DeviceId) -> u8 {
        let [.., random] = device.to_bytes();
        random % Self::BUCKETS
    }

    /// The token as its holder sees it, for the account behind this address.
    pub fn encode(self, key: &Key32, account: &BlindIndex) -> String {
        let bytes = [&self.bytes()[..], &self.tag(key, account)].concat();
        format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The token that this text is, if we gave it out for this account, and not too long ago.
    pub fn decode(text: &str, key: &Key32, account: &BlindIndex, now: Timestamp) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(Self::PREFIX)?).ok()?;
        let (id, rest) = bytes.split_first_chunk()?;
        let (epoch, rest) = rest.split_first_chunk()?;
        let (issued_at, tag) = rest.split_first_chunk()?;
        let device = KnownDevice { id: DeviceId::from_bytes(*id), epoch: u64::from_be_bytes(*epoch) };
        let token = Self { device, issued_at: i64::from_be_bytes(*issued_at) };
        let is_ours = equal(&token.tag(key, account), tag);
        let age = now.as_second().saturating_sub(token.issued_at);
        (is_ours && age < Self::LIFETIME.as_secs()).then_some(token)
    }

    fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let parts = [&self.device.id.to_bytes()[..], &self.device.epoch.to_be_bytes(), &self.issued_at.to_be_bytes()];
        bytes.copy_from_slice(&parts.concat());
        bytes
    }

    fn tag(self, key: &Key32, account: &BlindIndex) -> [u8; 16] {
        let mac = key.derive("device").mac(&[account.as_str().as_bytes(), &self.bytes()]);
        let mut tag = [0; 16];
        tag.copy_from_slice(mac.split_at(16).0);
        tag
    }
}
