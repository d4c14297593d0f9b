//! Passes for the wallets of phones: where a customer gets one.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::header,
    response::{IntoResponse as _, Response},
};
use protocol::{AddPass, PassLink, Problem};

use crate::{
    app::{App, Hosted},
    body::Body,
    fault::Fault,
    in_path::InPath,
    session::Member,
    wallet::issue,
};

/// Has a pass made, and says where the wallet takes it from.
#[utoipa::path(
    post, path = "/api/v1/passes", tag = "appointments", request_body = AddPass,
    security(("bearer" = []), ("cookie" = [])), responses(
        (status = 200, body = PassLink),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    member: Member,
    Body(request): Body<AddPass>,
) -> Result<Json<PassLink>, Fault> {
    let customer = member.ticket.session.customer;
    // Each writes something, and some have a wallet told.
    app.limits.command(&member.hosted.slug, customer)?;
    let url = issue::add(&app, &member.hosted, customer, request.wallet, request.of).await?;
    Ok(Json(PassLink { url }))
}

/// The file for Apple Wallet. Fetching it changes nothing: it was made known when it was asked for.
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    InPath(serial): InPath<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let token = said(query.as_deref(), "token");
    let asked = issue::ask(&app, &hosted, &serial, issue::Secret::Link(&token)).await?;
    let file = asked.file(&app, &hosted).await?;
    let name = "attachment; filename=\"pass.pkpass\"";
    let headers = [(header::CONTENT_TYPE, paper::pass::CONTENT_TYPE), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, file).into_response())
}

/// What a query says under a name; nothing when it says nothing. Read by hand, because no query is an error here.
pub(crate) fn said(query: Option<&str>, name: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}
