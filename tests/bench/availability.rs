//! Promise 1: a month and a day of availability against a bare handler that returns the same bytes.

use std::time::Duration;

use anyhow::Context as _;
use jiff::ToSpan as _;
use portal::{DayQuery, MonthQuery, View};

use crate::{
    bare::Bare,
    booker::Books,
    load::{Cycle, Load},
    report::{Line, Report, Target},
    salon::{self, Plan, SERVICES},
    stage::{Setting, Stage, record},
    wire::post,
};

/// How many connections ask.
const CONNECTIONS: usize = 32;
/// How many people are signed in; one more books.
const PEOPLE: usize = 8;
/// How many bookings a second are made while availability is asked for.
const RATE: u32 = 50;

/// Measures.
pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::open(setting, Plan { horizon: 200, full: 92 }, (0..=PEOPLE).map(salon::email)).await?;
    let (books, people) = stage.people.split_last().context("nobody is signed in")?;
    let tokens: Vec<&str> = people.iter().map(testkit::Person::token).collect();
    let mut books = Books::open(stage.address(), books).await?;
    for (name, views) in [("month", months()), ("day", days())] {
        let bodies: Vec<String> = views.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        for (who, tokens) in [("nobody signed in", &[][..]), ("signed in", &tokens)] {
            let ask = |path: &dyn Fn(usize) -> String| -> Vec<Vec<u8>> {
                let token = |number: usize| (!tokens.is_empty()).then(|| tokens[number % tokens.len()]);
                let one = |(number, body): (usize, &String)| post(&path(number), token(number), false, body);
                bodies.iter().enumerate().map(one).collect()
            };
            let requests = ask(&|_| "/api/v1/view".to_owned());
            let recorded = record(stage.address(), &requests).await?;
            let bytes = recorded.iter().map(Vec::len).sum::<usize>() / recorded.len();
            let bare = Bare::start(&recorded, None).await?;
            let mut floor =
                Load::connect(&bare.address, Cycle::over(ask(&|number| format!("/{number}")), CONNECTIONS)).await?;
            let mut subject = Load::connect(stage.address(), Cycle::over(requests, CONNECTIONS)).await?;
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            warm(&mut floor, &mut subject).await?;
            for _ in 0..setting.rounds.count {
                theirs.push(floor.round(setting.rounds.time).await?);
                ours.push(subject.round(setting.rounds.time).await?);
            }
            let what = format!("a {name}, {who} ({bytes} bytes)");
            report.push(Line::rates("1", what, (&ours, &theirs), "/s", Target::AtLeast(0.40)));
            if tokens.is_empty() {
                continue;
            }
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..setting.rounds.count {
                theirs.push(floor.round(setting.rounds.time).await?);
                let (asked, booked) =
                    tokio::join!(subject.round(setting.rounds.time), books.at_rate(RATE, setting.rounds.time));
                ours.push(asked?);
                booked?;
            }
            let what = format!("a {name}, signed in, while {RATE} bookings a second are made");
            report.push(Line::rates("", what, (&ours, &theirs), "/s", Target::None));
        }
    }
    Ok(())
}

async fn warm(floor: &mut Load<Cycle>, subject: &mut Load<Cycle>) -> anyhow::Result<()> {
    floor.round(Duration::from_millis(300)).await?;
    subject.round(Duration::from_millis(300)).await?;
    Ok(())
}

/// What may be asked about: every service, with anybody and with two of the people.
fn queries() -> Vec<MonthQuery> {
    let mut queries = Vec::new();
    for minutes in SERVICES {
        for staff in [None, Some(salon::staff(1)), Some(salon::staff(7))] {
            queries.push(MonthQuery {
                service: salon::service(minutes).parse().expect("a slug"),
                variant: "usual".parse().expect("a slug"),
                place: "here".parse().expect("a slug"),
                staff: staff.map(|name| name.parse().expect("a slug")),
                party: 1,
                moving: None,
                month: None,
            });
        }
    }
    queries
}

/// This month, the next and the one after.
pub(crate) fn months() -> Vec<View> {
    let month = |query: &MonthQuery, later: i64| {
        let month = (later > 0).then(|| salon::today().first_of_month().saturating_add(later.months()));
        View::Month(MonthQuery { month, ..query.clone() })
    };
    queries().iter().flat_map(|query| (0..3).map(|later| month(query, later)).collect::<Vec<_>>()).collect()
}

/// Days from tomorrow to the third month.
pub(crate) fn days() -> Vec<View> {
    let day = |query: &MonthQuery, later: i64| {
        View::Day(DayQuery { of: query.clone(), date: salon::today().saturating_add(later.days()) })
    };
    queries().iter().flat_map(|of| [2, 3, 9, 24, 45, 80].map(|later| day(of, later))).collect()
}
