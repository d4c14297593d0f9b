//! Two devices of one customer.

use std::time::Instant;

use client::Connection;
use portal::Tab;

use crate::{
    book, compare,
    phone::{PASSWORD, Phone},
    reschedule,
    shop::Shop,
};

/// How many changes are timed.
const CHANGES: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_device_arrives_at_the_other() {
    let shop = Shop::open().await;
    let email = "two@people.example";
    let here = Phone::of(&shop, email).await;
    here.app.set_password(here.business, "", PASSWORD).await.unwrap();
    let there = Phone::second(&shop, email).await;
    for phone in [&here, &there] {
        phone.app.start().await;
        let online = async |phone: &Phone| phone.card().await.connection == Connection::Online;
        phone.until("pokes are listened to", online).await;
    }
    let times = here.free().await;
    let (booking, command) = book(times[0].0, Some(times[0].1.clone()));
    let mut took = Vec::new();
    for n in 0..CHANGES {
        let start = times[n % 2].0;
        let command = if n == 0 { command.clone() } else { reschedule(booking, start) };
        let begun = Instant::now();
        here.give(command).await;
        let arrived = async |phone: &Phone| {
            let tickets = phone.tickets(Tab::Upcoming).await;
            tickets.iter().any(|ticket| ticket.booking == booking && ticket.start.at == start && !ticket.waiting)
        };
        there.until("the other device shows the change", arrived).await;
        took.push(begun.elapsed());
        here.until("this device has its verdict", async |phone: &Phone| phone.card().await.waiting == 0).await;
    }
    took.sort_unstable();
    println!("a change reaches the other device in {:?} (median), {:?} at most", took[CHANGES / 2], took[CHANGES - 1]);
    for phone in [&here, &there] {
        phone.app.stop().await;
        phone.sync().await;
        compare::agree(phone.folder(), shop.folder()).await;
    }
}
