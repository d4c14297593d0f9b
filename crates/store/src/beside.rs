//! Work that waits for the disk.

use crate::StoreError;

/// Runs what blocks on a thread of its own.
pub(crate) async fn beside<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|stopped| Err(StoreError::Engine(stopped.to_string()).into()))
}
