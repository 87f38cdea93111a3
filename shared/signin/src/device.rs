//! The known-device token: whoever holds it signed in to this account from this device before, and
//! has tries of their own, so that nobody can lock them out from elsewhere.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{DeviceId, Key32, equal};
use store::BlindIndex;

/// A device that is known to an account. Proves nothing but that; opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceToken(pub DeviceId);

impl DeviceToken {
    const PREFIX: &'static str = "pdt_";
    /// In so many buckets an account's known devices have their tries. Whoever signs in without a
    /// token gets a new one: with tries for each, a thief of a password could gather tokens, and go
    /// on guessing with them, without end, when it was changed.
    const BUCKETS: u8 = 8;

    /// The bucket whose tries this device has.
    pub fn bucket(self) -> u8 {
        let [.., random] = self.0.to_bytes();
        random % Self::BUCKETS
    }

    /// The token as its holder sees it, for the account behind this address.
    pub fn encode(self, key: &Key32, account: &BlindIndex) -> String {
        let bytes = [&self.0.to_bytes()[..], &self.tag(key, account)].concat();
        format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The token that this text is, if we gave it out for this account.
    pub fn decode(text: &str, key: &Key32, account: &BlindIndex) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(Self::PREFIX)?).ok()?;
        let (id, tag) = bytes.split_at_checked(16)?;
        let token = Self(DeviceId::from_bytes(id.try_into().ok()?));
        equal(&token.tag(key, account), tag).then_some(token)
    }

    fn tag(self, key: &Key32, account: &BlindIndex) -> [u8; 16] {
        let mac = key.derive("device").mac(&[account.as_str().as_bytes(), &self.0.to_bytes()]);
        let mut tag = [0; 16];
        tag.copy_from_slice(mac.split_at(16).0);
        tag
    }
}
