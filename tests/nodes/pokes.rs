//! A poke crosses nodes.

use std::time::Duration;

use datebook_tests::books::starts;
use protocol::Poke;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::{TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    time::Instant,
};

use crate::{TURN, farm::Farm, jobs::book, soon};

/// The longest that a poke may take from node to node; it takes milliseconds.
const LONGEST: Duration = Duration::from_secs(5);

/// Listens at one node.
struct Listener {
    lines: Lines<BufReader<OwnedReadHalf>>,
    _write: OwnedWriteHalf,
}

impl Listener {
    async fn open(port: u16, token: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (read, mut write) = stream.into_split();
        let request = format!("GET /api/v1/pokes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        write.write_all(request.as_bytes()).await.unwrap();
        let mut listener = Self { lines: BufReader::new(read).lines(), _write: write };
        // The first heartbeat comes at once; from then on it hears everything.
        while !listener.line().await.contains("still here") {}
        listener
    }

    async fn line(&mut self) -> String {
        self.lines.next_line().await.unwrap().expect("the node goes on telling")
    }

    /// The next poke.
    async fn next(&mut self) -> Poke {
        loop {
            if let Some(poke) = self.line().await.strip_prefix("data: ") {
                return serde_json::from_str(poke).unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_at_one_node_hears_of_a_booking_at_another() {
    let _turn = TURN.lock().await;
    let farm = Farm::start("pokes", 1, |_| Vec::new()).await;
    let person = farm.people[0].clone();
    let starts = starts(&person).await;
    let space = format!("customer/{}", person.customer);
    let mut here = soon("it listens", Listener::open(farm.port(0), person.token())).await;
    let mut took = Vec::new();
    let mut last = 0;
    for number in 0..20 {
        // The other two take turns.
        book(&person, &farm.address(1 + number % 2), starts[number * 12]).await;
        let answered = Instant::now();
        let heard = async {
            loop {
                let poke = here.next().await;
                assert!(!poke.space.is_empty(), "nothing was missed");
                if poke.space == space && poke.version > last {
                    return poke.version;
                }
            }
        };
        last = tokio::time::timeout(LONGEST, heard).await.expect("the poke crosses");
        took.push(answered.elapsed());
    }
    took.sort();
    let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!("a poke crosses {median:.1?} after the answer, at most {longest:.1?}, of {} bookings", took.len());
}
