//! A new appointment (C02–C04, C10, C11).
//!
//! **Invariant:** the commit is guarded by the very calendar days that the appointment takes time from, so two customers
//! never get the same time. It is not guarded by the catalogue or the profile: a change there does not make the
//! appointment wrong, and would only make others wait. **Invariant:** an appointment that is there already is told of
//! before anything else that stands in the way: a customer who asks twice must not be told that the time is taken.

use domain::{
    Booking, BookingId, BookingState, Claim, CustomerId, Money, Place, Profile, Refusal, Staff, Timestamp,
    booking::{By, Change, Claimed, LedgerEntry, Names, Reference},
    refusal::Noun,
};
use store::{Guard, UniqueKey};

use super::{customer, profile, text};
use crate::{
    Book, BookingNews, Changes, Context, Failure, Job, Outcome, documents,
    no::No,
    reference::reference,
    sheets::Sheets,
    shelf::{self, Shelf, Who},
    source::Source,
    spaces,
};

/// Most characters of a note.
const NOTE: u16 = 500;

pub(super) async fn decide<R: Source>(read: &R, context: &Context, ask: &Book) -> Result<Changes, No> {
    let customer = customer(context)?;
    let (_, profile) = profile(read, customer).await?;
    let note = text("note", &ask.note, NOTE)?;
    if !read.trusts() {
        must_be_new(read, customer, ask.booking).await?;
    }
    let decided = take_time(read, context.now, ask, (customer, profile, note)).await;
    if read.trusts() && decided.is_err() {
        must_be_new(read, customer, ask.booking).await?;
    }
    decided
}

async fn must_be_new<R: Source>(read: &R, customer: CustomerId, booking: BookingId) -> Result<(), No> {
    let taken = UniqueKey::new("booking", booking.to_string());
    // The second question finds bookings of other customers; on a device there are none.
    if read.get(&spaces::booking(customer, booking)).await?.is_some() || read.find(&taken).await?.is_some() {
        return Err(Refusal::AlreadyExists { what: Noun::Booking }.into());
    }
    Ok(())
}

/// Finds the place for an appointment that is new.
async fn take_time<R: Source>(
    read: &R,
    now: Timestamp,
    ask: &Book,
    (customer, profile, note): (CustomerId, Profile, String),
) -> Result<Changes, No> {
    let shelf = Shelf::load(read, &ask.service, &ask.variant, &ask.place).await?;
    shelf.admits(ask.party)?;
    let staff = shelf.candidates(ask.staff.as_ref().map_or(Who::Anybody, Who::Chosen))?;
    let mut offer = shelf.offer(staff, ask.party, None);
    let date = shelf::date_of(&offer, ask.start);
    let calendars = shelf::calendars(read, &offer, (date, date), now).await?;
    offer.staff = offer.in_fair_order(&calendars, ask.start);
    let taking = match offer.check(&calendars, ask.start, now) {
        Ok(taking) => taking,
        Err(why) => {
            let others = match ask.staff {
                Some(_) => Some(shelf.offer(shelf.candidates(Who::Anybody)?, ask.party, None)),
                None => None,
            };
            return Err(shelf::refusal(read, &offer, others.as_ref(), (ask.start, why), now).await?.into());
        }
    };

    let mut sheets = Sheets::new(read);
    let claim = Claim { id: ask.booking, span: taking.claim, session: taking.session.clone() };
    for calendar in &taking.calendars {
        sheets.take(calendar, &claim).await?;
    }
    let person = shelf.person(&taking.staff).ok_or(Refusal::NotFound { what: Noun::Staff })?;
    let confirmed = shelf.terms.accept_automatically;
    let booking = Booking {
        id: ask.booking,
        reference: free_reference(read, ask.booking, customer).await?,
        customer,
        service: ask.service.clone(),
        variant: ask.variant.clone(),
        staff: taking.staff.clone(),
        staff_chosen: ask.staff.is_some(),
        place: ask.place.clone(),
        names: names(&shelf, person),
        span: taking.span,
        zone: shelf.place.zone.clone(),
        claims: taking.calendars.into_iter().map(|calendar| Claimed { calendar, span: taking.claim }).collect(),
        party: ask.party,
        state: if confirmed { BookingState::Confirmed } else { BookingState::AwaitingProvider },
        price: price(&shelf, ask.party)?,
        paid: Money::new(0, shelf.variant.price.currency),
        note,
        moves: 0,
        revision: 0,
        ledger: vec![LedgerEntry { at: now, by: By::Customer, change: Change::Booked { start: taking.span.from } }],
    };

    let mut batch = sheets.into_batch();
    let key = spaces::booking(customer, ask.booking);
    batch.guards.push(Guard { key: key.clone(), version: 0 });
    batch.writes.push(documents::write(key.space, &booking));
    let news = if confirmed { BookingNews::Confirmed } else { BookingNews::Requested };
    let booking = Box::new(booking);
    batch.jobs.push(Job::BookingMail { to: profile.email, name: profile.name, news, booking }.due(now));
    Ok(Changes { batch, outcome: Outcome::Booked { booking: ask.booking, confirmed } })
}

fn names(shelf: &Shelf, person: &Staff) -> Names {
    let Place { name, address, location, .. } = &shelf.place;
    Names {
        service: shelf.service.name.clone(),
        variant: shelf.variant.name.clone(),
        staff: person.name.clone(),
        place: name.clone(),
        address: address.join(", "),
        location: *location,
    }
}

fn price(shelf: &Shelf, party: u16) -> Result<Money, Failure> {
    shelf.variant.price.times(party).map_err(|error| Failure::Unreadable {
        kind: "service".to_owned(),
        id: shelf.service.id.to_string(),
        error: error.to_string(),
    })
}

/// The first short name that no other booking has.
async fn free_reference<R: Source>(read: &R, booking: BookingId, customer: CustomerId) -> Result<Reference, Failure> {
    // 40 bits: even with a million bookings, the second attempt is needed once in a million times.
    let mut attempt = 0;
    loop {
        let reference = reference(booking, customer, attempt);
        let key = UniqueKey::new("reference", reference.to_string());
        if attempt >= 32 || read.trusts() || read.find(&key).await?.is_none() {
            return Ok(reference);
        }
        attempt += 1;
    }
}
