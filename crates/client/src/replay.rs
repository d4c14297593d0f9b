//! The overlay, made from the mirror and what waits.
//!
//! **Invariant:** the same mirror and the same desk give the same overlay; it can be made again at any time.

use std::collections::BTreeMap;

use domain::{BookingState, CommandId, CustomerId, Refusal, refusal::Act};
use portal::{Actor, Command, Context, Decision, Failure};
use store::Read;

use crate::{
    Trouble,
    desk::{Desk, Kept},
    layered::{Layered, Overlay},
};

/// What the waiting commands would bring about, and which of them the server will probably refuse.
#[derive(Debug, Clone, Default)]
pub(crate) struct Preview {
    pub(crate) overlay: Overlay,
    pub(crate) doubts: BTreeMap<CommandId, Refusal>,
}

/// Replays the waiting commands over a mirror, each at the moment it was given.
pub(crate) async fn replay<R: Read>(base: &R, desk: &Desk) -> Result<Preview, Trouble> {
    let mut preview = Preview::default();
    for kept in &desk.waiting {
        add(base, desk.account.customer, kept, &mut preview).await?;
    }
    Ok(preview)
}

async fn add<R: Read>(
    base: &R,
    customer: Option<CustomerId>,
    kept: &Kept,
    preview: &mut Preview,
) -> Result<(), Trouble> {
    if kept.command == Command::Withdrawn {
        return Ok(());
    }
    let context = Context { now: kept.given, actor: actor(customer) };
    let layered = Layered { base, overlay: &preview.overlay };
    match portal::execute(&layered, &context, &kept.command).await {
        Ok(Decision::Accepted(changes)) => preview.overlay.put(changes.batch.writes, !kept.accepted),
        Ok(Decision::Refused(refusal)) if !is_there_already(kept, &refusal) => {
            preview.doubts.insert(kept.id, refusal);
        }
        Ok(Decision::Refused(_)) => {}
        Err(Failure::Store(error)) => return Err(error.into()),
        Err(failure) => {
            // The server decides, and it can read its documents. Here the command just has no preview.
            tracing::warn!(%failure, command = %kept.id, "a waiting command cannot be shown");
        }
    }
    Ok(())
}

/// Whether a refusal only says that the mirror shows the command's effect: the answer to it was lost, or the pull was
/// faster than the verdict.
fn is_there_already(kept: &Kept, refusal: &Refusal) -> bool {
    kept.accepted
        || kept.number.is_some()
            && matches!(
                refusal,
                Refusal::AlreadyExists { .. }
                    | Refusal::NothingChanged
                    | Refusal::AlreadyDone { .. }
                    | Refusal::WrongState { act: Act::Cancel, state: BookingState::Cancelled }
            )
}

/// Who asks.
pub(crate) fn actor(customer: Option<CustomerId>) -> Actor {
    customer.map_or(Actor::Anyone, Actor::Customer)
}
