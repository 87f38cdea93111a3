//! Languages.

use serde::{Deserialize, Serialize};

/// A language that Portico speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Arabic.
    Ar,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 5] = [Self::En, Self::De, Self::Fr, Self::Es, Self::Ar];

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
            Self::Ar => "ar",
        }
    }

    /// Whether it is written from right to left.
    pub fn is_rtl(self) -> bool {
        self == Self::Ar
    }

    /// The language of a BCP 47 tag, by its primary subtag: `de-AT` is German.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().filter(|_| Self::is_tag(tag))?;
        Self::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(primary))
    }

    /// Whether a text has the form of a BCP 47 tag: letters, then groups of up to eight letters and
    /// digits.
    pub fn is_tag(text: &str) -> bool {
        let mut groups = text.split('-');
        let primary = groups.next().unwrap_or_default();
        text.len() <= 35
            && (2..=8).contains(&primary.len())
            && primary.bytes().all(|b| b.is_ascii_alphabetic())
            && groups.all(|group| (1..=8).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_alphanumeric()))
    }

    /// The best language for an `Accept-Language` header (RFC 9110 §12.5.4).
    pub fn negotiate(accept_language: Option<&str>) -> Self {
        let mut best = (0.0, Self::default());
        for range in accept_language.unwrap_or_default().split(',').take(16) {
            let mut parts = range.split(';');
            let Some(locale) = parts.next().and_then(|tag| Self::parse(tag.trim())) else { continue };
            let weight = parts.find_map(|p| p.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            if weight > best.0 {
                best = (weight, locale);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_a_form() {
        for tag in ["de", "DE-at", "zh-Hant-TW", "de-1996", "klingon"] {
            assert!(Locale::is_tag(tag), "{tag}");
        }
        for none in
            ["", "d", "de-", "-de", "de_AT", " de", "de-S*", "1a", "de--a", "de-abcdefghi", "ä", &"de-abc".repeat(9)]
        {
            assert!(!Locale::is_tag(none) && Locale::parse(none).is_none(), "{none}");
        }
        assert_eq!((Locale::parse("DE-at"), Locale::parse("ja")), (Some(Locale::De), None));
    }

    #[test]
    fn the_preferred_language_that_we_speak_wins() {
        for (header, locale) in [
            (None, Locale::En),
            (Some("de-AT,de;q=0.9,en;q=0.8"), Locale::De),
            (Some("ja, ar;q=0.4, fr;q=0.7"), Locale::Fr),
            (Some("xx;q=nonsense,,;"), Locale::En),
        ] {
            assert_eq!(Locale::negotiate(header), locale, "{header:?}");
        }
    }
}
