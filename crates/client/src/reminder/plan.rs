//! What is to be shown now, and what next.

use std::collections::BTreeSet;

use domain::{
    Booking, BookingState, Terms, Timestamp,
    booking::{By, Change},
};
use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use uuid::Uuid;

use super::{Reminder, ReminderAct, ReminderKey, ReminderKind, ReminderSettings, ShownLog};

/// A booking as this device shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemindedBooking {
    /// Whose it is, as this device knows the business.
    pub business: Uuid,
    /// The booking.
    pub booking: Booking,
    /// Whether it shows something that the server has not confirmed yet.
    pub waiting: bool,
    /// The terms that hold for it; nothing when they cannot be read, and then nothing is offered that depends on them.
    pub terms: Option<Terms>,
}

/// What reminding comes to at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReminderPlan {
    /// To be shown now, the one due first before the others.
    pub now: Vec<Reminder>,
    /// Still to come, the one due first before the others.
    pub next: Vec<Reminder>,
    /// Were noted before, are not due yet and have other words now. Whoever left them with the operating system puts them
    /// there in place of the old ones.
    pub again: Vec<Reminder>,
    /// Were noted before, are not due yet and say what they said: where they still wait with the system, they may stay.
    pub left: Vec<Reminder>,
    /// Were shown, are of a visit that would still be to come, and are not true any more. Whoever can takes them away.
    pub gone: Vec<ReminderKey>,
    /// Whether some business could not be read. Then nothing counts as gone, and it is worth planning again soon. What
    /// this program cannot read at all, however often it looks, only keeps what was shown of it.
    pub incomplete: bool,
}

/// Plans reminders for bookings in any order, for a device that is `here`. Nothing is shown or written by it.
pub fn plan(
    bookings: &[RemindedBooking],
    settings: &ReminderSettings,
    log: &ShownLog,
    now: Timestamp,
    here: &TimeZone,
) -> ReminderPlan {
    let mut plan = ReminderPlan::default();
    let mut true_still = BTreeSet::new();
    for shown in bookings.iter().filter(|shown| reminds(&shown.booking, now)) {
        let known = known_since(&shown.booking);
        for reminder in of(shown, settings, now, here) {
            let early = now < reminder.key.due;
            let timely = known.is_none_or(|known| known < reminder.key.due);
            // What was shown while it was timely stays true when the server notes a later moment than this device did.
            if timely || !early {
                true_still.insert(reminder.key);
            }
            let list = match (log.has(&reminder.key), early) {
                _ if !timely => continue,
                (true, true) if log.outdated(&reminder) => &mut plan.again,
                (true, true) => &mut plan.left,
                (false, true) => &mut plan.next,
                (false, false) if now < reminder.until => &mut plan.now,
                _ => continue,
            };
            list.push(reminder);
        }
    }
    plan.now.sort_by_key(|reminder| reminder.key.due);
    plan.next.sort_by_key(|reminder| reminder.key.due);
    let open = log.entries().filter(|entry| now < entry.start && !true_still.contains(&entry.key));
    plan.gone = open.map(|entry| entry.key).collect();
    plan
}

/// Whether a booking reminds at all: it will take place, has not begun, and its customer is not there yet.
fn reminds(booking: &Booking, now: Timestamp) -> bool {
    use BookingState::{AwaitingPayment, AwaitingProvider, Confirmed};
    matches!(booking.state, Confirmed | AwaitingProvider | AwaitingPayment) && now < booking.span.from
}

/// All reminders of a booking, each until the next one is due.
fn of(shown: &RemindedBooking, settings: &ReminderSettings, now: Timestamp, here: &TimeZone) -> Vec<Reminder> {
    let booking = &shown.booking;
    let start = booking.span.from;
    let offset = here.to_offset(start).seconds();
    let earlier = |minutes: i64| start.checked_sub(SignedDuration::from_mins(minutes)).ok();
    let wanted = [
        (ReminderKind::DayBefore, settings.day_before.then(|| day_before(booking)).flatten()),
        (ReminderKind::HoursBefore, settings.hours_before.and_then(|hours| earlier(i64::from(hours) * 60))),
        (ReminderKind::LeaveBy, settings.travel.and_then(|minutes| earlier(i64::from(minutes)))),
    ];
    let mut due: Vec<_> = wanted.into_iter().filter_map(|(kind, due)| Some((due?, kind))).collect();
    due.sort();
    let ends: Vec<_> = due.iter().skip(1).map(|(next, _)| *next).chain([start]).collect();
    let spans = due.into_iter().zip(ends).filter(|((due, _), until)| due < until);
    spans.map(|((due, kind), until)| reminder(shown, kind, (due, until), (now, offset))).collect()
}

fn reminder(
    RemindedBooking { business, booking, waiting, terms }: &RemindedBooking,
    kind: ReminderKind,
    (due, until): (Timestamp, Timestamp),
    (now, offset): (Timestamp, i32),
) -> Reminder {
    let at = due.max(now);
    let offers = [
        (ReminderAct::CheckIn, terms.as_ref().is_some_and(|terms| booking.may_check_in(terms, at).is_ok())),
        (ReminderAct::Coming, terms.as_ref().is_some_and(|terms| booking.may_confirm_attendance(terms, at).is_ok())),
        (ReminderAct::Late, booking.may_run_late(at).is_ok()),
    ];
    Reminder {
        key: ReminderKey { booking: booking.id, kind, due },
        business: *business,
        revision: booking.revision,
        until,
        start: booking.span.from,
        zone: booking.zone.clone(),
        service: booking.names.service.clone(),
        staff: booking.names.staff.clone(),
        place: booking.names.place.clone(),
        address: booking.names.address.clone(),
        waiting: *waiting,
        unconfirmed: booking.state != BookingState::Confirmed,
        offset,
        acts: offers.into_iter().filter_map(|(act, may)| may.then_some(act)).collect(),
    }
}

/// The same time on the venue's clock the day before, also when the clock changes in between.
fn day_before(booking: &Booking) -> Option<Timestamp> {
    let start = booking.zone.zoned(booking.span.from);
    start.checked_sub(1.day()).ok().map(|day_before| day_before.timestamp())
}

/// Since when the customer knows the time because they chose it themselves; nothing when the business did.
fn known_since(booking: &Booking) -> Option<Timestamp> {
    let sets_time = |change: &Change| matches!(change, Change::Booked { .. } | Change::Rescheduled { .. });
    let last = booking.ledger.iter().rev().find(|entry| sets_time(&entry.change))?;
    (last.by == By::Customer).then_some(last.at)
}
