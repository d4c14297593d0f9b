//! The description of the API.

use axum::{http::header, response::IntoResponse};

/// The description, made from the code.
pub(crate) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], crate::description())
}
