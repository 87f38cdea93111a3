//! Passwords of this deployment: its policy, its parameters, its pepper.

use domain::{
    ConfigError, Email, FieldError, HashFailed, Hasher, KeyPurpose, Password, PasswordHash, PasswordPolicy,
    PasswordRefused, Rng, Settings,
};
use store::{Store, StoreError};

use crate::breached::Breached;

/// What a flow needs to judge, hash and verify passwords.
pub struct Passwords {
    store: Store,
    hasher: Hasher,
    policy: PasswordPolicy,
    breached: Option<Breached>,
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The pepper could not be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Argon2 refused its input.
    #[error(transparent)]
    Hash(#[from] HashFailed),
}

impl Passwords {
    /// Reads the policy and the parameters. The store was opened with the key for `Pepper`.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub fn new(store: &Store, settings: &Settings) -> Result<Self, ConfigError> {
        let (hasher, policy) = (Hasher::read(settings)?, PasswordPolicy::read(settings)?);
        Ok(Self { store: store.clone(), hasher, policy, breached: None })
    }

    /// The same for a flow in which passwords are chosen: with the list of breached ones, where the
    /// deployment has it.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub fn judging(store: &Store, settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self { breached: Breached::read(settings)?, ..Self::new(store, settings)? })
    }

    /// What a password must be like: for a page, which says it in its reader's language.
    pub fn policy(&self) -> &PasswordPolicy {
        &self.policy
    }

    /// Whether somebody with this address may use this password.
    ///
    /// # Errors
    /// Why they may not.
    pub fn judge(&self, password: &Password, email: &Email) -> Result<(), PasswordRefused> {
        self.policy.check(password, email)?;
        let is_breached = self.breached.as_ref().is_some_and(|list| list.has(password));
        if is_breached { Err(PasswordRefused::Breached) } else { Ok(()) }
    }

    /// As [`Passwords::judge`], for an answer; `pointer` says where the password stands.
    ///
    /// # Errors
    /// Why they may not.
    pub fn check(&self, password: &Password, email: &Email, pointer: &str) -> Result<(), FieldError> {
        self.judge(password, email).map_err(|why| FieldError::new(pointer, why.code(), why.to_string()))
    }

    /// A new hash.
    ///
    /// # Errors
    /// When the pepper can't be had.
    pub async fn hash(&self, password: &Password, rng: &Rng) -> Result<PasswordHash, PasswordError> {
        Ok(self.hasher.hash(password, self.store.key(KeyPurpose::Pepper).await?, rng)?)
    }

    /// Whether the password is the one that was hashed; where there is no hash, takes as long.
    ///
    /// # Errors
    /// When the pepper can't be had.
    pub async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PasswordError> {
        Ok(self.hasher.verify(password, hash, self.store.key(KeyPurpose::Pepper).await?)?)
    }

    /// Whether the hash was made with other parameters than today's.
    pub fn is_outdated(&self, hash: &PasswordHash) -> bool {
        self.hasher.is_outdated(hash)
    }
}
