//! What the counter does: it is opened before anything fails, and sends over the network that devices have too.

use axum::http::header;
use client::transport::{Method, NoAnswer, Request, Response};
use protocol::{HowFound, OpenCounter, SeenCheckIn};

use super::{Flight, Peer, What, World, network};
use crate::shop;

impl World {
    /// The operator makes the counter's link, and somebody opens it.
    pub(super) fn open_counter(&mut self) -> Result<(), String> {
        let node = self.nodes[0].node.clone().ok_or("a node is missing")?;
        self.counter.cookie = self.runtime.block_on(async {
            let made = node.counter_link(shop::SLUG, shop::place()).await;
            let token = made.map_err(|error| error.to_string())?;
            let url = format!("{}/api/v1/counter/open", shop::ADDRESS);
            let body = serde_json::to_string(&OpenCounter { token }).map_err(|error| error.to_string())?;
            let request = Request { method: Method::Post, url, token: None, body: Some(body) };
            let answer = node.answer(network::http_request(request)).await;
            let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
            let cookie = cookie.and_then(|cookie| cookie.split(';').next()).ok_or("the counter does not open")?;
            Ok::<_, String>(cookie.to_owned())
        })?;
        Ok(())
    }

    /// Somebody there checks a customer in, whatever the server will say to it.
    pub(super) fn check_in(&mut self, booking: usize) {
        let all: Vec<_> = self.bookings.iter().flatten().copied().collect();
        if all.is_empty() {
            return;
        }
        let (id, at, booking) = (self.id(), self.time.ahead(0), all[booking % all.len()]);
        self.counter.seen.push(SeenCheckIn { id, booking, at, how: HowFound::Person });
        self.tally.note("check-ins at the counter");
    }

    /// It sends what it has no answer to, or everything once more.
    pub(super) fn settle(&mut self, again: bool) {
        if let Some(request) = self.counter.request(again) {
            self.flights.push(Flight { with: Peer::Counter, what: What::Request(request) });
            self.tally.note("requests of the counter");
        }
    }

    /// It is answered. What it has no answer to it sends again.
    pub(super) fn counter_hears(&mut self, answer: Result<Response, NoAnswer>) -> Result<(), String> {
        if let Ok(response) = answer {
            let again = self.counter.hear(&response)?;
            self.tally.add("check-ins that were answered again", again);
        }
        Ok(())
    }
}
