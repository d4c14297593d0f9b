//! A small salon in Berlin on Monday, 2 March 2026, 09:00 there: what all tests start from.
//!
//! | service | what is special |
//! |---|---|
//! | `cut` | two variants, 15 minutes kept free afterwards |
//! | `colour` | the business says yes or no by itself (C10) |
//! | `massage` | needs the one room of the place |
//! | `yoga` | three people a class |
//! | `perm` | customers may not book it by themselves (C11) |
//! | `shave` | customers may not pick a person (C03) |
//! | `tattoo` | can be neither moved nor cancelled (F01, G01) |
//! | `peel` | can be moved once (F07), and until two hours before (F05) |
//! | `sauna` | only at the other place, in Lord Howe Island's zone |
//!
//! Anna works Monday to Saturday, Ben Monday to Friday, both 09:00–17:00 in Berlin; Cara gives nothing; Dan works on the
//! island, at night.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    Booking, BookingId, Business, Category, CustomerId, Location, Place, Profile, Refusal, Resource, Service, Staff,
    Terms, TermsPatch, Timestamp, Variant, business::Contact, hours::Day, hours::Shift,
};
use portal::{
    Actor, Book, Cancel, Changes, CheckIn, Command, ConfirmAttendance, Context, Decision, Job, Memory, Outcome,
    Reschedule, RunningLate, Screen, View,
    documents::{self, Kind},
    execute, settle, spaces,
};
use store::{AnyStore, Batch, CommitError, Key, Read, Store};
use uuid::Uuid;

/// When the tests take place, unless they say otherwise: 09:00 in Berlin.
pub(crate) const NOW: &str = "2026-03-02T08:00:00Z";

pub(crate) struct Salon {
    pub(crate) store: AnyStore,
    pub(crate) memory: Arc<Memory>,
    pub(crate) now: Timestamp,
    _directory: tempfile::TempDir,
}

/// An id from its text.
pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// An instant from its text.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A customer; the same number is the same customer.
pub(crate) fn customer(number: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(number))
}

/// A booking; the same number is the same booking.
pub(crate) fn booking(number: u128) -> BookingId {
    BookingId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | number))
}

/// A booking of `service` with its first variant, in Berlin, for one, with anybody.
pub(crate) fn book(number: u128, service: &str, start: &str) -> Book {
    Book {
        booking: booking(number),
        service: id(service),
        variant: id("usual"),
        place: id("mitte"),
        staff: None,
        start: at(start),
        party: 1,
        note: String::new(),
    }
}

/// As [`book`], with a person.
pub(crate) fn book_with(number: u128, service: &str, start: &str, staff: &str) -> Book {
    Book { staff: Some(id(staff)), ..book(number, service, start) }
}

pub(crate) fn move_to(number: u128, start: &str) -> Command {
    Command::Reschedule(Reschedule { booking: booking(number), start: at(start) })
}

pub(crate) fn cancel(number: u128) -> Command {
    Command::Cancel(Cancel { booking: booking(number), reason: String::new() })
}

pub(crate) fn coming(number: u128) -> Command {
    Command::ConfirmAttendance(ConfirmAttendance { booking: booking(number) })
}

pub(crate) fn late(number: u128, minutes: u16) -> Command {
    Command::RunningLate(RunningLate { booking: booking(number), minutes })
}

pub(crate) fn here(number: u128) -> Command {
    Command::CheckIn(CheckIn { booking: booking(number), place: None })
}

impl Salon {
    /// Customers 1 and 2 have a profile.
    pub(crate) async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = crate::store(directory.path()).await;
        let salon = Self { store, memory: Arc::default(), now: at(NOW), _directory: directory };
        let mut batch = Batch::default();
        let writes = &mut batch.writes;
        writes.push(documents::write(spaces::catalogue(), &business()));
        writes.extend(categories().iter().map(|value| documents::write(spaces::catalogue(), value)));
        writes.extend(services().iter().map(|value| documents::write(spaces::catalogue(), value)));
        writes.extend(staff().iter().map(|value| documents::write(spaces::catalogue(), value)));
        writes.extend(places().iter().map(|value| documents::write(spaces::catalogue(), value)));
        let room = Resource { id: id("room-1"), name: "Room".into(), kind: "room".into(), place: id("mitte") };
        writes.push(documents::write(spaces::catalogue(), &room));
        for number in [1, 2] {
            let profile = Profile {
                id: customer(number),
                name: format!("Customer {number}"),
                email: format!("customer-{number}@example.org"),
                phone: String::new(),
                created: at("2025-01-01T00:00:00Z"),
            };
            writes.push(documents::write(spaces::customer(profile.id), &profile));
        }
        salon.store.commit(batch).await.unwrap();
        salon
    }

    /// The same salon at another moment.
    pub(crate) fn at(mut self, now: &str) -> Self {
        self.now = at(now);
        self
    }

    pub(crate) fn context(&self, number: u128) -> Context {
        Context { now: self.now, actor: Actor::Customer(customer(number)) }
    }

    /// Customer 1 asks.
    pub(crate) async fn ask(&self, command: Command) -> Result<Outcome, Refusal> {
        self.ask_as(self.context(1), command).await
    }

    pub(crate) async fn ask_as(&self, context: Context, command: Command) -> Result<Outcome, Refusal> {
        settle(&self.store, &self.memory, || context, &command, |_| Batch::default()).await.unwrap()
    }

    /// Customer 1 books, and must get it.
    pub(crate) async fn booked(&self, ask: Book) -> Booking {
        let id = ask.booking;
        self.ask(Command::Book(ask)).await.expect("the time is free and the terms allow it");
        self.booking(1, id).await
    }

    /// Customer 1 is refused, and nothing has changed anywhere.
    pub(crate) async fn refused(&self, command: Command) -> Refusal {
        self.refused_as(self.context(1), command).await
    }

    pub(crate) async fn refused_as(&self, context: Context, command: Command) -> Refusal {
        let before = self.everything().await;
        let refusal = self.ask_as(context, command).await.expect_err("the rules say no");
        assert_eq!(self.everything().await, before, "a refusal leaves everything as it was");
        refusal
    }

    /// What a command would change; nothing is committed.
    pub(crate) async fn decided(&self, context: Context, command: &Command) -> Changes {
        let snapshot = self.store.snapshot().await.unwrap();
        match execute(&snapshot, &context, command).await.unwrap() {
            Decision::Accepted(changes) => changes,
            Decision::Refused(refusal) => panic!("{command:?}: {refusal:?}"),
        }
    }

    /// Customer 1 asks for two things at once: both are decided before either is committed. Answers what the second
    /// finds changed.
    pub(crate) async fn overtaken(&self, first: &Command, second: &Command) -> Key {
        let faster = self.decided(self.context(1), first).await;
        let slower = self.decided(self.context(1), second).await;
        self.store.commit(faster.batch).await.expect("nothing changed since");
        match self.store.commit(slower.batch).await {
            Err(CommitError::Changed(key)) => key,
            other => panic!("{second:?} must not take effect after {first:?}: {other:?}"),
        }
    }

    /// Every document and every version there is.
    pub(crate) async fn everything(&self) -> BTreeMap<String, (u64, Vec<store::Changed>)> {
        let mut all = BTreeMap::new();
        for space in self.store.snapshot().await.unwrap().spaces("").await.unwrap() {
            let page = self.store.pull(&space, 0, usize::MAX).await.unwrap();
            all.insert(space.to_string(), (page.version, page.changes));
        }
        all
    }

    pub(crate) async fn booking(&self, number: u128, id: BookingId) -> Booking {
        let key = spaces::booking(customer(number), id);
        let document = self.store.snapshot().await.unwrap().get(&key).await.unwrap().expect("it was booked");
        documents::decode(&document).unwrap()
    }

    /// The bookings that have claims in a calendar on a UTC day.
    pub(crate) async fn claims(&self, calendar: &str, day: &str) -> Vec<BookingId> {
        let key = spaces::calendar_day(&id(calendar), id(day));
        let Some(document) = self.store.snapshot().await.unwrap().get(&key).await.unwrap() else { return Vec::new() };
        let day: domain::CalendarDay = documents::decode(&document).unwrap();
        day.claims.iter().map(|claim| claim.id).collect()
    }

    /// The mails that wait to be sent; every one only once.
    pub(crate) async fn mails(&self) -> Vec<Job> {
        let leased = self.store.lease(portal::MAIL, Timestamp::MAX, Timestamp::MAX, 100).await.unwrap();
        let mut mails = Vec::new();
        for lease in leased {
            assert_eq!(lease.job.kind, portal::MAIL, "all jobs of the portal are mails");
            mails.push(serde_json::from_str(&lease.job.body).unwrap());
            self.store.done(&lease).await.unwrap();
        }
        mails
    }

    /// Customer 1 looks.
    pub(crate) async fn view(&self, view: View) -> Screen {
        self.view_as(self.context(1), view).await.expect("customer 1 may see this")
    }

    pub(crate) async fn view_as(&self, context: Context, view: View) -> Result<Screen, Refusal> {
        let fresh = portal::view(&self.store.snapshot().await.unwrap(), &context, &view).await.unwrap();
        // Asked twice, so that the second answer may come from memory.
        for _ in 0..2 {
            let recalled = self.memory.recall(self.store.snapshot().await.unwrap());
            let recalled = recalled.answer(&context, view.clone()).await.unwrap();
            let expected = fresh.clone().map(|screen| serde_json::to_string(&screen).unwrap());
            assert_eq!(recalled.as_deref(), expected.as_deref(), "what is recalled is what reading gives");
        }
        fresh
    }

    /// Stores a thing of the catalogue anew.
    pub(crate) async fn change<T: Kind>(&self, value: &T) {
        let writes = vec![documents::write(spaces::catalogue(), value)];
        self.store.commit(Batch { writes, ..Batch::default() }).await.unwrap();
    }

    /// Removes a thing from the catalogue.
    pub(crate) async fn remove<T: Kind>(&self, name: &str) {
        let key = Key { space: spaces::catalogue(), kind: T::KIND.to_owned(), id: name.to_owned() };
        let writes = vec![store::Write { key, sort: String::new(), body: None, keys: Vec::new() }];
        self.store.commit(Batch { writes, ..Batch::default() }).await.unwrap();
    }

    /// Stores bookings as the business would enter them, without claims.
    pub(crate) async fn enter(&self, bookings: &[Booking]) {
        for some in bookings.chunks(1_000) {
            let write = |booking: &Booking| documents::write(spaces::customer(booking.customer), booking);
            let writes = some.iter().map(write).collect();
            self.store.commit(Batch { writes, ..Batch::default() }).await.unwrap();
        }
    }
}

pub(crate) fn business() -> Business {
    Business {
        name: "Salon Mitte".into(),
        tagline: "Hair and more".into(),
        logo: String::new(),
        colour: "#335577".into(),
        welcome: "Welcome!".into(),
        instructions: "Please come five minutes early.".into(),
        policies: Vec::new(),
        contact: Contact { email: "salon@example.org".into(), phone: "+49 30 1".into() },
        currency: id("EUR"),
        terms: Terms { every: 30, ..Terms::default() },
        open_sign_up: true,
    }
}

fn categories() -> Vec<Category> {
    vec![
        Category { id: id("skin"), name: "Skin".into(), order: 2 },
        Category { id: id("hair"), name: "Hair".into(), order: 1 },
    ]
}

fn variant(name: &str, title: &str, minutes: u16, minor: i64) -> Variant {
    Variant { id: id(name), name: title.into(), minutes, price: domain::Money::new(minor, id("EUR")) }
}

pub(crate) fn service(name: &str) -> Service {
    services().into_iter().find(|service| service.id.as_str() == name).expect("the salon has it")
}

fn services() -> Vec<Service> {
    let plain = |name: &str, title: &str, category: &str| Service {
        id: id(name),
        category: id(category),
        name: title.into(),
        description: String::new(),
        variants: vec![variant("usual", "", 60, 5_000)],
        places: vec![id("mitte")],
        buffer_before: 0,
        buffer_after: 0,
        capacity: 1,
        needs: None,
        terms: TermsPatch::default(),
    };
    let cut = Service {
        variants: vec![variant("usual", "Short hair", 30, 3_000), variant("long", "Long hair", 60, 5_000)],
        buffer_after: 15,
        ..plain("cut", "Haircut", "hair")
    };
    let terms = |service: Service, terms: TermsPatch| Service { terms, ..service };
    vec![
        cut,
        terms(
            plain("colour", "Colour", "hair"),
            TermsPatch { accept_automatically: Some(false), ..TermsPatch::default() },
        ),
        Service { needs: Some("room".into()), ..plain("massage", "Massage", "skin") },
        Service { capacity: 3, ..plain("yoga", "Yoga", "skin") },
        terms(plain("perm", "Perm", "hair"), TermsPatch { online_booking: Some(false), ..TermsPatch::default() }),
        terms(plain("shave", "Shave", "hair"), TermsPatch { choose_staff: Some(false), ..TermsPatch::default() }),
        terms(
            plain("tattoo", "Tattoo", "skin"),
            TermsPatch { reschedule: Some(false), cancel: Some(false), ..TermsPatch::default() },
        ),
        terms(
            plain("peel", "Peeling", "skin"),
            TermsPatch { reschedule_times: Some(1), reschedule_until: Some(120), ..TermsPatch::default() },
        ),
        Service { places: vec![id("island")], ..plain("sauna", "Sauna", "skin") },
    ]
}

pub(crate) fn person(name: &str) -> Staff {
    staff().into_iter().find(|person| person.id.as_str() == name).expect("the salon has them")
}

fn staff() -> Vec<Staff> {
    let all = ["cut", "colour", "massage", "yoga", "perm", "shave", "tattoo", "peel"];
    let person = |name: &str, title: &str, skills: &[&str], days: &[Day], place: &str, hours: &str| Staff {
        id: id(name),
        name: title.into(),
        role: String::new(),
        about: String::new(),
        skills: skills.iter().map(|skill| id(skill)).collect(),
        shifts: vec![Shift { place: id(place), days: days.to_vec(), hours: vec![id(hours)] }],
        exceptions: Vec::new(),
    };
    let week = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];
    vec![
        person("anna", "Anna", &all, &week[..6], "mitte", "09:00-17:00"),
        person("ben", "Ben", &all[..4], &week[..5], "mitte", "09:00-17:00"),
        person("cara", "Cara", &[], &week[..5], "mitte", "09:00-17:00"),
        person("dan", "Dan", &["sauna"], &week, "island", "00:00-06:00"),
    ]
}

fn places() -> Vec<Place> {
    let place = |name: &str, title: &str, location: Option<Location>, zone: &str| Place {
        id: id(name),
        name: title.into(),
        address: vec!["1 Main Street".into(), "Town".into()],
        location,
        zone: id(zone),
        phone: String::new(),
        closed: Vec::new(),
    };
    let mitte = Location::new(52.528_05, 13.410_53).unwrap();
    vec![place("mitte", "Mitte", Some(mitte), "Europe/Berlin"), place("island", "Island", None, "Australia/Lord_Howe")]
}
