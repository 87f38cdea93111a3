//! KMS with real cryptography: what it encrypts is AES-256-GCM under the key
//! and the encryption context, what it signs verifies with anybody's library.
//!
//! One file per subject: [`key`] what a key is, [`cipher`] ciphertexts, [`sign`]
//! signatures, [`keep`] the file that outlives a restart; [`wrapping`] and
//! [`signing`] are the actions that use keys, and those that manage them are
//! here, in KMS's wire shapes and with KMS's errors ([`input`]).

mod cipher;
mod input;
mod keep;
mod key;
mod sign;
mod signing;
mod wrapping;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use self::{
    input::{bytes, encoded, invalid, text},
    key::{Key, Material, Spec, Usage},
    wrapping::Plaintext,
};
use super::{
    Service,
    reply::{AwsError, Reply},
};
use crate::{random, template::Place};

/// The key store.
#[derive(Clone)]
pub(crate) struct Kms {
    place: Place,
    /// Whether RSA keys come from the process's pool.
    pooled: bool,
    file: Option<PathBuf>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    keys: BTreeMap<String, Arc<Key>>,
    aliases: BTreeMap<String, String>,
}

type Answer = Result<Value, AwsError>;

impl Kms {
    /// An empty store, or the one that the file holds.
    pub(crate) fn open(place: Place, pooled: bool, file: Option<PathBuf>) -> std::io::Result<Kms> {
        let state = match &file {
            Some(path) => keep::load(path)?,
            None => State::default(),
        };
        Ok(Kms { place, pooled, file, state: Arc::new(Mutex::new(state)) })
    }

    /// Performs an action. It computes for as long as the cryptography takes.
    pub(crate) fn act(&self, action: &str, input: &Value, now: i64) -> Reply {
        let answer = match action {
            "CreateKey" => self.create(input, now),
            "DescribeKey" => self.describe(input),
            "ListKeys" => Ok(self.list()),
            "CreateAlias" => self.alias(input),
            "EnableKey" => self.switch(input, true),
            "DisableKey" => self.switch(input, false),
            "Encrypt" => self.encrypt(input),
            "Decrypt" => self.decrypt(input),
            "ReEncrypt" => self.re_encrypt(input),
            "GenerateDataKey" => self.data_key(input, Plaintext::Shown),
            "GenerateDataKeyWithoutPlaintext" => self.data_key(input, Plaintext::Hidden),
            "GenerateDataKeyPair" => self.data_key_pair(input, Plaintext::Shown),
            "GenerateDataKeyPairWithoutPlaintext" => self.data_key_pair(input, Plaintext::Hidden),
            "GenerateRandom" => Ok(json!({ "Plaintext": encoded(&random::<32>()) })),
            "GetPublicKey" => self.public_key(input),
            "Sign" => self.sign(input),
            "Verify" => self.verify(input),
            "GenerateMac" => self.mac(input),
            "VerifyMac" => self.verify_mac(input),
            other => Err(AwsError::caller("UnknownOperationException", &format!("{other} is not imitated here"))),
        };
        match answer {
            Ok(body) => Reply::json(Service::Kms, 200, &body),
            Err(error) => error.reply(Service::Kms),
        }
    }

    /// The ARN of the key that a request is about: named, or inside a ciphertext.
    pub(crate) fn about(&self, input: &Value) -> Option<String> {
        let named = ["KeyId", "SourceKeyId"].iter().find_map(|name| input.get(name)?.as_str());
        let id = match named {
            Some(name) => self.lock().resolve(name)?,
            None => cipher::key_id(&bytes(input, "CiphertextBlob").ok()?)?,
        };
        Some(self.arn(&id))
    }

    /// The id of the key under an alias, if there is one.
    pub(crate) fn aliased(&self, alias: &str) -> Option<String> {
        self.lock().aliases.get(alias).cloned()
    }

    fn arn(&self, id: &str) -> String {
        self.place.arn("kms", &format!("key/{id}"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self) -> Result<(), AwsError> {
        let Some(path) = &self.file else { return Ok(()) };
        keep::save(path, &self.lock()).map_err(|error| AwsError::new(500, "KMSInternalException", &error.to_string()))
    }

    fn key(&self, name: &str) -> Result<Arc<Key>, AwsError> {
        let state = self.lock();
        let key = state.resolve(name).and_then(|id| state.keys.get(&id).cloned());
        let key = key.ok_or_else(|| {
            let arn = if name.starts_with("arn:") { name.to_owned() } else { self.arn(name) };
            AwsError::caller("NotFoundException", &format!("Key '{arn}' does not exist"))
        })?;
        Ok(key)
    }

    fn named(&self, input: &Value) -> Result<Arc<Key>, AwsError> {
        self.key(text(input, "KeyId")?)
    }

    /// The named key, ready to be used for this.
    fn usable(&self, input: &Value, usage: Usage) -> Result<(Arc<Key>, Arc<Material>), AwsError> {
        let key = self.named(input)?;
        self.ready(&key, usage).map(|material| (key, material))
    }

    fn ready(&self, key: &Arc<Key>, usage: Usage) -> Result<Arc<Material>, AwsError> {
        let arn = self.arn(&key.id);
        if !key.is_enabled() {
            return Err(AwsError::caller("DisabledException", &format!("{arn} is disabled.")));
        }
        if key.usage != usage {
            let why = format!("{arn} key usage is {}, not {}.", key.usage.name(), usage.name());
            return Err(AwsError::caller("InvalidKeyUsageException", &why));
        }
        let fresh = !key.is_made();
        let material = key.material(self.pooled);
        if fresh {
            self.save()?;
        }
        material.ok_or_else(|| AwsError::new(500, "KMSInternalException", "no key material"))
    }

    fn create(&self, input: &Value, now: i64) -> Answer {
        let spec = Spec::parse(input.get("KeySpec").and_then(Value::as_str))
            .ok_or_else(|| invalid("KeySpec is not imitated here"))?;
        let key = Key::new(uuid(), spec, description(input), now);
        let answer = json!({ "KeyMetadata": self.metadata(&key) });
        self.lock().keys.insert(key.id.clone(), Arc::new(key));
        self.save()?;
        Ok(answer)
    }

    fn describe(&self, input: &Value) -> Answer {
        Ok(json!({ "KeyMetadata": self.metadata(&*self.named(input)?) }))
    }

    fn metadata(&self, key: &Key) -> Value {
        let mut metadata = json!({
            "AWSAccountId": self.place.account,
            "KeyId": key.id,
            "Arn": self.arn(&key.id),
            "CreationDate": key.created,
            "Enabled": key.is_enabled(),
            "Description": key.description,
            "KeyUsage": key.usage.name(),
            "KeyState": if key.is_enabled() { "Enabled" } else { "Disabled" },
            "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": key.spec.name(),
            "KeySpec": key.spec.name(),
            "MultiRegion": false,
        });
        let algorithms = match key.usage {
            Usage::EncryptDecrypt => ("EncryptionAlgorithms", key.spec.algorithms()),
            Usage::SignVerify => ("SigningAlgorithms", key.spec.algorithms()),
            Usage::GenerateVerifyMac => ("MacAlgorithms", key.spec.algorithms()),
        };
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert(algorithms.0.to_owned(), json!(algorithms.1));
        }
        metadata
    }

    fn list(&self) -> Value {
        let state = self.lock();
        let keys = state.keys.keys().map(|id| json!({ "KeyId": id, "KeyArn": self.arn(id) }));
        json!({ "Keys": keys.collect::<Vec<_>>(), "Truncated": false })
    }

    fn alias(&self, input: &Value) -> Answer {
        let (alias, target) = (text(input, "AliasName")?, text(input, "TargetKeyId")?);
        let id = self.key(target)?.id.clone();
        self.lock().aliases.insert(alias.to_owned(), id);
        self.save()?;
        Ok(json!({}))
    }

    fn switch(&self, input: &Value, enabled: bool) -> Answer {
        self.named(input)?.enable(enabled);
        self.save()?;
        Ok(json!({}))
    }
}

impl State {
    /// The id behind an id, an ARN, an alias or an alias's ARN.
    fn resolve(&self, name: &str) -> Option<String> {
        let name = match name.strip_prefix("arn:") {
            Some(arn) => arn.splitn(5, ':').nth(4)?,
            None => name,
        };
        match name.starts_with("alias/") {
            true => self.aliases.get(name).cloned(),
            false => Some(name.strip_prefix("key/").unwrap_or(name).to_owned()),
        }
    }
}

fn description(input: &Value) -> String {
    input.get("Description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A random id in UUID's form.
fn uuid() -> String {
    let hex: String = random::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

#[cfg(test)]
mod tests;
