//! docs/features.md tells the truth about its own shape: every requirement stands there once, and whatever is said to
//! work names tests that exist.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{collections::BTreeMap, fs, path::Path};

/// How many rows each section of the requirements has.
const ROWS: &[(char, usize)] = &[
    ('A', 25),
    ('B', 4),
    ('C', 13),
    ('D', 8),
    ('E', 17),
    ('F', 18),
    ('G', 12),
    ('H', 11),
    ('I', 9),
    ('J', 5),
    ('K', 6),
    ('L', 11),
    ('M', 9),
    ('N', 12),
    ('P', 8),
    ('S', 10),
    ('T', 6),
    ('V', 6),
    ('X', 3),
    ('Y', 20),
    ('Z', 15),
];

struct Row {
    status: String,
    proof: String,
}

fn rows() -> BTreeMap<String, Row> {
    let text = fs::read_to_string(root().join("docs/features.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, status, proof, _words] = cells[..] else { panic!("four cells a row: {line}") };
        if id == "ID" {
            continue;
        }
        let row = Row { status: status.to_owned(), proof: proof.to_owned() };
        assert!(rows.insert(id.to_owned(), row).is_none(), "{id} stands there twice");
    }
    rows
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn every_requirement_stands_there_once() {
    let rows = rows();
    let wanted = ROWS.iter().flat_map(|(letter, count)| (1..=*count).map(move |n| format!("{letter}{n:02}")));
    let wanted: Vec<_> = wanted.collect();
    let have: Vec<_> = rows.keys().cloned().collect();
    let mut sorted = wanted.clone();
    sorted.sort();
    assert_eq!(have, sorted, "docs/features.md lists the requirements, all of them and no others");
}

#[test]
fn what_works_names_tests_that_exist() {
    for (id, row) in rows() {
        assert!(["works", "partly", "not yet"].contains(&row.status.as_str()), "{id}: {} is no status", row.status);
        let proofs: Vec<_> = row.proof.split('`').skip(1).step_by(2).collect();
        assert!(row.status != "works" || !proofs.is_empty(), "{id} works, says who?");
        for proof in proofs {
            let (file, test) = proof.split_once("::").unwrap_or((proof, ""));
            let text = fs::read_to_string(root().join(file)).unwrap_or_else(|_| panic!("{id}: there is no {file}"));
            assert!(row.status != "works" || !test.is_empty(), "{id}: which test of {file} shows it?");
            assert!(names(file, &text, test), "{id}: {file} has no test {test:?}");
        }
    }
}

/// Whether a file holds a test of that name that is run; without a name, any.
fn names(file: &str, text: &str, test: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start);
    if !file.ends_with(".rs") {
        return lines.any(|line| (line.starts_with("test(") || line.starts_with("it(")) && line.contains(test));
    }
    // What stands between a function and whatever is before it.
    let mut attributes = Vec::new();
    for line in lines {
        if line.starts_with("#[") {
            attributes.push(line);
        } else if !line.starts_with("//") {
            let function = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
            let is_meant = function.is_some_and(|(name, _)| test.is_empty() || name == test);
            if is_meant && is_run(&attributes) {
                return true;
            }
            attributes.clear();
        }
    }
    false
}

/// Whether a function with these attributes is a test, and not one that is left out.
fn is_run(attributes: &[&str]) -> bool {
    let is_test = attributes.iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
    is_test && !attributes.iter().any(|line| line.contains("ignore"))
}

#[test]
fn what_nobody_runs_shows_nothing() {
    let text = "
        fn helper() {}
        #[test]
        #[ignore]
        fn left_out() {}
        #[tokio::test(start_paused = true)]
        // Why it is as it is.
        async fn run() {}
    ";
    for (name, shows) in [("helper", false), ("left_out", false), ("run", true), ("ru", false), ("", true)] {
        assert_eq!(names("some.rs", text, name), shows, "{name:?}");
    }
    let text = "\ntest('is run', () => {});\ntest.skip('is left out', () => {});";
    for (name, shows) in [("is run", true), ("is left out", false)] {
        assert_eq!(names("some.spec.ts", text, name), shows, "{name:?}");
    }
}
