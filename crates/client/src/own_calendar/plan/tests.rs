use std::cell::{Cell, RefCell};

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::own_calendar::{
    Busy, CalendarError, Entry, OwnCalendar, Wanted,
    carry_out::{Notes, carry_out},
};

fn at(hour: i64) -> Timestamp {
    let start: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
    start.checked_add(SignedDuration::from_hours(hour)).unwrap()
}

fn now() -> Timestamp {
    at(-10)
}

fn id(n: u8) -> BookingId {
    format!("01990000-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

fn version(revision: u32, hour: i64) -> Version {
    Version { revision, span: Span { from: at(hour), to: at(hour + 1) } }
}

fn event(handle: &str, revision: u32, hour: i64) -> Held {
    let span = Some(version(0, hour).span);
    Held { handle: handle.to_owned(), booking: id(1), revision: Some(revision), span, nature: Nature::Ours }
}

fn copy(handle: &str, revision: u32, hour: i64) -> Held {
    Held { nature: Nature::Copy, ..event(handle, revision, hour) }
}

fn series(handle: &str, revision: u32, hour: i64) -> Held {
    Held { nature: Nature::Series, ..event(handle, revision, hour) }
}

/// What is noted before an event is entered, in a calendar that is not to ring.
fn fresh() -> Written {
    Written { rings: Some(false), ..Written::new(Uuid::nil()) }
}

fn done(revision: u32, hour: i64) -> Written {
    Written { done: Some(version(revision, hour)), ..fresh() }
}

/// What is planned for one appointment.
fn planned(known: Option<Known>, held: &[Held], log: Option<Written>) -> CalendarPlan {
    let bookings = known.map(|known| (id(1), (Uuid::nil(), known))).into_iter().collect();
    let log = log.map(|written| (id(1), written)).into_iter().collect();
    plan(&Sight { now: now(), bookings: &bookings, silent: &BTreeSet::new(), held, log: &log, rings: false })
}

/// The steps, one word each.
fn words(plan: &CalendarPlan) -> String {
    let word = |step: &Step| match step {
        Step::Insert { .. } => "insert".to_owned(),
        Step::Update { handle, .. } => format!("update {handle}"),
        Step::Remove { handle } => format!("remove {handle}"),
        Step::Note { written: Written { asked: Some(_), .. }, .. } => "ask".to_owned(),
        Step::Note { .. } => "note".to_owned(),
        Step::Forget { .. } => "forget".to_owned(),
    };
    plan.steps.iter().map(word).collect::<Vec<_>>().join(", ")
}

#[test]
fn what_is_done_for_one_appointment() {
    let live = Some(Known::Live(version(1, 5)));
    let begun = |written: Written, version| Some(Written { begun: Some(version), ..written });
    let asked = |hour| Some(Written { asked: Some(at(hour)), ..done(1, 5) });
    let rings = |rings| Some(Written { rings, ..done(1, 5) });
    let unmarked = |hour| Held { revision: None, ..event("a", 0, hour) };
    let cases = [
        ("a new one", live, vec![], None, "insert"),
        ("all is well", live, vec![event("a", 1, 5)], Some(done(1, 5)), ""),
        ("the appointment was moved", live, vec![event("a", 0, 3)], Some(done(0, 3)), "update a"),
        ("its words changed", live, vec![event("a", 0, 5)], Some(done(0, 5)), "update a"),
        ("its owner deleted the event", live, vec![], Some(done(1, 5)), "insert"),
        ("its owner moved the event", live, vec![event("a", 1, 7)], Some(done(1, 5)), "ask"),
        ("they are asked already", live, vec![event("a", 1, 7)], asked(7), ""),
        ("they moved it again", live, vec![event("a", 1, 8)], asked(7), "ask"),
        ("they moved it back", live, vec![event("a", 1, 5)], asked(7), "note"),
        ("a mail told their calendar of a later move", live, vec![event("a", 2, 7)], Some(done(1, 5)), ""),
        ("a mail told of later words", live, vec![event("a", 2, 5)], Some(done(0, 5)), ""),
        ("another device wrote a later move", live, vec![event("a", 2, 7)], None, ""),
        ("it was told of a move that we know by now", live, vec![event("a", 1, 5)], Some(done(0, 3)), "note"),
        ("a calendar that cannot tell revisions", live, vec![unmarked(7)], Some(done(1, 5)), "ask"),
        ("they drew it into the past", live, vec![event("a", 1, -20)], Some(done(1, 5)), "update a"),
        ("moved by hand, then by the business", live, vec![event("a", 0, 7)], Some(done(0, 3)), "update a"),
        ("ended before the note of an insert", live, vec![event("a", 1, 5)], begun(fresh(), version(1, 5)), "note"),
        ("ended before an insert", live, vec![], begun(fresh(), version(1, 5)), "insert"),
        ("ended before the note of an update", live, vec![event("a", 1, 5)], begun(done(0, 3), version(1, 5)), "note"),
        ("ended before an update", live, vec![event("a", 0, 3)], begun(done(0, 3), version(1, 5)), "update a"),
        (
            "ended in a move that was refused later",
            Some(Known::Live(version(0, 3))),
            vec![event("a", 1, 5)],
            begun(done(0, 3), version(1, 5)),
            "update a",
        ),
        (
            "ended, and then moved: nobody can say by whom",
            live,
            vec![event("a", 1, 9)],
            begun(done(0, 3), version(1, 5)),
            "update a",
        ),
        ("an invitation that was imported by hand", live, vec![event("a", 1, 5)], None, "update a"),
        ("it would ring beside the app", live, vec![event("a", 1, 5)], rings(Some(true)), "update a"),
        ("an older app wrote it", live, vec![event("a", 1, 5)], rings(None), "update a"),
        ("an older app wrote it, and its owner moved it", live, vec![event("a", 1, 7)], rings(None), "ask"),
        ("an old invitation", live, vec![event("a", 0, 3)], None, "update a"),
        (
            "refused, then moved by hand",
            Some(Known::Live(version(0, 3))),
            vec![event("a", 1, 9)],
            begun(done(0, 3), version(1, 5)),
            "update a",
        ),
        ("an imported one, moved by hand", live, vec![event("a", 1, 7)], None, "ask"),
        ("a copy", live, vec![event("b", 1, 5), event("a", 1, 5)], Some(done(1, 5)), "remove b"),
        ("a copy at another time", live, vec![event("a", 1, 7), event("b", 1, 5)], Some(done(1, 5)), "remove a"),
        ("a copy under another name", live, vec![copy("a", 1, 5), event("b", 1, 5)], Some(done(1, 5)), "remove a"),
        (
            "an old one, and a right copy",
            live,
            vec![copy("a", 1, 5), event("b", 0, 3)],
            Some(done(0, 3)),
            "remove a, update b",
        ),
        ("only a copy", live, vec![copy("a", 1, 5)], Some(done(1, 5)), "insert, remove a"),
        ("only a copy, elsewhere", live, vec![copy("a", 1, 7)], Some(done(1, 5)), "insert, remove a"),
        ("a copy that was raised", live, vec![copy("a", 2, 7), event("b", 1, 5)], Some(done(1, 5)), "remove a"),
        ("made weekly", live, vec![series("a", 1, 5)], Some(done(0, 3)), ""),
        ("made weekly elsewhere", live, vec![series("a", 1, 7)], Some(done(1, 5)), ""),
        ("made weekly, and cancelled", Some(Known::Off), vec![series("a", 1, 5)], Some(done(1, 5)), "forget"),
        ("made weekly, and signed out", None, vec![series("a", 1, 5)], Some(done(1, 5)), "forget"),
        ("cancelled", Some(Known::Off), vec![event("a", 1, 5)], Some(done(1, 5)), "remove a, forget"),
        ("cancelled, and entered by a mail", Some(Known::Off), vec![event("a", 1, 5)], None, "remove a"),
        ("cancelled, and the event is gone", Some(Known::Off), vec![], Some(done(1, 5)), "forget"),
        ("signed out, or switched off", None, vec![event("a", 1, 5)], Some(done(1, 5)), "remove a, forget"),
        ("over", None, vec![event("a", 1, -20)], Some(done(1, -20)), "forget"),
        ("somebody else's", None, vec![event("a", 1, 5)], None, ""),
    ];
    for (what, known, held, log, wanted) in cases {
        assert_eq!(words(&planned(known, &held, log)), wanted, "{what}");
    }
}

#[test]
fn an_appointment_that_stays_puts_its_event_back() {
    let declined = Written { declined: Some(at(7)), ..done(1, 5) };
    let live = Some(Known::Live(version(1, 5)));
    assert_eq!(words(&planned(live, &[event("a", 1, 7)], Some(declined.clone()))), "update a", "they said no");
    assert_eq!(words(&planned(live, &[event("a", 1, 8)], Some(declined))), "ask", "another time is another question");
}

#[test]
fn a_longer_event_at_the_same_start_is_left_alone() {
    let mut longer = event("a", 1, 5);
    longer.span = Some(Span { from: at(5), to: at(8) });
    let plan = planned(Some(Known::Live(version(1, 5))), &[longer], Some(done(1, 5)));
    assert_eq!(plan, CalendarPlan::default(), "the way there is theirs to draw");
}

#[test]
fn a_business_that_says_nothing_keeps_its_events() {
    let business = Uuid::nil();
    let log = BTreeMap::from([(id(1), done(1, 5))]);
    let silent = BTreeSet::from([business]);
    let held = [event("a", 1, 5)];
    let plan =
        plan(&Sight { now: now(), bookings: &BTreeMap::new(), silent: &silent, held: &held, log: &log, rings: false });
    assert_eq!(plan, CalendarPlan::default(), "before the first sync nothing can be called gone");
}

/// A calendar in memory: events by handle. It stops working when `left` runs out.
struct Paper {
    events: RefCell<BTreeMap<String, Held>>,
    /// Which of them ring, as far as we wrote them.
    ringing: RefCell<BTreeMap<String, bool>>,
    next: Cell<u32>,
    left: Cell<u32>,
}

// One thread uses it; the trait asks for more.
struct Shared(std::sync::Mutex<Paper>);

impl Shared {
    fn new() -> Self {
        let (events, ringing) = (RefCell::default(), RefCell::default());
        let paper = Paper { events, ringing, next: Cell::new(0), left: Cell::new(u32::MAX) };
        Self(std::sync::Mutex::new(paper))
    }

    fn with<T>(&self, how: impl FnOnce(&Paper) -> T) -> T {
        how(&self.0.lock().unwrap())
    }

    fn events(&self) -> Vec<Held> {
        self.with(|paper| paper.events.borrow().values().cloned().collect())
    }
}

impl Paper {
    /// Fails when the power is cut: before what was asked for, as every call of a program that ends does.
    fn alive(&self) -> Result<(), CalendarError> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        if left == 0 { Err(CalendarError::Failed("the power is cut".to_owned())) } else { Ok(()) }
    }

    fn put(&self, handle: String, entry: &Entry) {
        let Entry { booking, revision, span, .. } = entry;
        let nature = Nature::Ours;
        let held =
            Held { handle: handle.clone(), booking: *booking, revision: Some(*revision), span: Some(*span), nature };
        self.ringing.borrow_mut().insert(handle.clone(), entry.rings);
        self.events.borrow_mut().insert(handle, held);
    }

    fn fresh(&self) -> String {
        self.next.set(self.next.get() + 1);
        // Names are not in the order in which events were made.
        format!("{:x}-{}", (self.next.get().wrapping_mul(0x9E37_79B9)) >> 20, self.next.get())
    }
}

impl OwnCalendar for Shared {
    fn open(&self) -> Result<String, CalendarError> {
        Ok("Paper".to_owned())
    }
    fn held(&self, _: &[Wanted], _: Span) -> Result<Vec<Held>, CalendarError> {
        Ok(self.events())
    }
    fn insert(&self, entry: &Entry) -> Result<(), CalendarError> {
        self.with(|paper| {
            paper.alive()?;
            paper.put(paper.fresh(), entry);
            Ok(())
        })
    }
    fn update(&self, handle: &str, entry: &Entry) -> Result<(), CalendarError> {
        self.with(|paper| {
            paper.alive()?;
            let nature = paper.events.borrow().get(handle).map(|held| held.nature);
            assert_eq!(nature, Some(Nature::Ours), "{handle} is not ours to change");
            paper.put(handle.to_owned(), entry);
            Ok(())
        })
    }
    fn remove(&self, handle: &str) -> Result<(), CalendarError> {
        self.with(|paper| {
            paper.alive()?;
            let taken = paper.events.borrow_mut().remove(handle).map(|held| held.nature);
            assert_ne!(taken, Some(Nature::Series), "{handle} is its owner's");
            Ok(())
        })
    }
    fn busy(&self, _: Span) -> Result<Vec<Busy>, CalendarError> {
        Ok(Vec::new())
    }
}

/// The log of the simulation; it shares the power with the calendar.
struct Book<'a> {
    log: &'a mut BTreeMap<BookingId, Written>,
    power: &'a Shared,
}

impl Notes for Book<'_> {
    fn note(&mut self, booking: BookingId, written: Option<Written>) -> Result<(), CalendarError> {
        self.power.with(Paper::alive)?;
        match written {
            Some(written) => drop(self.log.insert(booking, written)),
            None => drop(self.log.remove(&booking)),
        }
        Ok(())
    }
}

/// What can happen to one of three appointments, or its event.
#[derive(Debug, Clone)]
enum Deed {
    Book(u8, i64),
    Move(u8, i64),
    /// A move that the server refuses: the revision falls back.
    MoveAndRefuse(u8, i64),
    Cancel(u8),
    Undo(u8),
    Drag(u8, i64),
    Copy(u8),
    CopyElsewhere(u8, i64),
    /// A copy under a name that is not ours.
    Paste(u8, i64),
    /// Its owner makes the event repeat.
    Repeat(u8),
    /// A mail with a later state is accepted in another program, before this device knows of it.
    Mail(u8, i64),
    /// The device hears what the mail said.
    Hear(u8),
    Delete(u8),
    SayNo(u8),
    /// The app is to remind, or no more.
    Ring(bool),
    SwitchOffAndOn,
    LoseTheLog,
    /// The next plan is carried out only so far.
    PowerCut(u32),
    Tend,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let which = 1..4_u8;
    let hour = 0..12_i64;
    let one = prop_oneof![
        4 => (which.clone(), hour.clone()).prop_map(|(n, h)| Deed::Book(n, h)),
        4 => (which.clone(), hour.clone()).prop_map(|(n, h)| Deed::Move(n, h)),
        2 => (which.clone(), hour.clone()).prop_map(|(n, h)| Deed::MoveAndRefuse(n, h)),
        2 => which.clone().prop_map(Deed::Cancel),
        2 => which.clone().prop_map(Deed::Undo),
        4 => (which.clone(), hour.clone()).prop_map(|(n, h)| Deed::Drag(n, h)),
        2 => which.clone().prop_map(Deed::Copy),
        2 => (which.clone(), hour.clone()).prop_map(|(n, h)| Deed::CopyElsewhere(n, h)),
        2 => (which.clone(), hour.clone()).prop_map(|(n, h)| Deed::Paste(n, h)),
        1 => which.clone().prop_map(Deed::Repeat),
        3 => (which.clone(), hour).prop_map(|(n, h)| Deed::Mail(n, h)),
        2 => which.clone().prop_map(Deed::Hear),
        2 => which.clone().prop_map(Deed::Delete),
        2 => which.prop_map(Deed::SayNo),
        2 => any::<bool>().prop_map(Deed::Ring),
        1 => Just(Deed::SwitchOffAndOn),
        1 => Just(Deed::LoseTheLog),
        4 => (0..8_u32).prop_map(Deed::PowerCut),
        6 => Just(Deed::Tend),
    ];
    prop::collection::vec(one, 1..40)
}

struct World {
    bookings: BTreeMap<BookingId, (Uuid, Known)>,
    log: BTreeMap<BookingId, Written>,
    rings: bool,
    calendar: Shared,
    /// The last time each event was drawn to by hand and not yet answered for.
    drawn: BTreeSet<(BookingId, Timestamp)>,
    /// Where an appointment went back to after it was off.
    off: BTreeMap<BookingId, Version>,
    /// What a mail said.
    mailed: BTreeMap<BookingId, Version>,
}

impl World {
    fn new() -> Self {
        Self {
            bookings: BTreeMap::new(),
            log: BTreeMap::new(),
            rings: false,
            calendar: Shared::new(),
            drawn: BTreeSet::new(),
            off: BTreeMap::new(),
            mailed: BTreeMap::new(),
        }
    }

    fn plan(&self, bookings: &BTreeMap<BookingId, (Uuid, Known)>) -> CalendarPlan {
        let silent = BTreeSet::new();
        plan(&Sight {
            now: now(),
            bookings,
            silent: &silent,
            held: &self.calendar.events(),
            log: &self.log,
            rings: self.rings,
        })
    }

    /// Plans and carries out with power for so many writes.
    fn tend(&mut self, power: u32, bookings: &BTreeMap<BookingId, (Uuid, Known)>) {
        let plan = self.plan(bookings);
        for finding in &plan.findings {
            if let Finding::Moved { booking, to } = finding {
                assert!(
                    self.drawn.contains(&(*booking, *to)),
                    "nobody drew {booking} to {to}: {plan:?} {:?}",
                    self.log
                );
            }
        }
        let rings = self.rings;
        let entry = |booking: BookingId| match bookings.get(&booking) {
            Some((_, Known::Live(Version { revision, span }))) => Some(Entry {
                booking,
                revision: *revision,
                span: *span,
                zone: String::new(),
                title: String::new(),
                place: String::new(),
                notes: String::new(),
                link: String::new(),
                ics: String::new(),
                rings,
            }),
            _ => None,
        };
        self.calendar.with(|paper| paper.left.set(power));
        let before = self.log.clone();
        let done =
            carry_out(&plan, &self.calendar, &mut Book { log: &mut self.log, power: &self.calendar }, &before, &entry);
        self.calendar.with(|paper| paper.left.set(u32::MAX));
        assert!(done.is_ok() || power < u32::MAX, "nothing fails by itself: {done:?}");
    }

    fn live(&self, n: u8) -> Option<Version> {
        match self.bookings.get(&id(n)) {
            Some((_, Known::Live(version))) => Some(*version),
            _ => None,
        }
    }

    fn set(&mut self, n: u8, known: Known) {
        self.bookings.insert(id(n), (Uuid::nil(), known));
    }

    fn draw(&mut self, n: u8, how: impl FnOnce(&Paper, Held)) {
        let event = self.calendar.events().into_iter().find(|event| event.booking == id(n));
        if let Some(event) = event {
            self.calendar.with(|paper| how(paper, event));
        }
    }

    fn happen(&mut self, deed: &Deed) {
        match deed {
            Deed::Book(n, hour) => {
                if !self.bookings.contains_key(&id(*n)) {
                    self.set(*n, Known::Live(version(0, *hour)));
                }
            }
            Deed::Move(n, hour) => {
                if let Some(was) = self.live(*n) {
                    self.set(*n, Known::Live(version(was.revision + 1, *hour)));
                }
            }
            Deed::MoveAndRefuse(n, hour) => {
                if let Some(was) = self.live(*n) {
                    self.set(*n, Known::Live(version(was.revision + 1, *hour)));
                    self.tend(u32::MAX, &self.bookings.clone());
                    self.set(*n, Known::Live(was));
                }
            }
            Deed::Cancel(n) => {
                if let Some(was) = self.live(*n) {
                    self.off.insert(id(*n), was);
                    self.set(*n, Known::Off);
                }
            }
            Deed::Undo(n) => {
                if let (None, Some(was)) = (self.live(*n), self.off.get(&id(*n)).copied()) {
                    self.set(*n, Known::Live(Version { revision: was.revision + 2, ..was }));
                }
            }
            Deed::Drag(n, hour) => {
                self.drawn.insert((id(*n), at(*hour)));
                self.draw(*n, |paper, event| {
                    let span = Some(version(0, *hour).span);
                    paper.events.borrow_mut().insert(event.handle.clone(), Held { span, ..event });
                });
            }
            Deed::Copy(n) => self.draw(*n, |paper, event| {
                let handle = paper.fresh();
                paper.events.borrow_mut().insert(handle.clone(), Held { handle, ..event });
            }),
            Deed::CopyElsewhere(n, hour) => {
                self.drawn.insert((id(*n), at(*hour)));
                self.draw(*n, |paper, event| {
                    let (handle, span) = (paper.fresh(), Some(version(0, *hour).span));
                    paper.events.borrow_mut().insert(handle.clone(), Held { handle, span, ..event });
                });
            }
            Deed::Paste(n, hour) => self.draw(*n, |paper, event| {
                if event.nature != Nature::Series {
                    let (handle, span) = (paper.fresh(), Some(version(0, *hour).span));
                    let pasted = Held { handle: handle.clone(), span, nature: Nature::Copy, ..event };
                    paper.events.borrow_mut().insert(handle, pasted);
                }
            }),
            Deed::Repeat(n) => self.draw(*n, |paper, event| {
                if event.nature == Nature::Ours {
                    let held = Held { nature: Nature::Series, ..event };
                    paper.events.borrow_mut().insert(held.handle.clone(), held);
                }
            }),
            Deed::Mail(n, hour) => {
                // A device that knows nothing yet cannot tell a mail's event from one that was drawn.
                if let Some(was) = self.live(*n).filter(|_| self.log.contains_key(&id(*n))) {
                    let mailed = version(was.revision + 1, *hour);
                    self.mailed.insert(id(*n), mailed);
                    self.draw(*n, |paper, event| {
                        if event.nature == Nature::Ours {
                            let (revision, span) = (Some(mailed.revision), Some(mailed.span));
                            let held = Held { revision, span, ..event };
                            paper.events.borrow_mut().insert(held.handle.clone(), held);
                        }
                    });
                }
            }
            Deed::Hear(n) => {
                if let (Some(was), Some(mailed)) = (self.live(*n), self.mailed.remove(&id(*n)))
                    && was.revision < mailed.revision
                {
                    self.set(*n, Known::Live(mailed));
                }
            }
            Deed::Delete(n) => self.draw(*n, |paper, event| drop(paper.events.borrow_mut().remove(&event.handle))),
            Deed::SayNo(n) => {
                if let Some(written) = self.log.get_mut(&id(*n)) {
                    written.declined = written.asked.take();
                }
            }
            Deed::Ring(rings) => self.rings = *rings,
            Deed::SwitchOffAndOn => {
                self.tend(u32::MAX, &BTreeMap::new());
                assert!(self.log.is_empty(), "what is off remembers nothing");
            }
            Deed::LoseTheLog => {
                // A new installation knows no question; what lies elsewhere with the same revision counts as drawn.
                self.log.clear();
                let events = self.calendar.events();
                self.drawn.extend(events.iter().map(|event| (event.booking, event.span.unwrap().from)));
            }
            Deed::PowerCut(power) => self.tend(*power, &self.bookings.clone()),
            Deed::Tend => self.tend(u32::MAX, &self.bookings.clone()),
        }
    }

    fn is_settled(&self) {
        let events = self.calendar.events();
        for (booking, (_, known)) in &self.bookings {
            let own: Vec<&Held> = events.iter().filter(|event| event.booking == *booking).collect();
            let ahead = |version| own.iter().any(|event| is_ahead(event, version, self.log.get(booking)));
            match known {
                Known::Off => {
                    let left = own.iter().all(|event| event.nature == Nature::Series);
                    assert!(left, "{booking} is off and has {own:?}");
                }
                // What became its owner's, or shows more than is known, stands as it does.
                _ if own.iter().any(|event| event.nature == Nature::Series) => {}
                Known::Live(version) if ahead(*version) => {}
                Known::Live(version) => {
                    assert_eq!(own.len(), 1, "{booking} has exactly one event: {own:?}");
                    assert_eq!(own[0].nature, Nature::Ours, "{booking} has its own event, not a copy");
                    let start = own[0].span.unwrap().from;
                    let asked = self.log.get(booking).and_then(|written| written.asked);
                    assert_eq!(
                        start,
                        asked.unwrap_or(version.span.from),
                        "{booking} stands where it is, or is asked about"
                    );
                    let rings = self.calendar.with(|paper| paper.ringing.borrow().get(&own[0].handle).copied());
                    if let (None, Some(rings)) = (asked, rings) {
                        assert_eq!(rings, self.rings, "{booking} rings if nobody else does, and only then");
                    }
                }
            }
        }
        assert_eq!(self.plan(&self.bookings), CalendarPlan::default(), "there is nothing left to do");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_happens_one_plan_leaves_one_event_for_each_appointment(deeds in deeds()) {
        let mut world = World::new();
        for deed in &deeds {
            world.happen(deed);
            if matches!(deed, Deed::Tend) {
                world.is_settled();
            }
        }
        world.tend(u32::MAX, &world.bookings.clone());
        world.is_settled();
    }
}
