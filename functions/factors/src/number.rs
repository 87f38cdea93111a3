//! Phone numbers as people type them.

use domain::{Country, FieldError, PhoneNumber};
use phonenumber::Type;
use phonenumber::metadata::DATABASE;

use crate::FactorError;

/// The mobile number that this text is, in E.164 form, and its country, if that is one of `countries`.
pub(crate) fn parse(text: &str, countries: &[Country]) -> Result<(PhoneNumber, Country), FactorError> {
    let refused = |detail: &str| FactorError::Fields(vec![FieldError::new("/number", "number", detail)]);
    let plain = plain(text).ok_or_else(|| refused("is no number that begins with + and a country's code"))?;
    let number = phonenumber::parse(None, &plain).map_err(|_| refused("is no number of any country"))?;
    let country = number.country().id().and_then(|id| Country::parse(id.as_ref()));
    let country = country.ok_or_else(|| refused("is no number of any country"))?;
    if !countries.contains(&country) {
        return Err(FactorError::NotAvailable);
    }
    // Some countries give mobile and fixed lines the same numbers.
    let receives = matches!(number.number_type(&DATABASE), Type::Mobile | Type::FixedLineOrMobile);
    let whole = PhoneNumber::parse(&format!("+{}{}", number.code().value(), number.national()));
    let whole = whole.filter(|_| receives && number.is_valid());
    whole.map(|number| (number, country)).ok_or_else(|| refused("is no number of a mobile phone"))
}

/// A plus sign and the digits, without what people write between them. The library reads much more:
/// words for digits, extensions, URIs.
fn plain(text: &str) -> Option<String> {
    let text = text.trim().replace("(0)", "");
    let rest = text.strip_prefix('+').filter(|rest| rest.len() <= 32)?;
    let digits: String = rest.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')')).collect();
    let whole = (7..=17).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    whole.then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, countries: &[&str]) -> Result<String, &'static str> {
        let countries: Vec<_> = countries.iter().filter_map(|country| Country::parse(country)).collect();
        match parse(text, &countries) {
            Ok((number, _)) => Ok(number.reveal().to_owned()),
            Err(FactorError::NotAvailable) => Err("country"),
            Err(_) => Err("number"),
        }
    }

    #[test]
    fn a_number_is_written_one_way_however_it_is_typed() {
        for typed in ["+4915112345678", " +49 151 1234-5678", "+49 (0) 151/12345678", "+49 0151 12345678"] {
            assert_eq!(of(typed, &["DE"]), Ok("+4915112345678".to_owned()), "{typed}");
        }
        assert_eq!(of("+1 520 878 2491", &["US"]), Ok("+15208782491".to_owned()));
        assert_eq!(of("+33 6 31 96 65 43", &["DE", "FR"]), Ok("+33631966543".to_owned()));
    }

    #[test]
    fn only_mobile_phones_of_the_countries_that_are_named() {
        for (typed, why) in [
            ("+33631966543", "country"),
            ("+16137827274", "country"),
            ("+1 900 555 0100", "country"),
            ("+49 30 123456", "number"),
            ("+49 900 1 123456", "number"),
            ("+49 800 1234567", "number"),
            ("+4915112", "number"),
            ("0151 12345678", "number"),
            ("+999123456789", "number"),
            ("+800 1234 0000", "number"),
            ("tel:+4915112345678", "number"),
            ("+49 151 12345678 ext. 5", "number"),
            ("+４９１５１１２３４５６７８", "number"),
            ("+", "number"),
            ("", "number"),
            ("+49151123456789012345", "number"),
        ] {
            let found = of(typed, &["DE", "US"]);
            assert!(found == Err(why) || (why == "country" && found.is_err()), "{typed}: {found:?}");
        }
    }
}
