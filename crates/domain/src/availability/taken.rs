//! What is taken in one calendar, made ready to be asked many times.

use jiff::Timestamp;

use crate::{BookingId, CalendarId, Calendars, Claim, Span};

/// The claims of one calendar within a stretch, sorted by their begin.
///
/// **Invariant:** `reach` never falls from one entry to the next, so the first claim that can touch a stretch is found by
/// halving, also when claims of one session lie on top of each other.
pub(super) struct Taken<'a> {
    claims: Vec<Entry<'a>>,
}

struct Entry<'a> {
    /// The latest end among this claim and all before it.
    reach: Timestamp,
    claim: &'a Claim,
}

impl<'a> Taken<'a> {
    /// The claims of `calendar` that touch `within`, without those of the booking that is being moved.
    pub(super) fn new(
        calendars: &'a Calendars,
        calendar: &CalendarId,
        within: Span,
        moving: Option<BookingId>,
    ) -> Self {
        let mut claims: Vec<Entry<'a>> = calendars
            .claims(calendar, within)
            .filter(|claim| moving != Some(claim.id))
            .map(|claim| Entry { reach: claim.span.to, claim })
            .collect();
        claims.sort_unstable_by_key(|entry| (entry.claim.span.from, entry.claim.id));
        // A claim across midnight UTC stands in two days.
        claims.dedup_by(|a, b| a.claim == b.claim);
        let mut reach = Timestamp::MIN;
        for entry in &mut claims {
            reach = reach.max(entry.reach);
            entry.reach = reach;
        }
        Self { claims }
    }

    /// The claims that share an instant with a stretch.
    pub(super) fn overlapping(&self, span: Span) -> impl Iterator<Item = &'a Claim> {
        let first = self.claims.partition_point(|entry| entry.reach <= span.from);
        self.claims[first..]
            .iter()
            .map(|entry| entry.claim)
            .take_while(move |claim| claim.span.from < span.to)
            .filter(move |claim| claim.span.overlaps(&span))
    }

    /// Whether nothing is taken within a stretch.
    pub(super) fn is_free(&self, span: Span) -> bool {
        self.overlapping(span).next().is_none()
    }
}
