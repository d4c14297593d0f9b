//! The file in which an operator writes down a business.
//!
//! **Invariant:** what a person types is read strictly: a key that means nothing is a mistake, and is named with its path.
//! The same values as documents are read the other way, because there it is what a newer program has added
//! (`docs/adr/0024-newer-documents.md`).

use domain::catalogue::{Catalogue, Fault, FaultKind};
use serde::Deserialize;
use serde_ignored::Path as Ignored;
use serde_path_to_error::{Path, Segment, Track};

use super::NotApplied;

/// The one key beside the catalogue.
const HOSTS: &str = "hosts";

#[derive(Deserialize)]
struct Hosts {
    #[serde(default)]
    hosts: Vec<String>,
}

/// What is offered, without faults, and the hosts at which the business answers.
pub(super) fn read(text: &str) -> Result<(Catalogue, Vec<String>), NotApplied> {
    let Hosts { hosts } = toml::from_str(text).map_err(|error| NotApplied::Unreadable(said(&error)))?;
    for host in &hosts {
        if url::Host::parse(host).map_or(true, |parsed| parsed.to_string() != *host) {
            return Err(NotApplied::Unreadable(format!("hosts: {host:?} is not a host name in small letters")));
        }
    }
    let (catalogue, mut faults) = catalogue(text)?;
    faults.extend(catalogue.check());
    if faults.is_empty() { Ok((catalogue, hosts)) } else { Err(NotApplied::Faults(faults)) }
}

/// The catalogue, and the keys that nothing in it is called by.
fn catalogue(text: &str) -> Result<(Catalogue, Vec<Fault>), NotApplied> {
    let mut unknown = Vec::new();
    let mut track = Track::new();
    let toml = toml::Deserializer::parse(text).map_err(|error| NotApplied::Unreadable(said(&error)))?;
    let toml = serde_path_to_error::Deserializer::new(toml, &mut track);
    let read = serde_ignored::deserialize(toml, |key| {
        let path = written(&key);
        if path != HOSTS {
            unknown.push(Fault { path, kind: FaultKind::UnknownField });
        }
    });
    read.map(|catalogue| (catalogue, std::mem::take(&mut unknown))).map_err(|error| {
        // What is missing may be there under another name.
        let lines = std::iter::once(place(text, &track.path()) + &said(&error));
        let lines: Vec<String> = lines.chain(unknown.iter().map(ToString::to_string)).collect();
        NotApplied::Unreadable(lines.join("\n"))
    })
}

/// A path as in [`Fault`].
fn written(path: &Ignored<'_>) -> String {
    match path {
        Ignored::Root => String::new(),
        Ignored::Seq { parent, index } => format!("{}[{index}]", written(parent)),
        Ignored::Map { parent: Ignored::Root, key } => key.clone(),
        Ignored::Map { parent, key } => format!("{}.{key}", written(parent)),
        Ignored::Some { parent } | Ignored::NewtypeStruct { parent } | Ignored::NewtypeVariant { parent } => {
            written(parent)
        }
    }
}

/// Where an error is: its path, and the id of the thing in whose table it is, which people know it by.
fn place(text: &str, path: &Path) -> String {
    let mut segments = path.iter();
    let (Some(Segment::Map { key }), at) = (segments.next(), segments.next()) else { return String::new() };
    let of_list = |index: usize| -> Option<String> {
        let table: toml::Table = toml::from_str(text).ok()?;
        let id = table.get(key)?.get(index)?.get("id")?.as_str()?;
        Some(format!(" ({id})"))
    };
    let id = match at {
        Some(Segment::Seq { index }) => of_list(*index).unwrap_or_default(),
        _ => String::new(),
    };
    format!("{path}{id}: ")
}

/// What is wrong with the text, with the line that it is in.
fn said(error: &toml::de::Error) -> String {
    error.to_string().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../../../examples/business.toml");

    fn why(text: &str) -> String {
        match read(text) {
            Err(NotApplied::Unreadable(why)) => why,
            Err(NotApplied::Faults(faults)) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            other => panic!("it should not be read: {other:?}"),
        }
    }

    /// Every table of a value by its path.
    fn tables(value: &toml::Value, path: &str, of: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) => {
                of.push(path.to_owned());
                for (key, value) in table {
                    let dot = if path.is_empty() { "" } else { "." };
                    tables(value, &format!("{path}{dot}{key}"), of);
                }
            }
            toml::Value::Array(list) => {
                list.iter().enumerate().for_each(|(at, value)| tables(value, &format!("{path}[{at}]"), of));
            }
            _ => {}
        }
    }

    /// The value at a path that [`tables`] has given.
    fn at<'a>(value: &'a mut toml::Value, path: &str) -> &'a mut toml::Table {
        let mut value = value;
        for step in path.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
            value = match step.parse::<usize>() {
                Ok(index) => &mut value[index],
                Err(_) => &mut value[step],
            };
        }
        value.as_table_mut().unwrap()
    }

    /// A value with the first thing of each list only. As a business it does not hold together any more.
    fn shortened(value: &mut toml::Value) {
        match value {
            toml::Value::Table(table) => table.iter_mut().for_each(|(_, value)| shortened(value)),
            toml::Value::Array(list) => {
                list.truncate(1);
                list.iter_mut().for_each(shortened);
            }
            _ => {}
        }
    }

    #[test]
    fn a_key_that_means_nothing_is_named_in_whichever_table_it_stands() {
        let mut sample: toml::Value = toml::from_str(SAMPLE).unwrap();
        shortened(&mut sample);
        let mut paths = Vec::new();
        tables(&sample, "", &mut paths);
        for wanted in ["", "business", "business.contact", "places[0].location", "services[0].variants[0].price"] {
            assert!(paths.iter().any(|path| path == wanted), "{wanted:?} is one of them: {paths:?}");
        }
        for path in &paths {
            let mut misspelt = sample.clone();
            at(&mut misspelt, path).insert("nonsense".to_owned(), toml::Value::Boolean(true));
            let dot = if path.is_empty() { "" } else { "." };
            let first = format!("{path}{dot}nonsense: is not known here");
            let why = why(&toml::to_string(&misspelt).unwrap());
            assert_eq!(why.lines().next(), Some(&*first), "an unknown name would silently do nothing: {why}");
        }
    }

    #[test]
    fn a_misspelt_key_is_named_also_when_the_right_one_is_missed() {
        let why = why(&SAMPLE.replacen("colour = \"#2f6b4f\"", "color = \"#2f6b4f\"", 1));
        assert!(why.starts_with("business: "), "where: {why}");
        assert!(why.contains("missing field `colour`"), "what is missing: {why}");
        assert!(why.ends_with("business.color: is not known here"), "and what is there instead: {why}");
    }

    #[test]
    fn a_place_that_is_nowhere_is_named() {
        for (wrong, said) in [
            ("{ latitude = 95.5, longitude = 13.4 }", "the latitude is 95.5, but must be -90 to 90 degrees"),
            ("{ latitude = 52, longitude = -180.5 }", "the longitude is -180.5, but must be -180 to 180 degrees"),
            ("{ latitude = nan, longitude = 13.4 }", "the latitude is NaN"),
            ("{ latitude = 52.5, longitude = -inf }", "the longitude is -inf"),
            ("{ latitude = 52.5 }", "missing field `longitude`"),
            ("{ latitude = \"52.5\", longitude = 13.4 }", "invalid type: string"),
            ("[52.5]", "invalid length 1"),
        ] {
            let text = SAMPLE.replacen("{ latitude = 52.4872, longitude = 13.4336 }", wrong, 1);
            assert_ne!(text, SAMPLE, "the sample says where its second place lies");
            let why = why(&text);
            let place = why.starts_with("places[1].location (neukoelln): ")
                || why.starts_with("places[1].location.latitude (neukoelln): ");
            assert!(place, "the place is named: {why}");
            assert!(why.contains(said), "{wrong} is wrong because {said}: {why}");
        }
    }

    #[test]
    fn hosts_stand_beside_the_catalogue() {
        let (_, hosts) = read(&format!("hosts = [\"a.example\"]\n{SAMPLE}")).unwrap();
        assert_eq!(hosts, ["a.example"], "before the first table");
        let line =
            why(&format!("hosts = [\"a.example\"]\n{SAMPLE}").replacen("\"Europe/Berlin\"", "\"Europe/Bonn\"", 1));
        assert!(line.starts_with("places[0].zone (mitte): TOML parse error at line "), "a line is named: {line}");
    }
}
