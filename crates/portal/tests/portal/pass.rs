//! Passes in the wallets of phones follow what they show, in the same commit.

use domain::Timestamp;
use portal::{CheckIn, Command, Job, Pass, PassOf, UpdateProfile, WALLET, documents, pass_at};
use store::{Batch, CommitError, Read, Store};

use crate::salon::{Salon, at, book, booking, cancel, customer, move_to};

/// Customer 1 has a pass, as the server writes it.
async fn hand_out(salon: &Salon, of: PassOf) -> Timestamp {
    let pass = Pass::new(customer(1), of, salon.now);
    let write = documents::write(pass_at(customer(1), of).space, &pass);
    salon.store.commit(Batch { writes: vec![write], ..Batch::default() }).await.unwrap();
    pass.changed
}

async fn changed(salon: &Salon, of: PassOf) -> Timestamp {
    let read = salon.store.snapshot().await.unwrap();
    let document = read.get(&pass_at(customer(1), of)).await.unwrap().expect("the pass is there");
    documents::decode::<Pass>(&document).unwrap().changed
}

/// What is to be told to wallets.
async fn news(salon: &Salon) -> Vec<Job> {
    let leased = salon.store.lease(WALLET, at("2100-01-01T00:00:00Z"), at("2100-01-01T00:01:00Z"), 100).await.unwrap();
    let mut jobs = Vec::new();
    for lease in &leased {
        jobs.push(serde_json::from_str(&lease.job.body).unwrap());
        salon.store.done(lease).await.unwrap();
    }
    jobs
}

#[tokio::test]
async fn a_move_and_a_cancellation_are_told_to_the_wallets() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let of = PassOf::Booking { booking: booking(1) };
    let made = hand_out(&salon, of).await;
    assert!(news(&salon).await.is_empty(), "a pass that was just made is known");
    salon.ask(move_to(1, "2026-03-05T12:00:00Z")).await.unwrap();
    let told = Job::PassChanged { customer: customer(1), of };
    assert_eq!(news(&salon).await, std::slice::from_ref(&told), "a move is told");
    let moved = changed(&salon, of).await;
    assert!(moved > made, "and the pass is newer, also within the same second");
    salon.ask(cancel(1)).await.unwrap();
    assert_eq!(news(&salon).await, [told], "a cancellation is told");
    assert!(changed(&salon, of).await > moved, "and the pass is newer again");
}

#[tokio::test]
async fn a_check_in_comes_to_the_pass_in_the_same_commit() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let of = PassOf::Booking { booking: booking(1) };
    let made = hand_out(&salon, of).await;
    let salon = salon.at("2026-03-05T08:55:00Z");
    salon.ask(Command::CheckIn(CheckIn { booking: booking(1), place: None })).await.unwrap();
    assert_eq!(news(&salon).await, [Job::PassChanged { customer: customer(1), of }], "the wallets are told");
    assert!(changed(&salon, of).await > made, "and the pass is newer");
}

#[tokio::test]
async fn a_pass_that_is_made_meanwhile_has_a_move_decided_again() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let of = PassOf::Booking { booking: booking(1) };
    let pass = pass_at(customer(1), of);
    for before in ["no pass", "another pass"] {
        let moved = salon.decided(salon.context(1), &move_to(1, "2026-03-05T12:00:00Z")).await;
        hand_out(&salon, of).await;
        let late = salon.store.commit(moved.batch).await;
        assert!(matches!(late, Err(CommitError::Changed(key)) if key == pass), "it was decided with {before}");
    }
}

#[tokio::test]
async fn nobody_is_told_of_a_pass_that_nobody_has() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.ask(move_to(1, "2026-03-05T12:00:00Z")).await.unwrap();
    salon.ask(cancel(1)).await.unwrap();
    assert!(news(&salon).await.is_empty(), "there is no pass");
    let read = salon.store.snapshot().await.unwrap();
    assert!(read.spaces("wallet/").await.unwrap().is_empty(), "and none is made by it");
}

#[tokio::test]
async fn a_refused_move_tells_nothing() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let of = PassOf::Booking { booking: booking(1) };
    let made = hand_out(&salon, of).await;
    salon.ask(move_to(1, "2026-03-08T09:00:00Z")).await.expect_err("nobody works on a Sunday");
    assert!(news(&salon).await.is_empty(), "nothing has happened");
    assert_eq!(changed(&salon, of).await, made, "and the pass is as it was");
}

#[tokio::test]
async fn a_membership_follows_the_name() {
    let salon = Salon::open().await;
    hand_out(&salon, PassOf::Membership).await;
    let name = UpdateProfile { name: "Ada".to_owned(), phone: String::new() };
    salon.ask(Command::UpdateProfile(name)).await.unwrap();
    let told = Job::PassChanged { customer: customer(1), of: PassOf::Membership };
    assert_eq!(news(&salon).await, [told], "the card shows the name");
}
