//! The business that is measured: twelve people in one place who can all give every service, Monday to Saturday from
//! nine to six, with calendars that are about half full.

use std::{fmt::Write as _, path::Path};

use anyhow::Context as _;
use domain::{
    Booking, BookingId, BookingState, CalendarDay, CalendarId, Claim, CustomerId, Money, Profile, Span, Timestamp,
    Zone,
    booking::{By, Change, Claimed, LedgerEntry, Names, Reference},
    hours::Hours,
};
use jiff::{SignedDuration, ToSpan as _, civil::Date, civil::Weekday};
use portal::{documents, spaces};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use std::collections::BTreeMap;
use store::{AnyStore, Batch, Engine, Store as _, Write};

/// How many people work there.
pub(crate) const STAFF: usize = 12;
/// The services, by their length in minutes.
pub(crate) const SERVICES: [u16; 5] = [15, 30, 45, 60, 90];
/// How many customers have a profile and some of the bookings.
pub(crate) const CUSTOMERS: usize = 400;
/// The customer with a long history.
pub(crate) const ARCHIVE: &str = "archive@people.example";
/// How many documents that customer's space holds.
pub(crate) const ARCHIVED: usize = 2_000;

/// Where it is.
pub(crate) const ZONE: &str = "Europe/Berlin";
const HOURS: &str = "09:00-18:00";

/// How it is filled.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// How many days ahead can be booked.
    pub(crate) horizon: u16,
    /// How many days from tomorrow on are about half full.
    pub(crate) full: i64,
}

/// A service's name.
pub(crate) fn service(minutes: u16) -> String {
    format!("service-{minutes}")
}

/// A person's name.
pub(crate) fn staff(number: usize) -> String {
    format!("person-{number:02}")
}

/// A customer's address.
pub(crate) fn email(number: usize) -> String {
    format!("customer-{number}@people.example")
}

/// The date there.
pub(crate) fn today() -> Date {
    let zone: Zone = ZONE.parse().expect("a zone");
    zone.date(Timestamp::now())
}

/// The business as `datebook-server apply` reads it.
fn business(plan: Plan) -> String {
    let mut text = format!(
        "[business]\nname = \"The bench\"\ncolour = \"#2f6b4f\"\ncurrency = \"EUR\"\nopen_sign_up = true\n\
         [business.contact]\nemail = \"bench@people.example\"\n\
         [business.terms]\nevery = 15\nnotice = 60\nhorizon = {}\nreschedule_until = 60\ncancel_until = 60\n\
         [[categories]]\nid = \"all\"\nname = \"All\"\norder = 1\n\
         [[places]]\nid = \"here\"\nname = \"Here\"\naddress = [\"Main Street 1\", \"10115 Berlin\"]\nzone = \"{ZONE}\"\n",
        plan.horizon
    );
    for minutes in SERVICES {
        let _ = write!(
            text,
            "[[services]]\nid = \"{}\"\ncategory = \"all\"\nname = \"{minutes} minutes\"\n\
             description = \"A service that takes {minutes} minutes.\"\n\
             variants = [{{ id = \"usual\", minutes = {minutes}, price = {{ minor = {minutes}00, currency = \"EUR\" }} }}]\n",
            service(minutes)
        );
    }
    let skills: Vec<String> = SERVICES.iter().map(|minutes| format!("\"{}\"", service(*minutes))).collect();
    for number in 0..STAFF {
        let _ = write!(
            text,
            "[[staff]]\nid = \"{}\"\nname = \"Person {number}\"\nrole = \"Stylist\"\nskills = [{}]\n\
             shifts = [{{ place = \"here\", days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\"], hours = [\"{HOURS}\"] }}]\n",
            staff(number),
            skills.join(", ")
        );
    }
    text
}

/// Opens (or makes) a database and fills it.
pub(crate) async fn make(url: &str, plan: Plan) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("business.toml");
    std::fs::write(&file, business(plan))?;
    let mut apply = tokio::process::Command::new(crate::stage::program("datebook-server")?);
    testkit::on_its_own(apply.as_std_mut());
    let output = apply.arg("apply").arg(&file).args(["--database", url, "--data"]).arg(folder.path()).output().await?;
    anyhow::ensure!(output.status.success(), "apply: {}", String::from_utf8_lossy(&output.stderr));
    let engine = Engine::open(url).await?;
    fill(&store(&engine).await?, plan).await?;
    engine.close().await;
    Ok(())
}

/// As [`make`], into the file that a server opens in a folder. Gives the file's database URL.
pub(crate) async fn make_in(folder: &Path, plan: Plan) -> anyhow::Result<String> {
    let url = format!("sqlite:{}", folder.join("datebook.sqlite").display());
    make(&url, plan).await?;
    Ok(url)
}

/// The documents of the one business in an engine.
pub(crate) async fn store(engine: &Engine) -> anyhow::Result<AnyStore> {
    let realms = engine.realms().await?;
    let realm = realms.iter().find(|realm| realm.as_str() != "operator").context("no business")?;
    Ok(engine.realm(realm))
}

async fn fill(store: &AnyStore, plan: Plan) -> anyhow::Result<()> {
    let mut rng = StdRng::seed_from_u64(1);
    let now = Timestamp::now();
    let customers: Vec<CustomerId> = (0..CUSTOMERS).map(|_| CustomerId::new()).collect();
    let profile = |id: CustomerId, email: String| {
        let profile = Profile { id, name: "Kim Berg".into(), email, phone: "+49 30 5550 1000".into(), created: now };
        documents::write(spaces::customer(id), &profile)
    };
    let mut writes: Vec<Write> = customers.iter().enumerate().map(|(number, id)| profile(*id, email(number))).collect();
    let zone: Zone = ZONE.parse()?;
    let hours: Hours = HOURS.parse()?;
    let today = zone.date(now);
    let mut days: BTreeMap<(CalendarId, Date), CalendarDay> = BTreeMap::new();
    for person in 0..STAFF {
        let calendar = CalendarId::Staff(staff(person).parse()?);
        for later in 1..=plan.full {
            let date = today.saturating_add(later.days());
            if date.weekday() == Weekday::Sunday {
                continue;
            }
            let shift = hours.on(date, &zone);
            let mut from = shift.from;
            while from < shift.to {
                let minutes = SERVICES[rng.random_range(0..SERVICES.len())];
                let span = Span { from, to: from + SignedDuration::from_mins(minutes.into()) };
                from = span.to;
                if span.to > shift.to || rng.random_bool(0.5) {
                    continue;
                }
                let customer = customers[rng.random_range(0..customers.len())];
                let booking = booking(customer, person, minutes, span, BookingState::Confirmed, "");
                for day in span.days() {
                    let claim = Claim { id: booking.id, span, session: None };
                    days.entry((calendar.clone(), day)).or_default().put(claim);
                }
                writes.push(documents::write(spaces::customer(customer), &booking));
            }
        }
    }
    let archive = CustomerId::new();
    writes.push(profile(archive, ARCHIVE.to_owned()));
    for number in 1..ARCHIVED {
        let from = zone.at(today.saturating_sub(i64::try_from(number)?.days()).at(10, 0, 0, 0));
        let span = Span { from, to: from + SignedDuration::from_mins(60) };
        // Brings the document to about 1 KB.
        let note = "The same as the last time, please, and a little shorter at the back. ".repeat(4);
        let booking = booking(archive, number % STAFF, 60, span, BookingState::Completed, &note);
        writes.push(documents::write(spaces::customer(archive), &booking));
    }
    writes.extend(days.into_iter().map(|((id, day), all)| documents::write_day(spaces::calendar_day(&id, day), &all)));
    for some in writes.chunks(1_000) {
        store.commit(Batch { writes: some.to_vec(), ..Batch::default() }).await?;
    }
    Ok(())
}

/// An appointment there.
pub(crate) fn booking(
    customer: CustomerId,
    person: usize,
    minutes: u16,
    span: Span,
    state: BookingState,
    note: &str,
) -> Booking {
    let id = BookingId::new();
    let slug = |text: String| text.parse().expect("a slug");
    let staff = staff(person);
    let price = Money::new(i64::from(minutes) * 100, "EUR".parse().expect("a currency"));
    Booking {
        id,
        reference: Reference::numbered(id.0.as_u128() as u64),
        customer,
        service: service(minutes).parse().expect("a slug"),
        variant: "usual".parse().expect("a slug"),
        staff: slug(staff.clone()),
        staff_chosen: true,
        place: "here".parse().expect("a slug"),
        names: Names {
            service: format!("{minutes} minutes"),
            variant: String::new(),
            staff: format!("Person {person}"),
            place: "Here".into(),
            address: "Main Street 1, 10115 Berlin".into(),
            location: None,
        },
        span,
        zone: ZONE.parse().expect("a zone"),
        claims: match state {
            BookingState::Confirmed => {
                vec![Claimed { calendar: CalendarId::Staff(staff.parse().expect("a slug")), span }]
            }
            _ => Vec::new(),
        },
        party: 1,
        state,
        price,
        paid: Money::new(0, price.currency),
        note: note.to_owned(),
        moves: 0,
        revision: 0,
        ledger: vec![LedgerEntry {
            at: Timestamp::now(),
            by: By::Customer,
            change: Change::Booked { start: span.from },
        }],
    }
}

/// The starts of one service's slots on one person's free days, the days taken in turn so that none fills up first.
pub(crate) fn free_starts(first: i64, last: i64, minutes: u16) -> anyhow::Result<Vec<Timestamp>> {
    let zone: Zone = ZONE.parse()?;
    let hours: Hours = HOURS.parse()?;
    let today = zone.date(Timestamp::now());
    let dates: Vec<Date> = (first..last)
        .map(|later| today.saturating_add(later.days()))
        .filter(|date| date.weekday() != Weekday::Sunday)
        .collect();
    let mut starts = Vec::new();
    for slot in 0..(9 * 60 / minutes) {
        for date in &dates {
            starts.push(hours.on(*date, &zone).from + SignedDuration::from_mins(i64::from(slot * minutes)));
        }
    }
    Ok(starts)
}
