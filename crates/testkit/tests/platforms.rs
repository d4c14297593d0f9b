//! Each condition by which the app differs from system to system has a planted mistake in `scripts/platforms.d/planted`,
//! so that a check that no longer reads it is noticed (docs/platforms.md).

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What a condition on the system speaks of.
const SYSTEM: &[&str] = &["target_os", "target_vendor", "target_family", "windows", "unix", "mobile", "desktop"];

/// What Linux alone reads: the tests build and run it.
const LINUX: &[&str] = &["target_os = \"linux\"", "all(unix, not(target_os = \"macos\"))"];

/// Inside of what only free desktops read; no target of ours is one of those but Linux.
const OTHER_FREE_DESKTOPS: (&str, &str) = ("reminders/desktop.rs", "not(target_os = \"linux\")");

/// A file and a condition that code in it stands under; `-` is the whole file.
type Places = BTreeSet<(String, String)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Rust files below `folder`, with their text.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let (mut folders, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(each) = folders.pop() {
        for entry in fs::read_dir(each).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// Each `#[cfg(…)]` that speaks of a system and not of tests: the condition, and what stands after it.
fn conditions(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("#[cfg(").skip(1).filter_map(|rest| {
        let mut open = 1;
        let end = rest.find(|letter| {
            open += i32::from(letter == '(') - i32::from(letter == ')');
            open == 0
        })?;
        let (condition, after) = (&rest[..end], rest[end..].trim_start_matches([')', ']']).trim_start());
        let mut words = condition.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let test = words.clone().any(|word| word == "test");
        (!test && words.any(|word| SYSTEM.contains(&word))).then_some((condition, after))
    })
}

/// The file of `mod NAME;`, if that is what stands there in `file`.
fn module(file: &str, after: &str) -> Option<String> {
    let (name, _) = after.trim_start_matches("pub(crate) ").strip_prefix("mod ")?.split_once(';')?;
    if !name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
        return None; // of lines, not of a file
    }
    let outer = file.strip_suffix(".rs")?;
    Some(if outer == "lib" { format!("{name}.rs") } else { format!("{outer}/{name}.rs") })
}

fn written() -> Places {
    let mut places = Places::new();
    for (file, text) in sources(&root().join("src-tauri")) {
        if file.ends_with("tests.rs") {
            continue;
        }
        for (condition, after) in conditions(&text) {
            if LINUX.contains(&condition) || (file.as_str(), condition) == OTHER_FREE_DESKTOPS {
                continue;
            }
            // A module is read where its file is, so a mistake there says more.
            let place = match module(&file, after) {
                Some(inner) => (inner, "-".to_owned()),
                None => (file.clone(), condition.to_owned()),
            };
            places.insert(place);
        }
    }
    places
}

fn planted() -> Places {
    let script = fs::read_to_string(root().join("scripts/platforms.d/planted")).unwrap();
    let list = script.split("list='\n").nth(1).unwrap().split("\n'").next().unwrap();
    list.lines()
        .map(|line| {
            let (file, condition) = line.split_once(' ').unwrap().1.trim_start().split_once(' ').unwrap();
            (file.to_owned(), condition.trim().to_owned())
        })
        .collect()
}

#[test]
fn every_condition_on_the_system_has_a_planted_mistake() {
    let (written, planted) = (written(), planted());
    let missing: Vec<_> = written.difference(&planted).collect();
    assert!(missing.is_empty(), "add to scripts/platforms.d/planted: {missing:#?}");
    let gone: Vec<_> = planted.difference(&written).collect();
    assert!(gone.is_empty(), "no longer in src-tauri, so no longer to be planted: {gone:#?}");
}

/// What the app stands on is written once for all systems; permissions of files are where it says `unix`, and Linux is
/// one of those.
#[test]
fn below_the_shell_nothing_differs_but_what_linux_reads() {
    for below in ["client", "domain", "store", "portal", "protocol", "paper"] {
        for (file, text) in sources(&root().join("crates").join(below).join("src")) {
            for (condition, _) in conditions(&text) {
                assert_eq!(
                    condition, "unix",
                    "crates/{below}/src/{file}: plant a mistake there, or move it to the shell"
                );
            }
        }
    }
}
