use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{
    BookingState, CalendarId, Claim, DeviceId, Money,
    booking::{By, Change, LedgerEntry, Names, Reference},
};
use store::{AnyStore, Batch, Engine, StoreError, UniqueKey, Write};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

/// A moment that counts what it is asked.
struct Counting<R> {
    read: R,
    asked: AtomicUsize,
}

impl<R> Counting<R> {
    fn count(&self) -> &R {
        self.asked.fetch_add(1, Ordering::Relaxed);
        &self.read
    }
}

impl<R: Read> Read for Counting<R> {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StoreError> {
        self.count().get(key).await
    }
    async fn list(&self, list: &List) -> Result<Vec<Document>, StoreError> {
        self.count().list(list).await
    }
    async fn find(&self, key: &UniqueKey) -> Result<Option<Key>, StoreError> {
        self.count().find(key).await
    }
    async fn versions(&self, spaces: &[Space]) -> Result<Vec<u64>, StoreError> {
        self.count().versions(spaces).await
    }
    async fn spaces(&self, prefix: &str) -> Result<Vec<Space>, StoreError> {
        self.count().spaces(prefix).await
    }
}

/// The test business with what is planted in it.
struct Salon {
    store: AnyStore,
    writes: Vec<Write>,
    days: BTreeMap<domain::Date, CalendarDay>,
    _folder: TempDir,
}

fn now() -> Timestamp {
    "2026-11-22T09:30:00Z".parse().unwrap()
}

fn somebody(number: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(number))
}

impl Salon {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("datebook.sqlite").display());
        let engine = Engine::open(&url).await.unwrap();
        crate::apply(&engine, "main", include_str!("../../../tests/api/business.toml")).await.unwrap();
        Self { store: engine.realm("business/main"), writes: Vec::new(), days: BTreeMap::new(), _folder: folder }
    }

    /// Somebody has an appointment so many minutes from now. Its claim is there in any case, itself perhaps not.
    fn plant(&mut self, number: u128, customer: CustomerId, minutes: i64, place: &str) {
        let from = now() + SignedDuration::from_mins(minutes);
        let span = Span { from, to: from + SignedDuration::from_mins(30) };
        let id = BookingId(Uuid::from_u128(number));
        for date in span.days() {
            self.days.entry(date).or_default().put(Claim { id, span, session: None });
        }
        let text = String::new;
        let name = |text: &str| text.to_owned();
        let booking = Booking {
            id,
            reference: Reference::numbered(id.0.as_u128() as u64),
            customer,
            service: "cut".parse().unwrap(),
            variant: "short".parse().unwrap(),
            staff: "anna".parse().unwrap(),
            staff_chosen: false,
            place: place.parse().unwrap(),
            names: Names {
                service: name("Cut"),
                variant: text(),
                staff: name("Anna"),
                place: name("Mitte"),
                address: text(),
                location: None,
            },
            span,
            zone: "Europe/Berlin".parse().unwrap(),
            claims: Vec::new(),
            party: 1,
            state: BookingState::Confirmed,
            price: Money::new(3000, "EUR".parse().unwrap()),
            paid: Money::new(0, "EUR".parse().unwrap()),
            note: text(),
            moves: 0,
            revision: 0,
            ledger: vec![LedgerEntry { at: now(), by: By::Customer, change: Change::Booked { start: from } }],
        };
        self.writes.push(documents::write(spaces::customer(customer), &booking));
    }

    /// Somebody who is signed in on so many devices, on the later ones later.
    fn welcome(&mut self, customer: CustomerId, name: &str, devices: u8) {
        let email = format!("{customer}@example.org");
        let profile = Profile {
            id: customer,
            name: name.to_owned(),
            email,
            phone: String::new(),
            created: Timestamp::UNIX_EPOCH,
        };
        self.writes.push(documents::write(spaces::customer(customer), &profile));
        for number in 0..devices {
            let created = now() - SignedDuration::from_hours(100 - i64::from(number));
            let expires = now() + SignedDuration::from_hours(1);
            let check_in_key = Some(format!("key {number}"));
            let session = Session { customer, device: DeviceId::new(), created, expires, check_in_key };
            let id = format!("{number}");
            let key = Key { space: spaces::identity(customer), kind: "session".to_owned(), id };
            self.writes.push(document::write(key, &session, Vec::new()));
        }
    }

    /// What the counter at a place is answered, and how many questions that took.
    async fn expected(self, place: &str) -> (Vec<Expected>, usize) {
        let Self { store, mut writes, days, _folder } = self;
        let anna: CalendarId = "staff.anna".parse().unwrap();
        let day = |(date, day)| documents::write_day(spaces::calendar_day(&anna, date), &day);
        writes.extend(days.into_iter().map(day));
        store.commit(Batch { writes, ..Batch::default() }).await.unwrap();
        let read = store.snapshot().await.unwrap();
        let shelf = catalogue(&read).await.unwrap();
        let read = Counting { read, asked: AtomicUsize::new(0) };
        let lines = expected(&read, &shelf, &place.parse().unwrap(), now()).await.unwrap();
        (lines, read.asked.into_inner())
    }
}

#[tokio::test]
async fn a_day_asks_for_nobody_who_is_not_expected() {
    let mut salon = Salon::open().await;
    let (ada, ben) = (somebody(1), somebody(2));
    salon.welcome(ada, "Ada", 1);
    salon.welcome(ben, "Ben", 0);
    for number in 0..10 {
        salon.plant(
            100 + number,
            if number % 2 == 0 { ada } else { ben },
            i64::try_from(number).unwrap() * 30,
            "mitte",
        );
    }
    // On the first and the last of the days that are looked at, but before and after the hours.
    for number in 0..20 {
        salon.plant(200 + number, ada, -37 * 60, "mitte");
        salon.plant(300 + number, ada, 49 * 60, "mitte");
    }
    let (lines, asked) = salon.expected("mitte").await;
    let names: Vec<&str> = lines.iter().take(3).map(|line| &*line.customer).collect();
    assert_eq!((lines.len(), &names[..]), (10, &["Ada", "Ben", "Ada"][..]), "who is expected, the earliest first");
    assert_eq!((&lines[0].keys[..], lines[1].keys.len()), (&["key 0".to_owned()][..], 0), "each with their own keys");
    // The calendars' names, their days, the profiles, the sessions; and two for each booking.
    assert_eq!(asked, 4 + 2 * 10, "a counter asks twice a minute: nothing is asked twice, or for nobody");
}

#[tokio::test]
async fn one_answer_is_bounded() {
    let mut salon = Salon::open().await;
    let ada = somebody(1);
    salon.welcome(ada, "Ada", 13);
    for number in 0..1003 {
        salon.plant(1000 + number, ada, 60 + i64::try_from(number).unwrap(), "mitte");
    }
    salon.plant(1, ada, -30, "mitte");
    salon.plant(2, ada, 0, "island");
    let (lines, _) = salon.expected("mitte").await;
    assert_eq!(lines.len(), MOST, "no answer holds more");
    assert_eq!(lines[0].booking, BookingId(Uuid::from_u128(1)), "whoever is there now is in it");
    let last = lines.last().unwrap().booking;
    assert_eq!(last, BookingId(Uuid::from_u128(1000 + 998)), "those furthest from now are not");
    assert_eq!(lines[0].keys.len(), KEYS, "nor does anybody's number of devices make it long");
    assert_eq!((&*lines[0].keys[0], &*lines[0].keys[9]), ("key 12", "key 3"), "the latest sign-ins count");
}
