//! A server whose store takes nothing for a while: the device is told when to come back, and comes then.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use client::{
    App, FileVault, SystemClock,
    transport::{Heard, Http, NoAnswer, Request, Response, Transport},
};
use protocol::Verdict;
use rusqlite::Connection;
use tokio::sync::watch;

use crate::{
    book, compare,
    phone::{PATIENCE, Phone},
    shop::Shop,
};

type Boxed<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A request as it went.
#[derive(Debug, Clone)]
struct Seen {
    url: String,
    began: Instant,
    /// When its answer was there, its status, and after how many seconds the server wants to be asked again.
    answered: Option<(Instant, u16, Option<u64>)>,
}

/// The real way to a server, and what went over it.
struct Watched {
    http: Http,
    seen: watch::Sender<Vec<Seen>>,
}

impl Transport for Watched {
    fn send(&self, request: Request) -> Boxed<'_, Result<Response, NoAnswer>> {
        let mut number = 0;
        self.seen.send_modify(|seen| {
            number = seen.len();
            seen.push(Seen { url: request.url.clone(), began: Instant::now(), answered: None });
        });
        Box::pin(async move {
            let answer = self.http.send(request).await;
            if let Ok(Response { status, retry_after, .. }) = &answer {
                let answered = Some((Instant::now(), *status, *retry_after));
                self.seen.send_modify(|seen| seen[number].answered = answered);
            }
            answer
        })
    }

    fn listen(&self, request: Request) -> Boxed<'_, Result<Heard, NoAnswer>> {
        self.http.listen(request)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_told_to_wait_waits_and_its_command_is_done_once() {
    let shop = Shop::open().await;
    let folder = Phone::of(&shop, "busy@people.example").await.shut().await;
    let watched = Arc::new(Watched { http: Http::new().unwrap(), seen: watch::Sender::default() });
    let vault = Arc::new(FileVault::new(folder.path().join("vault")));
    let app = App::open_with(folder.path(), vault, Arc::new(SystemClock), watched.clone()).await.unwrap();
    let phone = Phone::again(app, folder).await;
    let times = phone.free().await;

    // Somebody else writes and does not come to an end.
    let other = Connection::open(shop.folder().join("datebook.sqlite")).unwrap();
    other.busy_timeout(PATIENCE).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (_, command) = book(times[0].0, None);
    let given = phone.give(command).await;
    phone.app.start().await;
    let mut seen = watched.seen.subscribe();
    let mut until = async |what: &str, so: fn(&[Seen]) -> bool| {
        let wait = seen.wait_for(|seen| so(seen));
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("never came about: {what}"))
            .unwrap()
            .clone()
    };
    fn pushes(seen: &[Seen]) -> impl Iterator<Item = (usize, &Seen)> {
        seen.iter().enumerate().filter(|(_, seen)| seen.url.ends_with("/push"))
    }
    let after_two = until("a second try", |seen| pushes(seen).count() >= 2).await;
    other.execute_batch("ROLLBACK").unwrap();
    phone.until("the command has its verdict", async |phone| phone.card().await.waiting == 0).await;

    let (first, push) = pushes(&after_two).next().unwrap();
    let (answered, status, retry_after) = push.answered.expect("the first try was answered");
    assert_eq!(status, 503, "a store that takes nothing is no failure of the server");
    let asked = Duration::from_secs(retry_after.expect("who is sent away is told for how long"));
    let next = after_two[first + 1..].iter().find(|seen| seen.began >= answered).expect("the second try");
    let waited = next.began - answered;
    assert!(waited >= asked && !asked.is_zero(), "asked for {asked:?} of peace, the device came after {waited:?}");

    phone.sync().await;
    let verdicts = compare::verdicts(shop.folder()).await;
    assert_eq!(verdicts.len(), 1, "however often it was sent, it was decided once");
    assert_eq!(verdicts[0].command, given, "and it is the one that was given");
    assert!(matches!(verdicts[0].verdict, Verdict::Accepted { .. }), "nobody stood in its way: {verdicts:?}");
    phone.app.stop().await;
    assert_eq!(compare::bookings(phone.folder()).await.len(), 1, "there is one appointment");
    compare::agree(phone.folder(), shop.folder()).await;
}
