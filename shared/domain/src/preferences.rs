//! How customers want to be written to. No preference permits anything: whether they may be written to
//! at all is a matter of consent.

use serde::{Deserialize, Serialize};

use crate::{FieldError, Registry};

/// Names of time zones, in their order.
const ZONES: &str = include_str!("../data/zones.txt");

/// By which ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// By mail.
    #[schema(example = true)]
    pub email: bool,
    /// By SMS.
    #[schema(example = false)]
    pub sms: bool,
    /// By a notice on a phone.
    #[schema(example = false)]
    pub push: bool,
}

/// How often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// As it comes.
    Immediately,
    /// Gathered, once a day.
    Daily,
    /// Gathered, once a week.
    #[default]
    Weekly,
    /// Gathered, once a month.
    Monthly,
}

/// When not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// From this time of day.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "22:00")]
    pub from: String,
    /// To this one, the day after if it is earlier.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "07:00")]
    pub to: String,
    /// In this time zone (IANA).
    #[schema(max_length = 64, example = "Europe/Berlin")]
    pub zone: String,
}

/// What a customer prefers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// By which ways.
    pub channels: Channels,
    /// About what: topics of the registry.
    pub topics: Vec<String>,
    /// How often.
    pub frequency: Frequency,
    /// When not.
    pub quiet_hours: Option<QuietHours>,
}

impl Default for Preferences {
    /// The least: by mail, about nothing in particular, gathered.
    fn default() -> Self {
        Self {
            channels: Channels { email: true, sms: false, push: false },
            topics: Vec::new(),
            frequency: Frequency::default(),
            quiet_hours: None,
        }
    }
}

impl Preferences {
    /// What is wrong with them.
    pub fn check(&self, registry: &Registry) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let is_known = |topic: &String| registry.topics().iter().any(|known| known.key == *topic);
        let is_twice = |(at, topic): (usize, &String)| self.topics.iter().skip(at + 1).any(|other| other == topic);
        for (at, _) in
            self.topics.iter().enumerate().filter(|(at, topic)| !is_known(topic) || is_twice((*at, topic))).take(20)
        {
            errors.push(FieldError::new(format!("/topics/{at}"), "topic", "is no topic, or one that occurs twice"));
        }
        if let Some(quiet) = &self.quiet_hours {
            for (name, time) in [("from", &quiet.from), ("to", &quiet.to)] {
                if !is_time(time) {
                    errors.push(FieldError::new(
                        format!("/quiet_hours/{name}"),
                        "time",
                        "is no time of day, such as 22:00",
                    ));
                }
            }
            if quiet.from == quiet.to {
                errors.push(FieldError::new("/quiet_hours/to", "time", "is when they begin"));
            }
            if !is_zone(&quiet.zone) {
                errors.push(FieldError::new("/quiet_hours/zone", "zone", "is no time zone, such as Europe/Berlin"));
            }
        }
        errors
    }
}

fn is_time(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    let below = |part: &str, most: u8| {
        part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()) && part.parse::<u8>().is_ok_and(|n| n < most)
    };
    below(hours, 24) && below(minutes, 60)
}

fn is_zone(name: &str) -> bool {
    ZONES.lines().any(|zone| zone == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_makes_sense_can_be_preferred() {
        let registry = Registry::parse(r#"{"topics":[{"key":"offers","titles":{"en":"Offers"}}]}"#).unwrap();
        let wrong = |topics: &[&str], quiet: Option<[&str; 3]>| -> Vec<String> {
            let quiet_hours =
                quiet.map(|[from, to, zone]| QuietHours { from: from.into(), to: to.into(), zone: zone.into() });
            let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
            let preferences = Preferences { topics, quiet_hours, ..Preferences::default() };
            preferences.check(&registry).into_iter().map(|error| error.pointer).collect()
        };
        let none: [&str; 0] = [];
        assert_eq!(wrong(&["offers"], Some(["22:00", "07:30", "Europe/Berlin"])), none);
        assert_eq!(wrong(&[], Some(["00:00", "23:59", "UTC"])), none);
        assert_eq!(wrong(&["offers", "offers", "cats"], None), ["/topics/0", "/topics/2"]);
        assert_eq!(
            wrong(&[], Some(["24:00", "7:00", "Berlin"])),
            ["/quiet_hours/from", "/quiet_hours/to", "/quiet_hours/zone"]
        );
        assert_eq!(wrong(&[], Some(["07:00", "07:00", "America/New_York"])), ["/quiet_hours/to"]);
        for zone in ["", "europe/berlin", "Europe/Berlin\n", "../etc/passwd"] {
            assert_eq!(wrong(&[], Some(["07:00", "08:00", zone])), ["/quiet_hours/zone"], "{zone}");
        }
    }
}
