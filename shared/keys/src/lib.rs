//! KMS: wrap, unwrap, sign. The only crate that names `aws-sdk-kms`.
//!
//! What lives here: [`Keys`], which speaks to KMS, and [`Signer`], a private key that KMS has
//! unwrapped. What may not: where a wrapped key is kept (that is `store`), and what a token says
//! (that is `domain`). A function that names this crate needs `kms:*` rights in `template.yaml`,
//! one that does not has none: a test holds the two together.

mod signer;

use aws_sdk_kms::Client;
use aws_sdk_kms::config::{Builder, retry::RetryPartition};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{DataKeyPairSpec, DataKeySpec, MessageType, SigningAlgorithmSpec};
use aws_types::SdkConfig;
use domain::{ConfigError, Jwk, Key32, KeyPurpose, Settings, SigningAlg, digest, jws};

pub use signer::Signer;

/// How tokens are signed: `SIGNING_MODE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningMode {
    /// `kms`: every signature is a call, the private key never leaves KMS.
    Kms,
    /// `kms-wrapped`: a short-lived key pair made and wrapped by KMS, unwrapped once per instance.
    KmsWrapped,
}

/// The deployment's KMS.
#[derive(Clone, Debug)]
pub struct Keys {
    kms: Client,
    wrapping_key: String,
    mode: SigningMode,
    slots: Vec<String>,
    permanent: Option<String>,
}

/// A key pair that KMS made: its public half, and its private half as only KMS can read it.
#[derive(Clone, Debug)]
pub struct NewKeyPair {
    /// The public half.
    pub jwk: Jwk,
    /// The private half, wrapped.
    pub wrapped: Vec<u8>,
}

/// KMS did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// KMS refused, is throttled, or can't be reached: `operation`, and the service's code.
    #[error("kms {operation}: {code}")]
    Kms {
        /// Which call.
        operation: &'static str,
        /// The service's code, or how the connection failed.
        code: String,
    },
    /// KMS answered what can't be used.
    #[error("kms {0}: not an answer that can be used")]
    Answer(&'static str),
}

/// The encryption context that says what a wrapped key is for.
const CONTEXT: &str = "portico:purpose";

impl Keys {
    /// Reads `WRAPPING_KEY_ARN`, `SIGNING_MODE`, `SIGNING_KEYS` and `PERMANENT_KEY_ARN`.
    ///
    /// # Errors
    /// When one is missing or unknown.
    pub fn new(sdk: &SdkConfig, settings: &Settings) -> Result<Self, ConfigError> {
        let mode = match settings.text("SIGNING_MODE") {
            None | Some("kms-wrapped") => SigningMode::KmsWrapped,
            Some("kms") => SigningMode::Kms,
            Some(_) => return Err(ConfigError::new("SIGNING_MODE", "is neither kms nor kms-wrapped")),
        };
        let slots = settings.text("SIGNING_KEYS").unwrap_or_default().split(',').map(str::trim);
        Ok(Self {
            // A budget for retries of its own, as each function's process has it.
            kms: Client::from_conf(Builder::from(sdk).retry_partition(RetryPartition::custom("keys").build()).build()),
            wrapping_key: settings.required("WRAPPING_KEY_ARN")?.to_owned(),
            mode,
            slots: slots.filter(|arn| !arn.is_empty()).map(str::to_owned).collect(),
            permanent: settings.text("PERMANENT_KEY_ARN").map(str::to_owned),
        })
    }

    /// How this deployment's new signing keys are kept.
    pub fn mode(&self) -> SigningMode {
        self.mode
    }

    /// The signing keys in KMS that the template provides (`kms` mode).
    pub fn slots(&self) -> &[String] {
        &self.slots
    }

    /// The key in KMS that signs what has to hold for years.
    pub fn permanent(&self) -> Option<&str> {
        self.permanent.as_deref()
    }

    /// A new 256-bit key, wrapped; nobody has seen it.
    ///
    /// # Errors
    /// When KMS fails.
    pub async fn new_key(&self, purpose: KeyPurpose) -> Result<Vec<u8>, KeysError> {
        let made = self
            .kms
            .generate_data_key_without_plaintext()
            .key_id(&self.wrapping_key)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context(CONTEXT, purpose.as_str())
            .send()
            .await
            .map_err(|e| failed("GenerateDataKeyWithoutPlaintext", &e))?;
        made.ciphertext_blob.map(Blob::into_inner).ok_or(KeysError::Answer("GenerateDataKeyWithoutPlaintext"))
    }

    /// A wrapped 256-bit key in the clear.
    ///
    /// # Errors
    /// When KMS fails, or the key was wrapped for something else.
    pub async fn unwrap(&self, purpose: KeyPurpose, wrapped: &[u8]) -> Result<Key32, KeysError> {
        let plain = self.decrypt(purpose, wrapped).await?;
        let bytes = plain.as_ref().try_into().map_err(|_| KeysError::Answer("Decrypt"))?;
        Ok(Key32::new(bytes))
    }

    /// A new key pair for signing, its private half wrapped.
    ///
    /// # Errors
    /// When KMS fails.
    pub async fn new_key_pair(&self, alg: SigningAlg) -> Result<NewKeyPair, KeysError> {
        const OPERATION: &str = "GenerateDataKeyPairWithoutPlaintext";
        let spec = match alg {
            SigningAlg::Es256 => DataKeyPairSpec::EccNistP256,
            SigningAlg::Rs256 => DataKeyPairSpec::Rsa2048,
        };
        let made = self
            .kms
            .generate_data_key_pair_without_plaintext()
            .key_id(&self.wrapping_key)
            .key_pair_spec(spec)
            .encryption_context(CONTEXT, KeyPurpose::Signing.as_str())
            .send()
            .await
            .map_err(|e| failed(OPERATION, &e))?;
        let wrapped = made.private_key_ciphertext_blob.ok_or(KeysError::Answer(OPERATION))?.into_inner();
        let public = made.public_key.ok_or(KeysError::Answer(OPERATION))?;
        let jwk = Jwk::from_spki(alg, public.as_ref()).map_err(|_| KeysError::Answer(OPERATION))?;
        Ok(NewKeyPair { jwk, wrapped })
    }

    /// The private half of a key pair, ready to sign.
    ///
    /// # Errors
    /// When KMS fails, or what it unwrapped is no private key for `alg`.
    pub async fn unwrap_signer(&self, alg: SigningAlg, wrapped: &[u8]) -> Result<Signer, KeysError> {
        let pkcs8 = self.decrypt(KeyPurpose::Signing, wrapped).await?;
        Signer::from_pkcs8(alg, pkcs8.as_ref()).ok_or(KeysError::Answer("Decrypt"))
    }

    /// The public half of a signing key in KMS, with its algorithm.
    ///
    /// # Errors
    /// When KMS fails, or the key is for neither algorithm.
    pub async fn public_key(&self, arn: &str) -> Result<Jwk, KeysError> {
        const OPERATION: &str = "GetPublicKey";
        let answer = self.kms.get_public_key().key_id(arn).send().await.map_err(|e| failed(OPERATION, &e))?;
        let spki = answer.public_key.as_ref().ok_or(KeysError::Answer(OPERATION))?;
        let algorithms = answer.signing_algorithms();
        let alg = SigningAlg::ALL.into_iter().find(|alg| algorithms.contains(&spec(*alg)));
        Jwk::from_spki(alg.ok_or(KeysError::Answer(OPERATION))?, spki.as_ref())
            .map_err(|_| KeysError::Answer(OPERATION))
    }

    /// The signature over `message` by a key in KMS, in JOSE's raw form.
    ///
    /// # Errors
    /// When KMS fails.
    pub async fn sign(&self, arn: &str, alg: SigningAlg, message: &[u8]) -> Result<Vec<u8>, KeysError> {
        let signed = self
            .kms
            .sign()
            .key_id(arn)
            .signing_algorithm(spec(alg))
            .message_type(MessageType::Digest)
            .message(Blob::new(digest(message)))
            .send()
            .await
            .map_err(|e| failed("Sign", &e))?;
        let signature = signed.signature.ok_or(KeysError::Answer("Sign"))?.into_inner();
        match alg {
            SigningAlg::Rs256 => Ok(signature),
            SigningAlg::Es256 => jws::ecdsa_der_to_raw(&signature).map(Vec::from).ok_or(KeysError::Answer("Sign")),
        }
    }

    async fn decrypt(&self, purpose: KeyPurpose, wrapped: &[u8]) -> Result<Blob, KeysError> {
        let answer = self
            .kms
            .decrypt()
            .key_id(&self.wrapping_key)
            .ciphertext_blob(Blob::new(wrapped))
            .encryption_context(CONTEXT, purpose.as_str())
            .send()
            .await
            .map_err(|e| failed("Decrypt", &e))?;
        answer.plaintext.ok_or(KeysError::Answer("Decrypt"))
    }
}

fn spec(alg: SigningAlg) -> SigningAlgorithmSpec {
    match alg {
        SigningAlg::Es256 => SigningAlgorithmSpec::EcdsaSha256,
        SigningAlg::Rs256 => SigningAlgorithmSpec::RsassaPkcs1V15Sha256,
    }
}

/// What went wrong, without what was sent.
fn failed<E, R>(operation: &'static str, error: &aws_sdk_kms::error::SdkError<E, R>) -> KeysError
where
    E: aws_sdk_kms::error::ProvideErrorMetadata,
{
    use aws_sdk_kms::error::SdkError;
    let code = match error {
        SdkError::ServiceError(e) => e.err().code().unwrap_or("unknown"),
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "unreadable answer",
        _ => "not sent",
    };
    KeysError::Kms { operation, code: code.to_owned() }
}
