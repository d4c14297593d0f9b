//! Whoever looks after a server finds in docs/operations.md what its log says when something needs eyes.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{collections::BTreeSet, fs, path::Path};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The texts of all files of the server and its store.
fn sources() -> Vec<String> {
    let mut folders = vec![root().join("crates/server/src"), root().join("crates/store/src")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    sources
}

/// What is said by each call of a macro in a source.
fn said<'a>(source: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    source.split(call).skip(1).map(last_text)
}

/// The last text among a call's arguments, which end with the parenthesis that nothing in them has opened.
fn last_text(arguments: &str) -> &str {
    let (mut open, mut last) = (1, "");
    for (place, part) in arguments.split('"').enumerate() {
        if place % 2 == 1 {
            last = part;
            continue;
        }
        for sign in part.chars() {
            match sign {
                '(' => open += 1,
                ')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return last;
            }
        }
    }
    last
}

/// The lines that the table explains; one that ends with `…` goes on otherwise.
fn explained() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs/operations.md")).unwrap();
    let (_, table) = text.split_once("| line | what it means |").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let lines = rows.flat_map(|row| row.split('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_warning_and_error_of_the_log_is_explained() {
    let (sources, explained) = (sources(), explained());
    let mut found = 0;
    for source in &sources {
        for line in ["tracing::warn!(", "tracing::error!("].into_iter().flat_map(|call| said(source, call)) {
            let begins = |row: &str| row.strip_suffix(" …").is_some_and(|begin| line.starts_with(begin));
            assert!(
                explained.iter().any(|row| row == line || begins(row)),
                "'{line}' is not in the table of docs/operations.md"
            );
            found += 1;
        }
    }
    assert!(found > 20, "the sources were read: {found} lines");
}

#[test]
fn every_line_that_is_explained_is_said() {
    let sources = sources();
    for row in explained() {
        let begin = row.trim_end_matches(" …");
        assert!(sources.iter().any(|source| source.contains(begin)), "nothing says '{row}' any more");
    }
}
