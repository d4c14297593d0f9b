//! Appointments that are over.

use domain::{
    Booking, BookingId, BookingState, Catalogue, Profile, Service, ServiceId, Span, Staff, Timestamp,
    booking::{By, Change, LedgerEntry},
};
use jiff::{SignedDuration, ToSpan, civil::Date};
use rand::{Rng, rngs::StdRng};

use super::{Visit, pick};

const REASONS: &[&str] = &["", "", "I am ill.", "Something came up at work.", "The train does not run."];

/// What a customer has had since they came, the oldest first.
pub(super) fn of(
    rng: &mut StdRng,
    catalogue: &Catalogue,
    profile: &Profile,
    demo: bool,
    now: Timestamp,
    ids: &mut impl FnMut() -> BookingId,
) -> anyhow::Result<Vec<Booking>> {
    let mut bookings = Vec::new();
    let favourites = favourites(rng, catalogue, demo);
    // People come every three to nine weeks; the demo customer a little more often.
    let rhythm = if demo { 16 } else { rng.random_range(21..64) };
    let mut at = profile.created + SignedDuration::from_hours(24 * rng.random_range(1..20));
    while at < now - SignedDuration::from_hours(48) {
        if let Some(visit) = visit(rng, catalogue, &favourites, at, now) {
            let start = visit.span.from;
            let changes = match visit.state {
                BookingState::Cancelled => vec![LedgerEntry {
                    at: start - SignedDuration::from_hours(rng.random_range(25..200)),
                    by: By::Customer,
                    change: Change::Cancelled { reason: pick(rng, REASONS).copied().unwrap_or_default().to_owned() },
                }],
                BookingState::Completed => {
                    vec![LedgerEntry { at: visit.span.to, by: By::Business, change: Change::Completed }]
                }
                _ => Vec::new(),
            };
            bookings.push(visit.booking(ids(), profile.id, changes));
        }
        at += SignedDuration::from_hours(24 * rng.random_range(rhythm / 2..rhythm * 3 / 2 + 1));
    }
    Ok(bookings)
}

/// Most people have two or three services they come for.
fn favourites<'a>(rng: &mut StdRng, catalogue: &'a Catalogue, demo: bool) -> Vec<&'a Service> {
    let named = |id: &str| catalogue.services.iter().find(|service| service.id.as_str() == id);
    if demo {
        return ["cut", "cut", "gloss", "head-neck", "facial", "morning-yoga"].into_iter().filter_map(named).collect();
    }
    (0..3).filter_map(|_| pick(rng, &catalogue.services)).collect()
}

fn visit<'a>(
    rng: &mut StdRng,
    catalogue: &'a Catalogue,
    favourites: &[&'a Service],
    around: Timestamp,
    now: Timestamp,
) -> Option<Visit<'a>> {
    let service = *pick(rng, favourites)?;
    let variant = pick(rng, &service.variants)?;
    let staff = pick(rng, &who(catalogue, &service.id)).copied()?;
    let (place, span) = shift(rng, catalogue, staff, around, u32::from(variant.minutes))?;
    if span.to >= now || !service.is_given_at(&place.id) {
        return None;
    }
    let state = match rng.random_range(0..100) {
        0..9 => BookingState::Cancelled,
        9..11 => BookingState::NoShow,
        _ => BookingState::Completed,
    };
    let booked = span.from - SignedDuration::from_hours(rng.random_range(30..700));
    Some(Visit { service, variant, staff, place, span, claims: Vec::new(), state, booked, note: "" })
}

pub(super) fn who<'a>(catalogue: &'a Catalogue, service: &ServiceId) -> Vec<&'a Staff> {
    catalogue.staff.iter().filter(|staff| staff.skills.contains(service)).collect()
}

/// A stretch of somebody's weekly hours within two weeks after `around`.
fn shift<'a>(
    rng: &mut StdRng,
    catalogue: &'a Catalogue,
    staff: &Staff,
    around: Timestamp,
    minutes: u32,
) -> Option<(&'a domain::Place, Span)> {
    let shift = pick(rng, &staff.shifts)?;
    let place = catalogue.places.iter().find(|place| place.id == shift.place)?;
    let first: Date = place.zone.date(around);
    let day = (0..14).map(|n| first.saturating_add(n.days())).find(|day| shift.days.contains(&day.weekday().into()))?;
    let hours = pick(rng, &shift.hours)?.on(day, &place.zone);
    let room = hours.to.duration_since(hours.from).as_mins() - i64::from(minutes);
    if room < 0 {
        return None;
    }
    let from = hours.from + SignedDuration::from_mins(rng.random_range(0..=room / 15) * 15);
    Some((place, Span { from, to: from + SignedDuration::from_mins(i64::from(minutes)) }))
}
