//! What the page says: one file per language, no text anywhere else.
//!
//! A language is a value of [`Texts`], so a text that is missing does not compile. Tone: as in mails.

mod ar;
mod de;
mod en;
mod es;
mod fr;

use domain::Locale;

/// One language.
pub(crate) struct Texts {
    pub(crate) title: &'static str,
    /// What for: the app, and the deployment's name.
    pub(crate) lead: fn(&str, &str) -> String,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) cancel: &'static str,
    /// Wrong password or unknown address: which, nobody learns.
    pub(crate) wrong: &'static str,
    pub(crate) no_address: &'static str,
    /// The brand asks for no passwords.
    pub(crate) no_password: &'static str,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_language_borrows_from_another() {
        let all = Locale::ALL.map(|locale| {
            let t = texts(locale);
            let lead = (t.lead)("APP", "BRAND");
            assert!(lead.contains("APP") && lead.contains("BRAND"), "{lead}");
            let plain = [t.title, t.email, t.password, t.submit, t.cancel, t.wrong, t.no_address, t.no_password];
            plain.into_iter().map(str::to_owned).chain([lead]).collect::<Vec<_>>()
        });
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                for (text, theirs) in one.iter().zip(other) {
                    assert!(text.trim() == text && !text.is_empty() && text != theirs, "{text:?}");
                }
            }
        }
    }
}
