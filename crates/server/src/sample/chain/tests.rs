//! The chain keeps what it promises.

use domain::{Booking, Calendars, availability::Offer};
use portal::documents::Kind as _;
use store::{Engine, List, Read as _};

use super::*;
use crate::sample::load;

#[tokio::test]
async fn every_appointment_of_a_chain_was_free_when_it_was_taken() {
    let now = Timestamp::now();
    let mut made = Vec::new();
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&format!("sqlite:{}", folder.path().join("chain.sqlite").display())).await.unwrap();
        crate::apply(&engine, "main", include_str!("../../../../../examples/business.toml")).await.unwrap();
        let store = engine.realm(&crate::hosting::realm("main"));
        fill(&store, "demo@example.com", (1_000, 10), 7, now).await.unwrap();
        let read = store.snapshot().await.unwrap();
        let catalogue = load(&read).await.unwrap();
        let mut calendars = Calendars::default();
        for calendar in read.spaces("calendar/staff.branch").await.unwrap() {
            for day in read.list(&List::all(calendar.clone(), documents::CALENDAR_DAY)).await.unwrap() {
                let owner = calendar.owner().unwrap().parse().unwrap();
                calendars.insert(owner, day.key.id.parse().unwrap(), documents::decode(&day).unwrap());
            }
        }
        let mut bookings: Vec<Booking> = Vec::new();
        for customer in read.spaces("customer/").await.unwrap() {
            let of_one = read.list(&List::all(customer, Booking::KIND)).await.unwrap();
            assert_eq!(of_one.len(), 10, "everybody has as many as were asked for");
            bookings.extend(of_one.iter().map(|document| documents::decode::<Booking>(document).unwrap()));
        }
        for booking in &bookings {
            obeys(&catalogue, &calendars, booking);
        }
        assert!(bookings.iter().any(|booking| booking.is_upcoming(now)), "there is something ahead");
        made.push(bookings);
    }
    assert_eq!(made[0], made[1], "the same seed makes the same chain");
}

/// A live appointment can be had at its time when only its own claim is gone; a cancelled one takes nothing.
fn obeys(catalogue: &Catalogue, calendars: &Calendars, booking: &Booking) {
    let staff = catalogue.staff.iter().find(|staff| staff.id == booking.staff).unwrap();
    let mine = CalendarId::Staff(staff.id.clone());
    let claims: Vec<&Claim> = calendars.claims(&mine, booking.span).filter(|claim| claim.id == booking.id).collect();
    if booking.state == BookingState::Cancelled {
        assert!(claims.is_empty() && booking.claims.is_empty(), "what was cancelled takes no time");
        return;
    }
    let service = catalogue.services.iter().find(|service| service.id == booking.service).unwrap();
    let place = catalogue.places.iter().find(|place| place.id == booking.place).unwrap();
    let offer = Offer {
        service,
        variant: service.variant(&booking.variant).unwrap(),
        place,
        terms: &terms_of(catalogue, service),
        staff: vec![staff],
        resources: Vec::new(),
        party: 1,
        moving: Some(booking.id),
    };
    let before = booking.span.from - SignedDuration::from_hours(24);
    let taking = offer.check(calendars, booking.span.from, before).expect("the rules allow it");
    assert_eq!(taking.span, booking.span, "it is as long as it says");
    assert_eq!(claims.iter().map(|claim| claim.span).collect::<Vec<_>>(), [taking.claim], "and stands there once");
    assert_eq!(booking.claims.iter().map(|claimed| claimed.span).collect::<Vec<_>>(), [taking.claim], "so it says");
}
