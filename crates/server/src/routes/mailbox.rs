//! The mailbox of a demonstration. Without `--demo` there is nothing at these addresses.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{Html, IntoResponse as _, Response},
};
use minijinja::{Value, context};
use protocol::{Code, Problem};
use store::Store as _;

use crate::{
    app::{App, Hosted},
    attempt,
    fault::Fault,
    in_path::InPath,
    mail,
    mailbox::{self, Letter},
};

fn only_in_a_demonstration(app: &App) -> Result<(), Fault> {
    if app.post.is_mailbox() { Ok(()) } else { Err(Fault::new(Code::NotFound, "there is nothing at this address")) }
}

/// The mails, the newest first.
#[utoipa::path(get, path = "/api/v1/mailbox", tag = "demonstration", responses(
    (status = 200, body = Vec<Letter>),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(State(app): State<Arc<App>>, hosted: Hosted) -> Result<Json<Vec<Letter>>, Fault> {
    only_in_a_demonstration(&app)?;
    Ok(Json(mailbox::read(&hosted).await?))
}

/// The mails as a page.
pub(crate) async fn page(State(app): State<Arc<App>>, hosted: Hosted) -> Result<Response, Fault> {
    only_in_a_demonstration(&app)?;
    let business = attempt::business(&hosted.store.snapshot().await?).await?;
    let letters: Vec<Value> = mailbox::read(&hosted).await?.into_iter().map(letter).collect();
    let values = context! { business => business.name, colour => business.colour, letters };
    let page = mail::render("mailbox.html", values).map_err(|error| {
        tracing::error!(%error, "the mailbox cannot be rendered");
        Fault::new(Code::ServerError, "the mailbox cannot be rendered")
    })?;
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'";
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response())
}

/// One mail's HTML, for the page's frame. Its links open in place of the whole page.
pub(crate) async fn body(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    InPath(id): InPath<String>,
) -> Result<Response, Fault> {
    only_in_a_demonstration(&app)?;
    let letters = mailbox::read(&hosted).await?;
    let letter = letters.into_iter().find(|letter| letter.id == id);
    let letter = letter.ok_or_else(|| Fault::new(Code::NotFound, "there is no such mail"))?;
    let html = letter.html.replacen("<head>", "<head><base target=\"_top\">", 1);
    // Mails carry their styles with them; nothing of them may run or be fetched.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; \
                  sandbox allow-top-navigation-by-user-activation allow-popups";
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response())
}

fn letter(letter: Letter) -> Value {
    let Letter { id, at, to, from, subject, text, html, attachments } = letter;
    let attachments: Vec<Value> =
        attachments.into_iter().map(|file| context! { name => file.name, text => file.text }).collect();
    context! { id, at => at.strftime("%-d %B %Y, %H:%M:%S UTC").to_string(), to, from, subject, text, html, attachments }
}
