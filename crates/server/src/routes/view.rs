//! What a screen shows.

use std::sync::Arc;

use axum::{
    body::Bytes,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use portal::{Context, Screen, View};
use protocol::Problem;

use crate::{
    body::Body,
    fault::Fault,
    session::{Caller, Present},
};

/// Answers a view. Catalogue, month and day need no session.
#[utoipa::path(
    post, path = "/api/v1/view", tag = "appointments", request_body = View,
    security((), ("bearer" = []), ("cookie" = [])), responses(
        (status = 200, body = Screen),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn view(caller: Caller, Body(view): Body<View>) -> Result<Response, Fault> {
    let view = view.canonical();
    let known = caller.glance().and_then(|(glance, _)| {
        let hosted = caller.hosted();
        hosted.memory.known(&glance, &view, hosted.now())
    });
    let text = match known {
        Some(text) => text,
        // What reads is large while it waits, and most questions were asked before.
        None => Box::pin(read(caller, view)).await?,
    };
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], Bytes::from_owner(Text(text))).into_response())
}

/// The answer to a question that was not asked before, or of which something has changed.
async fn read(caller: Caller, view: View) -> Result<Arc<str>, Fault> {
    let present = caller.enter().await?;
    let actor = present.actor();
    let Present { hosted, read, .. } = present;
    let context = Context { now: hosted.now(), actor };
    Ok(hosted.memory.recall(read).answer(&context, view).await??)
}

/// An answer that others may be given at the same time; it is not copied for each.
struct Text(Arc<str>);

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
