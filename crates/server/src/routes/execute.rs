//! One command, at once: what a browser sends.

use std::sync::Arc;

use axum::{Json, extract::State};
use protocol::{Execute, Problem, Verdict};

use crate::{app::App, body::Body, fault::Fault, session::Recognised, verdict};

/// Runs a command. The same id again gets the same verdict.
#[utoipa::path(
    post, path = "/api/v1/execute", tag = "appointments", request_body = Execute,
    security(("bearer" = []), ("cookie" = [])), responses(
        (status = 200, body = Verdict),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn execute(
    State(app): State<Arc<App>>,
    Recognised(caller): Recognised,
    Body(request): Body<Execute>,
) -> Result<Json<Verdict>, Fault> {
    let (member, read) = caller.enter().await?.member()?;
    Ok(Json(verdict::execute(&app, &member, read, &request).await?))
}
