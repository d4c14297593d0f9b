//! Who may refuse a field that it does not know: where a person types, and what asks for something to be done. Everything
//! else is read by programs of other versions, see docs/adr/0024-newer-documents.md.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Strict on purpose.
const STRICT: &[&str] = &["crates/portal/src/command.rs", "crates/server/src/settings.rs"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn only_commands_and_settings_refuse_what_they_do_not_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    sources(&root.join("src-tauri"), &mut found);
    for entry in fs::read_dir(root.join("crates")).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut found);
    }
    assert!(found.len() > 100, "the sources are where they were looked for");
    let strict: BTreeSet<String> = found
        .iter()
        .filter(|path| fs::read_to_string(path).unwrap().contains("deny_unknown_fields"))
        .map(|path| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"))
        .collect();
    let expected: BTreeSet<String> = STRICT.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(strict, expected, "the first field that is added would stop every program that was not updated");
}
