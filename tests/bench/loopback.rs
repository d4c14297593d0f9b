//! Beside promise 3: a first sync against the least that the same bytes cost on the loopback: a plain socket, on whose
//! other end a thread writes them as soon as it is asked.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    time::Instant,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    load::ok,
    pull::known,
    report::{Line, Report, Target, figure, median},
    salon::{self, Plan},
    stage::{Setting, Stage, record},
    wire::{Wire, post},
};

const PATH: &str = "/api/v1/pull";

/// Measures.
pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::open(setting, Plan { horizon: 90, full: 92 }, [salon::ARCHIVE.to_owned()]).await?;
    let archive = &stage.people[0];
    let mut pull = known(stage.address(), archive).await?;
    pull.have.remove(portal::spaces::customer(archive.customer).as_str());
    let body = serde_json::to_string(&pull)?;
    for gzip in [false, true] {
        let request = post(PATH, Some(archive.token()), gzip, &body);
        let bytes = record(stage.address(), std::slice::from_ref(&request)).await?.remove(0);
        let sent = bytes.len();
        let mut socket = Socket::open(request.len(), bytes).await?;
        let mut subject = Wire::connect(stage.address()).await?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..8 * setting.rounds.count {
            theirs.push(socket.ask(&request).await?);
            let began = Instant::now();
            ok(&subject.ask(&request).await?)?;
            ours.push(began.elapsed().as_secs_f64());
        }
        let speed = |seconds: f64| sent as f64 / 1_000_000.0 / seconds;
        let told = |seconds: f64| format!("{} MB/s, {} ms", figure(speed(seconds)), figure(seconds * 1e3));
        let gzip = if gzip { "with gzip" } else { "without gzip" };
        report.push(Line {
            promise: "",
            what: format!("a first sync, {gzip}, as bytes on the wire ({sent}); the floor is a plain socket with them"),
            ours: told(median(&ours)),
            floor: told(median(&theirs)),
            ratios: ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect(),
            target: Target::Time,
        });
    }
    Ok(())
}

/// A socket whose other end answers each request with the same bytes.
struct Socket {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Socket {
    /// Requests of one length, answered by bytes.
    async fn open(request: usize, bytes: Vec<u8>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = listener.local_addr()?;
        let answer = vec![0; bytes.len()];
        std::thread::spawn(move || {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut asked = vec![0; request];
            // Until whoever asks has gone.
            while stream.read_exact(&mut asked).is_ok() && stream.write_all(&bytes).is_ok() {}
        });
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer })
    }

    /// Seconds from the request to the last byte.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<f64> {
        let began = Instant::now();
        self.stream.write_all(request).await?;
        self.stream.read_exact(&mut self.answer).await?;
        Ok(began.elapsed().as_secs_f64())
    }
}
