//! What a device learns before it trusts the server with anything.

use std::sync::Arc;

use axum::{Json, extract::State};
use protocol::{Hello, Problem};
use store::Store as _;

use crate::{
    app::{App, Hosted},
    attempt,
    fault::Fault,
};

/// Who answers here.
#[utoipa::path(get, path = "/api/v1/hello", tag = "business", responses(
    (status = 200, body = Hello),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn hello(State(app): State<Arc<App>>, hosted: Hosted) -> Result<Json<Hello>, Fault> {
    let read = hosted.store.snapshot().await?;
    let business = attempt::business(&read).await?;
    Ok(Json(Hello {
        app: "datebook".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        zones: domain::zone::database_version().to_owned(),
        name: business.name,
        tagline: business.tagline,
        logo: business.logo,
        colour: business.colour,
        wallets: app.wallets.offered(hosted.now()),
        demo_email: app.post.is_mailbox().then(|| app.settings.demo_email.clone()),
    }))
}
