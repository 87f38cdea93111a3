//! An SMS: a code, and the line by which a phone offers it to the right site only.

use domain::{Brand, Code, Locale};

use crate::texts::language;

/// A phone number in E.164 form. Personal data: prints as `***`.
#[derive(Clone, PartialEq, Eq)]
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
}

impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhoneNumber(***)")
    }
}

/// An SMS, ready to be sent. Prints without its text: it holds a code.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// Whom it goes to.
    pub to: PhoneNumber,
    /// What it says.
    pub text: String,
}

impl Sms {
    /// The SMS that brings a code. Its last line is an origin-bound one-time code: phones fill it in
    /// on the issuer's host and nowhere else.
    #[must_use]
    pub fn code(to: PhoneNumber, locale: Locale, code: &Code, issuer: &str, brand: &Brand) -> Self {
        let sentence = (language(locale).sms)(code.reveal(), brand.name());
        let host = issuer.split("://").nth(1).unwrap_or(issuer).split(['/', ':']).next().unwrap_or_default();
        Self { to, text: format!("{sentence}\n\n@{host} #{}", code.reveal()) }
    }
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sms(***)")
    }
}

#[cfg(test)]
mod tests {
    use domain::Settings;

    use super::*;

    #[test]
    fn a_code_is_bound_to_the_issuers_host() {
        let brand = Brand::new(&Settings::new([("BRAND_NAME", "Acme")])).unwrap();
        for locale in Locale::ALL {
            let to = PhoneNumber::parse("+4915112345678").unwrap();
            let sms = Sms::code(to, locale, &Code::parse("123456").unwrap(), "https://id.example.com:8443/x", &brand);
            assert!(sms.text.starts_with("123456 ") && sms.text.contains("Acme"), "{}", sms.text);
            assert!(sms.text.ends_with("\n\n@id.example.com #123456"), "{}", sms.text);
            assert_eq!(format!("{sms:?}{:?}", sms.to), "Sms(***)PhoneNumber(***)");
        }
    }

    #[test]
    fn a_number_is_written_one_way_only() {
        for wrong in ["", "+", "4915112345678", "+0915112345678", "+49 151 12345678", "+1234567", "+1234567890123456"] {
            assert_eq!(PhoneNumber::parse(wrong), None, "{wrong}");
        }
    }
}
