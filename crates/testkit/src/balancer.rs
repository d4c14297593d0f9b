//! A plain TCP balancer: each connection goes to the next node that takes it, and knows nothing of the others.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A balancer on the loopback. It ends when it is dropped; connections go on.
pub struct Balancer {
    /// Where people reach the nodes: `http://127.0.0.1:…`.
    pub address: String,
    nodes: Arc<Mutex<Vec<SocketAddr>>>,
    taken: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Balancer {
    /// Begins to listen, before there are nodes.
    ///
    /// # Errors
    /// When the system has no port left.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let (nodes, taken) = (Arc::<Mutex<Vec<SocketAddr>>>::default(), Arc::<AtomicUsize>::default());
        let (known, count) = (Arc::clone(&nodes), Arc::clone(&taken));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let turn = count.fetch_add(1, Ordering::Relaxed);
                let mut nodes = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if !nodes.is_empty() {
                    let first = turn % nodes.len();
                    nodes.rotate_left(first);
                }
                tokio::spawn(pass(client, nodes));
            }
        });
        Ok(Self { address, nodes, taken, task })
    }

    /// A node to send connections to.
    pub fn add(&self, port: u16) {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner).push(SocketAddr::from(([127, 0, 0, 1], port)));
    }

    /// How many connections there were.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries bytes until one end hangs up. When the node dies, so does the connection.
async fn pass(mut client: TcpStream, nodes: Vec<SocketAddr>) {
    for node in nodes {
        if let Ok(mut server) = TcpStream::connect(node).await {
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}
