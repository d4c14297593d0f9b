#![allow(clippy::unwrap_used)]
use std::sync::Arc;
use std::time::{Duration, Instant};
use client::*;
use portal::*;
use domain::*;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap();
    let email = std::env::args().nth(2).unwrap();
    let folder = std::path::PathBuf::from(std::env::args().nth(3).unwrap());
    let vault = Arc::new(FileVault::new(folder.join("vault")));
    let app = App::open(&folder, vault, Arc::new(SystemClock)).await.unwrap();
    let card = app.connect(&address).await.unwrap();
    println!("{} {} {:?}", card.name, card.demo, card.connection);
    app.start().await;
    let b = card.id;
    if card.customer.is_none() {
        let sent = app.request_link(b, &email).await.unwrap();
        println!("{sent:?}");
        let http = reqwest::Client::new();
        let mut digits = None;
        for _ in 0..200 {
            let text = http.get(format!("{address}/api/v1/mailbox")).send().await.unwrap().text().await.unwrap_or_default();
            if let Some(d) = find(&text) { digits = Some(d); break; }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        app.sign_in_with_digits(b, &digits.unwrap()).await.unwrap();
    }
    println!("sync: {:?}", app.sync_now(b).await);
    let mut events = app.events();
    let card = app.businesses().await.unwrap().remove(0);
    println!("{:?} ready {} as_of {:?}", card.connection, card.ready, card.as_of);
    let Reply::Screen { screen: Screen::Catalogue(c) } = app.view(b, View::Catalogue).await.unwrap() else { panic!() };
    let s = &c.services[0];
    let of = MonthQuery { service: s.id.clone(), variant: s.variants[0].id.clone(), place: s.places[0].clone(), staff: None, party: 1, moving: None, month: None };
    let Reply::Screen { screen: Screen::Month(m) } = app.view(b, View::Month(of.clone())).await.unwrap() else { panic!() };
    let mut start = None;
    let mut date = m.last.yesterday().unwrap();
    while start.is_none() {
        let Reply::Screen { screen: Screen::Day(d) } = app.view(b, View::Day(DayQuery { of: of.clone(), date })).await.unwrap() else { panic!() };
        start = d.times.first().map(|t| t.start.at);
        date = date.yesterday().unwrap();
    }
    let booking = BookingId::new();
    let begun = Instant::now();
    let r = app.execute(b, Command::Book(Book { booking, service: s.id.clone(), variant: of.variant.clone(), place: of.place.clone(), staff: None, start: start.unwrap(), party: 1, note: String::new() })).await.unwrap();
    println!("{r:?} after {:?}", begun.elapsed());
    loop {
        let e = tokio::time::timeout(Duration::from_secs(8), events.recv()).await;
        println!("{:?} {e:?}", begun.elapsed());
        if e.is_err() { break; }
        if app.outbox(b).await.unwrap().is_empty() && matches!(app.businesses().await.unwrap()[0].connection, Connection::Online) { break; }
    }
    let q = AgendaQuery { tab: Tab::Upcoming, text: String::new(), from: None, to: None, after: None };
    let Reply::Screen { screen: Screen::Agenda(p) } = app.view(b, View::Agenda(q)).await.unwrap() else { panic!() };
    for t in p.tickets.iter().filter(|t| t.booking == booking) { println!("{} {} {} waiting {}", t.service, t.start.date, t.start.time, t.waiting); }
    let c = app.execute(b, Command::Cancel(Cancel { booking, reason: "smoke".into() })).await.unwrap();
    println!("{c:?}");
    println!("sync: {:?} outbox {:?} notices {:?}", app.sync_now(b).await, app.outbox(b).await, app.notices(b).await);
    app.stop().await;
}
fn find(text: &str) -> Option<String> {
    let bytes: Vec<char> = text.chars().collect();
    for w in bytes.windows(9) {
        if !w[0].is_ascii_digit() && w[1..4].iter().all(char::is_ascii_digit) && w[4] == ' ' && w[5..8].iter().all(char::is_ascii_digit) && !w[8].is_ascii_digit() {
            return Some(w[1..8].iter().collect());
        }
    }
    None
}
