//! A calendar and a log in memory, which can lose their power.

use std::cell::{Cell, RefCell};

use super::*;
use crate::own_calendar::{Busy, CalendarError, Entry, OwnCalendar, Wanted, carry_out::Notes};

/// A calendar in memory: events by handle. It stops working when `left` runs out.
pub(super) struct Paper {
    pub(super) events: RefCell<BTreeMap<String, Held>>,
    /// Which of them ring, as far as we wrote them.
    pub(super) ringing: RefCell<BTreeMap<String, bool>>,
    pub(super) next: Cell<u32>,
    pub(super) left: Cell<u32>,
}

// One thread uses it; the trait asks for more.
pub(super) struct Shared(std::sync::Mutex<Paper>);

impl Shared {
    pub(super) fn new() -> Self {
        let (events, ringing) = (RefCell::default(), RefCell::default());
        let paper = Paper { events, ringing, next: Cell::new(0), left: Cell::new(u32::MAX) };
        Self(std::sync::Mutex::new(paper))
    }

    pub(super) fn with<T>(&self, how: impl FnOnce(&Paper) -> T) -> T {
        how(&self.0.lock().unwrap())
    }

    pub(super) fn events(&self) -> Vec<Held> {
        self.with(|paper| paper.events.borrow().values().cloned().collect())
    }
}

impl Paper {
    /// Fails when the power is cut: before what was asked for, as every call of a program that ends does.
    pub(super) fn alive(&self) -> Result<(), CalendarError> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        if left == 0 { Err(CalendarError::Failed("the power is cut".to_owned())) } else { Ok(()) }
    }

    pub(super) fn put(&self, handle: String, entry: &Entry) {
        let Entry { booking, revision, span, .. } = entry;
        let nature = Nature::Ours;
        let held =
            Held { handle: handle.clone(), booking: *booking, revision: Some(*revision), span: Some(*span), nature };
        self.ringing.borrow_mut().insert(handle.clone(), entry.rings);
        self.events.borrow_mut().insert(handle, held);
    }

    pub(super) fn fresh(&self) -> String {
        self.next.set(self.next.get() + 1);
        // Names are not in the order in which events were made.
        format!("{:x}-{}", (self.next.get().wrapping_mul(0x9E37_79B9)) >> 20, self.next.get())
    }
}

impl OwnCalendar for Shared {
    fn open(&self) -> Result<String, CalendarError> {
        Ok("Paper".to_owned())
    }
    fn held(&self, _: &[Wanted], _: Span) -> Result<Vec<Held>, CalendarError> {
        Ok(self.events())
    }
    fn insert(&self, entry: &Entry) -> Result<(), CalendarError> {
        self.with(|paper| {
            paper.alive()?;
            paper.put(paper.fresh(), entry);
            Ok(())
        })
    }
    fn update(&self, handle: &str, entry: &Entry) -> Result<(), CalendarError> {
        self.with(|paper| {
            paper.alive()?;
            let nature = paper.events.borrow().get(handle).map(|held| held.nature);
            assert_eq!(nature, Some(Nature::Ours), "{handle} is not ours to change");
            paper.put(handle.to_owned(), entry);
            Ok(())
        })
    }
    fn remove(&self, handle: &str) -> Result<(), CalendarError> {
        self.with(|paper| {
            paper.alive()?;
            let taken = paper.events.borrow_mut().remove(handle).map(|held| held.nature);
            assert_ne!(taken, Some(Nature::Series), "{handle} is its owner's");
            Ok(())
        })
    }
    fn busy(&self, _: Span) -> Result<Vec<Busy>, CalendarError> {
        Ok(Vec::new())
    }
}

/// The log of the simulation; it shares the power with the calendar.
pub(super) struct Book<'a> {
    pub(super) log: &'a mut BTreeMap<BookingId, Written>,
    pub(super) power: &'a Shared,
}

impl Notes for Book<'_> {
    fn note(&mut self, booking: BookingId, written: Option<Written>) -> Result<(), CalendarError> {
        self.power.with(Paper::alive)?;
        match written {
            Some(written) => drop(self.log.insert(booking, written)),
            None => drop(self.log.remove(&booking)),
        }
        Ok(())
    }
}
