//! The server with the sample business, opened and closed as a test likes.

use std::path::Path;

use tempfile::TempDir;
use testkit::Program;

/// The server. It keeps its address for as long as the test goes on.
pub(crate) struct Shop {
    folder: TempDir,
    port: u16,
    pub(crate) address: String,
    program: Option<Program>,
}

impl Shop {
    /// Loads the sample and starts.
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Program::apply(folder.path(), &datebook_tests::business()).await.unwrap();
        let program = Program::serve(folder.path(), 0, &[]).await.unwrap();
        Self { port: program.port(), address: program.address.clone(), program: Some(program), folder }
    }

    /// `kill -9`; nothing happens when it is closed.
    pub(crate) async fn close(&mut self) {
        if let Some(program) = self.program.take() {
            program.kill().await.unwrap();
        }
    }

    /// Starts it again at the same address; nothing happens when it is open.
    pub(crate) async fn reopen(&mut self) {
        if self.program.is_none() {
            self.program = Some(Program::serve(self.folder.path(), self.port, &[]).await.unwrap());
        }
    }

    /// Where its database is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}
