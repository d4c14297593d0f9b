//! Every setting, declared once: its name, its default and its words make the flag, the environment variable, the line
//! of the file and the help text. A flag wins over the environment, that over the file, that over the default.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use axum::http::HeaderName;
use jiff::SignedDuration;

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident ($env:literal, $value:literal, $shown:literal $(, $($extra:tt)+)?): $type:ty = $default:expr;)+) => {
        /// What the server goes by.
        #[derive(Clone)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        /// The settings as flags and environment variables.
        #[derive(Clone, Default, clap::Args)]
        pub struct Flags {
            $(
                #[doc = concat!("See [`Settings::", stringify!($name), "`].")]
                #[arg(
                    long, global = true, env = $env, hide_env_values = true, value_name = $value,
                    help = concat!($($doc,)+ " [default: ", $shown, "]") $(, $($extra)+)?
                )]
                pub $name: Option<$type>,
            )+
        }

        /// The settings as a file.
        #[derive(Default, serde::Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        struct File {
            $($name: Option<$type>,)+
        }

        impl Settings {
            fn merged(flags: Flags, file: File) -> Self {
                Self { $($name: flags.$name.or(file.$name).unwrap_or_else(|| $default),)+ }
            }

            /// The names of all settings, in order.
            pub fn names() -> &'static [&'static str] {
                &[$(stringify!($name)),+]
            }
        }
    };
}

settings! {
    /// The folder that holds everything the server knows
    data ("DATEBOOK_DATA", "DIR", "./datebook-data"): PathBuf = PathBuf::from("datebook-data");
    /// The database: sqlite:FILE, or postgres://user:password@host/name for any number of servers at once
    database ("DATEBOOK_DATABASE", "URL", "the file datebook.sqlite in --data", hide_default_value = true): String = String::new();
    /// Where to listen; port 0 takes any free one
    listen ("DATEBOOK_LISTEN", "ADDRESS:PORT", "127.0.0.1:8787"): SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8787));
    /// What people type to come here, for example https://salon.example; links in mails begin with it. Needed when
    /// --listen is 0.0.0.0 or ::, where nobody can go
    origin ("DATEBOOK_ORIGIN", "URL", "made from --listen"): String = String::new();
    /// The certificate chain, a PEM file; with --tls-key, the server speaks HTTPS
    tls_cert ("DATEBOOK_TLS_CERT", "FILE", "none"): PathBuf = PathBuf::new();
    /// The certificate's key, a PEM file
    tls_key ("DATEBOOK_TLS_KEY", "FILE", "none"): PathBuf = PathBuf::new();
    /// Speak plain HTTP on addresses other than loopback: only behind a proxy that speaks HTTPS
    plain_http_anywhere ("DATEBOOK_PLAIN_HTTP_ANYWHERE", "BOOL", "false", num_args = 0..=1, default_missing_value = "true", require_equals = true): bool = false;
    /// The header in which your proxy names the client, for example x-forwarded-for; its last entry counts
    client_header ("DATEBOOK_CLIENT_HEADER", "HEADER", "none"): String = String::new();
    /// The mail server: smtp://host, smtps://user:password@host, or smtp://…?tls=required for STARTTLS
    smtp ("DATEBOOK_SMTP", "URL", "none: mails wait"): String = String::new();
    /// The address mails come from
    mail_from ("DATEBOOK_MAIL_FROM", "ADDRESS", "datebook@ and the origin's host"): String = String::new();
    /// How many seconds a node may take to do a job, such as handing over a mail; when it has died, others do it after
    /// that time. Nodes on one database have clocks that differ by less
    lease ("DATEBOOK_LEASE", "SECONDS", "60"): u32 = 60;
    /// Demonstration: mails land in the page /mailbox for everybody to read, and nothing is sent
    demo ("DATEBOOK_DEMO", "BOOL", "false", num_args = 0..=1, default_missing_value = "true", require_equals = true): bool = false;
    /// The address of the customer that a demonstration offers to sign in as
    demo_email ("DATEBOOK_DEMO_EMAIL", "ADDRESS", "demo@example.com"): String = "demo@example.com".to_owned();
    /// How many sign-in attempts one email address has in a quarter of an hour
    attempts_per_address ("DATEBOOK_ATTEMPTS_PER_ADDRESS", "COUNT", "10"): u32 = 10;
    /// How many sign-in attempts one client has in a quarter of an hour
    attempts_per_client ("DATEBOOK_ATTEMPTS_PER_CLIENT", "COUNT", "100"): u32 = 100;
    /// How many things one customer may have done in a quarter of an hour: bookings, moves, passes, whatever is asked
    /// for
    commands_per_customer ("DATEBOOK_COMMANDS_PER_CUSTOMER", "COUNT", "300"): u32 = 300;
    /// How many seconds a client may take to send the head of a request, and again for its body
    patience ("DATEBOOK_PATIENCE", "SECONDS", "10"): u32 = 10;
    /// How many connections are open at a time; fewer when the system gives this process fewer files
    connections ("DATEBOOK_CONNECTIONS", "COUNT", "12000"): u32 = 12_000;
    /// How many requests are worked on at a time
    requests ("DATEBOOK_REQUESTS", "COUNT", "512"): u32 = 512;
    /// How many may listen for news at a time, half of them without being signed in
    listeners ("DATEBOOK_LISTENERS", "COUNT", "10000"): u32 = 10_000;
    /// The app that opens links to this server on Apple's systems: its team and its bundle, ABCDE12345.example.salon.app
    apple_app ("DATEBOOK_APPLE_APP", "TEAM.BUNDLE", "none"): String = String::new();
    /// The app that opens links to this server on Android: its package, with --android-fingerprints
    android_app ("DATEBOOK_ANDROID_APP", "PACKAGE", "none"): String = String::new();
    /// The SHA-256 fingerprints of the certificates the Android app is signed with, 14:6D:E9:…, separated by commas
    android_fingerprints ("DATEBOOK_ANDROID_FINGERPRINTS", "SHA256,…", "none"): String = String::new();
    /// Where people get the app for iPhone and iPad
    app_store ("DATEBOOK_APP_STORE", "URL", "none"): String = String::new();
    /// Where people get the app for Android
    play_store ("DATEBOOK_PLAY_STORE", "URL", "none"): String = String::new();
    /// Where people get the app for their computer
    desktop_app ("DATEBOOK_DESKTOP_APP", "URL", "none"): String = String::new();
    /// Passes for Apple Wallet: the certificate of your pass type, a PEM file; see docs/wallet.md
    apple_pass_cert ("DATEBOOK_APPLE_PASS_CERT", "FILE", "none"): PathBuf = PathBuf::new();
    /// The key of that certificate, a PEM file without a password
    apple_pass_key ("DATEBOOK_APPLE_PASS_KEY", "FILE", "none"): PathBuf = PathBuf::new();
    /// Apple's intermediate certificate that issued it (Worldwide Developer Relations), as Apple gives it or as PEM
    apple_wwdr ("DATEBOOK_APPLE_WWDR", "FILE", "none"): PathBuf = PathBuf::new();
    /// Apple's push service, which tells phones that a pass has changed
    apple_push ("DATEBOOK_APPLE_PUSH", "URL", "https://api.push.apple.com"): String = "https://api.push.apple.com".to_owned();
    /// Passes for Google Wallet: your issuer id, digits; see docs/wallet.md
    google_wallet_issuer ("DATEBOOK_GOOGLE_WALLET_ISSUER", "ID", "none"): String = String::new();
    /// The JSON key file of the service account that writes passes of that issuer
    google_wallet_key ("DATEBOOK_GOOGLE_WALLET_KEY", "FILE", "none"): PathBuf = PathBuf::new();
    /// Google's address for passes
    google_wallet_api ("DATEBOOK_GOOGLE_WALLET_API", "URL", "https://walletobjects.googleapis.com"): String = "https://walletobjects.googleapis.com".to_owned();
    /// What to log: error, warn, info, debug, or a filter such as server=debug
    log ("DATEBOOK_LOG", "FILTER", "info"): String = "info".to_owned();
}

impl Settings {
    /// Flags and environment over a file over the defaults. Without a named file, `datebook.toml` in the working
    /// directory is read if it is there.
    ///
    /// # Errors
    /// When the file cannot be read, or holds a setting that does not exist.
    pub fn load(flags: Flags, file: Option<&Path>) -> anyhow::Result<Self> {
        let usual = Path::new("datebook.toml");
        let file = match file.or(usual.exists().then_some(usual)) {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                toml::from_str(&text).with_context(|| format!("{} is not a settings file", path.display()))?
            }
            None => File::default(),
        };
        let settings = Self::merged(flags, file);
        settings.check()?;
        Ok(settings)
    }

    /// Whether the settings fit together.
    ///
    /// # Errors
    /// In words, for whoever starts the server.
    pub fn check(&self) -> anyhow::Result<()> {
        let (cert, key) = (!self.tls_cert.as_os_str().is_empty(), !self.tls_key.as_os_str().is_empty());
        anyhow::ensure!(cert == key, "--tls-cert and --tls-key go together");
        anyhow::ensure!(
            cert || self.plain_http_anywhere || self.listen.ip().is_loopback(),
            "{} is not a loopback address: give --tls-cert and --tls-key, or say --plain-http-anywhere",
            self.listen
        );
        anyhow::ensure!(
            self.client_header.is_empty() || self.client_header.parse::<HeaderName>().is_ok(),
            "--client-header is the name of a header: x-forwarded-for"
        );
        anyhow::ensure!((1..=25).contains(&self.patience), "--patience is 1 to 25 seconds");
        anyhow::ensure!((1..=3600).contains(&self.lease), "--lease is 1 to 3600 seconds");
        self.check_apps()?;
        self.check_wallets()?;
        if !self.origin.is_empty() {
            let url = url::Url::parse(&self.origin).context("--origin is not a URL")?;
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            anyhow::ensure!(
                matches!(url.scheme(), "http" | "https") && url.host().is_some() && bare,
                "--origin is a scheme, a host and perhaps a port: https://salon.example"
            );
        }
        Ok(())
    }

    /// Whether links can lead here: whoever serves or prints links needs that, a copy is made without it.
    ///
    /// # Errors
    /// In words, for whoever starts the server.
    pub(crate) fn check_links(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            !self.origin.is_empty() || !self.listen.ip().is_unspecified(),
            "{} is not an address that links can lead to: say with --origin what people type to come here",
            self.listen
        );
        Ok(())
    }

    /// What is misspelt here would be found out by nobody but customers whose links do not open the app.
    fn check_apps(&self) -> anyhow::Result<()> {
        let name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        let apple = self.apple_app.split_once('.').is_some_and(|(team, bundle)| {
            team.len() == 10 && team.bytes().all(|b| b.is_ascii_alphanumeric()) && !bundle.is_empty() && name(bundle)
        });
        anyhow::ensure!(apple || self.apple_app.is_empty(), "--apple-app is ABCDE12345.example.salon.app");
        anyhow::ensure!(name(&self.android_app), "--android-app is a package: example.salon.app");
        let hex = |pair: &str| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
        let fingerprint = |text: &str| text.split(':').count() == 32 && text.split(':').all(hex);
        let fingerprints = self.android_fingerprints.split(',').map(str::trim).all(fingerprint);
        anyhow::ensure!(
            fingerprints || self.android_fingerprints.is_empty(),
            "--android-fingerprints are 32 pairs of hexadecimal digits with colons between"
        );
        anyhow::ensure!(
            self.android_app.is_empty() == self.android_fingerprints.is_empty(),
            "--android-app and --android-fingerprints go together"
        );
        for shop in [&self.app_store, &self.play_store, &self.desktop_app] {
            anyhow::ensure!(crate::routes::links::is_shop(shop), "{shop} is not an address that begins with https://");
        }
        Ok(())
    }

    /// Half of a wallet would show no button, and nobody would know why.
    fn check_wallets(&self) -> anyhow::Result<()> {
        let named = |path: &Path| !path.as_os_str().is_empty();
        let apple = [&self.apple_pass_cert, &self.apple_pass_key, &self.apple_wwdr].map(|path| named(path));
        anyhow::ensure!(
            apple.iter().all(|one| *one == apple[0]),
            "--apple-pass-cert, --apple-pass-key and --apple-wwdr go together"
        );
        anyhow::ensure!(
            self.google_wallet_issuer.is_empty() != named(&self.google_wallet_key),
            "--google-wallet-issuer and --google-wallet-key go together"
        );
        Ok(())
    }

    /// Whether there are to be passes for Apple Wallet.
    pub(crate) fn apple_wallet(&self) -> bool {
        !self.apple_pass_cert.as_os_str().is_empty()
    }

    /// Whether there are to be passes for Google Wallet.
    pub(crate) fn google_wallet(&self) -> bool {
        !self.google_wallet_issuer.is_empty()
    }

    /// The database, whether it was named or not.
    pub(crate) fn database(&self) -> String {
        if self.database.is_empty() {
            return format!("sqlite:{}", self.data.join("datebook.sqlite").display());
        }
        self.database.clone()
    }

    /// How long a job is taken for.
    pub(crate) fn lease(&self) -> SignedDuration {
        SignedDuration::from_secs(self.lease.into())
    }

    /// How long a client may take to say something.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience.into())
    }

    /// Whether the server speaks HTTPS by itself.
    pub fn tls(&self) -> bool {
        !self.tls_cert.as_os_str().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let flags = Flags { log: Some("debug".to_owned()), ..Flags::default() };
        let file: File = toml::from_str("log = \"warn\"\ndemo = true").unwrap();
        let settings = Settings::merged(flags, file);
        assert_eq!(settings.log, "debug", "the flag is nearer than the file");
        assert!(settings.demo, "the file is nearer than the default");
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8787", "what nobody set has its default");
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        assert!(toml::from_str::<File>("demmo = true").is_err(), "an unknown name would silently do nothing");
    }

    #[test]
    fn plain_http_stays_on_loopback_unless_told_otherwise() {
        let open = Settings { listen: SocketAddr::from(([0, 0, 0, 0], 80)), ..Settings::default() };
        assert!(open.check().is_err(), "sessions would travel in the clear");
        assert!(Settings { plain_http_anywhere: true, ..open }.check().is_ok(), "behind a proxy it is wanted");
        assert!(Settings::default().check().is_ok(), "the defaults fit together");
    }

    #[test]
    fn a_client_header_is_the_name_of_a_header() {
        let check = |name: &str| Settings { client_header: name.to_owned(), ..Settings::default() }.check();
        assert!(check("").is_ok() && check("X-Forwarded-For").is_ok(), "none, or one however it is written");
        for name in ["x-forwarded-for:", "x forwarded for", "x-real-ip, forwarded"] {
            assert!(check(name).is_err(), "no request has {name:?}: all clients would share one limit");
        }
    }

    #[test]
    fn whoever_listens_on_every_address_says_where_links_lead() {
        for listen in ["0.0.0.0:80", "[::]:80"] {
            let open = Settings { listen: listen.parse().unwrap(), plain_http_anywhere: true, ..Settings::default() };
            assert!(open.check().is_ok(), "a command that makes no link needs none");
            let said = open.check_links().unwrap_err().to_string();
            assert!(said.contains("--origin"), "links in mails would lead to {listen}: {said}");
            let origin = "https://salon.example".to_owned();
            assert!(Settings { origin, ..open }.check_links().is_ok(), "now they lead to the business");
        }
    }
}
