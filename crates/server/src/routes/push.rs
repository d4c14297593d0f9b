//! A device's waiting commands.

use std::sync::Arc;

use axum::{Json, extract::State};
use protocol::{Problem, Push, Pushed};

use crate::{app::App, body::Body, fault::Fault, session::Recognised, verdict};

/// Runs a device's commands in order and gives their verdicts. Commands it has seen get the verdict they had.
#[utoipa::path(
    post, path = "/api/v1/push", tag = "sync", request_body = Push, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, body = Pushed),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn push(
    State(app): State<Arc<App>>,
    Recognised(caller): Recognised,
    Body(request): Body<Push>,
) -> Result<Json<Pushed>, Fault> {
    let (member, read) = caller.enter().await?.member()?;
    Ok(Json(verdict::push(&app, &member, read, &request).await?))
}
