//! The test business with what is planted in it, beneath the API.

use std::collections::BTreeMap;

use domain::{
    Booking, BookingId, BookingState, CalendarDay, CalendarId, Claim, CustomerId, Date, DeviceId, Money, Profile, Span,
    Timestamp,
    booking::{By, Change, LedgerEntry, Names, Reference},
};
use jiff::SignedDuration;
use portal::{documents, spaces};
use store::{AnyStore, Batch, Engine, Key, Store as _, Write};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{document, session::Session};

/// It is planted first and then written, all at once.
pub(super) struct Salon {
    pub(super) engine: Engine,
    pub(super) store: AnyStore,
    writes: Vec<Write>,
    days: BTreeMap<Date, CalendarDay>,
    _folder: TempDir,
}

pub(super) fn now() -> Timestamp {
    "2026-11-22T09:30:00Z".parse().unwrap()
}

pub(super) fn somebody(number: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(number))
}

impl Salon {
    pub(super) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("datebook.sqlite").display());
        let engine = Engine::open(&url).await.unwrap();
        crate::apply(&engine, "main", include_str!("../../tests/api/business.toml")).await.unwrap();
        let store = engine.realm("business/main");
        Self { engine, store, writes: Vec::new(), days: BTreeMap::new(), _folder: folder }
    }

    /// Somebody has an appointment so many minutes from now. Its claim is there in any case, itself perhaps not.
    pub(super) fn plant(&mut self, number: u128, customer: CustomerId, minutes: i64, place: &str) {
        let from = now() + SignedDuration::from_mins(minutes);
        let span = Span { from, to: from + SignedDuration::from_mins(30) };
        let id = BookingId(Uuid::from_u128(number));
        for date in span.days() {
            self.days.entry(date).or_default().put(Claim { id, span, session: None });
        }
        let text = String::new;
        let name = |text: &str| text.to_owned();
        let booking = Booking {
            id,
            reference: Reference::numbered(id.0.as_u128() as u64),
            customer,
            service: "cut".parse().unwrap(),
            variant: "short".parse().unwrap(),
            staff: "anna".parse().unwrap(),
            staff_chosen: false,
            place: place.parse().unwrap(),
            names: Names {
                service: name("Cut"),
                variant: text(),
                staff: name("Anna"),
                place: name("Mitte"),
                address: text(),
                location: None,
            },
            span,
            zone: "Europe/Berlin".parse().unwrap(),
            claims: Vec::new(),
            party: 1,
            state: BookingState::Confirmed,
            price: Money::new(3000, "EUR".parse().unwrap()),
            paid: Money::new(0, "EUR".parse().unwrap()),
            note: text(),
            moves: 0,
            revision: 0,
            ledger: vec![LedgerEntry { at: now(), by: By::Customer, change: Change::Booked { start: from } }],
        };
        self.writes.push(documents::write(spaces::customer(customer), &booking));
    }

    /// Somebody who is signed in on so many devices, on the later ones later. On one more their session has just ended.
    pub(super) fn welcome(&mut self, customer: CustomerId, name: &str, devices: u8) {
        let email = format!("{customer}@example.org");
        let profile = Profile {
            id: customer,
            name: name.to_owned(),
            email,
            phone: String::new(),
            created: Timestamp::UNIX_EPOCH,
        };
        self.writes.push(documents::write(spaces::customer(customer), &profile));
        for number in 0..devices {
            let expires = now() + SignedDuration::from_hours(1);
            self.sign_in(customer, &format!("key {number}"), 100 - i64::from(number), expires);
        }
        self.sign_in(customer, "former key", 1, now());
    }

    /// A session that began so many hours ago.
    fn sign_in(&mut self, customer: CustomerId, key: &str, hours: i64, expires: Timestamp) {
        let (device, created) = (DeviceId::new(), now() - SignedDuration::from_hours(hours));
        let check_in_key = Some(key.to_owned());
        let session = Session { customer, device, created, expires, check_in_key, by_mail: true };
        let key = Key { space: spaces::identity(customer), kind: "session".to_owned(), id: key.to_owned() };
        self.writes.push(document::write(key, &session, Vec::new()));
    }

    /// Writes what was planted since.
    pub(super) async fn write(&mut self) {
        let anna: CalendarId = "staff.anna".parse().unwrap();
        let day = |(date, day)| documents::write_day(spaces::calendar_day(&anna, date), &day);
        let mut writes = std::mem::take(&mut self.writes);
        writes.extend(std::mem::take(&mut self.days).into_iter().map(day));
        self.store.commit(Batch { writes, ..Batch::default() }).await.unwrap();
    }
}
