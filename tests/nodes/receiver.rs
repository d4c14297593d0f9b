//! A mail server with a door for each node, which remembers what came through which and can be made to dawdle.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use testkit::smtp::{Brought, Sender};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::Instant,
};

/// A mail that came.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// Its Message-ID.
    pub(crate) id: String,
    pub(crate) to: String,
    /// Which node brought it, and in which of that node's lives.
    pub(crate) node: usize,
    pub(crate) life: usize,
    /// When all of it was there.
    pub(crate) at: Instant,
    /// When the node was told that it was taken.
    pub(crate) answered: Option<Instant>,
}

/// Whether a door answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// It takes mails at once.
    Open,
    /// It reads a mail to its end and says nothing.
    Silent,
}

struct State {
    mails: Vec<Mail>,
    doors: Vec<watch::Sender<Door>>,
    lives: Vec<usize>,
}

/// The mail server. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Receiver {
    state: Arc<Mutex<State>>,
    told: Arc<watch::Sender<usize>>,
    ports: Vec<u16>,
}

impl Receiver {
    /// A mail server with so many doors, all open.
    pub(crate) async fn start(doors: usize) -> Self {
        let state = State { mails: Vec::new(), doors: Vec::new(), lives: vec![0; doors] };
        let mut receiver = Self { state: Arc::new(Mutex::new(state)), told: Arc::default(), ports: Vec::new() };
        let mut listeners = Vec::new();
        for _ in 0..doors {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            receiver.ports.push(listener.local_addr().unwrap().port());
            receiver.state.lock().unwrap().doors.push(watch::Sender::new(Door::Open));
            listeners.push(listener);
        }
        for (node, listener) in listeners.into_iter().enumerate() {
            let receiver = receiver.clone();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let receiver = receiver.clone();
                    tokio::spawn(async move { receiver.talk(node, stream).await });
                }
            });
        }
        receiver
    }

    /// What `--smtp` says for a node.
    pub(crate) fn url(&self, node: usize) -> String {
        format!("smtp://127.0.0.1:{}", self.ports[node])
    }

    /// From now on the node's mails are read and not answered.
    pub(crate) fn silence(&self, node: usize) {
        self.state.lock().unwrap().doors[node].send_replace(Door::Silent);
    }

    /// The node's mails are answered again, those that wait for it too.
    pub(crate) fn open(&self, node: usize) {
        self.state.lock().unwrap().doors[node].send_replace(Door::Open);
    }

    /// The node has died: whoever comes through its door next is another. Says which life is over.
    pub(crate) fn next_life(&self, node: usize) -> usize {
        let life = &mut self.state.lock().unwrap().lives[node];
        *life += 1;
        *life - 1
    }

    /// The mails so far, in the order in which they came.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.state.lock().unwrap().mails.clone()
    }

    /// The mails that this life of the node has brought.
    pub(crate) fn brought(&self, node: usize) -> Vec<Mail> {
        let state = self.state.lock().unwrap();
        let life = state.lives[node];
        state.mails.iter().filter(|mail| mail.node == node && mail.life == life).cloned().collect()
    }

    /// Those of them that it was not told of.
    pub(crate) fn held(&self, node: usize) -> Vec<Mail> {
        self.brought(node).into_iter().filter(|mail| mail.answered.is_none()).collect()
    }

    /// How many different mails each address got, those of apps left out: nobody here counts what they were told.
    pub(crate) fn by_address(&self) -> BTreeMap<String, usize> {
        let mails = self.mails().into_iter().filter(|mail| !mail.to.starts_with("app-"));
        let ids: BTreeMap<String, String> = mails.map(|mail| (mail.id, mail.to)).collect();
        let mut counts = BTreeMap::new();
        for to in ids.into_values() {
            *counts.entry(to).or_default() += 1;
        }
        counts
    }

    /// Waits until something can be said of the mails.
    pub(crate) async fn until(&self, mut said: impl FnMut(&Self) -> bool) {
        let mut told = self.told.subscribe();
        while !said(self) {
            told.changed().await.expect("the mail server is there");
        }
    }

    async fn talk(&self, node: usize, stream: TcpStream) {
        let (mut door, life) = {
            let state = self.state.lock().unwrap();
            (state.doors[node].subscribe(), state.lives[node])
        };
        let Ok(mut sender) = Sender::greet(stream).await else { return };
        while let Some(brought) = sender.next().await {
            let number = match &brought {
                Brought::Recipient(_) => None,
                Brought::Mail { to, text } => Some(self.keep(node, life, text, to)),
            };
            if number.is_some() && door.wait_for(|door| *door == Door::Open).await.is_err() {
                return;
            }
            if sender.take().await.is_err() {
                return;
            }
            if let Some(number) = number {
                self.state.lock().unwrap().mails[number].answered = Some(Instant::now());
                self.tell();
            }
        }
    }

    /// Keeps a mail and gives its number.
    fn keep(&self, node: usize, life: usize, text: &str, to: &str) -> usize {
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("a mail has a name");
        let mail = Mail { id: id.to_owned(), to: to.to_owned(), node, life, at: Instant::now(), answered: None };
        let mut state = self.state.lock().unwrap();
        state.mails.push(mail);
        let number = state.mails.len() - 1;
        drop(state);
        self.tell();
        number
    }

    fn tell(&self) {
        self.told.send_modify(|count| *count += 1);
    }
}
