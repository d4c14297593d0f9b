//! EventKit: the calendars of macOS and iOS.
//!
//! **Invariant:** this is the only file of the app with `unsafe` in it. EventKit's methods are declared so because
//! their safety rests on Apple's documentation; each call here gives them live objects of the types they ask for, on
//! one thread, and hands nothing of them to another (docs/adr/0014).
//!
//! EventKit gives an event no UID that a program can choose. Which appointment it shows stands in its address, the
//! appointment's own link, and which revision of it behind the link's `#`. Only an event that has both and our title is
//! ours, or one that came from a mail or a file of ours and so has our UID; none that repeats ever is, nor one in a
//! calendar that nobody writes to here, such as a feed that its owner subscribes to.
#![allow(unsafe_code)]

use std::{sync::mpsc, time::Duration};

use block2::RcBlock;
use client::own_calendar::{
    Busy, CalendarError, Entry, Held, Nature, OwnCalendar, Wanted, booking_at, booking_of, marked, of_marked,
};
use client::{BookingId, Span, Timestamp};
use objc2::{
    rc::{Retained, autoreleasepool},
    runtime::{Bool, NSObjectProtocol},
    sel,
};
use objc2_event_kit::{
    EKAlarm, EKAuthorizationStatus, EKCalendarType, EKEntityType, EKEvent, EKEventAvailability, EKEventStatus,
    EKEventStore, EKParticipant, EKParticipantStatus, EKSpan,
};
use objc2_foundation::{NSArray, NSDate, NSError, NSString, NSTimeZone, NSURL};

/// How long somebody may think about whether to let us.
const PATIENCE: Duration = Duration::from_secs(120);
/// Before the start, in seconds.
const ALARM: f64 = -3600.0;
/// Ours, and that of our files: an event that was imported has it.
const OURS: [f64; 2] = [ALARM, -7200.0];

/// The system's calendars. Each call opens the store anew: it is bound to the thread that opened it.
pub(super) struct EventKit;

impl OwnCalendar for EventKit {
    fn open(&self) -> Result<String, CalendarError> {
        ask()?;
        with(|store| {
            let calendar = unsafe { store.defaultCalendarForNewEvents() }.ok_or(CalendarError::Missing)?;
            Ok(unsafe { calendar.title() }.to_string())
        })
    }

    fn held(&self, wanted: &[Wanted], around: Span) -> Result<Vec<Held>, CalendarError> {
        with(|store| {
            let mut held: Vec<Held> = Vec::new();
            for event in found(store, around) {
                let Some((booking, revision)) = told(&event, wanted) else { continue };
                let Some(handle) = (unsafe { event.eventIdentifier() }) else { continue };
                let handle = handle.to_string();
                if held.iter().all(|known| known.handle != handle) {
                    held.push(Held { handle, booking, revision, span: span_of(&event), nature: Nature::Ours });
                }
            }
            Ok(held)
        })
    }

    fn insert(&self, entry: &Entry) -> Result<(), CalendarError> {
        with(|store| {
            let event = unsafe { EKEvent::eventWithEventStore(store) };
            unsafe { event.setCalendar(store.defaultCalendarForNewEvents().as_deref()) };
            write(store, &event, entry)
        })
    }

    fn update(&self, handle: &str, entry: &Entry) -> Result<(), CalendarError> {
        let known = with(|store| match unsafe { store.eventWithIdentifier(&NSString::from_str(handle)) } {
            Some(event) if !is_series(&event) => write(store, &event, entry).map(|()| true),
            _ => Ok(false),
        })?;
        // Taken out, or made to repeat, between the look and the write: then it is entered again.
        if known { Ok(()) } else { self.insert(entry) }
    }

    fn remove(&self, handle: &str) -> Result<(), CalendarError> {
        with(|store| match unsafe { store.eventWithIdentifier(&NSString::from_str(handle)) } {
            Some(event) if !is_series(&event) => {
                unsafe { store.removeEvent_span_commit_error(&event, EKSpan::ThisEvent, true) }.map_err(said)
            }
            _ => Ok(()),
        })
    }

    fn busy(&self, span: Span) -> Result<Vec<Busy>, CalendarError> {
        with(|store| {
            let mut busy = Vec::new();
            for event in found(store, span) {
                let at = span_of(&event);
                if takes_time(&event) && at.is_none_or(|at| at.overlaps(&span)) {
                    let booking = address_of(&event).and_then(|address| booking_at(&address));
                    let booking = booking.filter(|_| !is_series(&event));
                    busy.push(Busy { title: unsafe { event.title() }.to_string(), span: at, booking });
                }
            }
            Ok(busy)
        })
    }
}

/// Whether an event keeps its owner from anything: not what is shown as free, called off or declined by them, no
/// birthday, and no whole day of a calendar that they only subscribe to, such as holidays.
fn takes_time(event: &EKEvent) -> bool {
    unsafe {
        if event.availability() == EKEventAvailability::Free || event.status() == EKEventStatus::Canceled {
            return false;
        }
        let calendar = event.calendar();
        let of_others = calendar.is_some_and(|calendar| {
            let kind = calendar.r#type();
            kind == EKCalendarType::Birthday || event.isAllDay() && calendar.isSubscribed()
        });
        let invited = event.attendees().map(|people| people.to_vec()).unwrap_or_default();
        let declined = |one: &Retained<EKParticipant>| {
            one.isCurrentUser() && one.participantStatus() == EKParticipantStatus::Declined
        };
        !of_others && !invited.iter().any(declined)
    }
}

/// Asks the owner for leave, if they were never asked, and waits for their answer.
fn ask() -> Result<(), CalendarError> {
    match unsafe { EKEventStore::authorizationStatusForEntityType(EKEntityType::Event) } {
        EKAuthorizationStatus::FullAccess => return Ok(()),
        EKAuthorizationStatus::NotDetermined | EKAuthorizationStatus::WriteOnly => {}
        _ => return Err(CalendarError::Denied),
    }
    let store = unsafe { EKEventStore::new() };
    let (tell, answer) = mpsc::channel();
    let said = RcBlock::new(move |granted: Bool, _: *mut NSError| {
        // Nobody listens any more when it took too long.
        let _ = tell.send(granted.as_bool());
    });
    // Systems before macOS 14 and iOS 17 know only one kind of leave.
    if store.respondsToSelector(sel!(requestFullAccessToEventsWithCompletion:)) {
        unsafe { store.requestFullAccessToEventsWithCompletion(RcBlock::as_ptr(&said)) };
    } else {
        #[allow(deprecated)]
        unsafe {
            store.requestAccessToEntityType_completion(EKEntityType::Event, RcBlock::as_ptr(&said));
        }
    }
    match answer.recv_timeout(PATIENCE) {
        Ok(true) => Ok(()),
        _ => Err(CalendarError::Denied),
    }
}

/// Does something with the store, if its owner lets us.
fn with<T>(how: impl FnOnce(&EKEventStore) -> Result<T, CalendarError>) -> Result<T, CalendarError> {
    if unsafe { EKEventStore::authorizationStatusForEntityType(EKEntityType::Event) }
        != EKAuthorizationStatus::FullAccess
    {
        return Err(CalendarError::Denied);
    }
    autoreleasepool(|_| {
        let store = unsafe { EKEventStore::new() };
        how(&store)
    })
}

fn found(store: &EKEventStore, span: Span) -> Retained<NSArray<EKEvent>> {
    unsafe {
        let among = store.predicateForEventsWithStartDate_endDate_calendars(&date(span.from), &date(span.to), None);
        store.eventsMatchingPredicate(&among)
    }
}

fn write(store: &EKEventStore, event: &EKEvent, entry: &Entry) -> Result<(), CalendarError> {
    let text = |text: &str| NSString::from_str(text);
    unsafe {
        event.setTitle(Some(&text(&entry.title)));
        event.setLocation(Some(&text(&entry.place)));
        event.setNotes(Some(&text(&entry.notes)));
        event.setURL(NSURL::URLWithString(&text(&marked(entry))).as_deref());
        event.setTimeZone(NSTimeZone::timeZoneWithName(&text(&entry.zone)).as_deref());
        event.setStartDate(Some(&date(entry.span.from)));
        event.setEndDate(Some(&date(entry.span.to)));
        ring(event, entry.rings);
        store.saveEvent_span_commit_error(event, EKSpan::ThisEvent, true).map_err(said)
    }
}

/// Gives the event our alarm, or takes it away. What its owner set stays.
fn ring(event: &EKEvent, rings: bool) {
    unsafe {
        let alarms = event.alarms().map(|alarms| alarms.to_vec()).unwrap_or_default();
        let ours: Vec<_> = alarms.into_iter().filter(|alarm| OURS.contains(&alarm.relativeOffset())).collect();
        if rings && ours.is_empty() {
            event.addAlarm(&EKAlarm::alarmWithRelativeOffset(ALARM));
        }
        for alarm in ours.iter().filter(|_| !rings) {
            event.removeAlarm(alarm);
        }
    }
}

/// Which of these appointments an event of ours shows, and which revision. Nothing for an event of its owner.
fn told(event: &EKEvent, of: &[Wanted]) -> Option<(BookingId, Option<u32>)> {
    if is_series(event) || !can_be_written(event) {
        return None;
    }
    let title = unsafe { event.title() }.to_string();
    if let Some((booking, revision)) = address_of(event).and_then(|address| of_marked(of, &address, &title)) {
        return Some((booking, Some(revision)));
    }
    // Calendars keep the UID of what was imported or accepted.
    let uid = unsafe { event.calendarItemExternalIdentifier() }?.to_string();
    let booking = booking_of(&uid).filter(|booking| of.iter().any(|wanted| wanted.booking == *booking))?;
    Some((booking, None))
}

/// Whether it repeats, or was one of those that do.
fn is_series(event: &EKEvent) -> bool {
    unsafe { event.hasRecurrenceRules() || event.isDetached() }
}

/// Whether its calendar lets programs change what is in it.
fn can_be_written(event: &EKEvent) -> bool {
    unsafe { event.calendar().is_some_and(|calendar| calendar.allowsContentModifications()) }
}

fn address_of(event: &EKEvent) -> Option<String> {
    unsafe { event.URL() }?.absoluteString().map(|text| text.to_string())
}

/// When it is; nothing for a whole day.
fn span_of(event: &EKEvent) -> Option<Span> {
    let at = |date: &NSDate| {
        // Whole seconds: appointments have no others.
        #[allow(clippy::cast_possible_truncation)]
        Timestamp::from_second(date.timeIntervalSince1970().round() as i64).ok()
    };
    unsafe {
        if event.isAllDay() {
            return None;
        }
        Some(Span { from: at(&event.startDate())?, to: at(&event.endDate())? })
    }
}

#[allow(clippy::cast_precision_loss)] // exact for the next hundred million years
fn date(at: Timestamp) -> Retained<NSDate> {
    NSDate::dateWithTimeIntervalSince1970(at.as_second() as f64)
}

fn said(error: Retained<NSError>) -> CalendarError {
    CalendarError::Failed(error.localizedDescription().to_string())
}
