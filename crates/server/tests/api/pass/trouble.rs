//! What goes wrong between the server and the wallets: phones that are lost, outsiders that are slow or say no, nodes with
//! half of the files. Somebody outside who does not answer is held by the test, not waited for.

use domain::{Booking, CustomerId};
use jiff::SignedDuration;
use portal::{Job, Pass, PassOf, PassPhone, WALLET, documents, pass_at, spaces};
use store::{Batch, Key, Leased, Read as _, Write};

use super::*;
use crate::support::sha256;

/// A customer with an appointment and a pass of it.
struct Holder {
    customer: Customer,
    booking: BookingId,
    starts: Vec<Timestamp>,
}

impl Holder {
    async fn new(server: &Server) -> Self {
        let customer = server.plant("ada@example.org").await;
        let (booking, starts) = booked(server, &customer).await;
        Self { customer, booking, starts }
    }

    fn of(&self) -> PassOf {
        PassOf::Booking { booking: self.booking }
    }

    async fn link(&self, server: &Server, wallet: &str) -> String {
        link(server, &self.customer, wallet, &json!({ "pass": "booking", "booking": self.booking })).await
    }

    async fn phone<'a>(&self, server: &'a Server, name: &'static str) -> Phone<'a> {
        let phone = Phone::take(server, name, &self.link(server, "apple").await).await;
        assert_eq!(phone.register().await, 201, "{name} holds the pass");
        phone
    }

    /// Moves the appointment to its `n`th time.
    async fn move_to(&self, server: &Server, n: usize) {
        server.execute(&self.customer, CommandId::new(), &moved(self.booking, self.starts[n])).await;
    }
}

async fn pass(server: &Server, customer: CustomerId, of: PassOf) -> Pass {
    let read = server.store().snapshot().await.unwrap();
    documents::decode(&read.get(&pass_at(customer, of)).await.unwrap().expect("there is this pass")).unwrap()
}

async fn write(server: &Server, writes: Vec<Write>) {
    server.store().commit(Batch { writes, ..Batch::default() }).await.unwrap();
}

fn phone_key(name: &str) -> Key {
    Key { space: spaces::wallet_phone(&sha256(name)), kind: "phone".to_owned(), id: "phone".to_owned() }
}

/// All news for wallets that wait, and those that are being told, taken away from whoever tells them.
async fn waiting(server: &Server) -> Vec<Leased> {
    let later = Timestamp::now() + SignedDuration::from_hours(24 * 365);
    server.store().lease(WALLET, later, later + SignedDuration::from_mins(1), 100).await.unwrap()
}

/// Waits until so many jobs are as the words of the query say.
async fn jobs_that(server: &Server, are: &str, wanted: i64) {
    let file = rusqlite::Connection::open(server.file()).unwrap();
    let count = format!("SELECT count(*) FROM job WHERE kind = '{WALLET}' AND {are}");
    soon(async {
        while file.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap() != wanted {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Google, who agrees to everything.
fn agrees(heard: &Heard) -> (StatusCode, Value) {
    match heard.line.as_str() {
        "POST /token" => (StatusCode::OK, json!({ "access_token": "google-token", "expires_in": 3600 })),
        _ => (StatusCode::OK, json!({})),
    }
}

fn no(_: &Heard) -> (StatusCode, Value) {
    (StatusCode::INTERNAL_SERVER_ERROR, json!({}))
}

#[tokio::test]
async fn passes_count_among_what_one_customer_asks_for() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let few = |settings| Settings { commands_per_customer: 3, ..keys.apple(settings, &apple.url) };
    let server = Server::with(BUSINESS, few).await;
    // One for the appointment, two for its pass.
    let ada = Holder::new(&server).await;
    for _ in 0..2 {
        ada.link(&server, "apple").await;
    }
    let third = json!({ "wallet": "apple", "of": { "pass": "booking", "booking": ada.booking } });
    let answer = server.post_as(&ada.customer, "/api/v1/passes", &third).await;
    assert_eq!(code(answer).await, Code::TooManyAttempts, "a pass more comes later");
    assert_eq!(pass(&server, ada.customer.id, ada.of()).await.tokens.len(), 2, "what was turned away wrote nothing");
}

#[tokio::test]
async fn one_phone_too_many_is_forgotten_on_both_sides() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = Holder::new(&server).await;
    let phone = ada.phone(&server, "phone-0").await;
    const NAMES: [&str; 16] = [
        "phone-1", "phone-2", "phone-3", "phone-4", "phone-5", "phone-6", "phone-7", "phone-8", "phone-9", "phone-10",
        "phone-11", "phone-12", "phone-13", "phone-14", "phone-15", "phone-16",
    ];
    let held = |name| {
        let store = server.store();
        async move { store.snapshot().await.unwrap().get(&phone_key(name)).await.unwrap().is_some() }
    };
    assert!(held("phone-0").await, "the first one is known");
    for name in NAMES {
        let next = Phone { server: &server, name, pass: phone.pass.clone() };
        assert_eq!(next.register().await, 201, "{name} is taken");
    }
    let pass = pass(&server, ada.customer.id, ada.of()).await;
    assert_eq!(pass.phones.len(), 16, "no more than these are told");
    assert!(!held("phone-0").await, "nothing is kept of the one that is not told any more");
    assert!(held("phone-1").await && held("phone-16").await, "the others are as they were");
}

#[tokio::test]
async fn one_pass_too_many_is_forgotten_on_both_sides() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = Holder::new(&server).await;
    ada.phone(&server, "phone-1").await;
    let held = |booking| json!({ "customer": ada.customer.id, "of": { "pass": "booking", "booking": booking } });
    let mut passes = vec![held(ada.booking)];
    passes.extend((0..499).map(|_| held(BookingId::new())));
    let body = Some(json!({ "passes": passes }).to_string().into());
    write(&server, vec![Write { key: phone_key("phone-1"), sort: String::new(), body, keys: Vec::new() }]).await;

    let url = link(&server, &ada.customer, "apple", &json!({ "pass": "membership" })).await;
    assert_eq!(Phone::take(&server, "phone-1", &url).await.register().await, 201, "one more is taken");
    let first = pass(&server, ada.customer.id, ada.of()).await;
    assert!(first.phones.is_empty(), "the pass that the phone does not hold any more does not know it either");
    let last = pass(&server, ada.customer.id, PassOf::Membership).await;
    assert_eq!(last.phones.len(), 1, "the new one does");
}

#[tokio::test]
async fn phones_register_for_a_pass_as_often_as_a_household_does() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = Holder::new(&server).await;
    let phone = ada.phone(&server, "phone-1").await;
    for _ in 1..60 {
        assert_eq!(phone.register().await, 200, "as often as was said");
    }
    assert_eq!(phone.register().await, 429, "and then not for a while");
    let url = link(&server, &ada.customer, "apple", &json!({ "pass": "membership" })).await;
    assert_eq!(Phone::take(&server, "phone-1", &url).await.register().await, 201, "each pass for itself");
}

#[tokio::test]
async fn a_phone_that_comes_back_is_not_removed_by_its_former_token() {
    let (keys, apple) = (Keys::new(), {
        let gone = |heard: &Heard| match heard.line.contains(&push("phone-1")) {
            true => (StatusCode::GONE, json!({ "reason": "Unregistered" })),
            false => (StatusCode::OK, json!({})),
        };
        Outside::start(gone).await
    });
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = Holder::new(&server).await;
    let phone = ada.phone(&server, "phone-1").await;
    apple.hold();
    ada.move_to(&server, 4).await;
    apple.heard(&push("phone-1"), 1).await;
    assert_eq!(phone.register_as("beef").await, 200, "while Apple thinks about it, the phone says its new token");
    apple.answer(1_000);
    ada.move_to(&server, 6).await;
    apple.heard("/3/device/beef", 1).await;
    assert!(phone.changed(None).await.is_some(), "it still holds its pass");
}

#[tokio::test]
async fn all_phones_are_told_at_once_and_none_for_longer_than_the_lease() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let settings = |settings| Settings { lease: 1, ..keys.apple(settings, &apple.url) };
    let server = Server::with(BUSINESS, settings).await;
    let ada = Holder::new(&server).await;
    ada.phone(&server, "phone-1").await;
    ada.phone(&server, "phone-2").await;
    apple.hold();
    ada.move_to(&server, 4).await;
    apple.heard(&push("phone-2"), 1).await;
    assert_eq!(apple.heard(&push("phone-1"), 1).await.len(), 1, "one that is slow keeps the news from nobody");
    // Apple answers nobody; the next news are begun all the same, and both are broken off.
    ada.move_to(&server, 6).await;
    apple.heard(&push("phone-2"), 2).await;
    // Not only when Apple's own time is over: then the connection gives up, in other words.
    jobs_that(&server, "error = 'Apple does not answer a push in time'", 2).await;
}

#[tokio::test]
async fn what_google_was_given_while_the_pass_changed_is_given_again() {
    let keys = Keys::new();
    let google = Outside::start(agrees).await;
    let server = Server::with(BUSINESS, |settings| keys.google(settings, &google.url)).await;
    let ada = Holder::new(&server).await;
    ada.link(&server, "google").await;
    google.heard("PATCH ", 1).await;
    google.hold();
    ada.move_to(&server, 4).await;
    google.heard("PATCH ", 2).await;
    // The next change comes while Google still writes the former one, and may be written before it.
    ada.move_to(&server, 6).await;
    google.heard("PATCH ", 3).await;
    google.answer(1);
    jobs_that(&server, "error = 'the pass has changed meanwhile'", 1).await;
    let waiting = waiting(&server).await;
    assert_eq!(waiting.len(), 2, "the second is being told, and the first is not done: {waiting:?}");
}

#[tokio::test]
async fn news_for_a_wallet_that_this_node_lacks_is_left_to_others() {
    let keys = Keys::new();
    let google = Outside::start(agrees).await;
    let server = Server::with(BUSINESS, |settings| keys.google(settings, &google.url)).await;
    let ada = Holder::new(&server).await;
    ada.link(&server, "google").await;
    google.heard("PATCH ", 1).await;
    // As a node with the other files has written it.
    let mut pass = pass(&server, ada.customer.id, ada.of()).await;
    pass.phones.push(PassPhone { phone: sha256("phone-1"), push_token: push("phone-1") });
    write(&server, vec![documents::write(pass_at(ada.customer.id, ada.of()).space, &pass)]).await;
    ada.move_to(&server, 4).await;
    google.heard("PATCH ", 2).await;
    ada.move_to(&server, 6).await;
    google.heard("PATCH ", 3).await;
    jobs_that(&server, "error LIKE 'this node has no files for Apple%'", 2).await;
    let waiting = waiting(&server).await;
    assert_eq!(waiting.len(), 2, "Google has both, and the phone none of them yet: {waiting:?}");
}

#[tokio::test]
async fn a_phone_is_left_to_others_and_google_too() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = Holder::new(&server).await;
    ada.phone(&server, "phone-1").await;
    let pass = Pass { google: true, ..pass(&server, ada.customer.id, ada.of()).await };
    write(&server, vec![documents::write(pass_at(ada.customer.id, ada.of()).space, &pass)]).await;
    ada.move_to(&server, 4).await;
    apple.heard(&push("phone-1"), 1).await;
    ada.move_to(&server, 6).await;
    apple.heard(&push("phone-1"), 2).await;
    jobs_that(&server, "error LIKE 'this node has no files for Google%'", 2).await;
    let waiting = waiting(&server).await;
    assert_eq!(waiting.len(), 2, "the phone has both, and Google none of them yet: {waiting:?}");
}

#[tokio::test]
async fn the_fortieth_attempt_is_the_last() {
    let (keys, apple) = (Keys::new(), Outside::start(no).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = Holder::new(&server).await;
    ada.phone(&server, "phone-1").await;
    ada.move_to(&server, 4).await;
    apple.heard(&push("phone-1"), 1).await;
    // Another node tries as well, until only one attempt is left.
    let (store, later) = (server.store(), Timestamp::now() + SignedDuration::from_hours(24 * 365));
    loop {
        let lease = waiting(&server).await.pop().expect("what failed waits");
        let last = lease.job.attempts == 39;
        store.again(&lease, if last { Timestamp::now() } else { later }, "Apple says no").await.unwrap();
        if last {
            break;
        }
    }
    apple.heard(&push("phone-1"), 2).await;
    let tries = apple.heard(&push("phone-1"), 2).await;
    assert_eq!(tries[0].headers["apns-id"], tries[1].headers["apns-id"], "what is said again has its name again");
    // It is not tried for ever.
    jobs_that(&server, "true", 0).await;
    ada.move_to(&server, 6).await;
    apple.heard(&push("phone-1"), 3).await;
    assert_eq!(waiting(&server).await.len(), 1, "what comes after it is");
}

#[tokio::test]
async fn nobody_is_told_again_of_an_appointment_that_is_over() {
    let (keys, apple) = (Keys::new(), Outside::start(no).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = Holder::new(&server).await;
    ada.phone(&server, "phone-1").await;
    let key = spaces::booking(ada.customer.id, ada.booking);
    let document = server.store().snapshot().await.unwrap().get(&key).await.unwrap().unwrap();
    let mut booking: Booking = documents::decode(&document).unwrap();
    (booking.span.from, booking.span.to) = (booking.span.from - HALF_A_WEEK, booking.span.to - HALF_A_WEEK);
    let news = Job::PassChanged { customer: ada.customer.id, of: ada.of() };
    let told = |writes| Batch { writes, jobs: vec![news.due(Timestamp::now())], ..Batch::default() };
    server.store().commit(told(vec![documents::write(key.space.clone(), &booking)])).await.unwrap();
    jobs_that(&server, "true", 0).await;
    server.store().commit(told(Vec::new())).await.unwrap();
    jobs_that(&server, "true", 0).await;
    assert_eq!(apple.heard(&push("phone-1"), 0).await.len(), 2, "each of the two was tried once");
}

/// More than there is until the appointments of these tests.
const HALF_A_WEEK: SignedDuration = SignedDuration::from_hours(84);
