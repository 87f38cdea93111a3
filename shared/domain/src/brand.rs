//! How the deployment presents itself in what it sends and shows.

use crate::{Color, ConfigError, Settings};

/// The deployment's name, colour and where its customers find help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    name: String,
    color: Color,
    support_url: Option<String>,
}

impl Brand {
    pub(crate) const LONGEST_NAME: usize = 64;
    const LONGEST_URL: usize = 512;

    /// The brand that `BRAND_NAME`, `BRAND_COLOR` (default `#1f4e79`) and `SUPPORT_URL` (default:
    /// none) describe.
    ///
    /// # Errors
    /// When the name is absent, longer than 64 characters or has a control character (a line break
    /// would end a header), when the colour is not `#rrggbb`, or when the URL is neither `https:`
    /// nor `mailto:`.
    pub fn new(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            name: name(settings.required("BRAND_NAME")?)?,
            color: match settings.text("BRAND_COLOR") {
                Some(text) => Color::parse("BRAND_COLOR", text)?,
                None => Color::rgb(0x1f, 0x4e, 0x79),
            },
            support_url: settings.text("SUPPORT_URL").map(support_url).transpose()?,
        })
    }

    /// What the deployment is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its colour.
    pub fn color(&self) -> Color {
        self.color
    }

    /// Where its customers find help.
    pub fn support_url(&self) -> Option<&str> {
        self.support_url.as_deref()
    }
}

fn name(text: &str) -> Result<String, ConfigError> {
    let wrong = |reason| Err(ConfigError::new("BRAND_NAME", reason));
    let name = text.trim();
    if name.is_empty() {
        wrong("is empty")
    } else if text.chars().any(unprintable) {
        wrong("has a control character")
    } else if name.chars().count() > Brand::LONGEST_NAME {
        wrong("is longer than 64 characters")
    } else {
        Ok(name.to_owned())
    }
}

fn support_url(text: &str) -> Result<String, ConfigError> {
    if is_link(text, &["https://", "mailto:"]) {
        Ok(text.to_owned())
    } else {
        Err(ConfigError::new("SUPPORT_URL", "is not an https: or mailto: URL of at most 512 ASCII characters"))
    }
}

/// Whether a text can stand behind a link of a page: a short URL of one of these schemes, and nothing that could
/// be taken for markup.
pub(crate) fn is_link(text: &str, schemes: &[&str]) -> bool {
    let known = schemes.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    let plain = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"'));
    known && plain && text.len() <= Brand::LONGEST_URL && url::Url::parse(text).is_ok()
}

/// Control characters, line separators, and the marks that reverse a line's direction: none of them
/// has a place in a header or in the middle of a sentence.
pub fn unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> Result<Brand, ConfigError> {
        Brand::new(&Settings::new([("BRAND_NAME", "Acme")]).with([(name, value)]))
    }

    #[test]
    fn a_name_cannot_reach_into_a_header() {
        for wrong in ["A\r\nBcc: x@example.com", "A\nB", "A\0", "A\u{2028}B", "\u{202e}emcA", "  "] {
            assert_eq!(with("BRAND_NAME", wrong).unwrap_err().name, "BRAND_NAME", "{wrong:?}");
        }
        assert!(with("BRAND_NAME", &"x".repeat(65)).is_err());
        assert_eq!(with("BRAND_NAME", " Bäcker & Söhne <3 ").unwrap().name(), "Bäcker & Söhne <3");
    }

    #[test]
    fn a_support_url_is_a_page_or_an_address() {
        for wrong in ["javascript:alert(1)", "http://example.com", "https://", "https://a b", "https://a/\"><script>"] {
            assert_eq!(with("SUPPORT_URL", wrong).unwrap_err().name, "SUPPORT_URL", "{wrong}");
        }
        assert_eq!(
            with("SUPPORT_URL", "mailto:help@example.com").unwrap().support_url(),
            Some("mailto:help@example.com")
        );
        assert_eq!(with("SUPPORT_URL", "").unwrap().support_url(), None);
    }
}
