//! Holds programs to a share of a processor, as if each had a small machine of its own: control groups of Linux, either
//! version, which only root may make.

use std::{fs, io, path::PathBuf};

/// The groups, one for each program. When this is dropped the programs are free again and the groups are gone.
pub(crate) struct Shares {
    parent: PathBuf,
    groups: Vec<(PathBuf, u32)>,
}

/// In how long a program has its share, in microseconds: short, so that nobody waits long for the next one.
const PERIOD: u32 = 10_000;

impl Shares {
    /// Holds each of these processes to so many hundredths of a processor; nothing where the system does not let us.
    pub(crate) fn hold(processes: &[u32], percent: u32) -> Option<Self> {
        let versions = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup"].map(PathBuf::from);
        let parent = versions.into_iter().find(|parent| {
            let second = fs::read_to_string(parent.join("cgroup.controllers")).unwrap_or_default();
            parent.join("cpu.cfs_quota_us").exists() || second.split_whitespace().any(|name| name == "cpu")
        })?;
        let mut shares = Self { parent, groups: Vec::new() };
        for process in processes {
            if let Err(error) = shares.add(*process, percent * PERIOD / 100) {
                eprintln!("  programs cannot be held to a share of a processor: {error}");
                return None;
            }
        }
        Some(shares)
    }

    fn add(&mut self, process: u32, quota: u32) -> io::Result<()> {
        let group = self.parent.join(format!("datebook-bench-{process}"));
        fs::create_dir(&group)?;
        self.groups.push((group.clone(), process));
        if self.parent.join("cpu.cfs_quota_us").exists() {
            fs::write(group.join("cpu.cfs_period_us"), PERIOD.to_string())?;
            fs::write(group.join("cpu.cfs_quota_us"), quota.to_string())?;
        } else {
            fs::write(self.parent.join("cgroup.subtree_control"), "+cpu")?;
            fs::write(group.join("cpu.max"), format!("{quota} {PERIOD}"))?;
        }
        fs::write(group.join("cgroup.procs"), process.to_string())
    }
}

impl Drop for Shares {
    fn drop(&mut self) {
        for (group, process) in &self.groups {
            // A process that has ended is in no group.
            let _ = fs::write(self.parent.join("cgroup.procs"), process.to_string());
            let _ = fs::remove_dir(group);
        }
    }
}
