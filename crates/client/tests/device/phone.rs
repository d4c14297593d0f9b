//! A device with the sample business on it, and its owner.

use std::sync::{Arc, Mutex};

use client::{App, Clock, MemoryVault, Receipt, Reply, Waiting};
use domain::{BookingId, CommandId, CustomerId, PlaceId, ServiceId, Timestamp, VariantId};
use portal::{
    AgendaQuery, Book, Cancel, Command, DayQuery, MonthQuery, Outcome, Reschedule, Screen, Tab, Ticket, View,
    documents, spaces,
};
use protocol::{Pulled, Pushed, PushedVerdict, SignedIn, SpaceChanges, Verdict};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    script::Script,
    shop::{self, Shop},
};

/// A clock that stands still.
pub(crate) struct Still(pub(crate) Mutex<Timestamp>);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A device.
pub(crate) struct Phone {
    pub(crate) app: App,
    pub(crate) business: Uuid,
    pub(crate) script: Arc<Script>,
    pub(crate) shop: Shop,
    pub(crate) customer: CustomerId,
    pub(crate) clock: Arc<Still>,
    pub(crate) vault: Arc<MemoryVault>,
    pub(crate) folder: TempDir,
}

/// The history that the server tells unless a test says otherwise.
pub(crate) const EPOCH: &str = "00000000000000e1";

pub(crate) fn now() -> Timestamp {
    "2026-11-02T08:00:00Z".parse().unwrap()
}

/// Somebody whose id is always the same.
pub(crate) fn somebody(number: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
}

impl Phone {
    /// A device that has met the business and nobody else.
    pub(crate) async fn met() -> Self {
        Self::met_at(Script::default()).await
    }

    /// As [`met`](Self::met), at the other end of this line.
    pub(crate) async fn met_at(script: Script) -> Self {
        let (script, shop) = (Arc::new(script), Shop::sample());
        let (clock, vault) = (Arc::new(Still(Mutex::new(now()))), Arc::new(MemoryVault::default()));
        let folder = tempfile::tempdir().unwrap();
        script.answer("hello", &shop.hello());
        let app = App::open_with(folder.path(), vault.clone(), clock.clone(), script.clone()).await.unwrap();
        let business = app.connect("salon.example").await.unwrap().id;
        Self { app, business, script, shop, customer: somebody(1), clock, vault, folder }
    }

    /// A device whose owner has signed in and has everything the server has.
    pub(crate) async fn ready() -> Self {
        let phone = Self::met().await;
        phone.settle_in().await;
        phone
    }

    /// Its owner signs in at another business too, which is the one that is looked at from then on. Gives the former one.
    pub(crate) async fn goes_elsewhere(&mut self) -> Uuid {
        self.script.answer("hello", &self.shop.hello());
        let other = self.app.connect("other.example").await.unwrap().id;
        let former = std::mem::replace(&mut self.business, other);
        self.settle_in().await;
        former
    }

    /// Its owner signs in and has everything the server has.
    async fn settle_in(&self) {
        self.sign_in(self.customer, 0).await.unwrap();
        let profile = documents::write(spaces::customer(self.customer), &shop::profile(self.customer, now()));
        self.will_pull(vec![self.shop.catalogue(), shop::changes(1, vec![profile])]);
        self.app.sync_now(self.business).await.unwrap();
    }

    /// The program ends without a warning and is started again.
    pub(crate) async fn restarted(self) -> Self {
        let Self { app, business, script, shop, customer, clock, vault, folder } = self;
        drop(app);
        let app = App::open_with(folder.path(), vault.clone(), clock.clone(), script.clone()).await.unwrap();
        Self { app, business, script, shop, customer, clock, vault, folder }
    }

    pub(crate) async fn sign_in(&self, customer: CustomerId, last: u64) -> Result<(), client::Trouble> {
        let token = Some(format!("token-{customer}-{last}"));
        self.script.answer("sign-in/password", &SignedIn { customer, token, last });
        self.app.sign_in_with_password(self.business, "ada@example.org", "correct horse").await
    }

    /// The next pull brings this, and says there is no more.
    pub(crate) fn will_pull(&self, spaces: Vec<SpaceChanges>) {
        let zones = domain::zone::database_version().to_owned();
        let epoch = EPOCH.to_owned();
        self.script.answer("pull", &Pulled { spaces, gone: Vec::new(), more: false, now: now(), zones, epoch });
    }

    /// The next push gets these verdicts.
    pub(crate) fn will_say(&self, first: u64, verdicts: Vec<Verdict>) {
        let verdicts: Vec<_> =
            (first..).zip(verdicts).map(|(number, verdict)| PushedVerdict { number, verdict }).collect();
        let last = verdicts.last().map_or(first - 1, |last| last.number);
        self.script.answer("push", &Pushed { last, verdicts });
    }

    /// Times of the first service that can be had, a fortnight from now.
    pub(crate) async fn times(&self) -> (ServiceId, VariantId, PlaceId, Vec<Timestamp>) {
        let service = &self.shop.services[0];
        let staff = self.shop.staff.iter().find(|staff| staff.skills.contains(&service.id)).unwrap();
        let place = self.shop.places.iter().find(|place| staff.works_at(&place.id)).unwrap().id.clone();
        let variant = service.variants[0].id.clone();
        let of = MonthQuery {
            service: service.id.clone(),
            variant: variant.clone(),
            place: place.clone(),
            staff: None,
            party: 1,
            moving: None,
            month: None,
        };
        for day in 16..30 {
            let date = domain::Date::constant(2026, 11, day);
            let view = View::Day(DayQuery { of: of.clone(), date });
            if let Reply::Screen { screen: Screen::Day(day) } = self.app.view(self.business, view).await.unwrap()
                && day.times.len() > 8
            {
                return (service.id.clone(), variant, place, day.times.iter().map(|time| time.start.at).collect());
            }
        }
        panic!("the sample business is open on some day of the fortnight");
    }

    /// Asks for an appointment at the nth free time.
    pub(crate) async fn book(&self, nth: usize) -> (BookingId, CommandId) {
        let (service, variant, place, times) = self.times().await;
        let booking = BookingId::new();
        let start = times[nth];
        let book = Book { booking, service, variant, place, staff: None, start, party: 1, note: String::new() };
        (booking, self.give(Command::Book(book)).await)
    }

    pub(crate) async fn move_to(&self, booking: BookingId, start: Timestamp) -> CommandId {
        self.give(Command::Reschedule(Reschedule { booking, start })).await
    }

    pub(crate) async fn cancel(&self, booking: BookingId) -> CommandId {
        self.give(Command::Cancel(Cancel { booking, reason: String::new() })).await
    }

    /// Gives a command that the device says yes to.
    pub(crate) async fn give(&self, command: Command) -> CommandId {
        match self.app.execute(self.business, command).await.unwrap() {
            Receipt::Waiting { command } => command,
            other => panic!("the device says yes: {other:?}"),
        }
    }

    pub(crate) async fn agenda(&self, tab: Tab) -> Vec<Ticket> {
        let query = AgendaQuery { tab, text: String::new(), from: None, to: None, after: None };
        match self.app.view(self.business, View::Agenda(query)).await.unwrap() {
            Reply::Screen { screen: Screen::Agenda(page) } => page.tickets,
            other => panic!("an agenda was asked for: {other:?}"),
        }
    }

    pub(crate) async fn outbox(&self) -> Vec<Waiting> {
        self.app.outbox(self.business).await.unwrap()
    }

    pub(crate) async fn card(&self) -> client::BusinessCard {
        self.app.businesses().await.unwrap().remove(0)
    }
}

pub(crate) fn booked(booking: BookingId) -> Verdict {
    Verdict::Accepted { outcome: Outcome::Booked { booking, confirmed: true } }
}
