//! What the pages say: one file per language, no text anywhere else.
//!
//! A language is a value of [`Language`] and its words are an exhaustive `match` over the pages, so a
//! text that is missing does not compile. Tone: as in mails.

mod ar;
mod de;
mod en;
mod es;
mod fr;

use domain::{Locale, Timestamp};
use pages::{Prompt, Words};

/// A page of this flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Asks for the button that keeps the account.
    Withdraw {
        /// Until when a legal hold puts the erasure off of which the customer may be told.
        on_hold_until: Option<Timestamp>,
    },
    /// It stays.
    Withdrawn,
    /// The link was used, or it is too late.
    Over,
    /// The link was cut off or altered.
    Broken,
}

/// One language.
struct Language {
    prompt: Prompt,
    /// A page's words, with the deployment's name.
    words: fn(Page, &str) -> Words,
}

impl pages::Page for Page {
    fn words(self, locale: Locale, brand: &str, _: &str) -> Words {
        (language(locale).words)(self, brand)
    }

    fn prompt(self, locale: Locale) -> &'static Prompt {
        &language(locale).prompt
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
    use domain::when;

    use super::*;

    #[test]
    fn no_language_borrows_from_another_and_each_names_the_account() {
        let held = Page::Withdraw { on_hold_until: Some(Timestamp::UNIX_EPOCH) };
        let pages = [Page::Withdraw { on_hold_until: None }, held, Page::Withdrawn, Page::Over, Page::Broken];
        let said = |locale| {
            let Language { prompt, words } = language(locale);
            let mut said = vec![prompt.button.to_owned(), prompt.caution.to_owned()];
            for page in pages {
                let Words { title, paragraphs } = words(page, "BRAND");
                assert!(paragraphs.concat().contains("BRAND"), "{locale:?} {page:?}");
                let tells =
                    paragraphs.iter().filter(|said| said.contains(&when(locale, Timestamp::UNIX_EPOCH))).count();
                assert_eq!(tells, usize::from(page == held), "{locale:?} {page:?}");
                said.extend(std::iter::once(title).chain(paragraphs));
            }
            said
        };
        let all = Locale::ALL.map(said);
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                assert_eq!(one.len(), other.len());
                assert!(one.iter().zip(other).all(|(a, b)| a != b && !a.is_empty() && a.trim() == a));
            }
        }
    }
}
