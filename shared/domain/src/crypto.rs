//! Sealing bytes under a key, and the names of the deployment's keys.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};

use crate::{Key32, Rng};

/// What a wrapped key of the deployment is for; KMS sees it as the encryption context
/// `portico:purpose`, and each function's policy names the purposes that it may unwrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Blind indexes of addresses and other identifiers.
    Index,
    /// Wraps the customers' data keys.
    Branch,
    /// Encrypts what has no customer yet, or is on its way out: pending registrations, outbox.
    Outbox,
    /// Codes, refresh tokens, device tokens: derived per use.
    Mac,
    /// Peppers password hashes.
    Pepper,
    /// Wraps private signing keys (`kms-wrapped` mode).
    Signing,
}

impl KeyPurpose {
    /// The purposes whose key is a wrapped 256-bit key in the vault.
    pub const WRAPPED: [Self; 5] = [Self::Index, Self::Branch, Self::Outbox, Self::Mac, Self::Pepper];

    /// The purpose as KMS and the vault know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Branch => "branch",
            Self::Outbox => "outbox",
            Self::Mac => "mac",
            Self::Pepper => "pepper",
            Self::Signing => "signing",
        }
    }
}

/// A signature algorithm of JOSE (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SigningAlg {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits.
    Rs256,
}

impl SigningAlg {
    /// Every algorithm that tokens are signed with.
    pub const ALL: [Self; 2] = [Self::Es256, Self::Rs256];

    /// The `alg` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of this `alg` value, if it is one that we use.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == text)
    }
}

/// The bytes were not sealed under this key, or not for this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed under another key or for another place")]
pub struct WrongKey;

/// AES-256-GCM with a random nonce in front; `place` says where the ciphertext belongs, so that it
/// can't be moved.
#[expect(clippy::expect_used, reason = "AES-256-GCM seals anything below 64 GiB under any 32-byte key")]
pub fn seal(key: &Key32, place: &[u8], plain: &[u8], rng: &Rng) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = rng.bytes();
    let mut body = plain.to_vec();
    let aead = aead(key).expect("32 bytes are a key");
    aead.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut body)
        .expect("less than 64 GiB");
    [&nonce[..], &body].concat()
}

/// The plaintext of what [`seal`] made with the same key for the same place.
///
/// # Errors
/// When key, place or a single bit differs.
pub fn open(key: &Key32, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, WrongKey> {
    let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(WrongKey)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| WrongKey)?;
    let mut body = body.to_vec();
    let length = aead(key)?.open_in_place(nonce, Aad::from(place), &mut body).map_err(|_| WrongKey)?.len();
    body.truncate(length);
    Ok(body)
}

fn aead(key: &Key32) -> Result<LessSafeKey, WrongKey> {
    UnboundKey::new(&AES_256_GCM, key.bytes()).map(LessSafeKey::new).map_err(|_| WrongKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_where_it_belongs() {
        let (rng, key) = (Rng::seeded([1; 32]), Key32::new([2; 32]));
        let sealed = seal(&key, b"here", b"plain", &rng);
        assert_eq!(open(&key, b"here", &sealed).unwrap(), b"plain");
        assert_eq!(open(&key, b"there", &sealed), Err(WrongKey));
        assert_eq!(open(&Key32::new([3; 32]), b"here", &sealed), Err(WrongKey));
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            assert_eq!(open(&key, b"here", &forged), Err(WrongKey));
        }
        assert_eq!(open(&key, b"here", b"short"), Err(WrongKey));
    }

    #[test]
    fn the_same_is_never_sealed_alike() {
        let (rng, key) = (Rng::seeded([1; 32]), Key32::new([2; 32]));
        let sealed: Vec<_> = (0..1_000).map(|_| seal(&key, b"here", b"plain", &rng)).collect();
        let nonces: std::collections::BTreeSet<_> = sealed.iter().map(|sealed| &sealed[..NONCE_LEN]).collect();
        assert!(nonces.len() == 1_000 && NONCE_LEN * 8 == 96);
        // A tag of 128 bits, and nothing of the plaintext.
        assert!(sealed.iter().all(|sealed| sealed.len() == NONCE_LEN + b"plain".len() + 16));
        assert!(sealed.iter().all(|sealed| !sealed.windows(5).any(|window| window == b"plain")));
    }
}
