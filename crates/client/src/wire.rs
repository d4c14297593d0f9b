//! Requests of the protocol and what their answers mean.

mod pushed;

use std::sync::Arc;

use protocol::{
    AddPass, CheckInKey, Code, Hello, LinkRequest, LinkSent, NewPassword, PassLink, PasswordRequest, Problem, Pull,
    Pulled, Push, Pushed, SignedIn, TokenRequest,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Trouble,
    transport::{Bytes, Heard, Method, NoAnswer, Request, Response, Transport},
};

/// One server.
#[derive(Clone)]
pub(crate) struct Wire {
    transport: Arc<dyn Transport>,
    address: String,
}

/// Why there is no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    /// Nobody answered.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// The server said no, or something on the way to it.
    #[error("status {status}, code {code:?}")]
    Status {
        status: u16,
        code: Option<Code>,
        /// Seconds.
        retry_after: Option<u64>,
    },
    /// The answer is not one of the protocol.
    #[error("the answer is not understood: {0}")]
    Strange(String),
}

impl WireError {
    pub(crate) fn code(&self) -> Option<Code> {
        match self {
            Self::Status { code, .. } => *code,
            _ => None,
        }
    }
}

impl From<WireError> for Trouble {
    fn from(error: WireError) -> Self {
        match error {
            WireError::NoAnswer(_) => Self::Offline,
            WireError::Strange(_) => Self::Server,
            WireError::Status { status, code, retry_after } => match (code, status) {
                (Some(Code::NotSignedIn), _) => Self::NotSignedIn,
                (Some(Code::WrongCredentials), _) => Self::WrongCredentials,
                (Some(Code::TooManyAttempts), _) => Self::TooManyAttempts { wait: retry_after.unwrap_or(60) },
                (Some(Code::BadRequest | Code::Refused | Code::TooLarge), _) => Self::NotAcceptable,
                // What stands before a server that is down says so itself.
                (_, 502..=504) => Self::Offline,
                _ => Self::Server,
            },
        }
    }
}

impl Wire {
    pub(crate) fn new(transport: Arc<dyn Transport>, address: String) -> Self {
        Self { transport, address }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Asks who answers there.
    ///
    /// # Errors
    /// [`Trouble::NotDatebook`] when it is something else.
    pub(crate) async fn hello(&self) -> Result<Hello, Trouble> {
        let hello: Hello = match self.call(Method::Get, "hello", None, None::<&()>).await {
            Ok(hello) => hello,
            Err(WireError::Strange(_)) => return Err(Trouble::NotDatebook),
            Err(WireError::Status { status, code: None, .. }) if status < 500 => return Err(Trouble::NotDatebook),
            Err(error) => return Err(error.into()),
        };
        if hello.app == "datebook" { Ok(modest(hello)) } else { Err(Trouble::NotDatebook) }
    }

    pub(crate) async fn request_link(&self, body: &LinkRequest) -> Result<LinkSent, WireError> {
        self.call(Method::Post, "sign-in/link", None, Some(body)).await
    }

    pub(crate) async fn token(&self, body: &TokenRequest) -> Result<SignedIn, WireError> {
        self.call(Method::Post, "sign-in/token", None, Some(body)).await
    }

    pub(crate) async fn password(&self, body: &PasswordRequest) -> Result<SignedIn, WireError> {
        self.call(Method::Post, "sign-in/password", None, Some(body)).await
    }

    pub(crate) async fn sign_out(&self, token: &str) -> Result<(), WireError> {
        self.ask(Method::Post, "sign-out", Some(token), None::<&()>).await.map(|_| ())
    }

    pub(crate) async fn set_password(&self, token: &str, body: &NewPassword) -> Result<(), WireError> {
        self.ask(Method::Put, "password", Some(token), Some(body)).await.map(|_| ())
    }

    pub(crate) async fn add_pass(&self, token: &str, body: &AddPass) -> Result<PassLink, WireError> {
        self.call(Method::Post, "passes", Some(token), Some(body)).await
    }

    pub(crate) async fn enrol(&self, token: &str, body: &CheckInKey) -> Result<(), WireError> {
        self.ask(Method::Put, "check-in-key", Some(token), Some(body)).await.map(|_| ())
    }

    pub(crate) async fn pull(&self, token: Option<&str>, body: &Pull) -> Result<Pulled, WireError> {
        self.call(Method::Post, "pull", token, Some(body)).await
    }

    pub(crate) async fn push(&self, token: &str, body: &Push) -> Result<Pushed, WireError> {
        let answer: pushed::Answer = self.call(Method::Post, "push", Some(token), Some(body)).await?;
        Ok(answer.read())
    }

    /// Opens the stream of pokes.
    pub(crate) async fn pokes(&self, token: Option<&str>) -> Result<Bytes, WireError> {
        let request = self.request(Method::Get, "pokes", token, None::<&()>);
        match self.transport.listen(request).await? {
            Heard::Events(bytes) => Ok(bytes),
            Heard::Answer(answer) => Err(status(&answer)),
        }
    }

    async fn call<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Result<A, WireError> {
        let answer = self.ask(method, path, token, body).await?;
        serde_json::from_slice(&answer.body).map_err(|error| WireError::Strange(error.to_string()))
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Result<Response, WireError> {
        let answer = self.transport.send(self.request(method, path, token, body)).await?;
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(status(&answer)) }
    }

    fn request(&self, method: Method, path: &str, token: Option<&str>, body: Option<&impl Serialize>) -> Request {
        Request {
            method,
            url: format!("{}/api/v1/{path}", self.address),
            token: token.map(str::to_owned),
            body: body.map(crate::desk::json),
        }
    }
}

fn status(answer: &Response) -> WireError {
    let code = serde_json::from_slice::<Problem>(&answer.body).ok().map(|problem| problem.code);
    WireError::Status { status: answer.status, code, retry_after: answer.retry_after }
}

/// What a server says of itself, cut to what a screen can show.
fn modest(mut hello: Hello) -> Hello {
    let cut = |text: &mut String, most: usize| {
        if let Some((at, _)) = text.char_indices().nth(most) {
            text.truncate(at);
        }
    };
    cut(&mut hello.name, 200);
    cut(&mut hello.tagline, 500);
    cut(&mut hello.version, 40);
    cut(&mut hello.zones, 40);
    let digits = hello.colour.strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        hello.colour = "#444444".to_owned();
    }
    if !hello.logo.starts_with("data:image/") || hello.logo.len() > 128 << 10 {
        hello.logo.clear();
    }
    hello
}
