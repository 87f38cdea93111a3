//! Codes that travel by mail or SMS: what the app is told, and how many one address is sent.

use domain::{ConfigError, Email, Handle, PhoneNumber, Settings, SignedDuration};
use serde::Serialize;
use store::{BlindIndex, Limit, OneTime};

/// Something waits for the code that was just sent.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Started {
    /// Goes with the code to where it is verified. Keep it where only this customer can read it.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    pub transaction: String,
    /// How long the code lives, in seconds.
    #[schema(example = 600)]
    pub expires_in: i64,
    /// How the code travels.
    pub delivery: Delivered,
}

/// How a code travels.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Delivered {
    /// `email` or `sms`.
    #[schema(example = "email")]
    pub channel: String,
    /// The address or number, masked.
    #[schema(example = "a•••@example.com")]
    pub to: String,
}

impl Started {
    /// A code to this address, that came into being now.
    pub fn by_mail(transaction: &Handle, to: &Email) -> Self {
        Self::of(transaction, "email", to.masked())
    }

    /// A code to this number, that came into being now.
    pub fn by_sms(transaction: &Handle, to: &PhoneNumber) -> Self {
        Self::of(transaction, "sms", to.masked())
    }

    fn of(transaction: &Handle, channel: &str, to: String) -> Self {
        Self {
            transaction: transaction.reveal().to_owned(),
            expires_in: OneTime::LIFETIME.as_secs(),
            delivery: Delivered { channel: channel.to_owned(), to },
        }
    }
}

/// How many codes one address is sent, whoever asks and for whatever: a mailbox has one owner, and
/// the sender one reputation.
#[derive(Clone, Copy, Debug)]
pub struct CodesPerAddress(Limit);

impl CodesPerAddress {
    /// Reads `LIMIT_REGISTER_PER_ADDRESS` (5 an hour).
    ///
    /// # Errors
    /// When it is no number.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let most = settings.number("LIMIT_REGISTER_PER_ADDRESS", 5)?;
        Ok(Self(Limit::new("register", most, SignedDuration::from_hours(1))))
    }

    /// The limit and its subject, for `edge::limits::count`.
    pub fn of(&self, address: &BlindIndex) -> (Limit, String) {
        (self.0, address.as_str().to_owned())
    }
}
