//! The whole system on one machine: the gateway, all functions, and the AWS
//! that they call.
//!
//! ```no_run
//! # async fn run() -> Result<(), local::StartError> {
//! let system = local::System::start(local::Options::default()).await?;
//! println!("{}", system.gateway_url());
//! system.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! What lives here: [`template`] reads `template.yaml`, [`aws`] imitates the
//! services, `gateway` plays API Gateway, `functions` holds the functions,
//! `streams` delivers events, [`outbox`] shows what was sent, [`settings`] knows
//! what can be set, and [`System`] puts them together. What may not: anything that a deployment needs. Nothing
//! that is deployed depends on this package.

mod app;
pub mod aws;
mod demo;
mod files;
mod flows;
mod functions;
mod gateway;
mod options;
pub mod outbox;
pub mod settings;
mod stack;
mod streams;
mod system;
pub mod template;

pub use demo::{APPS, App};
pub use functions::Instance;
pub use gateway::SOURCE_IP;
pub use options::{Options, StartError};
pub use streams::DeadLetter;
pub use system::System;

use ring::rand::{SecureRandom, SystemRandom};

/// Bytes from the system's generator.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // A system without randomness has no TLS and no processes' addresses either.
    let filled = SystemRandom::new().fill(&mut bytes);
    debug_assert!(filled.is_ok(), "the system gives no randomness");
    bytes
}

/// An id for a request or an invocation.
pub(crate) fn random_id() -> String {
    random::<8>().iter().map(|byte| format!("{byte:02x}")).collect()
}
