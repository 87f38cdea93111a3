//! Ciphertexts: AES-256-GCM, with the key's id and the encryption context as
//! associated data.

use std::collections::BTreeMap;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::key::Material;
use crate::{aws::reply::AwsError, random};

/// The first byte, which tells these ciphertexts from anything else.
const VERSION: u8 = 1;
const ID_LEN: usize = 36;

/// `version ‖ key id ‖ nonce ‖ ciphertext ‖ tag`.
pub(super) fn seal(
    id: &str,
    material: &Material,
    context: &BTreeMap<String, String>,
    plaintext: &[u8],
) -> Result<Vec<u8>, AwsError> {
    let nonce: [u8; NONCE_LEN] = random();
    let mut sealed = plaintext.to_vec();
    cipher(material)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(associated(id, context)), &mut sealed)
        .map_err(|_| unreadable())?;
    Ok([&[VERSION], id.as_bytes(), &nonce, &sealed].concat())
}

pub(super) fn open(
    id: &str,
    material: &Material,
    context: &BTreeMap<String, String>,
    blob: &[u8],
) -> Result<Vec<u8>, AwsError> {
    let rest = blob.get(1 + ID_LEN..).unwrap_or_default();
    let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or_else(unreadable)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unreadable())?;
    let mut sealed = sealed.to_vec();
    let plaintext = cipher(material)?
        .open_in_place(nonce, Aad::from(associated(id, context)), &mut sealed)
        .map_err(|_| unreadable())?;
    Ok(plaintext.to_vec())
}

/// The id of the key that made a ciphertext.
pub(super) fn key_id(blob: &[u8]) -> Option<String> {
    let (version, rest) = blob.split_first()?;
    let id = rest.get(..ID_LEN)?;
    (*version == VERSION).then(|| String::from_utf8(id.to_vec()).ok())?
}

/// KMS does not say why: wrong context, wrong key and wrong bytes look the same.
pub(super) fn unreadable() -> AwsError {
    AwsError::caller("InvalidCiphertextException", "")
}

fn cipher(material: &Material) -> Result<LessSafeKey, AwsError> {
    let Material::Bytes(key) = material else { return Err(unreadable()) };
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| unreadable())
}

/// Lengths before texts: no two contexts give the same bytes.
fn associated(id: &str, context: &BTreeMap<String, String>) -> Vec<u8> {
    let texts = context.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    let mut bytes = Vec::new();
    for text in [id].into_iter().chain(texts) {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}
