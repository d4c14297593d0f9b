//! The bookings are what the accepted commands and the counter's check-ins make of them, change for change; the calendars
//! hold what they take; and nobody and nothing is taken twice.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Booking, BookingId, BookingState, CalendarDay, Profile,
    booking::{By, Change, LedgerEntry},
};
use portal::{
    Command, Outcome,
    documents::{CALENDAR_DAY, Kind as _},
};
use protocol::Verdict;

use super::{Books, verdicts::Verdicts};
use crate::{shop, world::World};

/// In a ledger in words: the customer has checked in by themselves.
const CHECKED_IN: &str = "checked in";
/// … or somebody at the counter has checked them in.
const AT_COUNTER: &str = "checked in at the counter";

impl Books {
    /// Each ledger is the accepted commands and the counter's check-ins, and explains how the booking stands.
    pub(super) async fn bookings_follow(
        &self,
        world: &World,
        verdicts: &Verdicts,
        bookings: &[Booking],
        mut arrived: BTreeSet<BookingId>,
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
                    Command::CheckIn(ask) => note(ask.booking, CHECKED_IN.to_owned()),
                    Command::UpdateProfile(profile) => name = Some(profile.name.clone()),
                    Command::TurnFeedOn(_) | Command::RenewFeed(_) | Command::TurnFeedOff => {}
                    Command::Withdrawn => return Err(format!("{given:?} was never given")),
                }
            }
            names[device.customer].extend(name);
        }
        for booking in bookings {
            let mut expected = changes.remove(&booking.id).unwrap_or_default();
            // Who was checked in already is so once.
            if arrived.remove(&booking.id) && !expected.iter().any(|what| what == CHECKED_IN) {
                expected.push(AT_COUNTER.to_owned());
            }
            if !says(booking, expected.clone()) {
                let found: Vec<String> = booking.ledger.iter().map(words).collect();
                let Booking { id, revision, .. } = booking;
                return Err(format!("{id} was asked for {expected:?}; its ledger says {found:?}, revision {revision}"));
            }
            explains(booking)?;
        }
        if let Some((booking, changes)) = changes.into_iter().next() {
            return Err(format!("{booking} does not exist, and had {changes:?} accepted"));
        }
        if let Some(booking) = arrived.first() {
            return Err(format!("{booking} does not exist, and was checked in at the counter"));
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
        Change::CheckedIn if entry.by == By::Business => AT_COUNTER.to_owned(),
        Change::CheckedIn => CHECKED_IN.to_owned(),
    }
}

/// In the tally: what was said of coming, and by whom.
pub(super) fn of_coming(entry: &LedgerEntry) -> Option<&'static str> {
    match (&entry.change, entry.by) {
        (Change::AttendanceConfirmed, _) => Some("customers who said that they were coming"),
        (Change::RunningLate { .. }, _) => Some("customers who said that they were late"),
        (Change::CheckedIn, By::Customer) => Some("customers who checked in by themselves"),
        (Change::CheckedIn, By::Business) => Some("customers who were checked in at the counter"),
        _ => None,
    }
}

/// Whether the ledger says all that was accepted and nothing else, and each change has raised the revision. Of words of
/// being late that follow each other, the last has taken the place of the others.
fn says(booking: &Booking, mut accepted: Vec<String>) -> bool {
    let changes = accepted.len();
    for what in booking.ledger.iter().map(words) {
        let Some(n) = accepted.iter().position(|one| *one == what) else { return false };
        accepted.swap_remove(n);
    }
    let late = booking.ledger.iter().any(is_late);
    accepted.iter().all(|what| late && what.starts_with("late ")) && booking.revision as usize + 1 == changes
}

pub(super) fn is_late(entry: &LedgerEntry) -> bool {
    matches!(entry.change, Change::RunningLate { .. })
}

/// Going through the ledger leads to how the booking stands.
fn explains(booking: &Booking) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{what}: {booking:?}"));
    let (mut start, mut coming) = (None, false);
    let (mut moves, mut state) = (0, BookingState::Confirmed);
    for (n, entry) in booking.ledger.iter().enumerate() {
        // Who has cancelled or is there has nothing more to say.
        let open = start.is_some() && state == BookingState::Confirmed;
        match &entry.change {
            Change::Booked { start: first } if n == 0 => start = Some(*first),
            Change::Rescheduled { from, to } if open && start == Some(*from) => {
                (start, moves, coming) = (Some(*to), moves + 1, false);
            }
            Change::Cancelled { .. } if open => state = BookingState::Cancelled,
            Change::AttendanceConfirmed if open && !coming => coming = true,
            Change::RunningLate { .. } if open && !is_late(&booking.ledger[n - 1]) => {}
            Change::CheckedIn if open => state = BookingState::CheckedIn,
            _ => return wrong("the ledger tells no story"),
        }
    }
    if (Some(booking.span.from), booking.moves, booking.state) != (start, moves, state) {
        return wrong("the ledger tells another story");
    }
    Ok(())
}
