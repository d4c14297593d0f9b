//! The answer to a push, from a server that may be newer than this program.
//!
//! **Invariant:** a verdict that says yes or no counts as such, whatever else about it is unknown here: one that could
//! not be read would keep everything behind it waiting for ever.

use domain::Refusal;
use portal::Outcome;
use protocol::{Pushed, PushedVerdict, Verdict};
use serde::Deserialize;
use serde_json::Value;

/// A [`Pushed`] whose verdicts are not read yet.
#[derive(Deserialize)]
pub(super) struct Answer {
    last: u64,
    verdicts: Vec<Heard>,
}

#[derive(Deserialize)]
struct Heard {
    number: u64,
    verdict: Value,
}

impl Answer {
    /// Reads each verdict for itself.
    pub(super) fn read(self) -> Pushed {
        let read = |Heard { number, verdict }| PushedVerdict { number, verdict: verdict_of(verdict) };
        Pushed { last: self.last, verdicts: self.verdicts.into_iter().map(read).collect() }
    }
}

fn verdict_of(value: Value) -> Verdict {
    let accepted = value.get("verdict").and_then(Value::as_str) == Some("accepted");
    serde_json::from_value(value).unwrap_or_else(|error| {
        tracing::warn!(%error, accepted, "a verdict is new to this program");
        if accepted {
            // What it brought about comes with the next pull.
            Verdict::Accepted { outcome: Outcome::Nothing }
        } else {
            // Says that this program is too old to know more.
            Verdict::Refused { refusal: Refusal::UnknownCommand }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_strange_verdict_does_not_spoil_the_others() {
        let known = Verdict::Accepted { outcome: Outcome::ProfileUpdated };
        for (strange, expected) in [
            (json!({ "verdict": "accepted", "outcome": { "is": "wait_listed", "place": 3 } }), true),
            (json!({ "verdict": "accepted" }), true),
            (json!({ "verdict": "refused", "refusal": { "code": "closed_for_good" } }), false),
            (json!({ "verdict": "refused", "refusal": { "code": "too_far" } }), false),
            (json!({ "verdict": "postponed" }), false),
            (json!("no"), false),
        ] {
            let verdicts = json!([{ "number": 1, "verdict": known }, { "number": 2, "verdict": strange }]);
            let answer: Answer = serde_json::from_value(json!({ "last": 2, "verdicts": verdicts })).unwrap();
            let Pushed { last, verdicts } = answer.read();
            assert_eq!((last, &verdicts[0].verdict), (2, &known), "the first is understood beside {strange}");
            let fallback = if expected {
                Verdict::Accepted { outcome: Outcome::Nothing }
            } else {
                Verdict::Refused { refusal: Refusal::UnknownCommand }
            };
            assert_eq!((verdicts[1].number, &verdicts[1].verdict), (2, &fallback), "yes or no is clear in {strange}");
        }
    }
}
