//! Commands as they are given and taken back on the device.

use domain::{Booking, CommandId, Service, Timestamp};
use portal::{
    Command, Context, Decision,
    documents::{self, Kind},
    spaces,
};
use store::{Key, Read};

use super::Account;
use crate::{
    Receipt, Trouble,
    desk::{Desk, Kept},
    layered::Layered,
    replay::actor,
};

impl Account {
    /// Decides a command as far as this device knows and, on a yes, keeps it until the server has said its word.
    pub(crate) async fn execute(&self, command: Command) -> Result<Receipt, Trouble> {
        if command == Command::Withdrawn {
            return Err(Trouble::NotAcceptable);
        }
        let mut desk = self.desk().await;
        self.is_here()?;
        let (shown, base) = self.look().await?;
        let layered = Layered { base: &*base, overlay: &shown.preview.overlay };
        let now = self.moment(&desk);
        let context = Context { now, actor: actor(desk.account.customer) };
        let changes = match portal::execute(&layered, &context, &command).await? {
            Decision::Refused(refusal) => return Ok(Receipt::Refused { refusal }),
            Decision::Accepted(changes) => changes,
        };
        let about = about(&layered, &desk, &command).await;
        let id = CommandId::new();
        self.change(&mut desk, |desk| {
            desk.keep(id, command, now, about);
            Ok(())
        })
        .await?;
        let mut preview = shown.preview.clone();
        preview.overlay.put(changes.batch.writes, true);
        self.present(&desk, preview).await;
        self.ring(false);
        Ok(Receipt::Waiting { command: id })
    }

    /// Takes a command back that has no verdict yet.
    pub(crate) async fn withdraw(&self, command: CommandId) -> Result<(), Trouble> {
        let mut desk = self.desk().await;
        self.change(&mut desk, |desk| desk.withdraw(command)).await?;
        self.show(&desk).await?;
        self.ring(false);
        Ok(())
    }

    /// The moment at which a command is given. A clock that was set back must not put a later command before an earlier
    /// one on which it rests.
    fn moment(&self, desk: &Desk) -> Timestamp {
        let now = self.surroundings.clock.now();
        desk.waiting.last().map_or(now, |Kept { given, .. }| now.max(*given))
    }
}

/// A short name of what a command is about.
async fn about<R: Read>(read: &R, desk: &Desk, command: &Command) -> String {
    let key = match command {
        Command::Book(book) => {
            Key { space: spaces::catalogue(), kind: Service::KIND.to_owned(), id: book.service.to_string() }
        }
        Command::Reschedule(portal::Reschedule { booking, .. })
        | Command::Cancel(portal::Cancel { booking, .. })
        | Command::ConfirmAttendance(portal::ConfirmAttendance { booking })
        | Command::RunningLate(portal::RunningLate { booking, .. })
        | Command::CheckIn(portal::CheckIn { booking, .. }) => {
            let Some(customer) = desk.account.customer else { return String::new() };
            spaces::booking(customer, *booking)
        }
        Command::UpdateProfile(_)
        | Command::TurnFeedOn(_)
        | Command::RenewFeed(_)
        | Command::TurnFeedOff
        | Command::Withdrawn => return String::new(),
    };
    let Ok(Some(document)) = read.get(&key).await else { return String::new() };
    if key.kind == Service::KIND {
        documents::decode::<Service>(&document).map(|service| service.name).unwrap_or_default()
    } else {
        documents::decode::<Booking>(&document).map(|booking| booking.names.service).unwrap_or_default()
    }
}
