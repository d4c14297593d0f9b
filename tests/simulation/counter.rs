//! The counter: where the business checks customers in whom somebody there knows.
//!
//! **Invariant:** what became of a check-in once became of it ever after, however often it is sent.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};
use client::transport::{Method, Request, Response};
use protocol::{OneSettled, SeenCheckIn, Settle, Settled, SettledAs};
use uuid::Uuid;

use crate::shop;

/// The counter.
#[derive(Default)]
pub(crate) struct Counter {
    /// By which nodes know it.
    pub(crate) cookie: String,
    /// Whom it checked in.
    pub(crate) seen: Vec<SeenCheckIn>,
    /// What it was told became of them.
    pub(crate) settled: BTreeMap<Uuid, SettledAs>,
}

impl Counter {
    /// Shows a node who it is, as its browser does.
    pub(crate) fn show(&self, headers: &mut HeaderMap) {
        headers.insert(header::COOKIE, HeaderValue::try_from(&self.cookie).expect("a cookie is text"));
        headers.insert(header::ORIGIN, HeaderValue::from_static(shop::ADDRESS));
    }

    /// What it sends: the check-ins that it has no answer to, or all of them once more. Nothing when there are none.
    pub(crate) fn request(&self, again: bool) -> Option<Request> {
        let open = |seen: &&SeenCheckIn| again || !self.settled.contains_key(&seen.id);
        let seen: Vec<_> = self.seen.iter().filter(open).cloned().collect();
        if seen.is_empty() {
            return None;
        }
        let url = format!("{}/api/v1/counter/settle", shop::ADDRESS);
        let body = serde_json::to_string(&Settle { seen }).expect("check-ins are JSON");
        Some(Request { method: Method::Post, url, token: None, body: Some(body) })
    }

    /// Takes in an answer. Says to how many check-ins it had one already.
    pub(crate) fn hear(&mut self, Response { status, body, .. }: &Response) -> Result<u64, String> {
        match status {
            200 => {}
            // The server cannot serve it now.
            503 => return Ok(0),
            status => return Err(format!("the counter was answered {status} {}", String::from_utf8_lossy(body))),
        }
        let answer: Settled =
            serde_json::from_slice(body).map_err(|error| format!("the counter was answered {error}"))?;
        let mut again = 0;
        for OneSettled { id, became } in answer.settled {
            if !self.seen.iter().any(|seen| seen.id == id) {
                return Err(format!("the counter was told of {id}, which is none of its check-ins"));
            }
            if let Some(before) = self.settled.insert(id, became.clone()) {
                if before != became {
                    return Err(format!("of the check-in {id} became {before:?} and then {became:?}"));
                }
                again += 1;
            }
        }
        Ok(again)
    }
}
