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

/// One language.
struct Language {
    confirm: Prompt,
    undo: Prompt,
    /// A page's words: the deployment's name, and the address that it is about, masked.
    words: fn(Page, &str, &str) -> Words,
}

impl pages::Page for Page {
    fn words(self, locale: Locale, brand: &str, address: &str) -> Words {
        (language(locale).words)(self, brand, address)
    }

    fn prompt(self, locale: Locale) -> &'static Prompt {
        let Language { confirm, undo, .. } = language(locale);
        match self {
            Self::Undo | Self::Undone | Self::UndoOver | Self::UndoBroken => undo,
            Self::Confirm | Self::Confirmed | Self::LinkOver | Self::LinkBroken | Self::AddressTaken => confirm,
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
    use pages::Page as _;

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
            let words = page.words(locale, "BRAND", "a•••@example.com");
            std::iter::once(words.title).chain(words.paragraphs)
        });
        let Language { confirm, undo, .. } = language(locale);
        let said = |p: &'static Prompt| p.password.into_iter().chain([p.button, p.caution]);
        let prompts = [confirm, undo].into_iter().flat_map(said).map(str::to_owned);
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
                let text = page.words(locale, "BRAND", "a•••@example.com").paragraphs.concat();
                assert!(text.contains("BRAND") && text.contains("a•••@example.com"), "{text}");
            }
        }
    }
}
