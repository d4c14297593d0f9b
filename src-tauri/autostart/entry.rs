//! The entry that has the session of a free desktop start the app (Desktop Application Autostart Specification, Desktop
//! Entry Specification).
//!
//! **Invariant:** an entry counts only while it starts something. Desktops switch one off and leave it where it is, and
//! a program may be moved away from under it.

use std::{
    collections::HashMap,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use tauri::{AppHandle, Manager};

use super::AT_LOGIN;

const NAME: &str = "Datebook.desktop";

pub(super) fn is_on(app: &AppHandle) -> io::Result<bool> {
    match fs::read(folder(app)?.join(NAME)) {
        Ok(entry) => Ok(starts(&String::from_utf8_lossy(&entry), Path::is_file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn set(app: &AppHandle, on: bool) -> io::Result<()> {
    let folder = folder(app)?;
    let entry = folder.join(NAME);
    if !on {
        return fs::remove_file(entry);
    }
    let program = tauri::process::current_binary(&app.env())?;
    let program = program.to_str().ok_or(ErrorKind::InvalidFilename)?;
    fs::create_dir_all(folder)?;
    fs::write(entry, written(program))
}

/// Where the session looks.
fn folder(app: &AppHandle) -> io::Result<PathBuf> {
    Ok(app.path().config_dir().map_err(io::Error::other)?.join("autostart"))
}

/// An entry that starts this program.
fn written(program: &str) -> String {
    let command = format!("{} {AT_LOGIN}", quoted(program));
    format!("[Desktop Entry]\nType=Application\nName=Datebook\nExec={command}\nStartupNotify=false\nTerminal=false\n")
}

/// Whether an entry starts a program, given which files are there.
fn starts(entry: &str, is_there: impl Fn(&Path) -> bool) -> bool {
    let group = entry.lines().skip_while(|line| line.trim_end() != "[Desktop Entry]").skip(1);
    let lines = group.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once('='));
    let keys: HashMap<_, _> = lines.map(|(key, value)| (key.trim(), value.trim())).collect();
    let says = |key: &str, value: &str| keys.get(key).is_some_and(|said| *said == value);
    if says("Hidden", "true") || says("X-GNOME-Autostart-enabled", "false") {
        return false;
    }
    let program = keys.get("Exec").map(|command| program(command)).unwrap_or_default();
    let path = Path::new(&program);
    // One without a path is looked for by whoever starts it.
    if path.is_absolute() { is_there(path) } else { !program.is_empty() }
}

/// A program as `Exec` has it ("The Exec key"): in quotes, whose backslashes are escaped once more as in any text.
fn quoted(program: &str) -> String {
    let mut quoted = String::from('"');
    for letter in program.chars() {
        match letter {
            '"' | '`' | '$' => quoted.push_str(r"\\"),
            '\\' => quoted.push_str(r"\\\"),
            '%' => quoted.push('%'),
            _ => {}
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}

/// The program that an `Exec` starts.
fn program(command: &str) -> String {
    let command = unescaped(command);
    let (mut program, mut in_quotes) = (String::new(), false);
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => in_quotes = !in_quotes,
            '\\' if in_quotes => program.extend(letters.next()),
            '%' => program.extend(letters.next()),
            letter if letter.is_whitespace() && !in_quotes => break,
            letter => program.push(letter),
        }
    }
    program
}

/// A text as it is meant ("Possible value types").
fn unescaped(text: &str) -> String {
    let mut meant = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            meant.push(letter);
            continue;
        }
        meant.extend(letters.next().map(|escaped| match escaped {
            's' => ' ',
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            other => other,
        }));
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_counts_only_while_it_starts_something() {
        let there =
            |path: &Path| path == Path::new("/opt/Date Book.AppImage") || path == Path::new("/usr/bin/datebook");
        let ours = written("/opt/Date Book.AppImage");
        let cases = [
            (ours.clone(), true, "as we write it"),
            (format!("{ours}X-GNOME-Autostart-enabled=true\nHidden=false\n"), true, "a desktop says so too"),
            (format!("{ours}Hidden=true\n"), false, "a desktop has switched it off"),
            (format!("{ours}Hidden = true\r\n"), false, "however that is written"),
            (format!("{ours}X-GNOME-Autostart-enabled=false\n"), false, "GNOME has its own word for that"),
            (format!("{ours}[Desktop Action new]\nHidden=true\n"), true, "that is said of something else"),
            (format!("{ours}# Hidden=true\n"), true, "a remark says nothing"),
            (written("/opt/Date.AppImage"), false, "the program is gone"),
            ("[Desktop Entry]\nExec=/usr/bin/datebook --at-login".to_owned(), true, "nothing asks for quotes"),
            ("[Desktop Entry]\nExec=/usr/bin/datebook".to_owned(), true, "nor for arguments"),
            ("[Desktop Entry]\nExec=/opt/Date Book.AppImage --at-login".to_owned(), false, "it would start /opt/Date"),
            ("[Desktop Entry]\nExec=env A=b /usr/bin/datebook".to_owned(), true, "its owner has written it"),
            ("[Desktop Entry]\nExec=".to_owned(), false, "nothing is started"),
            ("[Desktop Entry]\nName=Datebook".to_owned(), false, "nor here"),
            (String::new(), false, "the disk was full"),
        ];
        for (entry, starting, why) in cases {
            assert_eq!(starts(&entry, there), starting, "{why}: {entry:?}");
        }
    }

    #[test]
    fn whatever_the_programs_path_it_is_read_as_it_was_written() {
        for path in
            ["/usr/bin/datebook", "/opt/my apps/100% \"new\"/$HOME/`a`", r"/opt/back\slash\\twice/s", "/home/müller/x"]
        {
            let asked = std::cell::RefCell::new(None);
            let is_there = |path: &Path| asked.replace(Some(path.to_owned())).is_none();
            assert!(starts(&written(path), is_there), "{path}");
            assert_eq!(asked.into_inner().as_deref(), Some(Path::new(path)), "another program would be started");
        }
    }

    #[test]
    fn quotes_and_escapes_are_those_of_the_specification() {
        assert_eq!(quoted("/a b"), r#""/a b""#, "a space needs quotes");
        assert_eq!(quoted("/a$b"), r#""/a\\$b""#, "the example of the specification");
        assert_eq!(quoted(r"/a\b"), r#""/a\\\\b""#, "four for one, as it says");
        assert_eq!(quoted("/a%b"), r#""/a%%b""#, "no field code");
    }
}
