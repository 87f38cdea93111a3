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
    /// Asks for the button that confirms consent.
    Confirm,
    /// It counts.
    Confirmed,
    /// The link that confirms was used, its time is over, or nothing waits for it.
    ConfirmOver,
    /// The link that confirms was cut off or altered.
    ConfirmBroken,
    /// Asks for the button that unsubscribes.
    Unsubscribe,
    /// Nothing more is sent.
    Unsubscribed,
    /// The link to unsubscribe was cut off or altered.
    UnsubscribeBroken,
}

/// One language.
struct Language {
    confirm: Prompt,
    unsubscribe: Prompt,
    /// A page's words: the deployment's name, and the title of the purpose that it is about.
    words: fn(Page, &str, &str) -> Words,
}

impl pages::Page for Page {
    fn words(self, locale: Locale, brand: &str, about: &str) -> Words {
        let mut words = (language(locale).words)(self, brand, about);
        // A purpose that the deployment no longer has has no title.
        words.paragraphs.retain(|paragraph| !paragraph.trim_matches(['\u{2068}', '\u{2069}']).is_empty());
        words
    }

    fn prompt(self, locale: Locale) -> &'static Prompt {
        let Language { confirm, unsubscribe, .. } = language(locale);
        match self {
            Self::Confirm | Self::Confirmed | Self::ConfirmOver | Self::ConfirmBroken => confirm,
            Self::Unsubscribe | Self::Unsubscribed | Self::UnsubscribeBroken => unsubscribe,
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

    const PAGES: [Page; 7] = [
        Page::Confirm,
        Page::Confirmed,
        Page::ConfirmOver,
        Page::ConfirmBroken,
        Page::Unsubscribe,
        Page::Unsubscribed,
        Page::UnsubscribeBroken,
    ];

    #[test]
    fn no_language_borrows_from_another_and_whoever_presses_knows_what_for() {
        let said = |locale: Locale| {
            let Language { confirm, unsubscribe, words } = language(locale);
            let mut said: Vec<String> = PAGES
                .into_iter()
                .flat_map(|page| {
                    let Words { title, paragraphs } = words(page, "BRAND", "");
                    std::iter::once(title).chain(paragraphs).filter(|text| !text.is_empty())
                })
                .collect();
            said.extend([confirm, unsubscribe].iter().flat_map(|p| [p.button, p.caution]).map(str::to_owned));
            for page in [Page::Confirm, Page::Unsubscribe] {
                let text = words(page, "BRAND", "TITLE").paragraphs.concat();
                assert!(text.contains("BRAND") && text.contains("TITLE"), "{text}");
            }
            said
        };
        let all = Locale::ALL.map(said);
        for (at, one) in all.iter().enumerate() {
            assert!(one.iter().all(|text| text.trim() == text));
            for other in &all[at + 1..] {
                assert_eq!(one.len(), other.len());
                assert!(one.iter().zip(other).all(|(a, b)| a != b), "{one:?}");
            }
        }
    }
}
