//! On what was measured.

use std::{fs, io::Write as _, path::Path, process::Command, time::Instant};

use crate::report::{figure, median};

/// How many others wanted a processor in the last minute. With any, figures are worse than they need be.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown").to_owned()
}

/// The machine, the moment and the state of the code, as lines of Markdown.
pub(crate) fn describe(folder: &Path, load: &str) -> anyhow::Result<String> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let of = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?.split_once(':')?.1.trim().to_owned();
        Some(line)
    };
    let unknown = || "unknown".to_owned();
    let processor = of(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown);
    let memory = of(&read("/proc/meminfo"), "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map_or_else(unknown, |kilobytes| format!("{} GiB", kilobytes >> 20));
    let cores = std::thread::available_parallelism()?;
    let folder_text = folder.to_string_lossy();
    let disk = words("df", &["--output=fstype", &folder_text]).lines().last().unwrap_or("unknown").to_owned();
    let kernel = words("uname", &["-sr"]);
    let changed = if words("git", &["status", "--porcelain"]).is_empty() { "" } else { ", with changes" };
    let commit = words("git", &["rev-parse", "--short=12", "HEAD"]);
    Ok(format!(
        "- measured on {}, at commit {commit}{changed}\n- {processor}, {cores} cores, {memory} of memory, {kernel}\n\
         - the disk: {disk}; one `fdatasync` of 4 KiB takes {} µs (median)\n\
         - the load of the minute before: {load}; on a quiet machine it is below 0.5\n",
        jiff::Zoned::now().date(),
        figure(sync(folder)? * 1e6)
    ))
}

/// What a program says, or nothing.
fn words(program: &str, arguments: &[&str]) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = Command::new(program).args(arguments).current_dir(root).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// How long one page takes until it is on disk, in seconds.
fn sync(folder: &Path) -> anyhow::Result<f64> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut took = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        took.push(began.elapsed().as_secs_f64());
    }
    Ok(median(&took))
}
