//! What becomes of a mail that was not sent.

use domain::{CustomerId, Rng, SignedDuration, TransferRefused};
use notify::SendError;
use signin::SignError;
use store::StoreError;

use crate::dispatch::DispatchError;

/// Attempts before a mail is given up: over six hours, so that an outage of one parks nothing.
const ATTEMPTS: u32 = 12;
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSent {
    /// The tables or keys failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SES failed, or refused it.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The app was not reached, or did not take it.
    #[error(transparent)]
    Dispatch(#[from] DispatchError),
    /// What the app is told could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// DynamoDB throttled the address's counter.
    #[error("the address's counter is throttled")]
    Busy,
    /// The table of transfers has no ground for it.
    #[error("{why}")]
    Refused {
        /// From where to whom.
        why: TransferRefused,
        /// Whose it is, where that is known.
        whose: Option<CustomerId>,
    },
}

/// What to do about it.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// Try again after this time.
    Wait(SignedDuration),
    /// Give it up; somebody has to look at it.
    Park,
    /// There is nothing to be done: the provider sends nothing to this address.
    Suppressed,
    /// It may not be sent, now or later; whose it is, where that is known.
    Refuse(Option<CustomerId>),
}

/// What to do about attempt number `attempt`, which failed.
pub(crate) fn next(error: &NotSent, attempt: u32, rng: &Rng) -> Next {
    let is_final = match error {
        NotSent::Send(SendError::Suppressed) => return Next::Suppressed,
        NotSent::Refused { whose, .. } => return Next::Refuse(*whose),
        NotSent::Send(SendError::Rejected { .. })
        | NotSent::Store(StoreError::Corrupt(_))
        | NotSent::Dispatch(DispatchError::NotAllowed) => true,
        // An app that says no may be one that is being mended.
        NotSent::Send(SendError::Retry { .. })
        | NotSent::Store(_)
        | NotSent::Sign(_)
        | NotSent::Dispatch(_)
        | NotSent::Busy => false,
    };
    if is_final || attempt >= ATTEMPTS { Next::Park } else { Next::Wait(wait(attempt, rng)) }
}

/// A minute, doubled with each attempt up to an hour, give or take a quarter: what failed together
/// does not come back together.
fn wait(attempt: u32, rng: &Rng) -> SignedDuration {
    let doublings = attempt.saturating_sub(1).min(6);
    let whole = (FIRST_WAIT * 2_i32.pow(doublings)).min(LONGEST_WAIT);
    let [chance] = rng.bytes::<1>();
    whole * 3 / 4 + whole * i32::from(chance) / 510
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_outlast_an_outage() {
        let rng = Rng::seeded([1; 32]);
        let (mut least, mut most) = (SignedDuration::ZERO, SignedDuration::ZERO);
        for attempt in 1..ATTEMPTS {
            let base = FIRST_WAIT * [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60][attempt as usize - 1];
            let waits: Vec<_> = (0..200).map(|_| wait(attempt, &rng)).collect();
            let (low, high) = (*waits.iter().min().unwrap(), *waits.iter().max().unwrap());
            assert!(base * 3 / 4 <= low && high <= base * 5 / 4 && low < high, "{attempt}: {low} to {high}");
            (least, most) = (least + low, most + high);
        }
        assert!(least > SignedDuration::from_hours(4) && most < SignedDuration::from_hours(8));
    }

    #[test]
    fn only_what_can_pass_is_waited_for() {
        let rng = Rng::seeded([1; 32]);
        let is_wait = |error: NotSent, attempt| matches!(next(&error, attempt, &rng), Next::Wait(_));
        let retry = || NotSent::Send(SendError::Retry { code: "Throttling".to_owned() });
        assert!(is_wait(retry(), 1) && is_wait(retry(), ATTEMPTS - 1) && is_wait(NotSent::Busy, 1));
        assert!(is_wait(NotSent::Store(StoreError::Conflict), 1));
        assert!(is_wait(NotSent::Dispatch(DispatchError::Answered(400)), 1));
        assert_eq!(next(&NotSent::Dispatch(DispatchError::NotAllowed), 1, &rng), Next::Park);
        assert_eq!(next(&retry(), ATTEMPTS, &rng), Next::Park);
        assert_eq!(next(&NotSent::Send(SendError::Rejected { code: "x".to_owned() }), 1, &rng), Next::Park);
        assert_eq!(next(&NotSent::Store(StoreError::Corrupt("body")), 1, &rng), Next::Park);
        assert_eq!(next(&NotSent::Send(SendError::Suppressed), 1, &rng), Next::Suppressed);
    }
}
