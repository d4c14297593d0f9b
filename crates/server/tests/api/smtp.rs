//! Mails on their way to a mail server.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use domain::{BookingId, CommandId, Span, Timestamp};
use jiff::SignedDuration;
use portal::{Job, MAIL};
use protocol::Code;
use store::{Batch, Leased, Store as _};
use testkit::smtp::{Brought, Sender};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::support::{BUSINESS, Server, book, code, soon};

/// A mail server that takes everything; with `deaf` it hangs up on the first caller.
async fn receiver(deaf: bool) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (send, mails) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        if deaf {
            drop(listener.accept().await);
        }
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, send.clone(), None, Refusals::default()));
        }
    });
    (url, mails)
}

/// What those who bring the next mails are told.
type Refusals = Arc<Mutex<VecDeque<&'static str>>>;

/// What becomes of those who bring a mail for an address at `hangs.example`.
#[derive(Debug, PartialEq, Eq)]
enum Caller {
    /// Is not answered.
    Held,
    /// Would not wait any longer.
    Left,
}

/// A mail server that takes every mail, but for some: whoever brings one waits.
async fn sluggish() -> (String, mpsc::UnboundedReceiver<String>, mpsc::UnboundedReceiver<Caller>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let ((send, mails), (tell, callers)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, send.clone(), Some(tell.clone()), Refusals::default()));
        }
    });
    (url, mails, callers)
}

/// A mail server that says these words to those who bring the next mails, then takes everything.
async fn picky<const N: usize>(words: [&'static str; N]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (send, mails) = mpsc::unbounded_channel();
    let refusals = Refusals::new(Mutex::new(words.into()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, send.clone(), None, Arc::clone(&refusals)));
        }
    });
    (url, mails)
}

/// Waits until so many mails wait, each tried so often.
async fn mails_wait(server: &Server, wanted: u32, tried: u32) {
    let file = rusqlite::Connection::open(server.file()).unwrap();
    let all = "SELECT count(*), count(*) FILTER (WHERE attempts = ?1 AND error <> '') FROM job WHERE kind = 'mail'";
    let counts = || file.query_row(all, [tried], |row| <(u32, u32)>::try_from(row)).unwrap();
    soon(async {
        while counts() != (wanted, wanted) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The only mail that waits, once it was tried so often. Taking it is one try more.
async fn waiting(server: &Server, tried: u32) -> Leased {
    mails_wait(server, 1, tried).await;
    let later = Timestamp::now() + SignedDuration::from_hours(24 * 365);
    let mut leased = server.store().lease(MAIL, later, later + SignedDuration::from_mins(1), 1).await.unwrap();
    leased.pop().expect("it waits")
}

/// Lets the server try a mail at once.
async fn again(server: &Server, lease: &Leased) {
    server.store().again(lease, Timestamp::now(), "").await.unwrap();
}

/// Lets the server try a mail about a booking as if so much time had gone by since it was written.
async fn after(server: &Server, lease: Leased, time: SignedDuration) {
    let mut job: Job = serde_json::from_str(&lease.job.body).unwrap();
    let Job::BookingMail { booking, .. } = &mut job else { panic!("a mail of a booking waits") };
    booking.span = Span { from: booking.span.from - time, to: booking.span.to - time };
    for entry in &mut booking.ledger {
        entry.at -= time;
    }
    let batch = Batch { jobs: vec![job.due(Timestamp::now())], ..Batch::default() };
    server.store().commit(batch).await.unwrap();
    server.store().done(&lease).await.unwrap();
}

/// One caller, until he hangs up.
async fn talk(
    stream: TcpStream,
    send: mpsc::UnboundedSender<String>,
    tell: Option<mpsc::UnboundedSender<Caller>>,
    refusals: Refusals,
) {
    let Ok(mut sender) = Sender::greet(stream).await else { return };
    while let Some(brought) = sender.next().await {
        let refusal = match brought {
            Brought::Recipient(to) if to.ends_with("@hangs.example") => {
                let tell = tell.expect("only some mail servers let callers wait");
                let _ = tell.send(Caller::Held);
                sender.ignore().await;
                let _ = tell.send(Caller::Left);
                return;
            }
            Brought::Recipient(_) => refusals.lock().unwrap().pop_front(),
            Brought::Mail { text, .. } => {
                drop(send.send(text));
                None
            }
        };
        let said = match refusal {
            Some(words) => sender.refuse(words).await,
            None => sender.take().await,
        };
        if said.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn one_business_whose_mails_hang_keeps_no_other_waiting() {
    let (url, mut mails, mut callers) = sluggish().await;
    let server = server(url).await;
    for (slug, host) in [("busy", "busy.example"), ("main", "127.0.0.1")] {
        let business = format!("hosts = [\"{host}\"]\n{BUSINESS}");
        server::apply(&server.running.engine(), slug, &business).await.unwrap();
    }
    let ask = async |host: &str, email: String| {
        let body = serde_json::json!({"email": email, "challenge": crate::support::CHALLENGE});
        let request = server.request(reqwest::Method::POST, "/api/v1/sign-in/link").header("host", host);
        assert_eq!(request.json(&body).send().await.unwrap().status(), 200, "{host} answers");
    };
    for number in 0..40 {
        ask("busy.example", format!("{number}@hangs.example")).await;
    }
    for _ in 0..32 {
        assert_eq!(soon(callers.recv()).await, Some(Caller::Held), "its mails are on their way, as many as may be");
    }
    ask("127.0.0.1", "ada@example.org".to_owned()).await;
    let mail = soon(mails.recv()).await.unwrap();
    assert!(mail.contains("ada@example.org"), "the other's mail goes out: {mail}");
    assert!(
        callers.try_recv().is_err(),
        "nobody had to give up for it, and the busy one has no more places than before"
    );
}

async fn server(url: String) -> Server {
    let change =
        |settings| server::Settings { demo: false, smtp: url, mail_from: "book@salon.example".to_owned(), ..settings };
    Server::with(BUSINESS, change).await
}

#[tokio::test]
async fn a_mail_goes_out_with_its_calendar() {
    let (url, mut mails) = receiver(false).await;
    let server = server(url).await;
    let ada = server.plant("ada@example.org").await;
    server.execute(&ada, CommandId::new(), &book(BookingId::new(), server.starts().await[0])).await;
    let mail = soon(mails.recv()).await.unwrap();
    for part in [
        "Message-ID: <main.",
        "@salon.example>",
        " <book@salon.example>",
        "To: ada@example.org",
        " <hello@test.example>",
        "Subject: Your appointment on ",
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "Content-Type: text/calendar; charset=utf-8; method=REQUEST",
        "Content-Disposition: attachment; filename=\"appointment.ics\"",
    ] {
        assert!(mail.contains(part), "the mail has no {part:?}:\n{mail}");
    }
    assert_eq!(mail.matches("text/calendar").count(), 2, "once for programs, once as a file");
}

#[tokio::test]
async fn a_domain_beyond_ascii_is_written_so_that_every_mail_server_takes_it() {
    let (url, mut mails) = receiver(false).await;
    let server = server(url).await;
    server.ask_link("ada@bücher.example").await;
    let mail = soon(mails.recv()).await.unwrap();
    assert!(mail.contains("To: ada@xn--bcher-kva.example\n"), "the mail server knows no UTF-8: {mail}");
    // `lettre` takes it for an address; of what is not ASCII it takes little else.
    let body = serde_json::json!({"email": "\u{C2B0}@example.org", "challenge": crate::support::CHALLENGE});
    let refused = server.post("/api/v1/sign-in/link", &body).await;
    assert_eq!(code(refused).await, Code::BadRequest, "nobody waits for a mail that cannot be sent");
}

#[tokio::test]
async fn a_mail_server_that_hangs_up_is_asked_again() {
    let (url, mut mails) = receiver(true).await;
    let server = server(url).await;
    let body = serde_json::json!({"email": "ada@example.org", "challenge": crate::support::CHALLENGE});
    server.post("/api/v1/sign-in/link", &body).await;
    let mail = soon(mails.recv()).await.unwrap();
    assert!(mail.contains("Subject: Sign in to Test & Co"), "a passing failure loses no mail: {mail}");
}

#[tokio::test]
async fn a_mail_account_that_is_refused_costs_no_mail() {
    let no = "550 5.7.1 the account has sent enough for today";
    let (url, mut mails) = picky([no, no]).await;
    let server = server(url).await;
    let ada = server.plant("ada@example.org").await;
    server.execute(&ada, CommandId::new(), &book(BookingId::new(), server.starts().await[0])).await;
    again(&server, &waiting(&server, 1).await).await;
    again(&server, &waiting(&server, 3).await).await;
    let mail = soon(mails.recv()).await.unwrap();
    assert!(mail.contains("Subject: Your appointment on "), "the account works again: {mail}");
}

#[tokio::test]
async fn where_there_is_nobody_three_tries_are_enough() {
    let nobody = "550 5.1.1 there is no such person";
    let (url, mut mails) = picky([nobody, nobody]).await;
    let server = server(url).await;
    let ada = server.plant("ada@example.org").await;
    server.execute(&ada, CommandId::new(), &book(BookingId::new(), server.starts().await[0])).await;
    again(&server, &waiting(&server, 1).await).await;
    mails_wait(&server, 0, 0).await;
    assert!(mails.try_recv().is_err(), "nobody has got it");
}

#[tokio::test]
async fn a_mail_does_not_outlive_its_appointment() {
    let (url, mut mails) = picky(["451 come back later"]).await;
    let server = server(url).await;
    let ada = server.plant("ada@example.org").await;
    server.execute(&ada, CommandId::new(), &book(BookingId::new(), server.starts().await[0])).await;
    let confirmation = waiting(&server, 1).await;
    after(&server, confirmation, SignedDuration::from_hours(24 * 7)).await;
    mails_wait(&server, 0, 0).await;
    assert!(mails.try_recv().is_err(), "nobody is told of an appointment that was");
}

#[tokio::test]
async fn a_mail_that_waited_does_not_contradict_a_later_one() {
    let (url, mut mails) = picky(["451 come back later"]).await;
    let server = server(url).await;
    let (ada, booking) = (server.plant("ada@example.org").await, BookingId::new());
    server.execute(&ada, CommandId::new(), &book(booking, server.starts().await[0])).await;
    let confirmation = waiting(&server, 1).await;
    let cancel = serde_json::json!({"type": "cancel@1", "booking": booking, "reason": ""});
    server.execute(&ada, CommandId::new(), &cancel).await;
    let mail = soon(mails.recv()).await.unwrap();
    assert!(mail.contains(" is cancelled"), "the later mail was not refused: {mail}");
    after(&server, confirmation, SignedDuration::from_mins(2)).await;
    mails_wait(&server, 0, 0).await;
    assert!(mails.try_recv().is_err(), "nobody is told that it takes place");
}

#[tokio::test]
async fn a_mail_that_waited_is_sent_if_nothing_came_of_it_meanwhile() {
    let (url, mut mails) = picky(["451 come back later"]).await;
    let server = server(url).await;
    let ada = server.plant("ada@example.org").await;
    server.execute(&ada, CommandId::new(), &book(BookingId::new(), server.starts().await[0])).await;
    let confirmation = waiting(&server, 1).await;
    after(&server, confirmation, SignedDuration::from_mins(2)).await;
    let mail = soon(mails.recv()).await.unwrap();
    assert!(mail.contains("Subject: Your appointment on "), "late is better than never: {mail}");
}
