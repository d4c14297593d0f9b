//! Which calendars the desktop has.

use std::collections::HashMap;

use zbus::{
    blocking::{Connection, Proxy},
    zvariant::{OwnedObjectPath, OwnedValue},
};

pub(super) const SERVICE: &str = "org.gnome.evolution.dataserver.Sources";
const MANAGER: &str = "/org/gnome/evolution/dataserver/SourceManager";
const SOURCE: &str = "org.gnome.evolution.dataserver.Source";

type Objects = HashMap<OwnedObjectPath, HashMap<String, HashMap<String, OwnedValue>>>;

/// A calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) uid: String,
    pub(super) name: String,
    backend: String,
    enabled: bool,
    /// Whether its owner shows it.
    selected: bool,
}

impl Source {
    /// The calendar to keep appointments in: the built-in one, else any that lies on this device.
    pub(super) fn own(mut sources: Vec<Self>) -> Option<Self> {
        sources.retain(|source| source.enabled && source.backend == "local");
        sources.sort_by_key(|source| (source.uid != super::BUILT_IN, source.uid.clone()));
        sources.into_iter().next()
    }

    /// Whether what is in it takes its owner's time: birthdays and the weather do not.
    pub(super) fn is_shown(&self) -> bool {
        self.enabled && self.selected && !matches!(self.backend.as_str(), "contacts" | "weather")
    }
}

/// All calendars.
pub(super) fn list(bus: &Connection, service: &str) -> zbus::Result<Vec<Source>> {
    let manager = Proxy::new(bus, service.to_owned(), MANAGER, "org.freedesktop.DBus.ObjectManager")?;
    let objects: Objects = manager.call("GetManagedObjects", &())?;
    let language = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok());
    let text =
        |value: Option<&OwnedValue>| value.and_then(|value| <&str>::try_from(value).ok()).unwrap_or("").to_owned();
    let found = objects.values().filter_map(|interfaces| {
        let source = interfaces.get(SOURCE)?;
        read(text(source.get("UID")), &text(source.get("Data")), language.as_deref().unwrap_or(""))
    });
    Ok(found.collect())
}

/// Reads a source's key file; nothing unless it is a calendar.
fn read(uid: String, data: &str, language: &str) -> Option<Source> {
    let mut values: HashMap<(&str, &str), &str> = HashMap::new();
    let mut group = "";
    for line in data.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = name;
        } else if let Some((key, value)) = line.split_once('=') {
            values.insert((group, key), value);
        }
    }
    let calendar = |key| values.get(&("Calendar", key)).copied();
    let backend = calendar("BackendName")?.to_owned();
    let yes = |value: Option<&str>| value.is_none_or(|value| value == "true");
    let territory = language.split(['.', '@']).next().unwrap_or("");
    let language = territory.split('_').next().unwrap_or("");
    let name = [format!("DisplayName[{territory}]"), format!("DisplayName[{language}]"), "DisplayName".to_owned()];
    let name = name.iter().find_map(|key| values.get(&("Data Source", key.as_str()))).copied().unwrap_or("");
    Some(Source {
        uid,
        name: name.to_owned(),
        backend,
        enabled: yes(values.get(&("Data Source", "Enabled")).copied()) && yes(calendar("Enabled")),
        selected: yes(calendar("Selected")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSONAL: &str = "[Data Source]\nDisplayName[de]=Persönlich\nDisplayName=Personal\nEnabled=true\n\n\
                            [Calendar]\nBackendName=local\nSelected=true\n";

    #[test]
    fn a_calendar_is_called_as_its_owner_reads_it() {
        let name = |language| read("a".to_owned(), PERSONAL, language).map(|source| source.name);
        assert_eq!(name("de_DE.UTF-8").as_deref(), Some("Persönlich"), "in the desktop's language");
        assert_eq!(name("C").as_deref(), Some("Personal"), "else in the one it has");
    }

    #[test]
    fn what_is_no_calendar_is_left_out() {
        let tasks = "[Data Source]\nDisplayName=Personal\n[Task List]\nBackendName=local\n";
        assert_eq!(read("t".to_owned(), tasks, ""), None, "a list of tasks is no calendar");
        let birthdays =
            read("b".to_owned(), "[Data Source]\nEnabled=true\n[Calendar]\nBackendName=contacts\n", "").unwrap();
        assert!(!birthdays.is_shown(), "a birthday takes no time");
        assert_eq!(Source::own(vec![birthdays.clone()]), None, "nor can anything be written among them");
        let own = read("system-calendar".to_owned(), PERSONAL, "").unwrap();
        let other = Source { uid: "another".to_owned(), ..own.clone() };
        assert_eq!(Source::own(vec![birthdays, other, own.clone()]), Some(own), "the built-in one comes first");
        let hidden = read("h".to_owned(), &PERSONAL.replace("Selected=true", "Selected=false"), "").unwrap();
        assert!(!hidden.is_shown(), "what its owner does not show is not in the way");
    }
}
