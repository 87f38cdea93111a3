//! WebAuthn: how passkeys and security keys are enrolled and answered with.
//!
//! What lives here: the ceremonies, pure and synchronous, JSON in and out; who the relying party
//! is. What may not: where a ceremony waits, who may begin one, what it is worth. This is the only
//! crate that names webauthn-rs.
//!
//! Ceremonies come in pairs. The first half gives options for the browser
//! (`PublicKeyCredential.parse…OptionsFromJSON`) and a state that stays with us; the second takes
//! that state with what the browser made of it (`PublicKeyCredential.toJSON()`).
//!
//! | begins | ends | user verification |
//! |---|---|---|
//! | [`Party::register`] | [`Party::registered`] | as [`Use`] says |
//! | [`Party::discover`] | [`Party::identify`], [`Party::discovered`] | required |
//! | [`Party::ask`] | [`Party::answered`] | as at the registration |
//!
//! **A state works again and again: whoever keeps it takes it away before the answer is looked at,
//! whatever comes of it.**
//!
//! # Why the core of webauthn-rs, and not its wrapper
//!
//! The wrapper has a type for a passkey that always verifies its user and one for a security key
//! that never counts as verified, and ends a ceremony whose counter went back with an error that
//! says nothing else. Here one stored credential serves as both, and a counter that went back is
//! told to its owner. What the wrapper takes care of and this crate therefore has to: the policy on
//! verification is part of the state and never comes from the client; a state ends only the
//! ceremony that it began; a user handle names the owner; origins are compared as text; a
//! credential in somebody's frame is refused at every ceremony; the counter is compared.

mod answer;
mod ask;
mod party;
mod refused;
mod register;
mod state;

#[cfg(test)]
mod tests;

pub use answer::{Claimed, credential_id};
pub use ask::Asserted;
pub use party::{Ceremonies, Party};
pub use refused::{Broken, CeremonyError, Refused};
pub use register::{NewPasskey, Use};
