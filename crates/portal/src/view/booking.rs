//! One appointment with everything its customer may know and do (E09–E12, E14, Y04, Y08, Z12).

use domain::{
    BookingId, Civil, Location, Money, PlaceId, Refusal, ServiceId, StaffId, Timestamp, VariantId, Zone,
    booking::{By, Change, LedgerEntry, Reference},
};
use serde::{Deserialize, Serialize};

use super::Ticket;
use crate::{Context, execute, no::No, source::Source};

/// One appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct BookingView {
    /// As in the list.
    pub ticket: Ticket,
    /// What people read to each other on the phone.
    pub reference: Reference,
    /// For "book again" and the calendar.
    pub service: ServiceId,
    /// See `service`.
    pub variant: VariantId,
    /// See `service`.
    pub staff: StaffId,
    /// Whether the customer asked for that person.
    pub staff_chosen: bool,
    /// See `service`.
    pub place: PlaceId,
    /// The place's postal address.
    pub address: String,
    /// Where the place lies; nothing when the business does not say.
    pub location: Option<Location>,
    /// The business's telephone number at that place; may be empty.
    pub phone: String,
    /// Where to write to.
    pub email: String,
    /// The customer's words.
    pub note: String,
    /// For how many people.
    pub party: u16,
    /// What may be done.
    pub actions: Actions,
    /// Whether the customer said that they are coming (Y07).
    pub coming: bool,
    /// By how many minutes the customer said they are late.
    pub late: Option<u16>,
    /// When the customer was checked in, at the venue.
    pub checked_in: Option<Civil>,
    /// What happened to it, the oldest first.
    pub ledger: Vec<LedgerLine>,
    /// Whether the same can be booked again: service, variant and place are still on offer.
    pub book_again: bool,
}

/// What may be done with an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Actions {
    /// Give it another time.
    pub reschedule: Action,
    /// End it.
    pub cancel: Action,
    /// Say "I'm coming" (Y07).
    pub attend: Action,
    /// Say "I'm late".
    pub late: Action,
    /// Say "I'm here" (Y10).
    pub check_in: Action,
}

/// Whether something may be done, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Action {
    /// Why not (Y08); nothing when it may.
    pub refusal: Option<Refusal>,
    /// The last moment at which it may, in the venue's time (Y04); nothing when the business does not allow it at all.
    pub until: Option<Civil>,
    /// What was paid and does not come back by itself (G08); nothing when nothing was paid.
    pub not_refunded: Option<Money>,
}

/// One change of an appointment, for a person to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum LedgerLine {
    /// It was made.
    Booked {
        /// When, at the venue.
        at: Civil,
        /// By whom.
        by: By,
        /// For when.
        start: Civil,
    },
    /// It has another time.
    Rescheduled {
        /// When, at the venue.
        at: Civil,
        /// By whom.
        by: By,
        /// The former start.
        from: Civil,
        /// The new start.
        to: Civil,
    },
    /// It will not take place.
    Cancelled {
        /// When, at the venue.
        at: Civil,
        /// By whom.
        by: By,
        /// The customer's words; may be empty.
        reason: String,
    },
    /// It is over.
    Completed {
        /// When, at the venue.
        at: Civil,
        /// By whom.
        by: By,
    },
    /// The customer said that they are coming.
    AttendanceConfirmed {
        /// When, at the venue.
        at: Civil,
        /// By whom.
        by: By,
    },
    /// The customer said that they are late.
    RunningLate {
        /// When, at the venue.
        at: Civil,
        /// By whom.
        by: By,
        /// By so many minutes.
        minutes: u16,
    },
    /// The customer is there.
    CheckedIn {
        /// When, at the venue.
        at: Civil,
        /// By whom.
        by: By,
    },
}

pub(super) async fn answer<R: Source>(read: &R, context: &Context, id: BookingId) -> Result<BookingView, No> {
    let (document, booking) = execute::booking(read, execute::customer(context)?, id).await?;
    let catalogue = read.catalogue().await?;
    let standing = catalogue.standing(&booking);
    let ticket = Ticket::of(&booking, &standing, document.provisional, context.now);
    let until = |allowed: bool, deadline: Timestamp| allowed.then(|| booking.zone.civil(deadline));
    let actions = Actions {
        reschedule: Action {
            refusal: ticket.no_reschedule.clone(),
            until: until(standing.terms.reschedule, booking.reschedule_deadline(&standing.terms)),
            // A payment follows its booking (Y19).
            not_refunded: None,
        },
        cancel: Action {
            refusal: ticket.no_cancel.clone(),
            until: until(standing.terms.cancel, booking.cancel_deadline(&standing.terms)),
            not_refunded: (booking.paid.minor > 0).then_some(booking.paid),
        },
        attend: Action {
            refusal: standing.may_confirm_attendance(&booking, context.now).err(),
            until: until(true, booking.span.from),
            not_refunded: None,
        },
        late: Action {
            refusal: booking.may_run_late(context.now).err(),
            until: until(true, booking.span.to),
            not_refunded: None,
        },
        check_in: Action {
            refusal: standing.may_check_in(&booking, context.now).err(),
            until: until(standing.terms.check_in, booking.check_in_window(&standing.terms).to),
            not_refunded: None,
        },
    };
    let said = booking.attendance();
    let contact = &catalogue.business.contact;
    let place_phone = catalogue.places.get(&booking.place).map(|place| place.phone.clone());
    Ok(BookingView {
        actions,
        book_again: standing.can_be_booked_again(&booking),
        phone: place_phone.filter(|phone| !phone.is_empty()).unwrap_or_else(|| contact.phone.clone()),
        email: contact.email.clone(),
        coming: said.confirmed.is_some(),
        late: said.late,
        checked_in: said.checked_in.map(|at| booking.zone.civil(at)),
        ledger: booking.ledger.iter().map(|entry| LedgerLine::of(entry, &booking.zone)).collect(),
        ticket,
        reference: booking.reference,
        service: booking.service,
        variant: booking.variant,
        staff: booking.staff,
        staff_chosen: booking.staff_chosen,
        place: booking.place,
        address: booking.names.address,
        location: booking.names.location,
        note: booking.note,
        party: booking.party,
    })
}

impl LedgerLine {
    fn of(entry: &LedgerEntry, zone: &Zone) -> Self {
        let (at, by) = (zone.civil(entry.at), entry.by);
        match &entry.change {
            Change::Booked { start } => Self::Booked { at, by, start: zone.civil(*start) },
            Change::Rescheduled { from, to } => {
                Self::Rescheduled { at, by, from: zone.civil(*from), to: zone.civil(*to) }
            }
            Change::Cancelled { reason } => Self::Cancelled { at, by, reason: reason.clone() },
            Change::Completed => Self::Completed { at, by },
            Change::AttendanceConfirmed => Self::AttendanceConfirmed { at, by },
            Change::RunningLate { minutes } => Self::RunningLate { at, by, minutes: *minutes },
            Change::CheckedIn => Self::CheckedIn { at, by },
        }
    }
}
