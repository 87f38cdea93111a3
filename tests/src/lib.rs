//! A running Portico for a test, and the people who use it.
//!
//! Every test has a system of its own: tables, keys, clock, outbox. Requests go over HTTP through
//! the gateway to the real routers, and from there over the real SDK to the AWS endpoint. Set
//! `PORTICO_TEST_AWS` to another endpoint's address and the same tests run against that.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that can't go on says where")]

mod app;
mod audited;
mod browser;
mod client_key;
mod documents;
mod download;
mod equipped;
mod factors;
mod leaving;
mod listener;
mod operators;
mod people;
mod proving;
mod remains;
mod reply;
mod world;

pub use app::{App, Setup};
pub use audited::audited;
pub use authenticator::{Authenticator, tampered};
pub use browser::{Browser, VERIFIER, WEB, challenge};
pub use client_key::ClientKey;
pub use documents::{Documents, Page};
pub use download::Download;
pub use equipped::{Equipped, number};
pub use factors::TotpApp;
pub use listener::{Listener, Posted};
pub use operators::Service;
pub use people::{Person, claims};
pub use remains::{Keyring, plain};
pub use reply::Reply;
pub use world::World;
