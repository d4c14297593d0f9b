//! One date of an offer: which visits are possible, which of them are free, and who has how much to do.
//!
//! **Invariant:** [`Roster::opening`] alone decides whether a visit is free, and [`Roster::visits`] alone which visits
//! there are; a list of times and the check of one time both go through them.

use jiff::{Timestamp, civil::Date};

use super::{Offer, minutes, taken::Taken, work::OpenDate};
use crate::{CalendarId, Calendars, Claim, Span, Staff};

/// A start with one person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    /// Start of the visit.
    pub(super) start: Timestamp,
    /// Index into the offer's staff.
    pub(super) who: usize,
    /// Index into the offer's resources, when the service needs one.
    pub(super) room: Option<usize>,
    /// Free seats before anybody takes this opening.
    pub(super) seats: u16,
}

/// One date of an offer.
pub(super) struct Roster<'a> {
    offer: &'a Offer<'a>,
    calendars: &'a Calendars,
    date: OpenDate<'a>,
    /// `service/variant`, the name of its sessions.
    session: String,
    /// What is taken in each of the offer's resources; empty when the service needs none.
    rooms: Vec<Taken<'a>>,
    /// The time that decides about this date.
    reach: Span,
}

impl<'a> Roster<'a> {
    /// Of a date on which the place is open.
    pub(super) fn new(offer: &'a Offer<'a>, calendars: &'a Calendars, date: Date) -> Self {
        let date = OpenDate::new(offer.place, date);
        let reach = offer.reach(date.span);
        let needed = if offer.service.needs.is_some() { offer.resources.as_slice() } else { &[] };
        let rooms = needed
            .iter()
            .map(|room| Taken::new(calendars, &CalendarId::Resource(room.id.clone()), reach, offer.moving))
            .collect();
        let session = format!("{}/{}", offer.service.id, offer.variant.id);
        Self { offer, calendars, date, session, rooms, reach }
    }

    /// The name of this offer's sessions.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// What is taken in one person's calendar.
    pub(super) fn taken(&self, staff: &Staff) -> Taken<'a> {
        Taken::new(self.calendars, &CalendarId::Staff(staff.id.clone()), self.reach, self.offer.moving)
    }

    /// The visits that fit into one person's work and start on this date. Steps are of elapsed time, so a night with a
    /// clock change has more or fewer of them and no start comes twice.
    pub(super) fn visits(&self, staff: &'a Staff) -> impl Iterator<Item = Span> {
        let day = self.date.span;
        let step = minutes(self.offer.terms.every.max(1));
        self.date.work(staff).flat_map(move |work| {
            // The grid stands on the begin of the work, also when that was yesterday.
            let missed = day.from.duration_since(work.from).as_secs().max(0);
            let steps = missed.div_euclid(step.as_secs()) + i64::from(missed.rem_euclid(step.as_secs()) > 0);
            let first = Timestamp::from_second(work.from.as_second() + steps * step.as_secs()).ok();
            std::iter::successors(first, move |start| start.checked_add(step).ok())
                .map(|start| self.offer.visit(start))
                .take_while(move |visit| visit.from < day.to && work.contains(visit))
        })
    }

    /// What one person has to do on this date: whether it is the very class that a visit would join, and how many visits
    /// it is. A class is one.
    pub(super) fn duties(&self, staff: &Staff, visit: Span) -> (bool, usize) {
        let taken = self.taken(staff);
        let joins = taken.overlapping(visit).any(|claim| self.shared_seats(claim, visit).is_some());
        // Nobody gives two visits at once: claims that begin together are one class.
        let mut begins: Vec<Timestamp> = taken.overlapping(self.date.span).map(|claim| claim.span.from).collect();
        begins.dedup();
        (joins, begins.len())
    }

    /// Whether one person is free for a visit, and with which room.
    pub(super) fn opening(&self, who: usize, taken: &Taken<'_>, visit: Span) -> Option<Opening> {
        let claim = self.offer.claim(visit);
        let seats = self.seats(taken, visit, claim)?;
        let room = if self.offer.service.needs.is_some() { Some(self.room(taken, claim)?) } else { None };
        Some(Opening { start: visit.from, who, room, seats })
    }

    /// The opening of one person at that very start.
    pub(super) fn at(&self, who: usize, staff: &'a Staff, start: Timestamp) -> Option<Opening> {
        let visit = self.visits(staff).find(|visit| visit.from == start)?;
        self.opening(who, &self.taken(staff), visit)
    }

    /// How many seats one person has left at that time; nothing when the party does not fit.
    fn seats(&self, taken: &Taken<'_>, visit: Span, claim: Span) -> Option<u16> {
        let Offer { service, party, .. } = self.offer;
        let mut left = service.capacity;
        for other in taken.overlapping(claim) {
            left = left.saturating_sub(self.shared_seats(other, visit)?);
        }
        (left >= *party).then_some(left)
    }

    /// The seats that a claim takes from the class a visit would join; nothing when it is something else.
    fn shared_seats(&self, claim: &Claim, visit: Span) -> Option<u16> {
        let session = claim.session.as_ref().filter(|_| self.offer.service.capacity > 1)?;
        let here = session.place.as_ref().is_none_or(|place| *place == self.offer.place.id);
        (here && session.of == self.session && session.start == visit.from).then_some(session.seats)
    }

    /// The room of the class that would be joined, else the first free one.
    ///
    /// A room is known to be the class's own by the bookings in it: two people may give the same class at the same time,
    /// and neither may use the other's room.
    fn room(&self, taken: &Taken<'_>, claim: Span) -> Option<usize> {
        let joins = |room: &Taken<'_>| {
            !room.is_free(claim)
                && room.overlapping(claim).all(|there| taken.overlapping(claim).any(|member| member.id == there.id))
        };
        self.rooms.iter().position(joins).or_else(|| self.rooms.iter().position(|room| room.is_free(claim)))
    }
}
