//! Devices that book: numbered pushes over the wire, each for a time that nobody else takes.

use std::time::{Duration, Instant};

use anyhow::bail;
use domain::{BookingId, CommandId, StaffId, Timestamp};
use jiff::ToSpan as _;
use portal::{DayQuery, MonthQuery, Screen, View};
use testkit::Person;

use crate::{
    load::{Source, ok},
    salon,
    wire::{Answer, Wire, post},
};

/// One device and the times it will book, the last first.
pub(crate) struct Booker {
    token: String,
    minutes: u16,
    times: Vec<(Timestamp, StaffId)>,
    number: u64,
    request: Vec<u8>,
}

impl Booker {
    /// A device that has sent nothing yet.
    pub(crate) fn new(person: &Person, minutes: u16, times: Vec<(Timestamp, StaffId)>) -> Self {
        Self { token: person.token().to_owned(), minutes, times, number: 0, request: Vec::new() }
    }
}

impl Source for Booker {
    fn next(&mut self) -> &[u8] {
        // Without a time left the command is refused, and the check says so.
        let (start, staff) = self.times.pop().unwrap_or_else(|| (Timestamp::MIN, "nobody".parse().expect("a slug")));
        self.number += 1;
        let body = format!(
            r#"{{"commands":[{{"number":{},"id":"{}","command":{{"type":"book@1","booking":"{}","service":"{}","variant":"usual","place":"here","staff":"{staff}","start":"{start}","party":1,"note":""}}}}]}}"#,
            self.number,
            CommandId::new(),
            BookingId::new(),
            salon::service(self.minutes),
        );
        self.request = post("/api/v1/push", Some(&self.token), false, &body);
        &self.request
    }

    fn check(&mut self, answer: &Answer<'_>) -> anyhow::Result<()> {
        ok(answer)?;
        let body = answer.body();
        let accepted = br#""verdict":"accepted""#;
        if !body.windows(accepted.len()).any(|window| window == accepted) {
            bail!("a booking was not accepted: {}", String::from_utf8_lossy(&body));
        }
        Ok(())
    }
}

/// A device that books beside what is measured, on days that are being asked about.
pub(crate) struct Books {
    address: String,
    booker: Booker,
}

impl Books {
    /// Looks up free times as a person would, whose device has sent nothing yet.
    pub(crate) async fn open(address: &str, person: &Person) -> anyhow::Result<Self> {
        let today = salon::today();
        let of = MonthQuery {
            service: salon::service(15).parse().expect("a slug"),
            variant: "usual".parse().expect("a slug"),
            place: "here".parse().expect("a slug"),
            staff: None,
            party: 1,
            moving: None,
            month: None,
        };
        let mut times = Vec::new();
        for later in (2..60_i64).step_by(3) {
            let date = today.saturating_add(later.days());
            let Screen::Day(day) = person.view(&View::Day(DayQuery { of: of.clone(), date })).await? else {
                bail!("not a day")
            };
            let all = day.times.into_iter();
            times.extend(all.flat_map(|time| time.staff.into_iter().map(move |staff| (time.start.at, staff))));
        }
        // The days in turn.
        let stride = times.len() / 20;
        let times = (0..stride).flat_map(|first| times.iter().skip(first).step_by(stride.max(1)).cloned()).collect();
        Ok(Self { address: address.to_owned(), booker: Booker::new(person, 15, times) })
    }

    /// Books at an even rate for some time; gives how many.
    pub(crate) async fn at_rate(&mut self, rate: u32, time: Duration) -> anyhow::Result<u32> {
        // The server closes connections that nobody uses for some seconds.
        let mut wire = Wire::connect(&self.address).await?;
        let (began, mut booked) = (Instant::now(), 0);
        while began.elapsed() < time {
            let due = began + Duration::from_secs(1) / rate * booked;
            tokio::time::sleep_until(due.into()).await;
            let answer = wire.ask(self.booker.next()).await?;
            self.booker.check(&answer)?;
            booked += 1;
        }
        Ok(booked)
    }
}
