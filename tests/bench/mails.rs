//! A mail server that takes whatever comes and keeps nothing.

use testkit::smtp::{Brought, Sender};
use tokio::{net::TcpListener, task::JoinHandle};

/// The mail server; it ends when this is dropped.
pub(crate) struct Mails {
    /// What `--smtp` says.
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Mails {
    /// Starts it.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("smtp://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let Ok(mut sender) = Sender::greet(stream).await else { return };
                    while let Some(Brought::Recipient(_) | Brought::Mail { .. }) = sender.next().await {
                        if sender.take().await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Ok(Self { url, task })
    }
}

impl Drop for Mails {
    fn drop(&mut self) {
        self.task.abort();
    }
}
