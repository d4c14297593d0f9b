//! The device and its owner's calendar, which here is one in memory; the desktop's real one is in tests/e2e.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use client::{
    OwnCalendar, Trouble,
    own_calendar::{Busy, CalendarError, CalendarProblem, Entry, HandedOver, Held, Nature, Wanted, enter_once},
    reminder::ReminderSettings,
};
use domain::{Booking, BookingId, BookingState, Span, Timestamp};
use portal::{Tab, documents, spaces};

use crate::{phone::Phone, shop::changes};

/// A calendar in memory, and whether its owner lets the app use it.
#[derive(Default)]
struct Wall {
    events: Mutex<BTreeMap<BookingId, Held>>,
    /// Which of them ring, by what was written.
    rings: Mutex<BTreeMap<BookingId, bool>>,
    /// What was asked of it, in this order.
    said: Mutex<Vec<&'static str>>,
    denied: Mutex<bool>,
    /// Appointments whose events cannot be written.
    stuck: Mutex<BTreeSet<BookingId>>,
    /// Its events never ring, whatever is written.
    mute: bool,
}

impl Wall {
    fn starts(&self) -> Vec<(BookingId, Timestamp)> {
        let events = self.events.lock().unwrap();
        events.values().map(|held| (held.booking, held.span.unwrap().from)).collect()
    }

    fn drag(&self, booking: BookingId, from: Timestamp) {
        let mut events = self.events.lock().unwrap();
        let span = events[&booking].span.unwrap();
        let to = from.checked_add(span.to.duration_since(span.from)).unwrap();
        events.get_mut(&booking).unwrap().span = Some(Span { from, to });
    }

    fn write(&self, entry: &Entry) -> Result<(), CalendarError> {
        self.let_in()?;
        let Entry { booking, revision, span, ref ics, .. } = *entry;
        self.lets_go(booking)?;
        assert!(ics.contains(&client::own_calendar::uid_of(booking)), "the file has the one name of the appointment");
        assert_eq!(ics.contains("BEGIN:VALARM"), entry.rings, "the file says the same as the entry");
        self.rings.lock().unwrap().insert(booking, entry.rings);
        let (handle, nature) = (booking.to_string(), Nature::Ours);
        let held = Held { handle, booking, revision: Some(revision), span: Some(span), nature };
        self.events.lock().unwrap().insert(booking, held);
        Ok(())
    }

    fn let_in(&self) -> Result<(), CalendarError> {
        if *self.denied.lock().unwrap() { Err(CalendarError::Denied) } else { Ok(()) }
    }

    fn lets_go(&self, booking: BookingId) -> Result<(), CalendarError> {
        let stuck = self.stuck.lock().unwrap().contains(&booking);
        if stuck { Err(CalendarError::Failed("it can only be read".to_owned())) } else { Ok(()) }
    }
}

impl OwnCalendar for Wall {
    fn open(&self) -> Result<String, CalendarError> {
        self.let_in().map(|()| "Kitchen".to_owned())
    }
    fn held(&self, _: &[Wanted], _: Span) -> Result<Vec<Held>, CalendarError> {
        self.let_in()?;
        Ok(self.events.lock().unwrap().values().cloned().collect())
    }
    fn insert(&self, entry: &Entry) -> Result<(), CalendarError> {
        self.said.lock().unwrap().push("insert");
        self.write(entry)
    }
    fn update(&self, _: &str, entry: &Entry) -> Result<(), CalendarError> {
        self.said.lock().unwrap().push("update");
        self.write(entry)
    }
    fn remove(&self, handle: &str) -> Result<(), CalendarError> {
        self.let_in()?;
        let booking = handle.parse().unwrap();
        self.lets_go(booking)?;
        self.events.lock().unwrap().remove(&booking);
        Ok(())
    }
    fn can_ring(&self) -> bool {
        !self.mute
    }
    fn busy(&self, span: Span) -> Result<Vec<Busy>, CalendarError> {
        self.let_in()?;
        let dentist = Busy { title: "Dentist".to_owned(), span: Some(span), booking: None };
        let own = self.events.lock().unwrap();
        let own =
            own.values().map(|held| Busy { title: "Cut".to_owned(), span: held.span, booking: Some(held.booking) });
        Ok(own.chain([dentist]).collect())
    }
}

/// A device whose owner has turned the calendar on and has one appointment.
async fn kept() -> (Phone, Arc<Wall>, BookingId, Vec<Timestamp>) {
    kept_on(Wall::default()).await
}

/// The same, on this calendar.
async fn kept_on(wall: Wall) -> (Phone, Arc<Wall>, BookingId, Vec<Timestamp>) {
    let (phone, wall) = (Phone::ready().await, Arc::new(wall));
    phone.app.adopt_calendar(wall.clone());
    let card = phone.app.keep_in_calendar(true).await.unwrap();
    assert_eq!((card.on, card.name.as_deref(), card.problem), (true, Some("Kitchen"), None), "it is on");
    let (_, _, _, times) = phone.times().await;
    let (booking, _) = phone.book(0).await;
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [(booking, times[0])], "the appointment has its event");
    (phone, wall, booking, times)
}

#[tokio::test]
async fn nothing_is_written_before_it_is_turned_on() {
    let (phone, wall) = (Phone::ready().await, Arc::new(Wall::default()));
    assert!(!phone.app.own_calendar().await.unwrap().offered, "without a calendar nothing is offered");
    phone.app.adopt_calendar(wall.clone());
    phone.book(0).await;
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [], "it is off until its owner says so");
    let ticket = phone.agenda(Tab::Upcoming).await.remove(0);
    assert_eq!(phone.app.clashes(ticket.start, ticket.end, None).await.unwrap(), [], "nor is anything read");
}

#[tokio::test]
async fn events_follow_their_appointments_and_leave_with_them() {
    let (phone, wall, booking, times) = kept().await;
    phone.move_to(booking, times[4]).await;
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [(booking, times[4])], "it moved, and none was left behind");
    let phone = phone.restarted().await;
    phone.app.adopt_calendar(wall.clone());
    assert!(phone.app.own_calendar().await.unwrap().on, "what was chosen survives the end of the program");
    let (second, _) = phone.book(0).await;
    phone.cancel(booking).await;
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [(second, times[0])], "the cancelled one is gone");
    phone.app.sign_out(phone.business, true).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [], "whoever signs out leaves nothing behind");
}

#[tokio::test]
async fn what_was_over_early_stays_in_the_diary() {
    let (phone, wall) = (Phone::ready().await, Arc::new(Wall::default()));
    phone.app.adopt_calendar(wall.clone());
    phone.app.keep_in_calendar(true).await.unwrap();
    let (_, _, _, times) = phone.times().await;
    let kept = [(1, 0), (2, 4), (3, 8)].map(|(number, nth)| phone.shop.booking(phone.customer, number, times[nth]));
    let tell = async |version, states: [BookingState; 3]| {
        let now = kept.iter().zip(states).map(|(booking, state)| Booking { state, ..booking.clone() });
        let writes = now.map(|booking| documents::write(spaces::customer(phone.customer), &booking));
        phone.will_pull(vec![changes(version, writes.collect())]);
        phone.app.sync_now(phone.business).await.unwrap();
        phone.app.tend_calendar().await.unwrap();
    };
    tell(2, [BookingState::Confirmed; 3]).await;
    assert_eq!(wall.starts().len(), 3, "all three are to come");
    *phone.clock.0.lock().unwrap() = times[0];
    tell(3, [BookingState::Completed, BookingState::NoShow, BookingState::Cancelled]).await;
    let over = [(kept[0].id, times[0]), (kept[1].id, times[4])];
    assert_eq!(
        wall.starts(),
        over,
        "what took place or was missed stays, before its planned end; the cancelled one goes"
    );
    phone.app.keep_in_calendar(false).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), over, "turned off, only what is still to come leaves");
}

#[tokio::test]
async fn an_event_rings_unless_the_app_stays_to_remind() {
    let (phone, wall, booking, _) = kept().await;
    let rings = || wall.rings.lock().unwrap()[&booking];
    assert!(rings(), "the app reminds while its window is open, and nobody says that it will be");
    let said = async || phone.app.events_ring().await.unwrap();
    assert!(said().await, "and its owner is told that their calendar does");
    let stays = ReminderSettings { tray: true, ..ReminderSettings::default() };
    phone.app.set_reminder_settings(stays).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    assert!(rings() && said().await, "after a restart of the device it would not be there: one of them has to ring");
    phone.app.set_starts_at_login(true);
    phone.app.tend_calendar().await.unwrap();
    assert!(!rings(), "the app is there from login on and reminds two hours before, and so would the event");
    let handed = phone.app.calendar_entry(phone.business, booking).await.unwrap();
    assert!(handed.rings && handed.ics.contains("BEGIN:VALARM"), "what is handed over is nobody's to look after");
    assert!(!said().await, "nobody is told of two");
    phone.app.set_reminders_seen(false);
    phone.app.tend_calendar().await.unwrap();
    assert!(rings() && said().await, "notifications were refused, or the tray has gone: one of them has to ring");
    phone.app.set_reminders_seen(true);
    phone.app.tend_calendar().await.unwrap();
    assert!(!rings() && !said().await, "they are seen again");
    let nothing = ReminderSettings { day_before: false, hours_before: None, travel: None, tray: true };
    phone.app.set_reminder_settings(nothing.clone()).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    assert!(rings(), "the app is told to be silent");
    assert!(said().await, "the calendar is not");
    *wall.denied.lock().unwrap() = true;
    phone.app.tend_calendar().await.unwrap();
    assert!(!said().await, "of a calendar that cannot be used nothing is promised");
    *wall.denied.lock().unwrap() = false;
    phone.app.set_reminder_settings(ReminderSettings { travel: Some(20), ..nothing }).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    assert!(!rings(), "it reminds again");
}

#[tokio::test]
async fn whoever_ends_the_app_is_reminded_by_their_calendar_until_it_starts_again() {
    let (phone, wall, booking, _) = kept().await;
    let rings = || wall.rings.lock().unwrap()[&booking];
    let stays = ReminderSettings { tray: true, ..ReminderSettings::default() };
    phone.app.set_reminder_settings(stays).await.unwrap();
    phone.app.set_starts_at_login(true);
    phone.app.start().await;
    phone.app.tend_calendar().await.unwrap();
    assert!(!rings(), "the app reminds");
    phone.app.leave().await.unwrap();
    assert!(rings(), "it was ended, and nobody knows when the next login is");
    let phone = phone.restarted().await;
    phone.app.adopt_calendar(wall.clone());
    phone.app.set_starts_at_login(true);
    phone.app.tend_calendar().await.unwrap();
    assert!(!rings(), "it is back, and reminds by itself");
    *wall.denied.lock().unwrap() = true;
    let left = phone.app.leave().await;
    assert!(matches!(left, Err(Trouble::Storage { .. })), "{left:?}: the calendar does not let us, so nobody reminds");
    assert!(!rings(), "its events are as they were");
    *wall.denied.lock().unwrap() = false;
    phone.app.keep_in_calendar(false).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    phone.app.leave().await.unwrap();
    assert_eq!(wall.starts(), [], "whoever keeps nothing there gets nothing by ending the app");
}

#[tokio::test]
async fn a_calendar_whose_events_never_ring_is_not_written_for_it() {
    let (phone, wall, ..) = kept_on(Wall { mute: true, ..Wall::default() }).await;
    let stays = ReminderSettings { tray: true, ..ReminderSettings::default() };
    phone.app.set_reminder_settings(stays).await.unwrap();
    phone.app.set_starts_at_login(true);
    phone.app.tend_calendar().await.unwrap();
    phone.app.leave().await.unwrap();
    let phone = phone.restarted().await;
    phone.app.adopt_calendar(wall.clone());
    phone.app.set_starts_at_login(true);
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(*wall.said.lock().unwrap(), ["insert"], "neither an end nor a start makes a difference to its events");
}

#[tokio::test]
async fn a_business_that_is_removed_takes_its_events_along() {
    let (phone, wall, ..) = kept().await;
    phone.app.disconnect(phone.business, true).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [], "its appointments are not on this device any more");
}

#[tokio::test]
async fn turned_off_it_takes_out_what_is_to_come() {
    let (phone, wall, ..) = kept().await;
    assert!(!phone.app.keep_in_calendar(false).await.unwrap().on, "it is off");
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [], "an event that nobody keeps would go stale");
}

#[tokio::test]
async fn an_event_that_was_moved_is_asked_about_and_put_back() {
    let (phone, wall, booking, times) = kept().await;
    wall.drag(booking, times[3]);
    phone.app.tend_calendar().await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    let moved = phone.app.moved_events(phone.business).await.unwrap();
    assert_eq!(moved.len(), 1, "one question, asked once");
    assert_eq!((moved[0].from.at, moved[0].to.at), (times[0], times[3]), "from where, to where");
    assert_eq!(
        phone.agenda(Tab::Upcoming).await[0].start.at,
        times[0],
        "the appointment stays until its owner says so"
    );
    phone.app.put_event_back(phone.business, booking).await.unwrap();
    assert_eq!(phone.app.moved_events(phone.business).await.unwrap(), [], "it was answered");
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [(booking, times[0])], "the event is back");

    wall.drag(booking, times[3]);
    phone.app.tend_calendar().await.unwrap();
    phone.move_to(booking, times[3]).await;
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(phone.app.moved_events(phone.business).await.unwrap(), [], "the appointment followed");
    assert_eq!(wall.starts(), [(booking, times[3])], "and has one event");
}

#[tokio::test]
async fn a_refusal_leaves_a_working_app_and_a_way_back() {
    let (phone, wall) = (Phone::ready().await, Arc::new(Wall::default()));
    *wall.denied.lock().unwrap() = true;
    phone.app.adopt_calendar(wall.clone());
    let card = phone.app.keep_in_calendar(true).await.unwrap();
    assert_eq!((card.on, card.problem), (false, Some(CalendarProblem::Denied)), "it stays off and says why");
    let (booking, _) = phone.book(0).await;
    phone.app.tend_calendar().await.unwrap();
    *wall.denied.lock().unwrap() = false;
    let card = phone.app.keep_in_calendar(true).await.unwrap();
    assert_eq!((card.on, card.problem), (true, None), "the way back");
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts().len(), 1, "what was booked meanwhile is entered");

    *wall.denied.lock().unwrap() = true;
    phone.cancel(booking).await;
    phone.app.tend_calendar().await.unwrap();
    let problem = phone.app.own_calendar().await.unwrap().problem;
    assert_eq!(problem, Some(CalendarProblem::Denied), "leave that was taken back is said");
    *wall.denied.lock().unwrap() = false;
    phone.app.tend_calendar().await.unwrap();
    assert_eq!((wall.starts(), phone.app.own_calendar().await.unwrap().problem), (vec![], None), "and caught up with");
}

#[tokio::test]
async fn what_is_in_the_way_is_said_but_not_the_appointment_that_is_moved() {
    let (phone, _, booking, _) = kept().await;
    let ticket = phone.agenda(Tab::Upcoming).await.remove(0);
    let titles = async |moving| {
        let clashes = phone.app.clashes(ticket.start.clone(), ticket.end.clone(), moving).await.unwrap();
        clashes.into_iter().map(|clash| clash.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(None).await, ["Cut", "Dentist"], "everything that its owner has then");
    assert_eq!(titles(Some(booking)).await, ["Dentist"], "an appointment is not in its own way");
    let backwards = phone.app.clashes(ticket.end.clone(), ticket.start.clone(), None).await.unwrap();
    assert_eq!(backwards, [], "no time, nothing in the way");
}

#[tokio::test]
async fn one_appointment_can_be_handed_over() {
    let (phone, _, booking, times) = kept().await;
    let entry = phone.app.calendar_entry(phone.business, booking).await.unwrap();
    assert_eq!((entry.booking, entry.span.from), (booking, times[0]), "that one");
    assert!(entry.link.ends_with(&format!("/open/booking/{booking}")), "with the one link of mails and passes");
    let nobody = phone.app.calendar_entry(phone.business, BookingId::new()).await;
    assert!(nobody.is_err(), "what is not there cannot be handed over");
}

#[tokio::test]
async fn pressing_twice_makes_one_event() {
    let (phone, shelf) = (Phone::ready().await, Wall::default());
    let (booking, _) = phone.book(0).await;
    let (_, _, _, times) = phone.times().await;
    let entry = phone.app.calendar_entry(phone.business, booking).await.unwrap();
    for press in ["a press", "another"] {
        assert_eq!(enter_once(&shelf, &entry), Ok(HandedOver::Entered), "{press}");
    }
    assert_eq!(
        *shelf.said.lock().unwrap(),
        ["insert", "update"],
        "the second finds the event and brings it up to date"
    );
    phone.move_to(booking, times[4]).await;
    let entry = phone.app.calendar_entry(phone.business, booking).await.unwrap();
    assert_eq!(enter_once(&shelf, &entry), Ok(HandedOver::Entered), "after a move");
    assert_eq!(shelf.starts(), [(booking, times[4])], "one event, at the time of today");
    shelf.events.lock().unwrap().get_mut(&booking).unwrap().nature = Nature::Series;
    assert_eq!(enter_once(&shelf, &entry), Ok(HandedOver::Entered), "it is there");
    assert_eq!(shelf.said.lock().unwrap().len(), 3, "what its owner made weekly is theirs");
    *shelf.denied.lock().unwrap() = true;
    assert_eq!(enter_once(&shelf, &entry), Ok(HandedOver::Denied), "the owner says no");
}

#[tokio::test]
async fn an_event_that_cannot_be_written_is_in_no_others_way() {
    let (phone, wall, first, times) = kept().await;
    wall.stuck.lock().unwrap().insert(first);
    phone.move_to(first, times[4]).await;
    let (second, _) = phone.book(0).await;
    assert!(first < second, "the one that fails comes first");
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [(first, times[0]), (second, times[0])], "the other is entered");
    let problem = async || phone.app.own_calendar().await.unwrap().problem;
    assert_eq!(problem().await, Some(CalendarProblem::Failed), "and that one failed is said");
    phone.cancel(first).await;
    phone.cancel(second).await;
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [(first, times[0])], "nor is one that cannot be taken out");
    wall.stuck.lock().unwrap().clear();
    phone.app.tend_calendar().await.unwrap();
    assert_eq!((wall.starts(), problem().await), (vec![], None), "it was not forgotten");
}

#[tokio::test]
async fn an_appointment_that_cannot_be_read_keeps_its_event_and_is_in_no_others_way() {
    let (phone, wall) = (Phone::ready().await, Arc::new(Wall::default()));
    phone.app.adopt_calendar(wall.clone());
    phone.app.keep_in_calendar(true).await.unwrap();
    let (_, _, _, times) = phone.times().await;
    let [newer, mut off] = [(1, 0), (2, 4)].map(|(number, nth)| phone.shop.booking(phone.customer, number, times[nth]));
    let write = |booking: &Booking| documents::write(spaces::customer(phone.customer), booking);
    phone.will_pull(vec![changes(2, vec![write(&newer), write(&off)])]);
    phone.app.sync_now(phone.business).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [(newer.id, times[0]), (off.id, times[4])], "both are entered");

    let mut unreadable = write(&newer);
    unreadable.body = Some(r#"{"of":"a later version of this app"}"#.into());
    off.state = BookingState::Cancelled;
    phone.will_pull(vec![changes(3, vec![unreadable, write(&off)])]);
    phone.app.sync_now(phone.business).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(wall.starts(), [(newer.id, times[0])], "the one stays as it was, the cancelled one is gone");
}

#[tokio::test]
async fn a_business_that_cannot_be_read_keeps_its_events_and_is_in_no_others_way() {
    let (mut phone, wall) = (Phone::ready().await, Arc::new(Wall::default()));
    phone.app.adopt_calendar(wall.clone());
    phone.app.keep_in_calendar(true).await.unwrap();
    let (_, _, _, times) = phone.times().await;
    let booking = phone.shop.booking(phone.customer, 1, times[0]);
    let mut write = documents::write(spaces::customer(phone.customer), &booking);
    phone.will_pull(vec![changes(2, vec![write.clone()])]);
    phone.app.sync_now(phone.business).await.unwrap();
    phone.app.tend_calendar().await.unwrap();
    wall.drag(booking.id, times[3]);
    phone.app.tend_calendar().await.unwrap();
    assert_eq!(phone.app.moved_events(phone.business).await.unwrap().len(), 1, "there is a question");

    write.body = Some(r#"{"of":"a later version of this app"}"#.into());
    phone.will_pull(vec![changes(3, vec![write])]);
    phone.app.sync_now(phone.business).await.unwrap();
    let broken = phone.goes_elsewhere().await;
    let (second, _) = phone.book(4).await;
    phone.app.tend_calendar().await.unwrap();
    let mut wanted = [(booking.id, times[3]), (second, times[4])];
    wanted.sort();
    assert_eq!(wall.starts(), wanted, "the one stays as it was, the other is entered");
    assert_eq!(phone.app.moved_events(broken).await.unwrap(), [], "its question waits, and breaks nothing");
}
