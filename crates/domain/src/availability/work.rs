//! When somebody works at a place.

use jiff::civil::Date;

use crate::{
    Place, Span, Staff,
    hours::{Day, Hours},
};

/// The hours that begin on a date: those of the date's exceptions if it has any, else those of the week. An exception at
/// another place takes the person away from this one.
fn hours<'a>(staff: &'a Staff, place: &'a Place, date: Date) -> impl Iterator<Item = &'a Hours> {
    let weekday = Day::from(date.weekday());
    let excepted = staff.exceptions.iter().any(|exception| exception.date == date);
    let special = staff
        .exceptions
        .iter()
        .filter(move |exception| exception.date == date && exception.place.as_ref() == Some(&place.id))
        .flat_map(|exception| &exception.hours);
    let weekly = staff
        .shifts
        .iter()
        .filter(move |shift| !excepted && shift.place == place.id && shift.days.contains(&weekday))
        .flat_map(|shift| &shift.hours);
    special.chain(weekly)
}

/// A civil date at a place that is open then, with what its neighbours decide about it.
pub(super) struct OpenDate<'a> {
    place: &'a Place,
    date: Date,
    /// From its first instant to the next date's.
    pub(super) span: Span,
    /// The day before, unless the place was closed: a night shift may come over from it.
    before: Option<Date>,
    /// Whether work ends at midnight because the place is closed on the day after.
    ends: bool,
}

impl<'a> OpenDate<'a> {
    pub(super) fn new(place: &'a Place, date: Date) -> Self {
        let before = date.yesterday().ok().filter(|before| place.closure(*before).is_none());
        let ends = date.tomorrow().is_ok_and(|after| place.closure(after).is_some());
        Self { place, date, span: place.zone.day(date), before, ends }
    }

    /// The stretches of work of one person in which a visit can start on this date. They may begin on the day before and
    /// end on the day after.
    pub(super) fn work(&self, staff: &'a Staff) -> impl Iterator<Item = Span> {
        let zone = &self.place.zone;
        let over = self.before.into_iter().flat_map(move |before| {
            hours(staff, self.place, before)
                .filter(|hours| hours.to <= hours.from)
                .map(move |hours| hours.on(before, zone))
        });
        let own = hours(staff, self.place, self.date).map(move |hours| {
            let span = hours.on(self.date, zone);
            if self.ends { Span { to: span.to.min(self.span.to), ..span } } else { span }
        });
        over.chain(own).filter(|span| span.overlaps(&self.span))
    }
}
