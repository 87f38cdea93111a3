//! A moment, taken apart for a language to write: always UTC, and every language says so.

use domain::Timestamp;
use jiff::tz::TimeZone;

/// A moment to the minute, in UTC.
pub(crate) struct Moment {
    month: usize,
    /// Day of the month.
    pub(crate) day: i8,
    /// Year.
    pub(crate) year: i16,
    /// `14:05`.
    pub(crate) clock: String,
}

impl Moment {
    /// The moment of this timestamp.
    pub(crate) fn new(at: Timestamp) -> Self {
        let utc = at.to_zoned_datetime(TimeZone::UTC);
        Self {
            month: usize::try_from(utc.month()).unwrap_or_default(),
            day: utc.day(),
            year: utc.year(),
            clock: format!("{:02}:{:02}", utc.hour(), utc.minute()),
        }
    }

    /// The month's name among twelve.
    pub(crate) fn month<'a>(&self, names: &[&'a str; 12]) -> &'a str {
        self.month.checked_sub(1).and_then(|i| names.get(i)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use domain::Locale;

    use super::*;
    use crate::texts::language;

    #[test]
    fn every_language_writes_a_moment_its_own_way() {
        let at: Timestamp = "2025-03-01T09:05:59Z".parse().unwrap();
        let written = Locale::ALL.map(|locale| (language(locale).when)(&Moment::new(at)));
        assert_eq!(
            written,
            [
                "1 March 2025, 09:05 UTC",
                "1. März 2025, 09:05 Uhr (UTC)",
                "1er mars 2025 à 09:05 (UTC)",
                "1 de marzo de 2025 a las 09:05 (UTC)",
                "1 مارس 2025، الساعة 09:05 بالتوقيت العالمي (UTC)",
            ]
        );
        let all: Vec<String> = (1..=12)
            .map(|month| {
                (language(Locale::En).when)(&Moment::new(format!("2025-{month:02}-28T23:59:00Z").parse().unwrap()))
            })
            .collect();
        assert_eq!((all[0].as_str(), all[11].as_str()), ("28 January 2025, 23:59 UTC", "28 December 2025, 23:59 UTC"));
    }
}
