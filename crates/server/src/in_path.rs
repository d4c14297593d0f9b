//! What a path says: texts, with a [`Fault`] for what is no text.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use protocol::Code;
use serde::de::DeserializeOwned;

use crate::{app::App, fault::Fault};

/// The parts of a path that its route names.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for InPath<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        let found = Path::from_request_parts(parts, app).await;
        found.map(|Path(found)| Self(found)).map_err(|_| Fault::new(Code::NotFound, "there is nothing at this address"))
    }
}
