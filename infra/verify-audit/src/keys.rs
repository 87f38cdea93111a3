//! The published permanent keys, and what they signed.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use serde::Deserialize;

/// The keys by their `kid`.
#[derive(Clone, Debug, Default)]
pub struct KeySet(BTreeMap<String, VerifyingKey>);

/// A key set that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Not JSON of the form `{"keys": [...]}`.
    #[error("the key set can't be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// None of its keys is an ES256 key.
    #[error("the key set has no ES256 key")]
    Empty,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kid: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

impl KeySet {
    /// Reads what `/.well-known/permanent-keys.json` answers.
    ///
    /// # Errors
    /// When it is no key set, or has no key that could have signed a root.
    pub fn parse(json: &[u8]) -> Result<Self, KeysError> {
        let set: Set = serde_json::from_slice(json)?;
        let keys: BTreeMap<_, _> = set.keys.iter().filter_map(|jwk| Some((jwk.kid.clone(), jwk.key()?))).collect();
        if keys.is_empty() { Err(KeysError::Empty) } else { Ok(Self(keys)) }
    }

    /// The claims of a JWS of this type by one of the keys; why not, otherwise.
    pub(crate) fn claims(&self, jws: &str, typ: &str) -> Result<Vec<u8>, &'static str> {
        let parts: Vec<&str> = jws.split('.').collect();
        let [header, body, signature] = parts.as_slice() else { return Err("is no JWS") };
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "is no JWS");
        let read: Header = serde_json::from_slice(&decode(header)?).map_err(|_| "is no JWS")?;
        if read.alg != "ES256" || read.typ != typ || read.crit.is_some() {
            return Err("is signed as something else");
        }
        let key = self.0.get(&read.kid).ok_or("is signed by a key that is not published")?;
        let signature = Signature::from_slice(&decode(signature)?).map_err(|_| "has no signature")?;
        key.verify(format!("{header}.{body}").as_bytes(), &signature)
            .map_err(|_| "has a signature that is not the key's")?;
        decode(body)
    }
}

impl Jwk {
    fn key(&self) -> Option<VerifyingKey> {
        let half = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32);
        let (x, y) = (half(&self.x)?, half(&self.y)?);
        let point = [&[4][..], &x, &y].concat();
        (self.crv == "P-256").then(|| VerifyingKey::from_sec1_bytes(&point).ok())?
    }
}
