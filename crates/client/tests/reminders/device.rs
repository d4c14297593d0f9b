//! Reminders on a device: of what it shows, sent or not, once, also after a restart.

use client::{
    Answered, Command, Trouble,
    reminder::{Reminder, ReminderAct, ReminderKind, ReminderSettings},
};
use domain::{BookingId, BookingState, Timestamp};
use jiff::{SignedDuration, tz::TimeZone};
use portal::{View, documents, spaces};

use crate::{
    phone::{Phone, booked},
    rules::booking,
    shop,
};

impl Phone {
    fn it_is(&self, now: Timestamp) {
        *self.clock.0.lock().unwrap() = now;
    }

    async fn due(&self) -> Vec<Reminder> {
        self.app.reminders(&TimeZone::UTC).await.unwrap().now
    }
}

/// A device with a booking that waits to be sent, an hour before it.
async fn an_hour_before() -> (Phone, BookingId, Timestamp) {
    let phone = Phone::ready().await;
    let (_, _, _, times) = phone.times().await;
    let (booking, _) = phone.book(0).await;
    phone.it_is(times[0] - SignedDuration::from_hours(1));
    (phone, booking, times[0])
}

#[tokio::test]
async fn what_waits_to_be_sent_reminds_and_says_that_it_waits() {
    let (phone, booking, start) = an_hour_before().await;
    let due = phone.due().await;
    assert_eq!(
        (due.len(), due[0].key.booking, due[0].start),
        (1, booking, start),
        "the device shows it, so it reminds"
    );
    assert_eq!(due[0].key.kind, ReminderKind::HoursBefore, "the day before has been taken over");
    assert!(due[0].waiting, "the reminder says that the salon does not know of it");
}

#[tokio::test]
async fn a_visit_cancelled_offline_reminds_nobody_until_that_is_taken_back() {
    let phone = Phone::ready().await;
    let (_, _, _, times) = phone.times().await;
    let (booking, _) = phone.book(0).await;
    let cancelled = phone.cancel(booking).await;
    phone.it_is(times[0] - SignedDuration::from_hours(1));
    assert!(phone.due().await.is_empty(), "nothing was sent, and yet nobody is reminded");
    phone.app.withdraw(phone.business, cancelled).await.unwrap();
    assert_eq!(phone.due().await.len(), 1, "it will take place after all");
}

#[tokio::test]
async fn a_reminder_is_shown_once_also_after_a_restart() {
    let (phone, _, start) = an_hour_before().await;
    let due = phone.due().await.remove(0);
    let phone = phone.restarted().await;
    assert_eq!(phone.due().await, std::slice::from_ref(&due), "what was not shown is shown by the next program");
    phone.app.reminder_shown(&due).await.unwrap();
    phone.app.reminder_shown(&due).await.unwrap();
    let phone = phone.restarted().await;
    assert!(phone.due().await.is_empty(), "what was shown is not");
    phone.it_is(start - SignedDuration::from_hours(20));
    let days = phone.app.reminders(&TimeZone::UTC).await.unwrap();
    assert!(!days.next.iter().any(|next| next.key == due.key), "not even when the clock goes back before it");
    assert_eq!(days.now[0].key.kind, ReminderKind::DayBefore, "the one that was never shown is");
}

#[tokio::test]
async fn a_reminder_that_was_taken_back_comes_again_also_after_a_restart() {
    let phone = Phone::ready().await;
    phone.book(0).await;
    let left = phone.app.reminders(&TimeZone::UTC).await.unwrap().next.remove(0);
    phone.app.reminder_shown(&left).await.unwrap();
    phone.app.reminder_taken_back(&left.key).await.unwrap();
    let phone = phone.restarted().await;
    let plan = phone.app.reminders(&TimeZone::UTC).await.unwrap();
    assert_eq!(plan.next.first(), Some(&left), "nobody has seen it, so it is still to come");
}

#[tokio::test]
async fn what_is_wanted_is_kept_and_kept_within_bounds() {
    let phone = Phone::ready().await;
    assert_eq!(phone.app.reminder_settings().await, ReminderSettings::default(), "a day and two hours before");
    assert!(!phone.app.reminder_settings().await.tray, "nothing stays in the tray unasked");
    let wanted = ReminderSettings { day_before: false, hours_before: None, travel: Some(45), tray: true };
    phone.app.set_reminder_settings(wanted.clone()).await.unwrap();
    for bad in [
        ReminderSettings { hours_before: Some(0), ..wanted.clone() },
        ReminderSettings { hours_before: Some(49), ..wanted.clone() },
        ReminderSettings { travel: Some(0), ..wanted.clone() },
        ReminderSettings { travel: Some(721), ..wanted.clone() },
    ] {
        assert_eq!(phone.app.set_reminder_settings(bad.clone()).await, Err(Trouble::NotAcceptable), "{bad:?}");
    }
    let phone = phone.restarted().await;
    assert_eq!(phone.app.reminder_settings().await, wanted, "refusals changed nothing, a restart neither");
    let (_, _, _, times) = phone.times().await;
    phone.book(0).await;
    let leave = &phone.app.reminders(&TimeZone::UTC).await.unwrap().next[0];
    assert_eq!(leave.key.due, times[0] - SignedDuration::from_mins(45), "time to leave");
}

#[tokio::test]
async fn a_move_by_the_salon_makes_the_old_reminder_wrong() {
    let phone = Phone::ready().await;
    let start: Timestamp = "2026-11-20T13:00:00Z".parse().unwrap();
    let tell = |version: u64, booking: &domain::Booking| {
        let write = documents::write(spaces::customer(phone.customer), booking);
        phone.will_pull(vec![shop::changes(version, vec![write])]);
    };
    let mut one = booking(1, start);
    one.customer = phone.customer;
    tell(2, &one);
    phone.app.sync_now(phone.business).await.unwrap();
    phone.it_is(start - SignedDuration::from_hours(1));
    let old = phone.due().await.remove(0);
    phone.app.reminder_shown(&old).await.unwrap();
    one.span.from += SignedDuration::from_hours(2);
    one.span.to += SignedDuration::from_hours(2);
    one.revision += 1;
    tell(3, &one);
    phone.app.sync_now(phone.business).await.unwrap();
    let plan = phone.app.reminders(&TimeZone::UTC).await.unwrap();
    assert_eq!(plan.gone, [old.key], "the time it told is not true any more");
    assert!(plan.next.iter().any(|next| next.key.kind == ReminderKind::HoursBefore), "the new time has its own");
    let answer = phone.app.answer_reminder(&old, ReminderAct::Coming).await.unwrap();
    assert_eq!(answer, Answered::Open, "yes to the old time is not yes to the new one");
    assert!(phone.outbox().await.is_empty(), "nothing was said in the customer's name");
    phone.it_is(one.span.from - SignedDuration::from_mins(10));
    let answer = phone.app.answer_reminder(&old, ReminderAct::CheckIn).await.unwrap();
    assert_eq!(answer, Answered::Open, "nor is being there at the old time, though the new one has come near");
    assert!(phone.outbox().await.is_empty(), "nobody was checked in to what they did not see");
}

#[tokio::test]
async fn a_press_gives_the_command_or_opens_the_booking() {
    let (phone, booking, start) = an_hour_before().await;
    let due = phone.due().await.remove(0);
    for act in [ReminderAct::Open, ReminderAct::Late] {
        assert_eq!(phone.app.answer_reminder(&due, act).await.unwrap(), Answered::Open, "{act:?} is for the screen");
    }
    assert_eq!(phone.app.answer_reminder(&due, ReminderAct::Coming).await.unwrap(), Answered::Given, "said");
    let said = phone.outbox().await.pop().unwrap().command;
    assert!(matches!(said, Command::ConfirmAttendance(of) if of.booking == booking), "it waits to be sent");
    let again = phone.app.answer_reminder(&due, ReminderAct::Coming).await.unwrap();
    assert_eq!(again, Answered::Open, "the rules say no to twice, and the screen says why");
    assert_eq!(phone.outbox().await.len(), 2, "the booking and one yes");
    let early = phone.app.answer_reminder(&due, ReminderAct::CheckIn).await.unwrap();
    assert_eq!(early, Answered::Open, "an hour before is too early to be there");
    phone.it_is(start + SignedDuration::from_mins(5));
    let there = phone.app.answer_reminder(&due, ReminderAct::CheckIn).await.unwrap();
    assert_eq!(there, Answered::Given, "five minutes late is still inside the window");
}

#[tokio::test]
async fn an_unreadable_catalogue_silences_nobody() {
    let phone = Phone::ready().await;
    let start: Timestamp = "2026-11-20T13:00:00Z".parse().unwrap();
    let mut one = booking(1, start);
    one.customer = phone.customer;
    let mut broken = documents::write(spaces::catalogue(), &phone.shop.services[0]);
    broken.body = Some("{}".into());
    let write = documents::write(spaces::customer(phone.customer), &one);
    phone.will_pull(vec![shop::changes(2, vec![broken]), shop::changes(2, vec![write])]);
    phone.app.sync_now(phone.business).await.unwrap();
    let catalogue = phone.app.view(phone.business, View::Catalogue).await;
    assert!(catalogue.is_err(), "the catalogue is unreadable indeed: {catalogue:?}");
    phone.it_is(start - SignedDuration::from_hours(1));
    let due = phone.due().await;
    assert_eq!(due.len(), 1, "the visit takes place whether its catalogue can be read or not");
    phone.app.reminder_shown(&due[0]).await.unwrap();
    assert!(phone.app.reminders(&TimeZone::UTC).await.unwrap().gone.is_empty(), "and is not taken for cancelled");
}

#[tokio::test]
async fn a_booking_that_cannot_be_read_keeps_its_reminder_and_silences_no_other() {
    let phone = Phone::ready().await;
    let start: Timestamp = "2026-11-20T13:00:00Z".parse().unwrap();
    let (one, other) = (accepted(&phone, BookingId::new(), start), accepted(&phone, BookingId::new(), start));
    let write = documents::write(spaces::customer(phone.customer), &one);
    phone.will_pull(vec![shop::changes(2, vec![write.clone()])]);
    phone.app.sync_now(phone.business).await.unwrap();
    phone.it_is(start - SignedDuration::from_hours(1));
    phone.app.reminder_shown(&phone.due().await[0]).await.unwrap();
    let newer = store::Write { body: Some("{}".into()), ..write };
    let beside = documents::write(spaces::customer(phone.customer), &other);
    phone.will_pull(vec![shop::changes(3, vec![newer, beside])]);
    phone.app.sync_now(phone.business).await.unwrap();
    let plan = phone.app.reminders(&TimeZone::UTC).await.unwrap();
    assert_eq!(plan.gone, [], "nobody has said that it will not take place");
    assert_eq!(plan.now.iter().map(|due| due.key.booking).collect::<Vec<_>>(), [other.id], "the other one reminds");
}

#[tokio::test]
async fn a_business_that_cannot_be_read_keeps_its_reminders_and_silences_no_other() {
    let mut phone = Phone::ready().await;
    let start: Timestamp = "2026-11-20T13:00:00Z".parse().unwrap();
    let visit = async |phone: &Phone| {
        let one = accepted(phone, BookingId::new(), start);
        phone.will_pull(vec![shop::changes(2, vec![documents::write(spaces::customer(phone.customer), &one)])]);
        phone.app.sync_now(phone.business).await.unwrap();
        one.id
    };
    let broken = visit(&phone).await;
    phone.it_is(start - SignedDuration::from_hours(1));
    phone.app.reminder_shown(&phone.due().await[0]).await.unwrap();
    phone.goes_elsewhere().await;
    let other = visit(&phone).await;
    let file = rusqlite::Connection::open(phone.folder.path().join("datebook.sqlite")).unwrap();
    let torn = file.execute("UPDATE document SET body = NULL WHERE kind = 'booking' AND id = ?1", [broken.to_string()]);
    assert_eq!(torn.unwrap(), 1, "the disk has lost a page of the one business");
    let plan = phone.app.reminders(&TimeZone::UTC).await.unwrap();
    assert!(plan.incomplete, "whoever shows reminders looks again soon");
    assert_eq!(plan.gone, [], "what was not read is not taken for cancelled");
    assert_eq!(plan.now.iter().map(|due| due.key.booking).collect::<Vec<_>>(), [other], "the other one reminds");
}

#[tokio::test]
async fn what_was_left_while_it_waited_is_left_again_when_it_was_sent() {
    let phone = Phone::ready().await;
    let (booking, _) = phone.book(0).await;
    let left = phone.app.reminders(&TimeZone::UTC).await.unwrap().next.remove(0);
    assert!(left.waiting, "the salon does not know of it");
    phone.app.reminder_shown(&left).await.unwrap();
    let phone = phone.restarted().await;
    assert!(
        phone.app.reminders(&TimeZone::UTC).await.unwrap().again.is_empty(),
        "nothing has changed over the restart"
    );
    let sent = accepted(&phone, booking, left.start);
    phone.will_say(1, vec![booked(booking)]);
    phone.will_pull(vec![shop::changes(2, vec![documents::write(spaces::customer(phone.customer), &sent)])]);
    phone.app.sync_now(phone.business).await.unwrap();
    let plan = phone.app.reminders(&TimeZone::UTC).await.unwrap();
    let again: Vec<_> = plan.again.iter().map(|one| (one.key, one.waiting)).collect();
    assert_eq!(again, [(left.key, false)], "it says no longer that it was not sent");
    phone.app.reminder_shown(&plan.again[0]).await.unwrap();
    let phone = phone.restarted().await;
    assert!(phone.app.reminders(&TimeZone::UTC).await.unwrap().again.is_empty(), "once, also after a restart");
}

/// What the server makes of a booking that the device has made.
fn accepted(phone: &Phone, id: BookingId, start: Timestamp) -> domain::Booking {
    let mut one = booking(1, start);
    (one.id, one.customer) = (id, phone.customer);
    one
}

#[tokio::test]
async fn nobody_is_reminded_of_somebody_elses_visits() {
    let (phone, ..) = an_hour_before().await;
    phone.app.sign_out(phone.business, true).await.unwrap();
    assert!(phone.due().await.is_empty(), "who has signed out has no visits here");
}

#[tokio::test]
async fn visits_that_were_cancelled_push_nobody_out() {
    let phone = Phone::ready().await;
    let start: Timestamp = "2026-11-20T13:00:00Z".parse().unwrap();
    let now = start - SignedDuration::from_hours(1);
    let writes = (0..1_000_i64).map(|number| {
        let minutes = if number == 999 { 60 } else { 1 + number % 59 };
        let mut one = booking(number.cast_unsigned(), now + SignedDuration::from_mins(minutes));
        one.customer = phone.customer;
        one.state = if number == 999 { BookingState::Confirmed } else { BookingState::Cancelled };
        documents::write(spaces::customer(phone.customer), &one)
    });
    phone.will_pull(vec![shop::changes(2, writes.collect())]);
    phone.app.sync_now(phone.business).await.unwrap();
    phone.it_is(now);
    let due = phone.due().await;
    assert_eq!(due.iter().map(|reminder| reminder.start).collect::<Vec<_>>(), [start], "the one that takes place");
}
