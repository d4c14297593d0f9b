//! The server as a program of its own.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// `datebook-server serve`, on a folder. It is killed when it is dropped.
pub struct Program {
    child: Child,
    /// Where it listens, for example `http://127.0.0.1:40123`.
    pub address: String,
}

impl Program {
    /// Loads a business file into a folder.
    ///
    /// # Errors
    /// What the program says.
    pub async fn apply(folder: &Path, business: &Path) -> anyhow::Result<()> {
        Self::apply_to(folder, business, &[]).await
    }

    /// The same, with further arguments, such as `--database`.
    ///
    /// # Errors
    /// What the program says.
    pub async fn apply_to(folder: &Path, business: &Path, arguments: &[&str]) -> anyhow::Result<()> {
        let mut apply = command()?;
        apply.arg("apply").arg(business).arg("--data").arg(folder).args(arguments);
        let output = apply.output().await?;
        if !output.status.success() {
            bail!("apply: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Copies a server's database to a file, whether the server runs or not.
    ///
    /// # Errors
    /// What the program says.
    pub async fn backup(folder: &Path, file: &Path) -> anyhow::Result<()> {
        let output = command()?.arg("backup").arg(file).arg("--data").arg(folder).output().await?;
        if !output.status.success() {
            bail!("backup: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Puts such a copy in the place of a server's database, whether the server runs or not.
    ///
    /// # Errors
    /// What the program says.
    pub async fn restore(folder: &Path, file: &Path) -> anyhow::Result<()> {
        let output = command()?.arg("restore").arg(file).arg("--data").arg(folder).output().await?;
        if !output.status.success() {
            bail!("restore: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Starts a demonstration and waits until it listens. `port` 0 takes a free one. `arguments` come after `serve`.
    ///
    /// # Errors
    /// When it ends before it listens.
    pub async fn serve(folder: &Path, port: u16, arguments: &[&str]) -> anyhow::Result<Self> {
        Self::start(folder, port, &[&["--demo"], arguments].concat()).await
    }

    /// The same, but no demonstration: mails go where the arguments say.
    ///
    /// # Errors
    /// When it ends before it listens.
    pub async fn start(folder: &Path, port: u16, arguments: &[&str]) -> anyhow::Result<Self> {
        let mut child = command()?
            .args(["serve", "--log", "warn", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(folder)
            .args(arguments)
            // The few customers of a test do what many do elsewhere.
            .env("DATEBOOK_COMMANDS_PER_CUSTOMER", "1000000")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(address) = line.trim().strip_prefix("listening on ") {
                let address = address.to_owned();
                // Whatever else it says goes nowhere, but must not fill the pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { child, address });
            }
        }
        bail!("the server ended before it listened: {}", child.wait().await?)
    }

    /// The number of its process, while it runs.
    pub fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0)
    }

    /// `kill -9`, and waits until the process is gone.
    ///
    /// # Errors
    /// When the system does not let us.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("kill")
    }

    /// Asks it to stop (SIGTERM), and waits until it has.
    ///
    /// # Errors
    /// When it ends otherwise than well.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.signal("TERM").await?;
        let ended = self.child.wait().await?;
        anyhow::ensure!(ended.success(), "the server ended with {ended}");
        Ok(())
    }

    /// Sends it a signal, for example `STOP`, which makes it stand still, or `CONT`, which makes it go on.
    ///
    /// # Errors
    /// When the system does not let us.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let process = self.child.id().context("it has ended")?.to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &process]).status().await?;
        anyhow::ensure!(sent.success(), "kill -{name} {process}: {sent}");
        Ok(())
    }
}

/// Has the program go by nothing but its arguments: what a shell or a `datebook.toml` names may be a database that
/// people work with.
pub fn on_its_own(command: &mut std::process::Command) {
    without(command, std::env::vars_os().map(|(name, _)| name));
}

fn without(command: &mut std::process::Command, variables: impl Iterator<Item = OsString>) {
    for name in variables.filter(|name| name.to_string_lossy().starts_with("DATEBOOK_")) {
        command.env_remove(name);
    }
    command.env("DATEBOOK_CONFIG", "/dev/null");
}

fn command() -> anyhow::Result<Command> {
    let mut command = Command::new(executable()?);
    on_its_own(command.as_std_mut());
    Ok(command)
}

/// The program beside the test that runs: `target/<profile>/datebook-server`.
fn executable() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(Path::parent).context("no target folder")?;
    let path = folder.join(format!("datebook-server{}", std::env::consts::EXE_SUFFIX));
    if !path.exists() {
        bail!("{} is missing: build it first (cargo build -p datebook-server)", path.display());
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn a_server_of_a_test_knows_nothing_of_the_shell_and_the_folder() {
        let mut command = std::process::Command::new("datebook-server");
        without(&mut command, ["DATEBOOK_DATABASE", "DATEBOOK_CONFIG", "PATH"].map(OsString::from).into_iter());
        let set: Vec<_> = command.get_envs().collect();
        let (config, database) = (OsStr::new("DATEBOOK_CONFIG"), OsStr::new("DATEBOOK_DATABASE"));
        let wanted = [(config, Some(OsStr::new("/dev/null"))), (database, None)];
        assert_eq!(set, wanted, "a database that people work with is not named, and all else stays");
    }
}
