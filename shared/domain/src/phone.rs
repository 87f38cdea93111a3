//! Phone numbers, and where they are.

use serde::{Deserialize, Serialize};

/// A phone number in E.164 form. Personal data: prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The number that this text is, if it is exactly `+` and 8 to 15 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let whole = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        (whole && !digits.starts_with('0')).then(|| Self(text.to_owned()))
    }

    /// The number.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The number as a hint: its last two digits.
    pub fn masked(&self) -> String {
        let (_, last) = self.0.split_at(self.0.len().saturating_sub(2));
        format!("•••{last}")
    }
}

/// A country, by the two letters of ISO 3166-1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Country(String);

impl Country {
    /// The country that these two capital letters may name.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())).then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhoneNumber(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_one_way_only() {
        for wrong in ["", "+", "4915112345678", "+0915112345678", "+49 151 12345678", "+1234567", "+1234567890123456"] {
            assert_eq!(PhoneNumber::parse(wrong), None, "{wrong}");
        }
        assert_eq!(PhoneNumber::parse("+4915112345678").unwrap().masked(), "•••78");
    }
}
