//! Request bodies: JSON and nothing else, with a [`Fault`] for everything else.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
    response::IntoResponse as _,
};
use protocol::Code;
use serde::de::DeserializeOwned;

use crate::{app::App, fault::Fault};

/// The most bytes a body may have.
pub(crate) const LIMIT: usize = 256 * 1024;

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
        let arriving = tokio::time::timeout(app.settings.patience(), Bytes::from_request(request, app)).await;
        let late = |_| Fault::new(Code::BadRequest, "the body did not arrive in time");
        let bytes = arriving.map_err(late)?.map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Fault::new(Code::TooLarge, format!("at most {LIMIT} bytes")),
            _ => Fault::new(Code::BadRequest, "the body did not arrive whole"),
        })?;
        // Serde would take a list of values for an object; the description promises objects.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Fault::new(Code::BadRequest, "the body must be a JSON object"));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| Fault::new(Code::BadRequest, error.to_string()))
    }
}
