//! What browsers send: read before any of it is believed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::CustomerId;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use webauthn_rs_core::proto::{PublicKeyCredential, RegisterPublicKeyCredential};

use crate::{Party, Refused};

/// Whom an answer names, before anything is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The owner that the user handle names.
    pub customer: CustomerId,
    /// The credential's id, base64url.
    pub credential_id: String,
}

/// The id of the credential that this answer was made with, base64url as it is stored, before
/// anything is proved.
pub fn credential_id(credential: &Value) -> Option<String> {
    Some(encode(&read::<PublicKeyCredential>(credential).ok()?.raw_id))
}

impl Party {
    /// Whom an answer to [`Party::discover`] names, before anything is proved.
    pub fn identify(&self, credential: &Value) -> Option<Claimed> {
        let answer: PublicKeyCredential = read(credential).ok()?;
        let customer = owner(answer.response.user_handle.as_deref()).ok()??;
        Some(Claimed { customer, credential_id: encode(&answer.raw_id) })
    }

    /// The frame in which the browser asked: the page itself, at one of our origins.
    pub(crate) fn check_client_data(&self, json: &[u8]) -> Result<(), Refused> {
        let data: ClientData = serde_json::from_slice(json).map_err(|_| Refused::Malformed)?;
        if !self.origins.contains(&data.origin) {
            return Err(Refused::Origin);
        }
        if data.cross_origin || data.top_origin.is_some() {
            return Err(Refused::CrossOrigin);
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    top_origin: Option<Value>,
}

/// The customer that a user handle names; none where there is no user handle.
pub(crate) fn owner(handle: Option<&[u8]>) -> Result<Option<CustomerId>, Refused> {
    match handle {
        None | Some([]) => Ok(None),
        Some(bytes) => match bytes.try_into() {
            Ok(bytes) => Ok(Some(CustomerId::from_bytes(bytes))),
            Err(_) => Err(Refused::OtherCustomer),
        },
    }
}

/// How an id of a credential is written.
pub(crate) fn encode(id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(id)
}

/// An answer that has the form of one.
pub(crate) fn read<A: Answer>(credential: &Value) -> Result<A, Refused> {
    if weight(credential) > HEAVIEST {
        return Err(Refused::Malformed);
    }
    let answer = A::deserialize(credential).map_err(|_| Refused::Malformed)?;
    let (kind, id, raw_id) = answer.head();
    // Level 3 §5.1: `id` is how `rawId` is written, and 1023 bytes are the longest.
    let is_whole = kind == "public-key" && id == encode(raw_id) && (1..=1023).contains(&raw_id.len());
    if is_whole { Ok(answer) } else { Err(Refused::Malformed) }
}

/// More than any authenticator's answer, attestation with its certificates included.
const HEAVIEST: usize = 32 * 1024;

/// How many bytes of text there are in a value, and members.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        Value::String(text) => 1 + text.len(),
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => 1 + members.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>(),
    }
}

/// What both kinds of answers have.
pub(crate) trait Answer: DeserializeOwned {
    /// Type, id, and id again.
    fn head(&self) -> (&str, &str, &[u8]);
}

impl Answer for PublicKeyCredential {
    fn head(&self) -> (&str, &str, &[u8]) {
        (&self.type_, &self.id, &self.raw_id)
    }
}

impl Answer for RegisterPublicKeyCredential {
    fn head(&self) -> (&str, &str, &[u8]) {
        (&self.type_, &self.id, &self.raw_id)
    }
}
