use domain::BookingId;
use portal::Cancel;

use super::*;

/// What a salon says of itself.
pub(crate) fn hello() -> Hello {
    Hello {
        app: "datebook".to_owned(),
        version: String::new(),
        zones: String::new(),
        name: "Salon".to_owned(),
        tagline: String::new(),
        logo: String::new(),
        colour: "#112233".to_owned(),
        demo_email: None,
        wallets: Vec::new(),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A desk on which so many commands wait.
fn desk(count: i64) -> Desk {
    let mut desk = Desk::new(hello());
    for second in 0..count {
        let cancel = Cancel { booking: BookingId::new(), reason: String::new() };
        desk.keep(CommandId::new(), Command::Cancel(cancel), at(second), "Cut".to_owned());
    }
    desk
}

fn numbers(sent: &[Sent]) -> Vec<u64> {
    sent.iter().map(|sent| sent.number).collect()
}

fn accepted(number: u64, outcome: Outcome) -> PushedVerdict {
    PushedVerdict { number, verdict: Verdict::Accepted { outcome } }
}

#[test]
fn numbers_rise_by_one_and_stay_with_their_command() {
    let mut desk = desk(150);
    let first = desk.number();
    assert_eq!(numbers(&first), (1..=100).collect::<Vec<_>>(), "a push takes a hundred");
    assert_eq!(desk.number(), first, "sent again, the same commands have the same numbers");
    let verdicts = (1..=60).map(|number| accepted(number, Outcome::ProfileUpdated)).collect();
    assert_eq!(desk.hear(verdicts, at(0)).len(), 60, "sixty have their verdict");
    assert_eq!(numbers(&desk.number()), (61..=150).collect::<Vec<_>>(), "the rest follows without a gap");
}

#[test]
fn withdrawing_leaves_no_gap() {
    let mut desk = desk(3);
    let ids: Vec<_> = desk.waiting.iter().map(|kept| kept.id).collect();
    desk.withdraw(ids[1]).unwrap();
    assert_eq!(numbers(&desk.number()), [1, 2], "what was never sent never had a number");
    desk.withdraw(ids[0]).unwrap();
    let sent = desk.number();
    assert_eq!(numbers(&sent), [1, 2], "what may have been sent keeps its number");
    assert_eq!(sent[0].command, serde_json::json!({ "type": "withdrawn@1" }), "and does nothing");
    assert_eq!(desk.withdraw(ids[0]), Err(Trouble::TooLate), "it was taken back already");
}

#[test]
fn a_verdict_counts_once() {
    let mut desk = desk(2);
    desk.number();
    let refused = || PushedVerdict { number: 1, verdict: Verdict::Refused { refusal: Refusal::NothingChanged } };
    assert_eq!(desk.hear(vec![refused(), refused()], at(0)).len(), 1, "an answer that came twice");
    assert_eq!(desk.hear(vec![refused(), accepted(9, Outcome::Nothing)], at(0)), [], "late, or for nothing at all");
    assert_eq!((desk.notices.len(), desk.count()), (1, 1), "one notice, and the other command still waits");
}

#[test]
fn nobody_is_told_that_what_they_took_back_did_not_happen() {
    let mut desk = desk(3);
    desk.number();
    let ids: Vec<_> = desk.waiting.iter().map(|kept| kept.id).collect();
    for id in ids {
        desk.withdraw(id).unwrap();
    }
    let refused = PushedVerdict { number: 2, verdict: Verdict::Refused { refusal: Refusal::NothingChanged } };
    let verdicts = vec![accepted(1, Outcome::Nothing), refused, accepted(3, Outcome::ProfileUpdated)];
    let told: Vec<_> = desk.hear(verdicts, at(0)).iter().map(|heard| heard.told).collect();
    assert_eq!(told, [false, false, true], "all three are heard; what happened all the same is told");
}

#[test]
fn a_yes_whose_outcome_is_of_a_newer_server_is_told() {
    let mut desk = desk(1);
    desk.number();
    let heard = desk.hear(vec![accepted(1, Outcome::Nothing)], at(0));
    assert!(heard[0].told, "nobody took it back");
}

#[test]
fn what_was_accepted_goes_only_with_the_pull_that_began_after() {
    let mut desk = desk(2);
    desk.number();
    desk.hear(vec![accepted(1, Outcome::ProfileUpdated)], at(0));
    let seen = vec![desk.waiting[0].id];
    desk.hear(vec![accepted(2, Outcome::ProfileUpdated)], at(0));
    desk.settle(&seen);
    assert_eq!(desk.waiting.len(), 1, "the second verdict came while the pull was on its way");
    assert_eq!(desk.count(), 0, "nothing waits for a verdict any more");
}

#[test]
fn a_server_says_at_sign_in_how_far_it_has_come() {
    for (sent, last, expected, why) in [
        (3, 3, vec![4, 5, 6], "it has as many, which may be others: it knows its own by their ids"),
        (3, 5, vec![6, 7, 8], "this file is an older copy: those numbers are other commands'"),
        (3, 1, vec![2, 3, 4], "it has one, which may be another"),
        (3, 0, vec![1, 2, 3], "it has none"),
        (0, 5, vec![6, 7, 8], "the device was here before"),
    ] {
        let mut desk = desk(3);
        if sent > 0 {
            desk.number();
        }
        desk.meet(last);
        assert_eq!(numbers(&desk.number()), expected, "{why}");
    }
    let mut sent = desk(1);
    sent.number();
    sent.meet(1);
    sent.withdraw(sent.waiting[0].id).unwrap();
    assert_eq!(sent.count(), 1, "what may have been sent is not taken back without asking");
    let mut lost = desk(5);
    lost.number();
    lost.hear((1..=4).map(|number| accepted(number, Outcome::ProfileUpdated)).collect(), at(0));
    lost.meet(2);
    assert_eq!(numbers(&lost.number()), [3], "restored from a copy, it goes on from there");
}

#[test]
fn only_what_changed_is_written() {
    let old = desk(3);
    let mut new = old.clone();
    assert!(new.changes(Some(&old)).writes.is_empty(), "nothing changed");
    new.withdraw(old.waiting[1].id).unwrap();
    let writes = new.changes(Some(&old)).writes;
    assert_eq!((writes.len(), &writes[0].body), (1, &None), "one document is deleted");
    assert!(writes.iter().all(|write| write.key.space == outbox()), "all in one space");
    assert_eq!(old.changes(None).writes.len(), 4, "the account and three commands");
}

#[test]
fn old_attempts_to_sign_in_are_forgotten() {
    let mut desk = desk(0);
    for number in 0..10 {
        let attempt = Attempt { id: Uuid::from_u128(number), verifier: String::new(), expires: at(100) };
        desk.attempt(attempt, at(0));
    }
    assert_eq!(desk.account.attempts.len(), ATTEMPTS, "the latest few");
    let late = Attempt { id: Uuid::from_u128(99), verifier: String::new(), expires: at(900) };
    desk.attempt(late.clone(), at(100));
    assert_eq!(desk.account.attempts, [late], "the others are over");
}

#[test]
fn nothing_of_a_customer_is_left_when_they_have_gone() {
    let mut left = desk(2);
    left.account.customer = Some(CustomerId::new());
    let device = left.account.device;
    left.vacate();
    assert_eq!((left.account.customer, left.waiting.len(), left.account.next), (None, 0, 1), "as on the first day");
    assert_ne!(left.account.device, device, "the next customer is another installation to the server");
    assert_eq!(left.account.hello, hello(), "the business is the same");
}
