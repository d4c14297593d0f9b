//! How long something may take.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use tokio::time::{error::Elapsed, timeout};

/// As [`timeout`], but what is ready at once sets no clock, and carries none along: a clock costs more than most answers.
pub(crate) async fn within<F: Future>(patience: Duration, work: F) -> Result<F::Output, Elapsed> {
    let mut work = pin!(work);
    if let Poll::Ready(done) = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
        return Ok(done);
    }
    Box::pin(timeout(patience, work)).await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn patience_has_an_end() {
        assert_eq!(within(Duration::ZERO, ready(7)).await, Ok(7), "what is there needs no patience");
        let soon = async {
            yield_now().await;
            7
        };
        assert_eq!(within(Duration::from_secs(60), soon).await, Ok(7), "what comes in time is taken");
        assert!(within(Duration::from_millis(1), pending::<()>()).await.is_err(), "what never comes is not waited for");
    }
}
