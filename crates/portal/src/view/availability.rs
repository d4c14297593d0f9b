//! When a service can be had (C02, F13, F14, X: calendar picker).

use domain::{
    Booking, BookingId, Civil, Date, PlaceId, ServiceId, StaffId, Timestamp, VariantId, Zone,
    availability::{DayState, Offer, Slot},
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::{
    Context, Failure, execute,
    no::No,
    shelf::{self, Shelf, Who},
    source::Source,
};

/// What is to be booked, or moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct MonthQuery {
    /// What.
    pub service: ServiceId,
    /// In which length or kind.
    pub variant: VariantId,
    /// Where.
    pub place: PlaceId,
    /// With whom; nothing for anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub staff: Option<StaffId>,
    /// For how many people.
    #[serde(default = "one")]
    pub party: u16,
    /// The booking that is to be moved; its own time counts as free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub moving: Option<BookingId>,
    /// Any date of the month; nothing for the first month in which something may be free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub month: Option<Date>,
}

fn one() -> u16 {
    1
}

/// A month of the calendar picker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct MonthView {
    /// The first of the month.
    pub month: Date,
    /// Every day of it.
    pub days: Vec<MonthDay>,
    /// Today at the venue.
    pub today: Date,
    /// The last date that can be booked.
    pub last: Date,
    /// The venue's zone.
    pub zone: Zone,
    /// The next date with free times after this month, when this month has none and one lies within the horizon.
    pub next_free: Option<Date>,
}

/// One day of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct MonthDay {
    /// The date at the venue.
    pub date: Date,
    /// How much is free, or why nothing is.
    pub state: DayState,
}

/// A day of a [`MonthQuery`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct DayQuery {
    /// What; its `month` does not matter.
    pub of: MonthQuery,
    /// The date at the venue.
    pub date: Date,
}

/// The times of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct DayView {
    /// The date at the venue.
    pub date: Date,
    /// How much is free, or why nothing is.
    pub state: DayState,
    /// In order of time.
    pub times: Vec<TimeView>,
}

/// A start that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct TimeView {
    /// When.
    pub start: Civil,
    /// Until.
    pub end: Civil,
    /// Who is free.
    pub staff: Vec<StaffId>,
    /// Seats left, for a service that takes several people at once.
    pub seats: Option<u16>,
    /// The last moment at which the customer could cancel a booking at this time (Y04); nothing when customers cannot.
    pub cancel_until: Option<Civil>,
    /// The last moment at which the customer could move a booking at this time (Y04); nothing when customers cannot.
    pub reschedule_until: Option<Civil>,
}

pub(super) async fn month<R: Source>(read: &R, context: &Context, query: &MonthQuery) -> Result<MonthView, No> {
    let Asked { shelf, booking } = Asked::load(read, context, query).await?;
    let offer = question(&shelf, booking.as_ref(), query)?;
    // The moment is a whole minute that has not ended before: at midnight it is still the day before.
    let today = shelf::date_of(&offer, context.now.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(context.now));
    let last = shelf::date_of(&offer, offer.window(context.now).1);
    let search = Search { query, offer: &offer, context, last };

    let mut month = query.month.unwrap_or(today).first_of_month();
    let mut days = search.days(read, month).await?;
    let mut next_free = None;
    // The past is never free: whatever month was asked for, the search has at most the horizon's months.
    let mut searched = if month < today.first_of_month() { today.first_of_month() } else { after(month) };
    while !has_free(&days) && next_free.is_none() && searched <= last {
        let found = search.days(read, searched).await?;
        let free = found.iter().find(|day| is_free(day)).map(|day| day.date);
        if query.month.is_none() && free.is_some() {
            (month, days) = (searched, found);
        } else {
            next_free = free;
        }
        searched = after(searched);
    }
    Ok(MonthView { month, days, today, last, zone: shelf.place.zone.clone(), next_free })
}

/// The first of the next month.
fn after(month: Date) -> Date {
    month.last_of_month().tomorrow().unwrap_or(Date::MAX)
}

pub(super) async fn day<R: Source>(read: &R, context: &Context, query: &DayQuery) -> Result<DayView, No> {
    let Asked { shelf, booking } = Asked::load(read, context, &query.of).await?;
    let offer = question(&shelf, booking.as_ref(), &query.of)?;
    let calendars = shelf::calendars(read, &offer, (query.date, query.date), context.now).await?;
    let (state, slots) = offer.day(&calendars, query.date, context.now);
    let before = |start: Timestamp, allowed: bool, minutes: u32| {
        // A deadline before the beginning of time is one that has passed.
        let moment = start.checked_sub(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MIN);
        allowed.then(|| shelf.place.civil(moment))
    };
    let terms = &shelf.terms;
    // A booking that is moved there has been moved once more.
    let moves = booking.as_ref().map_or(0, |booking| booking.moves.saturating_add(1));
    let again = terms.reschedule && moves < terms.most_moves();
    let time = |slot: Slot| TimeView {
        start: shelf.place.civil(slot.span.from),
        end: shelf.place.civil(slot.span.to),
        staff: slot.staff,
        seats: slot.seats,
        cancel_until: before(slot.span.from, terms.cancel, terms.cancel_until),
        reschedule_until: before(slot.span.from, again, terms.reschedule_until),
    };
    Ok(DayView { date: query.date, state, times: slots.into_iter().map(time).collect() })
}

/// What a query is about.
struct Asked {
    shelf: Shelf,
    /// The booking that is to be moved.
    booking: Option<Booking>,
}

impl Asked {
    async fn load<R: Source>(read: &R, context: &Context, query: &MonthQuery) -> Result<Self, No> {
        let booking = match query.moving {
            Some(id) => Some(execute::booking(read, execute::customer(context)?, id).await?.1),
            None => None,
        };
        // A booking that is moved keeps what it is and where (F08–F10), whatever the query says.
        let shelf = match &booking {
            Some(booking) => Shelf::load(read, &booking.service, &booking.variant, &booking.place).await?,
            None => Shelf::load(read, &query.service, &query.variant, &query.place).await?,
        };
        Ok(Self { shelf, booking })
    }
}

fn question<'a>(shelf: &'a Shelf, booking: Option<&Booking>, query: &MonthQuery) -> Result<Offer<'a>, No> {
    match booking {
        Some(booking) => {
            let staff = shelf.candidates(Who::Kept(&booking.staff))?;
            Ok(shelf.offer(staff, booking.party, Some(booking.id)))
        }
        None => {
            shelf.admits(query.party)?;
            let staff = shelf.candidates(query.staff.as_ref().map_or(Who::Anybody, Who::Chosen))?;
            Ok(shelf.offer(staff, query.party, None))
        }
    }
}

struct Search<'a> {
    query: &'a MonthQuery,
    offer: &'a Offer<'a>,
    context: &'a Context,
    last: Date,
}

impl Search<'_> {
    /// Every day of a month. The calendars are read once for all of them.
    async fn days<R: Source>(&self, read: &R, month: Date) -> Result<Vec<MonthDay>, Failure> {
        let (first, end) = (month.first_of_month(), month.last_of_month());
        let calendars =
            shelf::calendars(read, self.offer, (first, end.min(self.last).max(first)), self.context.now).await?;
        let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok()).take_while(|date| *date <= end);
        let dates: Vec<Date> = dates.collect();
        let by = |date| calendars.shared(self.offer.days_to_load(date, date));
        let decide = |date| self.offer.state(&calendars, date, self.context.now);
        let states = read.states(self.query, self.context.now, &dates, by, decide);
        Ok(dates.into_iter().zip(states).map(|(date, state)| MonthDay { date, state }).collect())
    }
}

fn is_free(day: &MonthDay) -> bool {
    matches!(day.state, DayState::Free { .. })
}

fn has_free(days: &[MonthDay]) -> bool {
    days.iter().any(is_free)
}
