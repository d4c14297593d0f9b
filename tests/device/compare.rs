//! Looks into the databases of device and server, both SQLite files.

use std::path::Path;

pub(crate) use datebook_tests::mirror::Recorded;
use datebook_tests::mirror::{self, realm};
use domain::Booking;
use portal::documents::Kind as _;
use store::{List, Read as _, Store as _};

/// Device and server have the same documents in every space that the device may read, and nothing waits on the device.
pub(crate) async fn agree(device: &Path, server: &Path) {
    mirror::agree(device, &realm(server, "").await).await;
}

/// The bookings in a device's mirror.
pub(crate) async fn bookings(device: &Path) -> Vec<Booking> {
    let read = realm(device, "b-").await.snapshot().await.unwrap();
    let mut bookings = Vec::new();
    for name in read.spaces("customer/").await.unwrap() {
        let documents = read.list(&List::all(name, Booking::KIND)).await.unwrap();
        bookings.extend(documents.iter().map(|document| serde_json::from_str::<Booking>(&document.body).unwrap()));
    }
    bookings
}

/// The verdicts that devices have been given by number, the lowest first. Checks that no command has two and no number
/// is left out.
pub(crate) async fn verdicts(server: &Path) -> Vec<Recorded> {
    mirror::verdicts(&realm(server, "").await).await
}
