//! The clock the app lives by.

use std::sync::Arc;

use client::{Clock, SystemClock};

/// Shifts the clock, in a development build only: a jiff duration such as `26h` or `-90s`. For trying out what happens
/// tomorrow, and for tests.
#[cfg(debug_assertions)]
const SHIFT: &str = "DATEBOOK_CLOCK_SHIFT";

/// The device's clock; in a development build perhaps a shifted one.
pub(crate) fn clock() -> Arc<dyn Clock> {
    #[cfg(debug_assertions)]
    if let Some(text) = std::env::var(SHIFT).ok().filter(|text| !text.is_empty()) {
        match text.parse() {
            Ok(by) => {
                tracing::warn!(%by, "this app lives at another time");
                return Arc::new(Shifted { by });
            }
            Err(error) => tracing::warn!(%error, "{SHIFT} is not a duration: the clock is not shifted"),
        }
    }
    Arc::new(SystemClock)
}

#[cfg(debug_assertions)]
struct Shifted {
    by: jiff::SignedDuration,
}

#[cfg(debug_assertions)]
impl Clock for Shifted {
    fn now(&self) -> jiff::Timestamp {
        SystemClock.now().saturating_add(self.by).unwrap_or(jiff::Timestamp::MAX)
    }
}
