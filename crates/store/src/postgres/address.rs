//! Where the database is and how one gets there.

use std::{fmt, io, str::FromStr, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use futures_util::{StreamExt, stream, stream::BoxStream};
use tokio_postgres::{AsyncMessage, Client, Config, Error, NoTls, Socket, config::SslMode, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StoreError;

/// How long a connection may take to come about.
pub(super) const CONNECTING: Duration = Duration::from_secs(3);

/// A database's address with all that is needed to connect. Shown without its password.
#[derive(Clone)]
pub(super) struct Address {
    config: Config,
    /// With `sslmode=require`.
    tls: Option<MakeRustlsConnect>,
}

/// What the server says on its own account while the connection lives; the connection lives as long as this is read.
pub(super) type Messages = BoxStream<'static, Result<AsyncMessage, Error>>;

impl Address {
    /// Reads a URL, `postgres://user:password@host:port/database`.
    ///
    /// Unless it says `sslmode=require` the connection is not encrypted. With it, the server must show a certificate
    /// for its name from an authority that this machine trusts (`SSL_CERT_FILE` names others).
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        // What is wrong with it cannot be told: it may be a piece of the password.
        let unreadable = |_| {
            let shape = "postgres://USER:PASSWORD@HOST:PORT/DATABASE";
            StoreError::Engine(format!("the database's address is not of the shape {shape}"))
        };
        let mut config = Config::from_str(url).map_err(unreadable)?;
        // Whatever the URL says: by this name a migration sees that a server has the database open.
        config.application_name("datebook");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTING);
        }
        config.keepalives_idle(Duration::from_secs(30)).keepalives_interval(Duration::from_secs(5));
        config.tcp_user_timeout(Duration::from_secs(30));
        let tls = match config.get_ssl_mode() {
            SslMode::Require => Some(trusting_this_machine()?),
            _ => {
                config.ssl_mode(SslMode::Disable);
                None
            }
        };
        Ok(Self { config, tls })
    }

    /// Makes connections for a pool.
    pub(super) fn manager(&self) -> Manager {
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        match &self.tls {
            Some(tls) => Manager::from_config(self.config.clone(), tls.clone(), how),
            None => Manager::from_config(self.config.clone(), NoTls, how),
        }
    }

    /// A connection outside of all pools.
    pub(super) async fn connect(&self) -> Result<(Client, Messages), Error> {
        match &self.tls {
            Some(tls) => connect(&self.config, tls.clone()).await,
            None => connect(&self.config, NoTls).await,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            tokio_postgres::config::Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        });
        write!(f, "{}", hosts.collect::<Vec<_>>().join(","))
    }
}

async fn connect<T>(config: &Config, tls: T) -> Result<(Client, Messages), Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, mut connection) = config.connect(tls).await?;
    Ok((client, stream::poll_fn(move |context| connection.poll_message(context)).boxed()))
}

/// TLS that trusts whom this machine trusts.
fn trusting_this_machine() -> Result<MakeRustlsConnect, StoreError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        let text = "sslmode=require needs authorities to trust, and this machine has none (ca-certificates)";
        return Err(StoreError::Engine(text.to_owned()));
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Engine(io::Error::other(error).to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
