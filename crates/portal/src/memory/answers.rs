//! Whole answers, as JSON texts.

use std::{collections::HashMap, sync::Arc};

use domain::Timestamp;
use store::Space;

use crate::View;

/// Most answers that are kept.
const MOST: usize = 1_024;

/// Answers by question.
#[derive(Default)]
pub(super) struct Answers(HashMap<View, Arc<Answer>>);

/// An answer and what it was made of.
pub(super) struct Answer {
    /// The whole minute it is of.
    pub(super) minute: Timestamp,
    /// The spaces it was made of.
    pub(super) spaces: Vec<Space>,
    /// Their versions, in the same order.
    pub(super) versions: Vec<u64>,
    /// JSON.
    pub(super) text: Arc<str>,
}

impl Answers {
    /// What was answered in that minute.
    pub(super) fn get(&self, view: &View, minute: Timestamp) -> Option<Arc<Answer>> {
        self.0.get(view).filter(|answer| answer.minute == minute).cloned()
    }

    /// Keeps an answer.
    pub(super) fn put(&mut self, view: View, answer: Answer) {
        if self.0.len() >= MOST && !self.0.contains_key(&view) {
            // Those of other minutes are of no use any more.
            self.0.retain(|_, kept| kept.minute == answer.minute);
            if self.0.len() >= MOST {
                self.0.clear();
            }
        }
        self.0.insert(view, Arc::new(answer));
    }
}
