//! Why a step of the sync did not come to its end, and what that means for the next.

use protocol::Code;

use crate::{Trouble, wire::WireError};

/// Why a step did not come to its end.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failed {
    /// The server, or the way to it.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// This device's storage.
    #[error(transparent)]
    Here(#[from] Trouble),
    /// Somebody signed in or out meanwhile.
    #[error("the session has changed")]
    Overtaken,
    /// The server answered, and nothing came of it.
    #[error("no progress")]
    Stuck,
}

/// What a failure asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lesson {
    /// Look again at once.
    Again,
    /// Try later, the more so the more often it fails.
    Later,
    /// Try after so many seconds: the server says so.
    After(u64),
    /// The session has ended.
    SignIn,
    /// The server does not understand this program.
    TooOld,
}

impl Failed {
    /// What it asks for.
    pub(crate) fn lesson(&self) -> Lesson {
        let Self::Wire(error) = self else {
            return if matches!(self, Self::Overtaken) { Lesson::Again } else { Lesson::Later };
        };
        let WireError::Status { status, code, retry_after } = error else { return Lesson::Later };
        match (status, code) {
            // Numbers that do not fit come right with the next sign-in, whose answer says which one is next.
            (_, Some(Code::NotSignedIn | Code::OutOfOrder)) => Lesson::SignIn,
            (429 | 503, _) => retry_after.map_or(Lesson::Later, Lesson::After),
            (426, _) | (400 | 404 | 405 | 410 | 415, Some(_)) => Lesson::TooOld,
            _ => Lesson::Later,
        }
    }

    /// Whether the server has answered, and what it says need not hold for other requests.
    pub(crate) fn is_of_this_request(&self) -> bool {
        let answered = matches!(self, Self::Stuck | Self::Wire(WireError::Status { .. } | WireError::Strange(_)));
        answered && matches!(self.lesson(), Lesson::Later | Lesson::TooOld)
    }
}

impl From<Failed> for Trouble {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Wire(error) => error.into(),
            Failed::Here(trouble) => trouble,
            Failed::Overtaken => Self::NotSignedIn,
            Failed::Stuck => Self::Server,
        }
    }
}

impl From<store::StoreError> for Failed {
    fn from(error: store::StoreError) -> Self {
        Self::Here(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::NoAnswer;

    #[test]
    fn every_failure_asks_for_something() {
        let status = |status, code, retry_after| Failed::Wire(WireError::Status { status, code, retry_after });
        for (failed, expected) in [
            (Failed::Wire(NoAnswer("refused".to_owned()).into()), Lesson::Later),
            (Failed::Wire(WireError::Strange("html".to_owned())), Lesson::Later),
            (Failed::Stuck, Lesson::Later),
            (Failed::Overtaken, Lesson::Again),
            (status(401, Some(Code::NotSignedIn), None), Lesson::SignIn),
            (status(401, None, None), Lesson::Later),
            (status(409, Some(Code::OutOfOrder), None), Lesson::SignIn),
            (status(429, Some(Code::TooManyAttempts), Some(7)), Lesson::After(7)),
            (status(503, Some(Code::Busy), Some(2)), Lesson::After(2)),
            (status(503, None, None), Lesson::Later),
            (status(502, None, None), Lesson::Later),
            (status(500, Some(Code::ServerError), None), Lesson::Later),
            (status(404, Some(Code::NotFound), None), Lesson::TooOld),
            (status(404, None, None), Lesson::Later),
            (status(426, None, None), Lesson::TooOld),
        ] {
            assert_eq!(failed.lesson(), expected, "{failed}");
        }
    }

    #[test]
    fn what_the_server_has_against_one_request_it_need_not_have_against_another() {
        let status = |status, code, retry_after| Failed::Wire(WireError::Status { status, code, retry_after });
        for (failed, expected) in [
            (status(500, Some(Code::ServerError), None), true),
            (status(413, Some(Code::TooLarge), None), true),
            (status(422, None, None), true),
            (status(400, Some(Code::BadRequest), None), true),
            (Failed::Wire(WireError::Strange("html".to_owned())), true),
            (Failed::Stuck, true),
            (status(503, Some(Code::Busy), Some(2)), false),
            (status(401, Some(Code::NotSignedIn), None), false),
            (Failed::Wire(NoAnswer("refused".to_owned()).into()), false),
            (Failed::Here(Trouble::Storage { detail: "the disk is full".to_owned() }), false),
            (Failed::Overtaken, false),
        ] {
            assert_eq!(failed.is_of_this_request(), expected, "{failed}");
        }
    }
}
