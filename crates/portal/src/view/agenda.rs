//! A customer's appointments as tickets (E01–E04, E07, E08).
//!
//! Bookings are read in order of their start, in pieces and only from where the tab can begin, and looked into only as
//! far as needed to leave them out. What a page costs does not grow with the number of appointments.
//!
//! Not done yet: postponed appointments, which have no time of their own, are looked for from yesterday on.

mod walk;

use std::borrow::Cow;

use domain::{Booking, BookingId, BookingState, Civil, Date, Money, Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Document, List};

use self::walk::{Mark, Walk};
use crate::{
    Context, Failure,
    documents::{self, Kind},
    execute,
    no::No,
    source::Source,
    spaces,
    standing::Standing,
};

/// Most tickets of a page.
const PAGE: usize = 50;
/// Most documents that a page looks at.
const BUDGET: usize = 2_000;
/// Most characters of a search.
const TEXT: u16 = 100;

/// Which part of a customer's appointments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Still to come, the next first (E01).
    #[default]
    Upcoming,
    /// Over, the latest first (E02).
    Past,
    /// Cancelled, the latest first (E03).
    Cancelled,
}

/// Which appointments to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
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

/// Some appointments. A page looks at two thousand appointments at most, so that it answers in time however many there
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

pub(super) async fn answer<R: Source>(read: &R, context: &Context, query: &AgendaQuery) -> Result<AgendaPage, No> {
    let customer = execute::customer(context)?;
    let bad = |field: &str| Refusal::BadText { field: field.to_owned(), most: TEXT };
    if query.text.chars().count() > usize::from(TEXT) {
        return Err(bad("text").into());
    }
    let after = match &query.after {
        Some(text) => Some(text.parse::<Mark>().map_err(|_| bad("after"))?),
        None => None,
    };
    let catalogue = read.catalogue().await?;
    let wanted = Wanted { query, text: query.text.trim().to_lowercase(), now: context.now };
    let mut walk = Walk::new(List::all(spaces::customer(customer), Booking::KIND), &wanted, after);
    let mut tickets: Vec<(Mark, Ticket)> = Vec::new();
    let mut looked = 0;
    loop {
        let Some(documents) = walk.step(read, BUDGET - looked).await? else {
            let tickets = tickets.into_iter().map(|(_, ticket)| ticket).collect();
            return Ok(AgendaPage { tickets, next: None });
        };
        let mut last = None;
        for document in documents {
            if looked == BUDGET || tickets.len() > PAGE {
                break;
            }
            looked += 1;
            if let Some(booking) = wanted.look(&document)? {
                let standing = catalogue.standing(&booking);
                let ticket = Ticket::of(&booking, &standing, document.provisional, context.now);
                tickets.push((Mark::of(&document), ticket));
            }
            last = Some(document);
        }
        if let Some(document) = last {
            walk.after = Some(Mark::of(&document));
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
        // What is left out is not taken apart.
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
