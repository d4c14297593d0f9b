//! What screens show. A [`View`] is a question, a [`Screen`] its answer; both are data.
//!
//! **Invariant:** a customer's view is built field by field from an allow-list: nothing of a document reaches a screen
//! unless a type here names it.

mod agenda;
mod availability;
mod booking;
mod catalogue;
mod feed;
mod profile;

use domain::{Date, Refusal};
use serde::{Deserialize, Serialize};

pub use agenda::{AgendaPage, AgendaQuery, Tab, Ticket};
pub use availability::{DayQuery, DayView, MonthDay, MonthQuery, MonthView, TimeView};
pub use booking::{Action, Actions, BookingView, LedgerLine};
pub use catalogue::{CatalogueView, PlaceView, ServiceView, StaffView, VariantView};
pub use feed::{FeedLink, FeedView};
pub use profile::ProfileView;

use crate::{Context, Failure, no::apart, source::Source};

/// A question of a screen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "view", rename_all = "snake_case")]
pub enum View {
    /// The business and what it offers. Needs no sign-in.
    Catalogue,
    /// A customer's appointments.
    Agenda(AgendaQuery),
    /// One appointment.
    Booking {
        /// Which.
        booking: domain::BookingId,
    },
    /// How much of each day of a month is free. Needs no sign-in.
    Month(MonthQuery),
    /// The free times of a day. Needs no sign-in.
    Day(DayQuery),
    /// The customer.
    Profile,
    /// The customer's calendar feed (Y12).
    Feed,
}

impl View {
    /// The same question in the words in which it is always asked, so that whoever asks in other words is given what was
    /// answered before.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        match &mut self {
            Self::Month(query) => query.month = query.month.map(Date::first_of_month),
            Self::Day(query) => query.of.month = None,
            Self::Catalogue | Self::Agenda(_) | Self::Booking { .. } | Self::Profile | Self::Feed => {}
        }
        self
    }

    /// Whether everybody gets the same answer.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Self::Catalogue => true,
            Self::Month(query) | Self::Day(DayQuery { of: query, .. }) => query.moving.is_none(),
            Self::Agenda(_) | Self::Booking { .. } | Self::Profile | Self::Feed => false,
        }
    }
}

/// A screen's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "view", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Screen {
    Catalogue(Box<CatalogueView>),
    Agenda(AgendaPage),
    Booking(Box<BookingView>),
    Month(MonthView),
    Day(DayView),
    Profile(ProfileView),
    Feed(FeedView),
}

/// Answers a view.
///
/// # Errors
/// Outer: something broke. Inner: the rules say no, for example when nobody is signed in.
pub async fn view<R: Source>(read: &R, context: &Context, view: &View) -> Result<Result<Screen, Refusal>, Failure> {
    apart(match view {
        View::Catalogue => catalogue::answer(read).await.map(|view| Screen::Catalogue(Box::new(view))),
        View::Agenda(query) => agenda::answer(read, context, query).await.map(Screen::Agenda),
        View::Booking { booking } => {
            booking::answer(read, context, *booking).await.map(|view| Screen::Booking(Box::new(view)))
        }
        View::Month(query) => availability::month(read, &context.whole_minute(), query).await.map(Screen::Month),
        View::Day(query) => availability::day(read, &context.whole_minute(), query).await.map(Screen::Day),
        View::Profile => profile::answer(read, context).await.map(Screen::Profile),
        View::Feed => feed::answer(read, context).await.map(Screen::Feed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_makes_no_other_question() {
        let of = |month: &str| MonthQuery {
            service: "cut".parse().unwrap(),
            variant: "usual".parse().unwrap(),
            place: "here".parse().unwrap(),
            staff: None,
            party: 1,
            moving: None,
            month: Some(month.parse().unwrap()),
        };
        let month = |month: &str| View::Month(of(month)).canonical();
        assert_eq!(month("2026-11-01"), month("2026-11-30"), "any date stands for its month");
        assert_ne!(month("2026-11-30"), month("2026-12-01"));
        let day =
            |month: &str, date: &str| View::Day(DayQuery { of: of(month), date: date.parse().unwrap() }).canonical();
        assert_eq!(day("2026-11-01", "2026-11-05"), day("2026-12-01", "2026-11-05"), "a day has its date");
        assert_ne!(day("2026-11-01", "2026-11-05"), day("2026-11-01", "2026-11-06"));
    }
}
