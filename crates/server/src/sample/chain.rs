//! A business of any size: as many people and places as its appointments need, and calendars that agree with them.
//!
//! **Invariant:** the same seed, catalogue and moment give the same documents, ids included. **Invariant:** every
//! appointment lies on the grid and in the working hours of whoever gives it and overlaps no other of theirs, so the
//! rules would have allowed each. **Invariant:** no two references are the same, however many there are.
//!
//! Design: one place after the other, so that the memory is that of one place. Each person of a place gets days with
//! visits back to back; then the visits are dealt to the place's customers like cards. What took place is a confirmed
//! appointment in the past, as the server itself leaves it, with its claim in the calendar; one in ten was cancelled, and
//! its time is free.

mod days;
mod ids;
mod pages;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use anyhow::Context as _;
use domain::{
    BookingId, BookingState, CalendarDay, CalendarId, Catalogue, Claim, CustomerId, Date, Place, Profile, Service,
    Span, Staff, Timestamp, Variant,
    booking::{By, Change, Claimed, LedgerEntry},
    hours::{Day, Shift},
};
use jiff::SignedDuration;
use portal::{documents, spaces};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use store::{Store, Write};

use self::{
    days::{Days, HOURS, WORKING},
    ids::Ids,
    pages::Pages,
};
use super::{Filled, Visit, begin, people, terms_of};

/// How many appointments one person has in all: about 2,500 a year.
const EACH: u32 = 7_500;
/// How many people work at one place.
const TEAM: u32 = 10;
/// One appointment in so many was cancelled.
const CANCELLED: u32 = 10;

/// Writes `customers` people with `each` appointments, and the chain that looks after them.
///
/// # Errors
/// [`Refused`](super::Refused) when the business has customers or appointments already; and when it has nothing that
/// one person gives to one person everywhere, or the store fails.
pub(crate) async fn fill<S: Store>(
    store: &S,
    demo_email: &str,
    (customers, each): (u32, u32),
    seed: u64,
    now: Timestamp,
) -> anyhow::Result<Filled> {
    let catalogue = &begin(store, demo_email).await?;
    let choices = choices(catalogue)?;
    let place = catalogue.places.first().context("the business has no place")?;
    let days = Days::around(now, place, &choices, catalogue.business.terms.every.max(1));
    let bookings = customers.checked_mul(each).context("too many appointments")?;
    let people = bookings.div_ceil(EACH.min(days.most())).max(1);
    let places = people.div_ceil(TEAM);
    let mut pages = Pages::new(store, customers);
    let mut ids = Ids::new(seed, days.since());
    for number in 0..places {
        // Of all people and customers as large a share as every other place has.
        let share = |all: u32, place: u32| u32::try_from(u64::from(all) * u64::from(place) / u64::from(places));
        let mut rng = StdRng::seed_from_u64(seed ^ (u64::from(number) + 1) << 32);
        let team = share(people, number + 1)? - share(people, number)?;
        let branch = Branch::new(&mut rng, catalogue, &choices, number, team);
        pages.put(branch.catalogue()).await?;
        let first = share(customers, number)?;
        ids.next_place();
        let mut persons = Vec::new();
        for person in first..share(customers, number + 1)? {
            let somebody = people::somebody(&mut rng, person, now);
            let demo = people::demo(demo_email, now);
            let profile = if person == 0 { demo } else { somebody };
            persons.push(Profile { id: CustomerId(ids.next()), created: days.since(), ..profile });
        }
        let mut taken = vec![BTreeMap::new(); branch.staff.len()];
        for (profile, visits) in persons.iter().zip(branch.deal(&mut rng, &days, persons.len(), each)?) {
            let mut writes = vec![documents::write(spaces::customer(profile.id), profile)];
            for visit in visits {
                writes.push(branch.booking(&mut rng, BookingId(ids.next()), profile.id, &visit, &mut taken, now));
            }
            pages.put(writes).await?;
        }
        for (staff, days) in branch.staff.iter().zip(taken) {
            let calendar = CalendarId::Staff(staff.id.clone());
            let write = |(day, claims)| documents::write_day(spaces::calendar_day(&calendar, day), &claims);
            pages.put(days.into_iter().map(write).collect()).await?;
        }
        pages.made(share(customers, number + 1)?);
    }
    pages.end().await?;
    Ok(Filled { customers, bookings })
}

/// What can be had of one person by one person at every place, at once and online.
fn choices(catalogue: &Catalogue) -> anyhow::Result<Vec<Choice<'_>>> {
    let plain = |service: &&Service| {
        let terms = terms_of(catalogue, service);
        let alike = terms.every == catalogue.business.terms.every;
        let free = service.capacity == 1 && service.needs.is_none() && service.places.is_empty();
        free && alike && terms.online_booking && terms.accept_automatically
    };
    let step = catalogue.business.terms.every.max(1);
    let mut choices = Vec::new();
    for service in catalogue.services.iter().filter(plain) {
        choices.extend(service.variants.iter().map(|variant| Choice::new(service, variant, step)));
    }
    anyhow::ensure!(!choices.is_empty(), "the business offers nothing that anybody can give at every place");
    Ok(choices)
}

/// Something to book.
struct Choice<'a> {
    service: &'a Service,
    variant: &'a Variant,
    /// Steps of the grid before the visit and from its start on that are taken.
    before: u16,
    taken: u16,
}

impl<'a> Choice<'a> {
    fn new(service: &'a Service, variant: &'a Variant, step: u16) -> Self {
        let before = service.buffer_before.div_ceil(step);
        let taken = (variant.minutes + service.buffer_after).div_ceil(step);
        Self { service, variant, before, taken }
    }

    /// Steps in all.
    fn steps(&self) -> u16 {
        self.before + self.taken
    }
}

/// A visit before it is somebody's.
#[derive(Clone, Copy)]
struct Card {
    /// Index of the person in the team.
    staff: usize,
    /// Index into the choices.
    choice: usize,
    start: Timestamp,
}

/// One place with its people.
struct Branch<'a> {
    choices: &'a [Choice<'a>],
    place: Place,
    staff: Vec<Staff>,
}

impl<'a> Branch<'a> {
    fn new(rng: &mut StdRng, catalogue: &Catalogue, choices: &'a [Choice<'a>], number: u32, team: u32) -> Self {
        let zone = catalogue.places.first().map(|place| place.zone.clone()).expect("looked at before");
        let slug = |text: String| text.parse().expect("letters and digits");
        let place = Place {
            id: format!("branch-{number:04}").parse().expect("letters and digits"),
            name: format!("Branch {}", number + 1),
            address: vec![format!("Branch Street {}", number + 1), "10115 Berlin".to_owned()],
            location: None,
            zone,
            phone: String::new(),
            closed: Vec::new(),
        };
        let mut skills: Vec<_> = choices.iter().map(|choice| choice.service.id.clone()).collect();
        skills.dedup();
        let days: Vec<Day> = WORKING.iter().map(|day| (*day).into()).collect();
        let hours = vec![HOURS.parse().expect("hours")];
        let person = |of: u32| Staff {
            id: slug(format!("branch-{number:04}-{of:02}")),
            name: people::name(rng),
            role: "Stylist".to_owned(),
            about: String::new(),
            skills: skills.clone(),
            shifts: vec![Shift { place: place.id.clone(), days: days.clone(), hours: hours.clone() }],
            exceptions: Vec::new(),
        };
        let staff = (0..team).map(person).collect();
        Self { choices, place, staff }
    }

    fn catalogue(&self) -> Vec<Write> {
        let place = documents::write(spaces::catalogue(), &self.place);
        std::iter::once(place)
            .chain(self.staff.iter().map(|person| documents::write(spaces::catalogue(), person)))
            .collect()
    }

    /// `each` visits for every customer, the earliest first.
    fn deal(&self, rng: &mut StdRng, days: &Days, customers: usize, each: u32) -> anyhow::Result<Vec<Vec<Card>>> {
        let each = each as usize;
        let team = self.staff.len();
        let share = |place: usize| customers * each * place / team;
        let mut cards = Vec::with_capacity(customers * each);
        for staff in 0..team {
            days.fill(rng, self.choices, share(staff + 1) - share(staff), |choice, start| {
                cards.push(Card { staff, choice, start });
            });
        }
        anyhow::ensure!(cards.len() == customers * each, "the days are too short for so many appointments");
        cards.shuffle(rng);
        let mut hands: Vec<Vec<Card>> = cards.chunks(each).map(<[Card]>::to_vec).collect();
        hands.iter_mut().for_each(|hand| hand.sort_unstable_by_key(|card| (card.start, card.staff)));
        Ok(hands)
    }

    /// The appointment of a visit; what it takes goes into the calendars.
    fn booking(
        &self,
        rng: &mut StdRng,
        id: BookingId,
        customer: CustomerId,
        card: &Card,
        taken: &mut [BTreeMap<Date, CalendarDay>],
        now: Timestamp,
    ) -> Write {
        let Choice { service, variant, .. } = &self.choices[card.choice];
        let staff = &self.staff[card.staff];
        let minutes = |count: u16| SignedDuration::from_mins(i64::from(count));
        let span = Span { from: card.start, to: card.start + minutes(variant.minutes) };
        let claim =
            Span { from: span.from - minutes(service.buffer_before), to: span.to + minutes(service.buffer_after) };
        let booked = span.from.min(now) - SignedDuration::from_hours(rng.random_range(200..900));
        let (mut claims, mut changes) = (Vec::new(), Vec::new());
        let mut state = BookingState::Confirmed;
        if rng.random_range(0..CANCELLED) == 0 {
            state = BookingState::Cancelled;
            let at = booked + SignedDuration::from_hours(rng.random_range(1..100));
            changes.push(LedgerEntry { at, by: By::Customer, change: Change::Cancelled { reason: String::new() } });
        } else {
            claims.push(Claimed { calendar: CalendarId::Staff(staff.id.clone()), span: claim });
            for day in claim.days() {
                let days = taken[card.staff].entry(day).or_default();
                // No other claim has this id.
                days.claims.push(Claim { id, span: claim, session: None });
            }
        }
        let visit = Visit { service, variant, staff, place: &self.place, span, claims, state, booked, note: "" };
        documents::write(spaces::customer(customer), &visit.booking(id, customer, changes))
    }
}
