//! Names from the streets around the sample business.

use domain::{CustomerId, Profile, Timestamp};
use jiff::SignedDuration;
use rand::{Rng, rngs::StdRng};

const FIRST: &[&str] = &[
    "Ada",
    "Alma",
    "Amir",
    "Anouk",
    "Ayşe",
    "Baptiste",
    "Bożena",
    "Chiara",
    "Daniel",
    "Dilnoza",
    "Eero",
    "Elif",
    "Emil",
    "Fatou",
    "Francisca",
    "Gustav",
    "Hana",
    "Henrique",
    "Ilse",
    "Imani",
    "Ivo",
    "Jule",
    "Kai",
    "Katarína",
    "Leïla",
    "Liv",
    "Luca",
    "Mads",
    "Mei",
    "Mihai",
    "Miriam",
    "Noor",
    "Olu",
    "Otto",
    "Paula",
    "Priya",
    "Quentin",
    "Rasmus",
    "Renata",
    "Saoirse",
    "Sibel",
    "Sofia",
    "Thandiwe",
    "Théo",
    "Ulla",
    "Vasco",
    "Wanda",
    "Xenia",
    "Yusuf",
    "Zoë",
];

const LAST: &[&str] = &[
    "Abreu",
    "Adeyemi",
    "Almeida",
    "Andersson",
    "Aydın",
    "Bauer",
    "Berg",
    "Bianchi",
    "Costa",
    "Czerny",
    "Dąbrowska",
    "Demir",
    "Dubois",
    "Eriksen",
    "Ferreira",
    "Fischer",
    "García",
    "Grünewald",
    "Haddad",
    "Hoffmann",
    "Ibrahim",
    "Jansen",
    "Kaya",
    "Klein",
    "Kowalczyk",
    "Lefèvre",
    "Lindgren",
    "Lopes",
    "Maier",
    "Mbeki",
    "Moreau",
    "Müller",
    "Nguyễn",
    "Novák",
    "O’Connor",
    "Okafor",
    "Öztürk",
    "Pereira",
    "Petrov",
    "Rossi",
    "Santos",
    "Schäfer",
    "Silva",
    "Sørensen",
    "Szabó",
    "Tanaka",
    "Vogel",
    "Weiß",
    "Yılmaz",
    "Zimmermann",
];

/// The person a visitor signs in as.
pub(super) fn demo(email: &str, now: Timestamp) -> Profile {
    Profile {
        id: CustomerId::new(),
        name: "Ada Winter".to_owned(),
        email: email.to_owned(),
        phone: "+49 30 5550 7731".to_owned(),
        created: now - SignedDuration::from_hours(24 * 750),
    }
}

/// A first and a last name.
pub(super) fn name(rng: &mut StdRng) -> String {
    let first = super::pick(rng, FIRST).copied().unwrap_or("Kim");
    let last = super::pick(rng, LAST).copied().unwrap_or("Berg");
    format!("{first} {last}")
}

/// One of the others. Addresses end in `.example` (RFC 2606), so no mail can reach anybody.
pub(super) fn somebody(rng: &mut StdRng, number: u32, now: Timestamp) -> Profile {
    Profile {
        id: CustomerId::new(),
        name: name(rng),
        email: format!("customer-{number}@people.example"),
        phone: format!("+49 30 5550 {:04}", rng.random_range(0..10_000)),
        created: now - SignedDuration::from_hours(24 * rng.random_range(1..900)),
    }
}
