//! How long to wait before trying again.

use std::time::Duration;

/// The first wait is at most this.
pub(crate) const FIRST: Duration = Duration::from_millis(500);

/// No wait is longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// A wait after so many failures in a row: anything from nothing to a bound that doubles each time. The whole stretch
/// is drawn from, so that devices that lost the same server do not come back in step.
pub(crate) fn pause(failures: u32, rng: &mut impl rand::Rng) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let bound = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    rng.random_range(Duration::ZERO..=bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    proptest! {
        #[test]
        fn no_wait_leaves_its_bounds(failures in any::<u32>(), seed in any::<u64>()) {
            let wait = pause(failures, &mut StdRng::seed_from_u64(seed));
            prop_assert!(wait <= LONGEST, "an hour without a network must not mean an hour without news");
            if failures <= 1 {
                prop_assert!(wait <= FIRST, "a first failure is often a passing one");
            }
        }
    }

    #[test]
    fn waits_grow_and_spread() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut longest = |failures| (0..200).map(|_| pause(failures, &mut rng)).max().unwrap();
        assert!(longest(1) > FIRST / 2, "the whole stretch is drawn from");
        assert!(longest(4) > Duration::from_secs(3), "the fourth wait may be up to four seconds");
        assert!(longest(40) > LONGEST / 2, "many failures make long waits");
    }
}
