//! What leaves the program, word for word. A snapshot that changes means that programs out there may misread: give a
//! changed command a new version instead.

use domain::{
    Booking, BookingState, Civil, Refusal,
    refusal::{Act, Alternative, Noun},
};
use portal::{
    AgendaQuery, Book, BookingNews, Cancel, CheckIn, Command, ConfirmAttendance, DayQuery, Job, MonthQuery, Outcome,
    RenewFeed, Reschedule, RunningLate, Tab, TurnFeedOn, UpdateProfile, View,
};

use crate::salon::{self, Salon, at, book, book_with, booking, cancel, id, move_to};

fn civil(text: &str) -> Civil {
    id::<domain::Zone>("Europe/Berlin").civil(at(text))
}

/// A variant that is not listed here does not compile, so that it is not forgotten below.
fn command_name(command: &Command) -> &'static str {
    match command {
        Command::Book(_) => "book@1",
        Command::Reschedule(_) => "reschedule@1",
        Command::Cancel(_) => "cancel@1",
        Command::ConfirmAttendance(_) => "confirm_attendance@1",
        Command::RunningLate(_) => "running_late@1",
        Command::CheckIn(_) => "check_in@1",
        Command::UpdateProfile(_) => "update_profile@1",
        Command::TurnFeedOn(_) => "turn_feed_on@1",
        Command::RenewFeed(_) => "renew_feed@1",
        Command::TurnFeedOff => "turn_feed_off@1",
        Command::Withdrawn => "withdrawn@1",
    }
}

#[test]
fn commands() {
    let full = Book { party: 2, note: "Hello".into(), ..book_with(1, "cut", "2026-03-03T09:00:00Z", "anna") };
    let commands = [
        Command::Book(full),
        Command::Book(book(2, "cut", "2026-03-03T09:00:00Z")),
        Command::Reschedule(Reschedule { booking: booking(1), start: at("2026-03-04T09:00:00Z") }),
        Command::Cancel(Cancel { booking: booking(1), reason: "I am ill.".into() }),
        Command::ConfirmAttendance(ConfirmAttendance { booking: booking(1) }),
        Command::RunningLate(RunningLate { booking: booking(1), minutes: 10 }),
        Command::CheckIn(CheckIn { booking: booking(1), place: None }),
        Command::CheckIn(CheckIn { booking: booking(1), place: Some(id("mitte")) }),
        Command::UpdateProfile(UpdateProfile { name: "Ada".into(), phone: "+49 1".into() }),
        feed(),
        Command::RenewFeed(RenewFeed { secret: id("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM") }),
        Command::TurnFeedOff,
        Command::Withdrawn,
    ];
    for command in &commands {
        let text = serde_json::to_string(command).unwrap();
        assert!(text.contains(command_name(command)), "the version is part of the name: {text}");
        assert_eq!(&serde_json::from_str::<Command>(&text).unwrap(), command, "what was written is read again");
    }
    insta::assert_json_snapshot!("commands", commands);
}

#[test]
fn commands_of_the_first_version_stay_readable() {
    let least = r#"[
        {"type": "book@1", "booking": "01900000-0000-7000-8000-000000000002", "service": "cut", "variant": "usual",
         "place": "mitte", "start": "2026-03-03T09:00:00Z"},
        {"type": "cancel@1", "booking": "01900000-0000-7000-8000-000000000001"},
        {"type": "update_profile@1", "name": "Ada"},
        {"type": "withdrawn@1"}
    ]"#;
    let commands: Vec<Command> = serde_json::from_str(least).unwrap();
    assert_eq!(commands[0], Command::Book(book(2, "cut", "2026-03-03T09:00:00Z")), "for one, with anybody, no note");
    assert_eq!(commands[1], cancel(1), "without a reason");
    for unknown in [r#"{"type": "book@2"}"#, r#"{"type": "withdraw@1"}"#, r#"{"type": "cancel@1", "booking": "x"}"#] {
        assert!(serde_json::from_str::<Command>(unknown).is_err(), "{unknown} is no command of this program");
    }
}

/// What a ledger looked like before people could check in.
#[test]
fn ledgers_of_the_first_version_stay_readable() {
    let ledger = r#"[
        {"at": "2026-03-01T09:00:00Z", "by": "customer", "change": {"what": "booked", "start": "2026-03-05T09:00:00Z"}},
        {"at": "2026-03-01T10:00:00Z", "by": "customer", "change": {"what": "rescheduled",
            "from": "2026-03-05T09:00:00Z", "to": "2026-03-06T09:00:00Z"}},
        {"at": "2026-03-02T10:00:00Z", "by": "business", "change": {"what": "cancelled", "reason": ""}},
        {"at": "2026-03-06T10:00:00Z", "by": "business", "change": {"what": "completed"}}
    ]"#;
    let ledger: Vec<domain::booking::LedgerEntry> = serde_json::from_str(ledger).unwrap();
    assert_eq!(ledger.len(), 4, "every change there was");
    let terms: domain::Terms = serde_json::from_str(r#"{"cancel_until": 60}"#).unwrap();
    assert_eq!((terms.check_in_from, terms.check_in_until), (30, 15), "terms from before have the window by default");
}

#[test]
fn outcomes() {
    let outcomes = [
        Outcome::Booked { booking: booking(1), confirmed: true },
        Outcome::Rescheduled { booking: booking(1) },
        Outcome::Cancelled { booking: booking(1) },
        Outcome::AttendanceConfirmed { booking: booking(1) },
        Outcome::RunningLate { booking: booking(1) },
        Outcome::CheckedIn { booking: booking(1) },
        Outcome::ProfileUpdated,
        Outcome::FeedTurnedOn,
        Outcome::FeedTurnedOff,
        Outcome::Nothing,
    ];
    for outcome in &outcomes {
        // A variant that is not listed here does not compile, so that it is not forgotten above.
        match outcome {
            Outcome::Booked { .. } | Outcome::Rescheduled { .. } | Outcome::Cancelled { .. } => {}
            Outcome::AttendanceConfirmed { .. } | Outcome::RunningLate { .. } | Outcome::CheckedIn { .. } => {}
            Outcome::ProfileUpdated | Outcome::FeedTurnedOn | Outcome::FeedTurnedOff | Outcome::Nothing => {}
        }
    }
    insta::assert_json_snapshot!("outcomes", outcomes);
}

#[test]
fn refusals() {
    let alternatives = vec![Alternative { start: civil("2026-03-03T10:00:00Z"), staff: id("anna") }];
    let moment = civil("2026-03-03T09:00:00Z");
    let refusals = [
        Refusal::SlotTaken { wanted: moment.clone(), alternatives: alternatives.clone() },
        Refusal::TooSoon { earliest: moment.clone(), alternatives },
        Refusal::TooFar { latest: moment.clone() },
        Refusal::SwitchedOff { act: Act::Book },
        Refusal::TooLate { act: Act::Reschedule, deadline: moment.clone() },
        Refusal::TooEarly { act: Act::CheckIn, from: moment.clone() },
        Refusal::AlreadyDone { act: Act::ConfirmAttendance },
        Refusal::WrongPlace { place: "Mitte".into(), start: moment },
        Refusal::OutOfRange { least: 5, most: 60 },
        Refusal::MovedTooOften { times: 1 },
        Refusal::WrongState { act: Act::Cancel, state: BookingState::Completed },
        Refusal::StaffNotOffered,
        Refusal::PlaceNotOffered,
        Refusal::PartyTooLarge { most: 3 },
        Refusal::NothingChanged,
        Refusal::NotFound { what: Noun::Booking },
        Refusal::AlreadyExists { what: Noun::Booking },
        Refusal::BadText { field: "note".into(), most: 500 },
        Refusal::NotSignedIn,
        Refusal::UnknownCommand,
    ];
    for refusal in &refusals {
        let value = serde_json::to_value(refusal).unwrap();
        assert_eq!(value["code"], refusal.code(), "the code on the wire is the code in the program");
    }
    insta::assert_json_snapshot!("refusals", refusals);
}

#[test]
fn questions() {
    let month = MonthQuery {
        service: id("cut"),
        variant: id("usual"),
        place: id("mitte"),
        staff: Some(id("anna")),
        party: 1,
        moving: Some(booking(1)),
        month: Some(id("2026-03-01")),
    };
    let agenda = AgendaQuery {
        tab: Tab::Past,
        text: "cut".into(),
        from: Some(id("2026-01-01")),
        to: Some(id("2026-12-31")),
        after: Some("2026-03-03T09:00:00Z~01900000-0000-7000-8000-000000000001".into()),
    };
    let views = [
        View::Catalogue,
        View::Agenda(agenda),
        View::Booking { booking: booking(1) },
        View::Month(month.clone()),
        View::Day(DayQuery { of: month, date: id("2026-03-03") }),
        View::Profile,
        View::Feed,
    ];
    for view in &views {
        let text = serde_json::to_string(view).unwrap();
        assert_eq!(&serde_json::from_str::<View>(&text).unwrap(), view, "what was written is read again");
    }
    insta::assert_json_snapshot!("questions", views);
}

fn feed() -> Command {
    // RFC 7636, appendix B.
    Command::TurnFeedOn(TurnFeedOn { secret: id("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") })
}

/// A booking with a little of everything in its ledger.
async fn story(salon: &Salon) -> Booking {
    salon.booked(Book { note: "Hello".into(), ..book_with(1, "massage", "2026-03-05T09:00:00Z", "anna") }).await;
    salon.ask(move_to(1, "2026-03-06T13:00:00Z")).await.unwrap();
    salon.booking(1, booking(1)).await
}

#[tokio::test]
async fn screens() {
    let salon = Salon::open().await;
    story(&salon).await;
    salon.booked(book_with(2, "yoga", "2026-03-03T09:00:00Z", "ben")).await;
    salon.ask(feed()).await.unwrap();
    let of = MonthQuery {
        service: id("yoga"),
        variant: id("usual"),
        place: id("mitte"),
        staff: Some(id("ben")),
        party: 1,
        moving: None,
        month: None,
    };
    let agenda = AgendaQuery { tab: Tab::Upcoming, text: String::new(), from: None, to: None, after: None };
    let mut screens = Vec::new();
    for view in [
        View::Catalogue,
        View::Agenda(agenda),
        View::Booking { booking: booking(1) },
        View::Month(of.clone()),
        View::Day(DayQuery { of, date: id("2026-03-03") }),
        View::Profile,
        View::Feed,
    ] {
        screens.push(salon.view(view).await);
    }
    insta::assert_json_snapshot!("screens", screens);
}

#[tokio::test]
async fn documents() {
    let salon = Salon::open().await;
    story(&salon).await;
    salon.ask(feed()).await.unwrap();
    let everything = salon.everything().await;
    let documents: std::collections::BTreeMap<String, serde_json::Value> = everything
        .into_iter()
        .flat_map(|(space, (_, changes))| {
            changes.into_iter().map(move |change| {
                let body = serde_json::from_str(&change.body.expect("nothing was deleted")).unwrap();
                (format!("{space} {} {} {}", change.kind, change.id, change.sort), body)
            })
        })
        .collect();
    insta::assert_json_snapshot!("documents", documents);
}

#[tokio::test]
async fn jobs() {
    let salon = Salon::open().await;
    let booking = Box::new(story(&salon).await);
    let all = [
        BookingNews::Confirmed,
        BookingNews::Requested,
        BookingNews::Rescheduled { from: at(salon::NOW) },
        BookingNews::Cancelled,
    ];
    let job =
        |news| Job::BookingMail { to: "ada@example.org".into(), name: "Ada".into(), news, booking: booking.clone() };
    let jobs = all.map(job);
    insta::assert_json_snapshot!("jobs", jobs);
}
