//! What the parts say that several flows share: one file per language, no text anywhere else.
//!
//! A language is a value of [`Texts`], so a text that is missing does not compile. Tone: as in mails;
//! the polite address where a language has one; what happened first, what to do second.

mod ar;
mod de;
mod en;
mod es;
mod fr;

use domain::{Locale, PasswordPolicy, PasswordRefused};
use edge::{Kind, Problem};

use crate::Words;

/// One language.
pub(crate) struct Texts {
    /// Before the address of the support.
    pub(crate) help: &'static str,
    /// The links of a brand's footer.
    pub(crate) privacy: &'static str,
    pub(crate) terms: &'static str,
    /// What a password must be like: at least so many characters.
    pub(crate) hint: fn(usize) -> String,
    pub(crate) too_short: fn(usize) -> String,
    pub(crate) too_long: fn(usize) -> String,
    pub(crate) common: &'static str,
    pub(crate) breached: &'static str,
    pub(crate) guessable: &'static str,
    /// What nobody who reads it can help: title and what to do.
    pub(crate) too_many: [&'static str; 2],
    pub(crate) changed: [&'static str; 2],
    pub(crate) unreadable: [&'static str; 2],
    pub(crate) unavailable: [&'static str; 2],
    pub(crate) mistake: [&'static str; 2],
    /// A sign-in that an app has begun, and that can't go on here.
    pub(crate) sign_in_over: [&'static str; 2],
    /// What each scope of [`SCOPES`] gives an app.
    pub(crate) scopes: [&'static str; 6],
}

/// The scopes that customers can be told about, in the order of their texts.
pub(crate) const SCOPES: [&str; 6] = ["openid", "profile", "email", "phone", "address", "offline_access"];

impl Texts {
    /// What was wrong with a password.
    pub(crate) fn refused(&self, why: PasswordRefused, policy: &PasswordPolicy) -> String {
        match why {
            PasswordRefused::TooShort => (self.too_short)(policy.min),
            PasswordRefused::TooLong => (self.too_long)(policy.max),
            PasswordRefused::Common => self.common.to_owned(),
            PasswordRefused::Breached => self.breached.to_owned(),
            PasswordRefused::Guessable => self.guessable.to_owned(),
        }
    }

    /// What to say of a problem that is none of the flow's own.
    pub(crate) fn trouble(&self, problem: &Problem) -> Words {
        let [title, advice] = match problem.kind() {
            Kind::TooManyRequests => self.too_many,
            Kind::Conflict => self.changed,
            Kind::Unavailable => self.unavailable,
            kind if kind.status().is_client_error() => self.unreadable,
            _ => self.mistake,
        };
        Words::new(title, [advice])
    }
}

/// The texts of a language.
pub(crate) fn texts(locale: Locale) -> &'static Texts {
    match locale {
        Locale::En => &en::TEXTS,
        Locale::De => &de::TEXTS,
        Locale::Fr => &fr::TEXTS,
        Locale::Es => &es::TEXTS,
        Locale::Ar => &ar::TEXTS,
    }
}
