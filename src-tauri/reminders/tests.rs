//! The timer, with a clock, a planner and a board that the test holds.

mod phone;

use std::{collections::BTreeSet, sync::Mutex};

use client::{
    BookingId,
    reminder::{ReminderAct, ReminderKey, ReminderKind},
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    board::{Shelf, Unshown},
    words::Words,
    *,
};

pub(crate) fn reminder(number: u128, start: Timestamp) -> Reminder {
    let due = start - SignedDuration::from_hours(2);
    Reminder {
        key: ReminderKey { booking: BookingId(Uuid::from_u128(number)), kind: ReminderKind::HoursBefore, due },
        business: Uuid::nil(),
        revision: 1,
        until: start,
        start,
        zone: "Europe/Berlin".parse().unwrap(),
        service: "Dry cut".to_owned(),
        staff: "Maren".to_owned(),
        place: "Berlin Mitte".to_owned(),
        address: "Torstraße 1, 10119 Berlin".to_owned(),
        waiting: false,
        unconfirmed: false,
        offset: 3600,
        acts: vec![ReminderAct::Coming],
    }
}

/// Goes with the time of the runtime, and jumps when told to.
struct Hand {
    began: Instant,
    start: Timestamp,
    off: Mutex<SignedDuration>,
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap();
        self.start + passed + *self.off.lock().unwrap()
    }
}

/// Plans from a list, as the app does from its bookings.
struct List {
    clock: Arc<Hand>,
    reminders: Mutex<Vec<Reminder>>,
    gone: Mutex<Vec<ReminderKey>>,
    again: Mutex<Vec<Reminder>>,
    noted: Mutex<Vec<ReminderKey>>,
    /// Some business cannot be read.
    incomplete: Mutex<bool>,
}

impl Planner for List {
    async fn plan(&self) -> Result<ReminderPlan, Trouble> {
        let (now, noted) = (self.clock.now(), self.noted.lock().unwrap().clone());
        let live = self.reminders.lock().unwrap().clone().into_iter().filter(|one| now < one.until);
        let (known, open): (Vec<_>, Vec<_>) = live.partition(|one| noted.contains(&one.key));
        let (due, next) = open.into_iter().partition(|one| one.key.due <= now);
        let gone: Vec<_> = self.gone.lock().unwrap().iter().filter(|gone| noted.contains(gone)).copied().collect();
        let again = self.again.lock().unwrap().clone();
        let stands = |key: &ReminderKey| !gone.contains(key) && !again.iter().any(|again| again.key == *key);
        let left = known.into_iter().filter(|one| now < one.key.due && stands(&one.key)).collect();
        let incomplete = *self.incomplete.lock().unwrap();
        Ok(ReminderPlan { now: due, next, again, left, gone, incomplete })
    }
    async fn shown(&self, reminder: &Reminder) -> Result<(), Trouble> {
        self.again.lock().unwrap().retain(|again| again.key != reminder.key);
        self.noted.lock().unwrap().push(reminder.key);
        Ok(())
    }
    async fn taken_back(&self, key: &ReminderKey) -> Result<(), Trouble> {
        self.noted.lock().unwrap().retain(|noted| noted != key);
        Ok(())
    }
}

/// Remembers what it was told.
#[derive(Default)]
struct Wall {
    pinned: Mutex<Vec<ReminderKey>>,
    taken: Mutex<Vec<ReminderKey>>,
    broken: Mutex<bool>,
    /// What hangs there and was not put away.
    hangs: Mutex<Vec<ReminderKey>>,
    /// The last words of each that was pinned.
    words: Mutex<Vec<Words>>,
    forbidden: Mutex<bool>,
    problem: Mutex<Option<ReminderProblem>>,
    /// How often it was asked whether it may show anything.
    asked: Mutex<u32>,
    places: usize,
}

impl Board for Wall {
    async fn may_show(&self) -> bool {
        *self.asked.lock().unwrap() += 1;
        !*self.forbidden.lock().unwrap()
    }
    async fn problem(&self) -> Option<ReminderProblem> {
        *self.problem.lock().unwrap()
    }
    async fn pin(&self, reminder: &Reminder, words: Words) -> Result<(), Unshown> {
        if *self.broken.lock().unwrap() {
            return Err(Unshown("nobody shows notifications here".to_owned()));
        }
        self.pinned.lock().unwrap().push(reminder.key);
        self.hangs.lock().unwrap().push(reminder.key);
        self.words.lock().unwrap().push(words);
        Ok(())
    }
    async fn take_down(&self, key: &ReminderKey) -> bool {
        self.taken.lock().unwrap().push(*key);
        let mut hangs = self.hangs.lock().unwrap();
        let before = hangs.len();
        hangs.retain(|hangs| hangs != key);
        hangs.len() < before
    }
    async fn shelf(&self, of: &BTreeSet<ReminderKey>) -> Shelf {
        let hangs = self.hangs.lock().unwrap();
        let waiting = of.iter().filter(|key| self.places > 0 && hangs.contains(key)).copied().collect();
        Shelf { waiting, places: self.places, ..Shelf::default() }
    }
}

struct Stage {
    clock: Arc<Hand>,
    list: Arc<List>,
    wall: Arc<Wall>,
    events: broadcast::Sender<Event>,
    bell: Arc<Notify>,
    standing: Standing,
}

impl Stage {
    /// Runs the timer on a morning, two hours and a half before the first visit.
    fn begin(places: usize) -> Self {
        let start = "2026-11-20T10:30:00Z".parse().unwrap();
        let clock = Arc::new(Hand { began: Instant::now(), start, off: Mutex::default() });
        let reminders = Mutex::new(vec![reminder(1, "2026-11-20T13:00:00Z".parse().unwrap())]);
        let (clock_of_list, [gone, noted]) = (Arc::clone(&clock), [Mutex::default(), Mutex::default()]);
        let (again, incomplete) = (Mutex::default(), Mutex::default());
        let list = List { clock: clock_of_list, reminders, gone, again, noted, incomplete };
        let (list, wall) = (Arc::new(list), Arc::new(Wall { places, ..Wall::default() }));
        let (events, bell) = (broadcast::Sender::new(8), Arc::new(Notify::new()));
        let stage = Self { clock, list, wall, events, bell, standing: Standing::default() };
        let (list, wall, clock) = (Arc::clone(&stage.list), Arc::clone(&stage.wall), Arc::clone(&stage.clock));
        let (told, bell, standing) = (stage.events.subscribe(), Arc::clone(&stage.bell), stage.standing.clone());
        tokio::spawn(async move { run(&*list, &*wall, &*clock, told, &bell, &standing).await });
        stage
    }

    /// Time passes for the program.
    async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    fn pinned(&self) -> usize {
        self.wall.pinned.lock().unwrap().len()
    }

    fn jump(&self, minutes: i64) {
        *self.clock.off.lock().unwrap() += SignedDuration::from_mins(minutes);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reminder_is_shown_on_the_second_and_once() {
    let stage = Stage::begin(0);
    stage.pass(30 * 60 - 1).await;
    assert_eq!(stage.pinned(), 0, "a second early");
    stage.pass(2).await;
    assert_eq!(stage.pinned(), 1, "on time");
    stage.events.send(Event::Changed { business: Uuid::nil() }).unwrap();
    stage.bell.notify_one();
    stage.pass(3600).await;
    assert_eq!(stage.pinned(), 1, "once, however often we look");
}

#[tokio::test(start_paused = true)]
async fn a_wake_is_noticed_within_a_tick() {
    let stage = Stage::begin(0);
    stage.pass(60).await;
    // A sleeping machine: the clock goes on, the program does not.
    stage.jump(90);
    stage.pass(TICK.as_secs() + 1).await;
    assert_eq!(stage.pinned(), 1, "what was due meanwhile is shown");
    stage.jump(-90);
    stage.pass(3600).await;
    assert_eq!(stage.pinned(), 1, "and not again when the clock goes back");
}

#[tokio::test(start_paused = true)]
async fn a_change_counts_at_once() {
    let stage = Stage::begin(0);
    stage.pass(1).await;
    let sooner = reminder(2, "2026-11-20T12:00:00Z".parse().unwrap());
    stage.list.reminders.lock().unwrap().push(sooner.clone());
    stage.events.send(Event::Card { business: Uuid::nil() }).unwrap();
    stage.pass(1).await;
    assert_eq!(stage.pinned(), 0, "a card is no booking");
    stage.events.send(Event::Changed { business: Uuid::nil() }).unwrap();
    stage.pass(1).await;
    assert_eq!(*stage.wall.pinned.lock().unwrap(), [sooner.key], "a sync has brought one that is due");
    stage.list.reminders.lock().unwrap().clear();
    stage.list.gone.lock().unwrap().push(sooner.key);
    stage.bell.notify_one();
    stage.pass(1).await;
    assert_eq!(*stage.wall.taken.lock().unwrap(), [sooner.key], "what is wrong now is taken away");
    stage.pass(7200).await;
    assert_eq!(stage.pinned(), 1, "what was planned before is not shown from memory");
}

#[tokio::test(start_paused = true)]
async fn a_desktop_without_notifications_is_asked_again() {
    let stage = Stage::begin(0);
    *stage.wall.broken.lock().unwrap() = true;
    stage.pass(45 * 60).await;
    assert!(stage.list.noted.lock().unwrap().is_empty(), "what nobody saw is not noted");
    *stage.wall.broken.lock().unwrap() = false;
    stage.pass(AGAIN.as_secs() + 1).await;
    assert_eq!((stage.pinned(), stage.list.noted.lock().unwrap().len()), (1, 1), "late is better than never");
}

#[tokio::test(start_paused = true)]
async fn a_business_that_could_not_be_read_is_looked_at_again_soon() {
    let stage = Stage::begin(0);
    *stage.list.incomplete.lock().unwrap() = true;
    stage.pass(1).await;
    *stage.list.incomplete.lock().unwrap() = false;
    // It can be read again, and nobody tells of that.
    let unread = reminder(2, "2026-11-20T12:00:00Z".parse().unwrap());
    stage.list.reminders.lock().unwrap().push(unread.clone());
    stage.pass(AGAIN.as_secs() - 2).await;
    assert_eq!(stage.pinned(), 0, "not without a pause");
    stage.pass(2).await;
    assert_eq!(*stage.wall.pinned.lock().unwrap(), [unread.key], "and long before the next reminder that is known");
}

#[tokio::test(start_paused = true)]
async fn a_phone_gets_what_comes_next_and_gives_it_back() {
    let stage = Stage::begin(1);
    stage.pass(1).await;
    assert_eq!(stage.pinned(), 1, "left with the system before it is due");
    let key = stage.list.noted.lock().unwrap()[0];
    stage.list.reminders.lock().unwrap().clear();
    stage.list.gone.lock().unwrap().push(key);
    stage.bell.notify_one();
    stage.pass(1).await;
    assert_eq!(*stage.wall.taken.lock().unwrap(), [key], "a cancelled visit is taken back from the system");
    assert!(stage.list.noted.lock().unwrap().is_empty(), "nobody has seen it, so it may come again");
}

#[tokio::test(start_paused = true)]
async fn a_nearer_one_takes_the_place_of_the_farthest_until_there_is_room() {
    let stage = Stage::begin(1);
    stage.pass(1).await;
    let far = stage.list.reminders.lock().unwrap()[0].clone();
    let near = reminder(2, far.start - SignedDuration::from_mins(20));
    stage.list.reminders.lock().unwrap().insert(0, near.clone());
    stage.bell.notify_one();
    stage.pass(1).await;
    assert_eq!(*stage.wall.taken.lock().unwrap(), [far.key], "the one place is taken by a later one, which goes");
    assert_eq!(
        *stage.wall.hangs.lock().unwrap(),
        [near.key],
        "the system shows the nearest, whatever becomes of the app"
    );
    assert_eq!(*stage.list.noted.lock().unwrap(), [near.key], "nobody has seen the other, so it comes again");
    stage.pass(10 * 60).await;
    assert_eq!(stage.wall.hangs.lock().unwrap().last(), Some(&far.key), "one was shown, and the other is left again");
    assert_eq!(stage.pinned(), 3, "each look pins what has changed, and no more");
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_down_unread_comes_again_when_the_change_is_undone() {
    let stage = Stage::begin(0);
    stage.pass(31 * 60).await;
    assert_eq!(stage.pinned(), 1, "it stands on the display");
    let shown = stage.list.reminders.lock().unwrap().pop().unwrap();
    stage.list.gone.lock().unwrap().push(shown.key);
    stage.bell.notify_one();
    stage.pass(1).await;
    assert!(stage.wall.hangs.lock().unwrap().is_empty(), "a move is given, and it is taken down");
    let undo = || {
        stage.list.gone.lock().unwrap().clear();
        stage.list.reminders.lock().unwrap().push(shown.clone());
        stage.bell.notify_one();
    };
    undo();
    stage.pass(1).await;
    assert_eq!(stage.pinned(), 2, "the move was refused, and the visit is as it was");
    stage.wall.hangs.lock().unwrap().clear();
    stage.list.reminders.lock().unwrap().clear();
    stage.list.gone.lock().unwrap().push(shown.key);
    stage.bell.notify_one();
    stage.pass(1).await;
    undo();
    stage.pass(3600).await;
    assert_eq!(stage.pinned(), 2, "what its reader has put away was read");
}

#[tokio::test(start_paused = true)]
async fn what_a_phone_keeps_gets_new_words_and_takes_no_more_room() {
    let stage = Stage::begin(1);
    stage.list.reminders.lock().unwrap()[0].waiting = true;
    stage.pass(1).await;
    let mut sent = stage.list.reminders.lock().unwrap()[0].clone();
    assert!(stage.wall.words.lock().unwrap()[0].body.contains("Not sent yet"), "as it was when it was left");
    sent.waiting = false;
    let tell = || {
        stage.list.again.lock().unwrap().push(sent.clone());
        stage.bell.notify_one();
    };
    tell();
    stage.pass(1).await;
    let words = stage.wall.words.lock().unwrap().last().cloned().unwrap();
    assert_eq!(stage.pinned(), 2, "left again in its own place");
    assert!(!words.body.contains("Not sent yet"), "the business knows of it: {}", words.body);
    stage.wall.hangs.lock().unwrap().clear();
    tell();
    stage.pass(3600).await;
    assert_eq!(stage.pinned(), 2, "what was shown already is not shown with other words, whatever the clock says");
}

#[tokio::test(start_paused = true)]
async fn whoever_wants_no_notifications_is_left_alone() {
    let stage = Stage::begin(1);
    *stage.wall.forbidden.lock().unwrap() = true;
    let reminders = stage.list.reminders.lock().unwrap()[0].start;
    stage.list.reminders.lock().unwrap().push(reminder(2, reminders + SignedDuration::from_hours(1)));
    stage.pass(2 * 3600).await;
    assert_eq!(*stage.wall.asked.lock().unwrap(), 1, "one question for all reminders, and no more by themselves");
    assert_eq!(stage.pinned(), 0, "nothing is shown");
    assert!(stage.list.noted.lock().unwrap().is_empty(), "and nothing counts as shown");
    *stage.wall.forbidden.lock().unwrap() = false;
    stage.bell.notify_one();
    stage.pass(1).await;
    assert!(stage.pinned() > 0, "allowed in the settings, and the bell has rung");
}

#[tokio::test(start_paused = true)]
async fn whether_it_can_be_shown_is_known_before_it_is_due_and_told() {
    let stage = Stage::begin(0);
    let mut heard = stage.standing.subscribe();
    let stands = || *stage.standing.borrow();
    stage.pass(1).await;
    assert_eq!(stands(), None, "nothing speaks against it");
    let look = async |problem| {
        *stage.wall.problem.lock().unwrap() = problem;
        stage.bell.notify_one();
        stage.pass(1).await;
    };
    look(Some(ReminderProblem::Unshown)).await;
    assert_eq!(stands(), Some(ReminderProblem::Unshown), "half an hour before the first is due");
    assert!(heard.has_changed().unwrap(), "the screens hear of it");
    heard.mark_unchanged();
    look(Some(ReminderProblem::Unshown)).await;
    assert!(!heard.has_changed().unwrap(), "and once");
    look(None).await;
    assert_eq!(stands(), None, "it came back");
}

#[tokio::test(start_paused = true)]
async fn what_fails_or_is_refused_stands_until_it_works() {
    let stage = Stage::begin(0);
    let stands = || *stage.standing.borrow();
    *stage.wall.broken.lock().unwrap() = true;
    stage.pass(31 * 60).await;
    assert_eq!(stands(), Some(ReminderProblem::Unshown), "it was due and could not be shown");
    *stage.wall.broken.lock().unwrap() = false;
    *stage.wall.forbidden.lock().unwrap() = true;
    stage.bell.notify_one();
    stage.pass(1).await;
    assert_eq!(stands(), Some(ReminderProblem::Refused), "its reader said no");
    *stage.wall.forbidden.lock().unwrap() = false;
    stage.bell.notify_one();
    stage.pass(1).await;
    assert_eq!((stands(), stage.pinned()), (None, 1), "it is shown, and nothing is wrong any more");
}
