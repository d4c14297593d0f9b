//! What the statements may not say, so that engines other than PostgreSQL take them.

use std::path::Path;

/// What stands before a bracket and is no function, in the statements of this engine.
const NO_FUNCTIONS: [&str; 4] = ["greatest", "least", "coalesce", "case"];

/// Moments that are asked for without brackets.
const MOMENTS: [&str; 5] = ["current_timestamp", "current_time", "current_date", "localtimestamp", "localtime"];

/// What the statements of a source text say from DO UPDATE on, each to the end of its literal.
fn updates(source: &str) -> Vec<String> {
    let literals = source.split("DO UPDATE").skip(1);
    literals.map(|rest| rest.split('"').next().unwrap_or_default().to_ascii_lowercase()).collect()
}

/// Why a part of a statement could change from one look to the next, if it could.
fn mutable(update: &str) -> Option<String> {
    // What is put in when the program runs cannot be read here.
    if update.contains('{') {
        return Some("a placeholder".to_owned());
    }
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if let Some(moment) = update.split(|character| !is_name(character)).find(|word| MOMENTS.contains(word)) {
        return Some(moment.to_owned());
    }
    let called = update.match_indices('(').map(|(at, _)| update[..at].trim_end());
    let mut called = called.map(|before| before.rsplit(|character| !is_name(character)).next().unwrap_or_default());
    called.find(|name| !name.is_empty() && !NO_FUNCTIONS.contains(name)).map(str::to_owned)
}

fn look(folder: &Path, found: &mut Vec<(String, String)>) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "tests") {
                look(&path, found);
            }
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        // What is said about statements is none.
        let code: String =
            source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        found.extend(updates(&code).into_iter().map(|update| (path.display().to_string(), update)));
    }
}

/// Citus refuses functions under ON CONFLICT DO UPDATE that are not immutable, on tables that it divides.
#[test]
fn nothing_under_do_update_asks_for_what_changes() {
    let mut found = Vec::new();
    look(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/postgres")), &mut found);
    assert!(found.len() >= 4, "spaces and documents are written so, by commits and by moving: {found:?}");
    for (file, update) in &found {
        assert_eq!(mutable(update), None, "{file} asks for it under DO UPDATE: {update}");
    }
}

#[test]
fn what_changes_is_seen() {
    let sql = r#""ON CONFLICT (id) DO UPDATE SET touched = greatest(space.touched + 1, CLOCK_TIMESTAMP())" now()"#;
    assert_eq!(updates(sql).iter().map(|update| mutable(update)).collect::<Vec<_>>(), [Some("clock_timestamp".into())]);
    assert_eq!(mutable(" set at = current_timestamp where x"), Some("current_timestamp".into()));
    assert_eq!(mutable(" set at = {now}"), Some("a placeholder".into()));
    assert_eq!(mutable(" set a = greatest(a + 1, excluded.a), b = (b + 1) returning a"), None);
}
