//! A moment as people write it: to the minute, always in UTC, and every language says so.

use jiff::tz::TimeZone;

use crate::{Locale, Timestamp};

/// This moment in this language.
pub fn when(locale: Locale, at: Timestamp) -> String {
    let utc = at.to_zoned_datetime(TimeZone::UTC);
    let (day, year) = (utc.day(), utc.year());
    let clock = format!("{:02}:{:02}", utc.hour(), utc.minute());
    let month = |names: &[&'static str; 12]| {
        let at = usize::try_from(utc.month()).ok().and_then(|month| month.checked_sub(1));
        at.and_then(|at| names.get(at)).copied().unwrap_or_default()
    };
    match locale {
        Locale::En => format!("{day} {} {year}, {clock} UTC", month(&EN)),
        Locale::De => format!("{day}. {} {year}, {clock} Uhr (UTC)", month(&DE)),
        Locale::Fr => {
            let first = if day == 1 { "er" } else { "" };
            format!("{day}{first} {} {year} à {clock} (UTC)", month(&FR))
        }
        Locale::Es => {
            let hour = if clock.starts_with("01") { "la" } else { "las" };
            format!("{day} de {} de {year} a {hour} {clock} (UTC)", month(&ES))
        }
        Locale::Ar => format!("{day} {} {year}، الساعة {clock} بالتوقيت العالمي (UTC)", month(&AR)),
    }
}

const EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const ES: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const AR: [&str; 12] =
    ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_writes_a_moment_its_own_way() {
        let at: Timestamp = "2025-03-01T09:05:59Z".parse().unwrap();
        let written = Locale::ALL.map(|locale| when(locale, at));
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
        let of = |month: &str| when(Locale::En, format!("2025-{month}-28T23:59:00Z").parse().unwrap());
        assert_eq!(["01", "12"].map(of), ["28 January 2025, 23:59 UTC", "28 December 2025, 23:59 UTC"]);
    }
}
