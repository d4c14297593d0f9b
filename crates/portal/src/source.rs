//! Where decisions and views read from: a store's moment, and what of it is known already.

use std::{future::Future, sync::Arc};

use domain::{CalendarDay, CalendarId, Calendars, Date, Timestamp, availability::DayState};
use store::{AnySnapshot, List, Order, Read, sqlite::SqliteSnapshot};

use crate::{
    Failure, MonthQuery,
    catalogue::Catalogue,
    documents::{self, CALENDAR_DAY},
    memory::By,
    spaces,
};

/// A consistent read that also answers in parsed values. What is given here reads and parses the documents each time;
/// [`Recalled`](crate::Recalled) parses only what has changed.
pub trait Source: Read {
    /// Whether a decision may take what should be new for new: the commit looks once more, and whoever is told there that
    /// it is not decides again by a source that does not trust.
    fn trusts(&self) -> bool {
        false
    }

    /// All of the catalogue.
    ///
    /// # Errors
    /// [`Failure::NoBusiness`] when there is none yet.
    fn catalogue(&self) -> impl Future<Output = Result<Arc<Catalogue>, Failure>> + Send {
        async move { Ok(Arc::new(Catalogue::load(self).await?)) }
    }

    /// The claims of some calendars on the UTC days from `first` to `last`, perhaps of other days too.
    ///
    /// # Errors
    /// When the store fails or holds something unreadable.
    fn calendars(
        &self,
        calendars: &[CalendarId],
        (first, last): (Date, Date),
    ) -> impl Future<Output = Result<Calendars, Failure>> + Send {
        async move {
            let mut read = Calendars::default();
            for (calendar, day, claims) in days(self, calendars, first, Some(last)).await? {
                read.insert(calendar, day, claims);
            }
            Ok(read)
        }
    }

    /// What `decide` says of each date. `by` names the calendar days it rests on, besides the question, the moment and
    /// the catalogue that was read: where all are the same, a source may say again what was decided before.
    fn states<'b>(
        &self,
        _question: &MonthQuery,
        _now: Timestamp,
        dates: &[Date],
        _by: impl Fn(Date) -> By<'b>,
        decide: impl Fn(Date) -> DayState,
    ) -> Vec<DayState> {
        dates.iter().map(|date| decide(*date)).collect()
    }
}

impl Source for SqliteSnapshot {}
impl Source for AnySnapshot {}

/// Reads days of calendars, with one list.
pub(crate) async fn days<R: Read + ?Sized>(
    read: &R,
    calendars: &[CalendarId],
    first: Date,
    last: Option<Date>,
) -> Result<Vec<(CalendarId, Date, CalendarDay)>, Failure> {
    if calendars.is_empty() {
        return Ok(Vec::new());
    }
    let list = List {
        spaces: calendars.iter().map(spaces::calendar).collect(),
        kind: CALENDAR_DAY.to_owned(),
        from: Some(first.to_string()),
        below: last.and_then(|last| last.tomorrow().ok()).map(|day| day.to_string()),
        order: Order::Rising,
        limit: usize::MAX,
    };
    let mut days = Vec::new();
    for document in read.list(&list).await? {
        let owner = document.key.space.owner().and_then(|owner| owner.parse::<CalendarId>().ok());
        // A calendar day has no other names than these: whatever else there is, is not one.
        let (Some(calendar), Ok(day)) = (owner, document.key.id.parse::<Date>()) else { continue };
        days.push((calendar, day, documents::decode(&document)?));
    }
    Ok(days)
}
