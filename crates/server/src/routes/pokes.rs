//! Says when to pull (server-sent events).
//!
//! **Invariant:** a listener hears of the spaces it may read and of no other. Nothing is kept for a listener that is
//! slow: it is told that something was missed, and pulls everything.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse as _, Response,
        sse::{Event, Sse},
    },
};
use futures_util::stream;
use portal::spaces;
use protocol::{Poke, Problem};
use store::{Read as _, Space, Store as _, Touched};
use tokio::{
    sync::{broadcast, watch},
    time::Interval,
};

use crate::{app::App, fault::Fault, listeners::Place, session::Visitor};

/// How often something is sent when nothing happens, so that both ends notice when the other is gone.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Tells of changes in spaces that the listener may read, for as long as the session lasts.
#[utoipa::path(
    get, path = "/api/v1/pokes", tag = "sync", security((), ("bearer" = []), ("cookie" = [])), responses(
        (status = 200, body = Poke, content_type = "text/event-stream"),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn pokes(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Fault> {
    let session = visitor.ticket.as_ref().map(|ticket| ticket.key.id.as_str());
    let place = app.listeners.enter(session)?;
    // Watch first, then look: what happens in between is heard twice rather than never.
    let touched = visitor.hosted.store.watch();
    let readable = readable(&visitor).await?;
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let listener = Listener { visitor, touched, readable, heartbeat, stopping: app.stopping.clone(), _place: place };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    Ok(Sse::new(events).into_response())
}

struct Listener {
    visitor: Visitor,
    touched: broadcast::Receiver<Touched>,
    readable: BTreeSet<Space>,
    heartbeat: Interval,
    stopping: watch::Receiver<bool>,
    _place: Place,
}

impl Listener {
    /// The next event, or nothing when it is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if *self.stopping.borrow() {
                return None;
            }
            tokio::select! {
                _ = self.stopping.changed() => return None,
                _ = self.heartbeat.tick() => {
                    return self.may_stay().await.then(|| Event::default().comment("still here"));
                }
                touched = self.touched.recv() => match touched {
                    Ok(touched) => match self.hears(&touched).await {
                        Heard::Poke => return poke(touched.space.as_str(), touched.version),
                        Heard::Nothing => {}
                        Heard::End => return None,
                    },
                    Err(broadcast::error::RecvError::Lagged(_)) => return poke("", 0),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            }
        }
    }

    async fn hears(&mut self, touched: &Touched) -> Heard {
        if let Some(ticket) = &self.visitor.ticket
            && ticket.key.space == touched.space
        {
            // The customer's sessions are in this space: is ours still there?
            return if self.may_stay().await { Heard::Nothing } else { Heard::End };
        }
        if !self.readable.contains(&touched.space) && touched.space.family() == "calendar" {
            // A calendar that came into being while we listened.
            match readable(&self.visitor).await {
                Ok(spaces) => self.readable = spaces,
                Err(_) => return Heard::End,
            }
        }
        if self.readable.contains(&touched.space) { Heard::Poke } else { Heard::Nothing }
    }

    /// Whether the session lasts. Nobody's never ends.
    async fn may_stay(&self) -> bool {
        let Some(ticket) = &self.visitor.ticket else { return true };
        let Ok(read) = self.visitor.hosted.store.snapshot().await else { return false };
        ticket.session.expires > self.visitor.hosted.now() && matches!(read.get(&ticket.key).await, Ok(Some(_)))
    }
}

enum Heard {
    Poke,
    Nothing,
    End,
}

async fn readable(visitor: &Visitor) -> Result<BTreeSet<Space>, Fault> {
    let read = visitor.hosted.store.snapshot().await?;
    Ok(spaces::readable(&read, visitor.actor()).await?.into_iter().collect())
}

fn poke(space: &str, version: u64) -> Option<Event> {
    Event::default().event("poke").json_data(Poke { space: space.to_owned(), version }).ok()
}
