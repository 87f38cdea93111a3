//! The file that keeps keys across restarts.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use rsa::pkcs8::DecodePrivateKey;
use serde::{Deserialize, Serialize};

use super::{
    State,
    key::{Key, Material, Spec},
};
use crate::files;

#[derive(Serialize, Deserialize)]
struct Kept {
    keys: Vec<KeptKey>,
    aliases: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct KeptKey {
    id: String,
    spec: String,
    description: String,
    created: i64,
    enabled: bool,
    /// Absent until it has been needed.
    material: Option<String>,
}

pub(super) fn load(path: &Path) -> io::Result<State> {
    let Some(text) = files::read(path)? else { return Ok(State::default()) };
    let kept: Kept = serde_json::from_slice(&text)?;
    let keys: Option<BTreeMap<String, Arc<Key>>> =
        kept.keys.into_iter().map(|kept| restored(kept).map(|key| (key.id.clone(), Arc::new(key)))).collect();
    let keys = keys.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a key is damaged"))?;
    Ok(State { keys, aliases: kept.aliases })
}

pub(super) fn save(path: &Path, state: &State) -> io::Result<()> {
    let kept = Kept { keys: state.keys.values().map(|key| kept(key)).collect(), aliases: state.aliases.clone() };
    files::write(path, &serde_json::to_vec_pretty(&kept)?)
}

fn kept(key: &Key) -> KeptKey {
    KeptKey {
        id: key.id.clone(),
        spec: key.spec.name().to_owned(),
        description: key.description.clone(),
        created: key.created,
        enabled: key.is_enabled(),
        material: key.made().map(|material| match material {
            Material::Bytes(bytes) => STANDARD.encode(bytes),
            pair => STANDARD.encode(pair.pkcs8().unwrap_or_default()),
        }),
    }
}

fn restored(kept: KeptKey) -> Option<Key> {
    let spec = Spec::parse(Some(&kept.spec))?;
    let material = match kept.material {
        Some(text) => Some(material(spec, &STANDARD.decode(text).ok()?)?),
        None => None,
    };
    let key = Key::new(kept.id, spec, kept.description, kept.created);
    Some(key.with(kept.enabled, material))
}

fn material(spec: Spec, bytes: &[u8]) -> Option<Material> {
    match spec {
        Spec::Symmetric | Spec::Hmac256 => bytes.try_into().ok().map(Material::Bytes),
        Spec::Rsa2048 => Material::rsa(rsa::RsaPrivateKey::from_pkcs8_der(bytes).ok()?),
        Spec::EccP256 => Material::ec(p256::SecretKey::from_pkcs8_der(bytes).ok()?),
    }
}
