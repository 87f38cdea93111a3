//! Secrets: what must never be printed, and the opaque strings that people hold.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{hkdf, hmac};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{CustomerId, Rng, SessionId};

/// A value that prints as `***`; showing it is a named call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides `value`.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, owned.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// SHA-256.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}

/// SHA-256 over what comes piece by piece.
#[derive(Clone)]
pub struct Digest(ring::digest::Context);

impl Default for Digest {
    fn default() -> Self {
        Self(ring::digest::Context::new(&ring::digest::SHA256))
    }
}

impl Digest {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them, in hexadecimal.
    pub fn hex(self) -> String {
        self.0.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Compares in constant time; lengths are no secret.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    bool::from(subtle::ConstantTimeEq::ct_eq(a, b))
}

/// A 256-bit key. Wiped when dropped.
#[derive(Clone)]
pub struct Key32(Zeroizing<[u8; 32]>);

impl Key32 {
    /// The key with these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key's bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key for one use only, derived by HKDF-SHA-256 (RFC 5869) with `label` as its info.
    #[expect(clippy::expect_used, reason = "32 bytes are HKDF-SHA-256's own output length")]
    pub fn derive(&self, label: &str) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"portico");
        let mut out = Zeroizing::new([0; 32]);
        salt.extract(self.bytes())
            .expand(&[label.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(out.as_mut()))
            .expect("32 bytes can be drawn");
        Self(out)
    }

    /// HMAC-SHA-256 over the parts, each preceded by its length, so that no two lists collide.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.bytes());
        let mut context = hmac::Context::with_key(&key);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }
}

impl std::fmt::Debug for Key32 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key32(***)")
    }
}

/// A handle that somebody holds for a one-time thing: 192 random bits, known to the store only by
/// their digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Handle(String);

impl Handle {
    const PREFIX: &'static str = "txn_";

    /// A new handle.
    pub fn generate(rng: &Rng) -> Self {
        Self::from_bytes(rng.bytes())
    }

    /// The handle that is made of these bytes.
    pub fn from_bytes(bytes: [u8; 24]) -> Self {
        Self(format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The handle that this text is, if it has a handle's form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(Self::PREFIX)?).ok()?;
        (bytes.len() == 24).then(|| Self(text.to_owned()))
    }

    /// What the customer is given.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store keeps.
    pub fn digest(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(self.0.as_bytes()))
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handle(***)")
    }
}

/// A six-digit code, as it was typed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(String);

impl Code {
    /// A new code.
    pub fn generate(rng: &Rng) -> Self {
        Self(rng.digits6())
    }

    /// Six digits; the blanks and hyphens that people type between them are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(7).collect();
        (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(Self(digits))
    }

    /// The six digits.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(***)")
    }
}

/// A refresh token (RFC 6749 §1.5): which family it belongs to, its place in it, its secret, and a
/// tag by which a token that we once gave out is told from one that somebody made up.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Whose it is.
    pub customer: CustomerId,
    /// The session and family.
    pub session: SessionId,
    /// Its place in the family; the first is 0.
    pub generation: u32,
    secret: [u8; 32],
}

impl RefreshToken {
    const PREFIX: &'static str = "prt_";
    const LENGTH: usize = 16 + 16 + 4 + 32 + 16;

    /// The first token of a family.
    pub fn first(customer: CustomerId, session: SessionId, rng: &Rng) -> Self {
        Self { customer, session, generation: 0, secret: rng.bytes() }
    }

    /// A token of this place in a family that owes nothing to the one before.
    pub fn anew(customer: CustomerId, session: SessionId, generation: u32, rng: &Rng) -> Self {
        Self { generation, ..Self::first(customer, session, rng) }
    }

    /// The token that follows this one: the same for every retry.
    #[must_use]
    pub fn successor(&self, key: &Key32) -> Self {
        let generation = self.generation.saturating_add(1);
        let secret =
            key.derive("refresh successor").mac(&[&self.session.to_bytes(), &generation.to_be_bytes(), &self.secret]);
        Self { generation, secret, ..self.clone() }
    }

    /// What the store keeps of it.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.secret)
    }

    /// The token as its holder sees it.
    pub fn encode(&self, key: &Key32) -> String {
        let body = self.body();
        let tag = self.tag(key);
        format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode([&body[..], &tag[..]].concat()))
    }

    /// The token that this text is, if we made it.
    pub fn decode(text: &str, key: &Key32) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(Self::PREFIX)?).ok()?;
        if bytes.len() != Self::LENGTH {
            return None;
        }
        let token = Self {
            customer: CustomerId::from_bytes(bytes.get(0..16)?.try_into().ok()?),
            session: SessionId::from_bytes(bytes.get(16..32)?.try_into().ok()?),
            generation: u32::from_be_bytes(bytes.get(32..36)?.try_into().ok()?),
            secret: bytes.get(36..68)?.try_into().ok()?,
        };
        equal(&token.tag(key), bytes.get(68..)?).then_some(token)
    }

    fn body(&self) -> Vec<u8> {
        [&self.customer.to_bytes()[..], &self.session.to_bytes(), &self.generation.to_be_bytes(), &self.secret].concat()
    }

    fn tag(&self, key: &Key32) -> [u8; 16] {
        let mac = key.derive("refresh tag").mac(&[&self.body()]);
        let mut tag = [0; 16];
        tag.copy_from_slice(mac.split_at(16).0);
        tag
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RefreshToken({}, {}, ***)", self.session, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn a_refresh_token_survives_the_wire_and_nothing_else_does() {
        let (rng, key) = (Rng::seeded([1; 32]), Key32::new([2; 32]));
        let first = RefreshToken::first(
            CustomerId::generate(Timestamp::UNIX_EPOCH, &rng),
            SessionId::generate(Timestamp::UNIX_EPOCH, &rng),
            &rng,
        );
        let text = first.encode(&key);
        assert_eq!(RefreshToken::decode(&text, &key), Some(first.clone()));
        assert_eq!(RefreshToken::decode(&text, &Key32::new([3; 32])), None);
        for at in 4..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(RefreshToken::decode(&String::from_utf8(forged).unwrap(), &key), None, "byte {at}");
        }
        assert_eq!(first.successor(&key), first.successor(&key));
        assert_ne!(first.successor(&key), first.successor(&key).successor(&key));
    }

    #[test]
    fn what_is_random_is_long_enough_and_new_each_time() {
        let rng = Rng::seeded([1; 32]);
        let random = |handle: &Handle| URL_SAFE_NO_PAD.decode(handle.reveal().strip_prefix("txn_").unwrap()).unwrap();
        let (one, other) = (Handle::generate(&rng), Handle::generate(&rng));
        assert!(random(&one).len() * 8 == 192 && random(&one) != random(&other));
        let token = || {
            let (customer, session) = (CustomerId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
            RefreshToken::first(customer, session, &rng)
        };
        let (one, other) = (token(), token());
        assert!(one.secret.len() * 8 == 256 && one.secret != other.secret && one.digest() != other.digest());
        let app = crate::Totp::secret(&rng);
        assert!(app.reveal().len() * 8 == 160 && app != crate::Totp::secret(&rng));
    }

    #[test]
    fn keys_for_different_uses_and_lists_of_parts_have_nothing_in_common() {
        let key = Key32::new([1; 32]);
        assert_ne!(key.derive("a").bytes(), key.derive("b").bytes());
        assert_ne!(key.derive("a").bytes(), key.bytes());
        assert_eq!(key.derive("a").mac(&[b"x"]), key.derive("a").mac(&[b"x"]));
        let lists: [&[&[u8]]; 5] = [&[b"ab", b"c"], &[b"a", b"bc"], &[b"abc"], &[b"abc", b""], &[]];
        let macs: std::collections::BTreeSet<_> = lists.iter().map(|parts| key.mac(parts)).collect();
        assert_eq!(macs.len(), lists.len());
    }

    #[test]
    fn only_equal_bytes_are_equal() {
        assert!(equal(b"", b"") && equal(b"mac", b"mac"));
        assert!(!equal(b"mac", b"mad") && !equal(b"mac", b"xac") && !equal(b"mac", b"ma") && !equal(b"mac", b""));
    }

    #[test]
    fn a_digest_does_not_see_the_pieces() {
        let mut pieces = Digest::default();
        [&b"se"[..], b"", b"cret"].iter().for_each(|piece| pieces.update(piece));
        assert_eq!(pieces.hex(), "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b");
    }

    #[test]
    fn nothing_secret_is_printed() {
        let rng = Rng::seeded([1; 32]);
        let handle = Handle::generate(&rng);
        let shown = format!("{handle:?}{:?}{:?}{:?}", Code::generate(&rng), Secret::new("s"), Key32::new([1; 32]));
        assert_eq!(shown, "Handle(***)Code(***)***Key32(***)");
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(Code::parse(" 123-456 ").map(|c| c.reveal().to_owned()).as_deref(), Some("123456"));
        for wrong in ["12345", "1234567", "12345a", "", "１２３４５６"] {
            assert_eq!(Code::parse(wrong), None, "{wrong}");
        }
    }
}
