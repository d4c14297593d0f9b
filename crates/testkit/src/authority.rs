//! An authority in Apple's place and a pass certificate under it, made by OpenSSL for one test.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{fs, path::PathBuf, process::Command};

/// As Apple writes it into a pass certificate.
pub const PASS_TYPE: &str = "pass.example.salon";
/// The same for the team.
pub const TEAM: &str = "TEAM123456";

/// A folder with `ca.pem` and `ca.key`, and with `pass.pem` and `pass.key` under it.
pub struct Authority {
    folder: tempfile::TempDir,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// With a pass certificate for [`PASS_TYPE`] and [`TEAM`].
    ///
    /// # Panics
    /// As all of this: when there is no OpenSSL, or it fails.
    pub fn new() -> Self {
        let subject = format!("/UID={PASS_TYPE}/CN=Pass Type ID: {PASS_TYPE}/OU={TEAM}/O=Salon Ada/C=DE");
        Self::with(&subject)
    }

    /// With a pass certificate of that subject.
    pub fn with(subject: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Self { folder };
        let extensions =
            "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=emailProtection,codeSigning\n";
        fs::write(authority.path("extensions"), extensions).unwrap();
        authority.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-days",
            "3650",
            "-subj",
            "/CN=Test WWDR CA/C=US",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
        ]);
        authority.openssl(&[
            "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "pass.key", "-out", "pass.csr", "-subj", subject,
        ]);
        authority.openssl(&[
            "x509",
            "-req",
            "-in",
            "pass.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "365",
            "-extfile",
            "extensions",
            "-out",
            "pass.pem",
        ]);
        authority
    }

    /// The path of a file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of its folder.
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Runs OpenSSL in the authority's folder, and it succeeds.
    pub fn openssl(&self, arguments: &[&str]) -> String {
        self.try_openssl(arguments).unwrap_or_else(|why| panic!("openssl {arguments:?}: {why}"))
    }

    /// Runs OpenSSL in the authority's folder.
    ///
    /// # Errors
    /// What OpenSSL said.
    pub fn try_openssl(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new("openssl").args(arguments).current_dir(self.folder.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}
