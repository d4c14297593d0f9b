//! A business, a customer and an appointment.

use domain::{
    Booking, BookingId, BookingState, Business, Money, Profile, Span, Timestamp,
    booking::{Names, Reference},
    business::Contact,
};

pub(crate) const LINK: &str = "https://salon.example/agenda/01990000-0000-7000-8000-00000000002a";
pub(crate) const CODE: &str = "https://salon.example/open/booking/01990000-0000-7000-8000-00000000002a";

pub(crate) fn now() -> Timestamp {
    "2026-11-20T09:00Z".parse().unwrap()
}

pub(crate) fn business() -> Business {
    Business {
        name: "Salon Ada".to_owned(),
        tagline: String::new(),
        logo: String::new(),
        colour: "#2f6b4f".to_owned(),
        welcome: String::new(),
        instructions: String::new(),
        policies: Vec::new(),
        contact: Contact { email: "hello@salon.example".to_owned(), phone: "+49 30 5550 1000".to_owned() },
        currency: "EUR".parse().unwrap(),
        terms: domain::Terms::default(),
        open_sign_up: true,
    }
}

pub(crate) fn profile() -> Profile {
    Profile {
        id: "01990000-0000-7000-8000-000000000001".parse().unwrap(),
        name: "Ada Winter".to_owned(),
        email: "ada@example.org".to_owned(),
        phone: String::new(),
        created: "2024-03-01T10:00Z".parse().unwrap(),
    }
}

pub(crate) fn booking() -> Booking {
    let id: BookingId = "01990000-0000-7000-8000-00000000002a".parse().unwrap();
    Booking {
        id,
        reference: Reference::of(id, 0),
        customer: profile().id,
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
        },
        span: Span { from: "2026-11-27T13:00Z".parse().unwrap(), to: "2026-11-27T14:00Z".parse().unwrap() },
        zone: "Europe/Berlin".parse().unwrap(),
        claims: Vec::new(),
        party: 1,
        state: BookingState::Confirmed,
        price: Money::new(4500, "EUR".parse().unwrap()),
        paid: Money::new(0, "EUR".parse().unwrap()),
        note: String::new(),
        moves: 0,
        revision: 0,
        ledger: Vec::new(),
    }
}
