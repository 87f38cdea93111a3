//! What the pages say: one file per language, no text anywhere else.
//!
//! A language is a value of [`Language`] and its words are an exhaustive `match` over the pages, so a
//! text that is missing does not compile. Tone: as in mails.

mod ar;
mod de;
mod en;
mod es;
mod fr;

use domain::Locale;
use pages::{Prompt, Words};

/// A page of this flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Asks for a new password.
    Reset,
    /// It is set.
    ResetDone,
    /// The link to set one was used, or its time is over.
    ResetOver,
    /// The link to set one was cut off or altered.
    ResetBroken,
    /// Asks for the button that secures an account.
    Undo,
    /// It is secured.
    Undone,
    /// The link of a notice was used, or its time is over.
    UndoOver,
    /// The link of a notice was cut off or altered.
    UndoBroken,
}

/// One language.
struct Language {
    reset: Prompt,
    undo: Prompt,
    /// A page's words: the deployment's name, and the address that it is about, masked.
    words: fn(Page, &str, &str) -> Words,
}

impl pages::Page for Page {
    fn words(self, locale: Locale, brand: &str, address: &str) -> Words {
        (language(locale).words)(self, brand, address)
    }

    fn prompt(self, locale: Locale) -> &'static Prompt {
        let Language { reset, undo, .. } = language(locale);
        match self {
            Self::Reset | Self::ResetDone | Self::ResetOver | Self::ResetBroken => reset,
            Self::Undo | Self::Undone | Self::UndoOver | Self::UndoBroken => undo,
        }
    }
}

fn language(locale: Locale) -> &'static Language {
    match locale {
        Locale::En => &en::LANGUAGE,
        Locale::De => &de::LANGUAGE,
        Locale::Fr => &fr::LANGUAGE,
        Locale::Es => &es::LANGUAGE,
        Locale::Ar => &ar::LANGUAGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: [Page; 8] = [
        Page::Reset,
        Page::ResetDone,
        Page::ResetOver,
        Page::ResetBroken,
        Page::Undo,
        Page::Undone,
        Page::UndoOver,
        Page::UndoBroken,
    ];

    /// Everything that a language says, by its place.
    fn said(locale: Locale) -> Vec<(String, String)> {
        let Language { reset, undo, words } = language(locale);
        let mut said = Vec::new();
        for page in PAGES {
            let Words { title, paragraphs } = words(page, "BRAND", "a•••@example.com");
            let texts = std::iter::once(title).chain(paragraphs).enumerate();
            said.extend(texts.map(|(n, text)| (format!("{page:?} {n}"), text)));
        }
        for (name, prompt) in [("reset", reset), ("undo", undo)] {
            let texts = [prompt.password.unwrap_or("-"), prompt.button, prompt.caution];
            said.extend(texts.into_iter().enumerate().map(|(n, text)| (format!("{name} {n}"), text.to_owned())));
        }
        said
    }

    #[test]
    fn no_language_borrows_from_another() {
        let all = Locale::ALL.map(said);
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                assert_eq!(one.len(), other.len());
                for ((place, text), (same_place, theirs)) in one.iter().zip(other) {
                    assert_eq!(place, same_place);
                    assert!(text.trim() == text && !text.is_empty(), "{place}: {text:?}");
                    assert!(text != theirs || text == "-", "{place}: {text:?}");
                }
            }
        }
    }

    #[test]
    fn whoever_presses_knows_for_whom_and_what_comes_of_it() {
        for locale in Locale::ALL {
            let words = language(locale).words;
            let reset = words(Page::Reset, "BRAND", "a•••@example.com").paragraphs.concat();
            assert!(reset.contains("BRAND") && reset.contains("a•••@example.com"), "{reset}");
            for page in [Page::ResetDone, Page::Undo, Page::Undone, Page::UndoOver] {
                assert!(words(page, "BRAND", "").paragraphs.concat().contains("BRAND"), "{locale:?} {page:?}");
            }
        }
    }
}
