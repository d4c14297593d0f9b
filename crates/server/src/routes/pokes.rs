//! Says when to pull (server-sent events).
//!
//! **Invariant:** a listener hears of the spaces it may read and of no other, for as long as its session lasts and the
//! server runs. Who is told what and when is decided in [`crate::hub`]. A session that was ended is noticed at once,
//! because its space is touched; that it expires is known beforehand. Only in case something was missed is the store
//! asked every [`LOOK`].

use std::{convert::Infallible, fmt::Write as _, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use portal::{Actor, spaces::Readable};
use protocol::{Poke, Problem};
use store::{Read as _, Space, Store as _, StoreError};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::{
    app::{App, Hosted},
    fault::Fault,
    hub::{self, Ear},
    listeners::Place,
    session::{Ticket, Visitor},
};

/// How often something is sent when nothing happens, so that both ends notice when the other is gone.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often the store is asked whether the session is still there.
const LOOK: Duration = Duration::from_secs(5 * 60);

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
    let spaces = own(&visitor).await?;
    let identity = visitor.ticket.as_ref().map(|ticket| ticket.key.space.clone());
    let ear = app.listeners.hub(&visitor.hosted, &app.stopping).listen(spaces, identity);
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let Visitor { hosted, ticket } = visitor;
    // The first heartbeat comes at once and looks whether the session is still there now that we listen.
    let listener = Listener { hosted, ticket, ear, heartbeat, looked: None, _place: place };
    let events = stream::unfold(listener, |mut listener| async move {
        let text = listener.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), listener))
    });
    Ok(([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response())
}

/// The spaces that only this visitor hears of.
async fn own(visitor: &Visitor) -> Result<Vec<Space>, Fault> {
    if visitor.actor() == Actor::Anyone {
        return Ok(Vec::new());
    }
    let readable = Readable::ask(&visitor.hosted.store.snapshot().await?, visitor.actor()).await?;
    Ok(readable.iter().filter(|space| !hub::may_be_public(space)).cloned().collect())
}

struct Listener {
    hosted: Hosted,
    ticket: Option<Arc<Ticket>>,
    ear: Ear,
    heartbeat: Interval,
    /// When the session was last seen in the store.
    looked: Option<Instant>,
    _place: Place,
}

impl Listener {
    /// What is sent next, or nothing when it is over.
    async fn next(&mut self) -> Option<String> {
        loop {
            tokio::select! {
                heard = self.ear.next() => {
                    let heard = heard?;
                    if heard.doubt && !self.look().await.unwrap_or(false) {
                        return None;
                    }
                    if !heard.pokes.is_empty() {
                        return Some(events(&heard.pokes));
                    }
                }
                _ = self.heartbeat.tick() => return self.may_stay().await.then(|| ": still here\n\n".to_owned()),
            }
        }
    }

    /// Whether the session lasts, as far as is known. Nobody's never ends.
    async fn may_stay(&mut self) -> bool {
        let Some(ticket) = &self.ticket else { return true };
        if ticket.session.expires <= self.hosted.now() {
            return false;
        }
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return true;
        }
        // A store that does not answer is asked again with the next heartbeat.
        self.look().await.unwrap_or(true)
    }

    /// Whether the session is in the store.
    async fn look(&mut self) -> Result<bool, StoreError> {
        let Some(ticket) = &self.ticket else { return Ok(true) };
        let there = self.hosted.store.snapshot().await?.get(&ticket.key).await?.is_some();
        self.looked = Some(Instant::now());
        Ok(there && ticket.session.expires > self.hosted.now())
    }
}

/// Pokes as events, in one piece.
fn events(pokes: &[Poke]) -> String {
    let mut text = String::new();
    for poke in pokes {
        // Neither a text and a number as JSON nor writing to a String fails; what could not be said would mean everything.
        let json = serde_json::to_string(poke).unwrap_or_default();
        let _ = write!(text, "event: poke\ndata: {json}\n\n");
    }
    text
}
