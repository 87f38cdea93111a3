//! The actions of keys that sign.

use serde_json::{Value, json};

use super::{
    Answer, Kms,
    input::{bytes, digest, encoded, text},
    key::Usage,
    sign,
};

impl Kms {
    pub(super) fn public_key(&self, input: &Value) -> Answer {
        let (key, material) = self.usable(input, Usage::SignVerify)?;
        Ok(json!({
            "KeyId": self.arn(&key.id),
            "PublicKey": encoded(material.spki().unwrap_or_default()),
            "CustomerMasterKeySpec": key.spec.name(),
            "KeySpec": key.spec.name(),
            "KeyUsage": key.usage.name(),
            "SigningAlgorithms": key.spec.algorithms(),
        }))
    }

    pub(super) fn sign(&self, input: &Value) -> Answer {
        let (key, material) = self.usable(input, Usage::SignVerify)?;
        let algorithm = sign::Algorithm::read(text(input, "SigningAlgorithm")?, key.spec)?;
        let signature = sign::sign(&material, algorithm, &digest(input)?)?;
        Ok(json!({
            "KeyId": self.arn(&key.id),
            "Signature": encoded(&signature),
            "SigningAlgorithm": algorithm.name(),
        }))
    }

    pub(super) fn verify(&self, input: &Value) -> Answer {
        let (key, material) = self.usable(input, Usage::SignVerify)?;
        let algorithm = sign::Algorithm::read(text(input, "SigningAlgorithm")?, key.spec)?;
        sign::verify(&material, algorithm, &digest(input)?, &bytes(input, "Signature")?)?;
        Ok(json!({
            "KeyId": self.arn(&key.id),
            "SignatureValid": true,
            "SigningAlgorithm": algorithm.name(),
        }))
    }

    pub(super) fn mac(&self, input: &Value) -> Answer {
        let (key, material) = self.usable(input, Usage::GenerateVerifyMac)?;
        let mac = sign::mac(&material, &bytes(input, "Message")?)?;
        Ok(json!({
            "KeyId": self.arn(&key.id), "Mac": encoded(&mac), "MacAlgorithm": "HMAC_SHA_256",
        }))
    }

    pub(super) fn verify_mac(&self, input: &Value) -> Answer {
        let (key, material) = self.usable(input, Usage::GenerateVerifyMac)?;
        sign::verify_mac(&material, &bytes(input, "Message")?, &bytes(input, "Mac")?)?;
        Ok(json!({
            "KeyId": self.arn(&key.id), "MacValid": true, "MacAlgorithm": "HMAC_SHA_256",
        }))
    }
}
