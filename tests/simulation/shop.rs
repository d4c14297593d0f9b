//! A business so small that everybody wants the same times.

use domain::{PlaceId, ServiceId, StaffId, Timestamp, VariantId};

/// Its name on the server.
pub(crate) const SLUG: &str = "corner";

/// Where devices reach it.
pub(crate) const ADDRESS: &str = "https://corner.example";

/// Its business file. Cutting has two people; only Ada massages, in the one room; the class has three seats, and takes
/// its teacher from the chairs.
pub(crate) const FILE: &str = r##"
[business]
name = "The Corner"
tagline = "Two people, one room"
logo = ""
colour = "#445566"
welcome = "Come in."
instructions = "Ring twice."
currency = "EUR"
open_sign_up = true

[business.contact]
email = "corner@corner.example"
phone = "+49 30 1"

[business.terms]
every = 60
notice = 30
horizon = 3
reschedule_until = 60
cancel_until = 30
reschedule_times = 4
check_in_from = 1440
check_in_until = 60

[[categories]]
id = "all"
name = "Everything"
order = 1

[[places]]
id = "corner"
name = "The Corner"
address = ["Ecke 1", "10119 Berlin"]
zone = "Europe/Berlin"

[[resources]]
id = "room"
name = "The room"
kind = "room"
place = "corner"

[[staff]]
id = "ada"
name = "Ada"
skills = ["cut", "massage", "class"]
shifts = [{ place = "corner", days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], hours = ["08:00-12:00"] }]

[[staff]]
id = "ben"
name = "Ben"
skills = ["cut", "class"]
shifts = [{ place = "corner", days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], hours = ["09:00-12:00"] }]

[[services]]
id = "cut"
category = "all"
name = "Cut"
variants = [{ id = "it", minutes = 60, price = { minor = 5000, currency = "EUR" } }]

[[services]]
id = "massage"
category = "all"
name = "Massage"
variants = [{ id = "it", minutes = 60, price = { minor = 9000, currency = "EUR" } }]
buffer_after = 15
needs = "room"

[[services]]
id = "class"
category = "all"
name = "Class"
variants = [{ id = "it", minutes = 60, price = { minor = 1500, currency = "EUR" } }]
capacity = 3
needs = "room"
"##;

/// The services.
pub(crate) fn services() -> [ServiceId; 3] {
    ["cut", "massage", "class"].map(|id| id.parse().expect("a slug"))
}

/// The one place.
pub(crate) fn place() -> PlaceId {
    "corner".parse().expect("a slug")
}

/// The one variant of each.
pub(crate) fn variant() -> VariantId {
    "it".parse().expect("a slug")
}

/// The people.
pub(crate) fn staff() -> [StaffId; 2] {
    ["ada", "ben"].map(|id| id.parse().expect("a slug"))
}

/// How many a service takes at once.
pub(crate) fn seats(service: &ServiceId) -> u16 {
    if service.as_str() == "class" { 3 } else { 1 }
}

/// What people ask for: the hours of the first days, some of which are over before long, one on which nobody works, and
/// one that is too far ahead.
pub(crate) fn starts() -> Vec<Timestamp> {
    let zone: domain::Zone = serde_json::from_str("\"Europe/Berlin\"").expect("a zone");
    let mut starts = Vec::new();
    for day in [27, 28, 29, 31] {
        let date = domain::Date::constant(2026, 3, day);
        let hours: &[i8] = if day == 31 { &[9] } else { &[8, 9, 10, 11] };
        starts.extend(hours.iter().map(|hour| zone.at(date.at(*hour, 0, 0, 0))));
    }
    starts.push(zone.at(domain::Date::constant(2026, 3, 28).at(20, 0, 0, 0)));
    starts
}
