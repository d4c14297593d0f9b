//! What happens to messages and to work at nodes.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::{self, header},
};
use client::transport::{Method, NoAnswer, Request, Response};
use protocol::{Changed, LinkSent, Pulled};
use store::{
    StoreError,
    faults::{self, Planned, When},
};

use super::{Call, Flight, Of, Peer, What, World};
use crate::{
    device::{Doing, Halt, Standing},
    fault::Fault,
    gate::{Said, Worker},
    letters::Look,
    shop,
    step::{Met, Trouble},
};

/// What work at a node meets: where it pauses, and which of its commits fails.
pub(super) type Meets = (Vec<u32>, Option<Trouble>);

/// Neither.
pub(super) const NOTHING: Meets = (Vec::new(), None);

/// No answer here is larger, in bytes.
const LARGEST: usize = 64 << 20;

impl World {
    /// A message arrives.
    pub(super) fn arrive(&mut self, flight: Flight, node: usize, meets: Meets) -> Result<(), String> {
        let Flight { with, what } = flight;
        let other = if let What::Answer { node, .. } = &what { *node } else { node };
        if let Peer::Device { device, .. } = with
            && self.parted.contains(&(device, other))
        {
            self.tally.note("messages lost in partitions");
            return self.deliver(with, Err(NoAnswer("parted".to_owned())));
        }
        match what {
            What::Request(request) => {
                let pull = request.url.ends_with("/pull");
                let push = request.url.ends_with("/push");
                let link = request.url.ends_with("/sign-in/link");
                if link {
                    self.letters.asked();
                }
                if let Some(response) = Fault::instead(self.fault, &request) {
                    self.flights.push(Flight { with, what: What::Answer { node, pull, response } });
                    return Ok(());
                }
                let Some(at) = self.nodes[node].node.clone() else { return Err("a node is missing".to_owned()) };
                let mut request = http_request(request);
                if with == Peer::Counter {
                    self.counter.show(request.headers_mut());
                }
                let work = async move {
                    let answer = at.answer(request).await;
                    Said::Answered(http_response(answer).await)
                };
                let said = self.begin(meets, work);
                self.said(node, Of::Peer { with, pull, push, link }, said)
            }
            What::Answer { response, .. } => self.deliver(with, Ok(response)),
        }
    }

    /// Has a thread of a node work.
    fn begin(
        &mut self,
        (pauses, trouble): Meets,
        work: impl Future<Output = Said> + Send + 'static,
    ) -> (Said, Option<Worker>) {
        let pauses = if self.may_pause() { pauses } else { Vec::new() };
        let planned = trouble.map(|Trouble { write, after, what }| Planned {
            write,
            what: match what {
                Met::Busy => faults::What::Fails(StoreError::Busy),
                Met::Lost => faults::What::Fails(StoreError::Closed),
                Met::HungUp => faults::What::Stops,
            },
            when: if after { When::After } else { When::Before },
        });
        let work = async move {
            let is_planned = planned.is_some();
            // Of the writes that this very thread makes.
            faults::plan(planned);
            let said = tokio::select! {
                biased;
                () = faults::stopped() => Said::HungUp,
                said = work => said,
            };
            let met = is_planned && faults::left().is_none();
            faults::plan(None);
            match said {
                Said::HungUp => Said::HungUp,
                said if met => Said::Troubled(Box::new(said)),
                said => said,
            }
        };
        self.pool.begin(pauses, Box::new(|| Box::pin(work)))
    }

    /// A message is lost.
    pub(super) fn lose(&mut self, flight: &Flight) -> Result<(), String> {
        self.tally.note(if flight.is_request() { "requests lost" } else { "answers lost" });
        self.deliver(flight.with, Err(NoAnswer("lost".to_owned())))
    }

    /// A request is on its way twice.
    pub(super) fn repeat(&mut self, message: usize) {
        if self.flights.is_empty() {
            return;
        }
        let Flight { with, what } = &self.flights[message % self.flights.len()];
        if let What::Request(request) = what {
            let request = Fault::again(self.fault, request.clone());
            // Of whatever is answered first, the device takes the answer.
            let flight = Flight { with: *with, what: What::Request(request) };
            self.flights.push(flight);
            self.tally.note("requests repeated");
        }
    }

    /// Whoever sent a request is answered, or learns that no answer comes.
    fn deliver(&mut self, with: Peer, answer: Result<Response, NoAnswer>) -> Result<(), String> {
        match with {
            Peer::Device { device, ticket } => self.answer(device, Some(ticket), answer),
            Peer::Counter => self.counter_hears(answer),
        }
    }

    /// A device is answered, if it still waits for that.
    pub(super) fn answer(
        &mut self,
        device: usize,
        ticket: Option<u64>,
        answer: Result<Response, NoAnswer>,
    ) -> Result<(), String> {
        let waits = self.waiting[device].as_ref();
        if waits.is_none_or(|(waits, _)| ticket.is_some_and(|ticket| *waits != ticket)) {
            if answer.is_ok() {
                self.tally.note("answers that came too late");
            }
            return Ok(());
        }
        let (_, reply) = self.waiting[device].take().ok_or("nobody waits")?;
        let answer = answer.map(|response| Fault::answered(self.fault, response));
        if let Ok(Response { status, body, .. }) = &answer {
            match status {
                200..300 => {}
                503 => self.devices[device].turned_away = true,
                400..500 if matches!(self.devices[device].doing, Doing::Ask | Doing::Prove) => {}
                status => {
                    let body = String::from_utf8_lossy(body);
                    return Err(format!("device {device} was answered {status} {body}"));
                }
            }
        }
        let _ = reply.send(answer);
        self.go_on(device)
    }

    /// A device ends while it writes down what it was told: what comes after so many spaces cannot be written any more.
    pub(super) fn cut_taking(&mut self, flight: Flight, spaces: usize) -> Result<(), String> {
        let Peer::Device { device, ticket } = flight.with else { return self.lose(&flight) };
        if let What::Answer { pull: true, mut response, .. } = flight.what
            && self.waiting[device].as_ref().is_some_and(|(waits, _)| *waits == ticket)
        {
            let mut pulled: Pulled =
                serde_json::from_slice(&response.body).map_err(|error| format!("a pull answered {error}"))?;
            if !pulled.spaces.is_empty() {
                // Nobody can write what is newer than itself: there the device stands still, and is cut.
                let last = spaces % pulled.spaces.len();
                let page = &mut pulled.spaces[last];
                let (version, body) = (page.version + 1, Some(Arc::<str>::from("{}").into()));
                let (kind, id, sort) = ("never".to_owned(), "never".to_owned(), String::new());
                page.changes.push(Changed { kind, id, version, sort, body });
                response.body = serde_json::to_vec(&pulled).map_err(|error| error.to_string())?;
                self.tally.note("cuts of devices that wrote down news");
                let (_, reply) = self.waiting[device].take().ok_or("nobody waits")?;
                let _ = reply.send(Ok(response));
                // Whatever it says to that, it never had the time to.
                Halt::unless_cut(self.devices[device].go_on())?;
            }
        }
        self.cut_device(device)
    }

    /// Work that paused goes on.
    pub(super) fn resume(&mut self, call: Call) -> Result<(), String> {
        let Call { node, worker, of, since, seen } = call;
        if matches!(of, Of::Peer { push: true, .. }) && self.pushes > since {
            self.tally.note("pushes that paused while another came through");
        }
        let before = seen.pretend(&self.database);
        let said = self.pool.resume(worker);
        before.undo(&seen, &self.database);
        self.said(node, of, said)
    }

    /// A node looks for jobs. Says whether there were any, when it did not pause.
    pub(super) fn work(&mut self, node: usize, meets: Meets) -> Result<bool, String> {
        let Some(at) = self.nodes[node].node.clone() else { return Err("a node is missing".to_owned()) };
        let work = async move { Said::Worked(at.work().await) };
        let said = self.begin(meets, work);
        self.tally.note("rounds of jobs");
        // Whose commit failed may have left something.
        let busy = matches!(said.0, Said::Worked(true) | Said::Troubled(_));
        self.said(node, Of::Jobs { paused: false }, said)?;
        Ok(busy)
    }

    fn said(&mut self, node: usize, of: Of, (said, worker): (Said, Option<Worker>)) -> Result<(), String> {
        self.trace.tell(|| match &said {
            Said::Answered(response) => answer_in_words(node, response),
            said => format!("node {node} {said:?}"),
        });
        if let Of::Jobs { paused } = of {
            let look = match &said {
                Said::Worked(true) if !paused => Look::Some,
                Said::Worked(false) if !paused => Look::None,
                _ => Look::HeldUp,
            };
            let clock = self.time.now() + self.nodes[node].ahead;
            self.tally.add("mails to sign in that had to be there", self.letters.looked(clock, look));
        }
        let said = match said {
            Said::Troubled(said) => {
                self.tally.note("writes of nodes that failed");
                *said
            }
            said => said,
        };
        match ((said, worker), of) {
            ((Said::Paused, Some(worker)), of) => {
                self.tally.note("pauses of work at nodes");
                let of = if matches!(of, Of::Jobs { .. }) { Of::Jobs { paused: true } } else { of };
                let decides = matches!(of, Of::Peer { push: true, .. } | Of::Peer { with: Peer::Counter, .. });
                let seen = Fault::unguarded(self.fault, decides, &self.database);
                self.calls.push(Call { node, worker, of, since: self.pushes, seen });
            }
            ((Said::Answered(response), _), Of::Peer { with, pull, push, link }) => {
                self.pushes += u64::from(push);
                if link && response.status == 200 {
                    let sent: LinkSent =
                        serde_json::from_slice(&response.body).map_err(|error| format!("a mail's promise: {error}"))?;
                    self.letters.promised(sent.attempt, sent.expires.as_millisecond());
                    if let Peer::Device { device, .. } = with
                        && self.devices[device].standing()? == Standing::SignedIn
                    {
                        // Others would miss it by themselves.
                        Fault::promised(self.fault, sent.attempt, &self.database);
                    }
                }
                self.flights.push(Flight { with, what: What::Answer { node, pull, response } });
            }
            ((Said::HungUp, _), Of::Peer { with, .. }) => {
                self.tally.note("callers that hung up");
                self.deliver(with, Err(NoAnswer("hung up".to_owned())))?;
            }
            ((Said::Worked(_), _), Of::Jobs { .. }) => {}
            ((Said::Broken(words), _), _) => return Err(format!("a node broke: {words}")),
            ((said, _), _) => return Err(format!("a node said {said:?}")),
        }
        Ok(())
    }

    /// A node ends without a warning, with everything that paused there, and is started again.
    pub(super) fn cut_node(&mut self, node: usize) -> Result<(), String> {
        self.tally.note("cuts of nodes");
        let calls = std::mem::take(&mut self.calls);
        for call in calls {
            if call.node != node {
                self.calls.push(call);
                continue;
            }
            self.tally.note("work that was cut off at nodes");
            match self.pool.cut(call.worker) {
                Said::Gone => {}
                said => return Err(format!("a node that was cut off said {said:?}")),
            }
        }
        let slot = &mut self.nodes[node];
        slot.node = None;
        self.runtime.block_on(slot.engine.close());
        let ahead = slot.ahead;
        self.nodes[node] = self.open(ahead)?;
        Ok(())
    }
}

fn answer_in_words(node: usize, Response { status, retry_after, body }: &Response) -> String {
    format!("node {node} answers {status} {retry_after:?} {}", String::from_utf8_lossy(body))
}

/// A request as it comes to a node.
pub(super) fn http_request(request: Request) -> http::Request<Body> {
    let Request { method, url, token, body } = request;
    let method = match method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
    };
    let path = url.strip_prefix(shop::ADDRESS).unwrap_or(&url);
    let host = shop::ADDRESS.trim_start_matches("https://");
    let mut built = http::Request::builder().method(method).uri(path).header(header::HOST, host);
    if let Some(token) = token {
        built = built.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if body.is_some() {
        built = built.header(header::CONTENT_TYPE, "application/json");
    }
    built.body(Body::from(body.unwrap_or_default())).expect("a request as the app makes them")
}

async fn http_response(answer: http::Response<Body>) -> Response {
    let (parts, body) = answer.into_parts();
    let retry_after = parts.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = to_bytes(body, LARGEST).await.expect("answers of a node have an end");
    Response { status: parts.status.as_u16(), retry_after, body: body.to_vec() }
}

/// Asks a node for a page as a browser does.
pub(super) async fn get(node: Arc<server::Node>, path: &str) -> Response {
    let url = format!("{}{path}", shop::ADDRESS);
    http_response(node.answer(http_request(Request { method: Method::Get, url, token: None, body: None })).await).await
}
