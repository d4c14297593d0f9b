//! An appointment that is as usual as can be; a test says what is different about its own.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use domain::{
    Booking, BookingId, BookingState, Location, Money, Span,
    booking::{Names, Reference},
};

/// A confirmed haircut in Berlin on 27 November 2026 from 14:00 to 15:00 there.
pub fn appointment() -> Booking {
    let id = BookingId(uuid::uuid!("01990000-0000-7000-8000-00000000002a"));
    let euro = "EUR".parse().unwrap();
    Booking {
        id,
        reference: Reference::numbered(id.0.as_u128() as u64),
        customer: "01990000-0000-7000-8000-000000000001".parse().unwrap(),
        service: "haircut".parse().unwrap(),
        variant: "long".parse().unwrap(),
        staff: "anna".parse().unwrap(),
        staff_chosen: true,
        place: "mitte".parse().unwrap(),
        names: Names {
            service: "Haircut".to_owned(),
            variant: "Long hair".to_owned(),
            staff: "Anna".to_owned(),
            place: "Mitte".to_owned(),
            address: "Torstraße 1, 10119 Berlin".to_owned(),
            location: Location::new(52.528_05, 13.410_53).ok(),
        },
        span: Span { from: "2026-11-27T13:00Z".parse().unwrap(), to: "2026-11-27T14:00Z".parse().unwrap() },
        zone: "Europe/Berlin".parse().unwrap(),
        claims: Vec::new(),
        party: 1,
        state: BookingState::Confirmed,
        price: Money::new(4500, euro),
        paid: Money::new(0, euro),
        note: String::new(),
        moves: 0,
        revision: 0,
        ledger: Vec::new(),
    }
}
