use futures_util::FutureExt as _;

use super::*;

fn space(name: &str) -> Space {
    name.parse().unwrap()
}

fn calendar(version: u64) -> Touched {
    Touched { space: space("calendar/staff.anna"), version }
}

fn pokes(ear: &Ear) -> Vec<(String, u64)> {
    let heard = ear.next().now_or_never().flatten().unwrap_or_default();
    heard.pokes.into_iter().map(|poke| (poke.space, poke.version)).collect()
}

#[test]
fn what_a_slow_listener_has_missed_is_told_once() {
    let hub = Arc::new(Hub::default());
    let ada = hub.listen(vec![space("customer/ada")], Some(space("identity/ada")));
    let bob = hub.listen(vec![space("customer/bob")], Some(space("identity/bob")));
    hub.state().publish(space("calendar/staff.anna"), 1);
    for version in 2..1_000 {
        hub.state().hear(&calendar(version));
        hub.state().hear(&Touched { space: space("customer/ada"), version });
        assert!(!hub.state().hear(&Touched { space: space("customer/carl"), version }), "nobody cares for carl's");
    }
    hub.state().tell(&mut Pace::new(Instant::now()), 2, Instant::now());
    let calendar = ("calendar/staff.anna".to_owned(), 999);
    assert_eq!(pokes(&ada), [calendar.clone(), ("customer/ada".to_owned(), 999)], "the last word of each space");
    assert_eq!(pokes(&bob), [calendar], "bob hears nothing of ada");
    assert_eq!((pokes(&ada), pokes(&bob)), (Vec::new(), Vec::new()), "and nobody hears it twice");
}

#[test]
fn a_session_that_may_have_ended_is_doubted_and_nobody_elses() {
    let hub = Arc::new(Hub::default());
    let ada = hub.listen(Vec::new(), Some(space("identity/ada")));
    let bob = hub.listen(Vec::new(), Some(space("identity/bob")));
    hub.state().hear(&Touched { space: space("identity/ada"), version: 3 });
    let doubt = Heard { pokes: Vec::new(), doubt: true };
    assert_eq!(ada.next().now_or_never(), Some(Some(doubt)), "she may have signed out; the space is not hers to read");
    assert_eq!(bob.next().now_or_never(), None, "bob has not");
    hub.state().miss();
    hub.state().tell(&mut Pace::new(Instant::now()), 2, Instant::now());
    let everything = Heard { pokes: vec![Poke { space: String::new(), version: 0 }], doubt: true };
    assert_eq!(bob.next().now_or_never(), Some(Some(everything)), "when news were missed, anything may have happened");
    hub.state().end();
    assert_eq!(ada.next().now_or_never(), Some(None), "when the server stops it is over");
}

#[test]
fn nothing_is_kept_of_those_who_are_gone() {
    let hub = Arc::new(Hub::default());
    let stays = hub.listen(vec![space("customer/ada")], None);
    for _ in 0..10_000 {
        drop(hub.listen(vec![space("customer/bob")], Some(space("identity/bob"))));
    }
    let state = hub.state();
    assert_eq!((state.ears.len(), state.own.len()), (1, 1), "only ada listens");
    assert!(state.turns.len() < 100, "turns of those who left are forgotten, also while nothing happens");
    drop(state);
    drop(stays);
    assert!(hub.state().own.is_empty(), "now nobody does");
}

#[test]
fn ten_thousand_are_told_in_turns_and_twenty_at_once() {
    const STEP: u64 = 20;
    for (count, within, most) in [(20, 0, 20), (10_000, 5_000, 2_100), (40_000, 15_000, 2_800)] {
        let hub = Arc::new(Hub::default());
        let ears: Vec<Ear> = (0..count).map(|_| hub.listen(Vec::new(), None)).collect();
        let (start, mut passed, mut before) = (Instant::now(), 0, 0);
        let mut pace = Pace::new(start);
        hub.state().publish(space("calendar/staff.anna"), 1);
        let told = || hub.state().ears.values().filter(|ear| ear.told > 0).count();
        loop {
            hub.state().tell(&mut pace, count, start + Duration::from_millis(passed));
            if passed == 0 {
                assert!(told() >= 20, "the first are told at once");
            }
            // Bookings go on and on.
            hub.state().hear(&calendar(2 + passed));
            if passed % 1_000 == 0 {
                let now = told();
                assert!(now - before <= most, "{} of {count} are told within a second", now - before);
                before = now;
                if now == count {
                    break;
                }
            }
            passed += STEP;
        }
        assert!(passed <= within + 1_000, "the last of {count} were told after {passed} ms");
        assert_eq!(ears.len(), count, "all the time they listened");
    }
}
