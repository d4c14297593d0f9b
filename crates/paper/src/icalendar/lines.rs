//! Content lines and the values in them (RFC 5545, sections 3.1 and 3.3).
//!
//! **Invariant:** no text from outside can add a line: what goes into a value has no control character left in it.

use domain::Timestamp;

/// Lines ended by CRLF and folded at 75 octets, never inside a character.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) text: String,
}

impl Lines {
    pub(super) fn put(&mut self, name: &str, value: &str) {
        let line = format!("{name}:{value}");
        // A folded line begins with a space, which counts.
        let (mut room, mut length) = (75, 0);
        for c in line.chars() {
            if length + c.len_utf8() > room {
                self.text.push_str("\r\n ");
                (room, length) = (74, 0);
            }
            self.text.push(c);
            length += c.len_utf8();
        }
        self.text.push_str("\r\n");
    }

    /// A text; nothing when it is empty.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        let value = escaped(value);
        if !value.is_empty() {
            self.put(name, &value);
        }
    }

    /// A component with its lines.
    pub(super) fn component(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.put("BEGIN", name);
        inside(self);
        self.put("END", name);
    }
}

/// An instant as `20261127T130000Z` (section 3.3.5, form 2).
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text value (section 3.3.11).
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            // Some readers end a line at these two as well.
            '\r' | '\n' | '\u{2028}' | '\u{2029}' => {
                if c == '\r' {
                    chars.next_if_eq(&'\n');
                }
                out.push_str("\\n");
            }
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// A parameter value in quotes; quotes and controls cannot stand in one (section 3.2).
pub(super) fn parameter(text: &str) -> String {
    let text: String = one_line(text).chars().map(|c| if c == '"' { '\'' } else { c }).collect();
    format!("\"{text}\"")
}

/// An email address as a URI (RFC 6068): what would end or change the address is written as octets.
pub(super) fn mailto(address: &str) -> String {
    let mut out = "mailto:".to_owned();
    for c in one_line(address).chars() {
        match c {
            ' ' | '%' | '?' | '#' | '&' | '"' | '<' | '>' | '[' | ']' | '^' | '`' | '{' | '|' | '}' | '\\' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// A text without anything that could end a line.
pub(super) fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')).collect()
}
