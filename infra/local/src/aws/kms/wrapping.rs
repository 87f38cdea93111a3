//! The actions of symmetric keys: encrypting, and making keys that are encrypted at once.

use serde_json::{Value, json};

use super::{
    Answer, Kms, cipher,
    input::{bytes, context, encoded, invalid, text},
    key::{Material, Spec, Usage},
};
use crate::{aws::reply::AwsError, random};

impl Kms {
    pub(super) fn encrypt(&self, input: &Value) -> Answer {
        let (key, material) = self.usable(input, Usage::EncryptDecrypt)?;
        let plaintext = bytes(input, "Plaintext")?;
        if plaintext.is_empty() || plaintext.len() > 4096 {
            return Err(invalid("'plaintext' must have length between 1 and 4096"));
        }
        let blob = cipher::seal(&key.id, &material, &context(input, "EncryptionContext")?, &plaintext)?;
        Ok(json!({
            "KeyId": self.arn(&key.id),
            "CiphertextBlob": encoded(&blob),
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }))
    }

    pub(super) fn decrypt(&self, input: &Value) -> Answer {
        let (key, plaintext) = self.opened(input, "KeyId", "EncryptionContext")?;
        Ok(json!({
            "KeyId": self.arn(&key),
            "Plaintext": encoded(&plaintext),
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }))
    }

    fn opened(&self, input: &Value, named: &str, with: &str) -> Result<(String, Vec<u8>), AwsError> {
        let blob = bytes(input, "CiphertextBlob")?;
        let key = cipher::key_id(&blob).and_then(|id| self.key(&id).ok());
        let key = key.ok_or_else(cipher::unreadable)?;
        if let Some(name) = input.get(named).and_then(Value::as_str)
            && self.key(name)?.id != key.id
        {
            return Err(AwsError::caller(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation.",
            ));
        }
        let material = self.ready(&key, Usage::EncryptDecrypt)?;
        let plaintext = cipher::open(&key.id, &material, &context(input, with)?, &blob)?;
        Ok((key.id.clone(), plaintext))
    }

    pub(super) fn re_encrypt(&self, input: &Value) -> Answer {
        let (source, plaintext) = self.opened(input, "SourceKeyId", "SourceEncryptionContext")?;
        let key = self.key(text(input, "DestinationKeyId")?)?;
        let material = self.ready(&key, Usage::EncryptDecrypt)?;
        let with = context(input, "DestinationEncryptionContext")?;
        let blob = cipher::seal(&key.id, &material, &with, &plaintext)?;
        Ok(json!({
            "CiphertextBlob": encoded(&blob),
            "SourceKeyId": self.arn(&source),
            "KeyId": self.arn(&key.id),
            "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }))
    }

    pub(super) fn data_key(&self, input: &Value, plaintext: Plaintext) -> Answer {
        let (key, material) = self.usable(input, Usage::EncryptDecrypt)?;
        let length = match (input.get("KeySpec"), input.get("NumberOfBytes")) {
            (Some(spec), None) if spec == "AES_128" => 16,
            (Some(spec), None) if spec == "AES_256" => 32,
            (None, Some(bytes)) => bytes.as_u64().filter(|n| (1..=1024).contains(n)).unwrap_or(0),
            _ => 0,
        };
        let length = usize::try_from(length).unwrap_or_default();
        if length == 0 {
            return Err(invalid("Please specify either number of bytes or key spec."));
        }
        let data: Vec<u8> = random::<1024>().into_iter().take(length).collect();
        let blob = cipher::seal(&key.id, &material, &context(input, "EncryptionContext")?, &data)?;
        let mut answer = json!({ "KeyId": self.arn(&key.id), "CiphertextBlob": encoded(&blob) });
        plaintext.add(&mut answer, "Plaintext", &data);
        Ok(answer)
    }

    pub(super) fn data_key_pair(&self, input: &Value, plaintext: Plaintext) -> Answer {
        let (key, material) = self.usable(input, Usage::EncryptDecrypt)?;
        let name = text(input, "KeyPairSpec")?;
        let spec = Spec::parse(Some(name)).filter(|spec| spec.is_asymmetric());
        let spec = spec.ok_or_else(|| invalid("KeyPairSpec is not imitated here"))?;
        let pair = Material::make(spec, self.pooled);
        let (Some(private), Some(public)) =
            (pair.as_ref().and_then(Material::pkcs8), pair.as_ref().and_then(Material::spki))
        else {
            return Err(AwsError::new(500, "KMSInternalException", "no key pair"));
        };
        let blob = cipher::seal(&key.id, &material, &context(input, "EncryptionContext")?, private)?;
        let mut answer = json!({
            "KeyId": self.arn(&key.id),
            "KeyPairSpec": name,
            "PublicKey": encoded(public),
            "PrivateKeyCiphertextBlob": encoded(&blob),
        });
        plaintext.add(&mut answer, "PrivateKeyPlaintext", private);
        Ok(answer)
    }
}

/// Whether an answer shows what it made.
#[derive(Clone, Copy)]
pub(super) enum Plaintext {
    Shown,
    Hidden,
}

impl Plaintext {
    fn add(self, answer: &mut Value, name: &str, secret: &[u8]) {
        if let (Plaintext::Shown, Some(answer)) = (self, answer.as_object_mut()) {
            answer.insert(name.to_owned(), encoded(secret).into());
        }
    }
}
