//! The next step of the sync, from how things stand. Pure; the tests read as a table.

use std::time::Duration;

/// Who talks to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Nobody in particular: the catalogue and the calendars, no commands.
    Anonymous,
    /// A customer.
    Customer,
    /// A customer whose session has ended. Asking as nobody would lose what they may see.
    Ended,
    /// A customer whose token cannot be read at present.
    Locked,
}

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) who: Who,
    /// Whether commands wait for their verdict.
    pub(crate) waiting: bool,
    /// Whether something may have changed on the server since the last pull.
    pub(crate) stale: bool,
    /// Whether a stream of pokes is open.
    pub(crate) listening: bool,
    /// No request for that long.
    pub(crate) hold: Option<Duration>,
    /// No listening for that long.
    pub(crate) deaf: Option<Duration>,
    /// No sending for that long.
    pub(crate) unsent: Option<Duration>,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Wait until somebody rings.
    Rest,
    /// Ask for the token once more.
    Unlock,
    /// Wait so long, or until somebody rings.
    Pause(Duration),
    /// Send what waits.
    Push,
    /// Ask what changed.
    Pull,
    /// Open the stream of pokes, then ask what changed before it was open.
    Listen,
    /// Wait for a poke, until somebody rings, or until there is something to send again.
    Await,
}

/// The next step.
pub(crate) fn next(standing: &Standing) -> Step {
    match standing {
        Standing { who: Who::Ended, .. } => Step::Rest,
        Standing { hold: Some(hold), .. } => Step::Pause(*hold),
        Standing { who: Who::Locked, .. } => Step::Unlock,
        // First what the customer wants, then what others did: a verdict is worth more than a fresh calendar.
        Standing { who: Who::Customer, waiting: true, unsent: None, .. } => Step::Push,
        Standing { stale: true, .. } => Step::Pull,
        Standing { listening: true, .. } => Step::Await,
        Standing { deaf: Some(deaf), unsent, .. } => Step::Pause(unsent.map_or(*deaf, |unsent| unsent.min(*deaf))),
        Standing { .. } => Step::Listen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const QUIET: Standing = Standing {
        who: Who::Customer,
        waiting: false,
        stale: false,
        listening: true,
        hold: None,
        deaf: None,
        unsent: None,
    };

    #[test]
    fn the_table() {
        for (standing, step, why) in [
            (QUIET, Step::Await, "all is said; the next poke will tell"),
            (Standing { waiting: true, stale: true, ..QUIET }, Step::Push, "commands go first"),
            (Standing { stale: true, ..QUIET }, Step::Pull, "what changed is fetched"),
            (Standing { listening: false, stale: true, ..QUIET }, Step::Pull, "news does not wait for the stream"),
            (Standing { listening: false, ..QUIET }, Step::Listen, "without pokes nothing new would be heard of"),
            (
                Standing { listening: false, deaf: Some(SECOND), ..QUIET },
                Step::Pause(SECOND),
                "a server that hangs up is not called in a rush",
            ),
            (
                Standing { listening: false, deaf: Some(SECOND), waiting: true, ..QUIET },
                Step::Push,
                "that pokes do not work stops no command",
            ),
            (
                Standing { waiting: true, listening: false, deaf: Some(60 * SECOND), unsent: Some(SECOND), ..QUIET },
                Step::Pause(SECOND),
                "what is to be sent again waits for no stream",
            ),
            (
                Standing { waiting: true, stale: true, hold: Some(SECOND), ..QUIET },
                Step::Pause(SECOND),
                "no request while the server is not to be asked",
            ),
            (
                Standing { waiting: true, stale: true, unsent: Some(SECOND), ..QUIET },
                Step::Pull,
                "a push of which nothing comes keeps no news away",
            ),
            (
                Standing { waiting: true, unsent: Some(SECOND), ..QUIET },
                Step::Await,
                "and what nothing came of is not sent again in a rush",
            ),
            (Standing { who: Who::Anonymous, waiting: true, ..QUIET }, Step::Await, "nothing is sent in nobody's name"),
            (Standing { who: Who::Anonymous, stale: true, ..QUIET }, Step::Pull, "the catalogue needs no sign-in"),
            (
                Standing { who: Who::Ended, waiting: true, stale: true, listening: false, ..QUIET },
                Step::Rest,
                "what waits stays until the customer is back",
            ),
            (
                Standing { who: Who::Locked, waiting: true, stale: true, listening: false, ..QUIET },
                Step::Unlock,
                "nothing is asked in nobody's name, and nothing has ended",
            ),
            (
                Standing { who: Who::Locked, waiting: true, hold: Some(SECOND), ..QUIET },
                Step::Pause(SECOND),
                "whoever is asked for a password is not asked without pause",
            ),
        ] {
            assert_eq!(next(&standing), step, "{why}");
        }
    }

    #[test]
    fn following_the_plan_ends_in_waiting() {
        for bits in 0..16u8 {
            let mut standing = Standing {
                waiting: bits & 1 != 0,
                stale: bits & 2 != 0,
                listening: bits & 4 != 0,
                who: if bits & 8 != 0 { Who::Anonymous } else { Who::Customer },
                ..QUIET
            };
            let mut steps = 0;
            loop {
                match next(&standing) {
                    Step::Push => standing = Standing { waiting: false, stale: true, ..standing },
                    Step::Pull => standing.stale = false,
                    Step::Listen => standing = Standing { listening: true, stale: true, ..standing },
                    Step::Rest | Step::Unlock | Step::Pause(_) | Step::Await => break,
                }
                steps += 1;
                assert!(steps < 10, "a server that answers everything must not be asked for ever");
            }
            assert!(standing.listening && !standing.stale, "everything known, and news will come");
        }
    }
}
