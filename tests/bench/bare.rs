//! The floor of everything that is asked over HTTP: a bare axum handler in a process of its own, with the same runtime
//! as the server and no middleware, that returns bytes which were recorded from the server.
//!
//! `POST /3` returns the third recording; `POST /rows/3` first reads rows from bare SQLite with one prepared statement.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path as Parts, State},
    http::header,
    response::Response,
    routing::post,
    serve::ListenerExt as _,
};
use rusqlite::Connection;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// The argument that makes this program the bare handler.
pub(crate) const ARGUMENT: &str = "--bare-handler";

/// A bare handler that runs; it ends when this is dropped.
pub(crate) struct Bare {
    _child: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Bare {
    /// Starts one that returns `bodies`; `rows` names a SQLite file and the space to read from it.
    pub(crate) async fn start(bodies: &[Vec<u8>], rows: Option<(&Path, &str)>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        for (number, body) in bodies.iter().enumerate() {
            std::fs::write(folder.path().join(number.to_string()), body)?;
        }
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ARGUMENT).arg(folder.path());
        if let Some((file, space)) = rows {
            command.arg(file).arg(space);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let address = lines.next_line().await?.context("the bare handler did not start")?;
        Ok(Self { _child: child, address })
    }
}

struct Recorded {
    bodies: Vec<Bytes>,
    rows: Option<Mutex<(Connection, String)>>,
}

/// Runs the handler: the process's whole life.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let folder = PathBuf::from(arguments.next().context("no folder")?);
    let mut bodies = Vec::new();
    while let Ok(body) = std::fs::read(folder.join(bodies.len().to_string())) {
        bodies.push(Bytes::from(body));
    }
    let rows = match (arguments.next(), arguments.next()) {
        (Some(file), Some(space)) => Some(Mutex::new((Connection::open(file)?, space))),
        _ => None,
    };
    // As the server makes its own.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        let router = Router::new().route("/{number}", post(recorded)).route("/rows/{number}", post(read));
        let router = router.with_state(Arc::new(Recorded { bodies, rows }));
        let listener = listener.tap_io(|stream| {
            // Without it large answers would wait for acknowledgements.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.context("the bare handler ended")
    })
}

async fn recorded(State(all): State<Arc<Recorded>>, Parts(number): Parts<usize>) -> Response {
    answer(all.bodies[number].clone())
}

async fn read(State(all): State<Arc<Recorded>>, Parts(number): Parts<usize>) -> Response {
    if let Some(rows) = &all.rows {
        let rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, space) = &*rows;
        let mut query = connection
            .prepare_cached(
                "SELECT document.kind, document.id, document.version, document.sort, document.body
                 FROM document JOIN space ON space.id = document.space
                 WHERE space.name = ?1 AND document.body IS NOT NULL ORDER BY document.version",
            )
            .unwrap();
        let mut found = query.query([space]).unwrap();
        let mut read: Vec<(String, String, i64, String, String)> = Vec::new();
        while let Some(row) = found.next().unwrap() {
            let value = |index| row.get(index).unwrap();
            read.push((value(0), value(1), row.get(2).unwrap(), value(3), value(4)));
        }
        std::hint::black_box(read);
    }
    answer(all.bodies[number].clone())
}

fn answer(body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
