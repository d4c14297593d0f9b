//! How a device's work ends before its end.

/// Why a device did not come to where it should.
#[derive(Debug)]
pub(crate) enum Halt {
    /// Its fuse blew: its program has to be cut.
    Cut,
    /// Something is wrong.
    Broken(String),
}

impl Halt {
    /// What came of it, or nothing when the fuse blew.
    pub(crate) fn unless_cut<T>(came: Result<T, Self>) -> Result<Option<T>, String> {
        match came {
            Ok(came) => Ok(Some(came)),
            Err(Self::Cut) => Ok(None),
            Err(Self::Broken(words)) => Err(words),
        }
    }
}

impl From<String> for Halt {
    fn from(words: String) -> Self {
        Self::Broken(words)
    }
}

impl From<&str> for Halt {
    fn from(words: &str) -> Self {
        Self::Broken(words.to_owned())
    }
}

impl From<Halt> for String {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Cut => "a fuse blew where there should be none".to_owned(),
            Halt::Broken(words) => words,
        }
    }
}
