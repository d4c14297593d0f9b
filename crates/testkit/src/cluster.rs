//! A PostgreSQL server of a test's own, to be stopped and started again.
//!
//! Tests that only need a server take the one that `scripts/postgres` starts for all of them: [`address`].

use std::{
    io::{self, BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
};

use tempfile::TempDir;

/// Where `scripts/postgres` says its server is.
const ADDRESS: &str = "DATEBOOK_TEST_POSTGRES";

/// The address of the server that all tests share; what a test writes there it must find by names of its own.
///
/// # Errors
/// When the tests were not started beside a server.
pub fn address() -> io::Result<String> {
    let how = "names no server: run the tests as `scripts/postgres cargo nextest run …`";
    std::env::var(ADDRESS).map_err(|_| io::Error::other(format!("{ADDRESS} {how}")))
}

/// A server in a folder of its own, on the loopback. It ends, and its folder goes, when this is dropped.
pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    /// Nothing while it is stopped.
    server: Option<Child>,
}

impl Cluster {
    /// Makes one and starts it.
    ///
    /// # Errors
    /// When the server's programs are not installed, or say no.
    pub fn start() -> io::Result<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("datebook-cluster.").tempdir()?;
        if is_root()? {
            succeed(Command::new("chown").arg(unprivileged()?).arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        let mut make = server_side(&programs.join("initdb"), folder.path())?;
        make.args(["-U", "datebook", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]).arg(&data);
        succeed(&mut make)?;
        let mut cluster = Self { programs, folder, port: 0, server: None };
        // A port that is free now may be taken before the server has it; then another one is tried.
        let mut last = None;
        for _ in 0..10 {
            cluster.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            match cluster.resume() {
                Ok(()) => return Ok(cluster),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::other("no port")))
    }

    /// Where it listens, running or not.
    pub fn url(&self) -> String {
        format!("postgres://datebook@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it again after [`Self::stop`], at the same port; when this returns it takes connections.
    ///
    /// # Errors
    /// When it ends before it is ready.
    pub fn resume(&mut self) -> io::Result<()> {
        let mut server = server_side(&self.programs.join("postgres"), self.folder.path())?
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=400"])
            // What it has answered it has handed to the system, so it survives the server; not a power cut.
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .arg("-c")
            .arg(format!("unix_socket_directories={}", self.folder.path().display()))
            .stderr(Stdio::piped())
            .spawn()?;
        let said = server.stderr.take().ok_or_else(|| io::Error::other("no output"))?;
        self.server = Some(server);
        let (tell, told) = mpsc::channel();
        // Reads to the end, or the server would wait for somebody to read.
        std::thread::spawn(move || {
            let mut last = String::new();
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if line.contains("ready to accept connections") {
                    let _ = tell.send(Ok(()));
                }
                last = line;
            }
            let _ = tell.send(Err(io::Error::other(format!("PostgreSQL has ended: {last}"))));
        });
        let ready = told.recv().unwrap_or_else(|_| Err(io::Error::other("PostgreSQL said nothing")));
        if ready.is_err() {
            self.stop()?;
        }
        ready
    }

    /// Ends it at once, as a crash does: connections break, and nothing is finished.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn stop(&mut self) -> io::Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        // QUIT takes the server's own children along; killed by force it would leave them behind.
        let _ = Command::new("kill").args(["-QUIT", &server.id().to_string()]).stderr(Stdio::null()).status();
        server.wait().map(|_| ())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Where the server's programs are: Debian keeps them by version, out of the PATH.
fn programs() -> io::Result<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    folders.sort();
    if let Ok(said) = Command::new("pg_config").arg("--bindir").output() {
        folders.insert(0, PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()));
    }
    let found = folders.into_iter().rev().find(|folder| folder.join("postgres").exists());
    found.ok_or_else(|| io::Error::other("PostgreSQL's server is not installed (Debian: apt-get install postgresql)"))
}

/// A program that runs as somebody who may run a server: it refuses to be root.
fn server_side(program: &Path, folder: &Path) -> io::Result<Command> {
    let mut command = if is_root()? {
        let user = unprivileged()?;
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={user}"), "--clear-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command)
}

fn is_root() -> io::Result<bool> {
    Ok(said(Command::new("id").arg("-u"))? == "0")
}

/// The user that Debian's package makes, or whoever has least.
fn unprivileged() -> io::Result<&'static str> {
    Ok(if Command::new("id").arg("postgres").output()?.status.success() { "postgres" } else { "nobody" })
}

fn said(command: &mut Command) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&command.output()?.stdout).trim().to_owned())
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let output = command.stderr(Stdio::piped()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let name = command.get_program().to_string_lossy().into_owned();
    Err(io::Error::other(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}
