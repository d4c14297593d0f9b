//! The check of a catalogue.
//!
//! One function for each kind of thing, and a [`Report`] that knows where it is.

use std::{collections::BTreeSet, ops::RangeInclusive};

use super::{Catalogue, Fault, FaultKind};
use crate::{
    Business, CategoryId, Currency, Place, PlaceId, Resource, Service, ServiceId, Staff, TermsPatch, Variant,
    terms::MOST_MOVES,
};

/// Most characters of something that is read in a list.
const NAME: usize = 120;
/// Most characters of a sentence or two.
const SENTENCES: usize = 1_000;
/// Most characters of a page.
const PAGE: usize = 10_000;
/// Most characters of the ids of those that have a calendar: with the word before them ([`CalendarId`](crate::CalendarId)) they
/// are the name of a space, which has 64.
const STAFF_ID: usize = 64 - "staff.".len();
const RESOURCE_ID: usize = 64 - "resource.".len();
/// Most bytes of the logo's `data:` URL.
const LOGO: usize = 64 * 1024;
/// Minutes of a day: nothing that is given or kept free takes longer.
const DAY: i64 = 24 * 60;
/// Minutes of a year: no notice or deadline is longer.
const YEAR: i64 = 366 * DAY;
/// Most days ahead: ten years.
const HORIZON: i64 = 3_660;
/// Most minor units of one person's price; for the largest party it stays far from the end of 64 bits.
const PRICE: i64 = 1_000_000_000_000;

/// All faults of a catalogue, in its order.
pub(super) fn faults(catalogue: &Catalogue) -> Vec<Fault> {
    let Catalogue { business, categories, places, resources, staff, services } = catalogue;
    let known = Known {
        currency: business.currency,
        categories: categories.iter().map(|category| &category.id).collect(),
        places: places.iter().map(|place| &place.id).collect(),
        services: services.iter().map(|service| &service.id).collect(),
        kinds: resources.iter().map(|resource| resource.kind.as_str()).collect(),
    };
    let mut report = Report::default();
    report.at("business", |report| check_business(report, business));
    report.each("categories", categories, |report, category| report.line("name", &category.name, 1, NAME));
    report.unique("categories", categories.iter().map(|category| category.id.as_str()));
    report.each("places", places, check_place);
    report.unique("places", places.iter().map(|place| place.id.as_str()));
    report.each("resources", resources, |report, resource| check_resource(report, resource, &known));
    report.unique("resources", resources.iter().map(|resource| resource.id.as_str()));
    report.each("staff", staff, |report, staff| check_staff(report, staff, &known));
    report.unique("staff", staff.iter().map(|staff| staff.id.as_str()));
    report.each("services", services, |report, service| check_service(report, service, &known));
    report.unique("services", services.iter().map(|service| service.id.as_str()));
    report.faults
}

/// What things may refer to.
struct Known<'a> {
    currency: Currency,
    categories: BTreeSet<&'a CategoryId>,
    places: BTreeSet<&'a PlaceId>,
    services: BTreeSet<&'a ServiceId>,
    kinds: BTreeSet<&'a str>,
}

impl Known<'_> {
    fn place(&self, report: &mut Report, field: &str, place: &PlaceId) {
        report.known(field, self.places.contains(place), place.as_str());
    }
}

fn check_business(report: &mut Report, business: &Business) {
    report.line("name", &business.name, 1, NAME);
    report.line("tagline", &business.tagline, 0, NAME);
    report.at("logo", |report| check_logo(report, &business.logo));
    let digits = business.colour.strip_prefix('#');
    if !digits.is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit())) {
        report.fault("colour", FaultKind::NotAColour);
    }
    report.text("welcome", &business.welcome, 0, SENTENCES);
    report.text("instructions", &business.instructions, 0, PAGE);
    report.each("policies", &business.policies, |report, policy| {
        report.line("title", &policy.title, 1, NAME);
        report.text("text", &policy.text, 1, PAGE);
    });
    report.at("contact", |report| {
        report.line("email", &business.contact.email, 1, 254);
        if !business.contact.email.is_empty() && !is_email(&business.contact.email) {
            report.fault("email", FaultKind::NotAnEmail);
        }
        report.line("phone", &business.contact.phone, 0, NAME);
    });
    // All of a business's own terms are set; so they are checked like a patch that sets everything.
    let terms = &business.terms;
    let all = TermsPatch {
        every: Some(terms.every),
        notice: Some(terms.notice),
        horizon: Some(terms.horizon),
        reschedule_until: Some(terms.reschedule_until),
        reschedule_times: Some(terms.reschedule_times),
        cancel_until: Some(terms.cancel_until),
        check_in_from: Some(terms.check_in_from),
        check_in_until: Some(terms.check_in_until),
        attendance_from: Some(terms.attendance_from),
        ..TermsPatch::default()
    };
    report.at("terms", |report| check_terms(report, &all));
}

/// Whether an address has the form that mail servers take; whether somebody reads it, only a mail can tell.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    !local.is_empty() && !domain.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn check_logo(report: &mut Report, logo: &str) {
    const KINDS: [&str; 3] = ["data:image/svg+xml", "data:image/png", "data:image/webp"];
    if logo.is_empty() {
        return;
    }
    let rest = KINDS.iter().find_map(|kind| logo.strip_prefix(kind));
    if !rest.is_some_and(|rest| rest.starts_with([',', ';']) && rest.contains(',')) {
        report.fault("", FaultKind::NotAnImage);
    }
    if logo.len() > LOGO {
        report.fault("", FaultKind::ImageTooLarge { bytes: logo.len(), most: LOGO });
    }
}

fn check_terms(report: &mut Report, terms: &TermsPatch) {
    let mut range = |field, value: Option<i64>, range| {
        if let Some(value) = value {
            report.range(field, value, range);
        }
    };
    range("every", terms.every.map(i64::from), 5..=DAY);
    range("notice", terms.notice.map(i64::from), 0..=YEAR);
    range("horizon", terms.horizon.map(i64::from), 0..=HORIZON);
    range("reschedule_until", terms.reschedule_until.map(i64::from), 0..=YEAR);
    range("reschedule_times", terms.reschedule_times.map(i64::from), 0..=i64::from(MOST_MOVES));
    range("cancel_until", terms.cancel_until.map(i64::from), 0..=YEAR);
    // A customer says so a day before the visit at the earliest; at the counter `Booking::is_expected` holds as well.
    range("check_in_from", terms.check_in_from.map(i64::from), 0..=DAY);
    range("check_in_until", terms.check_in_until.map(i64::from), 0..=DAY);
    range("attendance_from", terms.attendance_from.map(i64::from), 0..=YEAR);
}

fn check_place(report: &mut Report, place: &Place) {
    report.line("name", &place.name, 1, NAME);
    report.filled("address", &place.address);
    report.each("address", &place.address, |report, line| report.line("", line, 1, NAME));
    report.line("phone", &place.phone, 0, NAME);
    report.each("closed", &place.closed, |report, closure| {
        if closure.from > closure.to {
            report.fault("to", FaultKind::Backwards);
        }
        report.line("reason", &closure.reason, 0, NAME);
    });
}

fn check_resource(report: &mut Report, resource: &Resource, known: &Known<'_>) {
    report.line("id", resource.id.as_str(), 1, RESOURCE_ID);
    report.line("name", &resource.name, 1, NAME);
    report.line("kind", &resource.kind, 1, NAME);
    known.place(report, "place", &resource.place);
}

fn check_staff(report: &mut Report, staff: &Staff, known: &Known<'_>) {
    report.line("id", staff.id.as_str(), 1, STAFF_ID);
    report.line("name", &staff.name, 1, NAME);
    report.line("role", &staff.role, 0, NAME);
    report.text("about", &staff.about, 0, SENTENCES);
    report.each("skills", &staff.skills, |report, skill| {
        report.known("", known.services.contains(skill), skill.as_str());
    });
    report.each("shifts", &staff.shifts, |report, shift| {
        known.place(report, "place", &shift.place);
        report.filled("days", &shift.days);
        report.filled("hours", &shift.hours);
    });
    report.each("exceptions", &staff.exceptions, |report, exception| match &exception.place {
        Some(place) => known.place(report, "place", place),
        None if exception.hours.is_empty() => {}
        None => report.fault("place", FaultKind::NoPlace),
    });
}

fn check_service(report: &mut Report, service: &Service, known: &Known<'_>) {
    report.known("category", known.categories.contains(&service.category), service.category.as_str());
    report.line("name", &service.name, 1, NAME);
    report.text("description", &service.description, 0, SENTENCES);
    report.filled("variants", &service.variants);
    let alone = service.variants.len() == 1;
    report.each("variants", &service.variants, |report, variant| check_variant(report, variant, alone, known.currency));
    report.unique("variants", service.variants.iter().map(|variant| variant.id.as_str()));
    report.each("places", &service.places, |report, place| known.place(report, "", place));
    report.range("buffer_before", service.buffer_before, 0..=DAY);
    report.range("buffer_after", service.buffer_after, 0..=DAY);
    report.range("capacity", service.capacity, 1..=i64::from(u16::MAX));
    if let Some(kind) = &service.needs {
        report.known("needs", known.kinds.contains(kind.as_str()), kind);
    }
    report.at("terms", |report| check_terms(report, &service.terms));
}

fn check_variant(report: &mut Report, variant: &Variant, alone: bool, currency: Currency) {
    // With others beside it, it must have a name to be told apart by.
    report.line("name", &variant.name, usize::from(!alone), NAME);
    report.range("minutes", variant.minutes, 1..=DAY);
    report.at("price", |report| {
        report.range("minor", variant.price.minor, 0..=PRICE);
        if variant.price.currency != currency {
            report.fault("currency", FaultKind::OtherCurrency { found: variant.price.currency, expected: currency });
        }
    });
}

/// The faults found so far, and the place in the document that is being looked at.
#[derive(Default)]
struct Report {
    path: String,
    faults: Vec<Fault>,
}

impl Report {
    /// Adds a fault of a field; an empty field is the place itself.
    fn fault(&mut self, field: &str, kind: FaultKind) {
        let dot = if self.path.is_empty() || field.is_empty() { "" } else { "." };
        self.faults.push(Fault { path: format!("{}{dot}{field}", self.path), kind });
    }

    /// Looks at a field of the place.
    fn at(&mut self, field: &str, look: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(field);
        look(self);
        self.path.truncate(length);
    }

    /// Looks at each thing of a list.
    fn each<T>(&mut self, field: &str, list: &[T], look: impl Fn(&mut Self, &T)) {
        for (index, item) in list.iter().enumerate() {
            self.at(&format!("{field}[{index}]"), |report| look(report, item));
        }
    }

    fn unique<'a>(&mut self, field: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for (index, id) in ids.enumerate() {
            if !seen.insert(id) {
                self.fault(&format!("{field}[{index}].id"), FaultKind::Duplicate { id: id.to_owned() });
            }
        }
    }

    fn known(&mut self, field: &str, known: bool, name: &str) {
        if !known {
            self.fault(field, FaultKind::Unknown { name: name.to_owned() });
        }
    }

    fn filled<T>(&mut self, field: &str, list: &[T]) {
        if list.is_empty() {
            self.fault(field, FaultKind::Empty);
        }
    }

    fn range(&mut self, field: &str, value: impl Into<i64>, range: RangeInclusive<i64>) {
        let value = value.into();
        if !range.contains(&value) {
            self.fault(field, FaultKind::OutOfRange { value, least: *range.start(), most: *range.end() });
        }
    }

    /// A text of one line.
    fn line(&mut self, field: &str, text: &str, least: usize, most: usize) {
        self.text(field, text, least, most);
        if text.contains(char::is_control) {
            self.fault(field, FaultKind::ControlCharacter);
        }
    }

    /// A text of any number of lines. White space alone is no text.
    fn text(&mut self, field: &str, text: &str, least: usize, most: usize) {
        let length = text.chars().count();
        if least > 0 && text.trim().is_empty() {
            self.fault(field, FaultKind::Empty);
        }
        if length > most {
            self.fault(field, FaultKind::TooLong { length, most });
        }
    }
}
