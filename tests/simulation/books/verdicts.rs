//! Every command has one verdict, the same for its device and for the server, or was taken back before it left.

use std::collections::BTreeMap;

use domain::CommandId;
use portal::{Command, Outcome, documents};
use protocol::Verdict;
use serde::Deserialize;
use store::{List, Read as _};

use super::Books;
use crate::{
    device::{Device, Given, Sent},
    world::World,
};

/// A verdict as the server keeps it.
#[derive(Debug, Clone, Deserialize)]
struct Recorded {
    command: CommandId,
    verdict: Verdict,
}

/// The verdicts of all devices, by command.
pub(super) type Verdicts = BTreeMap<CommandId, Verdict>;

impl Books {
    /// Reads them, without a gap in any device's numbers.
    pub(super) async fn verdicts(&self) -> Result<Verdicts, String> {
        let mut all = BTreeMap::new();
        for space in self.spaces("device/").await? {
            let list = List::all(space.clone(), "verdict");
            let mut documents = self.read.list(&list).await.map_err(|error| error.to_string())?;
            documents.sort_by(|one, other| one.key.id.cmp(&other.key.id));
            for (number, document) in (1_u64..).zip(&documents) {
                if document.key.id.parse() != Ok(number) {
                    return Err(format!("{space} has {} where {number} should be", document.key.id));
                }
                let recorded: Recorded = documents::decode(document).map_err(|error| error.to_string())?;
                // A command that was sent again under another number has the verdict that it had.
                let Recorded { command, verdict } = recorded;
                if all.insert(command, verdict.clone()).is_some_and(|before| before != verdict) {
                    return Err(format!("{command} has two verdicts"));
                }
            }
        }
        Ok(all)
    }

    /// Compares them with what devices were given and what they told.
    pub(super) fn verdicts_agree(&self, world: &mut World, verdicts: &Verdicts) -> Result<(), String> {
        let mut left = verdicts.clone();
        let World { devices, tally, .. } = world;
        for (number, device) in devices.iter().enumerate() {
            for given in &device.given {
                let verdict = left.remove(&given.id);
                tally.note(match &verdict {
                    Some(Verdict::Accepted { .. }) => "commands accepted by servers",
                    Some(Verdict::Refused { .. }) => "commands refused by servers",
                    None => "commands that servers never saw",
                });
                agree(device, given, verdict.as_ref()).map_err(|error| format!("device {number}: {error}"))?;
            }
        }
        match left.into_iter().next() {
            Some((command, verdict)) => Err(format!("nobody gave {command}, which has {verdict:?}")),
            None => Ok(()),
        }
    }
}

fn agree(device: &Device, given: &Given, verdict: Option<&Verdict>) -> Result<(), String> {
    let heard = device.heard.get(&given.id);
    let shown = device.refusals.get(&given.id);
    match (given.withdrawn, verdict) {
        (Some(Sent::No), None) if heard.is_none() && shown.is_none() => Ok(()),
        (Some(Sent::No), verdict) => Err(format!("{given:?} was taken back before it left, and had {verdict:?}")),
        (_, None) => Err(format!("{given:?} has no verdict")),
        (withdrawn, Some(verdict)) => {
            let accepted = matches!(verdict, Verdict::Accepted { .. });
            if heard.is_some_and(|heard| *heard != accepted) {
                return Err(format!("{given:?} was told {heard:?} and had {verdict:?}"));
            }
            // Nobody needs to hear that what they took back did not happen.
            let nothing = matches!(verdict, Verdict::Accepted { outcome: Outcome::Nothing } | Verdict::Refused { .. });
            let is_told = withdrawn.is_none() || !nothing;
            if is_told && heard.is_none() && !device.silent.contains(&given.id) {
                return Err(format!("{given:?} had {verdict:?}, and its device never said so"));
            }
            if !is_told && heard.is_some() {
                return Err(format!("{given:?} was taken back, and {verdict:?} is told"));
            }
            match verdict {
                Verdict::Accepted { .. } if shown.is_some() => {
                    Err(format!("{given:?} was accepted and shows as refused"))
                }
                Verdict::Accepted { outcome } if fits(outcome, &given.command, withdrawn) => Ok(()),
                Verdict::Accepted { outcome } => Err(format!("{given:?} brought about {outcome:?}")),
                Verdict::Refused { .. } if withdrawn.is_some() && shown.is_none() => Ok(()),
                Verdict::Refused { refusal } if shown == Some(refusal) => Ok(()),
                Verdict::Refused { refusal } => Err(format!("{given:?} had {refusal:?} and shows {shown:?}")),
            }
        }
    }
}

fn fits(outcome: &Outcome, command: &Command, withdrawn: Option<Sent>) -> bool {
    match (outcome, command) {
        (Outcome::Booked { booking, .. }, Command::Book(asked)) => *booking == asked.booking,
        (Outcome::Rescheduled { booking }, Command::Reschedule(asked)) => *booking == asked.booking,
        (Outcome::Cancelled { booking }, Command::Cancel(asked)) => *booking == asked.booking,
        (Outcome::AttendanceConfirmed { booking }, Command::ConfirmAttendance(asked)) => *booking == asked.booking,
        (Outcome::RunningLate { booking }, Command::RunningLate(asked)) => *booking == asked.booking,
        (Outcome::CheckedIn { booking }, Command::CheckIn(asked)) => *booking == asked.booking,
        (Outcome::ProfileUpdated, Command::UpdateProfile(_)) => true,
        (Outcome::FeedTurnedOn, Command::TurnFeedOn(_) | Command::RenewFeed(_)) => true,
        (Outcome::FeedTurnedOff, Command::TurnFeedOff) => true,
        (Outcome::Nothing, _) => withdrawn == Some(Sent::Perhaps),
        _ => false,
    }
}
