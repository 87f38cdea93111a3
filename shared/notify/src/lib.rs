//! Mail and SMS: typed messages, their texts in every language, and the two services that carry them.
//!
//! What lives here: everything that a customer reads in a mail or an SMS, and the only calls to SES
//! and SNS. What may not: stored items, limits, the decision *whether* to send. [`render`] is pure;
//! [`Notify`] only sends what has been rendered, and only with a `domain::Permit`: the table of transfers
//! has said that it may leave.
//!
//! To add a message: a variant of `domain::Message`; the compiler then asks for its words in each
//! file of `texts/`, for its code, button and facts in `mail.rs`, and whether a phone gets it in
//! `sms.rs`. To add a language: a variant of `domain::Locale` and a file in `texts/`.

mod error;
mod mail;
mod perhaps;
mod render;
mod send;
mod sms;
mod texts;

pub use error::SendError;
pub use mail::Mail;
pub use render::{Rendered, render};
pub use send::{Notify, ProviderMessageId};
pub use sms::Sms;
