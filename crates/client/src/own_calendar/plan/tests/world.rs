//! Whatever happens to three appointments and their events, one plan leaves one event for each.

use proptest::prelude::*;

use super::{
    paper::{Book, Paper, Shared},
    *,
};
use crate::own_calendar::{Entry, carry_out::carry_out};

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
        let (unreadable, silent) = (BTreeSet::new(), BTreeSet::new());
        plan(&Sight {
            now: now(),
            bookings,
            unreadable: &unreadable,
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

    fn moves(&mut self, n: u8, to: Version) {
        // The same move once more, where a mail with its revision came after the first: what was written is what is
        // wanted, so that nobody can tell the mail's time from one that was drawn.
        let again = self.log.get(&id(n)).and_then(|written| written.done) == Some(to);
        if let Some(mailed) = self.mailed.get(&id(n)).filter(|mailed| again && mailed.revision == to.revision) {
            self.drawn.insert((id(n), mailed.span.from));
        }
        self.set(n, Known::Live(to));
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
                    self.moves(*n, version(was.revision + 1, *hour));
                }
            }
            Deed::MoveAndRefuse(n, hour) => {
                if let Some(was) = self.live(*n) {
                    self.moves(*n, version(was.revision + 1, *hour));
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
                Known::Over => {}
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

/// Everything in its turn; after each look, and at last, all is as it should be.
fn play(deeds: &[Deed]) {
    let mut world = World::new();
    for deed in deeds {
        world.happen(deed);
        if matches!(deed, Deed::Tend) {
            world.is_settled();
        }
    }
    world.tend(u32::MAX, &world.bookings.clone());
    world.is_settled();
}

#[test]
fn a_mail_with_the_revision_of_a_refused_move_is_nobodys_hand() {
    // The move that was refused was to the same hour, and the business's own next change has its revision.
    play(&[Deed::Book(3, 1), Deed::MoveAndRefuse(3, 1), Deed::Mail(3, 0)]);
}

#[test]
fn a_refused_move_that_is_tried_again_after_such_a_mail_is_asked_about() {
    play(&[Deed::Book(2, 0), Deed::MoveAndRefuse(2, 3), Deed::Mail(2, 0), Deed::MoveAndRefuse(2, 3)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_happens_one_plan_leaves_one_event_for_each_appointment(deeds in deeds()) {
        play(&deeds);
    }
}
