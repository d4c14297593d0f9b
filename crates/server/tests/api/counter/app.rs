//! The app's own key: made on the device, known to the counter, good for codes, and gone with the session.

use std::sync::Arc;

use client::{App, CheckInCode, Link, MemoryVault, SystemClock, Vault as _};
use domain::{BookingState, DeviceId};
use portal::{Book, Command};

use super::*;
use crate::support::{digits, soon};

/// What the app shows, as the counter's camera reads it.
async fn shown(app: &App, business: Uuid, booking: BookingId) -> (String, String) {
    let code = app.check_in_code(business, booking).await.unwrap();
    let CheckInCode::Code { link, .. } = code else { panic!("the window is open: {code:?}") };
    let Link::CheckIn { server, token } = App::open_link(&link) else { panic!("a code is a link: {link}") };
    (server, token)
}

#[tokio::test]
async fn the_apps_own_key_checks_in_and_goes_with_the_session() {
    let server = Server::with(&wide(), |settings| settings).await;
    let counter = Counter::open(&server).await;
    let (folder, vault) = (tempfile::tempdir().unwrap(), Arc::new(MemoryVault::default()));
    let app = App::open(folder.path(), vault.clone(), Arc::new(SystemClock)).await.unwrap();
    let business = app.connect(&server.running.url).await.unwrap().id;
    app.request_link(business, "ada@example.org").await.unwrap();
    let digits = digits(&server.letters("ada@example.org", 1).await[0]);
    app.sign_in_with_digits(business, &digits).await.unwrap();
    app.sync_now(business).await.unwrap();
    let id = app.businesses().await.unwrap()[0].customer.expect("somebody is signed in");
    let ada = Customer { id, device: DeviceId::new(), token: String::new() };

    let book = |start| {
        let (service, variant) = ("cut".parse().unwrap(), "short".parse().unwrap());
        let (booking, place, note) = (BookingId::new(), "mitte".parse().unwrap(), String::new());
        (booking, Command::Book(Book { booking, service, variant, place, staff: None, start, party: 1, note }))
    };
    let (booking, command) = book(server.starts().await[0]);
    app.execute(business, command).await.unwrap();
    app.sync_now(business).await.unwrap();
    let now = Timestamp::now();
    change(&server, &ada, booking, |booking| {
        booking.span.from = now - SignedDuration::from_secs(1);
        booking.span.to = now + SignedDuration::from_mins(30);
    })
    .await;
    app.sync_now(business).await.unwrap();

    let keys = async || {
        let day = counter.day().await;
        day.bookings.into_iter().find(|one| one.booking == booking).expect("Ada is expected").keys
    };
    let known = keys().await;
    assert_eq!(known.len(), 1, "her device told the server its key by itself");
    assert!(vault.get(&format!("check-in-{business}")).unwrap().is_some(), "the other half is in the vault");

    let (address, code) = shown(&app, business, booking).await;
    assert_eq!(address, server.running.url, "the code says whose it is");
    let (_, later) = shown(&app, business, booking).await;
    assert_ne!(code, later, "no two codes are the same");
    assert_eq!(counter.by_code(booking, &code).await, SettledAs::Done, "the counter believes the app");
    let (_, kept) = document(&server, &ada, booking).await;
    assert_eq!(kept.state, BookingState::CheckedIn, "Ada is there");

    // Watch first: the app tells the server of its goodbye when nobody waits for it any more.
    let mut touched = server.store().watch();
    app.sign_out(business, false).await.unwrap();
    assert_eq!(vault.get(&format!("check-in-{business}")).unwrap(), None, "the key is gone from the device");
    soon(async {
        let identity = portal::spaces::identity(ada.id);
        while touched.recv().await.unwrap().space != identity {}
    })
    .await;
    assert!(keys().await.is_empty(), "and from the server");
    assert_eq!(
        counter.by_code(booking, &later).await,
        found(Finding::Forged),
        "a code that it signed is worth nothing"
    );
    assert!(app.check_in_code(business, booking).await.is_err(), "nor does the device sign any more");
}
