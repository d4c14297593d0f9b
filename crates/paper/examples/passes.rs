//! Writes one pass of each kind into a folder that holds keys, for the checkers in `tests/wallet`.

#![allow(clippy::unwrap_used)] // a program of the tests: what is not there is a failure

// The same business and appointment as in the tests beside it.
#[allow(dead_code)]
#[path = "../tests/pass/sample.rs"]
mod sample;

use std::{fs, path::PathBuf};

use domain::{Booking, BookingState};
use paper::{
    google_wallet::Account,
    pass::{self, Pass, Shows, Signer, Updates},
};
use serde_json::json;

use crate::sample::{CODE, LINK, booking, business, now, profile};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("name the folder with the keys"));
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    let signer = Signer::new(&read("pass.pem"), &read("pass.key"), &read("ca.pem")).unwrap();
    let file = json!({
        "private_key": String::from_utf8(read("pass.key")).unwrap(), "private_key_id": "k1",
        "client_email": "passes@salon.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
    });
    let account = Account::new("3388000000012345678", file.to_string().as_bytes()).unwrap();

    let (business, profile) = (business(), profile());
    let mut moved = Booking { revision: 1, ..booking() };
    // Into the hour that comes twice.
    (moved.span.from, moved.span.to) = ("2026-10-25T01:30Z".parse().unwrap(), "2026-10-25T02:30Z".parse().unwrap());
    let mut long = Booking { party: 4, ..booking() };
    long.names.service = "Große Schönheitsbehandlung mit allem, was dazugehört \"und\" mehr ✂️ ".repeat(20);
    long.names.address = "Straße mit einem langen Namen 1, 10119 Berlin ".repeat(20);
    let bookings = [
        ("appointment", booking()),
        ("moved", moved),
        ("cancelled", Booking { state: BookingState::Cancelled, ..booking() }),
        ("long", long),
    ];
    let member = Shows::Membership { profile: &profile, link: LINK };
    let shown = bookings.iter().map(|(name, booking)| (*name, Shows::Appointment { booking, link: LINK, code: CODE }));
    for (name, shows) in shown.chain([("member", member)]) {
        let updates = Some(Updates { service: "https://salon.example/passkit", token: "a-token-of-some-length" });
        let pass = Pass { serial: name, business: &business, shows, updates };
        write(&format!("{name}.pkpass"), &pass::write(&pass, &signer, now()).unwrap());
        let object = account.object("salon-class", &format!("salon-{name}"), &business, &shows);
        write(&format!("{name}.link"), account.save_link(&object, "https://salon.example", now()).as_bytes());
    }
}
