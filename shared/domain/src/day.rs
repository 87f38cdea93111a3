//! Days: how old somebody is, and when a day ends. A day is one of UTC.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::Timestamp;

/// How old somebody is who was born on this day (`YYYY-MM-DD`), in whole years.
pub fn age(birthdate: &str, now: Timestamp) -> Option<u8> {
    let (born, today) = (date(birthdate)?, TimeZone::UTC.to_datetime(now).date());
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    u8::try_from(today.year() - born.year() - i16::from(!had_birthday)).ok()
}

/// The moment at which a day (`YYYY-MM-DD`) ends.
pub fn day_ends(day: &str) -> Option<Timestamp> {
    Some(date(day)?.tomorrow().ok()?.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

/// A day, written in one way only.
fn date(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|date| date.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_is_lived_on_the_birthday() {
        let now = at("2027-01-15T08:00:00Z");
        assert_eq!(age("2011-01-15", now), Some(16));
        assert_eq!(age("2011-01-16", now), Some(15));
        assert_eq!(age("2008-02-29", at("2024-02-28T23:59:59Z")), Some(15));
        assert_eq!(age("2008-02-29", at("2023-03-01T00:00:00Z")), Some(15));
        for none in ["", "yesterday", "2027-01-16", "1700-01-01", "2011-1-5", "20110115"] {
            assert_eq!(age(none, now), None, "{none}");
        }
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        assert_eq!(day_ends("2027-01-15"), Some(at("2027-01-16T00:00:00Z")));
        assert_eq!(day_ends("2028-02-28"), Some(at("2028-02-29T00:00:00Z")));
        for none in ["", "2027-02-29", "2027-01-15T00:00:00Z", "27-01-15"] {
            assert_eq!(day_ends(none), None, "{none}");
        }
    }
}
