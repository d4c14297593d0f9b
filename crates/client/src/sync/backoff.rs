//! How long to wait before trying again.

use std::time::Duration;

/// The first wait is at most this.
pub(crate) const FIRST: Duration = Duration::from_millis(500);

/// No wait is longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// A wait after so many failures in a row: anything from nothing to a bound that doubles each time. The whole stretch
/// is drawn from, so that devices that lost the same server do not come back in step.
pub(crate) fn pause(failures: u32, rng: &mut impl rand::Rng) -> Duration {
    rng.random_range(Duration::ZERO..=bound(failures))
}

/// The first wait for a vault that stays shut: it may come up with the session, right after the app.
const SHUT: Duration = Duration::from_secs(5);

/// The longest wait for one: each try may ask its owner for a password.
const SHUT_LONGEST: Duration = Duration::from_secs(900);

/// A wait after a vault has stayed shut so many times in a row. Nobody else asks it, so nothing is drawn.
pub(crate) fn shut(failures: u32) -> Duration {
    SHUT.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(SHUT_LONGEST)
}

/// The longest wait after so many failures in a row.
fn bound(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    FIRST.saturating_mul(1 << doublings).min(LONGEST)
}

/// A wait when the server says how long it wants to be left alone: never less. On top comes what is drawn from as long
/// again, or from the stretch of so many failures in a row if that is longer: devices that were sent away together do not
/// come back together, and a server that stays busy is asked ever less often.
pub(crate) fn after(asked: Duration, failures: u32, rng: &mut impl rand::Rng) -> Duration {
    asked + rng.random_range(Duration::ZERO..=asked.max(bound(failures)))
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
    fn a_server_that_asks_for_patience_gets_it_and_more() {
        const ASKED: Duration = Duration::from_secs(15);
        let mut rng = StdRng::seed_from_u64(1);
        let mut waits: Vec<Duration> = (0..1_000).map(|_| after(ASKED, 1, &mut rng)).collect();
        waits.sort_unstable();
        assert!(waits[0] >= ASKED, "nobody comes before the time");
        assert!(waits[999] <= 2 * ASKED, "nor is anybody away for ever");
        let together = waits.windows(150).map(|some| some[149] - some[0]).min().unwrap();
        assert!(together > Duration::from_secs(1), "a thousand devices do not come back within a second: {together:?}");
        let asked_often = (0..200).map(|_| after(Duration::from_secs(1), 7, &mut rng)).max().unwrap();
        assert!(asked_often > Duration::from_secs(20), "a server that stays busy is asked ever less often");
    }

    #[test]
    fn a_vault_is_asked_soon_and_then_seldom() {
        let waits = [1, 2, 3, 20, u32::MAX].map(|failures| shut(failures).as_secs());
        assert_eq!(waits, [5, 10, 20, 900, 900], "a password is not asked for every minute");
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
