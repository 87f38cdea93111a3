//! Passwords: what may be one, and how one is hashed.

use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::{BreachedEntry, ConfigError, Email, Key32, Rng, Settings, equal};

/// Passwords of eight characters and more among the 20,000 most used ones: Royce Williams' list
/// as Django 5.2 ships it (BSD-3-Clause), in lower case, sorted.
const COMMON: &str = include_str!("../data/common-passwords.txt");

/// A password as it was typed, in Unicode's NFKC, so that every keyboard gives the same one
/// (SP 800-63B §3.1.1.2). Prints as `***`; wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed.
    pub fn new(typed: &str) -> Self {
        Self(Zeroizing::new(typed.nfkc().collect()))
    }

    /// What lists of breached passwords know it by: its SHA-1, which is good for nothing else.
    pub fn breached_entry(&self) -> BreachedEntry {
        let mut hash = [0; 20];
        hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, self.0.as_bytes()).as_ref());
        BreachedEntry::of(hash)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(***)")
    }
}

/// What a password of this deployment must be like.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    /// `PASSWORD_MIN`: characters at least (8).
    pub min: usize,
    /// `PASSWORD_MAX`: characters at most (1,024).
    pub max: usize,
    /// `BRAND_NAME`: no password is made of it.
    pub brand: String,
}

/// Why a password can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// Fewer characters than the least.
    #[error("has too few characters")]
    TooShort,
    /// More characters than the most.
    #[error("has too many characters")]
    TooLong,
    /// One of the passwords that attackers try first.
    #[error("is one of the most used passwords")]
    Common,
    /// One that was found in a breach.
    #[error("has been found in a breach")]
    Breached,
    /// The address or the brand, and little more.
    #[error("is made of the address or the name of the service")]
    Guessable,
}

impl PasswordRefused {
    /// The stable code of a field error.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Common => "password_common",
            Self::Breached => "password_breached",
            Self::Guessable => "password_guessable",
        }
    }
}

impl PasswordPolicy {
    /// Reads the settings.
    ///
    /// # Errors
    /// When a length is no number, or the least is beyond the most.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let length = |name, default| {
            settings.number(name, default).and_then(|n| usize::try_from(n).map_err(|e| ConfigError::new(name, e)))
        };
        let (min, max) = (length("PASSWORD_MIN", 8)?, length("PASSWORD_MAX", 1024)?);
        if min < 8 || max < min || max > 4096 {
            return Err(ConfigError::new("PASSWORD_MIN", "lengths must rise from at least 8 to at most 4096"));
        }
        Ok(Self { min, max, brand: settings.text("BRAND_NAME").unwrap_or_default().to_owned() })
    }

    /// Whether somebody with this address may use this password. No rules of composition
    /// (SP 800-63B §3.1.1.2): only length, and what attackers try first.
    ///
    /// # Errors
    /// Why they may not.
    pub fn check(&self, password: &Password, email: &Email) -> Result<(), PasswordRefused> {
        let length = password.0.chars().count();
        if length < self.min {
            return Err(PasswordRefused::TooShort);
        }
        if length > self.max {
            return Err(PasswordRefused::TooLong);
        }
        let lower = Zeroizing::new(password.0.to_lowercase());
        if is_common(&lower) {
            return Err(PasswordRefused::Common);
        }
        let words = email.words().chain(std::iter::once(self.brand.as_str()));
        if is_made_of(&lower, words) { Err(PasswordRefused::Guessable) } else { Ok(()) }
    }
}

fn is_common(lower: &str) -> bool {
    // The list is sorted by bytes; partition by line without building an index of it.
    let bytes = COMMON.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes.get(..middle).and_then(|b| b.iter().rposition(|&c| c == b'\n')).map_or(0, |at| at + 1);
        let line = COMMON.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        match line.cmp(lower) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = start + line.len() + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// Whether fewer than four letters or digits are left once the words are taken out.
fn is_made_of<'a>(lower: &str, words: impl Iterator<Item = &'a str>) -> bool {
    let plain = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let mut words: Vec<String> = words.map(plain).filter(|w| w.chars().count() >= 3).collect();
    words.sort_by_key(|w| std::cmp::Reverse(w.len()));
    let whole = plain(lower);
    let mut rest = whole.clone();
    for word in &words {
        rest = rest.replace(word.as_str(), "");
    }
    rest.len() < whole.len() && rest.chars().count() < 4
}

/// A stored hash, in the PHC string format: `$argon2id$v=19$m=…,t=…,p=…,keyid=…$salt$hash`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// What is stored.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

/// Argon2 refused its input: parameters of a stored hash that are none, or a password too long.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the password can't be hashed")]
pub struct HashFailed;

/// Hashes with Argon2id (RFC 9106) in memory that is kept from one request to the next: fresh
/// memory costs more than the hash.
pub struct Hasher {
    params: Params,
    memory: Mutex<Vec<Block>>,
}

impl Hasher {
    /// The pepper's version, written into each hash.
    const PEPPER_VERSION: u32 = 1;

    /// Reads `ARGON2_MEMORY_KIB` (19,456), `ARGON2_ITERATIONS` (2) and `ARGON2_PARALLELISM` (1).
    ///
    /// # Errors
    /// When they are no parameters of Argon2.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let number = |name, default| {
            settings.number(name, default).and_then(|n| u32::try_from(n).map_err(|e| ConfigError::new(name, e)))
        };
        let (m, t, p) =
            (number("ARGON2_MEMORY_KIB", 19_456)?, number("ARGON2_ITERATIONS", 2)?, number("ARGON2_PARALLELISM", 1)?);
        let params = Params::new(m, t, p, Some(32)).map_err(|e| ConfigError::new("ARGON2_MEMORY_KIB", e))?;
        Ok(Self { params, memory: Mutex::new(Vec::new()) })
    }

    /// A new hash of the password.
    ///
    /// # Errors
    /// When Argon2 refuses its input.
    pub fn hash(&self, password: &Password, pepper: &Key32, rng: &Rng) -> Result<PasswordHash, HashFailed> {
        let salt: [u8; 16] = rng.bytes();
        let hash = self.run(&self.params, password, pepper, &salt)?;
        let (m, t, p) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        let (salt, hash, v) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash), Self::PEPPER_VERSION);
        Ok(PasswordHash(format!("$argon2id$v=19$m={m},t={t},p={p},keyid={v}${salt}${hash}")))
    }

    /// Whether the password is the one that was hashed; where there is no hash, takes as long.
    ///
    /// # Errors
    /// When Argon2 refuses its input.
    pub fn verify(&self, password: &Password, hash: Option<&PasswordHash>, pepper: &Key32) -> Result<bool, HashFailed> {
        let Some((params, salt, known)) = hash.and_then(|h| parse(&h.0)) else {
            self.run(&self.params, password, pepper, &[0; 16])?;
            return Ok(false);
        };
        Ok(equal(&self.run(&params, password, pepper, &salt)?, &known))
    }

    /// Whether the hash was made with other parameters than today's.
    pub fn is_outdated(&self, hash: &PasswordHash) -> bool {
        parse(&hash.0).is_none_or(|(params, ..)| {
            let costs = |p: &Params| (p.m_cost(), p.t_cost(), p.p_cost());
            costs(&params) != costs(&self.params)
        })
    }

    fn run(&self, params: &Params, password: &Password, pepper: &Key32, salt: &[u8]) -> Result<[u8; 32], HashFailed> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() < params.block_count() {
            memory.resize(params.block_count(), Block::default());
        }
        let argon = Argon2::new_with_secret(pepper.bytes(), Algorithm::Argon2id, Version::V0x13, params.clone())
            .map_err(|_| HashFailed)?;
        let mut out = [0; 32];
        argon
            .hash_password_into_with_memory(password.0.as_bytes(), salt, &mut out, memory.as_mut_slice())
            .map_err(|_| HashFailed)?;
        Ok(out)
    }
}

fn parse(phc: &str) -> Option<(Params, Vec<u8>, Vec<u8>)> {
    let mut parts = phc.strip_prefix("$argon2id$v=19$")?.split('$');
    let costs = parts.next()?;
    let cost = |name: &str| costs.split(',').find_map(|c| c.strip_prefix(name)?.parse::<u32>().ok());
    let params = Params::new(cost("m=")?, cost("t=")?, cost("p=")?, Some(32)).ok()?;
    let salt = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    let hash = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    Some((params, salt, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> PasswordPolicy {
        PasswordPolicy { min: 8, max: 1024, brand: "Acme Shoes".to_owned() }
    }

    #[test]
    fn passwords_are_judged_by_length_and_by_what_attackers_try() {
        let email = Email::parse("ada.lovelace@analytical.example").unwrap();
        let check = |text: &str| policy().check(&Password::new(text), &email);
        assert_eq!(check(""), Err(PasswordRefused::TooShort));
        assert_eq!(check("1234567"), Err(PasswordRefused::TooShort));
        assert_eq!(check("12345678"), Err(PasswordRefused::Common));
        assert_eq!(check("PassWord1"), Err(PasswordRefused::Common));
        assert_eq!(check("xkcd-936"), Ok(()));
        assert_eq!(check(&"ü".repeat(1024)), Ok(()));
        assert_eq!(check(&"ü".repeat(1025)), Err(PasswordRefused::TooLong));
        assert_eq!(check("密码很长也可以的哦"), Ok(()));
        for made_of in
            ["AdaLovelace!1", "analytical2026"[..13].as_ref(), "acme_shoes99", "ada.lovelace@analytical.example"]
        {
            assert_eq!(check(made_of), Err(PasswordRefused::Guessable), "{made_of}");
        }
        assert_eq!(check("lovelace wrote the first program"), Ok(()));
    }

    #[test]
    fn every_common_password_is_found_and_its_neighbours_are_not() {
        for line in COMMON.lines() {
            assert!(is_common(line), "{line}");
            assert!(!is_common(&format!("{line}\u{1}")), "{line}");
        }
        assert!(!is_common("") && !is_common("\u{10ffff}"));
    }

    #[test]
    fn a_hash_fits_its_password_and_pepper_only() {
        let settings = Settings::new([("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1")]);
        let (hasher, rng, pepper) = (Hasher::read(&settings).unwrap(), Rng::seeded([1; 32]), Key32::new([2; 32]));
        let hash = hasher.hash(&Password::new("ｐässword"), &pepper, &rng).unwrap();
        let verify = |typed: &str, pepper: &Key32| hasher.verify(&Password::new(typed), Some(&hash), pepper).unwrap();
        assert!(verify("pa\u{308}ssword", &pepper));
        assert!(!verify("password", &pepper));
        assert!(!verify("pässword", &Key32::new([3; 32])));
        assert!(!hasher.verify(&Password::new("x"), None, &pepper).unwrap());
        assert!(!hasher.is_outdated(&hash));
        let other = Hasher::read(&settings.with([("ARGON2_ITERATIONS", "2")])).unwrap();
        assert!(other.is_outdated(&hash));
        assert!(other.verify(&Password::new("pässword"), Some(&hash), &pepper).unwrap());
    }

    #[test]
    fn a_deployment_hashes_with_argon2id_19_mib_and_two_passes() {
        let hasher = Hasher::read(&Settings::default()).unwrap();
        let (rng, pepper) = (Rng::seeded([1; 32]), Key32::new([2; 32]));
        let hash = |password: &str| hasher.hash(&Password::new(password), &pepper, &rng).unwrap();
        let (one, other) = (hash("the same sentence"), hash("the same sentence"));
        let parts: Vec<_> = one.reveal().split('$').collect();
        assert_eq!(parts[1..4], ["argon2id", "v=19", "m=19456,t=2,p=1,keyid=1"]);
        let bits = |part: &str| STANDARD_NO_PAD.decode(part).unwrap().len() * 8;
        assert_eq!((bits(parts[4]), bits(parts[5])), (128, 256), "salt and hash");
        assert_ne!(one, other, "each has a salt of its own");
    }
}
