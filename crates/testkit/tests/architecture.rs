//! The arrows between the layers, and what each layer may know, are those of docs/architecture.md and no others.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// Who may depend on whom. A crate that is not listed fails the test.
const ARROWS: &[(&str, &[&str])] = &[
    ("datebook-domain", &[]),
    ("datebook-store", &[]),
    ("datebook-portal", &["datebook-domain", "datebook-store"]),
    ("datebook-protocol", &["datebook-domain", "datebook-portal"]),
    (
        "datebook-client",
        &["datebook-domain", "datebook-store", "datebook-portal", "datebook-protocol", "datebook-paper"],
    ),
    (
        "datebook-server",
        &["datebook-domain", "datebook-store", "datebook-portal", "datebook-protocol", "datebook-paper"],
    ),
    ("datebook-paper", &["datebook-domain"]),
    ("datebook", &["datebook-client"]),
    ("datebook-testkit", &["*"]),
    ("datebook-tests", &["*"]),
];

/// What would let a clock, a disk or a network into the rules.
const IO: &[&str] = &["tokio", "rusqlite", "reqwest", "axum", "tauri", "lettre", "tracing", "rand"];

fn metadata() -> BTreeMap<String, BTreeSet<String>> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(format!("{root}/Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                // What only tests use ships to nobody.
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| text(&dependency["name"]))
                .collect();
            (text(&package["name"]), dependencies)
        })
        .collect()
}

#[test]
fn every_arrow_is_on_the_map() {
    let packages = metadata();
    let known: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    for (package, dependencies) in &packages {
        let Some(allowed) = known.get(package.as_str()) else {
            panic!("{package} is not on the map: add it to docs/architecture.md and here");
        };
        for dependency in dependencies.iter().filter(|name| packages.contains_key(*name)) {
            assert!(
                allowed.contains(&"*") || allowed.contains(&dependency.as_str()),
                "{package} → {dependency} is no arrow of docs/architecture.md"
            );
        }
    }
    for (package, _) in ARROWS {
        assert!(packages.contains_key(*package), "{package} is on the map and nowhere else");
    }
}

#[test]
fn the_rules_know_no_clock_disk_or_network() {
    let packages = metadata();
    for io in IO {
        assert!(!packages["datebook-domain"].contains(*io), "domain is pure and may not use {io}");
    }
}

#[test]
fn only_the_shell_knows_tauri() {
    for (package, dependencies) in metadata() {
        let tauri = dependencies.iter().any(|name| name.starts_with("tauri"));
        assert_eq!(tauri, package == "datebook", "{package}: exactly the root package names tauri");
    }
}

#[test]
fn three_files_may_be_unsafe() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut folders = vec![root.join("crates"), root.join("src-tauri"), root.join("tests")];
    let mut found = BTreeSet::new();
    // Not written out, so that this file is not found.
    let allowed = concat!("(", "unsafe_code)");
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && std::fs::read_to_string(&path).unwrap().contains(allowed)
            {
                found.insert(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
    let wanted =
        ["crates/store/src/sqlite/log_file.rs", "crates/store/src/sqlite/log_index.rs", "src-tauri/calendar/apple.rs"];
    let wanted = BTreeSet::from(wanted.map(str::to_owned));
    assert_eq!(found, wanted, "docs/adr/0031, docs/adr/0021 and docs/adr/0014 allow one each");
}
