//! Somebody else was faster while the device had no network.

use domain::Refusal;
use portal::{Outcome, Tab};
use protocol::Verdict;
use testkit::Person;

use crate::{book, compare, phone::Phone, shop::Shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_too_late_reads_why_and_takes_another_time() {
    let mut shop = Shop::open().await;
    let phone = Phone::of(&shop, "late@people.example").await;
    let (start, staff) = phone.free().await.remove(0);
    shop.close().await;
    let (wanted, command) = book(start, Some(staff.clone()));
    let given = phone.give(command).await;

    shop.reopen().await;
    let rival = Person::sign_in(&shop.address, "early@people.example").await.unwrap();
    let verdict = rival.execute(&book(start, Some(staff.clone())).1).await.unwrap();
    assert!(
        matches!(verdict, Verdict::Accepted { outcome: Outcome::Booked { confirmed: true, .. } }),
        "the time is the rival's: {verdict:?}"
    );

    phone.sync().await;
    let notices = phone.app.notices(phone.business).await.unwrap();
    assert_eq!(notices.iter().map(|notice| notice.id).collect::<Vec<_>>(), [given], "the customer is told of it");
    let Refusal::SlotTaken { wanted: time, alternatives } = &notices[0].refusal else {
        panic!("refused for another reason: {:?}", notices[0].refusal)
    };
    assert_eq!(time.at, start, "of the time that was wanted");
    assert!(!notices[0].about.is_empty(), "by its name");
    assert!(phone.tickets(Tab::Upcoming).await.is_empty(), "what was refused shows nowhere any more");

    let choice = alternatives.first().expect("other times are offered");
    let (instead, command) = book(choice.start.at, Some(choice.staff.clone()));
    phone.give(command).await;
    phone.app.dismiss(phone.business, given).await.unwrap();
    phone.sync().await;
    assert!(phone.app.notices(phone.business).await.unwrap().is_empty(), "the first alternative is not refused");
    let tickets = phone.tickets(Tab::Upcoming).await;
    assert_eq!(tickets.len(), 1, "one appointment");
    assert!(tickets[0].booking == instead && !tickets[0].waiting, "the one that was chosen instead, and it is certain");
    assert_ne!(instead, wanted, "under an id of its own");
    compare::agree(phone.folder(), shop.folder()).await;
}
