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
use pages::{Words, isolated};

/// A page of this flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Asks for the button that confirms an address.
    Confirm,
    /// The address is confirmed.
    Confirmed,
    /// The link to confirm was used, or its time is over.
    LinkOver,
    /// The link to confirm was cut off or altered.
    LinkBroken,
    /// There is an account already.
    AddressTaken,
    /// Asks for the button that undoes a change of address.
    Undo,
    /// The change is undone.
    Undone,
    /// The change can no longer be undone.
    UndoOver,
    /// The link to undo was cut off or altered.
    UndoBroken,
}

/// What stands around a button.
pub(crate) struct Prompt {
    /// The label of the password's field.
    pub(crate) password: &'static str,
    /// The button.
    pub(crate) button: &'static str,
    /// What to do or leave if it was somebody else.
    pub(crate) caution: &'static str,
}

/// One language.
struct Language {
    confirm: Prompt,
    undo: Prompt,
    /// A page's words: the deployment's name, and the address that it is about, masked.
    words: fn(Page, &str, &str) -> Words,
}

/// What a page says.
pub(crate) fn words(locale: Locale, page: Page, brand: &str, address: &str) -> Words {
    (language(locale).words)(page, brand, &isolated(locale, address))
}

/// What stands around a page's button.
pub(crate) fn prompt(locale: Locale, page: Page) -> &'static Prompt {
    let language = language(locale);
    match page {
        Page::Undo | Page::Undone | Page::UndoOver | Page::UndoBroken => &language.undo,
        Page::Confirm | Page::Confirmed | Page::LinkOver | Page::LinkBroken | Page::AddressTaken => &language.confirm,
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

    const PAGES: [Page; 9] = [
        Page::Confirm,
        Page::Confirmed,
        Page::LinkOver,
        Page::LinkBroken,
        Page::AddressTaken,
        Page::Undo,
        Page::Undone,
        Page::UndoOver,
        Page::UndoBroken,
    ];

    fn said(locale: Locale) -> Vec<String> {
        let words = PAGES.into_iter().flat_map(|page| {
            let words = words(locale, page, "BRAND", "a•••@example.com");
            std::iter::once(words.title).chain(words.paragraphs)
        });
        let Language { confirm, undo, .. } = language(locale);
        let prompts = [confirm, undo].into_iter().flat_map(|p| [p.password, p.button, p.caution]).map(str::to_owned);
        words.chain(prompts).collect()
    }

    #[test]
    fn every_language_has_every_text_in_words_of_its_own() {
        let all = Locale::ALL.map(said);
        for (at, said) in all.iter().enumerate() {
            assert_eq!(said.len(), all[0].len());
            for (place, text) in said.iter().enumerate() {
                assert!(!text.trim().is_empty() && text.trim() == text, "{text:?}");
                assert!(all.iter().skip(at + 1).all(|other| other[place] != *text), "{text:?}");
            }
        }
    }

    #[test]
    fn a_page_with_a_button_says_who_asks_and_for_which_address() {
        for locale in Locale::ALL {
            for page in [Page::Confirm, Page::Undo] {
                let text = words(locale, page, "BRAND", "a•••@example.com").paragraphs.concat();
                assert!(text.contains("BRAND") && text.contains("a•••@example.com"), "{text}");
            }
        }
    }
}
