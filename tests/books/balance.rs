//! The books: verdicts, bookings and calendars say the same.

use std::collections::BTreeMap;

use domain::{Booking, CalendarDay};
use portal::Outcome;
use protocol::{SpaceChanges, Verdict};

use super::{Device, Heard, Tries};

/// What the books say once they are found to balance.
#[derive(Debug)]
pub struct Balance {
    /// How many commands have a verdict.
    pub told: usize,
    /// How many got which.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// How often the devices pushed for it.
    pub tries: Tries,
}

/// Checks the books: every command sent again gets the verdict it got before; the bookings are exactly what the accepted
/// commands make, change for change; the calendars hold exactly the claims of the live bookings.
///
/// # Panics
/// When they do not balance, or the load was too thin for them to say anything.
pub async fn balance(devices: &mut [Device]) -> Balance {
    let mut live = BTreeMap::new();
    let mut balance = Balance { told: 0, outcomes: BTreeMap::new(), tries: Tries::default() };
    for device in devices.iter_mut() {
        if device.waits() {
            assert!(device.push_rest(&Heard::default()).await, "the server that lives answers");
        }
        assert!(!device.waits(), "every command has its verdict in the end");
        // Sending everything again changes nothing and hears the same.
        for (chunk, heard) in device.sent.chunks(100).zip(device.told.chunks(100)) {
            let again = device.person.push(chunk.to_vec()).await.unwrap();
            let again: Vec<_> = again.verdicts.into_iter().map(|told| told.verdict).collect();
            assert_eq!(again, heard, "an acknowledged verdict is the verdict for ever");
        }
        let pulled = device.person.pull().await.unwrap();
        let bookings: Vec<Booking> = documents(&pulled, "customer/", "booking");
        let found: BTreeMap<_, _> =
            bookings.iter().map(|booking| (booking.id, (booking.span.from, booking.state, booking.revision))).collect();
        assert_eq!(found, device.expected(), "the bookings are what the accepted commands make, change for change");
        for booking in bookings.into_iter().filter(|booking| booking.state.is_live()) {
            for claimed in &booking.claims {
                live.insert((claimed.calendar.to_string(), booking.id), claimed.span);
            }
        }
        balance.told += device.told.len();
        balance.tries.add(&device.tries);
        for verdict in &device.told {
            *balance.outcomes.entry(outcome(verdict)).or_default() += 1;
        }
    }
    let pulled = devices[0].person.pull().await.unwrap();
    let mut claims = BTreeMap::new();
    for space in pulled.iter().filter(|space| space.space.starts_with("calendar/")) {
        let calendar = space.space.trim_start_matches("calendar/").to_owned();
        for day in documents::<CalendarDay>(std::slice::from_ref(space), "calendar/", "day") {
            for claim in day.claims {
                claims.insert((calendar.clone(), claim.id), claim.span);
            }
        }
    }
    assert_eq!(claims, live, "the calendars hold the claims of the live bookings and nothing else");
    let taken: Vec<_> = claims.into_iter().collect();
    for (n, ((calendar, id), span)) in taken.iter().enumerate() {
        for ((other, stranger), theirs) in &taken[n + 1..] {
            assert!(calendar != other || !span.overlaps(theirs), "{id} and {stranger} overlap in {calendar}");
        }
    }
    // Without these the books would balance on a server that says no to everything.
    for outcome in ["booked", "rescheduled", "cancelled", "refused"] {
        assert!(balance.outcomes.contains_key(outcome), "the load has each outcome: {outcome} is missing");
    }
    balance
}

/// What a verdict comes to, in a word.
pub fn outcome(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted { outcome: Outcome::Booked { .. } } => "booked",
        Verdict::Accepted { outcome: Outcome::Rescheduled { .. } } => "rescheduled",
        Verdict::Accepted { outcome: Outcome::Cancelled { .. } } => "cancelled",
        Verdict::Accepted { .. } => "other",
        Verdict::Refused { .. } => "refused",
    }
}

/// The bodies of one kind in spaces of one family, as they are last.
fn documents<T: serde::de::DeserializeOwned>(pulled: &[SpaceChanges], family: &str, kind: &str) -> Vec<T> {
    let mut bodies = BTreeMap::new();
    for space in pulled.iter().filter(|space| space.space.starts_with(family)) {
        for change in space.changes.iter().filter(|change| change.kind == kind) {
            bodies.insert((space.space.clone(), change.id.clone()), change.body.clone());
        }
    }
    bodies.into_values().flatten().map(|body| body.parse().unwrap()).collect()
}
