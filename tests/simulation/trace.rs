//! What happened, line by line: two runs of one plan leave the same lines.
//!
//! What programs draw at random (ids, secrets, digits, a database's epoch) stands as a number, in the order in which it
//! first showed: so lines are the same when everything else is.

use std::{collections::HashMap, fmt::Write as _};

/// The lines of one run, when somebody wants them.
#[derive(Default)]
pub(crate) struct Trace {
    lines: Option<Vec<String>>,
    names: HashMap<String, usize>,
}

impl Trace {
    /// One that keeps what it is told.
    pub(crate) fn kept() -> Self {
        Self { lines: Some(Vec::new()), names: HashMap::new() }
    }

    /// Something happened.
    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        if self.lines.is_some() {
            let line = self.plain(&line());
            self.lines.get_or_insert_default().push(line);
        }
    }

    /// What happened.
    pub(crate) fn lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }

    /// A text without what was drawn at random.
    fn plain(&mut self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = rest.find(|c| part(c) != part(first)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(length);
            if is_random(word) {
                let next = self.names.len();
                let number = *self.names.entry(word.to_owned()).or_insert(next);
                let _ = write!(plain, "#{number}");
            } else {
                plain.push_str(word);
            }
            rest = after;
        }
        plain
    }
}

/// Whether a word looks as if it was drawn: a UUID, a secret in base64, an epoch, six digits; or a reference, which is made
/// of what was drawn.
fn is_random(word: &str) -> bool {
    let all = |which: fn(&u8) -> bool| word.bytes().all(|byte| which(&byte));
    match word.len() {
        6 => all(u8::is_ascii_digit),
        9 => {
            word.as_bytes()[4] == b'-'
                && all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'-')
        }
        16 | 32 => all(u8::is_ascii_hexdigit),
        36 => word.bytes().filter(|byte| *byte == b'-').count() == 4,
        43.. => !word.contains(' '),
        _ => false,
    }
}
