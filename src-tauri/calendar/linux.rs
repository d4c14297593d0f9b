//! Evolution Data Server: the calendars of GNOME Calendar, Evolution and others, over D-Bus.
//!
//! Its names carry a number that rises with its interface (`Calendar8` in 3.46); the highest one that the desktop offers
//! is taken. What is used of the interface has not changed since `Calendar7`.

mod sources;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use client::own_calendar::{
    Busy, CalendarError, Entry, Event, Held, OwnCalendar, PLACES, Wanted, booking_of, events, held, uid_of,
};
use zbus::blocking::{Connection, Proxy, connection};

use self::sources::Source;

const SERVICE: &str = "org.gnome.evolution.dataserver.Calendar";
const FACTORY: &str = "/org/gnome/evolution/dataserver/CalendarFactory";
/// The calendar that every desktop of its kind has; it lies on this device.
const BUILT_IN: &str = "system-calendar";
/// A calendar that does not answer must not stop the app for ever.
const PATIENCE: Duration = Duration::from_secs(20);
/// Most appointments that are asked for at once.
const AT_ONCE: usize = 200;

/// The desktop's calendars.
pub(super) struct Evolution {
    line: Mutex<Option<Line>>,
}

/// A connection, and the service behind it.
#[derive(Clone)]
struct Line {
    bus: Connection,
    calendars: String,
    sources: String,
}

/// One calendar that is open.
struct Calendar {
    proxy: Proxy<'static>,
}

impl Evolution {
    /// The desktop's calendars, if it has the service. It is not started by this.
    pub(super) fn find() -> Option<Self> {
        let line = Line::open().ok()?;
        Some(Self { line: Mutex::new(Some(line)) })
    }

    /// Does something with a connection; one that fails is made anew the next time.
    fn with<T>(&self, how: impl FnOnce(&Line) -> zbus::Result<T>) -> Result<T, CalendarError> {
        let kept = self.line.lock().unwrap_or_else(PoisonError::into_inner).take();
        let line = match kept {
            Some(line) => line,
            None => Line::open()?,
        };
        let done = how(&line).map_err(said)?;
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
        Ok(done)
    }

    fn with_own<T>(&self, how: impl FnOnce(&Calendar) -> zbus::Result<T>) -> Result<T, CalendarError> {
        self.with(|line| {
            let own = Source::own(line.list()?);
            line.calendar(own.as_ref().map_or(BUILT_IN, |source| &source.uid), how)
        })
    }
}

impl OwnCalendar for Evolution {
    fn open(&self) -> Result<String, CalendarError> {
        let source = self.with(|line| Ok(Source::own(line.list()?)))?.ok_or(CalendarError::Missing)?;
        self.with(|line| line.calendar(&source.uid, |_| Ok(())))?;
        Ok(source.name)
    }

    fn held(&self, wanted: &[Wanted], _around: client::Span) -> Result<Vec<Held>, CalendarError> {
        self.with_own(|calendar| {
            let mut all: Vec<Held> = Vec::new();
            for some in wanted.chunks(AT_ONCE) {
                all.extend(held(calendar.list(&of(some))?, some));
            }
            Ok(all)
        })
    }

    fn insert(&self, entry: &Entry) -> Result<(), CalendarError> {
        self.with_own(|calendar| calendar.put(entry))
    }

    /// The event that has our name is the only one that is written to, whatever the handle.
    fn update(&self, _handle: &str, entry: &Entry) -> Result<(), CalendarError> {
        self.insert(entry)
    }

    fn remove(&self, handle: &str) -> Result<(), CalendarError> {
        self.with_own(|calendar| calendar.remove(handle))
    }

    fn busy(&self, span: client::Span) -> Result<Vec<Busy>, CalendarError> {
        let time = |at: client::Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
        let query =
            format!("(occur-in-time-range? (make-time \"{}\") (make-time \"{}\"))", time(span.from), time(span.to));
        self.with(|line| {
            let mut busy = Vec::new();
            for source in line.list()?.into_iter().filter(Source::is_shown) {
                // One that cannot be reached (another machine's, without a network) says nothing.
                let found = line.calendar(&source.uid, |calendar| calendar.list(&query)).unwrap_or_default();
                let taken = found.into_iter().filter(|event| {
                    let there = event.repeats || event.span.is_none_or(|at| at.overlaps(&span));
                    !event.free && there
                });
                busy.extend(taken.map(|event| Busy {
                    booking: booking_of(&event.uid).filter(|_| !event.is_series()),
                    // The first time of a series is not the time that is in the way.
                    span: event.span.filter(|_| !event.repeats),
                    title: event.summary,
                }));
            }
            Ok(busy)
        })
    }
}

impl Line {
    fn open() -> Result<Self, CalendarError> {
        let bus = connection::Builder::session()
            .and_then(|builder| builder.method_timeout(PATIENCE).build())
            .map_err(|_| CalendarError::Missing)?;
        let names = zbus::blocking::fdo::DBusProxy::new(&bus)
            .and_then(|bus| Ok(bus.list_activatable_names()?))
            .map_err(|_| CalendarError::Missing)?;
        let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
        let calendars = newest(&names, SERVICE).ok_or(CalendarError::Missing)?;
        let sources = newest(&names, sources::SERVICE).ok_or(CalendarError::Missing)?;
        Ok(Self { bus, calendars, sources })
    }

    fn list(&self) -> zbus::Result<Vec<Source>> {
        sources::list(&self.bus, &self.sources)
    }

    /// Opens a calendar for as long as it is used.
    fn calendar<T>(&self, source: &str, how: impl FnOnce(&Calendar) -> zbus::Result<T>) -> zbus::Result<T> {
        let factory =
            Proxy::new(&self.bus, self.calendars.clone(), FACTORY, "org.gnome.evolution.dataserver.CalendarFactory")?;
        let (path, owner): (String, String) = factory.call("OpenCalendar", &(source,))?;
        let proxy = Proxy::new(&self.bus, owner, path, SERVICE)?;
        let _: Vec<String> = proxy.call("Open", &())?;
        let calendar = Calendar { proxy };
        let done = how(&calendar);
        // What was done is done, also when nobody says goodbye.
        let _ = calendar.proxy.call::<_, _, ()>("Close", &());
        done
    }
}

impl Calendar {
    fn list(&self, query: &str) -> zbus::Result<Vec<Event>> {
        let found: Vec<String> = self.proxy.call("GetObjectList", &(query,))?;
        Ok(found.iter().flat_map(|text| events(text)).collect())
    }

    /// Enters the event under our name, or brings the one that has it up to date.
    fn put(&self, entry: &Entry) -> zbus::Result<()> {
        for zone in components(&entry.ics, "VTIMEZONE") {
            self.proxy.call::<_, _, ()>("AddTimezone", &(zone,))?;
        }
        let event = components(&entry.ics, "VEVENT");
        match self.proxy.call::<_, _, Vec<String>>("CreateObjects", &(&event, 0_u32)) {
            Err(error) if is(&error, EXISTS) => self.proxy.call("ModifyObjects", &(&event, "all", 0_u32)),
            created => created.map(drop),
        }
    }

    fn remove(&self, handle: &str) -> zbus::Result<()> {
        match self.proxy.call("RemoveObjects", &(vec![(handle, "")], "all", 0_u32)) {
            Err(error) if is(&error, NOT_FOUND) => Ok(()),
            removed => removed,
        }
    }
}

/// The numbers of `ECalClientError`.
const NOT_FOUND: &str = "Code1";
const EXISTS: &str = "Code4";

fn is(error: &zbus::Error, code: &str) -> bool {
    let zbus::Error::MethodError(name, ..) = error else { return false };
    // GLib's way to name errors that D-Bus does not know.
    name.as_str().contains("cal_2dclient") && name.as_str().ends_with(code)
}

fn said(error: zbus::Error) -> CalendarError {
    CalendarError::Failed(error.to_string())
}

/// Asks for the events of these appointments, and for all that may be copies of ours.
fn of(wanted: &[Wanted]) -> String {
    let mut query = "(or".to_owned();
    for place in PLACES {
        query.push_str(&format!(" (contains? \"description\" \"{place}\")"));
    }
    for Wanted { booking, .. } in wanted {
        query.push_str(&format!(" (uid? \"{}\")", uid_of(*booking)));
    }
    query.push(')');
    query
}

/// The name with the highest number after it.
fn newest(names: &[String], service: &str) -> Option<String> {
    let number = |name: &String| name.strip_prefix(service)?.parse::<u32>().ok();
    names.iter().filter(|name| number(name).is_some()).max_by_key(|name| number(name)).cloned()
}

/// The components of a kind in an iCalendar object, each as it stands there.
fn components(ics: &str, kind: &str) -> Vec<String> {
    let (begin, end) = (format!("BEGIN:{kind}\r\n"), format!("END:{kind}\r\n"));
    let mut rest = ics;
    let mut found = Vec::new();
    while let Some(from) = rest.find(&begin) {
        let Some(length) = rest[from..].find(&end) else { break };
        found.push(rest[from..from + length + end.len()].to_owned());
        rest = &rest[from + length + end.len()..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_service_is_asked() {
        let names = ["Calendar7", "Calendar10", "Calendar9", "CalendarX", "Sources5"];
        let names: Vec<String> = names.iter().map(|name| format!("org.gnome.evolution.dataserver.{name}")).collect();
        let found = newest(&names, SERVICE);
        assert_eq!(found.as_deref(), Some("org.gnome.evolution.dataserver.Calendar10"), "by number, not by letter");
        assert_eq!(newest(&names[4..], SERVICE), None, "no calendar, no service");
    }

    #[test]
    fn copies_are_asked_for_by_the_link_of_today_and_of_before() {
        let query = of(&[]);
        let both = r#"(or (contains? "description" "/open/booking/") (contains? "description" "/agenda/"))"#;
        assert_eq!(query, both, "events that an older app made are found too");
    }

    #[test]
    fn components_are_taken_whole() {
        let zone = "BEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
        let event = "BEGIN:VEVENT\r\nBEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT\r\n";
        let ics = format!("BEGIN:VCALENDAR\r\n{zone}{event}END:VCALENDAR\r\n");
        assert_eq!(components(&ics, "VTIMEZONE"), [zone], "with what is in it");
        assert_eq!(components(&ics, "VEVENT"), [event], "with its alarm");
        assert_eq!(components("BEGIN:VEVENT\r\n", "VEVENT"), Vec::<String>::new(), "half a component is none");
    }
}
