//! The field in which somebody chooses a password.

use askama::Template;
use domain::{Locale, PasswordPolicy, PasswordRefused};

use crate::texts::texts;

/// The field `password` of a form: its label, what is asked of it, and what was wrong with the last
/// one. Works without a script, says what is wrong to screen readers, and lets a password manager
/// offer a new one.
#[derive(Template)]
#[template(path = "password.html")]
pub struct PasswordField<'a> {
    label: &'a str,
    hint: String,
    wrong: Option<String>,
}

impl<'a> PasswordField<'a> {
    /// The field in this language; `refused` says what was wrong with the password sent before.
    pub fn new(
        locale: Locale,
        label: &'a str,
        policy: &PasswordPolicy,
        refused: Option<PasswordRefused>,
    ) -> PasswordField<'a> {
        let texts = texts(locale);
        Self { label, hint: (texts.hint)(policy.min), wrong: refused.map(|why| texts.refused(why, policy)) }
    }
}
