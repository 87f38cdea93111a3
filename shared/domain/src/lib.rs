//! Pure words and rules of customer identity.
//!
//! What lives here: types that mean something ([`Email`], [`CustomerId`], [`Claims`]), and decisions
//! over values (may this password be used, is this session alive). What may not: `async`, AWS,
//! HTTP, the clock, the environment. Time and randomness are arguments.
//!
//! To add a word: one file per subject, the public item first, `mod tests` last.

mod act;
mod brand;
mod breached;
mod claims;
mod client;
mod color;
mod crypto;
mod customer;
mod device;
mod email;
mod factor;
mod ids;
mod jwk;
pub mod jws;
mod locale;
mod message;
mod password;
mod phone;
mod policy;
mod profile;
mod proof;
mod recovery_code;
mod recovery_handle;
mod rng;
mod secret;
mod session;
mod settings;
mod totp;

pub use act::{Act, ActKind, Actor};
pub use brand::{Brand, unprintable};
pub use breached::BreachedEntry;
pub use claims::{AccessToken, AuthenticationMethod, Claims, IdToken, TokenType};
pub use client::{Client, Clients, ClientsError, GrantType};
pub use color::Color;
pub use crypto::{KeyPurpose, SigningAlg, WrongKey, open, seal};
pub use customer::{Status, Unusable};
pub use device::device_in_words;
pub use email::{Email, EmailError};
pub use factor::{DelayedRecovery, Factor, FactorKind, Factors, Method, SuspendedFactor};
pub use ids::{ActId, CustomerId, DeviceId, FactorId, OutboxId, RequestId, SessionId};
pub use jiff::{SignedDuration, Timestamp};
pub use jwk::{Jwk, JwkNumbers, KeySchedule, NoPublicKey, PrivateHalf, SigningKey};
pub use jws::TokenRefused;
pub use locale::Locale;
pub use message::{Delivery, EndReason, Message, Notice, Recipient};
pub use password::{HashFailed, Hasher, Password, PasswordHash, PasswordPolicy, PasswordRefused};
pub use phone::{Country, PhoneNumber};
pub use policy::{Arrival, Demand, MfaPolicy, Missing, SignInPolicy, is_by_all, missing, step_up};
pub use profile::{FieldError, ProfileSchema, ProfileSchemaError};
pub use proof::{Acr, Proof, Proofs, assurance, is_multi_factor, methods};
pub use recovery_code::RecoveryCode;
pub use recovery_handle::RecoveryHandle;
pub use rng::Rng;
pub use secret::{Code, Handle, Key32, RefreshToken, Secret, digest, equal};
pub use session::{SessionState, SessionTimes};
pub use settings::{ConfigError, Settings};
pub use totp::Totp;
