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
    pub(crate) ask_title: &'static str,
    pub(crate) ask: &'static str,
    pub(crate) ask_hint: &'static str,
    pub(crate) button: &'static str,
    /// Nobody is signed in any more, and a request that the app has got wrong: title and what to do.
    pub(crate) done: [&'static str; 2],
    pub(crate) wrong: [&'static str; 2],
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
            let Texts { ask_title, ask, ask_hint, button, done, wrong } = texts(locale);
            [[*ask_title, *ask, *ask_hint, *button].as_slice(), done, wrong].concat()
        });
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                for (text, theirs) in one.iter().zip(other) {
                    assert!(text.trim() == *text && !text.is_empty() && text != theirs, "{text:?}");
                }
            }
        }
    }
}
