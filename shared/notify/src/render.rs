//! A delivery becomes what is sent: a mail to a mailbox, an SMS to a phone.

use domain::{Brand, Delivery, Recipient};

use crate::{Mail, SendError, Sms, mail};

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// By SES.
    Mail(Mail),
    /// By SNS.
    Sms(Sms),
}

/// Writes what a delivery asks for.
///
/// # Errors
/// [`SendError::Rejected`] for a message that is none for a phone. It never will be.
pub fn render(delivery: &Delivery, brand: &Brand) -> Result<Rendered, SendError> {
    match &delivery.to {
        Recipient::Email(to) => Ok(Rendered::Mail(mail::write(to, delivery, brand))),
        Recipient::Phone(to) => Sms::write(to, delivery, brand).map(Rendered::Sms),
    }
}
