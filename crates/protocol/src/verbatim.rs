//! JSON that is passed on as it is.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

/// A JSON value as text. Whoever passes it on checks that it is JSON and does not take it apart. It cannot be inside of
/// what serde buffers (`flatten`, `untagged` and internally tagged enums).
#[derive(Clone, PartialEq, Eq)]
pub struct Verbatim(Arc<str>);

impl Verbatim {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it says.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(&self.0)
    }
}

/// The text is taken as it is; what is not JSON is found when it is written.
impl From<Arc<str>> for Verbatim {
    fn from(text: Arc<str>) -> Self {
        Self(text)
    }
}

impl From<Verbatim> for Arc<str> {
    fn from(verbatim: Verbatim) -> Self {
        verbatim.0
    }
}

impl fmt::Debug for Verbatim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Verbatim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Verbatim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Box::<RawValue>::deserialize(deserializer)?.get().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_as_it_was_written() {
        let text = r#"{"b":1.50,"a":[true,null,"\u00e9"]}"#;
        let verbatim: Verbatim = serde_json::from_str(text).unwrap();
        assert_eq!(verbatim.as_str(), text, "neither order nor digits are touched");
        assert_eq!(serde_json::to_string(&verbatim).unwrap(), text, "and back");
    }

    #[test]
    fn what_is_not_json_does_not_get_onto_the_wire() {
        assert!(serde_json::to_string(&Verbatim::from(Arc::from("{\"a\":"))).is_err(), "half a value");
        assert!(serde_json::to_string(&Verbatim::from(Arc::from("1,\"b\":2"))).is_err(), "more than a value");
    }
}
