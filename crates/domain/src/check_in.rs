//! Coming, being late and being there (Y07, Y10, Z08).
//!
//! **Invariant:** what a customer said of their coming holds for the time they said it of: a booking that was moved
//! starts anew.
//!
//! [`token`] is the code that a device shows at the counter, which can be checked without a network.

pub mod token;

use jiff::{SignedDuration, Timestamp};

use crate::{
    Booking, BookingState, Refusal, Span, Terms,
    booking::{Change, before},
    refusal::Act,
};

/// "I'm late" can be said from so many minutes before the start on.
pub const LATE_FROM: u32 = 120;

/// How late somebody can say they are, in minutes.
pub const LATE: std::ops::RangeInclusive<u16> = 5..=60;

/// Before midnight a visit after it is expected from so many minutes before its start on, however early check-in opens.
pub const NIGHT: u32 = 180;

/// What a customer said of their coming, as the ledger tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attendance {
    /// They said that they are coming, and when they said so.
    pub confirmed: Option<Timestamp>,
    /// By how many minutes they said last that they are late.
    pub late: Option<u16>,
    /// When they were checked in.
    pub checked_in: Option<Timestamp>,
}

impl Booking {
    /// What the customer said of coming to the time it has now.
    pub fn attendance(&self) -> Attendance {
        let mut said = Attendance::default();
        for entry in &self.ledger {
            match entry.change {
                Change::Booked { .. } | Change::Rescheduled { .. } | Change::Cancelled { .. } => {
                    said = Attendance::default();
                }
                Change::AttendanceConfirmed => said.confirmed = Some(entry.at),
                Change::RunningLate { minutes } => said.late = Some(minutes),
                Change::CheckedIn => said.checked_in = Some(entry.at),
                Change::Completed => {}
            }
        }
        said
    }

    /// When its customer may check in: from the first instant to the last, both included (Y10). Nobody can check in for
    /// a visit that is over, whatever the business allows.
    pub fn check_in_window(&self, terms: &Terms) -> Span {
        let closes = after(self.span.from, terms.check_in_until).min(self.span.to);
        Span { from: before(self.span.from, terms.check_in_from), to: closes }
    }

    /// Whether its customer is expected at that moment: on its date at the place and, around midnight, from when
    /// check-in opens, at most [`NIGHT`] before the start, until the visit's end.
    pub fn is_expected(&self, terms: &Terms, now: Timestamp) -> bool {
        let from = self.check_in_window(terms).from.max(before(self.span.from, NIGHT));
        self.zone.date(self.span.from) == self.zone.date(now) || (from..=self.span.to).contains(&now)
    }

    /// The first instant at which its customer may say "I'm coming" (Y07).
    pub fn attendance_opens(&self, terms: &Terms) -> Timestamp {
        before(self.span.from, terms.attendance_from)
    }

    /// The first instant at which its customer may say that they are late.
    pub fn late_opens(&self) -> Timestamp {
        before(self.span.from, LATE_FROM)
    }

    /// Whether its customer may say "I'm coming" now (Y07).
    ///
    /// # Errors
    /// The refusal to show in the button's place (Y08).
    pub fn may_confirm_attendance(&self, terms: &Terms, now: Timestamp) -> Result<(), Refusal> {
        let act = Act::ConfirmAttendance;
        self.is_open_for(act, now)?;
        if self.attendance().confirmed.is_some() {
            return Err(Refusal::AlreadyDone { act });
        }
        self.from(act, self.attendance_opens(terms), now)?;
        self.until(act, self.span.from, now)
    }

    /// Whether its customer may say now that they are late.
    ///
    /// # Errors
    /// The refusal to show in the button's place (Y08).
    pub fn may_run_late(&self, now: Timestamp) -> Result<(), Refusal> {
        let act = Act::RunningLate;
        self.is_open_for(act, now)?;
        self.from(act, self.late_opens(), now)
    }

    /// Whether its customer may check in now (Y10).
    ///
    /// # Errors
    /// The refusal to show in the button's place (Y08).
    pub fn may_check_in(&self, terms: &Terms, now: Timestamp) -> Result<(), Refusal> {
        self.may_be_checked_in(now)?;
        if !terms.check_in {
            return Err(Refusal::SwitchedOff { act: Act::CheckIn });
        }
        self.is_in_check_in_window(terms, now)
    }

    /// Whether a code of its customer counts now (Z08): inside the window, also where customers cannot check in by
    /// themselves.
    ///
    /// # Errors
    /// When the window is closed, or when the business itself [could not](Self::may_be_checked_in) check them in.
    pub fn may_be_checked_in_by_code(&self, terms: &Terms, now: Timestamp) -> Result<(), Refusal> {
        self.may_be_checked_in(now)?;
        self.is_in_check_in_window(terms, now)
    }

    fn is_in_check_in_window(&self, terms: &Terms, now: Timestamp) -> Result<(), Refusal> {
        let (act, window) = (Act::CheckIn, self.check_in_window(terms));
        self.from(act, window.from, now)?;
        self.until(act, window.to, now)
    }

    /// Whether the business may check its customer in now: whoever stands at the counter is there, whatever the window.
    ///
    /// # Errors
    /// When the booking is not one that will take place, or was checked in already.
    pub fn may_be_checked_in(&self, now: Timestamp) -> Result<(), Refusal> {
        let act = Act::CheckIn;
        if self.state == BookingState::CheckedIn {
            return Err(Refusal::AlreadyDone { act });
        }
        self.is_open_for(act, now)
    }

    fn from(&self, act: Act, opens: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        if now >= opens {
            return Ok(());
        }
        Err(Refusal::TooEarly { act, from: self.zone.civil(opens) })
    }
}

fn after(at: Timestamp, minutes: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MAX)
}
