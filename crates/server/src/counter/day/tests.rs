use std::sync::atomic::{AtomicUsize, Ordering};

use store::{StoreError, UniqueKey};
use uuid::Uuid;

use super::*;
use crate::counter::salon::{Salon, now, somebody};

/// A moment that counts what it is asked.
struct Counting<R> {
    read: R,
    asked: AtomicUsize,
}

impl<R> Counting<R> {
    fn count(&self) -> &R {
        self.asked.fetch_add(1, Ordering::Relaxed);
        &self.read
    }
}

impl<R: Read> Read for Counting<R> {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StoreError> {
        self.count().get(key).await
    }
    async fn list(&self, list: &List) -> Result<Vec<Document>, StoreError> {
        self.count().list(list).await
    }
    async fn find(&self, key: &UniqueKey) -> Result<Option<Key>, StoreError> {
        self.count().find(key).await
    }
    async fn versions(&self, spaces: &[Space]) -> Result<Vec<u64>, StoreError> {
        self.count().versions(spaces).await
    }
    async fn spaces(&self, prefix: &str) -> Result<Vec<Space>, StoreError> {
        self.count().spaces(prefix).await
    }
}

/// What the counter at a place is answered, and how many questions that took.
async fn answer(mut salon: Salon, place: &str) -> (Vec<Expected>, usize) {
    salon.write().await;
    answer_again(&salon, place, &Whereabouts::default()).await
}

/// The same, of a salon that is written and of which something may be known.
async fn answer_again(salon: &Salon, place: &str, whereabouts: &Whereabouts) -> (Vec<Expected>, usize) {
    let read = salon.store.snapshot().await.unwrap();
    let shelf = catalogue(&read).await.unwrap();
    let read = Counting { read, asked: AtomicUsize::new(0) };
    let lines = expected(&read, &shelf, whereabouts, &place.parse().unwrap(), now()).await.unwrap();
    (lines, read.asked.into_inner())
}

#[tokio::test]
async fn a_day_asks_for_nobody_who_is_not_expected() {
    let mut salon = Salon::open().await;
    let (ada, ben) = (somebody(1), somebody(2));
    salon.welcome(ada, "Ada", 1);
    salon.welcome(ben, "Ben", 0);
    for number in 0..10 {
        salon.plant(
            100 + number,
            if number % 2 == 0 { ada } else { ben },
            i64::try_from(number).unwrap() * 30,
            "mitte",
        );
    }
    // On the first and the last of the days that are looked at, but before and after the hours.
    for number in 0..20 {
        salon.plant(200 + number, ada, -37 * 60, "mitte");
        salon.plant(300 + number, ada, 49 * 60, "mitte");
    }
    let (lines, asked) = answer(salon, "mitte").await;
    let names: Vec<&str> = lines.iter().take(3).map(|line| &*line.customer).collect();
    assert_eq!((lines.len(), &names[..]), (10, &["Ada", "Ben", "Ada"][..]), "who is expected, the earliest first");
    assert_eq!((&lines[0].keys[..], lines[1].keys.len()), (&["key 0".to_owned()][..], 0), "each with their own keys");
    // The calendars' names, their days, the profiles, the sessions; and two for each booking.
    assert_eq!(asked, 4 + 2 * 10, "a counter asks twice a minute: nothing is asked twice, or for nobody");
}

#[tokio::test]
async fn what_is_at_another_place_is_looked_up_once() {
    let mut salon = Salon::open().await;
    let ada = somebody(1);
    salon.welcome(ada, "Ada", 1);
    salon.plant(1, ada, 0, "mitte");
    for number in 0..10 {
        salon.plant(100 + number, ada, i64::try_from(number).unwrap() * 30, "island");
    }
    salon.write().await;
    let whereabouts = Whereabouts::default();
    let ask = async |place: &str| {
        let (lines, asked) = answer_again(&salon, place, &whereabouts).await;
        (lines.len(), asked)
    };
    assert_eq!(ask("mitte").await, (1, 4 + 2 * 11), "nothing is known yet");
    assert_eq!(ask("mitte").await, (1, 4 + 2), "a place pays for its own, however large the chain is");
    assert_eq!(ask("island").await, (10, 4 + 2 * 10), "the other place has its own, as ever");
}

#[tokio::test]
async fn one_answer_is_bounded() {
    let mut salon = Salon::open().await;
    let ada = somebody(1);
    salon.welcome(ada, "Ada", 13);
    for number in 0..1003 {
        salon.plant(1000 + number, ada, 60 + i64::try_from(number).unwrap(), "mitte");
    }
    salon.plant(1, ada, -30, "mitte");
    salon.plant(2, ada, 0, "island");
    let (lines, _) = answer(salon, "mitte").await;
    assert_eq!(lines.len(), MOST, "no answer holds more");
    assert_eq!(lines[0].booking, BookingId(Uuid::from_u128(1)), "whoever is there now is in it");
    let last = lines.last().unwrap().booking;
    assert_eq!(last, BookingId(Uuid::from_u128(1000 + 998)), "those furthest from now are not");
    assert_eq!(lines[0].keys.len(), KEYS, "nor does anybody's number of devices make it long");
    assert_eq!((&*lines[0].keys[0], &*lines[0].keys[9]), ("key 12", "key 3"), "the latest sign-ins count");
}
