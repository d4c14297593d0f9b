//! What a reminder says. The sentences are the screens' own, from `ui/messages`.
//!
//! Times are the venue's; where the device's clock shows another time at that moment, it is told as well (Y13). The shell
//! speaks English only, as the screens do today.

use std::{collections::HashMap, sync::LazyLock};

use client::reminder::{Reminder, ReminderAct, ReminderKind};
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// The screens' messages.
const MESSAGES: &str = include_str!("../../ui/messages/en.json");

/// A reminder's texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) body: String,
    /// Its buttons. A press beside them opens the booking.
    pub(super) acts: Vec<(ReminderAct, String)>,
}

/// The words for a reminder that is read at a moment, on a device in a zone.
pub(super) fn of(reminder: &Reminder, now: Timestamp, here: &TimeZone) -> Words {
    let start = reminder.zone.zoned(reminder.start);
    let (time, day) = (clock(&start), date(&start));
    let service = reminder.service.as_str();
    let days = start.date().since(reminder.zone.date(now)).map_or(0, |days| days.get_days());
    let title = match (reminder.key.kind, days) {
        (ReminderKind::LeaveBy, _) => say("reminder_leave", &[("service", service), ("time", &time)]),
        (_, 0) => say("reminder_today", &[("service", service), ("time", &time)]),
        (_, 1) => say("reminder_tomorrow", &[("service", service), ("time", &time)]),
        _ => say("reminder_on", &[("service", service), ("time", &time), ("day", &day)]),
    };
    let mut lines = vec![say("reminder_with", &[("staff", &reminder.staff), ("place", &reminder.place)])];
    if !reminder.address.is_empty() {
        lines.push(reminder.address.clone());
    }
    let own = reminder.start.to_zoned(here.clone());
    if own.datetime() != start.datetime() {
        lines.push(say("reminder_here", &[("time", &clock(&own)), ("day", &date(&own))]));
    }
    if reminder.waiting {
        lines.push(say("reminder_waiting", &[]));
    } else if reminder.unconfirmed {
        lines.push(say("reminder_unconfirmed", &[]));
    }
    Words { title, body: lines.join("\n"), acts: reminder.acts.iter().map(|act| (*act, label(*act))).collect() }
}

/// What stands on a button.
pub(super) fn label(act: ReminderAct) -> String {
    let key = match act {
        ReminderAct::Open => "reminder_open",
        ReminderAct::Coming => "reminder_coming",
        ReminderAct::CheckIn => "reminder_check_in",
        ReminderAct::Late => "reminder_late",
    };
    say(key, &[])
}

fn clock(at: &Zoned) -> String {
    at.strftime("%H:%M").to_string()
}

fn date(at: &Zoned) -> String {
    at.strftime("%A %-d %B").to_string()
}

/// A message with its facts in place. Facts are not looked into again, whatever they say.
pub(crate) fn say(key: &str, facts: &[(&str, &str)]) -> String {
    static TEXTS: LazyLock<HashMap<String, serde_json::Value>> =
        LazyLock::new(|| serde_json::from_str(MESSAGES).unwrap_or_default());
    let mut rest = TEXTS.get(key).and_then(|text| text.as_str()).unwrap_or(key);
    let mut said = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('{') {
        said.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        said.push_str(facts.iter().find(|(fact, _)| *fact == name).map_or("", |(_, value)| value));
        rest = after;
    }
    said.push_str(rest);
    said
}

#[cfg(test)]
mod tests {
    use client::reminder::ReminderKey;

    use super::*;
    use crate::reminders::tests::reminder;

    fn zone(name: &str) -> TimeZone {
        jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_is_said_as_of_the_moment_of_reading() {
        let reminder = reminder(1, at("2026-11-20T13:00:00Z"));
        let title = |now: &str| of(&reminder, at(now), &zone("Europe/Berlin")).title;
        assert_eq!(title("2026-11-19T13:00:00Z"), "Dry cut tomorrow at 14:00");
        assert_eq!(title("2026-11-19T23:30:00Z"), "Dry cut today at 14:00", "midnight has passed in Berlin");
        assert_eq!(title("2026-11-17T13:00:00Z"), "Dry cut on Friday 20 November at 14:00");
    }

    #[test]
    fn another_zone_changes_a_line_and_nothing_else() {
        let reminder = reminder(1, at("2026-11-20T13:00:00Z"));
        let words = |here: &str| of(&reminder, at("2026-11-20T11:00:00Z"), &zone(here));
        let home = words("Europe/Berlin");
        assert_eq!(home.body, "with Maren at Berlin Mitte\nTorstraße 1, 10119 Berlin");
        assert_eq!(words("Europe/Madrid"), home, "a zone by another name with the same time is no news");
        let away = words("Asia/Tokyo");
        assert_eq!(away.title, home.title, "the venue's time comes first");
        assert!(away.body.ends_with("That is Friday 20 November, 22:00 where you are."), "{}", away.body);
    }

    #[test]
    fn what_is_not_certain_says_so() {
        let now = at("2026-11-20T11:00:00Z");
        let mut reminder = reminder(1, at("2026-11-20T13:00:00Z"));
        reminder.key = ReminderKey { kind: ReminderKind::LeaveBy, ..reminder.key };
        reminder.unconfirmed = true;
        let words = of(&reminder, now, &zone("Europe/Berlin"));
        assert_eq!(words.title, "Time to leave: Dry cut at 14:00");
        assert!(words.body.ends_with("The business has not said yes yet."), "{}", words.body);
        reminder.waiting = true;
        let words = of(&reminder, now, &zone("Europe/Berlin"));
        assert!(words.body.ends_with("Not sent yet: the business does not know of it."), "{}", words.body);
    }

    #[test]
    fn every_button_has_a_word_and_no_name_is_a_message() {
        use ReminderAct::{CheckIn, Coming, Late, Open};
        let labels = [Open, Coming, CheckIn, Late].map(label);
        assert_eq!(labels, ["Open", "I'm coming", "Check in", "Running late"], "as the screens say it");
        assert_eq!(
            say("reminder_today", &[("service", "{time}"), ("time", "14:00")]),
            "{time} today at 14:00",
            "a business may name a service as it likes"
        );
    }
}
