//! A server that was put back to an older copy of its database. What was lost there is lost; device and server have to
//! agree on what is left, and nothing may happen twice.

use std::{fs, io::ErrorKind, path::Path};

use portal::Tab;
use testkit::Program;

use crate::{book, cancel, compare, phone::Phone, reschedule, shop::Shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_follows_a_server_that_was_put_back() {
    let mut shop = Shop::open().await;
    let phone = Phone::of(&shop, "restored@people.example").await;
    let times = phone.free().await;
    let (kept, command) = book(times[0].0, Some(times[0].1.clone()));
    phone.give(command).await;
    phone.sync().await;
    let copy = tempfile::tempdir().unwrap();
    let copy = copy.path().join("copy.sqlite");
    Program::backup(shop.folder(), &copy).await.unwrap();

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
