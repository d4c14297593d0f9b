//! A database without LISTEN and NOTIFY: the one there is, behind a line on which nobody can say these words.
//!
//! Between the engine and PostgreSQL stands a plain TCP proxy that misspells both words in every statement, so the server
//! answers what an engine without them answers: a syntax error to the one, an unknown function to the other.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
};

use super::{others, url};
use crate::{AnyStore, Engine, Store as _, postgres::PostgresEngine};

/// What is said, and what arrives: as long, so that the messages' lengths stay right.
const WORDS: [(&[u8], &[u8]); 2] = [(b"LISTEN ", b"LISTEM "), (b"pg_notify(", b"pg_notifx(")];

/// The line. It takes new connections for as long as its runtime lives.
#[derive(Clone)]
pub(super) struct Deaf {
    /// Where the database is reached through it.
    pub(super) url: String,
    misspelt: Arc<[AtomicUsize; 2]>,
}

impl Deaf {
    pub(super) async fn line() -> Self {
        let of: tokio_postgres::Config = url().parse().unwrap();
        let to = ("127.0.0.1", of.get_ports()[0]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let misspelt = Arc::<[AtomicUsize; 2]>::default();
        let deaf = Self { url: url().replace(&format!(":{}/", to.1), &format!(":{port}/")), misspelt };
        assert_ne!(deaf.url, url(), "the address names its port");
        let counts = Arc::clone(&deaf.misspelt);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(to).await else { continue };
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let (from_client, mut to_client) = client.into_split();
                let (mut from_server, to_server) = server.into_split();
                let counts = Arc::clone(&counts);
                tokio::spawn(async move { misspell(from_client, to_server, &counts).await });
                tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
            }
        });
        deaf
    }

    /// How often LISTEN and NOTIFY were tried.
    pub(super) fn tried(&self) -> [usize; 2] {
        [0, 1].map(|word| self.misspelt[word].load(Ordering::SeqCst))
    }
}

/// Carries messages of PostgreSQL's protocol one by one: the first has no letter before its length.
async fn misspell(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    counts: &[AtomicUsize; 2],
) -> std::io::Result<()> {
    let mut letters = 0;
    loop {
        let mut message = vec![0; letters + 4];
        from.read_exact(&mut message).await?;
        let length: [u8; 4] = message[letters..].try_into().expect("four bytes");
        message.resize(letters + u32::from_be_bytes(length) as usize, 0);
        from.read_exact(&mut message[letters + 4..]).await?;
        for ((said, heard), count) in WORDS.iter().zip(counts) {
            while let Some(at) = message.windows(said.len()).position(|window| window == *said) {
                message[at..at + said.len()].copy_from_slice(heard);
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
        to.write_all(&message).await?;
        letters = 1;
    }
}

/// A realm of its own, reached over such a line.
async fn fresh() -> (AnyStore, Deaf) {
    let deaf = Deaf::line().await;
    let engine = Engine::open(&deaf.url).await.expect("the server is there");
    (engine.realm(&super::name()), deaf)
}

crate::conformance!(fresh);

#[tokio::test]
async fn nodes_hear_each_other_without_a_call() {
    let deaf = Deaf::line().await;
    let (here, there) =
        (PostgresEngine::open(&deaf.url).await.unwrap(), PostgresEngine::open(&deaf.url).await.unwrap());
    others::hears(&here, &there, 5).await;
    let [listens, calls] = deaf.tried();
    assert_eq!((listens, calls), (2, 1), "each has asked once to listen, who wrote has called once, and then no more");
}

#[tokio::test]
async fn a_node_that_cannot_call_is_heard_by_one_that_listens() {
    let deaf = Deaf::line().await;
    let (here, there) = (super::engine().await, PostgresEngine::open(&deaf.url).await.unwrap());
    let name = super::name();
    let mut hears = here.realm(&name).watch();
    crate::Store::commit(&there.realm(&name), super::batch([super::note("a", "1")])).await.unwrap();
    // As a server does every second.
    let heard = async {
        loop {
            here.hear_others().await.unwrap();
            if let Ok(touched) = hears.try_recv() {
                return touched.version;
            }
        }
    };
    let heard = tokio::time::timeout(std::time::Duration::from_secs(20), heard).await;
    assert_eq!(heard.expect("a look finds it"), 1, "what no call told of");
    there.close().await;
}
