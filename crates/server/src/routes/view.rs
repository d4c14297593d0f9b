//! What a screen shows.

use axum::Json;
use portal::{Context, Screen, View};
use protocol::Problem;
use store::Store as _;

use crate::{body::Body, fault::Fault, session::Visitor};

/// Answers a view. Catalogue, month and day need no session.
#[utoipa::path(
    post, path = "/api/v1/view", tag = "appointments", request_body = View,
    security((), ("bearer" = []), ("cookie" = [])), responses(
        (status = 200, body = Screen),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn view(visitor: Visitor, Body(view): Body<View>) -> Result<Json<Screen>, Fault> {
    let read = visitor.hosted.store.snapshot().await?;
    let context = Context { now: visitor.hosted.now(), actor: visitor.actor() };
    Ok(Json(portal::view(&read, &context, &view).await??))
}
