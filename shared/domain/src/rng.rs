//! Randomness as an argument.

use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// A cryptographically secure generator, seeded once: by the operating system when deployed, by
/// the test in a test.
#[derive(Clone)]
pub struct Rng(Arc<Mutex<ChaCha20Rng>>);

impl Rng {
    /// A generator that starts from `seed`.
    pub fn seeded(seed: [u8; 32]) -> Self {
        Self(Arc::new(Mutex::new(ChaCha20Rng::from_seed(seed))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// Six decimal digits, each string equally likely.
    pub fn digits6(&self) -> String {
        loop {
            // 4294 whole ranges of a million fit below 2^32; what lies beyond them would be biased.
            let n = u32::from_le_bytes(self.bytes());
            if n < 4_294_000_000 {
                return format!("{:06}", n % 1_000_000);
            }
        }
    }
}

impl std::fmt::Debug for Rng {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rng(***)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_is_given_what_another_was_however_many_ask_at_once() {
        let rng = Rng::seeded([1; 32]);
        let drawn: Vec<[u8; 16]> = std::thread::scope(|scope| {
            let ask = || (0..1_000).map(|_| rng.bytes()).collect::<Vec<_>>();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 8_000);
        let after = Rng::seeded([1; 32]);
        let in_turn: BTreeSet<[u8; 16]> = (0..8_000).map(|_| after.bytes()).collect();
        assert_eq!(in_turn, drawn.into_iter().collect(), "it is one stream, and all of it was given out");
    }

    #[test]
    fn every_digit_is_as_likely_as_the_others() {
        let rng = Rng::seeded([2; 32]);
        let mut counts = [[0_u32; 10]; 6];
        for _ in 0..10_000 {
            for (place, digit) in rng.digits6().bytes().enumerate() {
                counts[place][usize::from(digit - b'0')] += 1;
            }
        }
        // 1,000 are expected of each; 30 are one standard deviation.
        assert!(counts.iter().flatten().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
