//! The customer's own calendar, as screens and the shell see it (E17, Z06, Z07).

use std::{
    collections::BTreeSet,
    sync::{Arc, Weak},
    time::Duration,
};

use domain::{Booking, BookingId, Civil, Span};
use portal::spaces;
use store::Read;
use tokio::sync::{broadcast::error::RecvError, watch};
use uuid::Uuid;

use super::{App, Inner};
use crate::{
    Clash, Event, MovedEvent, OwnCalendar, OwnCalendarCard, Trouble, account::Account, desk::decode, layered::Layered,
    own_calendar,
};

/// How long a change that nobody tells of can go unnoticed: a person moved an event in another program.
const LOOK: Duration = Duration::from_secs(60);

impl App {
    /// Gives the app a calendar to keep appointments in; it is used once the customer says so. Call it before
    /// [`start`](Self::start); only the first calendar counts.
    pub fn adopt_calendar(&self, calendar: Arc<dyn OwnCalendar>) {
        self.inner.keeper.adopt(calendar);
    }

    /// How things stand with the customer's own calendar.
    ///
    /// # Errors
    /// [`Trouble::Storage`].
    pub async fn own_calendar(&self) -> Result<OwnCalendarCard, Trouble> {
        self.inner.keeper.card().await
    }

    /// Turns keeping appointments in the customer's own calendar on or off. Turning it on asks for leave; without it,
    /// it stays off and the card says why. Turning it off takes out what is still to come.
    ///
    /// # Errors
    /// [`Trouble::Storage`].
    pub async fn keep_in_calendar(&self, on: bool) -> Result<OwnCalendarCard, Trouble> {
        let card = self.inner.keeper.choose(on).await?;
        let _ = self.inner.surroundings.events.send(Event::Reminding);
        Ok(card)
    }

    /// Whether the events that are kept in the customer's own calendar remind by themselves
    /// (docs/adr/0018-who-rings.md).
    ///
    /// # Errors
    /// [`Trouble::Storage`].
    pub async fn events_ring(&self) -> Result<bool, Trouble> {
        Ok(self.inner.keeper.can_ring().await? && !self.reminds_by_itself().await)
    }

    /// Looks soon whether the calendar is as it should be, for example because the customer comes back from it.
    pub fn look_at_calendar(&self) {
        self.inner.keeper.bell.notify_one();
    }

    /// The events that the customer moved in their own calendar and was not answered about, the earliest new time first.
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`], [`Trouble::Storage`].
    pub async fn moved_events(&self, business: Uuid) -> Result<Vec<MovedEvent>, Trouble> {
        let account = self.account(business).await?;
        let mut moved = Vec::new();
        for (_, booking, to) in self.inner.keeper.asked().await?.into_iter().filter(|(of, ..)| *of == business) {
            // The question lapses with its appointment, and waits while that cannot be read.
            let found = booking_of(&account, booking).await.unwrap_or_else(|trouble| {
                tracing::warn!(%booking, %trouble, "an appointment whose event was moved cannot be read");
                None
            });
            if let Some(found) = found {
                moved.push(MovedEvent {
                    business,
                    booking,
                    about: found.names.service,
                    from: found.zone.civil(found.span.from),
                    to: found.zone.civil(to),
                });
            }
        }
        moved.sort_by_key(|moved| moved.to.at);
        Ok(moved)
    }

    /// The customer says that an appointment stays when it is although they moved its event: the event is put back.
    ///
    /// # Errors
    /// [`Trouble::Storage`].
    pub async fn put_event_back(&self, business: Uuid, booking: BookingId) -> Result<(), Trouble> {
        self.inner.keeper.put_back(booking).await?;
        let _ = self.inner.surroundings.events.send(Event::Calendar { business });
        Ok(())
    }

    /// What the customer has in their own calendar at that time, the appointment that is being moved aside. Nothing when
    /// the calendar is off; asks nobody but this device.
    ///
    /// # Errors
    /// [`Trouble::Storage`].
    pub async fn clashes(&self, from: Civil, to: Civil, moving: Option<BookingId>) -> Result<Vec<Clash>, Trouble> {
        if to.at <= from.at {
            return Ok(Vec::new());
        }
        let busy = self.inner.keeper.busy(Span { from: from.at, to: to.at }).await?;
        let theirs = busy.into_iter().filter(|busy| busy.booking.is_none() || busy.booking != moving);
        Ok(theirs
            .map(|busy| Clash {
                title: busy.title,
                from: busy.span.map(|span| from.zone.civil(span.from)),
                to: busy.span.map(|span| from.zone.civil(span.to)),
            })
            .collect())
    }

    /// One appointment as a calendar file (RFC 5545), to be handed to a program that reads one (E17).
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`] also when there is no such appointment, [`Trouble::Storage`].
    pub async fn calendar_entry(&self, business: Uuid, booking: BookingId) -> Result<own_calendar::Entry, Trouble> {
        let account = self.account(business).await?;
        let found = booking_of(&account, booking).await?.ok_or(Trouble::NoBusiness)?;
        let name = account.shown().await.desk.account.hello.name.clone();
        let now = self.inner.surroundings.clock.now();
        // Nobody knows which calendar takes it, nor for how long this app stays on the device.
        Ok(own_calendar::entry_of(&found, &name, account.wire.address(), now, true))
    }

    /// Brings the calendar up to date, now; what runs in the background does so by itself.
    ///
    /// # Errors
    /// [`Trouble::Storage`].
    pub async fn tend_calendar(&self) -> Result<(), Trouble> {
        let accounts: Vec<Arc<Account>> = self.inner.accounts.read().await.values().cloned().collect();
        let unread: BTreeSet<Uuid> = self.inner.unread.read().await.keys().copied().collect();
        let rings = !self.reminds_by_itself().await;
        let before = self.inner.keeper.can_ring().await?;
        let now = self.inner.surroundings.clock.now();
        for business in self.inner.keeper.round(&accounts, unread, now, rings).await? {
            let _ = self.inner.surroundings.events.send(Event::Calendar { business });
        }
        if self.inner.keeper.can_ring().await? != before {
            let _ = self.inner.surroundings.events.send(Event::Reminding);
        }
        Ok(())
    }
}

/// An appointment as this device knows it.
pub(super) async fn booking_of(account: &Account, booking: BookingId) -> Result<Option<Booking>, Trouble> {
    let (shown, base) = account.look().await?;
    let Some(customer) = shown.desk.account.customer else { return Ok(None) };
    let layered = Layered { base: &*base, overlay: &shown.preview.overlay };
    let document = layered.get(&spaces::booking(customer, booking)).await?;
    document.map(|document| decode(&document)).transpose()
}

/// Tends the calendar whenever something may have changed. Does not keep the app open while it waits.
pub(super) async fn run(inner: Weak<Inner>, mut stop: watch::Receiver<bool>) {
    let Some(app) = inner.upgrade() else { return };
    let (mut told, bell) = (app.surroundings.events.subscribe(), Arc::clone(&app.keeper.bell));
    drop(app);
    loop {
        let Some(app) = inner.upgrade().map(|inner| App { inner }) else { return };
        if let Err(trouble) = app.tend_calendar().await {
            tracing::warn!(%trouble, "the customer's own calendar could not be tended");
        }
        drop(app);
        let look = tokio::time::sleep(LOOK);
        tokio::pin!(look);
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                () = bell.notified() => break,
                () = &mut look => break,
                event = told.recv() => match event {
                    Ok(Event::Changed { .. }) | Err(RecvError::Lagged(_)) => break,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }
}
