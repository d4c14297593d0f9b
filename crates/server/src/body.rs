//! Request bodies: JSON and nothing else, with a [`Fault`] for everything else. With the last byte of its body a request
//! becomes work, see [`crate::crowd`].

use std::sync::Arc;

use axum::{
    body::{Body as Raw, HttpBody as _},
    extract::{FromRequest, Request},
    http::header,
};
use futures_util::StreamExt as _;
use protocol::Code;
use serde::de::DeserializeOwned;

use crate::{
    app::App,
    crowd::{Crowd, Desk, Room},
    fault::Fault,
    patience::within,
};

/// The most bytes a body may have.
const LIMIT: usize = 256 * 1024;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let essence = kind.split(';').next().unwrap_or("").trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Fault::new(Code::WrongContentType, "the body must be application/json"));
        }
        let desk = request.extensions().get::<Desk>().cloned();
        let arriving = within(app.settings.patience(), arrive(request.into_body(), &app.crowd)).await;
        let late = |_| Fault::new(Code::BadRequest, "the body did not arrive in time");
        let (bytes, _room) = arriving.map_err(late)??;
        if let Some(desk) = desk {
            desk.sit(app.crowd.work()?);
        }
        // Serde would take a list of values for an object; the description promises objects.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Fault::new(Code::BadRequest, "the body must be a JSON object"));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| Fault::new(Code::BadRequest, error.to_string()))
    }
}

/// The bytes of a body, and the room they take.
async fn arrive(body: Raw, crowd: &Crowd) -> Result<(Vec<u8>, Option<Room>), Fault> {
    let (mut bytes, mut room) = (Vec::new(), None::<Room>);
    let too_large = || Fault::new(Code::TooLarge, format!("at most {LIMIT} bytes"));
    if body.size_hint().lower() > LIMIT as u64 {
        return Err(too_large());
    }
    let mut arriving = body.into_data_stream();
    while let Some(part) = arriving.next().await {
        let part = part.map_err(|_| Fault::new(Code::BadRequest, "the body did not arrive whole"))?;
        if bytes.len() + part.len() > LIMIT {
            return Err(too_large());
        }
        let more = crowd.bytes(part.len())?;
        match &mut room {
            Some(room) => room.merge(more),
            None => room = Some(more),
        }
        bytes.extend_from_slice(&part);
    }
    Ok((bytes, room))
}
