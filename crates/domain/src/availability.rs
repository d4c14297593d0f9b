//! Which times are free.
//!
//! **Invariant:** every time offered can be booked when nothing changes in between, and no time offered overlaps a claim
//! beyond capacity. [`Offer::check`] and [`Offer::day`] share the code that decides, so they cannot disagree.
//!
//! Three questions, one file each: when somebody works (`work`), what is taken (`taken`), and what of it is free on one
//! date (`roster`). The buffers around a visit must be free too, but may lie outside working hours: tidying up after the
//! last visit is nobody's opening time.

mod roster;
mod taken;
mod work;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use self::roster::{Opening, Roster};
use crate::{
    BookingId, CalendarId, Calendars, Place, Resource, Service, Span, Staff, StaffId, Terms, Variant,
    calendar::Session, calendar::utc_date,
};

/// One service at one place, and everything that decides when it can be had.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    /// What.
    pub service: &'a Service,
    /// In which length or kind.
    pub variant: &'a Variant,
    /// Where.
    pub place: &'a Place,
    /// The service's terms.
    pub terms: &'a Terms,
    /// Who may give it: all who can, or the one who was asked for. In order of preference.
    pub staff: Vec<&'a Staff>,
    /// Rooms or machines of the needed kind at this place. Unused when the service needs none.
    pub resources: Vec<&'a Resource>,
    /// For how many people, at least one.
    pub party: u16,
    /// A booking whose own claims do not count: the one that is being moved.
    pub moving: Option<BookingId>,
}

/// A start that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The visit, without buffers.
    pub span: Span,
    /// Who is free, in the offer's order; never empty.
    pub staff: Vec<StaffId>,
    /// Free seats for a service with a capacity above one: the most that any of the people has left.
    pub seats: Option<u16>,
}

/// What taking a slot takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    /// With whom.
    pub staff: StaffId,
    /// The visit, without buffers.
    pub span: Span,
    /// The calendars to take time from.
    pub calendars: Vec<CalendarId>,
    /// The time to take, buffers included.
    pub claim: Span,
    /// What the claim shares with others, for a capacity above one.
    pub session: Option<Session>,
}

/// Why a day has no times, or how many it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DayState {
    /// There are free times.
    Free {
        /// How many.
        times: u16,
    },
    /// People work, but all time is taken.
    Full,
    /// Nobody who gives the service works here on that day.
    NobodyWorks,
    /// The place is closed.
    Closed {
        /// What customers read; may be empty.
        reason: String,
    },
    /// The day is over, or too near.
    TooSoon,
    /// Further ahead than the business plans.
    TooFar,
}

/// Why a start cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFree {
    /// Earlier than the notice allows; the earliest start.
    TooSoon(Timestamp),
    /// Later than the horizon allows; the latest start.
    TooFar(Timestamp),
    /// Taken, closed, off the grid, or nobody works.
    Taken,
}

impl<'a> Offer<'a> {
    /// The times of one civil date at the place, in order of time. `calendars` holds the claims of
    /// [`Offer::days_to_load`].
    pub fn day(&self, calendars: &Calendars, date: Date, now: Timestamp) -> (DayState, Vec<Slot>) {
        let openings = match self.openings(calendars, date, now) {
            Ok(openings) => openings,
            Err(state) => return (state, Vec::new()),
        };
        let slots: Vec<Slot> = openings.chunk_by(|a, b| a.start == b.start).map(|same| self.slot(same)).collect();
        (DayState::Free { times: count(slots.len()) }, slots)
    }

    /// What [`Offer::day`] says of a date, without the times themselves: enough for a month, and cheaper.
    pub fn state(&self, calendars: &Calendars, date: Date, now: Timestamp) -> DayState {
        match self.openings(calendars, date, now) {
            Ok(openings) => DayState::Free { times: count(openings.chunk_by(|a, b| a.start == b.start).count()) },
            Err(state) => state,
        }
    }

    /// Whether a start can be had, and what it takes. Chooses the first free person and resource.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, calendars: &Calendars, start: Timestamp, now: Timestamp) -> Result<Taking, NotFree> {
        let (earliest, latest) = self.window(now);
        let date = self.place.zone.date(start);
        if start < earliest {
            return Err(NotFree::TooSoon(earliest));
        }
        if date > self.last_date(now) {
            return Err(NotFree::TooFar(latest));
        }
        if self.place.closure(date).is_some() {
            return Err(NotFree::Taken);
        }
        let roster = Roster::new(self, calendars, date);
        let opening = self.staff.iter().enumerate().find_map(|(who, staff)| roster.at(who, staff, start));
        opening.map(|opening| self.taking(&roster, &opening)).ok_or(NotFree::Taken)
    }

    /// Those who may give a visit at that start, in a fair order: first who gives that very class already, so that one
    /// fills before another begins; then who has the fewest visits on that civil date at the place; then by id.
    pub fn in_fair_order(&self, calendars: &Calendars, start: Timestamp) -> Vec<&'a Staff> {
        let roster = Roster::new(self, calendars, self.place.zone.date(start));
        let visit = self.visit(start);
        let mut staff = self.staff.clone();
        staff.sort_by_cached_key(|person| {
            let (joins, visits) = roster.duties(person, visit);
            (!joins, visits, person.id.clone())
        });
        staff
    }

    /// The free times nearest to `around`, at most `most`, among the civil dates `from` to `to`: the nearest first, and
    /// of two at the same distance the earlier one first.
    pub fn nearest(
        &self,
        calendars: &Calendars,
        around: Timestamp,
        (from, to): (Date, Date),
        now: Timestamp,
        most: usize,
    ) -> Vec<Slot> {
        let zone = &self.place.zone;
        let (earliest, _) = self.window(now);
        let (from, to) = (from.max(zone.date(earliest)), to.min(self.last_date(now)));
        let mut dates: Vec<(SignedDuration, Date)> = from
            .series(1.day())
            .take_while(|date| *date <= to)
            .map(|date| (distance_to_stretch(around, zone.day(date)), date))
            .collect();
        dates.sort_unstable();
        let mut best: Vec<(SignedDuration, Slot)> = Vec::new();
        for (least, date) in dates {
            // The dates come in order of their distance: none that follows can be nearer than this one.
            if best.len() >= most && best.last().is_none_or(|(worst, _)| least > *worst) {
                break;
            }
            let (_, slots) = self.day(calendars, date, now);
            best.extend(slots.into_iter().map(|slot| (distance(around, slot.span.from), slot)));
            best.sort_unstable_by_key(|(distance, slot)| (*distance, slot.span.from));
            best.truncate(most);
        }
        best.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Earliest and latest start that can be booked now (notice and horizon), in whole minutes.
    pub fn window(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let notice = SignedDuration::from_mins(i64::from(self.terms.notice));
        let earliest = whole_minute(now.checked_add(notice).unwrap_or(Timestamp::MAX));
        let end = self.place.zone.day(self.last_date(now)).to;
        (earliest, end.checked_sub(SignedDuration::from_mins(1)).unwrap_or(end))
    }

    /// The UTC days whose claims decide about the civil dates `from` to `to` (both included). Load these into
    /// [`Calendars`] before asking. They reach as far as a visit of these dates with its buffers can: the days of every
    /// [`Taking::claim`] are among them.
    pub fn days_to_load(&self, from: Date, to: Date) -> (Date, Date) {
        let zone = &self.place.zone;
        let reach = self.reach(Span { from: zone.day(from).from, to: zone.day(to).to });
        let last = reach.to.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(reach.to);
        (utc_date(reach.from), utc_date(last.max(reach.from)))
    }

    /// The last civil date that can be booked now. Midnight still counts as the day before, so that it is the same for a
    /// moment and for the next whole minute, by which times are shown.
    fn last_date(&self, now: Timestamp) -> Date {
        let today = self.place.zone.date(now.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(now));
        today.checked_add(i32::from(self.terms.horizon).days()).unwrap_or(Date::MAX)
    }

    /// All that is free on a date, by start and then in the offer's order; never empty. Otherwise why there is nothing.
    fn openings(&self, calendars: &Calendars, date: Date, now: Timestamp) -> Result<Vec<Opening>, DayState> {
        let (earliest, _) = self.window(now);
        if date > self.last_date(now) {
            return Err(DayState::TooFar);
        }
        if self.place.zone.day(date).to <= earliest {
            return Err(DayState::TooSoon);
        }
        if let Some(closure) = self.place.closure(date) {
            return Err(DayState::Closed { reason: closure.reason.clone() });
        }
        let roster = Roster::new(self, calendars, date);
        let mut openings = Vec::new();
        let (mut works, mut in_time) = (false, false);
        for (who, staff) in self.staff.iter().enumerate() {
            let mut visits =
                roster.visits(staff).inspect(|_| works = true).filter(|visit| visit.from >= earliest).peekable();
            if visits.peek().is_some() {
                in_time = true;
                let taken = roster.taken(staff);
                openings.extend(visits.filter_map(|visit| roster.opening(who, &taken, visit)));
            }
        }
        if openings.is_empty() {
            return Err(match (works, in_time) {
                (false, _) => DayState::NobodyWorks,
                (true, false) => DayState::TooSoon,
                (true, true) => DayState::Full,
            });
        }
        openings.sort_unstable_by_key(|opening| (opening.start, opening.who));
        // Two shifts of one person may overlap and offer the same start twice.
        openings.dedup_by_key(|opening| (opening.start, opening.who));
        Ok(openings)
    }

    /// A visit that starts then, without buffers.
    fn visit(&self, start: Timestamp) -> Span {
        Span { from: start, to: plus(start, self.variant.minutes) }
    }

    /// The time a visit takes from calendars: with its buffers.
    fn claim(&self, visit: Span) -> Span {
        Span { from: minus(visit.from, self.service.buffer_before), to: plus(visit.to, self.service.buffer_after) }
    }

    /// All the time that claims of visits starting within a stretch can touch.
    fn reach(&self, starts: Span) -> Span {
        self.claim(Span { from: starts.from, to: plus(starts.to, self.variant.minutes) })
    }

    /// The openings of one start, made into what a customer chooses from.
    fn slot(&self, same: &[Opening]) -> Slot {
        Slot {
            span: self.visit(same[0].start),
            staff: same.iter().map(|opening| self.staff[opening.who].id.clone()).collect(),
            seats: if self.service.capacity > 1 { same.iter().map(|opening| opening.seats).max() } else { None },
        }
    }

    fn taking(&self, roster: &Roster<'_>, opening: &Opening) -> Taking {
        let span = self.visit(opening.start);
        let staff = self.staff[opening.who].id.clone();
        let mut calendars = vec![CalendarId::Staff(staff.clone())];
        calendars.extend(opening.room.map(|room| CalendarId::Resource(self.resources[room].id.clone())));
        let session = (self.service.capacity > 1).then(|| Session {
            of: roster.session().to_owned(),
            place: Some(self.place.id.clone()),
            start: span.from,
            seats: self.party,
        });
        Taking { staff, span, calendars, claim: self.claim(span), session }
    }
}

fn minutes(count: u16) -> SignedDuration {
    SignedDuration::from_mins(i64::from(count))
}

fn plus(at: Timestamp, count: u16) -> Timestamp {
    at.checked_add(minutes(count)).unwrap_or(Timestamp::MAX)
}

fn minus(at: Timestamp, count: u16) -> Timestamp {
    at.checked_sub(minutes(count)).unwrap_or(Timestamp::MIN)
}

/// The next whole minute, or the instant itself: starts are whole minutes, so this hides none of them, and what is said
/// in hours and minutes is true.
pub fn whole_minute(at: Timestamp) -> Timestamp {
    let second = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
    Timestamp::from_second(second + (-second).rem_euclid(60)).unwrap_or(at)
}

fn distance(a: Timestamp, b: Timestamp) -> SignedDuration {
    a.max(b).duration_since(a.min(b))
}

fn distance_to_stretch(at: Timestamp, stretch: Span) -> SignedDuration {
    distance(at, at.max(stretch.from).min(stretch.to))
}

fn count(times: usize) -> u16 {
    u16::try_from(times).unwrap_or(u16::MAX)
}
