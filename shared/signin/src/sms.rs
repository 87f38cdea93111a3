//! How many SMS are sent: each costs money, and whoever earns by them (SMS pumping) asks for many.

use domain::{ConfigError, PhoneNumber, Settings, SignedDuration};
use store::{Limit, Store, StoreError};

/// How many SMS go to one number, to numbers that begin alike, and from the whole deployment.
#[derive(Clone, Copy, Debug)]
pub struct SmsLimits {
    per_number: Limit,
    per_prefix: Limit,
    per_day: Limit,
}

impl SmsLimits {
    /// Reads `LIMIT_SMS_PER_NUMBER` (5 an hour), `LIMIT_SMS_PER_PREFIX` (200 an hour) and
    /// `LIMIT_SMS_PER_DAY` (1,000).
    ///
    /// # Errors
    /// When one is no number.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let hour = SignedDuration::from_hours(1);
        Ok(Self {
            per_number: Limit::new("sms-number", settings.number("LIMIT_SMS_PER_NUMBER", 5)?, hour),
            per_prefix: Limit::new("sms-prefix", settings.number("LIMIT_SMS_PER_PREFIX", 200)?, hour),
            per_day: Limit::new("sms-day", settings.number("LIMIT_SMS_PER_DAY", 1000)?, SignedDuration::from_hours(24)),
        })
    }

    /// The limits of an SMS to this number and their subjects, for `edge::limits::count`: the
    /// number's own first, so that who is refused by it uses up nobody else's.
    ///
    /// # Errors
    /// When the index key can't be unwrapped.
    pub async fn of(&self, store: &Store, number: &PhoneNumber) -> Result<Vec<(Limit, String)>, StoreError> {
        let own = store.blind("phone", number.reveal()).await?;
        let alike = store.blind("phone", prefix(number)).await?;
        let subject = |index: store::BlindIndex| index.as_str().to_owned();
        Ok(vec![(self.per_number, subject(own)), (self.per_prefix, subject(alike)), (self.per_day, "all".to_owned())])
    }
}

/// What numbers of one operator and place begin with, such as `+49151`. It is no number itself.
fn prefix(number: &PhoneNumber) -> &str {
    number.reveal().get(..6).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_begin_alike_are_counted_together() {
        let of = |text: &str| prefix(&PhoneNumber::parse(text).unwrap()).to_owned();
        assert_eq!(of("+4915112345678"), "+49151");
        assert_eq!(of("+4915187654321"), of("+4915112345678"));
        assert_ne!(of("+4916012345678"), of("+4915112345678"));
        assert_eq!(of("+12345678"), "+12345");
    }

    #[test]
    fn each_limit_has_a_setting() {
        let names = ["LIMIT_SMS_PER_NUMBER", "LIMIT_SMS_PER_PREFIX", "LIMIT_SMS_PER_DAY"];
        let limits = SmsLimits::read(&Settings::new(names.into_iter().zip(["1", "2", "3"]))).unwrap();
        assert_eq!((limits.per_number.most, limits.per_prefix.most, limits.per_day.most), (1, 2, 3));
        let limits = SmsLimits::read(&Settings::default()).unwrap();
        assert_eq!((limits.per_number.most, limits.per_prefix.most, limits.per_day.most), (5, 200, 1000));
        for name in names {
            assert_eq!(SmsLimits::read(&Settings::new([(name, "many")])).unwrap_err().name, name);
        }
    }
}
