//! What is planned for one appointment, case by case; `world` has everything happen to three.

mod paper;
mod world;

use jiff::SignedDuration;

use super::*;

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
    seen(&bookings, (&BTreeSet::new(), &BTreeSet::new()), held, &log)
}

/// What is planned where nothing can be said of these appointments and businesses.
fn seen(
    bookings: &BTreeMap<BookingId, (Uuid, Known)>,
    (unreadable, silent): (&BTreeSet<BookingId>, &BTreeSet<Uuid>),
    held: &[Held],
    log: &BTreeMap<BookingId, Written>,
) -> CalendarPlan {
    plan(&Sight { now: now(), bookings, unreadable, silent, held, log, rings: false })
}

/// The steps, one word each.
fn words(plan: &CalendarPlan) -> String {
    let word = |step: &Step| match step {
        Step::Insert { .. } => "insert".to_owned(),
        Step::Update { handle, .. } => format!("update {handle}"),
        Step::Remove { handle, .. } => format!("remove {handle}"),
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
        ("its words changed, and its owner moved it", live, vec![event("a", 0, 7)], Some(done(0, 5)), "ask"),
        (
            "they are asked, and its words change",
            live,
            vec![event("a", 0, 7)],
            Some(Written { asked: Some(at(7)), ..done(0, 5) }),
            "",
        ),
        (
            "they moved it back, and its words have changed",
            live,
            vec![event("a", 0, 5)],
            Some(Written { asked: Some(at(7)), ..done(0, 5) }),
            "update a",
        ),
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
        ("over early", Some(Known::Over), vec![event("a", 1, 5)], Some(done(1, 5)), "forget"),
        ("over early, at the next look", Some(Known::Over), vec![event("a", 1, 5)], None, ""),
        ("over early, with a copy", Some(Known::Over), vec![event("a", 1, 5), copy("b", 1, 5)], None, ""),
        ("over early, and its owner deleted the event", Some(Known::Over), vec![], None, ""),
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
fn what_nothing_can_be_said_of_keeps_its_events() {
    let log = BTreeMap::from([(id(1), done(1, 5))]);
    let held = [event("a", 1, 5)];
    let plans = |unreadable, silent| seen(&BTreeMap::new(), (&unreadable, &silent), &held, &log);
    let before = plans(BTreeSet::new(), BTreeSet::from([Uuid::nil()]));
    assert_eq!(before, CalendarPlan::default(), "before the first sync nothing can be called gone");
    let newer = plans(BTreeSet::from([id(1)]), BTreeSet::new());
    assert_eq!(newer, CalendarPlan::default(), "nor what a newer program wrote");
}

#[test]
fn only_what_does_not_take_place_is_off() {
    use BookingState::{
        AwaitingPayment, AwaitingProvider, Cancelled, CheckedIn, Completed, Confirmed, Draft, NoShow, Postponed,
    };
    let live = Known::Live(version(3, 5));
    for (state, known, why) in [
        (Draft, live, "its time is held"),
        (AwaitingPayment, live, "it is still to come"),
        (AwaitingProvider, live, "it is still to come"),
        (Confirmed, live, "it is still to come"),
        (CheckedIn, live, "it is going on"),
        (Completed, Known::Over, "it took place, and a diary says so"),
        (NoShow, Known::Over, "it was an appointment, whoever came"),
        (Cancelled, Known::Off, "nobody is expected"),
        (Postponed, Known::Off, "it has no time yet"),
    ] {
        assert_eq!(Known::of(state, version(3, 5)), known, "{state:?}: {why}");
    }
}
