//! Codes that travel by mail: what the app is told, and how many one address is sent.

use domain::{ConfigError, Email, FieldError, Handle, Locale, Settings, SignedDuration};
use edge::{Ctx, Kind, Problem};
use serde::Serialize;
use store::{BlindIndex, Limit, OneTime};

/// Something waits for the code that was just sent.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Started {
    /// Goes with the code to `/v1/verify`. Keep it where only this customer can read it.
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
    /// Always `email`.
    #[schema(example = "email")]
    pub channel: String,
    /// The address, masked.
    #[schema(example = "a•••@example.com")]
    pub to: String,
}

impl Started {
    /// A code to this address, that came into being now.
    pub fn by_mail(transaction: &Handle, to: &Email) -> Self {
        Self {
            transaction: transaction.reveal().to_owned(),
            expires_in: OneTime::LIFETIME.as_secs(),
            delivery: Delivered { channel: "email".to_owned(), to: to.masked() },
        }
    }
}

/// The language of what is sent: the one that was asked for, or that of the request.
///
/// # Errors
/// When what was asked for is no language tag.
pub fn locale(ctx: &Ctx, asked: Option<&str>) -> Result<Locale, FieldError> {
    match asked {
        None => Ok(ctx.locale),
        Some(tag) if Locale::is_tag(tag) => Ok(Locale::parse(tag).unwrap_or(ctx.locale)),
        Some(_) => Err(FieldError::new("/locale", "locale", "is no language tag")),
    }
}

/// The answer to a wrong code; so many tries are left.
pub fn wrong_code(left: u32) -> Problem {
    Problem::new(Kind::InvalidCode).detail(match left {
        0 => "No tries are left. Begin again, or have a new code sent.".to_owned(),
        1 => "1 try is left.".to_owned(),
        left => format!("{left} tries are left."),
    })
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
