//! Pure words and rules of customer identity.
//!
//! What lives here: types that mean something ([`Email`], [`CustomerId`], [`Claims`]), and decisions
//! over values (may this password be used, is this session alive). What may not: `async`, AWS,
//! HTTP, the clock, the environment. Time and randomness are arguments.
//!
//! To add a word: one file per subject, the public item first, `mod tests` last.

mod act;
mod audit_root;
mod brand;
mod brands;
mod breached;
mod claims;
mod client;
mod clients;
mod color;
pub mod consent;
mod crypto;
mod customer;
mod day;
mod device;
mod dsar;
mod email;
mod factor;
mod ids;
mod jwk;
pub mod jws;
mod locale;
mod logout;
mod message;
mod object;
pub mod oidc;
mod page_brand;
mod password;
mod phone;
mod policy;
mod preferences;
mod profile;
mod proof;
mod purpose;
mod recovery_code;
mod recovery_handle;
mod registry;
mod rng;
pub mod scope;
mod secret;
mod session;
mod settings;
mod totp;
mod transfer;
mod unsubscribe;
mod when;

pub use act::{Act, ActKind, Actor};
pub use audit_root::{AuditRoot, ChainHead, Hour, PreviousRoot, merkle_root};
pub use brand::{Brand, unprintable};
pub use brands::{Brands, BrandsError};
pub use breached::BreachedEntry;
pub use claims::{AccessToken, AttestationType, AuthenticationMethod, Claims, Confirmation, IdToken, TokenType};
pub use client::{AuthMethod, Client, GrantType, SubjectType};
pub use clients::{Clients, ClientsError};
pub use color::Color;
pub use consent::{Consent, Controller, Outcome, Receipt, Shown, Source, Verdict};
pub use crypto::{KeyPurpose, SigningAlg, WrongKey, open, seal};
pub use customer::{Status, Unusable};
pub use day::{age, day_ends};
pub use device::device_in_words;
pub use dsar::{
    Dsar, DsarClosing, DsarExtension, DsarId, DsarKind, DsarOutcome, DsarRefused, HandedOver, Law, Urgency,
};
pub use email::{Email, EmailError};
pub use factor::{DelayedRecovery, Factor, FactorKind, Factors, Method, SuspendedFactor};
pub use ids::{ActId, CustomerId, DecisionId, DeviceId, ErasureId, FactorId, HoldId, OutboxId, RequestId, SessionId};
pub use jiff::{SignedDuration, Timestamp};
pub use jwk::{Jwk, JwkNumbers, KeySchedule, NoPublicKey, PrivateHalf, SigningKey};
pub use jws::TokenRefused;
pub use locale::Locale;
pub use logout::{LogoutNotice, LogoutToken};
pub use message::{Delivery, EndReason, ErasureBy, Message, Notice, Recipient};
pub use page_brand::{BrandColors, BrandLinks, BrandRefused, BrandTexts, PageBrand, Palette, WrittenBrand};
pub use password::{HashFailed, Hasher, Password, PasswordHash, PasswordPolicy, PasswordRefused};
pub use phone::{Country, PhoneNumber};
pub use policy::{Arrival, Demand, MfaPolicy, Missing, SignInPolicy, is_by_all, missing, missing_for, step_up};
pub use preferences::{Channels, Frequency, Preferences, QuietHours};
pub use profile::{FieldError, ProfileSchema, ProfileSchemaError};
pub use proof::{Acr, Proof, Proofs, assurance, is_multi_factor, methods};
pub use purpose::{DataRecipient, LegalBasis, Purpose, PurposeText};
pub use recovery_code::RecoveryCode;
pub use recovery_handle::RecoveryHandle;
pub use registry::{Registry, RegistryError, Standing, Topic};
pub use rng::Rng;
pub use scope::{Administrators, Scope};
pub use secret::{Code, Digest, Handle, Key32, RefreshToken, Secret, digest, equal};
pub use session::{SessionKind, SessionState, SessionTimes};
pub use settings::{ConfigError, Settings};
pub use totp::Totp;
pub use transfer::{
    Carrier, Ground, Jurisdiction, Permit, RecipientOfData, RelyingParty, Ses, Sns, TransferRefused, Transfers,
    countries,
};
pub use unsubscribe::UnsubscribeToken;
pub use when::when;
