//! Pulling what changed, pushing what was asked for, and the poke that says when to pull.

use domain::{CommandId, Refusal, Timestamp};
use portal::{Command, Outcome};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor},
};
use std::{collections::BTreeMap, fmt};

use crate::Verbatim;

/// Asks for what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pull {
    /// For each space the device has, the version it has of it. Spaces it may read and does not name count as 0.
    #[serde(default, deserialize_with = "in_order")]
    pub have: BTreeMap<String, u64>,
    /// The epoch of which the versions are; without one they count as the server's own. When the server has another
    /// one, all of `have` counts as 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
}

/// Reads a map whose names mostly come in order, as devices write them: all of them at once need no search for each.
fn in_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, u64>, D::Error> {
    struct Versions;
    impl<'de> Visitor<'de> for Versions {
        type Value = BTreeMap<String, u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of versions by space")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut versions = Vec::new();
            while let Some(version) = map.next_entry()? {
                versions.push(version);
            }
            Ok(versions.into_iter().collect())
        }
    }
    deserializer.deserialize_map(Versions)
}

/// What changed. When `more` is true, pull again with the versions given here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pulled {
    /// Spaces with changes; a space without changes is left out.
    pub spaces: Vec<SpaceChanges>,
    /// Spaces the device named but may not read, or not any more: it forgets them.
    #[serde(default)]
    pub gone: Vec<String>,
    /// Whether there is more.
    pub more: bool,
    /// The server's clock.
    pub now: Timestamp,
    /// The release of the time zone database the server decides with.
    pub zones: String,
    /// Which history the server tells; another one after it was restored from a copy. A device that has versions of
    /// another epoch forgets them and pulls from nothing. Empty from servers that know of none.
    #[serde(default)]
    pub epoch: String,
}

/// What changed in a space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SpaceChanges {
    /// Which space.
    pub space: String,
    /// The version the device has after taking these.
    pub version: u64,
    /// In version order.
    pub changes: Vec<Changed>,
}

/// A document after its last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Changed {
    /// What kind.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// The space's version at that change.
    pub version: u64,
    /// Its place among its kind.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sort: String,
    /// The document; nothing when it was deleted.
    #[schema(value_type = Option<Object>)]
    pub body: Option<Verbatim>,
}

/// A device's waiting commands, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Push {
    /// 1 to 100, their numbers rising by one.
    #[schema(min_items = 1, max_items = 100)]
    pub commands: Vec<Sent>,
}

/// A command as a device sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sent {
    /// The device's number for it, from 1, without gaps.
    #[schema(minimum = 1)]
    pub number: u64,
    /// The command's id.
    pub id: CommandId,
    /// A [`Command`]; kept as it came, so that one unknown command does not spoil the others.
    #[schema(value_type = Command)]
    pub command: serde_json::Value,
}

/// The answer to a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pushed {
    /// The last number that has its verdict. Whatever is higher must be sent again.
    pub last: u64,
    /// A verdict for each command sent, up to `last`.
    pub verdicts: Vec<PushedVerdict>,
}

/// The verdict on one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PushedVerdict {
    /// The command's number.
    pub number: u64,
    /// Yes or no.
    pub verdict: Verdict,
}

/// The server's last word on a command. The same command always gets the same verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It took effect.
    Accepted {
        /// What it brought about.
        outcome: Outcome,
    },
    /// The rules say no; nothing changed.
    Refused {
        /// Why, and what to do next.
        refusal: Refusal,
    },
}

/// One command, at once: what a browser sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Execute {
    /// The command's id: sending it again gets the same verdict.
    pub id: CommandId,
    /// What is asked for.
    #[ts(as = "Command")]
    #[schema(value_type = Command)]
    pub command: serde_json::Value,
}

/// Something changed in a space that the listener may read. `event: poke`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Poke {
    /// Which; empty when the server lost count and everything should be pulled.
    pub space: String,
    /// Its version.
    #[ts(type = "number")]
    pub version: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_taken_in_any_order() {
        let pull: Pull = serde_json::from_str(r#"{"have":{"b":2,"a":1,"c":3}}"#).unwrap();
        let have = [("a", 1), ("b", 2), ("c", 3)].map(|(space, version)| (space.to_owned(), version));
        assert_eq!(pull.have, BTreeMap::from(have), "each with its own");
        let twice: Pull = serde_json::from_str(r#"{"have":{"a":1,"a":2}}"#).unwrap();
        assert_eq!(twice.have["a"], 2, "of a name that comes twice the last counts, as everywhere in JSON");
        assert!(serde_json::from_str::<Pull>(r#"{"have":[["a",1]]}"#).is_err(), "a list is no map");
        assert!(serde_json::from_str::<Pull>("{}").unwrap().have.is_empty(), "who has nothing need not say so");
    }
}
