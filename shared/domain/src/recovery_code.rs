//! Recovery codes.

use crate::{Rng, Secret};

/// A recovery code: 120 random bits, as six groups of four letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryCode(Secret<String>);

/// Crockford's base 32: no letter that looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 24;

impl RecoveryCode {
    /// A new code.
    pub fn generate(rng: &Rng) -> Self {
        // 24 bytes, of which five bits each are used: all values are equally likely.
        let letter = |byte: u8| ALPHABET.get(usize::from(byte & 31)).map_or('0', |letter| char::from(*letter));
        Self(Secret::new(rng.bytes::<LENGTH>().into_iter().map(letter).collect()))
    }

    /// The code that was typed: in any case, with or without its hyphens, with O for 0 and I or L for 1.
    pub fn parse(text: &str) -> Option<Self> {
        let same = |c: char| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        };
        let typed = text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(LENGTH + 1);
        let code: String = typed.map(same).collect();
        let whole = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        whole.then(|| Self(Secret::new(code)))
    }

    /// The code without its hyphens: what its MAC is made of.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The code as its owner is shown it.
    pub fn grouped(&self) -> String {
        let letters: Vec<char> = self.reveal().chars().collect();
        letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_copied_by_hand() {
        let code = RecoveryCode::generate(&Rng::seeded([3; 32]));
        let shown = code.grouped();
        assert_eq!(shown.len(), 29);
        assert_eq!(RecoveryCode::parse(&shown), Some(code.clone()));
        assert_eq!(RecoveryCode::parse(&shown.to_uppercase().replace('-', " ").replace('0', "O")), Some(code));
        for wrong in ["", "abcd", &shown[1..], &format!("{shown}0"), &shown.replace(&shown[..1], "u")] {
            assert_eq!(RecoveryCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_has_120_bits() {
        let rng = Rng::seeded([4; 32]);
        let mut counts = [0_u32; ALPHABET.len()];
        for _ in 0..1_000 {
            let code = RecoveryCode::generate(&rng);
            assert_eq!(code.reveal().len(), 120 / 5);
            for letter in code.reveal().bytes() {
                counts[ALPHABET.iter().position(|known| *known == letter).unwrap()] += 1;
            }
        }
        // Each letter is as likely as the others: 750 are expected, 27 are one standard deviation.
        assert!(counts.iter().all(|count| (600..900).contains(count)), "{counts:?}");
    }
}
