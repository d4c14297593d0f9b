//! Whole answers, as JSON texts.

use std::{collections::HashMap, sync::Arc};

use domain::Timestamp;
use jiff::SignedDuration;
use store::Space;

use crate::View;

/// Most bytes of answers that are kept.
const MOST: usize = 4 << 20;
/// What an answer takes besides its text, about: its question, and for each space it was made of a name and a version.
const QUESTION: usize = 512;
const SPACE: usize = 64;
/// An answer of the minute before may end in this one; one of long before says that the clock was put back.
const JUST_BEFORE: SignedDuration = SignedDuration::from_mins(5);

/// All answers that are kept: of one minute, by question. Those of another minute are of no use any more.
#[derive(Default)]
pub(super) struct Answers {
    minute: Timestamp,
    kept: HashMap<View, Arc<Answer>>,
    bytes: usize,
}

/// An answer and what it was made of.
pub(super) struct Answer {
    /// The spaces it was made of.
    pub(super) spaces: Vec<Space>,
    /// Their versions, in the same order.
    pub(super) versions: Vec<u64>,
    /// JSON.
    pub(super) text: Arc<str>,
}

impl Answer {
    fn bytes(&self) -> usize {
        QUESTION + self.spaces.len() * SPACE + self.text.len()
    }
}

impl Answers {
    /// What was answered in that minute.
    pub(super) fn get(&self, minute: Timestamp, view: &View) -> Option<Arc<Answer>> {
        self.kept.get(view).filter(|_| self.minute == minute).cloned()
    }

    /// Keeps an answer, and those of that minute, as long as there is room.
    pub(super) fn put(&mut self, minute: Timestamp, view: View, answer: Answer) {
        let bytes = answer.bytes();
        if minute < self.minute && self.minute.duration_since(minute) < JUST_BEFORE {
            return;
        }
        if self.minute != minute || self.bytes + bytes > MOST {
            *self = Self { minute, ..Self::default() };
        }
        self.bytes += bytes;
        if let Some(former) = self.kept.insert(view, Arc::new(answer)) {
            self.bytes -= former.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(bytes: usize) -> Answer {
        Answer { spaces: Vec::new(), versions: Vec::new(), text: "x".repeat(bytes).into() }
    }

    fn held(answers: &Answers) -> usize {
        answers.kept.values().map(|answer| answer.bytes()).sum()
    }

    fn question(number: usize) -> View {
        View::Booking { booking: domain::BookingId(uuid::Uuid::from_u128(number as u128)) }
    }

    #[test]
    fn strangers_find_an_end_of_the_room() {
        let minute = Timestamp::UNIX_EPOCH;
        let mut answers = Answers::default();
        for number in 0..10_000 {
            answers.put(minute, question(number), answer(number));
            assert_eq!(answers.bytes, held(&answers), "what is held is known");
            assert!(answers.bytes <= MOST, "and it has an end");
            assert!(answers.get(minute, &question(number)).is_some(), "and the last one is always kept");
        }
        for _ in 0..10_000 {
            answers.put(minute, question(0), answer(1_000));
        }
        assert_eq!(answers.bytes, held(&answers), "each counts once");
    }

    #[test]
    fn a_minute_that_is_over_takes_no_room() {
        let (minute, next) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1));
        let mut answers = Answers::default();
        answers.put(minute, question(1), answer(1_000));
        answers.put(minute, question(2), answer(1_000));
        assert!(answers.get(next, &question(1)).is_none(), "it says nothing about another minute");
        answers.put(next, question(3), answer(10));
        assert_eq!(answers.bytes, QUESTION + 10, "only the new one is kept");
        answers.put(minute, question(4), answer(10));
        assert!(answers.get(next, &question(3)).is_some(), "one that took until the next minute is too late");
        answers.put(next - SignedDuration::from_hours(1), question(5), answer(10));
        assert!(answers.get(next, &question(3)).is_none(), "a clock that was put back counts");
    }
}
