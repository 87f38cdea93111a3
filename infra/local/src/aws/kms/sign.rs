//! Signatures and MACs, over SHA-256.

use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use ring::{digest, hmac};
use rsa::{Pkcs1v15Sign, Pss, sha2::Sha256};

use super::key::{Material, Spec};
use super::random;
use crate::aws::reply::AwsError;

/// KMS's signing algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Pkcs1,
    Pss,
    Ecdsa,
}

impl Algorithm {
    pub(super) fn read(name: &str, spec: Spec) -> Result<Algorithm, AwsError> {
        match (name, spec) {
            ("RSASSA_PKCS1_V1_5_SHA_256", Spec::Rsa2048) => Ok(Algorithm::Pkcs1),
            ("RSASSA_PSS_SHA_256", Spec::Rsa2048) => Ok(Algorithm::Pss),
            ("ECDSA_SHA_256", Spec::EccP256) => Ok(Algorithm::Ecdsa),
            _ => Err(AwsError::caller(
                "InvalidKeyUsageException",
                &format!("Algorithm {name} is incompatible with key spec {}.", spec.name()),
            )),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Algorithm::Pkcs1 => "RSASSA_PKCS1_V1_5_SHA_256",
            Algorithm::Pss => "RSASSA_PSS_SHA_256",
            Algorithm::Ecdsa => "ECDSA_SHA_256",
        }
    }
}

/// A signature over a digest: PKCS#1, PSS, or ECDSA in DER.
pub(super) fn sign(material: &Material, algorithm: Algorithm, digest: &[u8; 32]) -> Result<Vec<u8>, AwsError> {
    let signature = match (material, algorithm) {
        (Material::Rsa(pair), Algorithm::Pkcs1) => pair.key.sign(Pkcs1v15Sign::new::<Sha256>(), digest).ok(),
        (Material::Rsa(pair), Algorithm::Pss) => {
            let mut salt = ChaCha20Rng::from_seed(random());
            pair.key.sign_with_rng(&mut salt, Pss::<Sha256>::new(), digest).ok()
        }
        (Material::Ec(pair), Algorithm::Ecdsa) => {
            let key = p256::ecdsa::SigningKey::from(&pair.key);
            let signature: Option<p256::ecdsa::Signature> = key.sign_prehash(digest).ok();
            signature.map(|signature| signature.to_der().as_bytes().to_vec())
        }
        _ => None,
    };
    signature.ok_or_else(|| AwsError::new(500, "KMSInternalException", "signing failed"))
}

pub(super) fn verify(
    material: &Material,
    algorithm: Algorithm,
    digest: &[u8; 32],
    signature: &[u8],
) -> Result<(), AwsError> {
    let valid = match (material, algorithm) {
        (Material::Rsa(pair), Algorithm::Pkcs1) => {
            let key = pair.key.to_public_key();
            key.verify(Pkcs1v15Sign::new::<Sha256>(), digest, signature).is_ok()
        }
        (Material::Rsa(pair), Algorithm::Pss) => {
            let key = pair.key.to_public_key();
            key.verify(Pss::<Sha256>::new(), digest, signature).is_ok()
        }
        (Material::Ec(pair), Algorithm::Ecdsa) => {
            let key = p256::ecdsa::VerifyingKey::from(pair.key.public_key());
            p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
        }
        _ => false,
    };
    if valid { Ok(()) } else { Err(AwsError::caller("KMSInvalidSignatureException", "")) }
}

pub(super) fn mac(material: &Material, message: &[u8]) -> Result<Vec<u8>, AwsError> {
    Ok(hmac::sign(&mac_key(material)?, message).as_ref().to_vec())
}

pub(super) fn verify_mac(material: &Material, message: &[u8], mac: &[u8]) -> Result<(), AwsError> {
    hmac::verify(&mac_key(material)?, message, mac).map_err(|_| AwsError::caller("KMSInvalidMacException", ""))
}

fn mac_key(material: &Material) -> Result<hmac::Key, AwsError> {
    match material {
        Material::Bytes(key) => Ok(hmac::Key::new(hmac::HMAC_SHA256, key)),
        _ => Err(AwsError::new(500, "KMSInternalException", "no HMAC key")),
    }
}

pub(super) fn sha256(message: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, message).as_ref());
    hash
}
