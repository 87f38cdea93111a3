//! DynamoDB: the only crate that knows keys, items, conditions and field encryption.
//!
//! What lives here: [`Store`], one method per thing that a flow reads or writes, named resource
//! first (`session_end`, `code_try`). What may not: HTTP, rules (those are `domain`'s), mail.
//! Each table is a module's concern only through [`mod@keymap`], the one file that builds keys.
//!
//! Every write takes the [`domain::Act`] that causes it, and the act travels in the written item,
//! from where a stream takes it to the audit log. To add an item: its key in `keymap`, its reading
//! and writing in the module of its resource.

mod audit;
mod challenge;
mod client;
mod customer;
mod device;
mod email_change;
mod error;
mod factors;
mod item;
pub mod keymap;
mod limit;
mod link;
mod notice;
mod one_time;
mod outbox;
mod refresh;
mod registration;
mod retry;
mod session;
mod sign_in;
mod signing_keys;
mod suppression;
mod vault;

pub use audit::{Chain, SealedAct};
pub use challenge::{Challenge, TryOutcome};
pub use client::Store;
pub use customer::{BlindIndex, Customer, CustomerProfile, DataKey, NewPassword, Security, SignInFacts};
pub use device::{KnownDevice, NewTrust, TrustedDevice};
pub use email_change::{EmailChange, EmailUndo};
pub use error::StoreError;
pub use factors::{FactorsChange, StoredFactors};
pub use limit::{Limit, LimitReached};
pub use link::Link;
pub use notice::{AccountUndo, NewNotice};
pub use one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
pub use outbox::{Due, OutboxItem, Send};
pub use refresh::{Exchange, RefreshOutcome};
pub use registration::{NewCustomer, PendingRegistration};
pub use session::{NewSession, Session, SessionAbout};
pub use sign_in::{
    EmailSignIn, Enrolling, Enrolment, PasskeySignIn, PasswordReset, PendingSignIn, SignInWrite, Step, StepUp,
};
pub use suppression::SuppressionReason;
