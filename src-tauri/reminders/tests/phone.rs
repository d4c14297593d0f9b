//! What becomes of what was left with a phone. Its plugin lists nothing of it, so nobody is asked here.

use std::collections::BTreeMap;

use super::*;
use crate::reminders::left;

/// A phone, as `reminders/phone.rs` uses it.
struct Phone {
    clock: Arc<Hand>,
    /// What will ring, and what it will say.
    alarms: Mutex<BTreeMap<ReminderKey, Words>>,
    by_this_run: Mutex<BTreeSet<ReminderKey>>,
    /// How often something was left.
    pins: Mutex<u32>,
}

impl Board for Phone {
    async fn may_show(&self) -> bool {
        true
    }
    async fn problem(&self) -> Option<ReminderProblem> {
        None
    }
    async fn pin(&self, reminder: &Reminder, words: Words) -> Result<(), Unshown> {
        self.alarms.lock().unwrap().insert(reminder.key, words);
        self.by_this_run.lock().unwrap().insert(reminder.key);
        *self.pins.lock().unwrap() += 1;
        Ok(())
    }
    async fn take_down(&self, key: &ReminderKey) -> bool {
        self.alarms.lock().unwrap().remove(key);
        self.by_this_run.lock().unwrap().remove(key);
        left::was_unread(key, self.clock.now(), None)
    }
    async fn shelf(&self, noted: &BTreeSet<ReminderKey>) -> Shelf {
        left::shelf(noted, &self.by_this_run.lock().unwrap())
    }
}

/// A phone in the morning, and the visits that are to come.
fn morning(reminders: Vec<Reminder>) -> (List, Phone) {
    let start = "2026-11-20T10:30:00Z".parse().unwrap();
    let clock = Arc::new(Hand { began: Instant::now(), start, off: Mutex::default() });
    let phone = Phone {
        clock: Arc::clone(&clock),
        alarms: Mutex::default(),
        by_this_run: Mutex::default(),
        pins: Mutex::default(),
    };
    let [gone, noted] = [Mutex::default(), Mutex::default()];
    let (again, incomplete) = (Mutex::default(), Mutex::default());
    (List { clock, reminders: Mutex::new(reminders), gone, again, noted, incomplete }, phone)
}

fn visit(number: u128, hours: i64) -> Reminder {
    let noon: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    reminder(number, noon + SignedDuration::from_hours(hours))
}

async fn look_at(list: &List, phone: &Phone) {
    look(list, phone, &*list.clock, &Standing::default()).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_left_follows_its_booking_although_nobody_lists_it() {
    let unsent = Reminder { waiting: true, ..visit(1, 1) };
    let sent = Reminder { waiting: false, ..unsent.clone() };
    let key = unsent.key;
    let (list, phone) = morning(vec![unsent]);
    let said = || phone.alarms.lock().unwrap().get(&key).map(|words| words.body.contains("Not sent yet"));
    look_at(&list, &phone).await;
    assert_eq!(said(), Some(true), "left as it was then");
    list.again.lock().unwrap().push(sent);
    look_at(&list, &phone).await;
    assert_eq!(said(), Some(false), "the business knows of it, and so does what will ring");
    list.reminders.lock().unwrap().clear();
    list.gone.lock().unwrap().push(key);
    look_at(&list, &phone).await;
    assert_eq!(said(), None, "the visit was cancelled, and nothing will ring");
    assert!(list.noted.lock().unwrap().is_empty(), "nobody has seen it, so it may come again");
}

#[tokio::test(start_paused = true)]
async fn each_start_leaves_once_more_what_the_system_may_have_lost() {
    let (list, phone) = morning(vec![visit(1, 1)]);
    look_at(&list, &phone).await;
    look_at(&list, &phone).await;
    assert_eq!(*phone.pins.lock().unwrap(), 1, "once is enough while the app runs");
    // The phone is switched off and on, and the app opened.
    phone.alarms.lock().unwrap().clear();
    phone.by_this_run.lock().unwrap().clear();
    look_at(&list, &phone).await;
    assert_eq!(phone.alarms.lock().unwrap().len(), 1, "it waits again");
    look_at(&list, &phone).await;
    assert_eq!(*phone.pins.lock().unwrap(), 2, "and once for each start");
}

#[tokio::test(start_paused = true)]
async fn a_nearer_visit_takes_the_alarm_of_the_farthest() {
    let (list, phone) = morning((1..=60).map(|number| visit(number, 1 + i64::try_from(number).unwrap())).collect());
    look_at(&list, &phone).await;
    let near = visit(61, 1);
    let far = list.reminders.lock().unwrap()[59].key;
    list.reminders.lock().unwrap().push(near.clone());
    look_at(&list, &phone).await;
    let alarms = phone.alarms.lock().unwrap();
    assert_eq!(alarms.len(), 60, "iOS would forget one of more, and not say which");
    assert!(alarms.contains_key(&near.key) && !alarms.contains_key(&far), "the last one makes room");
}

#[test]
fn what_nobody_can_have_read_counts_as_unread() {
    let key = visit(1, 1).key;
    let (early, late) = (key.due - SignedDuration::from_secs(1), key.due);
    for (now, stood, unread, why) in [
        (early, Some(false), true, "it was not due yet"),
        (late, Some(true), true, "it still stood there"),
        (late, Some(false), false, "its reader has put it away"),
        (late, None, true, "nobody says, and a second glance costs less than a missed visit"),
    ] {
        assert_eq!(left::was_unread(&key, now, stood), unread, "{why}");
    }
}
