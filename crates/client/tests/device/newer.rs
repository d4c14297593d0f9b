//! An app that was not updated, and a server that was.

use std::collections::BTreeSet;

use client::{Connection, Reply, Trouble, Vault as _};
use domain::{BookingState, Feed, Timestamp};
use jiff::tz::TimeZone;
use portal::{AgendaQuery, DayQuery, MonthQuery, Screen, Tab, View, documents, spaces};
use protocol::SpaceChanges;

use crate::{
    phone::{Phone, booked, now},
    script::Script,
    shop,
};

/// One document of each kind that a device is told of, and more of some.
fn everything(phone: &Phone) -> Vec<SpaceChanges> {
    let (own, at) = (spaces::customer(phone.customer), |text: &str| text.parse::<Timestamp>().unwrap());
    let secret = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".parse().unwrap();
    let mut writes = vec![
        documents::write(own.clone(), &shop::profile(phone.customer, now())),
        documents::write(own.clone(), &Feed { secret, since: now() }),
    ];
    for number in 1..=7 {
        let booking = phone.shop.booking(phone.customer, number, at(&format!("2026-11-{:02}T09:00:00Z", number + 3)));
        writes.push(documents::write(own.clone(), &booking));
    }
    let mut all = vec![phone.shop.catalogue(), shop::changes(1, writes)];
    all.extend(phone.shop.calendars(now()));
    all
}

/// What the screens show to a device that was told everything.
async fn shown(phone: &Phone) -> Vec<(View, Screen)> {
    let (service, variant, place, times) = phone.times().await;
    let month = MonthQuery { service, variant, place, staff: None, party: 1, moving: None, month: None };
    let date = phone.shop.places[0].zone.date(times[0]);
    let agenda = |tab| View::Agenda(AgendaQuery { tab, text: String::new(), from: None, to: None, after: None });
    let booking = phone.shop.booking(phone.customer, 1, now()).id;
    let mut screens = Vec::new();
    for view in [
        View::Catalogue,
        agenda(Tab::Upcoming),
        agenda(Tab::Past),
        View::Booking { booking },
        View::Month(month.clone()),
        View::Day(DayQuery { of: month, date }),
        View::Profile,
        View::Feed,
    ] {
        match phone.app.view(phone.business, view.clone()).await.unwrap() {
            Reply::Screen { screen } => screens.push((view, screen)),
            other => panic!("{view:?} shows something: {other:?}"),
        }
    }
    screens
}

#[tokio::test]
async fn what_a_newer_server_adds_to_documents_and_answers_is_ignored() {
    let mut all = Vec::new();
    for script in [Script::default(), Script::of_a_newer_server()] {
        let phone = Phone::met_at(script).await;
        phone.sign_in(phone.customer, 0).await.expect("whoever signs in is told more than the app knows");
        let told = everything(&phone);
        let kinds: BTreeSet<String> =
            told.iter().flat_map(|space| &space.changes).map(|changed| changed.kind.clone()).collect();
        assert_eq!(kinds, known_kinds(), "each kind of document is among them");
        phone.will_pull(told);
        phone.app.sync_now(phone.business).await.unwrap();
        all.push(shown(&phone).await);

        // And it can be worked with: what waits is decided by these documents, and the verdict is understood.
        let (booking, _) = phone.book(0).await;
        phone.will_say(1, vec![booked(booking)]);
        phone.will_pull(vec![]);
        phone.app.sync_now(phone.business).await.unwrap();
        assert!(phone.outbox().await.is_empty(), "nothing waits any more");
    }
    for ((view, today), (_, tomorrow)) in all[0].iter().zip(&all[1]) {
        assert_eq!(tomorrow, today, "{view:?} shows what this app knows of it");
    }
}

/// What waits is written by a newer app, or by this one again.
fn write_what_waits(phone: &Phone, from: &str, to: &str) {
    let file = rusqlite::Connection::open(phone.folder.path().join("datebook.sqlite")).unwrap();
    let written = file.execute("UPDATE document SET body = replace(body, ?1, ?2) WHERE kind = 'waiting'", [from, to]);
    assert_eq!(written.unwrap(), 1, "one command waits on this device");
}

#[tokio::test]
async fn a_business_that_a_newer_app_has_written_keeps_no_other_from_opening_and_stays_as_it_is() {
    let mut phone = Phone::ready().await;
    phone.book(0).await;
    let left = phone.app.reminders(&TimeZone::UTC).await.unwrap().next.remove(0);
    phone.app.reminder_shown(&left).await.unwrap();
    let newer = phone.goes_elsewhere().await;
    let own = spaces::customer(phone.customer);
    let mut visit = phone.shop.booking(phone.customer, 1, "2026-11-20T10:00:00Z".parse().unwrap());
    visit.ledger.clear();
    phone.will_pull(vec![shop::changes(2, vec![documents::write(own.clone(), &visit)])]);
    phone.app.sync_now(phone.business).await.unwrap();
    let next = phone.app.reminders(&TimeZone::UTC).await.unwrap().next;
    let other = next.into_iter().find(|reminder| reminder.key.booking == visit.id).unwrap();
    phone.app.reminder_shown(&other).await.unwrap();
    write_what_waits(&phone, "\"given\"", "\"given_at\"");
    let phone = phone.restarted().await;
    visit.state = BookingState::Cancelled;
    phone.will_pull(vec![shop::changes(3, vec![documents::write(own, &visit)])]);
    assert_eq!(phone.app.sync_now(phone.business).await, Ok(()), "the other one goes on");
    let cards = phone.app.businesses().await.unwrap();
    let cards: Vec<_> = cards.into_iter().map(|card| (card.id, card.name, card.connection, card.waiting)).collect();
    let name = phone.shop.business.name.clone();
    let one = (newer, name.clone(), Connection::Storage, 1);
    assert_eq!(cards, [one, (phone.business, name, Connection::Connecting, 0)], "it is there, and says what is wrong");
    let outbox = phone.app.outbox(newer).await;
    assert!(matches!(outbox, Err(Trouble::Storage { .. })), "nobody says that nothing waits: {outbox:?}");
    let plan = phone.app.reminders(&TimeZone::UTC).await.unwrap();
    assert_eq!(plan.gone, [other.key], "its own reminders stay, and no others");
    assert!(!plan.incomplete, "looking again would not help");
    assert_eq!(phone.app.select(newer).await, Ok(()), "it can be looked at");
    let removed = phone.app.disconnect(newer, false).await;
    assert_eq!(removed, Err(Trouble::StillWaiting { waiting: 1 }), "what waits is not lost in silence");

    write_what_waits(&phone, "\"given_at\"", "\"given\"");
    let phone = phone.restarted().await;
    assert_eq!(phone.app.outbox(newer).await.unwrap().len(), 1, "the next app finds everything");

    write_what_waits(&phone, "\"given\"", "\"given_at\"");
    let phone = phone.restarted().await;
    assert_eq!(phone.app.disconnect(newer, true).await, Ok(()), "it can be removed");
    let left: Vec<_> = phone.app.businesses().await.unwrap().into_iter().map(|card| card.id).collect();
    assert_eq!(left, [phone.business], "and is gone");
    let phone = phone.restarted().await;
    assert_eq!(phone.vault.get(&format!("session-{newer}")).unwrap(), None, "with its secrets");
}

/// The kinds that the portal has, by its own source: one that is new there is missed here.
fn known_kinds() -> BTreeSet<String> {
    let source = include_str!("../../../portal/src/documents.rs");
    let names = source.lines().filter_map(|line| line.trim().strip_suffix("\";")?.split_once(": &'static str = \""));
    let day = documents::CALENDAR_DAY.to_owned();
    names.filter(|(name, _)| *name == "const KIND").map(|(_, kind)| kind.to_owned()).chain([day]).collect()
}
