//! Keeping up with the server.

use std::time::{Duration, Instant};

use client::{BookingId, Connection, Event, Trouble};
use portal::{Tab, View, documents, spaces};
use protocol::{Pull, Pulled, Push};
use store::{
    StoreError,
    faults::{self, Planned, What, When},
};
use tokio::sync::{
    broadcast::{Receiver, error::RecvError},
    mpsc::UnboundedSender,
};

use crate::{
    phone::{EPOCH, Phone, booked, now},
    shop,
};

/// Waits until something holds, looking again whenever the app tells of something.
async fn until(events: &mut Receiver<Event>, mut holds: impl AsyncFnMut() -> bool) {
    let coming = async {
        while !holds().await {
            match events.recv().await {
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => panic!("the app has ended"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), coming).await.expect("it comes to that");
}

/// A device that has started, is in step and listens to pokes: those that are sent into what comes last.
async fn online() -> (Phone, Receiver<Event>, UnboundedSender<String>) {
    let phone = Phone::ready().await;
    let mut events = phone.app.events();
    let pokes = phone.script.stream();
    phone.will_pull(vec![]);
    phone.will_pull(vec![]);
    phone.app.start().await;
    until(&mut events, async || phone.card().await.connection == Connection::Online).await;
    (phone, events, pokes)
}

#[tokio::test]
async fn a_poke_brings_what_changed_and_one_for_something_known_brings_nothing() {
    let (phone, mut events, pokes) = online().await;
    let asked = phone.script.asked::<Pull>("pull").len();
    let space = spaces::customer(phone.customer);
    pokes.send(format!("event: poke\ndata: {{\"space\":\"{space}\",\"version\":1}}\n\n")).unwrap();
    let from = "2026-11-20T10:00:00Z".parse().unwrap();
    let write = documents::write(space.clone(), &phone.shop.booking(phone.customer, 1, from));
    phone.will_pull(vec![shop::changes(2, vec![write])]);
    pokes.send(format!("event: poke\ndata: {{\"space\":\"{space}\",\"version\":2}}\n\n")).unwrap();
    until(&mut events, async || phone.agenda(Tab::Upcoming).await.len() == 1).await;
    let pulls: Vec<Pull> = phone.script.asked("pull");
    assert_eq!(pulls.len(), asked + 1, "one pull for two pokes, the first of which was no news");
    assert_eq!(pulls[asked].have[&space.to_string()], 1, "it says what the device has");
    phone.app.stop().await;
}

#[tokio::test]
async fn whoever_signs_in_listens_in_their_own_name() {
    let phone = Phone::met().await;
    let mut events = phone.app.events();
    let _streams = [phone.script.stream(), phone.script.stream()];
    for _ in 0..4 {
        phone.will_pull(vec![]);
    }
    phone.app.start().await;
    until(&mut events, async || phone.card().await.connection == Connection::Online).await;
    phone.sign_in(phone.customer, 0).await.unwrap();
    until(&mut events, async || phone.card().await.connection == Connection::Online).await;
    let token = format!("token-{}-0", phone.customer);
    assert_eq!(phone.script.tokens("pokes"), [None, Some(token)], "nobody is told there of what is a customer's own");
    phone.app.stop().await;
}

#[tokio::test]
async fn a_command_is_sent_at_once_when_the_server_is_there() {
    let (phone, mut events, _pokes) = online().await;
    let before = phone.script.asked::<Push>("push").len();
    let (_, _, _, times) = phone.times().await;
    assert_eq!((before, times.is_empty()), (0, false), "nothing waited");
    phone.script.refuse("push", 503, "busy", Some(0));
    let (booking, _) = phone.book(0).await;
    until(&mut events, async || phone.card().await.connection == Connection::Offline).await;
    phone.will_say(1, vec![booked(booking)]);
    phone.will_pull(vec![]);
    until(&mut events, async || phone.outbox().await.is_empty()).await;
    phone.app.stop().await;
    assert_eq!(phone.script.tokens("push")[0], phone.script.tokens("push")[1], "in the customer's name");
}

#[tokio::test]
async fn a_command_does_not_wait_for_a_stream_that_is_held_back() {
    let phone = Phone::ready().await;
    let mut events = phone.app.events();
    phone.script.hold_back_streams();
    phone.will_pull(vec![]);
    phone.app.start().await;
    let listening = async {
        while phone.script.tokens("pokes").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), listening).await.expect("it asks for the stream");
    let (booking, _) = phone.book(0).await;
    phone.will_say(1, vec![booked(booking)]);
    phone.will_pull(vec![]);
    let sent = until(&mut events, async || phone.outbox().await.is_empty());
    tokio::time::timeout(Duration::from_secs(20), sent).await.expect("whoever waits for the stream hears the bell");
    phone.app.stop().await;
}

#[tokio::test]
async fn a_disk_that_is_full_is_not_taken_for_a_network_that_is_down() {
    let phone = Phone::ready().await;
    let mut events = phone.app.events();
    let from = "2026-11-20T10:00:00Z".parse().unwrap();
    let write = documents::write(spaces::customer(phone.customer), &phone.shop.booking(phone.customer, 1, from));
    let full = What::Fails(StoreError::Engine("the disk is full".to_owned()));
    faults::plan(Some(Planned { write: 0, what: full, when: When::Before }));
    for _ in 0..2 {
        phone.will_pull(vec![shop::changes(2, vec![write.clone()])]);
    }
    phone.app.start().await;
    until(&mut events, async || phone.card().await.connection == Connection::Storage).await;
    assert!(phone.agenda(Tab::Upcoming).await.is_empty(), "what cannot be kept is not shown");
    let _pokes = phone.script.stream();
    phone.will_pull(vec![]);
    until(&mut events, async || phone.card().await.connection == Connection::Online).await;
    assert_eq!(phone.agenda(Tab::Upcoming).await.len(), 1, "with room it goes on by itself");
    phone.app.stop().await;
}

#[tokio::test]
async fn what_came_before_a_write_failed_is_shown() {
    let phone = Phone::ready().await;
    let from = "2026-11-20T10:00:00Z".parse().unwrap();
    let write = documents::write(spaces::customer(phone.customer), &phone.shop.booking(phone.customer, 1, from));
    let full = What::Fails(StoreError::Engine("the disk is full".to_owned()));
    phone.clock.0.lock().unwrap().clone_from(&"2026-11-02T09:00:00Z".parse().unwrap());
    // The page is written; as of when it is everything is not.
    faults::plan(Some(Planned { write: 1, what: full, when: When::Before }));
    phone.will_pull(vec![shop::changes(2, vec![write])]);
    let failed = phone.app.sync_now(phone.business).await;
    assert!(matches!(failed, Err(Trouble::Storage { .. })), "the disk is full: {failed:?}");
    assert_eq!(phone.agenda(Tab::Upcoming).await.len(), 1, "what was kept is shown");
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert_eq!(phone.agenda(Tab::Upcoming).await.len(), 1, "also once there is nothing new");
}

#[tokio::test]
async fn what_came_before_a_pull_was_given_up_is_shown_by_the_next_one() {
    let phone = Phone::ready().await;
    let from = "2026-11-20T10:00:00Z".parse().unwrap();
    let write = documents::write(spaces::customer(phone.customer), &phone.shop.booking(phone.customer, 1, from));
    let (zones, epoch) = (String::new(), EPOCH.to_owned());
    let spaces = vec![shop::changes(2, vec![write])];
    phone.script.answer("pull", &Pulled { spaces, gone: Vec::new(), more: true, now: now(), zones, epoch });
    phone.script.hold("pull");
    let pulls = phone.script.tokens("pull").len();
    let asks_for_more = async {
        while phone.script.tokens("pull").len() < pulls + 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        synced = phone.app.sync_now(phone.business) => panic!("the second page does not come: {synced:?}"),
        asked = tokio::time::timeout(Duration::from_secs(60), asks_for_more) => asked.expect("there is more to ask for"),
    }
    assert!(phone.agenda(Tab::Upcoming).await.is_empty(), "half of a pull is not shown");
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert_eq!(phone.agenda(Tab::Upcoming).await.len(), 1, "the next one had nothing new to bring");
}

#[tokio::test]
async fn a_busy_server_is_left_alone_for_as_long_as_it_asks() {
    let (phone, mut events, _pokes) = online().await;
    phone.script.refuse("push", 503, "busy", Some(1));
    let begun = Instant::now();
    let (first, _) = phone.book(0).await;
    until(&mut events, async || phone.card().await.connection == Connection::Offline).await;
    let pulls = phone.script.asked::<Pull>("pull").len();
    // A customer who goes on tapping is no reason to ask again.
    let (second, _) = phone.book(5).await;
    phone.will_say(1, vec![booked(first), booked(second)]);
    phone.will_pull(vec![]);
    until(&mut events, async || phone.outbox().await.is_empty()).await;
    assert!(begun.elapsed() >= Duration::from_secs(1), "the server asked for a second: {:?}", begun.elapsed());
    let pushes: Vec<Push> = phone.script.asked("push");
    assert_eq!(pushes.iter().map(|push| push.commands.len()).collect::<Vec<_>>(), [1, 2], "then all goes together");
    assert_eq!(pushes[0].commands[0], pushes[1].commands[0], "what was turned away is sent as it was");
    until(&mut events, async || phone.script.asked::<Pull>("pull").len() == pulls + 1).await;
    phone.app.stop().await;
}

#[tokio::test]
async fn what_was_sent_by_hand_after_a_failure_leaves_nothing_offline() {
    let (phone, mut events, _pokes) = online().await;
    phone.script.refuse("push", 503, "busy", Some(1));
    let (booking, _) = phone.book(0).await;
    until(&mut events, async || phone.card().await.connection == Connection::Offline).await;
    phone.will_say(1, vec![booked(booking)]);
    // The background may be first.
    phone.will_pull(vec![]);
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert!(phone.outbox().await.is_empty(), "nothing waits any more");
    phone.will_pull(vec![]);
    until(&mut events, async || phone.card().await.connection == Connection::Online).await;
    phone.app.stop().await;
}

/// The next pull brings a visit that the salon has booked. Gives its id.
fn a_visit_will_come(phone: &Phone) -> BookingId {
    let visit = phone.shop.booking(phone.customer, 1, "2026-11-20T10:00:00Z".parse().unwrap());
    phone.will_pull(vec![shop::changes(2, vec![documents::write(spaces::customer(phone.customer), &visit)])]);
    visit.id
}

#[tokio::test]
async fn a_push_of_which_nothing_comes_keeps_no_news_away() {
    let (phone, mut events, _pokes) = online().await;
    let visit = a_visit_will_come(&phone);
    for _ in 0..200 {
        phone.script.refuse("push", 500, "server_error", None);
        phone.will_pull(vec![]);
    }
    phone.book(0).await;
    until(&mut events, async || phone.agenda(Tab::Upcoming).await.iter().any(|ticket| ticket.booking == visit)).await;
    assert_eq!(phone.card().await.connection, Connection::Online, "the server is there");
    until(&mut events, async || phone.script.asked::<Push>("push").len() >= 3).await;
    assert_eq!(phone.outbox().await.len(), 1, "what was given goes on waiting, and is sent again");
    phone.app.stop().await;
}

#[tokio::test]
async fn a_server_that_does_not_understand_what_waits_is_pulled_from_and_the_card_says_so() {
    let (phone, mut events, _pokes) = online().await;
    let visit = a_visit_will_come(&phone);
    for _ in 0..200 {
        phone.script.refuse("push", 400, "bad_request", None);
        phone.will_pull(vec![]);
    }
    phone.book(0).await;
    until(&mut events, async || phone.agenda(Tab::Upcoming).await.iter().any(|ticket| ticket.booking == visit)).await;
    until(&mut events, async || phone.script.asked::<Push>("push").len() >= 3).await;
    assert_eq!(phone.card().await.connection, Connection::TooOld, "what waits needs an update");
    phone.app.stop().await;
}

#[tokio::test]
async fn what_was_sent_by_hand_once_the_server_understands_it_needs_no_update_any_more() {
    let (phone, mut events, _pokes) = online().await;
    (0..3).for_each(|_| phone.will_pull(vec![]));
    phone.script.refuse("push", 400, "bad_request", None);
    let (booking, _) = phone.book(0).await;
    until(&mut events, async || phone.card().await.connection == Connection::TooOld).await;
    phone.will_say(1, vec![booked(booking)]);
    phone.app.sync_now(phone.business).await.unwrap();
    until(&mut events, async || phone.card().await.connection == Connection::Online).await;
    assert!(phone.outbox().await.is_empty(), "nothing waits any more");
    phone.app.stop().await;
}

#[tokio::test]
async fn whoever_asks_for_news_gets_them_though_nothing_comes_of_the_push() {
    let phone = Phone::ready().await;
    phone.book(0).await;
    phone.script.refuse("push", 500, "server_error", None);
    let visit = a_visit_will_come(&phone);
    assert_eq!(phone.app.sync_now(phone.business).await, Err(Trouble::Server), "what was given was not taken");
    assert!(phone.agenda(Tab::Upcoming).await.iter().any(|ticket| ticket.booking == visit), "the news are there");
    assert_eq!(phone.outbox().await.len(), 1, "and what was given goes on waiting");
}

#[tokio::test]
async fn a_server_that_comes_back_is_noticed_and_gets_what_waits() {
    let phone = Phone::ready().await;
    let mut events = phone.app.events();
    phone.app.start().await;
    until(&mut events, async || phone.card().await.connection == Connection::Offline).await;
    let (booking, _) = phone.book(0).await;
    phone.will_say(1, vec![booked(booking)]);
    phone.will_pull(vec![]);
    let _pokes = phone.script.stream();
    phone.will_pull(vec![]);
    until(&mut events, async || phone.card().await.connection == Connection::Online).await;
    assert!(phone.outbox().await.is_empty(), "commands go before everything else");
    phone.app.stop().await;
}

#[tokio::test]
async fn a_space_that_is_gone_is_forgotten() {
    let phone = Phone::ready().await;
    let gone = vec![spaces::customer(phone.customer).to_string()];
    let (zones, epoch) = ("2020a".to_owned(), EPOCH.to_owned());
    phone.script.answer("pull", &Pulled { spaces: Vec::new(), gone, more: false, now: now(), zones, epoch });
    phone.app.sync_now(phone.business).await.unwrap();
    let profile = phone.app.view(phone.business, View::Profile).await.unwrap();
    assert!(matches!(profile, client::Reply::Refused { .. }), "what may not be read any more is not kept: {profile:?}");
}

#[tokio::test]
async fn a_server_cannot_write_into_what_is_the_devices_own() {
    let phone = Phone::ready().await;
    phone.book(0).await;
    phone.will_say(1, vec![]);
    phone.app.sync_now(phone.business).await.unwrap_err();
    for name in ["outbox", "not a space", ""] {
        phone.will_say(1, vec![]);
        let mut bad = phone.shop.catalogue();
        bad.space = name.to_owned();
        phone.will_pull(vec![bad]);
        assert_eq!(
            phone.app.sync_now(phone.business).await,
            Err(Trouble::Server),
            "{name:?} is not a server's to write"
        );
        assert_eq!(phone.outbox().await.len(), 1, "what waits is untouched");
    }
}

#[tokio::test]
async fn a_server_that_lost_its_latest_changes_is_believed() {
    let phone = Phone::ready().await;
    let from = "2026-11-20T10:00:00Z".parse().unwrap();
    let space = spaces::customer(phone.customer);
    let write = documents::write(space.clone(), &phone.shop.booking(phone.customer, 1, from));
    phone.will_pull(vec![shop::changes(5, vec![write])]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert_eq!(phone.agenda(Tab::Upcoming).await.len(), 1, "so far so good");
    let profile = || documents::write(space.clone(), &shop::profile(phone.customer, now()));
    phone.will_pull(vec![shop::changes(3, vec![profile()])]);
    phone.will_pull(vec![phone.shop.catalogue(), shop::changes(3, vec![profile()])]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert!(phone.agenda(Tab::Upcoming).await.is_empty(), "the server does not know this booking any more");
    let pulls: Vec<Pull> = phone.script.asked("pull");
    assert!(
        pulls.last().unwrap().have.is_empty(),
        "everything is asked for: other spaces may have another history too"
    );
}

#[tokio::test]
async fn screens_see_the_state_before_or_after_a_pull_and_nothing_between() {
    let phone = Phone::ready().await;
    let from = "2026-11-20T10:00:00Z".parse().unwrap();
    let space = spaces::customer(phone.customer);
    let write = documents::write(space.clone(), &phone.shop.booking(phone.customer, 1, from));
    let (zones, epoch) = (String::new(), EPOCH.to_owned());
    let spaces = vec![shop::changes(2, vec![write])];
    // The first page says that there is more, and then the line breaks.
    phone.script.answer("pull", &Pulled { spaces, gone: Vec::new(), more: true, now: now(), zones, epoch });
    let as_of = phone.card().await.as_of;
    phone.clock.0.lock().unwrap().clone_from(&"2026-11-02T09:00:00Z".parse().unwrap());
    phone.app.sync_now(phone.business).await.unwrap_err();
    assert_eq!(phone.agenda(Tab::Upcoming).await.len(), 1, "what has come is shown");
    assert_eq!(phone.card().await.as_of, as_of, "but nobody says that it is everything");
}
