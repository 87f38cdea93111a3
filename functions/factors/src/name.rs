//! What customers call their factors.

use domain::{FieldError, unprintable};

/// The longest name, in characters.
pub(crate) const LONGEST: usize = 64;

/// A name, as it was typed but for blanks around it.
pub(crate) fn parse(text: &str) -> Result<String, FieldError> {
    let refused = |code, detail: &str| Err(FieldError::new("/name", code, detail));
    let name = text.trim();
    if name.is_empty() {
        refused("name", "is empty")
    } else if name.chars().count() > LONGEST {
        refused("name", "is longer than 64 characters")
    } else if name.chars().any(unprintable) {
        refused("name", "has a character that can't be shown")
    } else {
        Ok(name.to_owned())
    }
}

/// A name, if one was chosen.
pub(crate) fn chosen(text: Option<&str>) -> Result<Option<String>, FieldError> {
    text.map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_something() {
        assert_eq!(parse("  Mein Telefon 🦀 ").unwrap(), "Mein Telefon 🦀");
        for wrong in ["", "  ", "a\nb", "a\u{0}", "\u{202e}gnp", &"x".repeat(65)] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(parse(&"é".repeat(64)).is_ok());
    }
}
