//! Fills a business with customers, a history and a half-booked future, for `./run`, for screenshots and for trying out.
//!
//! **Invariant:** the same seed, catalogue and moment give the same people and the same appointments; only ids differ.
//! **Invariant:** what lies ahead obeys the rules: every upcoming appointment was a free slot when it was taken, so the
//! calendars hold no overlap. **Invariant:** no two references are the same, however many there are. **Invariant:** nothing
//! that somebody has booked is written over: a business that has customers or days in its calendars is refused, and a day
//! that somebody writes meanwhile stays.
//!
//! Past appointments take no time in the calendars: nobody can book the past.
//!
//! Many customers need many people who look after them: [`chain`] makes a business of any size, piece by piece.

mod chain;
mod future;
mod history;
mod people;

use std::{collections::HashSet, fmt};

use anyhow::Context as _;
use domain::{
    Booking, BookingId, BookingState, Business, Catalogue, CustomerId, Money, Place, Service, Staff, Terms, Timestamp,
    Variant,
    booking::{By, Change, Claimed, LedgerEntry, Names, Reference},
};
use portal::{
    documents::{self, Kind},
    spaces,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use store::{Batch, Guard, List, Pull, Read, Store, StoreError, Write};

pub(crate) use chain::fill as fill_chain;

/// How many documents one batch holds.
const BATCH: usize = 2_000;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Filled {
    /// People, the demo customer among them.
    customers: u32,
    /// Appointments, past and to come.
    bookings: u32,
}

impl fmt::Display for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} customers with {} appointments", self.customers, self.bookings)
    }
}

/// Why a business gets no sample. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It has the demo customer.
    #[error("this business has its sample customers already")]
    Sampled,
    /// It has customers, or days in its calendars.
    #[error(
        "this business has customers or appointments already (a sample that was interrupted leaves some too); nothing \
         was changed: a sample is for one that nobody has booked with, in another --database or under another --name"
    )]
    InUse,
}

/// The business as it is stored.
async fn load<R: Read>(read: &R) -> anyhow::Result<Catalogue> {
    let business = all::<_, Business>(read).await?.pop().context("load a business first: datebook-server apply")?;
    Ok(Catalogue {
        business,
        categories: all(read).await?,
        places: all(read).await?,
        resources: all(read).await?,
        staff: all(read).await?,
        services: all(read).await?,
    })
}

async fn all<R: Read, T: Kind>(read: &R) -> anyhow::Result<Vec<T>> {
    let documents = read.list(&List::all(spaces::catalogue(), T::KIND)).await?;
    Ok(documents.iter().map(documents::decode).collect::<Result<_, _>>()?)
}

/// The catalogue of a business that nobody has booked with yet.
async fn begin<S: Store>(store: &S, demo_email: &str) -> anyhow::Result<Catalogue> {
    let snapshot = store.snapshot().await?;
    if snapshot.find(&documents::email_key(demo_email)).await?.is_some() {
        return Err(Refused::Sampled.into());
    }
    if is_in_use(&snapshot).await? {
        return Err(Refused::InUse.into());
    }
    load(&snapshot).await
}

/// Whether there are customers, or days in the calendars.
async fn is_in_use<R: Pull>(read: &R) -> Result<bool, StoreError> {
    for prefix in ["customer/", "calendar/"] {
        for space in read.spaces(prefix).await? {
            // A space goes on being there when all that it held was deleted.
            if !read.pull(&space, 0, 1).await?.changes.is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Writes of which none takes the place of a day in a calendar: while a server runs, somebody may book.
fn batch(writes: Vec<Write>) -> Batch {
    let days = writes.iter().filter(|write| write.key.kind == documents::CALENDAR_DAY);
    let guards = days.map(|write| Guard { key: write.key.clone(), version: 0 }).collect();
    Batch { guards, writes, ..Batch::default() }
}

/// Writes `customers` people (the demo customer, at `demo_email`, among them) with their appointments around `now`.
///
/// # Errors
/// [`Refused`] when the business has customers or appointments already; and when it has no place, or the store fails.
pub(crate) async fn fill<S: Store>(
    store: &S,
    demo_email: &str,
    customers: u32,
    seed: u64,
    now: Timestamp,
) -> anyhow::Result<Filled> {
    fill_with(store, demo_email, customers, seed, now, distinct(BookingId::new)).await
}

async fn fill_with<S: Store>(
    store: &S,
    demo_email: &str,
    customers: u32,
    seed: u64,
    now: Timestamp,
    mut ids: impl FnMut() -> BookingId,
) -> anyhow::Result<Filled> {
    let catalogue = &begin(store, demo_email).await?;
    let mut rng = StdRng::seed_from_u64(seed);
    let mut future = future::Future::new(catalogue, now);
    let mut page = Pages { store, writes: Vec::new() };
    let mut bookings = 0;
    for number in 0..customers {
        let profile = if number == 0 { people::demo(demo_email, now) } else { people::somebody(&mut rng, number, now) };
        let demo = number == 0;
        let mut writes = history::of(&mut rng, catalogue, &profile, demo, now, &mut ids)?;
        writes.extend(future.of(&mut rng, &profile, demo, &mut ids)?);
        bookings += u32::try_from(writes.len())?;
        let space = spaces::customer(profile.id);
        page.put(documents::write(space.clone(), &profile)).await?;
        for booking in &writes {
            page.put(documents::write(space.clone(), booking)).await?;
        }
    }
    for write in future.days() {
        page.put(write).await?;
    }
    page.flush().await?;
    Ok(Filled { customers, bookings })
}

/// The number that an appointment's reference is made of.
fn number(id: BookingId) -> u64 {
    id.0.as_u128() as u64
}

/// Draws an id again as long as another one has its reference, of which the last 40 bits are all that counts.
fn distinct(mut draw: impl FnMut() -> BookingId) -> impl FnMut() -> BookingId {
    let mut given = HashSet::new();
    move || {
        loop {
            let id = draw();
            if given.insert(number(id) % (1 << 40)) {
                return id;
            }
        }
    }
}

/// Writes in batches, so that the memory and the fsyncs stay few.
struct Pages<'a, S> {
    store: &'a S,
    writes: Vec<Write>,
}

impl<S: Store> Pages<'_, S> {
    async fn put(&mut self, write: Write) -> anyhow::Result<()> {
        self.writes.push(write);
        if self.writes.len() >= BATCH { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> anyhow::Result<()> {
        let writes = std::mem::take(&mut self.writes);
        self.store.commit(batch(writes)).await.context("the sample could not be written")?;
        Ok(())
    }
}

/// What an appointment is for, while the sample is being made.
struct Visit<'a> {
    service: &'a Service,
    variant: &'a Variant,
    staff: &'a Staff,
    place: &'a Place,
    span: domain::Span,
    claims: Vec<Claimed>,
    state: BookingState,
    booked: Timestamp,
    note: &'a str,
}

impl Visit<'_> {
    fn booking(self, id: BookingId, customer: CustomerId, changes: Vec<LedgerEntry>) -> Booking {
        let paid = match self.state {
            BookingState::Completed => self.variant.price,
            _ => Money::new(0, self.variant.price.currency),
        };
        let mut ledger =
            vec![LedgerEntry { at: self.booked, by: By::Customer, change: Change::Booked { start: self.span.from } }];
        ledger.extend(changes);
        let moves = ledger.iter().filter(|entry| matches!(entry.change, Change::Rescheduled { .. })).count();
        Booking {
            id,
            reference: Reference::numbered(number(id)),
            customer,
            service: self.service.id.clone(),
            variant: self.variant.id.clone(),
            staff: self.staff.id.clone(),
            staff_chosen: false,
            place: self.place.id.clone(),
            names: Names {
                service: self.service.name.clone(),
                variant: self.variant.name.clone(),
                staff: self.staff.name.clone(),
                place: self.place.name.clone(),
                address: self.place.address.join(", "),
                location: self.place.location,
            },
            span: self.span,
            zone: self.place.zone.clone(),
            claims: self.claims,
            party: 1,
            state: self.state,
            price: self.variant.price,
            paid,
            note: self.note.to_owned(),
            moves: u16::try_from(moves).unwrap_or(u16::MAX),
            revision: u32::try_from(ledger.len() - 1).unwrap_or(0),
            ledger,
        }
    }
}

/// One of several.
fn pick<'a, T>(rng: &mut StdRng, from: &'a [T]) -> Option<&'a T> {
    if from.is_empty() { None } else { from.get(rng.random_range(0..from.len())) }
}

fn terms_of(catalogue: &Catalogue, service: &Service) -> Terms {
    catalogue.business.terms.of(&service.terms)
}

#[cfg(test)]
mod tests {
    use domain::{CalendarDay, CalendarId, Claim};
    use jiff::SignedDuration;
    use store::{AnyStore, Engine, Key, Space};
    use uuid::Uuid;

    use super::*;

    const DEMO: &str = "demo@example.com";

    /// A business that nobody has booked with.
    async fn business() -> (tempfile::TempDir, Engine) {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&format!("sqlite:{}", folder.path().join("sample.sqlite").display())).await.unwrap();
        let business = include_str!("../../../examples/business.toml");
        crate::apply(&engine, "main", business).await.unwrap();
        (folder, engine)
    }

    async fn sample(customers: u32) -> (tempfile::TempDir, Engine, Filled) {
        let (folder, engine) = business().await;
        let store = engine.realm(&crate::hosting::realm("main"));
        let filled = fill(&store, DEMO, customers, 7, Timestamp::now()).await.unwrap();
        (folder, engine, filled)
    }

    /// Today in Mara's calendar.
    fn today(now: Timestamp) -> Key {
        spaces::calendar_day(&CalendarId::Staff("mara".parse().unwrap()), domain::calendar::utc_date(now))
    }

    /// Every space with its version.
    async fn standing(store: &AnyStore) -> Vec<(Space, u64)> {
        let read = store.snapshot().await.unwrap();
        let spaces = read.spaces("").await.unwrap();
        let versions = read.versions(&spaces).await.unwrap();
        spaces.into_iter().zip(versions).collect()
    }

    #[tokio::test]
    async fn a_business_that_somebody_has_booked_with_is_left_alone() {
        let now = Timestamp::now();
        let ada = people::demo("ada@people.example", now);
        let customer = documents::write(spaces::customer(ada.id), &ada);
        let day = documents::write_day(today(now), &CalendarDay::default());
        for write in [customer, day] {
            let (_folder, engine) = business().await;
            let store = engine.realm(&crate::hosting::realm("main"));
            store.commit(batch(vec![write])).await.unwrap();
            let before = standing(&store).await;
            for made in [fill(&store, DEMO, 5, 7, now).await, fill_chain(&store, DEMO, (5, 10), 7, now).await] {
                let error = made.expect_err("it would be written over what is booked");
                assert_eq!(error.downcast_ref::<Refused>(), Some(&Refused::InUse), "it says why: {error}");
            }
            assert_eq!(standing(&store).await, before, "nothing was changed");
        }
    }

    #[tokio::test]
    async fn a_day_that_somebody_writes_meanwhile_stays() {
        let (_folder, engine) = business().await;
        let store = engine.realm(&crate::hosting::realm("main"));
        let now = Timestamp::now();
        let span = domain::Span { from: now, to: now + SignedDuration::from_hours(1) };
        let booked = CalendarDay { claims: vec![Claim { id: BookingId::new(), span, session: None }] };
        store.commit(batch(vec![documents::write_day(today(now), &booked)])).await.unwrap();
        let mut page = Pages { store: &store, writes: Vec::new() };
        page.put(documents::write_day(today(now), &CalendarDay::default())).await.unwrap();
        assert!(page.flush().await.is_err(), "the sample takes nobody's time away");
        let found = store.snapshot().await.unwrap().get(&today(now)).await.unwrap().unwrap();
        assert_eq!(documents::decode::<CalendarDay>(&found).unwrap(), booked, "what was booked is there");
    }

    #[tokio::test]
    async fn a_reference_that_is_drawn_twice_is_given_once() {
        let (_folder, engine) = business().await;
        let store = engine.realm(&crate::hosting::realm("main"));
        let mut drawn: u64 = 0;
        let twice = move || {
            drawn += 1;
            // No two ids are the same, and two and two of them have one reference.
            BookingId(Uuid::from_u64_pair(drawn, drawn / 2))
        };
        let filled = fill_with(&store, DEMO, 5, 7, Timestamp::now(), distinct(twice)).await;
        assert!(filled.expect("it is drawn again").bookings > 20, "all appointments are there");
    }

    #[tokio::test]
    async fn what_lies_ahead_obeys_the_rules() {
        let (_folder, engine, _) = sample(300).await;
        let read = engine.realm(&crate::hosting::realm("main")).snapshot().await.unwrap();
        let mut checked = 0;
        for calendar in read.spaces("calendar/").await.unwrap() {
            let days = read.list(&List::all(calendar.clone(), documents::CALENDAR_DAY)).await.unwrap();
            let claims: Vec<Claim> =
                days.iter().flat_map(|day| documents::decode::<CalendarDay>(day).unwrap().claims).collect();
            for (n, one) in claims.iter().enumerate() {
                for other in claims[n + 1..].iter().filter(|other| other.id != one.id && other.span.overlaps(&one.span))
                {
                    let class = |claim: &Claim| claim.session.clone().map(|session| (session.of, session.start));
                    assert!(
                        one.session.is_some() && class(one) == class(other),
                        "{calendar}: only seats of one class overlap"
                    );
                }
                checked += 1;
            }
        }
        assert!(checked > 50, "there is something ahead: {checked}");
    }

    #[tokio::test]
    async fn the_demo_customer_has_two_years_and_something_ahead() {
        let (_folder, engine, filled) = sample(5).await;
        assert_eq!(filled.customers, 5, "as many as were asked for");
        let store = engine.realm(&crate::hosting::realm("main"));
        let read = store.snapshot().await.unwrap();
        let profile = read.find(&documents::email_key(DEMO)).await.unwrap().expect("the demo customer is there");
        let bookings: Vec<Booking> = read
            .list(&List::all(profile.space, Booking::KIND))
            .await
            .unwrap()
            .iter()
            .map(|document| documents::decode(document).unwrap())
            .collect();
        let now = Timestamp::now();
        let ahead = bookings.iter().filter(|booking| booking.is_upcoming(now)).count();
        let first = bookings.iter().map(|booking| booking.span.from).min().unwrap();
        assert!(ahead >= 3, "a visitor has something to move: {ahead}");
        assert!(bookings.len() - ahead >= 20, "and a history to look at: {}", bookings.len() - ahead);
        assert!(first < now - SignedDuration::from_hours(24 * 600), "of about two years: {first}");
        drop(read);
        let twice = fill(&store, DEMO, 5, 7, now).await.expect_err("a second sample would be a second demo customer");
        assert_eq!(twice.downcast_ref::<Refused>(), Some(&Refused::Sampled), "it says so: {twice}");
    }
}
