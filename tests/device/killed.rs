//! `kill -9` of the device at random moments, with a server that dies now and then too: what the customer was told is
//! kept gets one verdict, nothing happens twice, and both sides agree in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use client::{App, Receipt};
use datebook_tests::books::outcome;
use domain::{BookingId, BookingState, CommandId, Timestamp};
use portal::{Command, Outcome, Screen, Tab, View};
use protocol::Verdict;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde::{Deserialize, Serialize};
use testkit::Person;
use uuid::Uuid;

use crate::{
    agenda, book, cancel, compare, day, month,
    phone::{self, Phone},
    pocket::{Ask, Pocket, say},
    reschedule,
    shop::Shop,
};

/// The most commands that wait at a time: a customer, not a flood.
const MOST: usize = 40;

/// A command that the device said it keeps.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Given {
    id: CommandId,
    command: Command,
}

/// Inside the device: gives one command after the other and says so, until it is killed.
pub(crate) async fn hurry(app: &App, business: Uuid, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut events = app.events();
    loop {
        while app.outbox(business).await.unwrap().len() >= MOST {
            phone::heard(&mut events).await;
        }
        let screen = async |view: View| phone::screen(app.view(business, view).await.unwrap());
        let Screen::Month(month) = screen(View::Month(month())).await else { panic!("not a month") };
        let mut date = month.today;
        for _ in 0..rng.random_range(4..16) {
            date = date.tomorrow().unwrap();
        }
        let times = phone::times(screen(day(date)).await);
        let mine = phone::tickets(screen(agenda(Tab::Upcoming)).await);
        let command = match (mine.choose(&mut rng), times.choose(&mut rng), rng.random_range(0..10)) {
            (Some(ticket), Some((start, _)), 0..4) => reschedule(ticket.booking, *start),
            (Some(ticket), _, 4..7) => cancel(ticket.booking),
            (_, Some((start, staff)), _) => book(*start, Some(staff.clone())).1,
            _ => continue,
        };
        // The rules may say no, for example because it was moved too often; then nothing was promised.
        if let Receipt::Waiting { command: id } = app.execute(business, command.clone()).await.unwrap() {
            say(&Given { id, command });
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_device_keeps_its_word() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rounds = number("DEVICE_ROUNDS").unwrap_or(25);
    let seed = number("DEVICE_SEED").unwrap_or_else(rand::random);
    println!("DEVICE_SEED={seed} DEVICE_ROUNDS={rounds}");
    let mut rng = StdRng::seed_from_u64(seed);

    let mut shop = Shop::open().await;
    let folder = Phone::of(&shop, "killed@people.example").await.shut().await;
    let rival = Person::sign_in(&shop.address, "rival@people.example").await.unwrap();
    let mut given: Vec<Given> = Vec::new();
    hurry_undisturbed(folder.path(), rng.random(), &mut given).await;
    let mut deaths = 0;
    for round in 0..rounds {
        let mut pocket = Pocket::start(folder.path());
        if rng.random_ratio(4, 5) {
            pocket.screen(View::Profile).await; // it is up; else it may be killed while it opens its folder
        }
        pocket.tell(&Ask::Hurry { seed: rng.random() }).await;
        // The server dies as well, the first time for certain.
        if rng.random_ratio(1, 3) || round == 0 {
            // The random moment is the point of this test, here and below.
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..200))).await;
            shop.close().await;
            deaths += 1;
        }
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..500))).await;
        kill(pocket, &mut given).await;
        if rng.random_ratio(2, 3) {
            shop.reopen().await;
            // What the device may not have sent yet, somebody else wants too.
            for wanted in given.iter().rev().take(4) {
                if let Command::Book(wanted) = &wanted.command {
                    let _yes_or_no = rival.execute(&book(wanted.start, wanted.staff.clone()).1).await.unwrap();
                }
            }
        }
    }
    shop.reopen().await;
    let mut pocket = Pocket::start(folder.path());
    pocket.sync().await;
    assert!(pocket.outbox().await.is_empty(), "every command has its verdict in the end");
    let notices: BTreeSet<CommandId> = pocket.notices().await.into_iter().map(|notice| notice.id).collect();
    pocket.kill().await;

    compare::agree(folder.path(), shop.folder()).await;
    let verdicts = compare::verdicts(shop.folder()).await;
    let refused: BTreeSet<CommandId> = verdicts
        .iter()
        .filter(|recorded| matches!(recorded.verdict, Verdict::Refused { .. }))
        .map(|recorded| recorded.command)
        .collect();
    assert_eq!(notices, refused, "the customer hears of every refusal and of nothing else");
    for Given { id, .. } in &given {
        let found = verdicts.iter().filter(|recorded| recorded.command == *id).count();
        assert_eq!(found, 1, "what the customer was told is kept has one verdict: {id}");
    }
    let commands: BTreeMap<CommandId, &Command> = given.iter().map(|given| (given.id, &given.command)).collect();
    let found = bookings(folder.path()).await;
    assert_eq!(
        found,
        expected(&verdicts, &commands, &found),
        "the bookings are what the verdicts say, change for change"
    );
    let outcomes: BTreeSet<_> = verdicts.iter().map(|recorded| outcome(&recorded.verdict)).collect();
    for wanted in ["booked", "rescheduled", "cancelled"] {
        assert!(outcomes.contains(wanted), "the device does each of them: {wanted} is missing");
    }
    println!(
        "{rounds} kills of the device, {deaths} of the server, {} commands acknowledged, {} verdicts, {} refused",
        given.len(),
        verdicts.len(),
        refused.len()
    );
}

/// Has the device hurry until it has given each kind of command, with nobody in its way, and has them all done. Without
/// these a device that gives nothing would keep its word.
async fn hurry_undisturbed(folder: &Path, seed: u64, given: &mut Vec<Given>) {
    let mut pocket = Pocket::start(folder);
    pocket.tell(&Ask::Hurry { seed }).await;
    let hears_each = async {
        while !has_each(given) {
            given.push(pocket.heard().await.expect("it goes on until it is killed"));
        }
    };
    tokio::time::timeout(phone::PATIENCE, hears_each).await.expect("it gives each kind");
    kill(pocket, given).await;
    let mut pocket = Pocket::start(folder);
    pocket.settled().await;
    pocket.kill().await;
}

fn has_each(given: &[Given]) -> bool {
    let any = |kind: fn(&Command) -> bool| given.iter().any(|one| kind(&one.command));
    any(|command| matches!(command, Command::Book(_)))
        && any(|command| matches!(command, Command::Reschedule(_)))
        && any(|command| matches!(command, Command::Cancel(_)))
}

/// Kills the device, and takes down what it said before.
async fn kill(mut pocket: Pocket, given: &mut Vec<Given>) {
    pocket.kill().await;
    while let Some(one) = pocket.heard().await {
        given.push(one);
    }
}

/// Start, state and number of changes of each booking.
type Books = BTreeMap<BookingId, (Timestamp, BookingState, u32)>;

/// The bookings on the device, which are those of the server.
async fn bookings(device: &Path) -> Books {
    let all = compare::bookings(device).await.into_iter();
    all.map(|booking| (booking.id, (booking.span.from, booking.state, booking.revision))).collect()
}

/// The bookings that accepted commands make. A command that was kept but whose acknowledgement the kill cut short is
/// known by its outcome alone: then the start is taken as found.
fn expected(verdicts: &[compare::Recorded], commands: &BTreeMap<CommandId, &Command>, found: &Books) -> Books {
    let mut books = Books::new();
    for compare::Recorded { command, verdict } in verdicts {
        let Verdict::Accepted { outcome } = verdict else { continue };
        let start = |booking: &BookingId| match commands.get(command) {
            Some(Command::Book(book)) => book.start,
            Some(Command::Reschedule(to)) => to.start,
            _ => found[booking].0,
        };
        match outcome {
            Outcome::Booked { booking, .. } => {
                let twice = books.insert(*booking, (start(booking), BookingState::Confirmed, 0));
                assert!(twice.is_none(), "no booking is made twice");
            }
            Outcome::Rescheduled { booking } => {
                let entry = books.get_mut(booking).expect("only a booking that exists is moved");
                *entry = (start(booking), entry.1, entry.2 + 1);
            }
            Outcome::Cancelled { booking } => {
                let entry = books.get_mut(booking).expect("only a booking that exists is cancelled");
                *entry = (entry.0, BookingState::Cancelled, entry.2 + 1);
            }
            other => panic!("nobody asked for {other:?}"),
        }
    }
    books
}
