//! How many files the system lets this process have: each connection takes one.

/// Files that are not for connections: the database's readers, certificates, the log.
const OTHERS: usize = 256;

/// Asks the system for as many files as it may give, and says how many of so many connections they are enough for.
pub(crate) fn enough_for(connections: usize) -> usize {
    let enough = most().map_or(connections, |files| connections.min(files.saturating_sub(OTHERS).max(1)));
    if enough < connections {
        tracing::warn!(
            connections = enough,
            "the system gives this process files for fewer connections: raise ulimit -n"
        );
    }
    enough
}

#[cfg(unix)]
fn most() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // The lower limit protects programs that cannot count further than 1,024; this one can.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let files = if raised.is_ok() { maximum } else { current };
    files.and_then(|files| usize::try_from(files).ok())
}

#[cfg(not(unix))]
fn most() -> Option<usize> {
    None
}
