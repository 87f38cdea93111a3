//! What a sign-in ends with, whichever way it came: a session and its tokens.
//!
//! What lives here: what somebody still lacks ([`SignIn::proceed`]), the first and every later set of tokens of a
//! session, the known-device token, what customers are told of their account, how an erasure is asked for and
//! withdrawn, the registry of clients and that of purposes, decisions on purposes, what is said of a code on its way,
//! what apps are told of a logout, what sensitive changes ask for, how many SMS there may be. What may not: how
//! somebody proved who they are; each way in is a flow.

mod alike;
mod breached;
mod browser;
mod client_gate;
mod config;
pub mod consents;
mod delivery;
mod device;
mod ending;
pub mod erasure;
mod fresh;
mod grant;
mod hashing;
mod known_clients;
mod limits;
mod logout;
pub mod notices;
mod proceed;
mod sms;
mod tokens;

pub use alike::{locale, wrong_code};
pub use browser::{Browser, Waiting, browser_session, keep_pending, kept_pending, leave_browser};
pub use client_gate::{ClientGate, ClientRefused};
pub use config::{clients, profile_schema, purposes, registration_is_open};
pub use consents::Consents;
pub use delivery::{CodesPerAddress, Delivered, Started};
pub use device::DeviceToken;
pub use ending::{Ending, InApp, InBrowser, SignedInBrowser};
pub use fresh::FreshAuthentication;
pub use grant::{GrantedSession, GrantedTokens};
pub use hashing::{PasswordError, Passwords};
pub use known_clients::{KnownClient, KnownClients};
pub use limits::MailedLimits;
pub use logout::{end_session, tells_of_all};
pub use proceed::{
    Advanced, Along, Arriving, ErasurePending, ErasurePendingStatus, MethodOffer, MfaRequired, MfaStatus, ProceedError,
    SignInAnswer, missing_at_registration,
};
pub use sms::SmsLimits;
pub use tokens::{SignError, SignIn, SignedIn, StartedSession};
