//! The other half of promise 5: what devices notice when a node is killed while they book through a balancer.
//!
//! Whoever loses the connection connects anew and sends the same request again, as a device does by itself. A request has
//! failed when an answer is not the one that was wanted, or when there is none for so long that people give up.

use std::time::{Duration, Instant};

use crate::{booker::Booker, load::Source as _, wire::Wire};

/// For so long a device goes on trying.
const PATIENCE: Duration = Duration::from_secs(10);

/// How requests went.
#[derive(Clone, Default)]
pub(crate) struct Tries {
    /// How many were answered as they should.
    pub(crate) answered: usize,
    /// How many were not: the first words of each.
    pub(crate) failed: Vec<String>,
    /// How many tries ended with a broken connection.
    pub(crate) broken: usize,
    /// The most tries that one request took.
    pub(crate) most: usize,
    /// The longest that one request took with all its tries.
    pub(crate) longest: Duration,
}

impl Tries {
    /// Both together.
    pub(crate) fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.failed.extend(other.failed);
        self.broken += other.broken;
        self.most = self.most.max(other.most);
        self.longest = self.longest.max(other.longest);
    }
}

/// A device books until `until`, whatever becomes of its connection.
pub(crate) async fn insist(address: &str, device: &mut Booker, until: Instant) -> Tries {
    let mut tries = Tries::default();
    let mut line = None;
    while Instant::now() < until {
        // Every try sends the very same: the server knows it by its number.
        let request = device.next().to_vec();
        let (began, mut count) = (Instant::now(), 0);
        let checked = loop {
            count += 1;
            match once(address, &mut line, device, &request).await {
                Ok(checked) => break checked,
                Err(broken) if began.elapsed() > PATIENCE => break Err(broken),
                Err(_) => {
                    tries.broken += 1;
                    line = None;
                }
            }
        };
        match checked {
            Ok(()) => tries.answered += 1,
            Err(error) => tries.failed.push(format!("{error:#}")),
        }
        tries.most = tries.most.max(count);
        tries.longest = tries.longest.max(began.elapsed());
    }
    tries
}

/// One try: whether the answer is right, or that there was none.
async fn once(
    address: &str,
    line: &mut Option<Wire>,
    device: &mut Booker,
    request: &[u8],
) -> anyhow::Result<anyhow::Result<()>> {
    let wire = match line {
        Some(wire) => wire,
        None => line.insert(Wire::connect(address).await?),
    };
    let answer = wire.ask(request).await?;
    Ok(device.check(&answer))
}
