//! Statements that are sent one after the other without waiting for answers in between.

use std::{future::Future, pin::Pin};

use futures_util::FutureExt;
use tokio_postgres::{Error, Row};

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Error>> + Send + 'a>>;

/// Statements on their way. The server runs them in order, and in a transaction none after one that failed.
#[derive(Default)]
pub(super) struct Pipeline<'a> {
    sent: Vec<Sent<'a>>,
}

enum Sent<'a> {
    Waiting(Answer<'a>),
    Answered(Result<Vec<Row>, Error>),
}

impl<'a> Pipeline<'a> {
    /// Sends a statement now: a request is on its way with the first poll of its future.
    pub(super) fn send(&mut self, statement: impl Future<Output = Result<Vec<Row>, Error>> + Send + 'a) {
        let mut answer: Answer<'a> = Box::pin(statement);
        self.sent.push(match answer.as_mut().now_or_never() {
            Some(answered) => Sent::Answered(answered),
            None => Sent::Waiting(answer),
        });
    }

    /// How many were sent.
    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }

    /// Waits until all are answered. The first error counts: those after it are its consequences.
    pub(super) async fn answers(self) -> Result<Vec<Vec<Row>>, Error> {
        let mut answers = Vec::with_capacity(self.sent.len());
        let mut failed = None;
        for sent in self.sent {
            let answered = match sent {
                Sent::Waiting(answer) => answer.await,
                Sent::Answered(answered) => answered,
            };
            match answered {
                Ok(rows) => answers.push(rows),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(answers), Err)
    }
}
