//! The Windows calendar: a calendar of the app's own in the system's store, which the system's calendar program shows
//! beside the others.
//!
//! Events in it are ours to change: people see them there and move them in the app. Which event shows which appointment
//! stands in its roaming id, and which revision of it in its remote change number.

use client::own_calendar::{Busy, CalendarError, Entry, Held, Nature, OwnCalendar, Wanted, booking_of, uid_of};
use client::{Span, Timestamp};
use windows::{
    ApplicationModel::Appointments::{
        Appointment, AppointmentBusyStatus, AppointmentCalendar, AppointmentManager, AppointmentStore as Store,
        AppointmentStoreAccessType as Access,
    },
    Foundation::{DateTime, TimeSpan, Uri},
    core::{Error, HRESULT, HSTRING},
};

/// The calendar's name for a person.
const NAME: &str = "Datebook";
/// `E_ACCESSDENIED`.
const DENIED: HRESULT = HRESULT(0x8007_0005_u32.cast_signed());
/// Ticks of 100 nanoseconds in a second.
const TICKS: i64 = 10_000_000;
/// Seconds from 1601, where Windows begins to count, to 1970.
const SINCE_1601: i64 = 11_644_473_600;

/// The system's store of appointments.
pub(super) struct AppointmentStore;

impl OwnCalendar for AppointmentStore {
    fn open(&self) -> Result<String, CalendarError> {
        calendar().and_then(|calendar| calendar.DisplayName()).map(|name| name.to_string()).map_err(said)
    }

    fn held(&self, wanted: &[Wanted], _around: Span) -> Result<Vec<Held>, CalendarError> {
        held(wanted).map_err(said)
    }

    fn insert(&self, entry: &Entry) -> Result<(), CalendarError> {
        Appointment::new().and_then(|appointment| write(&calendar()?, &appointment, entry)).map_err(said)
    }

    fn update(&self, handle: &str, entry: &Entry) -> Result<(), CalendarError> {
        let update = || {
            let calendar = calendar()?;
            let appointment = calendar.GetAppointmentAsync(&HSTRING::from(handle))?.join()?;
            write(&calendar, &appointment, entry)
        };
        update().map_err(said)
    }

    fn remove(&self, handle: &str) -> Result<(), CalendarError> {
        let remove = || calendar()?.DeleteAppointmentAsync(&HSTRING::from(handle))?.join();
        remove().map_err(said)
    }

    /// Events of an app's own calendar cannot be changed by hand.
    fn lets_move(&self) -> bool {
        false
    }

    /// They are entered without a reminder: the app's own says more.
    fn can_ring(&self) -> bool {
        false
    }

    fn busy(&self, span: Span) -> Result<Vec<Busy>, CalendarError> {
        busy(span).map_err(said)
    }
}

fn store(access: Access) -> Result<Store, Error> {
    AppointmentManager::RequestStoreAsync(access)?.join()
}

/// The app's own calendar; it is made when it is not there.
fn calendar() -> Result<AppointmentCalendar, Error> {
    let store = store(Access::AppCalendarsReadWrite)?;
    match store.FindAppointmentCalendarsAsync()?.join()?.into_iter().next() {
        Some(calendar) => Ok(calendar),
        None => store.CreateAppointmentCalendarAsync(&HSTRING::from(NAME))?.join(),
    }
}

fn held(wanted: &[Wanted]) -> Result<Vec<Held>, Error> {
    let calendar = calendar()?;
    let mut held = Vec::new();
    for found in calendar.FindUnexpandedAppointmentsAsync()?.join()? {
        // The list leaves out most of what an appointment says.
        let handle = found.LocalId()?;
        let appointment = calendar.GetAppointmentAsync(&handle)?.join()?;
        let Some(booking) = booking_of(&appointment.RoamingId()?.to_string()) else { continue };
        if wanted.iter().any(|wanted| wanted.booking == booking) {
            held.push(Held {
                handle: handle.to_string(),
                booking,
                revision: u32::try_from(appointment.RemoteChangeNumber()?).ok(),
                span: span_of(&appointment)?,
                // It answers with nothing, which counts as an error, for what does not repeat.
                nature: if appointment.Recurrence().is_ok() { Nature::Series } else { Nature::Ours },
            });
        }
    }
    Ok(held)
}

fn write(calendar: &AppointmentCalendar, appointment: &Appointment, entry: &Entry) -> Result<(), Error> {
    appointment.SetRoamingId(&HSTRING::from(uid_of(entry.booking)))?;
    appointment.SetRemoteChangeNumber(entry.revision.into())?;
    appointment.SetSubject(&HSTRING::from(&entry.title))?;
    appointment.SetLocation(&HSTRING::from(&entry.place))?;
    appointment.SetDetails(&HSTRING::from(&entry.notes))?;
    appointment.SetUri(&Uri::CreateUri(&HSTRING::from(&entry.link))?)?;
    let seconds = entry.span.to.as_second() - entry.span.from.as_second();
    appointment.SetStartTime(DateTime { UniversalTime: (entry.span.from.as_second() + SINCE_1601) * TICKS })?;
    appointment.SetDuration(TimeSpan { Duration: seconds * TICKS })?;
    calendar.SaveAppointmentAsync(appointment)?.join()
}

fn busy(span: Span) -> Result<Vec<Busy>, Error> {
    let seconds = span.to.as_second() - span.from.as_second();
    let from = DateTime { UniversalTime: (span.from.as_second() + SINCE_1601) * TICKS };
    let found =
        store(Access::AllCalendarsReadOnly)?.FindAppointmentsAsync(from, TimeSpan { Duration: seconds * TICKS })?;
    let mut busy = Vec::new();
    for appointment in found.join()? {
        let at = span_of(&appointment)?;
        let there = at.is_none_or(|at| at.overlaps(&span));
        if there && appointment.BusyStatus()? != AppointmentBusyStatus::Free {
            busy.push(Busy {
                title: appointment.Subject()?.to_string(),
                span: at,
                booking: booking_of(&appointment.RoamingId().unwrap_or_default().to_string()),
            });
        }
    }
    Ok(busy)
}

/// When it is; nothing for a whole day.
fn span_of(appointment: &Appointment) -> Result<Option<Span>, Error> {
    if appointment.AllDay()? {
        return Ok(None);
    }
    let from = appointment.StartTime()?.UniversalTime / TICKS - SINCE_1601;
    let to = from + appointment.Duration()?.Duration / TICKS;
    let span = Timestamp::from_second(from).ok().zip(Timestamp::from_second(to).ok());
    Ok(span.map(|(from, to)| Span { from, to }))
}

fn said(error: Error) -> CalendarError {
    if error.code() == DENIED { CalendarError::Denied } else { CalendarError::Failed(error.to_string()) }
}
