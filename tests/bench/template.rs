//! What one booking writes, taken from the server itself: the documents, unique keys, versions and jobs that came into
//! its database with one push. Floor and engine are then given the same rows over and over, under fresh ids.

use std::{collections::HashSet, path::Path, time::Duration};

use anyhow::Context as _;
use domain::{BookingId, CommandId, Timestamp, booking::Reference};
use jiff::ToSpan as _;
use rusqlite::Connection;
use store::{Key, NewJob, UniqueKey, Write};
use uuid::Uuid;

use crate::{
    booker::Booker,
    load::Source as _,
    salon::{self, Plan, STAFF},
    stage::{Setting, Stage},
    wire::Wire,
};

/// How many bookings the day and the device have when the one is watched that is the pattern.
const BEFORE: usize = 4;
/// How many days one producer writes in turn.
const DAYS: u64 = 38;

/// One booking's rows.
pub(crate) struct Template {
    writes: Vec<(Write, bool)>,
    jobs: Vec<String>,
    booking: String,
    reference: String,
    command: String,
    customer: String,
    device: String,
    /// The staff calendar's day.
    day: String,
}

/// Rows as they were in the watched database.
type Row = (String, String, String, String, String);

impl Template {
    /// Watches a server write one booking. Gives the rows, and a copy of the database to write them to.
    pub(crate) async fn watch(setting: &Setting, copy: &Path) -> anyhow::Result<Self> {
        let stage = Stage::open(setting, Plan { horizon: 365, full: 92 }, [salon::email(0)]).await?;
        let person = stage.people[0].clone();
        let file = stage.folder.path().join("datebook.sqlite");
        let connection = Connection::open(&file)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        // A booking's mail is sent at once and its job gone before anybody could look.
        connection.execute_batch(
            "CREATE TABLE watched (body TEXT);
             CREATE TRIGGER watch AFTER INSERT ON job BEGIN INSERT INTO watched VALUES (new.body); END;",
        )?;
        let starts = salon::free_starts(100, 101 + 1, 15)?;
        let staff: domain::StaffId = salon::staff(3).parse()?;
        let times = starts.into_iter().take(40).map(|start| (start, staff.clone())).collect();
        let mut booker = Booker::new(&person, 15, times);
        let mut wire = Wire::connect(stage.address()).await?;
        let (mut before, mut sent) = (HashSet::new(), String::new());
        for number in 0..=BEFORE {
            if number == BEFORE {
                before = rows(&connection)?.into_iter().collect();
                connection.execute("DELETE FROM watched", [])?;
            }
            let request = booker.next().to_vec();
            sent = String::from_utf8_lossy(&request).into_owned();
            let answer = wire.ask(&request).await?;
            booker.check(&answer)?;
        }
        let id = |name: &str| {
            let (_, rest) = sent.split_once(&format!("\"{name}\":\""))?;
            rest.split_once('"').map(|(value, _)| value.to_owned())
        };
        let booking = id("booking").context("no booking")?;
        let known: HashSet<_> = before.iter().map(|row| (&row.0, &row.1, &row.2)).collect();
        let mut writes = Vec::new();
        for row in rows(&connection)? {
            let (space, kind, id, sort, body) = &row;
            if before.contains(&row) {
                continue;
            }
            let key = Key { space: space.parse()?, kind: kind.clone(), id: id.clone() };
            let keys = keys(&connection, &row)?;
            let new = !known.contains(&(space, kind, id));
            writes.push((Write { key, sort: sort.clone(), body: Some(body.as_str().into()), keys }, new));
        }
        let jobs = connection
            .prepare("SELECT body FROM watched")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let day = writes.iter().find(|(write, _)| write.key.kind == "day").context("no calendar day")?;
        let template = Self {
            reference: portal::reference(booking.parse::<Uuid>().map(BookingId)?, person.customer, 0).to_string(),
            command: id("id").context("no command")?,
            customer: person.customer.to_string(),
            device: person.device.to_string(),
            day: day.0.key.id.clone(),
            writes,
            jobs,
            booking,
        };
        stage.server.kill().await?;
        connection.execute_batch("DROP TRIGGER watch; DROP TABLE watched")?;
        connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        Ok(template)
    }

    /// How many rows of each table one booking writes.
    pub(crate) fn describe(&self) -> String {
        let bytes: usize = self.writes.iter().filter_map(|(write, _)| Some(write.body.as_ref()?.len())).sum();
        let keys: usize = self.writes.iter().map(|(write, _)| write.keys.len()).sum();
        let spaces: HashSet<_> = self.writes.iter().map(|(write, _)| &write.key.space).collect();
        let (documents, jobs) = (self.writes.len(), self.jobs.len());
        format!("{documents} documents ({bytes} bytes), {keys} unique keys, {} versions, {jobs} jobs", spaces.len())
    }
}

/// One of those who write at the same time, each with a customer, a device and days of their own.
#[derive(Clone)]
pub(crate) struct Producer {
    customer: String,
    device: String,
    number: usize,
    written: u64,
}

impl Producer {
    /// The `number`th.
    pub(crate) fn new(number: usize) -> Self {
        let id = || Uuid::now_v7().to_string();
        Self { customer: id(), device: id(), number, written: 0 }
    }

    /// The next booking's documents and jobs.
    pub(crate) fn next(&mut self, of: &Template) -> (Vec<Write>, Vec<NewJob>) {
        let booking = BookingId::new();
        let reference = Reference::numbered(booking.0.as_u128() as u64).to_string();
        let booking = booking.to_string();
        let command = CommandId::new().to_string();
        let place = (self.number / STAFF) as u64 + 6 * (self.written % DAYS);
        let first = domain::Date::constant(2030, 1, 1);
        let day = first.saturating_add(i64::try_from(place).unwrap_or(0).days()).to_string();
        self.written += 1;
        let fresh = |text: &str| {
            text.replace(&of.booking, &booking)
                .replace(&of.reference, &reference)
                .replace(&of.command, &command)
                .replace(&of.customer, &self.customer)
                .replace(&of.device, &self.device)
        };
        let writes = of.writes.iter().map(|(write, new)| {
            let space = match write.key.space.family() {
                "calendar" => format!("calendar/staff.{}", salon::staff(self.number % STAFF)),
                _ => fresh(write.key.space.as_str()),
            };
            let id = match &write.key {
                key if key.id == of.day => day.clone(),
                key if *new && key.kind == "verdict" => format!("{:020}", self.written),
                key => fresh(&key.id),
            };
            let key = Key { space: space.parse().expect("a space"), kind: write.key.kind.clone(), id };
            let keys = write.keys.iter().map(|key| UniqueKey::new(key.name.clone(), fresh(&key.value))).collect();
            let body = write.body.as_ref().map(|body| fresh(body).into());
            Write { key, sort: write.sort.clone(), body, keys }
        });
        let now = Timestamp::now();
        // Of a kind that nobody takes: a floor's mails are not to be sent by the servers that stand beside it.
        let job = |body: &String| NewJob { kind: "none".to_owned(), body: fresh(body), due: now };
        (writes.collect(), of.jobs.iter().map(job).collect())
    }
}

/// All documents.
fn rows(connection: &Connection) -> anyhow::Result<Vec<Row>> {
    let mut query = connection.prepare(
        "SELECT space.name, kind, document.id, sort, body FROM document JOIN space ON space.id = document.space
         WHERE body IS NOT NULL",
    )?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    let rows = query.query_map([], row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// A document's unique keys.
fn keys(connection: &Connection, (space, kind, id, ..): &Row) -> anyhow::Result<Vec<UniqueKey>> {
    let mut query = connection.prepare(
        "SELECT unique_key.name, unique_key.value FROM unique_key JOIN space ON space.id = unique_key.space
         WHERE space.name = ?1 AND kind = ?2 AND unique_key.id = ?3",
    )?;
    let key = |row: &rusqlite::Row<'_>| Ok(UniqueKey { name: row.get(0)?, value: row.get(1)? });
    let keys = query.query_map([space, kind, id], key)?.collect::<Result<_, _>>()?;
    Ok(keys)
}
