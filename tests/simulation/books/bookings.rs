//! The bookings are what the accepted commands make of them, change for change; the calendars hold what they take; and
//! nobody and nothing is taken twice.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Booking, BookingId, BookingState, CalendarDay, Profile,
    booking::{Change, LedgerEntry},
};
use portal::{
    Command, Outcome,
    documents::{CALENDAR_DAY, Kind as _},
};
use protocol::Verdict;

use super::{Books, verdicts::Verdicts};
use crate::{shop, world::World};

impl Books {
    /// Each ledger is the accepted commands, and explains how the booking stands.
    pub(super) async fn bookings_follow(
        &self,
        world: &World,
        verdicts: &Verdicts,
        bookings: &[Booking],
    ) -> Result<(), String> {
        let mut changes: BTreeMap<BookingId, Vec<String>> = BTreeMap::new();
        let mut names: Vec<BTreeSet<String>> = vec![BTreeSet::new(); world.bookings.len()];
        for device in &world.devices {
            let mut name = None;
            for given in &device.given {
                let Some(Verdict::Accepted { outcome }) = verdicts.get(&given.id) else { continue };
                let mut note = |booking, what: String| changes.entry(booking).or_default().push(what);
                match &given.command {
                    _ if *outcome == Outcome::Nothing => {}
                    Command::Book(book) => note(book.booking, format!("booked {}", book.start)),
                    Command::Reschedule(to) => note(to.booking, format!("moved {}", to.start)),
                    Command::Cancel(cancel) => note(cancel.booking, format!("cancelled {}", cancel.reason)),
                    Command::ConfirmAttendance(ask) => note(ask.booking, "coming".to_owned()),
                    Command::RunningLate(ask) => note(ask.booking, format!("late {}", ask.minutes)),
                    Command::CheckIn(ask) => note(ask.booking, "checked in".to_owned()),
                    Command::UpdateProfile(profile) => name = Some(profile.name.clone()),
                    Command::TurnFeedOn(_) | Command::RenewFeed(_) | Command::TurnFeedOff => {}
                    Command::Withdrawn => return Err(format!("{given:?} was never given")),
                }
            }
            names[device.customer].extend(name);
        }
        for booking in bookings {
            let mut expected = changes.remove(&booking.id).unwrap_or_default();
            let mut found: Vec<String> = booking.ledger.iter().map(words).collect();
            expected.sort();
            found.sort();
            if expected != found {
                return Err(format!("{} was asked for {expected:?} and its ledger says {found:?}", booking.id));
            }
            explains(booking)?;
        }
        if let Some((booking, changes)) = changes.into_iter().next() {
            return Err(format!("{booking} does not exist, and had {changes:?} accepted"));
        }
        self.names_follow(&names).await
    }

    /// A customer's name is the last that one of their devices had accepted.
    async fn names_follow(&self, names: &[BTreeSet<String>]) -> Result<(), String> {
        for space in self.spaces("customer/").await? {
            for profile in self.all::<Profile>(space, Profile::KIND).await? {
                let customer = profile.email.trim_start_matches("customer-").split('@').next();
                let customer: usize = customer.and_then(|text| text.parse().ok()).ok_or("a stranger")?;
                let names = &names[customer];
                let fits = if names.is_empty() { profile.name.is_empty() } else { names.contains(&profile.name) };
                if !fits {
                    return Err(format!(
                        "{} is called {:?}, which should be of {names:?}",
                        profile.email, profile.name
                    ));
                }
            }
        }
        Ok(())
    }

    /// The calendars hold the claims of live bookings and nothing else, and no more than there is room for.
    pub(super) async fn calendars_hold(&self, bookings: &[Booking]) -> Result<(), String> {
        let by_id: BTreeMap<_, _> = bookings.iter().map(|booking| (booking.id, booking)).collect();
        let mut expected = BTreeSet::new();
        for booking in bookings {
            if booking.state.is_live() == booking.claims.is_empty() {
                return Err(format!("{} is {:?} and claims {:?}", booking.id, booking.state, booking.claims));
            }
            for claimed in &booking.claims {
                for day in claimed.span.days() {
                    let (from, to) = (claimed.span.from, claimed.span.to);
                    expected.insert((claimed.calendar.to_string(), day.to_string(), booking.id, from, to));
                }
            }
        }
        let mut found = BTreeSet::new();
        for space in self.spaces("calendar/").await? {
            let calendar = space.owner().unwrap_or_default().to_owned();
            let list = store::List::all(space.clone(), CALENDAR_DAY);
            for document in store::Read::list(&self.read, &list).await.map_err(|error| error.to_string())? {
                let day: CalendarDay = portal::documents::decode(&document).map_err(|error| error.to_string())?;
                for (n, claim) in day.claims.iter().enumerate() {
                    let entry = (calendar.clone(), document.key.id.clone(), claim.id, claim.span.from, claim.span.to);
                    if !found.insert(entry) {
                        return Err(format!("{calendar} holds {} twice", claim.id));
                    }
                    let service = |id: &BookingId| by_id.get(id).map(|booking| &booking.service);
                    let mut seats = 0;
                    for other in day.claims.iter().filter(|other| other.span.overlaps(&claim.span)) {
                        let class = claim.session.as_ref().map(|session| (&session.of, session.start));
                        let together = other.session.as_ref().map(|session| (&session.of, session.start));
                        if other.id != claim.id && (class.is_none() || class != together) {
                            return Err(format!("{calendar} is taken twice: {} and {}", claim.id, other.id));
                        }
                        seats += other.session.as_ref().map_or(1, |session| session.seats);
                    }
                    let most = service(&claim.id).map_or(0, shop::seats);
                    if seats > most {
                        return Err(format!("{calendar} has {seats} where {most} fit (claim {n}: {})", claim.id));
                    }
                }
            }
        }
        let missing: Vec<_> = expected.difference(&found).collect();
        let stray: Vec<_> = found.difference(&expected).collect();
        if missing.is_empty() && stray.is_empty() {
            return Ok(());
        }
        Err(format!("the calendars lack {missing:?} and hold {stray:?} for nobody"))
    }
}

fn words(entry: &LedgerEntry) -> String {
    match &entry.change {
        Change::Booked { start } => format!("booked {start}"),
        Change::Rescheduled { to, .. } => format!("moved {to}"),
        Change::Cancelled { reason } => format!("cancelled {reason}"),
        Change::Completed => "completed".to_owned(),
        Change::AttendanceConfirmed => "coming".to_owned(),
        Change::RunningLate { minutes } => format!("late {minutes}"),
        Change::CheckedIn => "checked in".to_owned(),
    }
}

/// Going through the ledger leads to how the booking stands.
fn explains(booking: &Booking) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{what}: {booking:?}"));
    let mut start = None;
    let (mut moves, mut state) = (0, BookingState::Confirmed);
    for (n, entry) in booking.ledger.iter().enumerate() {
        match &entry.change {
            Change::Booked { start: first } if n == 0 => start = Some(*first),
            Change::Rescheduled { from, to } if start == Some(*from) && state != BookingState::Cancelled => {
                (start, moves) = (Some(*to), moves + 1);
            }
            Change::Cancelled { .. } if start.is_some() && state != BookingState::Cancelled => {
                state = BookingState::Cancelled;
            }
            _ => return wrong("the ledger tells no story"),
        }
    }
    let stands = (Some(booking.span.from), booking.moves, booking.state, booking.revision as usize);
    if stands != (start, moves, state, booking.ledger.len().saturating_sub(1)) {
        return wrong("the ledger tells another story");
    }
    Ok(())
}
