//! Errors as answers: one [`Problem`] with the status that its code has.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Refusal;
use portal::Failure;
use protocol::{Code, Problem};
use store::{CommitError, StoreError};

/// Why a request gets no answer.
#[derive(Debug)]
pub struct Fault {
    problem: Box<Problem>,
    /// Seconds.
    retry_after: Option<u64>,
}

impl Fault {
    /// A code with words for a developer.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let problem = Box::new(Problem { code, detail: detail.into(), refusal: None });
        Self { problem, retry_after: None }
    }

    /// Come back after so many seconds.
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.problem.code
    }

    pub(crate) fn wrong_credentials() -> Self {
        // The same words whatever was wrong: they must not tell which addresses are known.
        Self::new(Code::WrongCredentials, "this does not open anything, or not any more")
    }

    pub(crate) fn busy() -> Self {
        Self::new(Code::Busy, "too much is waiting").after(1)
    }
}

/// The HTTP status of a code.
pub fn status(code: Code) -> StatusCode {
    match code {
        Code::BadRequest => StatusCode::BAD_REQUEST,
        Code::NotSignedIn => StatusCode::UNAUTHORIZED,
        Code::WrongCredentials | Code::CrossSite => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::OutOfOrder | Code::DeviceTaken => StatusCode::CONFLICT,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::WrongContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        Code::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
        Code::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = (status(self.problem.code), Json(&*self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let code = if refusal == Refusal::NotSignedIn { Code::NotSignedIn } else { Code::Refused };
        let problem = Box::new(Problem { code, detail: String::new(), refusal: Some(refusal) });
        Self { problem, retry_after: None }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy | StoreError::Closed | StoreError::Replaced => Self::busy(),
            error => {
                // What the engine says may hold what people wrote: it is for the log, not for whoever asks.
                tracing::error!(%error, "the store failed");
                Self::new(Code::ServerError, "the store failed")
            }
        }
    }
}

impl From<CommitError> for Fault {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => error.into(),
            CommitError::Changed(_) | CommitError::Taken(_) => Self::busy(),
        }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Busy | Failure::Overtaken(_) => Self::busy(),
            failure => {
                tracing::error!(%failure, "a document cannot be read");
                Self::new(Code::ServerError, "a document cannot be read")
            }
        }
    }
}
