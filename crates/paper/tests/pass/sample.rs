//! A business, a customer and an appointment.

use domain::{Business, Profile, Timestamp, business::Contact};
pub(crate) use testkit::appointment as booking;

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
