//! The code that people carry from a device to a browser (RFC 8628 §6.1).

use crate::Rng;

/// No vowels, so that no code is a word.
const LETTERS: [char; 20] =
    ['B', 'C', 'D', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Z'];
const LENGTH: usize = 8;
/// The most that is looked at of what somebody typed.
const LONGEST: usize = 64;

/// Eight letters: 34 bits, for ten minutes, behind limits.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// A new code.
    pub fn generate(rng: &Rng) -> Self {
        let mut letters = String::new();
        while letters.len() < LENGTH {
            // Only what is evenly spread over the letters.
            let bytes = rng.bytes::<16>().into_iter().filter(|byte| *byte < 240);
            let drawn = bytes.filter_map(|byte| LETTERS.get(usize::from(byte % 20)));
            letters.extend(drawn.take(LENGTH - letters.len()));
        }
        Self(letters)
    }

    /// The code that was typed, in whatever case and with whatever between its letters.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let letters: String =
            text.chars().filter(|c| c.is_alphanumeric()).map(|letter| letter.to_ascii_uppercase()).collect();
        let is_code = letters.chars().all(|letter| LETTERS.contains(&letter)) && letters.chars().count() == LENGTH;
        is_code.then_some(Self(letters))
    }

    /// As it is shown: `XXXX-XXXX`.
    pub fn reveal(&self) -> String {
        let (first, second) = self.0.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }

    /// Its letters alone.
    pub fn letters(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for UserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserCode(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let typed = |text: &str| UserCode::parse(text).map(|code| code.reveal());
        for text in ["WDJB-MJHT", "wdjbmjht", " wdjb mjht ", "W.D.J.B\u{2013}m j h t"] {
            assert_eq!(typed(text).as_deref(), Some("WDJB-MJHT"), "{text:?}");
        }
        for text in ["", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB-MJH1", "ＷDJB-MJHT", "WDJB-MJHÖ"] {
            assert_eq!(typed(text), None, "{text:?}");
        }
        assert_eq!(typed(&format!("WDJB-MJHT{}", " ".repeat(64))), None);
    }

    #[test]
    fn codes_differ_and_can_be_typed() {
        let rng = Rng::seeded([7; 32]);
        let codes: std::collections::HashSet<_> = (0..200).map(|_| UserCode::generate(&rng).reveal()).collect();
        assert_eq!(codes.len(), 200);
        assert!(codes.iter().all(|code| UserCode::parse(code).is_some_and(|parsed| parsed.reveal() == *code)));
    }
}
