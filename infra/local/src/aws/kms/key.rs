//! What a key is, and what it is made of.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use p256::pkcs8::{EncodePrivateKey, EncodePublicKey};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::random;

/// A key. Its material is made when it is first needed: an RSA key pair takes a
/// debug build a noticeable time, and most tests never sign with one.
pub(super) struct Key {
    pub(super) id: String,
    pub(super) spec: Spec,
    pub(super) usage: Usage,
    pub(super) description: String,
    /// Seconds since 1970.
    pub(super) created: i64,
    enabled: AtomicBool,
    material: OnceLock<Option<Arc<Material>>>,
}

impl Key {
    pub(super) fn new(id: String, spec: Spec, description: String, created: i64) -> Key {
        Key {
            id,
            spec,
            usage: spec.usage(),
            description,
            created,
            enabled: AtomicBool::new(true),
            material: OnceLock::new(),
        }
    }

    pub(super) fn with(self, enabled: bool, material: Option<Material>) -> Key {
        self.enable(enabled);
        if let Some(material) = material {
            self.material.get_or_init(|| Some(Arc::new(material)));
        }
        self
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    pub(super) fn enable(&self, enabled: bool) {
        self.enabled.store(enabled, Ordering::Relaxed);
    }

    /// Whether its material has been made.
    pub(super) fn is_made(&self) -> bool {
        self.material.get().is_some()
    }

    pub(super) fn material(&self, pooled: bool) -> Option<Arc<Material>> {
        self.material.get_or_init(|| Material::make(self.spec, pooled).map(Arc::new)).clone()
    }

    pub(super) fn made(&self) -> Option<&Material> {
        self.material.get()?.as_deref()
    }
}

/// KMS's key specs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spec {
    Symmetric,
    Rsa2048,
    EccP256,
    Hmac256,
}

impl Spec {
    pub(super) fn parse(name: Option<&str>) -> Option<Spec> {
        Some(match name {
            None | Some("SYMMETRIC_DEFAULT") => Spec::Symmetric,
            Some("RSA_2048") => Spec::Rsa2048,
            Some("ECC_NIST_P256") => Spec::EccP256,
            Some("HMAC_256") => Spec::Hmac256,
            Some(_) => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Spec::Symmetric => "SYMMETRIC_DEFAULT",
            Spec::Rsa2048 => "RSA_2048",
            Spec::EccP256 => "ECC_NIST_P256",
            Spec::Hmac256 => "HMAC_256",
        }
    }

    pub(super) fn is_asymmetric(self) -> bool {
        matches!(self, Spec::Rsa2048 | Spec::EccP256)
    }

    pub(super) fn algorithms(self) -> &'static [&'static str] {
        match self {
            Spec::Symmetric => &["SYMMETRIC_DEFAULT"],
            Spec::Rsa2048 => &["RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_256"],
            Spec::EccP256 => &["ECDSA_SHA_256"],
            Spec::Hmac256 => &["HMAC_SHA_256"],
        }
    }

    fn usage(self) -> Usage {
        match self {
            Spec::Symmetric => Usage::EncryptDecrypt,
            Spec::Rsa2048 | Spec::EccP256 => Usage::SignVerify,
            Spec::Hmac256 => Usage::GenerateVerifyMac,
        }
    }
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    EncryptDecrypt,
    SignVerify,
    GenerateVerifyMac,
}

impl Usage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Usage::EncryptDecrypt => "ENCRYPT_DECRYPT",
            Usage::SignVerify => "SIGN_VERIFY",
            Usage::GenerateVerifyMac => "GENERATE_VERIFY_MAC",
        }
    }
}

/// The secret itself.
pub(super) enum Material {
    /// Of a symmetric or HMAC key.
    Bytes([u8; 32]),
    /// RSA.
    Rsa(Box<Pair<rsa::RsaPrivateKey>>),
    /// P-256.
    Ec(Box<Pair<p256::SecretKey>>),
}

/// A private key with its two encodings.
pub(super) struct Pair<K> {
    pub(super) key: K,
    pkcs8: Vec<u8>,
    spki: Vec<u8>,
}

impl Material {
    pub(super) fn make(spec: Spec, pooled: bool) -> Option<Material> {
        match spec {
            Spec::Symmetric | Spec::Hmac256 => Some(Material::Bytes(random())),
            Spec::Rsa2048 if pooled => Material::rsa(from_pool()?),
            Spec::Rsa2048 => Material::rsa(new_rsa()?),
            // a random number is too large for the curve once in 2^32
            Spec::EccP256 => {
                (0..8).find_map(|_| p256::SecretKey::from_slice(&random::<32>()).ok()).and_then(Material::ec)
            }
        }
    }

    pub(super) fn rsa(key: rsa::RsaPrivateKey) -> Option<Material> {
        let pkcs8 = key.to_pkcs8_der().ok()?.as_bytes().to_vec();
        let spki = key.to_public_key().to_public_key_der().ok()?.into_vec();
        Some(Material::Rsa(Box::new(Pair { key, pkcs8, spki })))
    }

    pub(super) fn ec(key: p256::SecretKey) -> Option<Material> {
        let pkcs8 = key.to_pkcs8_der().ok()?.as_bytes().to_vec();
        let spki = key.public_key().to_public_key_der().ok()?.into_vec();
        Some(Material::Ec(Box::new(Pair { key, pkcs8, spki })))
    }

    /// The private key in PKCS#8.
    pub(super) fn pkcs8(&self) -> Option<&[u8]> {
        match self {
            Material::Bytes(_) => None,
            Material::Rsa(pair) => Some(&pair.pkcs8),
            Material::Ec(pair) => Some(&pair.pkcs8),
        }
    }

    /// The public key as SubjectPublicKeyInfo.
    pub(super) fn spki(&self) -> Option<&[u8]> {
        match self {
            Material::Bytes(_) => None,
            Material::Rsa(pair) => Some(&pair.spki),
            Material::Ec(pair) => Some(&pair.spki),
        }
    }
}

fn new_rsa() -> Option<rsa::RsaPrivateKey> {
    rsa::RsaPrivateKey::new(&mut ChaCha20Rng::from_seed(random()), 2048).ok()
}

const POOL: usize = 4;

/// RSA keys that a process's tests share, round and round: finding primes would
/// otherwise be most of what they do.
fn from_pool() -> Option<rsa::RsaPrivateKey> {
    static MADE: [Mutex<Option<rsa::RsaPrivateKey>>; POOL] = [const { Mutex::new(None) }; POOL];
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let slot = MADE.get(NEXT.fetch_add(1, Ordering::Relaxed) % POOL)?;
    let mut key = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if key.is_none() {
        *key = new_rsa();
    }
    key.clone()
}
