//! Who does which job.

use domain::{BookingId, Timestamp};
use portal::{Book, Command};
use protocol::Verdict;
use testkit::Person;
use tokio::time::Instant;

use datebook_tests::books::starts;

use crate::{
    TURN,
    farm::{Farm, NODES},
    mails,
    receiver::Receiver,
    soon,
};

/// Books, at a node of one's choice. One mail comes of it.
pub(crate) async fn book(person: &Person, address: &str, start: Timestamp) {
    let (service, variant, place) = datebook_tests::cut();
    let (booking, note) = (BookingId::new(), String::new());
    let book = Command::Book(Book { booking, service, variant, place, staff: None, start, party: 1, note });
    let verdict = person.at(address).execute(&book).await.unwrap();
    assert!(matches!(verdict, Verdict::Accepted { .. }), "the time is free: {verdict:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stood_still_does_not_say_done_for_another() {
    let _turn = TURN.lock().await;
    let receiver = Receiver::start(NODES).await;
    let mut farm = Farm::start("still", 1, |node| mails(&receiver, node, 2)).await;
    let person = farm.people[0].clone();
    let starts = starts(&person).await;
    // Two are enough, and then nobody else can take what is meant for them.
    farm.kill(2).await;
    (0..2).for_each(|node| receiver.silence(node));
    book(&person, &farm.address(0), starts[0]).await;
    let holds = |receiver: &Receiver| (0..2).find(|node| !receiver.held(*node).is_empty());
    soon("a node brings the mail", receiver.until(|receiver| holds(receiver).is_some())).await;
    let still = holds(&receiver).unwrap();
    let other = 1 - still;
    farm.node(still).signal("STOP").await.unwrap();
    let stopped = Instant::now();
    soon("the other takes it over", receiver.until(|receiver| !receiver.held(other).is_empty())).await;
    println!("taken over {:.1?} after the first stood still", stopped.elapsed());
    let names: Vec<_> = receiver.mails().into_iter().map(|mail| mail.id).collect();
    assert!(names.len() == 2 && names[0] == names[1], "the same mail under the same name: {names:?}");

    // The first hears that its mail was taken, or that it took too long, and notes it, too late. Once it has brought
    // another mail it has done so.
    receiver.open(still);
    farm.node(still).signal("CONT").await.unwrap();
    book(&person, &farm.address(still), starts[20]).await;
    let another = |receiver: &Receiver| receiver.mails().iter().any(|mail| mail.id != names[0]);
    soon("it brings another mail", receiver.until(another)).await;
    assert!(!farm.jobs(portal::MAIL).await.is_empty(), "the job of the one is not the other's to end");

    // The second dies without knowing that its mail was taken: somebody has to bring it again.
    farm.kill(other).await;
    let died = Instant::now();
    let again = |receiver: &Receiver| receiver.mails().iter().filter(|mail| mail.id == names[0]).count() == 3;
    soon("it is brought again", receiver.until(again)).await;
    println!("taken over {:.1?} after the second died", died.elapsed());
    soon("all is done", async { while !farm.jobs(portal::MAIL).await.is_empty() {} }).await;
    assert_eq!(receiver.mails().len(), 4, "three times one mail, once another");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_a_mail_server_leaves_mails_alone() {
    let _turn = TURN.lock().await;
    let receiver = Receiver::start(NODES).await;
    let sends = |node| if node == 2 { mails(&receiver, node, 60) } else { Vec::new() };
    let mut farm = Farm::start("nowhere", 1, sends).await;
    let person = farm.people[0].clone();
    let starts = starts(&person).await;
    farm.kill(2).await;
    for number in 0..6 {
        // Each booking wakes the node that took it.
        book(&person, &farm.address(number % 2), starts[number * 20]).await;
    }
    // What they were woken for they would have begun before they end.
    for node in 0..2 {
        farm.stop(node).await;
    }
    assert_eq!(farm.jobs(portal::MAIL).await, [0; 6], "nobody took what nobody here can do");
    farm.rise(2).await;
    soon("all mails come", receiver.until(|receiver| receiver.mails().len() == 6)).await;
}
