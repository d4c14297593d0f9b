//! Whether the server can do its work, for whoever watches over it.

use std::sync::Arc;

use axum::extract::State;

use crate::{app::App, fault::Fault};

/// Answers once the store has been read.
pub(crate) async fn health(State(app): State<Arc<App>>) -> Result<&'static str, Fault> {
    app.engine.realms().await?;
    Ok("ok\n")
}
