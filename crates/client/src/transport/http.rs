//! Requests over HTTPS.
//!
//! **Invariant:** a token goes to the origin it came from: redirects are not followed. **Invariant:** no read waits
//! longer than [`SILENCE`].

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future::BoxFuture};

use super::{Heard, Method, NoAnswer, Request, Response, Transport};

/// Silence of this length means that the connection is lost, or that the request was, in the moment in which a connection
/// closed. The server says something at least every 20 seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// The longest time for one request and its whole answer.
const WHOLE: Duration = Duration::from_secs(180);

/// The longest time to get through to a server.
const CONNECT: Duration = Duration::from_secs(10);

/// No answer of a server is larger; one that is would fill the memory of a phone.
const LARGEST: usize = 64 << 20;

/// Requests over HTTPS, and plain HTTP where the address says so.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
}

impl Http {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// When the system's trust in certificates cannot be set up.
    pub fn new() -> Result<Self, NoAnswer> {
        // Whoever came first has chosen; both choices are good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("Datebook/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(lost)?;
        Ok(Self { client })
    }

    fn request(&self, request: Request) -> reqwest::RequestBuilder {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut builder = self.client.request(method, request.url);
        if let Some(token) = request.token {
            builder = builder.bearer_auth(token);
        }
        if let Some(body) = request.body {
            builder = builder.header(reqwest::header::CONTENT_TYPE, "application/json").body(body);
        }
        builder
    }
}

impl Transport for Http {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, NoAnswer>> {
        async move { whole(self.request(request).timeout(WHOLE).send().await.map_err(lost)?).await }.boxed()
    }

    fn listen(&self, request: Request) -> BoxFuture<'_, Result<Heard, NoAnswer>> {
        async move {
            let asked = self.request(request).header(reqwest::header::ACCEPT, "text/event-stream");
            let answer = asked.send().await.map_err(lost)?;
            if answer.status() != reqwest::StatusCode::OK {
                return Ok(Heard::Answer(whole(answer).await?));
            }
            let bytes = answer.bytes_stream().map(|chunk| chunk.map(Into::into).map_err(lost));
            Ok(Heard::Events(bytes.boxed()))
        }
        .boxed()
    }
}

/// Reads an answer to its end.
async fn whole(mut answer: reqwest::Response) -> Result<Response, NoAnswer> {
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get(reqwest::header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(NoAnswer("the answer is too large".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, retry_after, body })
}

fn lost(error: reqwest::Error) -> NoAnswer {
    // The address says where; what matters is why, which is at the end of the chain.
    let mut cause: &dyn std::error::Error = &error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    NoAnswer(cause.to_string())
}
