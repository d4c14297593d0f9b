//! Opens windows in turns, inside the session that was made for them.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::Round;

/// What each of the two writes when its screen has been painted.
const STANDS: &str = "the first screen stands";
/// How long until a window has come to rest: what it did at the start is done, and nobody touches it.
const REST: Duration = Duration::from_secs(5);
/// How long a screen may take. One that cannot read the folder, because it is older than the rest, never comes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Names the window that a process belongs to. Its children inherit it, whoever their parent is later.
const MARK: &str = "DATEBOOK_BENCH_WINDOW";

/// Runs the rounds and writes them as JSON. Arguments: the app's folder, the file, the app, the bare window, how many rounds.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let mut next = || arguments.next().context("an argument is missing");
    let [device, result, app, bare] = [next()?, next()?, next()?, next()?].map(PathBuf::from);
    let count: usize = next()?.parse()?;
    let mut rounds = Vec::new();
    // The first is for warming up: both make their folders.
    for number in 0..=count {
        let ours = round(&app, &device, number * 2)?;
        let floor = round(&bare, &device, number * 2 + 1)?;
        eprintln!("    {:.0} and {:.0} ms, {:.0} and {:.0} MB", ours.start, floor.start, ours.memory, floor.memory);
        if number > 0 {
            rounds.push([ours, floor]);
        }
    }
    fs::write(result, serde_json::to_vec(&rounds)?)?;
    Ok(())
}

fn round(program: &Path, device: &Path, number: usize) -> anyhow::Result<Round> {
    let mark = format!("{}-{number}", std::process::id());
    let begun = Instant::now();
    let mut window = Window(
        Command::new(program)
            .env(MARK, &mark)
            .env("DATEBOOK_APP_DATA", device)
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| program.display().to_string())?,
    );
    let lines = BufReader::new(window.0.stderr.take().context("no output")?).lines();
    let (saying, said) = mpsc::channel();
    // To its end: whatever it says later must not fill the pipe.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(saying.send(line))));
    let mut other = Vec::new();
    loop {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        match said.recv_timeout(left) {
            Ok(line) if line.contains(STANDS) => break,
            Ok(line) => other.push(line),
            Err(_) => anyhow::bail!("no screen came of {}, which said: {}", program.display(), other.join("\n")),
        }
    }
    let start = begun.elapsed().as_secs_f64() * 1e3;
    std::thread::sleep(REST);
    let memory = memory(&mark)?;
    window.close(&mark)?;
    Ok(Round { start, memory })
}

/// A program with a window; it is killed when it is dropped.
struct Window(Child);

impl Window {
    /// Asks it to end and waits until all of its processes have: the next one starts alone.
    fn close(&mut self, mark: &str) -> anyhow::Result<()> {
        let ended = Command::new("kill").arg(self.0.id().to_string()).status()?;
        anyhow::ensure!(ended.success(), "a window cannot be closed");
        self.0.wait()?;
        let begun = Instant::now();
        while !processes(mark)?.is_empty() {
            anyhow::ensure!(begun.elapsed() < Duration::from_secs(20), "a window's processes do not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a window's processes hold, in megabytes: pages that several share count for each in part (PSS).
fn memory(mark: &str) -> anyhow::Result<f64> {
    let mut kilobytes = 0;
    for process in processes(mark)? {
        let text = fs::read_to_string(process.join("smaps_rollup"))?;
        let pss = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no sum of pages")?;
        kilobytes += pss.trim().trim_end_matches(" kB").parse::<u64>()?;
    }
    Ok(kilobytes as f64 * 1_024.0 / 1e6)
}

/// The folders in `/proc` of the processes that belong to a window: of the program itself and of the web view.
fn processes(mark: &str) -> anyhow::Result<Vec<PathBuf>> {
    let wanted = format!("{MARK}={mark}").into_bytes();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let number =
            path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        // Those that ended meanwhile, and other people's, are not ours.
        if number
            && fs::read(path.join("environ")).is_ok_and(|all| all.split(|byte| *byte == 0).any(|one| one == wanted))
        {
            found.push(path);
        }
    }
    Ok(found)
}
