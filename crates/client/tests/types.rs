//! The UI's TypeScript types are made from the Rust types. `UPDATE_TYPES=1` writes them; otherwise a stale file fails.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{collections::BTreeMap, fs, path::Path};

use ts_rs::{Config, TS};

fn export(folder: &Path) {
    let config = Config::new().with_out_dir(folder).with_large_int("number");
    macro_rules! roots { ($($type:ty),+ $(,)?) => { $(<$type>::export_all(&config).unwrap();)+ } }
    roots!(
        client::BusinessCard,
        client::CheckInCode,
        client::Clash,
        client::Event,
        client::Link,
        client::MovedEvent,
        client::Notice,
        client::Opening,
        client::own_calendar::HandedOver,
        client::OwnCalendarCard,
        client::Receipt,
        client::Reply,
        client::reminder::ReminderSettings,
        client::reminder::Reminding,
        client::Trouble,
        client::Waiting,
        portal::Command,
        portal::Screen,
        portal::View,
        protocol::CounterDay,
        protocol::Execute,
        protocol::Hello,
        protocol::LinkOpened,
        protocol::LinkRequest,
        protocol::LinkSent,
        protocol::NewPassword,
        protocol::OpenLink,
        protocol::PasswordRequest,
        protocol::AddPass,
        protocol::PassLink,
        protocol::Poke,
        protocol::Problem,
        protocol::Settle,
        protocol::Settled,
        protocol::SignedIn,
        protocol::TokenRequest,
        protocol::Verdict,
    );
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

#[test]
fn the_screens_know_the_types_of_today() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/host/types");
    if std::env::var_os("UPDATE_TYPES").is_some() {
        let _ = fs::remove_dir_all(&committed);
        export(&committed);
    }
    let fresh = tempfile::tempdir().unwrap();
    export(fresh.path());
    assert_eq!(
        files(&committed),
        files(fresh.path()),
        "run `UPDATE_TYPES=1 cargo test -p datebook-client --test types` and commit ui/src/lib/host/types"
    );
}
