//! DynamoDB: the only crate that knows keys, items, conditions and field encryption.
//!
//! What lives here: [`Store`], one method per thing that a flow reads or writes, named resource
//! first (`session_end`, `code_try`). What may not: HTTP, rules (those are `domain`'s), mail.
//! Each table is a module's concern only through [`mod@keymap`], the one file that builds keys.
//!
//! Every write takes the [`domain::Act`] that causes it, and the act travels in the written item,
//! from where a stream takes it to the audit log. To add an item: its kind in `inventory`, with what
//! export and erasure do with it; its key in `keymap`; its reading and writing in the module of its
//! resource.

mod activity;
mod allowed_apps;
mod audit;
mod audit_read;
mod audit_root;
mod authorization;
mod authorization_code;
mod brands;
mod browser_session;
mod challenge;
mod client;
mod client_documents;
mod clients;
mod consent;
mod consents_on;
mod customer;
mod deleting;
mod device;
mod device_code;
mod dsar;
mod email_change;
mod erasing;
mod erasure;
mod error;
mod export;
mod factors;
mod hold;
mod inventory;
mod item;
pub mod keymap;
mod limit;
mod link;
mod mark;
mod notice;
mod one_time;
mod opt_in;
mod outbox;
mod passing_act;
mod password;
mod permanent;
mod preferences;
mod purposes;
mod refresh;
mod registration;
mod replay;
mod retry;
mod session;
mod sign_in;
mod signing_keys;
mod suppression;
mod ticket;
mod tombstone;
mod vault;

pub use activity::{Activity, Told, Walk};
pub use allowed_apps::{AllowedApp, Allows};
pub use audit::{Chain, SealedAct};
pub use audit_read::{Between, StoredAct};
pub use audit_root::{RootHead, StoredRoot};
pub use authorization::{Interaction, Purpose, PushedRequest};
pub use authorization_code::{AuthorizationCode, CodeFacts, CodeFound, NewCode};
pub use brands::StoredBrand;
pub use browser_session::{BrowserSession, Leaving};
pub use challenge::{Challenge, TryOutcome};
pub use client::Store;
pub use client_documents::{ClientDocument, document_name};
pub use clients::{ClientOrigin, ClientSecret, ClientsPage, StoredClient};
pub use consent::{Account, Confirmed, Mark, NewDecision, StoredDecision};
pub use consents_on::{ConsentedOn, ConsentsOn, Cursor};
pub use customer::{BlindIndex, Customer, CustomerProfile, DataKey, Security, SignInFacts};
pub use device::{KnownDevice, NewTrust, TrustedDevice};
pub use device_code::{Allowance, DevicePolled, DeviceRequest};
pub use dsar::{OpenDsar, StoredDsar};
pub use email_change::{EmailChange, EmailUndo};
pub use erasing::Erasing;
pub use erasure::{
    ErasureAbout, ErasureRequest, ErasureStanding, ErasureWithdrawal, Held, NewErasure, Receipt, TakenBack,
};
pub use error::StoreError;
pub use export::{ExportColumn, LEFT_OUT, Page, Part, Record, Resume, Survey, export_columns};
pub use factors::{FactorsChange, StoredFactors};
pub use hold::{Hold, HoldAbout};
pub use inventory::{Erasure, Export, ItemKind};
pub use limit::{Limit, LimitReached};
pub use link::Link;
pub use mark::Once;
pub use notice::{AccountUndo, NewNotice};
pub use one_time::{NewOneTime, OneTime, OneTimeKind, Spent};
pub use opt_in::{NewOptIn, OptIn};
pub use outbox::{Due, OutboxItem, Outgoing, Send, Tell};
pub use password::NewPassword;
pub use permanent::PermanentKey;
pub use preferences::StoredPreferences;
pub use refresh::{Exchange, RefreshOutcome};
pub use registration::{NewCustomer, PendingRegistration, WantedDecision};
pub use replay::{ErasedAll, Replayed};
pub use session::{Grant, NewSession, Session, SessionAbout, SignInOf};
pub use sign_in::{
    EmailSignIn, Enrolling, Enrolment, PasskeySignIn, PasswordReset, PendingSignIn, SignInWrite, Step, StepUp,
};
pub use suppression::SuppressionReason;
pub use ticket::ExportTicket;
pub use tombstone::{Counts, Done, DueErasure, Tombstone};
