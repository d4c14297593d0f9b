//! The two families of no in one type, so that `?` works inside the portal.

use domain::Refusal;
use store::StoreError;

use crate::Failure;

/// Why a step did not come to its end.
#[derive(Debug, Clone)]
pub(crate) enum No {
    /// The rules say no.
    Refused(Refusal),
    /// Something broke.
    Failed(Failure),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for No {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StoreError> for No {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// The outer error is a failure, the inner one a refusal, as everybody outside sees it.
pub(crate) fn apart<T>(answer: Result<T, No>) -> Result<Result<T, Refusal>, Failure> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(No::Refused(refusal)) => Ok(Err(refusal)),
        Err(No::Failed(failure)) => Err(failure),
    }
}
