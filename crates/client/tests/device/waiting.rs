//! Commands that are given without a network.

use client::{Connection, Event, Reply, Trouble};
use domain::{BookingState, FeedSecret, Refusal};
use portal::{Command, FeedView, Outcome, Screen, Tab, TurnFeedOn, View, documents, spaces};
use protocol::{Push, Verdict};
use tokio::sync::broadcast::Receiver;

use crate::{
    phone::{Phone, booked},
    shop,
};

/// What screens were told since it was last asked.
fn heard(events: &mut Receiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| events.try_recv().ok()).collect()
}

#[tokio::test]
async fn a_booking_made_moved_and_cancelled_offline_shows_right_at_every_step() {
    let phone = Phone::ready().await;
    let (_, _, _, times) = phone.times().await;
    let (booking, _) = phone.book(0).await;
    let ticket = &phone.agenda(Tab::Upcoming).await[0];
    assert_eq!((ticket.booking, ticket.start.at, ticket.waiting), (booking, times[0], true), "it shows as waiting");
    phone.move_to(booking, times[4]).await;
    let upcoming = phone.agenda(Tab::Upcoming).await;
    assert_eq!(upcoming.len(), 1, "moving leaves no second ticket behind");
    assert_eq!((upcoming[0].start.at, upcoming[0].waiting), (times[4], true), "it has its new time");
    assert_eq!(phone.times().await.3[0], times[0], "and the old time is free again");
    phone.cancel(booking).await;
    assert!(phone.agenda(Tab::Upcoming).await.is_empty(), "nothing will take place");
    let cancelled = phone.agenda(Tab::Cancelled).await;
    assert_eq!((cancelled[0].state, cancelled[0].waiting), (BookingState::Cancelled, true), "it waits as cancelled");
    assert_eq!(phone.card().await.waiting, 3, "three commands have no verdict");
}

#[tokio::test]
async fn what_waits_survives_the_end_of_the_program() {
    let phone = Phone::ready().await;
    let (_, _, _, times) = phone.times().await;
    let (booking, _) = phone.book(0).await;
    phone.move_to(booking, times[3]).await;
    let before = phone.outbox().await;
    let phone = phone.restarted().await;
    assert_eq!(phone.outbox().await, before, "the same commands in the same order");
    let ticket = &phone.agenda(Tab::Upcoming).await[0];
    assert_eq!((ticket.start.at, ticket.waiting), (times[3], true), "and they show as before");
    let names: Vec<_> = before.iter().map(|waiting| waiting.about.clone()).collect();
    let service = phone.shop.services[0].name.clone();
    assert_eq!(names, [service.clone(), service], "each says what it is about");
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again_under_the_same_numbers() {
    let phone = Phone::ready().await;
    let (booking, _) = phone.book(0).await;
    phone.script.lose("push");
    assert_eq!(phone.app.sync_now(phone.business).await, Err(Trouble::Offline), "nobody answered");
    let waiting = &phone.outbox().await[0];
    assert!(waiting.sent, "it may have arrived");
    let phone = phone.restarted().await;
    let (second, _) = phone.book(4).await;
    phone.will_say(1, vec![booked(booking), booked(second)]);
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    let pushes: Vec<Push> = phone.script.asked("push");
    let numbers = |push: &Push| push.commands.iter().map(|sent| sent.number).collect::<Vec<_>>();
    assert_eq!(numbers(&pushes[0]), [1], "the first push");
    assert_eq!(numbers(&pushes[1]), [1, 2], "the same number again, and the next without a gap");
    assert_eq!(pushes[0].commands[0], pushes[1].commands[0], "word for word");
    assert!(phone.outbox().await.is_empty(), "everything has its verdict");
}

#[tokio::test]
async fn what_was_accepted_stays_in_sight_until_the_pull_that_brings_it() {
    let phone = Phone::ready().await;
    let (booking, command) = phone.book(0).await;
    let mut events = phone.app.events();
    phone.will_say(1, vec![booked(booking)]);
    assert_eq!(phone.app.sync_now(phone.business).await, Err(Trouble::Offline), "the pull finds nobody");
    let verdict = Event::Verdict { business: phone.business, command, accepted: true };
    let heard = heard(&mut events);
    assert!(heard.contains(&verdict), "the screen is told: {heard:?}");
    for phone in [phone.restarted().await] {
        let upcoming = phone.agenda(Tab::Upcoming).await;
        assert_eq!(upcoming.len(), 1, "it does not flicker away, not even by a restart");
        assert!(!upcoming[0].waiting, "and it is settled");
        assert!(phone.outbox().await.is_empty(), "nothing waits");
        let mut made = phone.shop.booking(phone.customer, 1, upcoming[0].start.at);
        made.id = booking;
        let write = documents::write(spaces::customer(phone.customer), &made);
        phone.will_pull(vec![shop::changes(2, vec![write])]);
        phone.app.sync_now(phone.business).await.unwrap();
        let upcoming = phone.agenda(Tab::Upcoming).await;
        assert_eq!((upcoming.len(), upcoming[0].waiting), (1, false), "the server's word has taken its place");
        assert_eq!(upcoming[0].service, phone.shop.services[1].name, "it is the server's document that shows");
    }
}

#[tokio::test]
async fn a_refusal_becomes_a_notice_that_stays_until_it_is_put_away() {
    let phone = Phone::ready().await;
    let (_, command) = phone.book(0).await;
    phone.will_say(1, vec![Verdict::Refused { refusal: Refusal::StaffNotOffered }]);
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert!(phone.agenda(Tab::Upcoming).await.is_empty(), "what was refused does not show");
    let phone = phone.restarted().await;
    let notices = phone.app.notices(phone.business).await.unwrap();
    assert_eq!((notices[0].id, &notices[0].refusal), (command, &Refusal::StaffNotOffered), "why, for the customer");
    assert_eq!(notices[0].about, phone.shop.services[0].name, "and what it was about");
    assert_eq!(phone.card().await.refused, 1, "the card counts it");
    phone.app.dismiss(phone.business, command).await.unwrap();
    let phone = phone.restarted().await;
    assert!(phone.app.notices(phone.business).await.unwrap().is_empty(), "put away for good");
}

#[tokio::test]
async fn what_the_rules_refuse_is_neither_kept_nor_sent() {
    let phone = Phone::ready().await;
    let (booking, _) = phone.book(0).await;
    let (_, _, _, times) = phone.times().await;
    let again = phone.app.outbox(phone.business).await.unwrap()[0].command.clone();
    let receipt = phone.app.execute(phone.business, again).await.unwrap();
    assert!(matches!(receipt, client::Receipt::Refused { .. }), "the booking exists already: {receipt:?}");
    assert_eq!(phone.outbox().await.len(), 1, "only what was accepted waits");
    assert!(!times.is_empty() && !booking.to_string().is_empty(), "the first one is still there");
}

#[tokio::test]
async fn a_command_that_was_not_sent_can_be_taken_back_without_a_trace() {
    let phone = Phone::ready().await;
    let (booking, command) = phone.book(0).await;
    let (_, _, _, times) = phone.times().await;
    phone.move_to(booking, times[3]).await;
    phone.app.withdraw(phone.business, command).await.unwrap();
    assert!(phone.agenda(Tab::Upcoming).await.is_empty(), "the booking never was");
    let left = phone.outbox().await;
    assert!(left[0].doubt.is_some(), "what rested on it will probably be refused, and says so");
    assert_eq!(phone.app.withdraw(phone.business, command).await, Err(Trouble::TooLate), "it is gone");
    phone.app.withdraw(phone.business, left[0].id).await.unwrap();
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert!(phone.script.asked::<Push>("push").is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_command_that_may_have_arrived_is_taken_back_under_its_number() {
    let phone = Phone::ready().await;
    let (_, command) = phone.book(0).await;
    phone.script.lose("push");
    phone.app.sync_now(phone.business).await.unwrap_err();
    phone.app.withdraw(phone.business, command).await.unwrap();
    assert!(phone.agenda(Tab::Upcoming).await.is_empty(), "the customer does not want it");
    assert_eq!(phone.outbox().await[0].command, Command::Withdrawn, "but it is not over yet");
    assert_eq!(phone.app.withdraw(phone.business, command).await, Err(Trouble::TooLate), "once is enough");
    let mut events = phone.app.events();
    phone.will_say(1, vec![Verdict::Accepted { outcome: Outcome::Nothing }]);
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    let verdicts = heard(&mut events).into_iter().filter(|event| matches!(event, Event::Verdict { .. })).count();
    assert_eq!(verdicts, 0, "the business has no change of which a screen could speak");
    let pushes: Vec<Push> = phone.script.asked("push");
    let (first, second) = (&pushes[0].commands[0], &pushes[1].commands[0]);
    assert_eq!((first.number, first.id), (second.number, second.id), "the same number and id: only one of them runs");
    assert_eq!(second.command, serde_json::json!({ "type": "withdrawn@1" }), "the server did nothing");
    assert!(phone.outbox().await.is_empty() && phone.card().await.refused == 0, "and nobody has to hear of it");
}

#[tokio::test]
async fn a_command_taken_back_too_late_comes_back_into_sight() {
    let phone = Phone::ready().await;
    let (booking, command) = phone.book(0).await;
    phone.script.lose("push");
    phone.app.sync_now(phone.business).await.unwrap_err();
    phone.app.withdraw(phone.business, command).await.unwrap();
    phone.will_say(1, vec![booked(booking)]);
    phone.app.sync_now(phone.business).await.unwrap_err();
    assert_eq!(phone.agenda(Tab::Upcoming).await[0].booking, booking, "the server had run it: the customer sees that");
}

#[tokio::test]
async fn a_server_restored_from_a_copy_gets_new_numbers() {
    let phone = Phone::ready().await;
    phone.sign_in(phone.customer, 7).await.unwrap();
    let (booking, _) = phone.book(0).await;
    phone.will_say(6, vec![]); // it knows five and was sent eight
    phone.will_say(6, vec![booked(booking)]);
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    let pushes: Vec<Push> = phone.script.asked("push");
    let numbers: Vec<_> = pushes.iter().map(|push| push.commands[0].number).collect();
    assert_eq!(numbers, [8, 6], "the command follows at once on what the server has");
    assert_eq!(phone.card().await.connection, Connection::Connecting, "nobody listens in this test");
}

#[tokio::test]
async fn a_calendar_feed_turned_on_offline_has_its_link_but_says_that_it_opens_nothing_yet() {
    let phone = Phone::ready().await;
    let secret: FeedSecret = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".parse().unwrap();
    let link = async || match phone.app.view(phone.business, View::Feed).await.unwrap() {
        Reply::Screen { screen: Screen::Feed(FeedView { link }) } => link.map(|link| (link.secret, link.waiting)),
        other => panic!("the feed was asked for: {other:?}"),
    };
    assert_eq!(link().await, None, "off until it is turned on");
    phone.give(Command::TurnFeedOn(TurnFeedOn { secret: secret.clone() })).await;
    assert_eq!(link().await, Some((secret.clone(), true)), "it waits to be sent, and the screen holds the link back");
    phone.will_say(1, vec![Verdict::Accepted { outcome: Outcome::FeedTurnedOn }]);
    assert_eq!(phone.app.sync_now(phone.business).await, Err(Trouble::Offline), "the pull finds nobody");
    assert_eq!(link().await, Some((secret.clone(), false)), "the server has said yes: it opens the feed");
    let pushes: Vec<Push> = phone.script.asked("push");
    assert_eq!(pushes[0].commands[0].command["secret"], secret.as_str(), "with the secret that this device made");
}
