//! A customer's appointments as tickets (E01–E04, E07, E08).
//!
//! Bookings are read in order of their start, in pieces and only from where the tab can begin, and looked into only as
//! far as needed to leave them out. What a page costs does not grow with the number of appointments.
//!
//! Not done yet: postponed appointments, which have no time of their own, are looked for from yesterday on.

use std::borrow::Cow;

use domain::{Booking, BookingId, BookingState, Civil, Date, Money, Refusal, Timestamp};
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};
use store::{Document, List, Order, Read};

use crate::{
    Context, Failure,
    catalogue::Catalogue,
    documents::{self, Kind, time_sort},
    execute,
    no::No,
    spaces,
    standing::Standing,
};

/// Most tickets of a page.
const PAGE: usize = 50;
/// Most documents that a page looks at.
const BUDGET: usize = 3_000;
/// Most characters of a search.
const TEXT: u16 = 100;
/// The longest visit, see [`domain::Variant::minutes`].
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Which part of a customer's appointments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Still to come, the next first (E01).
    Upcoming,
    /// Over, the latest first (E02).
    Past,
    /// Cancelled, the latest first (E03).
    Cancelled,
}

/// Which appointments to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgendaQuery {
    /// Which part.
    pub tab: Tab,
    /// Only names that contain this text, whatever its case (E08); empty for all. At most 100 characters.
    #[serde(default)]
    pub text: String,
    /// Not before this date at the venue (E07).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub from: Option<Date>,
    /// Not after this date at the venue (E07).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<Date>,
    /// Go on after this place, as the page before said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub after: Option<String>,
}

/// Some appointments. A page looks at a few thousand appointments at most, so that it answers in time however many there
/// are. A search that finds little among very many may therefore have fewer than 50 tickets, even none, and yet a next
/// page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct AgendaPage {
    /// In the tab's order, at most 50.
    pub tickets: Vec<Ticket>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// One appointment in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Ticket {
    /// Which.
    pub booking: BookingId,
    /// What.
    pub service: String,
    /// In which length or kind; empty when there is only one.
    pub variant: String,
    /// With whom.
    pub staff: String,
    /// Where.
    pub place: String,
    /// From.
    pub start: Civil,
    /// To.
    pub end: Civil,
    /// How long, in minutes.
    pub minutes: u16,
    /// Where it stands now.
    pub state: BookingState,
    /// Whether it shows something that the server has not confirmed yet.
    pub waiting: bool,
    /// What it costs.
    pub price: Money,
    /// What was paid (E12).
    pub paid: Money,
    /// Why it cannot be moved; nothing when it can.
    pub no_reschedule: Option<Refusal>,
    /// Why it cannot be cancelled; nothing when it can.
    pub no_cancel: Option<Refusal>,
}

impl Ticket {
    /// A booking as its customer sees it at a moment.
    pub(super) fn of(booking: &Booking, standing: &Standing<'_>, waiting: bool, now: Timestamp) -> Self {
        let length = booking.span.to.duration_since(booking.span.from).as_mins();
        Self {
            booking: booking.id,
            service: booking.names.service.clone(),
            variant: booking.names.variant.clone(),
            staff: booking.names.staff.clone(),
            place: booking.names.place.clone(),
            start: booking.zone.civil(booking.span.from),
            end: booking.zone.civil(booking.span.to),
            minutes: u16::try_from(length).unwrap_or(u16::MAX),
            state: booking.state_at(now),
            waiting,
            price: booking.price,
            paid: booking.paid,
            no_reschedule: standing.may_reschedule(booking, now).err(),
            no_cancel: standing.may_cancel(booking, now).err(),
        }
    }
}

pub(super) async fn answer<R: Read>(read: &R, context: &Context, query: &AgendaQuery) -> Result<AgendaPage, No> {
    let customer = execute::customer(context)?;
    let bad = |field: &str| Refusal::BadText { field: field.to_owned(), most: TEXT };
    if query.text.chars().count() > usize::from(TEXT) {
        return Err(bad("text").into());
    }
    let after = match &query.after {
        Some(text) => Some(text.parse::<Mark>().map_err(|_| bad("after"))?),
        None => None,
    };
    let catalogue = Catalogue::load(read).await?;
    let wanted = Wanted { query, text: query.text.trim().to_lowercase(), now: context.now };
    let mut walk = Walk::new(List::all(spaces::customer(customer), Booking::KIND), &wanted, after);
    let mut tickets: Vec<(Mark, Ticket)> = Vec::new();
    let mut looked = 0;
    loop {
        let Some(documents) = walk.step(read).await? else {
            let tickets = tickets.into_iter().map(|(_, ticket)| ticket).collect();
            return Ok(AgendaPage { tickets, next: None });
        };
        for document in documents {
            let mark = Mark::of(&document);
            if looked == BUDGET || tickets.len() > PAGE {
                break;
            }
            looked += 1;
            walk.after = Some(mark.clone());
            if let Some(booking) = wanted.look(&document)? {
                let standing = catalogue.standing(&booking);
                tickets.push((mark, Ticket::of(&booking, &standing, document.provisional, context.now)));
            }
        }
        let next = if tickets.len() > PAGE {
            tickets.truncate(PAGE);
            tickets.last().map(|(mark, _)| mark.to_string())
        } else if looked == BUDGET {
            walk.after.as_ref().map(ToString::to_string)
        } else {
            continue;
        };
        return Ok(AgendaPage { tickets: tickets.into_iter().map(|(_, ticket)| ticket).collect(), next });
    }
}

/// What a query asks for.
struct Wanted<'a> {
    query: &'a AgendaQuery,
    text: String,
    now: Timestamp,
}

/// As much of a booking as it takes to leave it out.
#[derive(Deserialize)]
struct Head<'a> {
    state: BookingState,
    #[serde(borrow)]
    names: HeadNames<'a>,
}

#[derive(Deserialize)]
struct HeadNames<'a> {
    #[serde(borrow)]
    service: Cow<'a, str>,
    #[serde(borrow)]
    variant: Cow<'a, str>,
}

impl Wanted<'_> {
    /// The booking, if it belongs to the answer.
    fn look(&self, document: &Document) -> Result<Option<Booking>, Failure> {
        let head: Head<'_> = documents::decode(document)?;
        let cancelled = head.state == BookingState::Cancelled;
        if cancelled != (self.query.tab == Tab::Cancelled) || !self.names_match(&head.names) {
            return Ok(None);
        }
        let booking: Booking = documents::decode(document)?;
        let in_tab = match self.query.tab {
            Tab::Upcoming => booking.is_upcoming(self.now),
            Tab::Past => !booking.is_upcoming(self.now),
            Tab::Cancelled => true,
        };
        let date = booking.zone.date(booking.span.from);
        let in_dates = self.query.from.is_none_or(|from| from <= date) && self.query.to.is_none_or(|to| date <= to);
        Ok((in_tab && in_dates).then_some(booking))
    }

    fn names_match(&self, names: &HeadNames<'_>) -> bool {
        self.text.is_empty()
            || names.service.to_lowercase().contains(&self.text)
            || names.variant.to_lowercase().contains(&self.text)
    }
}

/// A place among a customer's bookings: a sort and an id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    sort: String,
    id: String,
}

impl Mark {
    fn of(document: &Document) -> Self {
        Self { sort: document.sort.clone(), id: document.key.id.clone() }
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}~{}", self.sort, self.id)
    }
}

/// Not a place that a page before gave.
struct NotAMark;

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
struct Walk {
    list: List,
    after: Option<Mark>,
    over: bool,
}

impl Walk {
    fn new(mut list: List, wanted: &Wanted<'_>, after: Option<Mark>) -> Self {
        let at_midnight = |date: Date| format!("{date}T00:00:00Z");
        // A date at the venue begins and ends up to a day away from the UTC date of the same name.
        list.from = wanted.query.from.map(|date| at_midnight(date.saturating_sub(1.day())));
        list.below = wanted.query.to.map(|date| at_midnight(date.saturating_add(2.days())));
        match wanted.query.tab {
            Tab::Upcoming => {
                let begin = time_sort(wanted.now.checked_sub(LONGEST).unwrap_or(Timestamp::MIN));
                list.from = list.from.max(Some(begin));
            }
            Tab::Past => {
                list.order = Order::Falling;
                let end = just_after(&time_sort(wanted.now));
                list.below = Some(list.below.map_or(end.clone(), |below| below.min(end)));
            }
            Tab::Cancelled => list.order = Order::Falling,
        }
        list.limit = if wanted.text.is_empty() { 2 * PAGE } else { 8 * PAGE };
        Self { list, after, over: false }
    }

    /// The next bookings after `after`; nothing at the end.
    async fn step<R: Read>(&mut self, read: &R) -> Result<Option<Vec<Document>>, Failure> {
        while !self.over {
            let mut list = self.list.clone();
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
            if let Some(after) = &self.after {
                documents.retain(|document| match list.order {
                    Order::Rising => Mark::of(document) > *after,
                    Order::Falling => Mark::of(document) < *after,
                });
            }
            // Larger pieces from now on; also what carries over more bookings of one start than a piece holds.
            self.list.limit *= 2;
            if !documents.is_empty() {
                return Ok(Some(documents));
            }
        }
        Ok(None)
    }
}

/// The least text after a sort: as a bound that is not included, it includes the sort itself.
fn just_after(sort: &str) -> String {
    format!("{sort}!")
}
