//! Sending what waits.

use std::sync::Arc;

use protocol::{Push, Pushed, Sent};

use super::Failed;
use crate::{
    Event, Trouble,
    account::{Account, Session, to_the_end},
    desk::Heard,
};

impl Account {
    /// Sends the commands that wait, at most 100, and takes note of the verdicts. Does nothing when none waits or
    /// nobody is signed in. Says whether something came of it: there were verdicts, so that a pull is due, or the
    /// commands have other numbers now and are to be sent again.
    pub(crate) async fn push(self: &Arc<Self>) -> Result<bool, Failed> {
        let session = self.session().await;
        let Session::Open(token) = &session else { return Ok(false) };
        let commands = Arc::clone(self).number().await?;
        let (Some(first), Some(last)) = (commands.first(), commands.last()) else { return Ok(false) };
        let (first, last) = (first.number, last.number);
        let mut pushed = self.wire.push(token, &Push { commands }).await?;
        // Verdicts beyond what was sent would be for commands that do not exist yet.
        pushed.verdicts.retain(|heard| heard.number <= last);
        let account = Arc::clone(self);
        let heard = to_the_end(async move { account.take_note(&session, first, pushed).await }).await?;
        match heard {
            Noted::Overtaken => Err(Failed::Overtaken),
            Noted::Nothing => Err(Failed::Stuck),
            Noted::Verdicts | Noted::Renumbered => Ok(true),
        }
    }

    /// Gives numbers to what is sent next. They are on disk before anything is sent.
    async fn number(self: Arc<Self>) -> Result<Vec<Sent>, Trouble> {
        let mut desk = self.desk().await;
        let numbered = desk.account.next;
        to_the_end(async move {
            let commands = self.change(&mut desk, |desk| Ok(desk.number())).await?;
            if desk.account.next != numbered {
                self.show(&desk).await?;
            }
            Ok(commands)
        })
        .await
    }

    /// Keeps what the server said.
    async fn take_note(&self, session: &Session, first: u64, pushed: Pushed) -> Result<Noted, Trouble> {
        let mut desk = self.desk().await;
        if self.session().await != *session {
            return Ok(Noted::Overtaken);
        }
        let now = self.surroundings.clock.now();
        // Only ever to lower numbers: a server that does so again and again comes to an end.
        let behind = pushed.last.saturating_add(1) < first;
        let heard = self
            .change(&mut desk, |desk| {
                if behind {
                    tracing::warn!(business = %self.id, first, last = pushed.last, "the server was put back");
                    desk.renumber(pushed.last);
                }
                Ok(desk.hear(pushed.verdicts, now))
            })
            .await?;
        self.show(&desk).await?;
        for &Heard { command, accepted, .. } in heard.iter().filter(|heard| heard.told) {
            self.tell(Event::Verdict { business: self.id, command, accepted });
        }
        Ok(match heard.len() {
            0 if behind => Noted::Renumbered,
            0 => Noted::Nothing,
            _ => Noted::Verdicts,
        })
    }
}

/// What came of a push.
enum Noted {
    /// The session is another one by now.
    Overtaken,
    /// Nothing that this device did not know.
    Nothing,
    /// Commands have their verdict.
    Verdicts,
    /// The server has lost its latest commands; what waits follows on those it still has.
    Renumbered,
}
