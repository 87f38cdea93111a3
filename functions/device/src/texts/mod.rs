//! What the pages say: one file per language, no text anywhere else.
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
    pub(crate) lead: &'static str,
    pub(crate) code: &'static str,
    pub(crate) go_on: &'static str,
    /// No such code, or one that is over: which, nobody learns.
    pub(crate) wrong: &'static str,
    /// The title of the page that asks: the app.
    pub(crate) confirm_title: fn(&str) -> String,
    /// What it asks: the app, and the deployment's name.
    pub(crate) confirm_lead: fn(&str, &str) -> String,
    pub(crate) compare: &'static str,
    /// Where the device is.
    pub(crate) place: fn(&str) -> String,
    /// Whoever sends somebody a code wants to sign in as them.
    pub(crate) warning: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) deny: &'static str,
    pub(crate) allowed: [&'static str; 2],
    pub(crate) denied: [&'static str; 2],
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

    fn said(locale: Locale) -> Vec<String> {
        let t = texts(locale);
        let plain = [t.title, t.lead, t.wrong, t.compare, t.warning, t.allow, t.deny];
        let all = plain.into_iter().chain(t.allowed).chain(t.denied).map(str::to_owned);
        all.chain([(t.place)("PLACE"), (t.confirm_title)("APP"), (t.confirm_lead)("APP", "BRAND")]).collect()
    }

    #[test]
    fn no_language_borrows_from_another() {
        let all = Locale::ALL.map(said);
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                for (text, theirs) in one.iter().zip(other) {
                    assert!(text.trim() == text && !text.is_empty() && text != theirs, "{text:?}");
                }
            }
            assert!(one.iter().rev().take(2).all(|text| text.contains("APP")), "{one:?}");
        }
    }
}
