//! A device in a process of its own, which can be killed as a system kills an app.
//!
//! The test starts its own program again with [`FOLDER`] set; there [`the_device_itself`] answers one question a line
//! until it is killed, or until whoever asks is gone.

use std::{
    io::{BufRead as _, Write as _},
    path::Path,
    process::Stdio,
};

use client::{App, Notice, Receipt, Reply, Waiting};
use domain::CommandId;
use portal::{Command, Screen, View};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
};
use uuid::Uuid;

use crate::{killed, phone};

/// Names the folder of the device that a process is.
const FOLDER: &str = "DATEBOOK_TEST_DEVICE";

/// What stands before a line that is meant for the test; the test harness writes lines too.
const MARK: &str = "device: ";

/// A question to the device.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Ask {
    View(View),
    Execute(Command),
    Outbox,
    Notices,
    Sync,
    /// Answers when no command waits for its verdict any more and what they did has been pulled.
    Settled,
    /// Gives commands until it is killed. The answers are [`killed::Given`].
    Hurry {
        seed: u64,
    },
}

/// A device in a process of its own. It is killed when it is dropped.
pub(crate) struct Pocket {
    child: Child,
    asks: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Pocket {
    /// Starts the device of a folder. It may not be through with opening it yet.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "pocket::the_device_itself", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { asks: child.stdin.take().unwrap(), child, lines }
    }

    /// Asks without waiting for an answer.
    pub(crate) async fn tell(&mut self, ask: &Ask) {
        let line = format!("{}\n", serde_json::to_string(ask).unwrap());
        self.asks.write_all(line.as_bytes()).await.unwrap();
    }

    /// The next thing it says; nothing when it is gone.
    pub(crate) async fn heard<T: DeserializeOwned>(&mut self) -> Option<T> {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            if let Some((_, said)) = line.split_once(MARK) {
                // What a kill cut short was not said.
                return serde_json::from_str(said).ok();
            }
        }
        None
    }

    async fn ask<T: DeserializeOwned>(&mut self, ask: Ask) -> T {
        self.tell(&ask).await;
        let answer = tokio::time::timeout(phone::PATIENCE, self.heard()).await;
        answer.ok().flatten().unwrap_or_else(|| panic!("no answer to {ask:?}"))
    }

    pub(crate) async fn screen(&mut self, view: View) -> Screen {
        phone::screen(self.ask::<Reply>(Ask::View(view)).await)
    }

    pub(crate) async fn give(&mut self, command: Command) -> CommandId {
        phone::waiting(self.ask::<Receipt>(Ask::Execute(command)).await)
    }

    pub(crate) async fn outbox(&mut self) -> Vec<Waiting> {
        self.ask(Ask::Outbox).await
    }

    pub(crate) async fn notices(&mut self) -> Vec<Notice> {
        self.ask(Ask::Notices).await
    }

    pub(crate) async fn sync(&mut self) {
        self.ask::<()>(Ask::Sync).await;
    }

    pub(crate) async fn settled(&mut self) {
        self.ask::<()>(Ask::Settled).await;
    }

    /// `kill -9`, and waits until the process is gone. What it said before can still be heard.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Says something to the test.
pub(crate) fn say(what: &impl Serialize) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{}", serde_json::to_string(what).unwrap()).unwrap();
    out.flush().unwrap();
}

/// The device's own process. In a run of all tests there is no folder and nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_device_itself() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let app = phone::open(Path::new(&folder)).await;
    let business = app.current().await.unwrap().unwrap();
    app.start().await;
    // The runtime's own threads do the work: this one may block.
    for line in std::io::stdin().lock().lines() {
        answer(&app, business, serde_json::from_str(&line.unwrap()).unwrap()).await;
    }
}

async fn answer(app: &App, business: Uuid, ask: Ask) {
    match ask {
        Ask::View(view) => say(&app.view(business, view).await.unwrap()),
        Ask::Execute(command) => say(&app.execute(business, command).await.unwrap()),
        Ask::Outbox => say(&app.outbox(business).await.unwrap()),
        Ask::Notices => say(&app.notices(business).await.unwrap()),
        Ask::Sync => {
            app.sync_now(business).await.unwrap();
            say(&());
        }
        Ask::Settled => {
            let mut events = app.events();
            while app.businesses().await.unwrap()[0].waiting > 0 {
                phone::heard(&mut events).await;
            }
            // The verdicts are here; what they brought about comes with the next pull.
            app.sync_now(business).await.unwrap();
            say(&());
        }
        Ask::Hurry { seed } => killed::hurry(app, business, seed).await,
    }
}
