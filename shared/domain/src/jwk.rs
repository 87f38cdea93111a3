//! Public keys, and which key signs when.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::{SignedDuration, SigningAlg, Timestamp, digest};

/// A public key as a JSON Web Key (RFC 7517), its `kid` its thumbprint (RFC 7638).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// The thumbprint.
    pub kid: String,
    /// The one algorithm that it is used with.
    pub alg: SigningAlg,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// Its numbers.
    #[serde(flatten)]
    pub numbers: JwkNumbers,
}

/// The numbers of a key, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum JwkNumbers {
    /// A point on P-256 (RFC 7518 §6.2).
    #[serde(rename = "EC")]
    Ec {
        /// The curve.
        crv: String,
        /// The point's x.
        x: String,
        /// The point's y.
        y: String,
    },
    /// RSA (RFC 7518 §6.3).
    #[serde(rename = "RSA")]
    Rsa {
        /// The modulus.
        n: String,
        /// The exponent.
        e: String,
    },
}

/// The bytes are no SubjectPublicKeyInfo of a key that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the public key of a P-256 or RSA key")]
pub struct NoPublicKey;

impl Jwk {
    /// The key in a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), as KMS gives it.
    ///
    /// # Errors
    /// When it is no key for `alg`.
    pub fn from_spki(alg: SigningAlg, spki: &[u8]) -> Result<Self, NoPublicKey> {
        let mut outer = Der(spki);
        let mut info = outer.read(0x30).ok_or(NoPublicKey)?;
        info.read(0x30).ok_or(NoPublicKey)?;
        let bits = info.read(0x03).and_then(|b| b.0.strip_prefix(&[0])).ok_or(NoPublicKey)?;
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (numbers, thumbprint) = match alg {
            SigningAlg::Es256 => {
                let point = bits.strip_prefix(&[4]).filter(|p| p.len() == 64).ok_or(NoPublicKey)?;
                let (x, y) = point.split_at(32);
                let (x, y) = (encode(x), encode(y));
                let print = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
                (JwkNumbers::Ec { crv: "P-256".to_owned(), x, y }, print)
            }
            SigningAlg::Rs256 => {
                let mut numbers = Der(bits).read(0x30).ok_or(NoPublicKey)?;
                let mut number = || {
                    let bytes = numbers.read(0x02)?.0;
                    Some(encode(bytes.strip_prefix(&[0]).unwrap_or(bytes)))
                };
                let (n, e) = (number().ok_or(NoPublicKey)?, number().ok_or(NoPublicKey)?);
                let print = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
                (JwkNumbers::Rsa { n, e }, print)
            }
        };
        Ok(Self { kid: encode(&digest(thumbprint.as_bytes())), alg, usage: "sig".to_owned(), numbers })
    }

    /// Whether `signature`, in JOSE's raw form, is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        match (&self.numbers, self.alg) {
            (JwkNumbers::Ec { x, y, .. }, SigningAlg::Es256) => {
                let point = [&[4][..], &decode(x), &decode(y)].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            (JwkNumbers::Rsa { n, e }, SigningAlg::Rs256) => {
                let key = RsaPublicKeyComponents { n: decode(n), e: decode(e) };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            (JwkNumbers::Ec { .. }, SigningAlg::Rs256) | (JwkNumbers::Rsa { .. }, SigningAlg::Es256) => false,
        }
    }
}

/// A reader of DER (X.690), as much as public keys and ECDSA signatures need.
pub(crate) struct Der<'a>(pub(crate) &'a [u8]);

impl<'a> Der<'a> {
    /// The contents of the next value, if it has this tag.
    pub(crate) fn read(&mut self, tag: u8) -> Option<Der<'a>> {
        let rest = self.0.strip_prefix(&[tag])?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81 | 0x82 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |n, &b| (n << 8) | usize::from(b)), rest)
            }
            _ => return None,
        };
        let (inner, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Der(inner))
    }
}

/// A signing key as the vault keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SigningKey {
    /// Its public half.
    pub jwk: Jwk,
    /// From when on it is in the key set.
    pub publish_at: Timestamp,
    /// From when on it signs, until a later one does.
    pub sign_from: Timestamp,
    /// Where its private half is.
    pub private: PrivateHalf,
}

/// Where the private half of a signing key is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivateHalf {
    /// In KMS, which it never leaves: the key's ARN.
    Kms(String),
    /// Here, wrapped by KMS.
    Wrapped(Vec<u8>),
}

/// The deployment's signing keys and the clock's verdict over them.
#[derive(Clone, Debug, Default)]
pub struct KeySchedule(Vec<SigningKey>);

impl KeySchedule {
    /// How long others may keep the published key set.
    pub const JWKS_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
    /// How long an instance keeps the schedule.
    pub const RELOAD_AFTER: SignedDuration = SignedDuration::from_mins(15);
    /// From publication to the first signature: longer than anybody keeps an older set.
    pub const LEAD: SignedDuration = SignedDuration::from_hours(2);
    /// How long a key stays published after its successor took over: an instance may sign with it
    /// until it reloads, and what it signed lives for an hour at most.
    pub const TAIL: SignedDuration = SignedDuration::from_hours(2);

    /// A schedule of these keys.
    pub fn new(mut keys: Vec<SigningKey>) -> Self {
        keys.sort_by(|a, b| (a.sign_from, &a.jwk.kid).cmp(&(b.sign_from, &b.jwk.kid)));
        Self(keys)
    }

    /// The key that signs with `alg` at `now`.
    pub fn signer(&self, alg: SigningAlg, now: Timestamp) -> Option<&SigningKey> {
        self.0.iter().rev().find(|key| key.jwk.alg == alg && key.sign_from <= now)
    }

    /// The newest key for `alg`, whether it signs yet or not.
    pub fn newest(&self, alg: SigningAlg) -> Option<&SigningKey> {
        self.0.iter().rev().find(|key| key.jwk.alg == alg)
    }

    /// When a key leaves the set: some time after its successor took over.
    pub fn retires_at(&self, key: &SigningKey) -> Option<Timestamp> {
        let later = |other: &&SigningKey| {
            other.jwk.alg == key.jwk.alg && (other.sign_from, &other.jwk.kid) > (key.sign_from, &key.jwk.kid)
        };
        self.0.iter().find(later).map(|successor| successor.sign_from + Self::TAIL)
    }

    /// The keys in the set at `now`.
    pub fn published(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        self.0
            .iter()
            .filter(move |key| key.publish_at <= now && self.retires_at(key).is_none_or(|retires_at| now < retires_at))
    }

    /// The keys that left the set before `now`.
    pub fn retired(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        self.0.iter().filter(move |key| self.retires_at(key).is_some_and(|retires_at| retires_at <= now))
    }

    /// The public key with this `kid`, if it is published at `now`.
    pub fn find(&self, kid: &str, now: Timestamp) -> Option<&Jwk> {
        self.published(now).map(|key| &key.jwk).find(|jwk| jwk.kid == kid)
    }

    /// Whether a key's private half is this one of KMS's.
    pub fn has_slot(&self, arn: &str) -> bool {
        self.0.iter().any(|key| matches!(&key.private, PrivateHalf::Kms(known) if known == arn))
    }
}
