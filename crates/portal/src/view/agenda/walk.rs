//! A customer's bookings in the order of a tab, some at a time.

use domain::{BookingId, Timestamp, calendar::utc_date};
use jiff::{SignedDuration, ToSpan};
use store::{Document, List, Order, Read};

use super::{PAGE, Tab, Wanted};
use crate::{
    Failure,
    documents::{day_sort, time_sort},
};

/// The longest visit, see [`domain::Variant::minutes`].
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// A place among a customer's bookings: a sort and an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    sort: String,
    id: String,
}

impl Mark {
    pub(super) fn of(document: &Document) -> Self {
        Self { sort: document.sort.clone(), id: document.key.id.clone() }
    }

    /// Whether a booking comes after this place.
    fn is_before(&self, document: &Document, order: Order) -> bool {
        let place = (document.sort.as_str(), document.key.id.as_str());
        let here = (self.sort.as_str(), self.id.as_str());
        if order == Order::Rising { here < place } else { place < here }
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}~{}", self.sort, self.id)
    }
}

/// Not a place that a page before gave.
pub(super) struct NotAMark;

impl std::str::FromStr for Mark {
    type Err = NotAMark;
    fn from_str(text: &str) -> Result<Self, NotAMark> {
        let (sort, id) = text.split_once('~').ok_or(NotAMark)?;
        let at: Timestamp = sort.parse().map_err(|_| NotAMark)?;
        let id: BookingId = id.parse().map_err(|_| NotAMark)?;
        Ok(Self { sort: time_sort(at), id: id.to_string() })
    }
}

/// A walk over bookings in the order of a tab, some at a time.
pub(super) struct Walk {
    list: List,
    /// Where the tab begins and ends. The list does so with whole days, so that whoever looks again asks for the same one.
    from: Option<String>,
    below: Option<String>,
    /// The last place that was looked at.
    pub(super) after: Option<Mark>,
    over: bool,
}

impl Walk {
    pub(super) fn new(mut list: List, wanted: &Wanted<'_>, after: Option<Mark>) -> Self {
        // A date at the venue begins and ends up to a day away from the UTC date of the same name.
        list.from = wanted.query.from.map(|date| day_sort(date.saturating_sub(1.day())));
        list.below = wanted.query.to.map(|date| day_sort(date.saturating_add(2.days())));
        let (mut from, mut below) = (None, None);
        match wanted.query.tab {
            Tab::Upcoming => {
                let begin = wanted.now.checked_sub(LONGEST).unwrap_or(Timestamp::MIN);
                from = Some(time_sort(begin));
                list.from = list.from.max(Some(day_sort(utc_date(begin))));
            }
            Tab::Past => {
                list.order = Order::Falling;
                below = Some(just_after(&time_sort(wanted.now)));
                let end = day_sort(utc_date(wanted.now).saturating_add(1.day()));
                list.below = Some(list.below.map_or(end.clone(), |known| known.min(end)));
            }
            Tab::Cancelled => list.order = Order::Falling,
        }
        list.limit = if wanted.text.is_empty() { 2 * PAGE } else { 8 * PAGE };
        Self { list, from, below, after, over: false }
    }

    /// The next bookings after `after`, about `most` of them at most; nothing at the end.
    pub(super) async fn step<R: Read>(&mut self, read: &R, most: usize) -> Result<Option<Vec<Document>>, Failure> {
        let mut limit = self.list.limit.min(most);
        while !self.over {
            let mut list = List { limit, ..self.list.clone() };
            if let Some(Mark { sort, .. }) = &self.after {
                // Several bookings may have one sort: begin at it again and leave out what was seen.
                match list.order {
                    Order::Rising => list.from = list.from.max(Some(sort.clone())),
                    Order::Falling => {
                        let below = just_after(sort);
                        list.below = Some(list.below.map_or(below.clone(), |known| known.min(below)));
                    }
                }
            }
            let mut documents = read.list(&list).await?;
            self.over = documents.len() < list.limit;
            documents.retain(|document| {
                self.from.as_ref().is_none_or(|from| *from <= document.sort)
                    && self.below.as_ref().is_none_or(|below| document.sort < *below)
                    && self.after.as_ref().is_none_or(|after| after.is_before(document, list.order))
            });
            if !documents.is_empty() {
                self.list.limit *= 2;
                return Ok(Some(documents));
            }
            // More bookings have one start than a piece holds.
            limit *= 2;
        }
        Ok(None)
    }
}

/// The least text after a sort: as a bound that is not included, it includes the sort itself.
fn just_after(sort: &str) -> String {
    format!("{sort}!")
}

#[cfg(test)]
mod tests {
    use domain::CustomerId;

    use super::*;
    use crate::{AgendaQuery, documents::Kind as _, spaces};

    /// What a tab's first page asks for.
    fn asked(tab: Tab, now: &str) -> List {
        let query = AgendaQuery { tab, ..AgendaQuery::default() };
        let wanted = Wanted { query: &query, text: String::new(), now: now.parse().unwrap() };
        let all = List::all(spaces::customer(CustomerId(uuid::Uuid::nil())), domain::Booking::KIND);
        Walk::new(all, &wanted, None).list
    }

    #[test]
    fn whoever_looks_again_on_the_same_day_asks_for_the_same_list() {
        for tab in [Tab::Upcoming, Tab::Past, Tab::Cancelled] {
            let first = asked(tab, "2026-03-02T00:00:00Z");
            assert_eq!(first, asked(tab, "2026-03-02T23:59:59.9Z"), "an engine may remember it, {tab:?}");
            let tomorrow = asked(tab, "2026-03-03T00:00:00Z");
            assert_eq!(first == tomorrow, tab == Tab::Cancelled, "and it goes on with the days, {tab:?}");
        }
    }
}
