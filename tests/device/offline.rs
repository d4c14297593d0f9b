//! Without a network: everything shows, commands wait, and survive whatever happens to the app.

use domain::BookingState;
use portal::{Screen, Tab, Ticket, View};

use crate::{
    agenda, book, cancel, compare,
    phone::{Phone, tickets},
    pocket::Pocket,
    reschedule,
    shop::Shop,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_without_a_network_survives_and_is_decided_later() {
    let mut shop = Shop::open().await;
    let phone = Phone::of(&shop, "offline@people.example").await;
    let times = phone.free().await;
    let (moved, command) = book(times[0].0, Some(times[0].1.clone()));
    phone.give(command).await;
    let (ended, command) = book(times[1].0, Some(times[1].1.clone()));
    phone.give(command).await;
    phone.sync().await;
    let folder = phone.shut().await;
    shop.close().await;

    let mut pocket = Pocket::start(folder.path());
    let before = tickets(pocket.screen(agenda(Tab::Upcoming)).await);
    assert_eq!(before.len(), 2, "appointments show without a server");
    assert!(before.iter().all(|ticket| !ticket.waiting), "nothing of them waits");
    assert!(matches!(pocket.screen(View::Catalogue).await, Screen::Catalogue(_)), "so does what is on offer");
    assert!(matches!(pocket.screen(View::Profile).await, Screen::Profile(_)), "and who is signed in");

    let (made, command) = book(times[2].0, Some(times[2].1.clone()));
    let acts = [command, reschedule(moved, times[3].0), cancel(ended)];
    let mut given = Vec::new();
    for act in acts {
        given.push(pocket.give(act).await);
        // The customer has read "waiting"; now the system takes the app away.
        pocket.kill().await;
        pocket = Pocket::start(folder.path());
        let outbox: Vec<_> = pocket.outbox().await.into_iter().map(|waiting| waiting.id).collect();
        assert_eq!(outbox, given, "what was acknowledged is in the outbox, in its order");
    }
    let upcoming = tickets(pocket.screen(agenda(Tab::Upcoming)).await);
    let over = tickets(pocket.screen(agenda(Tab::Cancelled)).await);
    let find = |tickets: &[Ticket], booking| tickets.iter().find(|ticket| ticket.booking == booking).cloned();
    let ticket = find(&upcoming, made).expect("the new appointment shows");
    assert!(ticket.waiting && ticket.start.at == times[2].0, "as waiting, at its time");
    let ticket = find(&upcoming, moved).expect("the moved appointment shows");
    assert!(ticket.waiting && ticket.start.at == times[3].0, "as waiting, at its new time");
    let ticket = find(&over, ended).expect("the cancelled appointment shows");
    assert!(ticket.waiting && ticket.state == BookingState::Cancelled, "as waiting, among the cancelled");

    shop.reopen().await;
    pocket.settled().await;
    let verdicts = compare::verdicts(shop.folder()).await;
    for id in given {
        let verdict = verdicts.iter().find(|recorded| recorded.command == id).expect("each has its verdict");
        assert!(matches!(verdict.verdict, protocol::Verdict::Accepted { .. }), "nobody stood in the way: {verdict:?}");
    }
    assert!(pocket.notices().await.is_empty(), "nothing was refused");
    let upcoming = tickets(pocket.screen(agenda(Tab::Upcoming)).await);
    assert_eq!(upcoming.len(), 2, "the new one and the moved one");
    assert!(upcoming.iter().all(|ticket| !ticket.waiting), "nothing waits any more");
    pocket.kill().await;
    compare::agree(folder.path(), shop.folder()).await;
}
