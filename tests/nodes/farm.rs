//! Three nodes on one database.

use store::{AnyStore, Engine, Read as _, Store as _};
use tempfile::TempDir;
use testkit::{Balancer, Person, Program};
use tokio_postgres::{Client, NoTls};

use crate::apps::{APPS, Phone};

/// How many nodes there are.
pub(crate) const NODES: usize = 3;

/// The nodes, the database that they share, and the balancer before them.
pub(crate) struct Farm {
    pub(crate) balancer: Balancer,
    /// They reach the nodes through the balancer.
    pub(crate) people: Vec<Person>,
    /// To look beneath the nodes.
    pub(crate) database: Client,
    url: String,
    nodes: Vec<Option<Program>>,
    ports: Vec<u16>,
    /// What each is started with.
    arguments: Vec<Vec<String>>,
    /// Nothing that matters may be in it: each start of a node has the same, empty or not.
    folder: TempDir,
}

impl Farm {
    /// Starts nodes on a new database with the sample business and so many customers. `more` gives a node's further
    /// arguments.
    pub(crate) async fn start(name: &str, people: usize, more: impl Fn(usize) -> Vec<String>) -> Self {
        let (url, database) = database(name).await;
        let folder = tempfile::tempdir().unwrap();
        Program::apply_to(folder.path(), &datebook_tests::business(), &["--database", &url]).await.unwrap();
        let balancer = Balancer::start().await.unwrap();
        let people = sign_in(people, &url, &balancer.address).await;
        let (nodes, ports, arguments) = (Vec::new(), Vec::new(), Vec::new());
        let mut farm = Self { balancer, people, database, url: url.clone(), nodes, ports, arguments, folder };
        for number in 0..NODES {
            let mut arguments = vec!["--database".to_owned(), url.clone()];
            arguments.extend(["--origin".to_owned(), farm.balancer.address.clone()]);
            arguments.extend(more(number));
            farm.nodes.push(None);
            farm.ports.push(0);
            farm.arguments.push(arguments);
            farm.rise(number).await;
            farm.balancer.add(farm.ports[number]);
        }
        farm
    }

    /// Apps, signed in, that reach the nodes through the balancer.
    pub(crate) async fn phones(&self) -> Vec<Phone> {
        let mut phones = Vec::new();
        for number in 0..APPS {
            phones.push(Phone::start(&self.balancer.address, number).await);
        }
        phones
    }

    /// The business beneath the nodes.
    pub(crate) async fn store(&self) -> AnyStore {
        let engine = Engine::open(&self.url).await.unwrap();
        for name in engine.realms().await.unwrap() {
            let store = engine.realm(&name);
            if !store.snapshot().await.unwrap().spaces("catalogue").await.unwrap().is_empty() {
                return store;
            }
        }
        panic!("there is no business in the database")
    }

    /// Where one node alone is reached.
    pub(crate) fn address(&self, number: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[number])
    }

    pub(crate) fn port(&self, number: usize) -> u16 {
        self.ports[number]
    }

    /// A node that runs.
    pub(crate) fn node(&self, number: usize) -> &Program {
        self.nodes[number].as_ref().expect("the node runs")
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self, number: usize) {
        self.nodes[number].take().expect("the node runs").kill().await.unwrap();
    }

    /// SIGTERM, until it has ended.
    pub(crate) async fn stop(&mut self, number: usize) {
        self.nodes[number].take().expect("the node runs").stop().await.unwrap();
    }

    /// The jobs of a kind that wait or are being done: how often each was taken.
    pub(crate) async fn jobs(&self, kind: &str) -> Vec<i32> {
        let rows = self.database.query("SELECT attempts FROM job WHERE kind = $1", &[&kind]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Starts a node again, at the port it had.
    pub(crate) async fn rise(&mut self, number: usize) {
        let arguments: Vec<&str> = self.arguments[number].iter().map(String::as_str).collect();
        let node = Program::start(self.folder.path(), self.ports[number], &arguments).await.unwrap();
        self.ports[number] = node.port();
        self.nodes[number] = Some(node);
    }
}

/// The address of a person.
pub(crate) fn address(number: usize) -> String {
    format!("node-{number}@people.example")
}

/// People who signed in at a demonstration, where mails can be read. It ends before this returns, and before there are
/// nodes that would send the mails.
async fn sign_in(count: usize, database: &str, address_of_all: &str) -> Vec<Person> {
    let folder = tempfile::tempdir().unwrap();
    let reception = Program::serve(folder.path(), 0, &["--database", database]).await.unwrap();
    let mut people = Vec::new();
    for number in 0..count {
        let person = Person::sign_in(&reception.address, &address(number)).await.unwrap();
        people.push(person.at(address_of_all));
    }
    for number in 0..APPS {
        Phone::enrol(&reception.address, number).await;
    }
    reception.stop().await.unwrap();
    people
}

/// A new database on the server that all tests share.
async fn database(name: &str) -> (String, Client) {
    let server = testkit::address().unwrap();
    let name = format!("nodes_{name}_{}", uuid::Uuid::now_v7().simple());
    connect(&server).await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (server, _) = server.rsplit_once('/').expect("the address ends with the name of a database");
    let url = format!("{server}/{name}");
    let client = connect(&url).await;
    (url, client)
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
