//! End-to-end tests over the real server: `kill.rs` kills it, `nodes/` kills one of three, `rush.rs` hurries it, `crowd/`
//! listens to it, `device/` puts the device beside it. `e2e/` drives the browser and the app.
//!
//! What is here is what they share: the sample business, a way to find a free time in it, the books, and a comparison of
//! a device with its server.

pub mod books;
pub mod mirror;

use std::path::PathBuf;

use anyhow::Context as _;
use domain::{Date, PlaceId, ServiceId, Timestamp, VariantId};
use portal::{DayQuery, MonthQuery, Screen, View};
use testkit::Person;

/// The sample business.
pub fn business() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/business.toml"))
}

/// A cut in Berlin, by anybody: the busiest thing in the sample.
///
/// # Panics
/// When the sample has lost it.
pub fn cut() -> (ServiceId, VariantId, PlaceId) {
    let id = "cut".parse().expect("a slug");
    (id, "short".parse().expect("a slug"), "mitte".parse().expect("a slug"))
}

/// The free starts of the first day that has any.
///
/// # Errors
/// When the server does not answer, or nothing is free this month and next.
pub async fn free_starts(person: &Person) -> anyhow::Result<(Date, Vec<Timestamp>)> {
    let (service, variant, place) = cut();
    let of = |month| MonthQuery {
        service: service.clone(),
        variant: variant.clone(),
        place: place.clone(),
        staff: None,
        party: 1,
        moving: None,
        month,
    };
    let later = |date: Date, days| (0..days).fold(date, |date, _| date.tomorrow().unwrap_or(date));
    let Screen::Month(first) = person.view(&View::Month(of(None))).await? else { anyhow::bail!("not a month") };
    // Far enough ahead that it may be moved and cancelled at any time of day.
    let earliest = later(first.today, 4);
    let mut days = Vec::new();
    for month in [earliest, later(earliest, 31)] {
        let Screen::Month(month) = person.view(&View::Month(of(Some(month)))).await? else {
            anyhow::bail!("not a month")
        };
        days.extend(month.days);
    }
    let date = days
        .iter()
        .find(|day| day.date >= earliest && matches!(day.state, domain::availability::DayState::Free { .. }))
        .map(|day| day.date)
        .context("a free day")?;
    let of = of(None);
    let Screen::Day(day) = person.view(&View::Day(DayQuery { of, date })).await? else { anyhow::bail!("not a day") };
    Ok((date, day.times.into_iter().map(|time| time.start.at).collect()))
}
