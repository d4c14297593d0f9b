//! A reminder as it travels with its notification on a phone, so that a press on it can be answered.
//!
//! **Invariant:** all that goes along is text: iOS takes a notification with anything else in it for none at all.

use std::collections::HashMap;

use client::reminder::Reminder;
use serde_json::Value;

/// Under which it travels.
const NAME: &str = "reminder";

/// What goes along with the notification of a reminder.
///
/// # Errors
/// When it cannot be written as JSON, which nothing in one gives a reason for.
pub(super) fn pack(reminder: &Reminder) -> serde_json::Result<[(&'static str, String); 1]> {
    Ok([(NAME, serde_json::to_string(reminder)?)])
}

/// The reminder in what came back, as text or as what the text says.
pub(super) fn unpack(came: &HashMap<String, Value>) -> Option<Reminder> {
    match came.get(NAME)? {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => serde_json::from_value(other.clone()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reminders::tests::reminder;

    #[test]
    fn all_that_travels_is_text_and_comes_back_as_it_was() {
        let sent = reminder(1, "2026-11-20T13:00:00Z".parse().unwrap());
        // As the plugin's builder takes it.
        let packed = pack(&sent).unwrap();
        let extra = packed.map(|(name, value)| (name.to_owned(), serde_json::to_value(value).unwrap()));
        assert!(extra.iter().all(|(_, value)| value.is_string()), "iOS takes nothing else: {extra:?}");
        assert_eq!(unpack(&HashMap::from(extra)), Some(sent), "as it was sent");
    }

    #[test]
    fn a_reminder_is_understood_in_either_form_and_nothing_else_is() {
        let sent = reminder(1, "2026-11-20T13:00:00Z".parse().unwrap());
        let came = |value: Value| unpack(&HashMap::from([(NAME.to_owned(), value)]));
        assert_eq!(came(serde_json::to_value(&sent).unwrap()), Some(sent), "as an older app has left it");
        assert_eq!(came("tomorrow".into()), None, "a text of somebody else's");
        assert_eq!(came(Value::Null), None, "nothing in it");
        assert_eq!(unpack(&HashMap::new()), None, "nothing came along");
    }
}
