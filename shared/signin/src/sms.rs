//! How many SMS are sent: each costs money, and whoever earns by them (SMS pumping) asks for many.
//!
//! A code that enrols a phone can be asked for to anybody's number. It has a budget of its own, and half
//! of what all numbers share, so that nobody uses up the codes by which the owner of a number signs in.

use domain::{ConfigError, PhoneNumber, Settings, SignedDuration};
use edge::{Ctx, limits};
use store::{BlindIndex, Limit, Store, StoreError};

/// How many SMS go to one number, to numbers that begin alike, and from the whole deployment.
#[derive(Clone, Copy, Debug)]
pub struct SmsLimits {
    per_number: Limit,
    per_new_number: Limit,
    /// What all SMS are counted by.
    shared: Shared,
    /// What those that enrol a phone are counted by besides.
    enrolling: Shared,
}

/// What many numbers share.
#[derive(Clone, Copy, Debug)]
struct Shared {
    per_prefix: Limit,
    per_day: Limit,
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl SmsLimits {
    /// Reads `LIMIT_SMS_PER_NUMBER` (5 an hour), `LIMIT_SMS_PER_PREFIX` (200 an hour) and
    /// `LIMIT_SMS_PER_DAY` (1,000).
    ///
    /// # Errors
    /// When one is no number.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let number = settings.number("LIMIT_SMS_PER_NUMBER", 5)?;
        let prefix = settings.number("LIMIT_SMS_PER_PREFIX", 200)?;
        let day = settings.number("LIMIT_SMS_PER_DAY", 1000)?;
        Ok(Self {
            per_number: Limit::new("sms-number", number, HOUR),
            per_new_number: Limit::new("sms-new-number", number, HOUR),
            shared: Shared::new(["sms-prefix", "sms-day"], prefix, day),
            enrolling: Shared::new(["sms-new-prefix", "sms-new-day"], prefix.div_ceil(2), day.div_ceil(2)),
        })
    }

    /// The limits of a code to a number that is a factor and their subjects, for `edge::limits::count`:
    /// the number's own first, so that who is refused by it uses up nobody else's.
    ///
    /// # Errors
    /// When the index key can't be unwrapped.
    pub async fn of_code(&self, store: &Store, number: &PhoneNumber) -> Result<Vec<(Limit, String)>, StoreError> {
        let own = (self.per_number, subject(&store.phone_index(number).await?));
        Ok([vec![own], self.shared.of(store, number).await?].concat())
    }

    /// The same, of a code to a number that is to be a factor: whose it is, nobody knows yet.
    ///
    /// # Errors
    /// When the index key can't be unwrapped.
    pub async fn of_enrolment(&self, store: &Store, number: &PhoneNumber) -> Result<Vec<(Limit, String)>, StoreError> {
        let own = (self.per_new_number, subject(&store.phone_index(number).await?));
        let [enrolling, shared] = [self.enrolling.of(store, number).await?, self.shared.of(store, number).await?];
        Ok([vec![own], enrolling, shared].concat())
    }

    /// Counts a notice to a number: whether it may go out. By what all numbers share alone, for who
    /// asks for codes to a number must not keep from it what its owner is to be told.
    pub(crate) async fn may_tell(&self, ctx: &Ctx, store: &Store, number: &PhoneNumber) -> bool {
        match self.shared.of(store, number).await {
            Ok(limits) => limits::count(ctx, store, &limits).await.is_ok(),
            Err(_) => false,
        }
    }
}

impl Shared {
    fn new([prefix, day]: [&'static str; 2], per_prefix: u64, per_day: u64) -> Self {
        let per_day = Limit::new(day, per_day, SignedDuration::from_hours(24));
        Self { per_prefix: Limit::new(prefix, per_prefix, HOUR), per_day }
    }

    async fn of(&self, store: &Store, number: &PhoneNumber) -> Result<Vec<(Limit, String)>, StoreError> {
        let alike = store.blind("phone", prefix(number)).await?;
        Ok(vec![(self.per_prefix, subject(&alike)), (self.per_day, "all".to_owned())])
    }
}

fn subject(index: &BlindIndex) -> String {
    index.as_str().to_owned()
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
        let most = |limits: SmsLimits| {
            let shared = |of: Shared| (of.per_prefix.most, of.per_day.most);
            (limits.per_number.most, limits.per_new_number.most, shared(limits.shared), shared(limits.enrolling))
        };
        assert_eq!(most(limits), (1, 1, (2, 3), (1, 2)));
        assert_eq!(most(SmsLimits::read(&Settings::default()).unwrap()), (5, 5, (200, 1000), (100, 500)));
        for name in names {
            assert_eq!(SmsLimits::read(&Settings::new([(name, "many")])).unwrap_err().name, name);
        }
    }
}
