//! A private key that KMS has unwrapped.

use domain::SigningAlg;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};

/// A private key for signing tokens in process. Lives as long as the instance, never longer than
/// its place in the key schedule.
pub struct Signer {
    pair: Pair,
    random: SystemRandom,
}

enum Pair {
    Ec(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

impl Signer {
    pub(crate) fn from_pkcs8(alg: SigningAlg, pkcs8: &[u8]) -> Option<Self> {
        let random = SystemRandom::new();
        let pair = match alg {
            SigningAlg::Es256 => {
                Pair::Ec(Box::new(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random).ok()?))
            }
            SigningAlg::Rs256 => Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(pkcs8).ok()?)),
        };
        Some(Self { pair, random })
    }

    /// The signature over `message` in JOSE's raw form; none if the operating system has no
    /// randomness to give.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Ec(pair) => Some(pair.sign(&self.random, message).ok()?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(***)")
    }
}
