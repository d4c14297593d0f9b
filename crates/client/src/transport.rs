//! How a request gets to a server. Small, so that a test can lose answers and repeat them.

mod http;

use futures_util::{future::BoxFuture, stream::BoxStream};

pub use http::Http;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What to do there.
    pub method: Method,
    /// Where.
    pub url: String,
    /// The session's token, if there is one.
    pub token: Option<String>,
    /// JSON text.
    pub body: Option<String>,
}

/// What to do at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Seconds after which the server wants to be asked again.
    pub retry_after: Option<u64>,
    /// As it came.
    pub body: Vec<u8>,
}

/// No answer came, or not a whole one. Whether the request arrived is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer: {0}")]
pub struct NoAnswer(pub String);

/// Bytes as they come. Ends with an error when nothing has come for too long.
pub type Bytes = BoxStream<'static, Result<Vec<u8>, NoAnswer>>;

/// What came of listening.
pub enum Heard {
    /// Server-sent events.
    Events(Bytes),
    /// The server would rather not.
    Answer(Response),
}

/// Carries requests.
pub trait Transport: Send + Sync + 'static {
    /// Sends a request and waits for its answer, not for ever.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, NoAnswer>>;

    /// Opens a stream of server-sent events.
    fn listen(&self, request: Request) -> BoxFuture<'_, Result<Heard, NoAnswer>>;
}
