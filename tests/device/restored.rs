//! A server that was put back to an older copy of its database. What was lost there is lost; device and server have to
//! agree on what is left, and nothing may happen twice.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use client::Connection;
use domain::{BookingId, StaffId, Timestamp};
use portal::Tab;
use tempfile::TempDir;
use testkit::{Answered, Person, Program};

use crate::{book, cancel, compare, phone::Phone, reschedule, shop::Shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_follows_a_server_that_was_put_back() {
    let mut shop = Shop::open().await;
    let phone = Phone::of(&shop, "restored@people.example").await;
    let times = phone.free().await;
    let (kept, _copies, copy) = copied(&phone, &times[0], &shop).await;

    // What the copy knows nothing of.
    let (lost, command) = book(times[1].0, Some(times[1].1.clone()));
    phone.give(command).await;
    phone.give(cancel(kept)).await;
    phone.sync().await;
    assert_eq!(phone.tickets(Tab::Upcoming).await.len(), 1, "the device has seen what will be lost");
    shop.close().await;
    // Two commands rest on what the server will have forgotten, one does not.
    let (made, command) = book(times[2].0, Some(times[2].1.clone()));
    let fine = phone.give(command).await;
    let in_vain = phone.give(reschedule(lost, times[3].0)).await;
    put_back(&copy, shop.folder());
    shop.reopen().await;

    phone.sync().await;
    compare::agree(phone.folder(), shop.folder()).await;
    let mut upcoming: Vec<_> = phone.tickets(Tab::Upcoming).await.iter().map(|ticket| ticket.booking).collect();
    upcoming.sort_unstable();
    let mut expected = [kept, made];
    expected.sort_unstable();
    assert_eq!(upcoming, expected, "what the copy had is back, and what waited was done");
    assert!(phone.tickets(Tab::Cancelled).await.is_empty(), "the cancellation was lost with the server's disk");
    let verdicts = compare::verdicts(shop.folder()).await;
    assert_eq!(verdicts.len(), 3, "one from before the copy and the two that waited, each once");
    assert!(verdicts.iter().any(|recorded| recorded.command == fine), "the one that waited has its verdict");
    let notices = phone.app.notices(phone.business).await.unwrap();
    let refused: Vec<_> = notices.iter().map(|notice| notice.id).collect();
    assert_eq!(refused, [in_vain], "that a lost appointment cannot be moved is said, not swallowed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_follow_a_server_that_was_put_back_while_it_served() {
    let shop = Shop::open().await;
    let (here, there) = (Phone::of(&shop, "one@people.example").await, Phone::of(&shop, "two@people.example").await);
    let crowd = Person::sign_in(&shop.address, "crowd@people.example").await.unwrap();
    let times = here.free().await;
    let (kept, _copies, copy) = copied(&here, &times[0], &shop).await;
    let (lost, command) = book(times[1].0, Some(times[1].1.clone()));
    there.give(command).await;
    here.give(cancel(kept)).await;
    for phone in [&here, &there] {
        phone.sync().await;
        phone.app.start().await;
        let online = async |phone: &Phone| phone.card().await.connection == Connection::Online;
        phone.until("pokes are listened to", online).await;
    }

    // Somebody books and cancels all the time.
    let over = Arc::new(AtomicBool::new(false));
    let busy = tokio::spawn({
        let (over, time) = (Arc::clone(&over), times[2].clone());
        async move {
            let mut turned_away = 0;
            while !over.load(Ordering::Relaxed) {
                let (booking, command) = book(time.0, Some(time.1.clone()));
                for command in [command, cancel(booking)] {
                    if let Err(error) = crowd.execute(&command).await {
                        let answered = error.downcast_ref::<Answered>().map(|answered| answered.status);
                        assert_eq!(answered, Some(503), "a verdict, or come again: {error:#}");
                        turned_away += 1;
                    }
                }
            }
            turned_away
        }
    });
    Program::restore(shop.folder(), &copy).await.unwrap();

    let upcoming = async |phone: &Phone| phone.tickets(Tab::Upcoming).await;
    let back = async |phone: &Phone| upcoming(phone).await.iter().any(|ticket| ticket.booking == kept);
    here.until("what the copy had is back", back).await;
    let gone = async |phone: &Phone| upcoming(phone).await.is_empty();
    there.until("what it did not have is gone", gone).await;
    over.store(true, Ordering::Relaxed);
    println!("turned away {} times", busy.await.unwrap());
    let (made, command) = book(times[1].0, Some(times[1].1.clone()));
    there.give(command).await;
    let verdict = async |phone: &Phone| phone.card().await.waiting == 0;
    there.until("the time that was lost is free again", verdict).await;
    let ids = async |phone: &Phone| upcoming(phone).await.iter().map(|ticket| ticket.booking).collect::<Vec<_>>();
    assert_eq!(ids(&there).await, [made], "the one that was lost ({lost:?}) does not come again");
    for phone in [&here, &there] {
        phone.app.stop().await;
        phone.sync().await;
        compare::agree(phone.folder(), shop.folder()).await;
    }
}

/// The one appointment that a phone makes, and a copy of the server that has it, in a folder of its own.
async fn copied(phone: &Phone, time: &(Timestamp, StaffId), shop: &Shop) -> (BookingId, TempDir, PathBuf) {
    let (kept, command) = book(time.0, Some(time.1.clone()));
    phone.give(command).await;
    phone.sync().await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.sqlite");
    Program::backup(shop.folder(), &copy).await.unwrap();
    (kept, folder, copy)
}

/// Puts a copy in the place of a closed server's database.
fn put_back(copy: &Path, folder: &Path) {
    let database = folder.join("datebook.sqlite");
    for beside in ["-wal", "-shm"] {
        let path = folder.join(format!("datebook.sqlite{beside}"));
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => panic!("{error}"),
            _ => {}
        }
    }
    fs::copy(copy, database).unwrap();
}
